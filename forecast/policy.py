"""What the levers of a scenario come to: people, workers and rates beyond the baseline.

A quota counts against what is published. The baseline contains the published places of each
year (the last ones go on) at the take-up that was observed; norms/settlement holds both, so a
lever that repeats them changes nothing, to the last bit. Quotas relabel and redirect people:
only the difference is additional.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast import staying
from forecast.assumptions import Assumptions, Support
from forecast.draws import Draws, triangular
from forecast.errors import Faults, InputError
from forecast.infrastructure import Facility, capacity_path
from forecast.infrastructure.gate import Gate
from forecast.infrastructure.stock import weakest
from forecast.labour import LabourBase
from forecast.migration.directed import as_families
from forecast.relocation import paths
from forecast.scenario.series import Series
from forecast.space import AGES, SEXES, Space
from forecast.tables import UNKNOWN
from forecast.words import say

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario.levers import KandasQuota, Levers, Resettlement

Array = NDArray[np.float64]

Rows = dict[tuple[str, str, str], dict[int, tuple[float, str]]]
TABLE = "norms/settlement"
KANDAS, RESETTLERS, PERMITS = "kandas", "resettlers", "permits"
PLACES, TAKE_UP, WORKING_AGE = "places", "take_up", "working_age_share"
LEGAL_SHARE = "labour_force_share"
ASSUMPTION = "assumption"  # status
WORK_BEGINS = 16  # years of age; working age ends at the pensionable age


class QuotaPath(NamedTuple):
    """Places of one stream and who takes them in the baseline, by calendar year and region.

    places  : (year, region) persons with families: published, or as a lever sets them; NaN where
              there is no quota
    before  : (year, region) persons whom the published places bring at the observed take-up; NaN
              where there is no quota or its take-up is not known
    statuses: (2, year, region) of both; a number that is carried to another year is an assumption
    """

    places: Array
    before: Array
    statuses: NDArray[np.object_]


def published_regions(dataset: Dataset) -> dict[str, list[str]]:
    """{stream: regions with published places}."""
    found: dict[str, list[str]] = {KANDAS: [], RESETTLERS: []}
    if TABLE in dataset.tables:
        frame = dataset.table(TABLE)
        chosen = frame[frame["measure"] == PLACES]
        for stream in found:
            found[stream] = sorted(set(chosen.loc[chosen["stream"] == stream, "region"]))
    return found


def support(
    levers: Levers, dataset: Dataset, assumptions: Assumptions, labour: LabourBase
) -> Support | None:
    """The people whom levers move beyond the baseline; None where no lever moves anybody.

    assumptions : of the baseline: no lever keeps away more immigrants than there are in it
    """
    if levers.kandas_quota is None and levers.resettlement is None and not levers.memoranda:
        return None
    space, count, years = dataset.space, len(dataset.space), assumptions.years
    working = working_ages(labour, dataset.base_year)
    share = 0.0
    families = np.zeros((len(years), count, count))
    movers = np.zeros_like(families)
    immigrants = np.zeros((len(years), len(SEXES), len(AGES), count))
    if levers.kandas_quota is not None or levers.resettlement is not None:
        share = working_age_share(dataset)
    if levers.kandas_quota is not None:
        more = additional(levers.kandas_quota, KANDAS, dataset, years)  # (year, region)
        coming = assumptions.immigration[0].sum(axis=2)
        composition = as_families(coming / coming.sum(), working, share)
        immigrants = composition[None, :, :, None] * more[:, None, None]
        immigrants = np.maximum(immigrants, -assumptions.immigration)
    if levers.resettlement is not None:
        more = additional(levers.resettlement, RESETTLERS, dataset, years)
        origins = paths(assumptions)[0]
        families = _from_donors(levers.resettlement.donors, origins, space) * more[:, None, :]
    for memorandum in levers.memoranda:
        origin, destination = (
            space.positions[name] for name in (memorandum.from_, memorandum.to)
        )  # fmt: skip
        movers[:, origin, destination] += memorandum.persons.over(years)
    return Support(immigrants, families, movers, working, share, _stay(levers, dataset))


def _stay(levers: Levers, dataset: Dataset) -> Array | None:
    """(stream, years since arrival, region) share still there of those whom the quotas bring."""
    quotas = {staying.KANDAS: levers.kandas_quota, staying.RESETTLERS: levers.resettlement}
    given = {stream: quota.stay for stream, quota in quotas.items() if quota is not None}
    table = dataset.table(staying.TABLE) if staying.TABLE in dataset.tables else None
    return staying.stay_shares(table, given, dataset.space)


def additional(
    quota: KandasQuota | Resettlement, stream: str, dataset: Dataset, years: Sequence[int]
) -> Array:
    """(year, region) persons beyond those whom the published places bring at the observed take-up.

    Raises InputError where the norms do not hold what is needed.
    """
    space = dataset.space
    faults = Faults()
    more = np.zeros((len(years), len(space)))
    for one in _quotas(quota, stream, dataset, years, {*quota.places, *quota.take_up}):
        if np.isnan(one.share) or np.isnan(one.places).any():
            faults.add(f"{TABLE}.csv", say("no places or take-up of {region}",
                       region=space.name(one.region)))  # fmt: skip
            continue
        before = 0.0 if np.isnan(one.observed) else one.published * one.observed
        more[:, space.positions[one.region]] = one.places * one.share - before
    if faults:
        raise InputError("", faults)
    return more


def quota_path(
    quota: KandasQuota | Resettlement | None, stream: str, dataset: Dataset, years: Sequence[int]
) -> QuotaPath:
    """The quota of a stream in a run, as `additional` counts it; quota: the lever, if there is one.

    Where a lever gives the take-up of a region that has none, nobody is in the baseline.
    """
    space = dataset.space
    places, before = np.full((2, len(years), len(space)), np.nan)
    statuses = np.full((2, *places.shape), UNKNOWN, dtype=object)
    for one in _quotas(quota, stream, dataset, years):
        at = space.positions[one.region]
        known, taken = (_statuses(dataset, stream, one.region, what) for what in (PLACES, TAKE_UP))
        for row, year in enumerate(years):
            statuses[0, row, at] = known.get(year, ASSUMPTION)
            statuses[1, row, at] = weakest(statuses[0, row, at], taken.get(year, ASSUMPTION))
        statuses[0, one.said, at] = ASSUMPTION
        nobody = np.isnan(one.observed) and not np.isnan(one.share)
        places[:, at], before[:, at] = one.places, one.published * (0 if nobody else one.observed)
        statuses[1, np.isnan(before[:, at]), at] = UNKNOWN
    return QuotaPath(places, before, statuses)


class _Quota(NamedTuple):
    """The quota of one region: what is published, and what a lever makes of it.

    published, places : (year,) persons; said: (year,) whether the lever says it
    observed, share   : take-up, NaN where there is none
    """

    region: str
    published: Array
    places: Array
    said: NDArray[np.bool_]
    observed: float
    share: float


def _quotas(
    quota: KandasQuota | Resettlement | None,
    stream: str,
    dataset: Dataset,
    years: Sequence[int],
    regions: Collection[str] | None = None,
) -> Iterator[_Quota]:
    """The quota of each region, by its id; without `regions` of all that have places.

    The last year that is published goes on, and the first one held before it.
    """
    written = {} if quota is None else quota.places
    given = {} if quota is None else quota.take_up
    if regions is None:
        regions = {*published_regions(dataset)[stream], *written}
    for region in sorted(regions):
        known, taken = (by_year(dataset, stream, region, what) for what in (PLACES, TAKE_UP))
        first = known[min(known)] if known else 0.0
        published = places = Series.from_map(known, before=first).over(years)
        observed = taken[max(taken)] if taken else np.nan
        said = np.zeros(len(years), dtype=bool)
        if region in written:
            places, said = _as_said(written[region], published, years)
        yield _Quota(region, published, places, said, observed, given.get(region, observed))


def _as_said(
    series: Series, published: Array, years: Sequence[int]
) -> tuple[Array, NDArray[np.bool_]]:
    """(year,) what a lever says from its first year on, before it as published; and from when."""
    said = np.asarray(years) >= series.years[0]
    return np.where(said, series.over(years), published), said


def _statuses(dataset: Dataset, stream: str, region: str, measure: str) -> dict[int, str]:
    """{year: status} of norms/settlement."""
    rows = _rows(dataset).get((stream, region, measure), {})
    return {year: status for year, (_, status) in rows.items()}


def unfilled_places(quota: KandasQuota | None, dataset: Dataset, years: Sequence[int]) -> Array:
    """(year, region) places of the quota of kandas that nobody takes, persons with families.

    quota : the lever of a scenario; without it the published places at the observed take-up
    0 where no places are published; a region whose take-up is not known is left out, because
    nobody can say how many of its places stay empty.
    """
    space = dataset.space
    empty = np.zeros((len(years), len(space)))
    for one in _quotas(quota, KANDAS, dataset, years):
        if not np.isnan(one.share):
            empty[:, space.positions[one.region]] = one.places * max(1 - one.share, 0.0)
    return empty


def admitted_workers(
    levers: Levers, dataset: Dataset, years: Sequence[int], labour_force: Array
) -> Array | None:
    """(year,) foreign workers whom the law still admits beside those with a permit.

    labour_force : (year,) persons of the nation
    The law admits a share of the labour force by permit; the published permits, or those of a
    lever where it gives more, are in the baseline and count against it. None where norms/settlement
    does not hold the share.
    """
    if TABLE not in dataset.tables or not by_year(dataset, PERMITS, dataset.nation, LEGAL_SHARE):
        return None
    legal, published = permits_of(dataset, years)
    more = more_permits(levers, dataset, years)
    in_force = published if more is None else published + np.maximum(more, 0.0)
    admitted: Array = np.maximum(legal * labour_force - in_force, 0.0)
    return admitted


def permits_of(dataset: Dataset, years: Sequence[int]) -> tuple[Array, Array]:
    """(year,) legal share of the labour force, and published permits."""
    legal, published = (
        np.array([_one(dataset, PERMITS, measure, year) for year in years])
        for measure in (LEGAL_SHARE, PLACES)
    )
    if (legal > 1).any():
        message = say("a share is from 0 to 1, found {value:g}", value=float(legal.max()))
        raise InputError(f"{TABLE}.csv, {PERMITS}, {LEGAL_SHARE}", message)
    return legal, published


def by_year(dataset: Dataset, stream: str, region: str, measure: str) -> dict[int, float]:
    """{year: value} of norms/settlement, ascending; empty where nothing is published."""
    if TABLE not in dataset.tables:
        message = say("the table is missing")
        cure = say("a lever of quotas needs the published places and their take-up")
        raise InputError(f"{TABLE}.csv", f"{message}; {cure}")
    rows = _rows(dataset).get((stream, region, measure), {})
    return {year: value for year, (value, _) in rows.items()}


def _rows(dataset: Dataset) -> Rows:
    """norms/settlement, each series by ascending year."""

    def read() -> Rows:
        found: Rows = {}
        columns = ["stream", "region", "measure", "year", "value", "status"]
        frame = dataset.table(TABLE)[columns].sort_values("year", kind="stable")
        for stream, region, measure, year, value, status in frame.to_numpy().tolist():
            series = found.setdefault((stream, region, measure), {})
            series[int(year)] = float(value), status
        return found

    return dataset.once(TABLE, read)


def _one(dataset: Dataset, stream: str, measure: str, year: int) -> float:
    """A national number of norms/settlement, the last one up to `year`, else the first."""
    known = by_year(dataset, stream, dataset.nation, measure)
    if not known:
        message = say("no row '{stream}, {measure}'", stream=stream, measure=measure)
        raise InputError(f"{TABLE}.csv", message)
    return known[max((when for when in known if when <= year), default=min(known))]


def _from_donors(donors: Mapping[str, float] | None, shares: Array, space: Space) -> Array:
    """(origin, destination) where resettlers come from; columns sum to 1 and nobody stays."""
    if donors is None:
        return shares
    given = np.zeros(len(space))
    for region, share in donors.items():
        given[space.positions[region]] = share
    square = np.repeat(given[:, None], len(space), axis=1)
    np.fill_diagonal(square, 0.0)
    total = square.sum(axis=0, keepdims=True)
    return square / np.where(total > 0, total, 1.0)


def working_ages(labour: LabourBase, year: int) -> Array:
    """(sex, age) whether a person of that age is in working age."""
    pattern = labour.pattern
    place = min(max(year, pattern.pension_years[0]), pattern.pension_years[-1])
    ends = np.floor(pattern.pension_ages[:, place - pattern.pension_years[0]])
    ages = np.arange(len(AGES))
    working: Array = ((ages >= WORK_BEGINS) & (ages < ends[:, None])).astype(float)
    return working


def working_age_share(dataset: Dataset) -> float:
    """Of the people settled with support, those in working age."""
    return _one(dataset, "all", WORKING_AGE, dataset.base_year)


def more_permits(levers: Levers, dataset: Dataset, years: Sequence[int]) -> Array | None:
    """(year,) permits beyond the published number; None without the lever."""
    if levers.foreign_labour is None:
        return None
    published = np.array([_one(dataset, PERMITS, PLACES, year) for year in years])
    return _as_said(levers.foreign_labour.permits, published, years)[0] - published


def participation_changes(levers: Levers, years: Sequence[int], space: Space) -> dict[int, Array]:
    """{year: (sex, age, region) change of participation}, only the years in which it changes."""
    changes: dict[int, Array] = {}
    for lever in levers.participation:
        first, last = lever.ages
        sexes = [place for place, sex in enumerate(SEXES) if lever.sex in (sex, "total")]
        regions = [space.positions[region] for region in lever.regions or space.ids]
        for year, change in zip(years, lever.change.over(years), strict=True):
            if change != 0:
                table = changes.setdefault(year, np.zeros(space.shape))
                table[np.ix_(sexes, range(first, last + 1), regions)] += change
    return changes


def fertility_effect(levers: Levers, years: Sequence[int]) -> Array:
    """(year,) births per woman on top of the path of fertility."""
    if levers.family_support is None:
        return np.zeros(len(years))
    support = levers.family_support
    effect: Array = support.tfr_effect.over(years) * support.realised.mode
    return effect


def effect_factor(levers: Levers, assumptions: Assumptions, draws: Draws) -> Array | None:
    """(year, draw) factor of fertility for what comes true of the effect of family support.

    1 where as much comes true as the central path has; None without the lever.
    """
    support = levers.family_support
    if support is None:
        return None
    realised = triangular(draws.stream("family support").random(draws.count), support.realised)
    effect = support.tfr_effect.over(assumptions.years)
    women = assumptions.population[SEXES.index("female")]
    rates = (assumptions.fertility * women).sum(axis=2) / np.maximum(women.sum(axis=1), 1.0)
    national = rates.sum(axis=1)  # (year,) with the central effect
    more = effect[:, None] * (realised - support.realised.mode)
    factor: Array = np.maximum(1 + more / np.maximum(national, 0.1)[:, None], 0.0)
    return factor


def gate(
    levers: Levers, dataset: Dataset, facilities: Sequence[Facility], years: Sequence[int]
) -> Gate | None:
    """The gate of the lever 'infrastructure first'; None without it."""
    lever = levers.infrastructure_first
    if lever is None:
        return None
    return gate_of(dataset, facilities, years, lever.kinds, lever.tolerated_load)


def gate_of(
    dataset: Dataset,
    facilities: Sequence[Facility],
    years: Sequence[int],
    kinds: Sequence[str] = (),
    load: float = 1.0,
) -> Gate:
    """A gate of some kinds of facilities, by default of those that the norms call binding."""
    chosen = [
        place for place, facility in enumerate(facilities)
        if (facility.kind in kinds if kinds else facility.binding)
    ]  # fmt: skip
    held = capacity_path(dataset, facilities, dataset.space, years)
    return Gate(tuple(facilities[place] for place in chosen), held[chosen], load)
