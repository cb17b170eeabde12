"""Streams of the registered immigration: ethnic returnees in and out of the quota, and others.

Streams partition the arrivals that are registered; they add nobody. A status given to somebody
who lives here already is no arrival, so statuses are held against the registered arrivals from
the same country. Foreign workers with a permit fill jobs and are not residents; of labour
migrants and students among the registered arrivals nothing is published, so both stay in
'other' and have ages only, for scenarios that set their number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from forecast.demography.schedules import MigrationCurve, rogers_castro
from forecast.errors import InputError
from forecast.estimate.migrants import working_ages
from forecast.estimate.models import Parameter
from forecast.estimate.published import national_events
from forecast.estimate.source import Source
from forecast.estimate.tilt import Array
from forecast.migration.directed import as_families
from forecast.space import AGES, SEXES, STREAMS
from forecast.words import say

if TYPE_CHECKING:
    from forecast.estimate.build import Estimates

QUOTA, FREE, LABOUR, STUDENTS, OTHER = STREAMS
# Log errors of the size of a stream: places and take-up are published; how many of those with
# the status were registered as arrivals is bounded by country, not known; assumption.
ERRORS = {QUOTA: 0.05, FREE: 0.25, OTHER: 0.15}
MOST = 0.9  # of a region's immigration that its quota may be
LEAST = 0.5  # of the ages of all immigrants, that stays with the others at every age; assumption
ROUNDS = 200
# Families: children, parents about thirty, grandparents. Heights are fitted to published shares.
FAMILY = (
    MigrationCurve(a1=1.0, alpha1=0.1, a2=0.0, c=0.0),
    MigrationCurve(a1=0.0, a2=1.0, alpha2=0.06, mu2=25.0, lambda2=0.3, c=0.0),
    MigrationCurve(a1=0.0, a2=0.0, a3=1.0, alpha3=0.1, mu3=63.0, lambda3=0.3, c=0.0),
)
# No figure: a labour-force peak of workers in their twenties and thirties, and a student peak.
WORKERS = MigrationCurve(a1=0.0, a2=1.0, alpha2=0.08, mu2=24.0, lambda2=0.5, c=0.0)
STUDYING = MigrationCurve(a1=0.0, a2=1.0, alpha2=0.45, mu2=19.0, lambda2=1.2, c=0.0)
SHARE = "share"


class Sizes(NamedTuple):
    """Streams of the returnees in one year: share of all immigration, and in the quota by region.

    quota : (region,) persons who settle in published places; said: where it comes from
    """

    share: float
    quota: Array
    said: str


def stream_rows(estimates: Estimates, level: float, shares: Array) -> list[Parameter]:
    """Share, error, regions and ages of every stream.

    level  : immigration of the nation, persons a year
    shares : (region,) shares of the regions in it
    Without published statuses up to the end of the source everybody is in 'other'.
    """
    source = estimates.base.source
    everybody = estimates.base.ages.immigration
    sizes = _sizes(source)
    persons = regions_of_streams(source, sizes, level * shares)
    ages = ages_of_streams(source, everybody, {k: v.sum() / level for k, v in persons.items()})
    rows: list[Parameter] = []
    for stream in STREAMS:
        size = persons.get(stream)
        known = size is not None and size.sum() > 0
        said = sizes.said if known else "no figure: inside 'other'"
        part = float(size.sum()) / level if size is not None else 0.0
        rows.append(Parameter(f"{stream}_share", part, SHARE, said))
        rows.append(Parameter(f"{stream}_share_error", ERRORS.get(stream, 0.0), "log", said))
        spread = size / size.sum() if size is not None and known else shares
        rows += [
            Parameter(f"{stream}_regions", float(value), SHARE, said, region)
            for region, value in zip(source.ids, spread, strict=True)
        ]
        rows += [
            Parameter(f"{stream}_ages", float(ages[stream][place, age]), SHARE,
                      "Rogers-Castro curves at published shares of ages", sex=sex, age=age)
            for place, sex in enumerate(SEXES) for age in AGES
        ]  # fmt: skip
    return rows


def _sizes(source: Source) -> Sizes:
    """How many returnees the registered immigration can hold, and their quota."""
    nobody = np.zeros(len(source.ids))
    tables = [source.table(name) for name in ("figures", "policy")]
    statuses = pd.concat([
        table[(table["variable"] == "kandas_status_granted") & (table["region"] == source.nation)]
        for table in tables
    ])  # fmt: skip
    statuses = statuses.assign(year=statuses["date"].str.slice(0, 4).astype(int))
    statuses = statuses[statuses["year"] <= source.until]
    if statuses.empty:
        return Sizes(0.0, nobody, "")
    year = int(statuses["year"].max())
    granted = float(statuses.loc[statuses["year"] == year, "value"].max())  # of whole or most of it
    immigration = national_events(source, year)["immigration"]
    origins = _of_last_period(source, "kandas_share_by_origin")
    arrivals = _of_last_period(source, "external_arrivals_by_country")
    if origins.empty or arrivals.empty:
        return Sizes(0.0, nobody, "")
    then = national_events(source, int(arrivals["date"].iloc[0][:4]))["immigration"]
    most = arrivals.set_index("dimension")["value"] * immigration / then
    by_origin = origins.set_index("dimension")["value"] / 100 * granted
    held = np.minimum(by_origin, most.reindex(by_origin.index).fillna(np.inf)).sum()
    said = (
        f"{granted:.0f} statuses of {year}, by country at most the registered arrivals: "
        f"{held:.0f} of {immigration:.0f}"
    )
    return Sizes(float(held / immigration), _quota(source), said)


def _of_last_period(source: Source, variable: str) -> pd.DataFrame:
    """Rows of the nation in the last period that is published up to the end of the source.

    A whole year comes before months of the same year.
    """
    table = source.table("figures")
    rows = table[(table["variable"] == variable) & (table["region"] == source.nation)]
    rows = rows[rows["date"].str.slice(0, 4).astype(int) <= source.until]
    if rows.empty:
        return rows
    newest = max(rows["date"].unique(), key=lambda date: (date[:4], -len(date)))
    return rows[rows["date"] == newest]


def _quota(source: Source) -> Array:
    """(region,) persons in published places at the observed take-up.

    A region without published places is in no quota. Before places and their take-up are
    published nobody is told apart as in the quota. Raises InputError for places without a take-up.
    """
    table = source.table("norms/settlement")
    rows = table[(table["stream"] == "kandas") & (table["year"] <= source.until + 1)]
    newest = rows.sort_values("year").drop_duplicates(["region", "measure"], keep="last")
    known = newest.set_index(["measure", "region"])["value"]
    persons = np.zeros(len(source.ids))
    if not {"places", "take_up"} <= set(newest["measure"]):
        return persons
    places, take_up = known["places"], known["take_up"]
    for place, region in enumerate(source.ids):
        if region not in places.index:
            continue
        if region not in take_up.index:
            message = say("no places or take-up of {region}", region=source.space.name(region))
            raise InputError("norms/settlement.csv", message)
        persons[place] = places[region] * take_up[region]
    return persons


def regions_of_streams(source: Source, sizes: Sizes, rows: Array) -> dict[str, Array]:
    """{stream: (region,) persons}; they add up to `rows`, the immigration of the regions.

    A quota beyond what a region's immigration can hold is of people who were registered
    elsewhere or earlier. Free returnees settle as published; regions that are not named share
    the rest by their immigration.
    """
    if not sizes.share:
        return {OTHER: rows}
    quota = np.minimum(sizes.quota, MOST * rows)
    free = max(sizes.share * rows.sum() - quota.sum(), 0.0)
    left = rows - quota
    named = _settling(source)
    settled = np.where(np.isnan(named), 0.0, named)
    rest = np.where(np.isnan(named), left, 0.0)
    if rest.sum() > 0:
        settled += max(1 - settled.sum(), 0.0) * rest / rest.sum()
    seed = np.stack([settled * free, np.maximum(left - settled * free, (1 - MOST) * left)])
    columns = np.array([free, left.sum() - free])
    for _ in range(ROUNDS):
        seed *= (columns / seed.sum(axis=1))[:, None]
        seed *= left / seed.sum(axis=0)
    return {QUOTA: quota, FREE: seed[0], OTHER: rows - quota - seed[0]}


def _settling(source: Source) -> Array:
    """(region,) published share of the returnees who settle there, last period; NaN unnamed."""
    table = source.table("figures")
    rows = table[table["variable"] == "kandas_share_of_settlement"]
    rows = rows[rows["region"].isin(source.ids)]
    rows = rows[rows["date"].str.slice(0, 4).astype(int) <= source.until]
    last = rows.sort_values("date").drop_duplicates("region", keep="last").set_index("region")
    return last["value"].reindex(list(source.ids)).to_numpy(dtype=float) / 100


def ages_of_streams(source: Source, everybody: Array, share: dict[str, float]) -> dict[str, Array]:
    """{stream: (sex, age) shares with sum 1}; weighted by the streams they give `everybody`.

    everybody : (sex, age) shares of all immigrants; share : of each stream in them
    At every age the sexes are as among all immigrants: no stream is published by sex.
    """
    sexes = everybody / everybody.sum(axis=0)
    found = {
        LABOUR: sexes * _normal(rogers_castro(WORKERS) * (np.array(AGES) >= 18)),
        STUDENTS: sexes * _normal(rogers_castro(STUDYING) * (np.array(AGES) >= 16)),
        **dict.fromkeys((QUOTA, FREE, OTHER), everybody),
    }
    both = share.get(QUOTA, 0.0) + share.get(FREE, 0.0)
    groups = _of_last_period(source, "kandas_share_by_age").set_index("dimension")["value"]
    if not 0 < both < 1 or groups.empty:
        return found
    place = working_ages(source, source.until)
    names = ("below working age", "working age", "pension age")
    wanted = groups.reindex(list(names)).to_numpy(dtype=float)
    curves = [sexes * _normal(rogers_castro(curve)) for curve in FAMILY]
    matrix = np.array([[curve[place == at].sum() for curve in curves] for at in (-1, 0, 1)])
    heights = np.maximum(np.linalg.solve(matrix, wanted / wanted.sum()), 0.0)
    family = np.einsum("k,ksa->sa", heights / heights.sum(), np.stack(curves))
    other = _normal(np.maximum((everybody - both * family) / (1 - both), LEAST * everybody))
    family = (everybody - (1 - both) * other) / both
    found |= {OTHER: other, QUOTA: family, FREE: family}
    norms = source.table("norms/settlement")
    norms = norms[(norms["measure"] == "working_age_share") & (norms["region"] == source.nation)]
    if len(norms) and share.get(QUOTA, 0.0) > 0 and share.get(FREE, 0.0) > 0:
        working = (place == 0).astype(float)
        quota = as_families(family, working, float(norms["value"].iloc[-1]))
        free = (both * family - share[QUOTA] * quota) / share[FREE]
        if (free >= 0).all():
            found |= {QUOTA: quota, FREE: free}
    return found


def _normal(cells: Array) -> Array:
    found: Array = cells / cells.sum()
    return found
