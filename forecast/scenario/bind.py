"""A scenario against a dataset: regions, sections and norms by their ids there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from forecast.errors import Faults, InputError, did_you_mean, nearest
from forecast.scenario.bind_drivers import bind_drivers, new_keys_of_drivers, series_of_drivers
from forecast.scenario.bind_levers import bind_levers, new_keys, series_of
from forecast.scenario.check import DRIVES
from forecast.scenario.places import ADD_SHARES, Tell, fold, region_of, renamed
from forecast.scenario.read import Keys, dotted
from forecast.scenario.salvage import in_file_order
from forecast.scenario.scenario import DEFAULT, Scenario, finished, load_scenario
from forecast.scenario.series import Series
from forecast.space import STREAMS
from forecast.words import LANGUAGES, mark, say
from forecast.words.digits import number

if TYPE_CHECKING:
    import pandas as pd

    from forecast.scenario.schema import GrowthPoint
    from forecast.space import Space

FEW = 3  # letters: a shorter beginning of a name says too little


@dataclass(frozen=True)
class Country:
    """What a scenario is held against.

    sections  : columns section (letter), sector, name_en, name_ru, name_kk and, if there, word
                (a short name). A letter, a name, the beginning of one name or a sector is
                accepted; a sector stays as it is, for the labour room to spread over its sections
    base_year : first calendar year of the run: no series begins before it, nor does the run end
    norms     : {kind of facility: {column that a scenario may override: (smallest, largest)}}
    levels    : levels of internal migration, level-YEAR
    people    : {region: persons} on the first 1 January
    employed  : {region: employed residents}, who can lose no more jobs than they have
    unemployment : {region: per cent of the labour force} of the base year
    settled   : {'kandas' or 'resettlers': regions with published places}
    Of what is None nothing is checked.
    """

    space: Space
    sections: pd.DataFrame
    base_year: int | None = None
    norms: Mapping[str, Mapping[str, tuple[float, float]]] | None = None
    levels: Iterable[str] | None = None
    people: Mapping[str, float] | None = None
    employed: Mapping[str, float] | None = None
    unemployment: Mapping[str, float] | None = None
    settled: Mapping[str, Iterable[str]] | None = None


def bind(scenario: Scenario, country: Country) -> Scenario:
    """The scenario with regions, sections and kinds of facilities as ids of a country.

    Raises InputError with every fault, each as file:line: key.
    """
    faults = Faults()

    def tell(keys: Keys, message: str, cure: str = "") -> None:
        faults.add(scenario.where(keys), message, cure)

    known = _sections(country.sections)
    points = {
        name: _Point(("growth_points", name), country, tell).bound(point, known)
        for name, point in scenario.growth_points.items()
    }
    levers = bind_levers(
        scenario.levers, country.space, tell, norms=country.norms, settled=country.settled
    )
    drivers = bind_drivers(scenario.drivers, country.space, tell, country.unemployment)
    level = scenario.uncertainties.internal_level.variant
    if country.levels is not None and level.startswith("level-") and level not in country.levels:
        message = say("there are no moves of '{level}'", level=level)
        keys: Keys = ("uncertainties", "internal_level", "variant")
        tell(keys, message, did_you_mean(level, country.levels))
    if country.base_year is not None:
        _years(scenario, country.base_year, tell)
    if country.employed is not None:
        _closures(points, country.employed, country.space, tell)
    if faults:
        source = say("scenario '{name}'", name=scenario.name)
        raise InputError(source, in_file_order(faults))
    renamed_keys = (
        *new_keys(scenario.levers, levers), *new_keys_of_drivers(scenario.drivers, drivers)
    )  # fmt: skip
    origin, places, words = dict(scenario.origin), dict(scenario.places), dict(scenario.words)
    for old, new in renamed_keys:
        origin[dotted(new)] = scenario.origin.get(dotted(old), DEFAULT)
        if old in scenario.places:
            places[new] = scenario.places[old]
            words[new] = old
    changed = replace(
        scenario, growth_points=points, drivers=drivers, levers=levers, origin=origin,
        places=places, words=words, bound=True,
    )  # fmt: skip
    return finished(changed)


def read_bound(name: str | Path, country: Country) -> Scenario:
    """The scenario of a name or file, bound to a country.

    Raises InputError with the faults of the files and those that only the country knows, such as
    a region that is not there: all of them at once.
    """
    try:
        return load_scenario(name, space=country.space).bind(country)
    except InputError as error:
        if error.partial is None:
            raise
        raise _with_faults_of_country(error, country) from None


def _with_faults_of_country(error: InputError, country: Country) -> InputError:
    try:
        bind(cast(Scenario, error.partial), country)
    except InputError as further:
        return InputError(error.source, in_file_order([*error.faults, *further.faults]))
    return error


class _Point:
    """One growth point while it is bound; faults are told."""

    def __init__(self, keys: Keys, country: Country, tell: Tell):
        self.keys, self.country, self.tell = keys, country, tell
        self.space = country.space

    def bound(self, point: GrowthPoint, known: _Known) -> GrowthPoint:
        region, homes = point.region, point.homes
        if region is not None:  # it is missing only in what was salvaged of a faulty file
            region = self.region(region, (*self.keys, "region"))
            homes = {region: 1.0}
        if point.homes is not None:
            homes = renamed(
                point.homes, (*self.keys, "homes"), self.region, self.tell, twice=ADD_SHARES
            )
        sectors = point.sectors
        if sectors is not None:
            sectors = renamed(
                sectors, (*self.keys, "sectors"),
                lambda word, keys: self.section(word, known, keys),
                self.tell,
                twice=ADD_SHARES,
            )  # fmt: skip
        self.exists(point, region)
        self.builds(point)
        return point.model_copy(update={"region": region, "homes": homes, "sectors": sectors})

    def exists(self, point: GrowthPoint, region: str | None) -> None:
        """What is there already against the plan and against the region."""
        known = point.existing
        if known.dwellings and point.dwellings and point.dwellings.values[0] < known.dwellings:
            keys = (*self.keys, "dwellings", point.dwellings.years[0])
            message = say("{value} is below the {existing} dwellings that exist",
                          value=number(point.dwellings.values[0]),
                          existing=number(known.dwellings))  # fmt: skip
            self.tell(keys, message, say("write the total, what exists included"))
        limits = (("people", known.people, self.country.people),
                  ("jobs", known.jobs, self.country.employed))  # fmt: skip
        for key, there, of_region in limits:
            most = (of_region or {}).get(region or "", float("inf"))
            if region is not None and there and there > most:
                message = say("{value} are more than {region} has ({existing})",
                              value=number(there), region=self.space.name(region),
                              existing=number(most))  # fmt: skip
                self.tell((*self.keys, "existing", key), message, say("is the number right?"))

    def builds(self, point: GrowthPoint) -> None:
        """The kinds of facilities that the point builds; its dwellings have a key of their own."""
        norms = self.country.norms
        if norms is None:
            return
        for kind in point.facilities:
            if kind not in norms:
                message = say("no kind of facility '{name}'", name=kind)
                self.tell((*self.keys, "facilities", kind), message, did_you_mean(kind, norms))
            elif kind == DWELLING and point.dwellings:
                message = say("dwellings of the point stand under 'dwellings' already")
                self.tell((*self.keys, "facilities", kind), message, say("remove the key"))

    def region(self, word: str, keys: Keys) -> str:
        return region_of(word, self.space, keys, self.tell)

    def section(self, word: str, known: _Known, keys: Keys) -> str:
        """The id of a section or sector by any of its names, or the word and a fault."""
        asked = fold(word)
        if asked in known:
            return known[asked][0]
        begin = {place for name, (place, _) in known.items() if name.startswith(asked)}
        if len(begin) == 1 and len(asked) >= FEW:
            return begin.pop()
        written = [name for _, name in known.values()]
        near = nearest(word, written)
        ids = sorted({place for place, _ in known.values()}, key=lambda name: (len(name), name))
        cure = say("known: {names}", names=", ".join(ids))
        if near is not None:
            cure = say("did you mean {names}?", names=f"'{near}' ({known[fold(near)][0]})")
        self.tell(keys, say("no section of activity '{name}'", name=word), cure)
        return word


DWELLING = "dwelling"  # the kind of facility that `dwellings` counts
_Known = dict[str, tuple[str, str]]  # folded name: id, name as it is written


def _sections(frame: pd.DataFrame) -> _Known:
    """Every accepted spelling of a section or sector, folded, to its id."""
    known: _Known = {fold(str(s)): (str(s), str(s)) for s in frame["sector"]}
    for row in frame.to_dict("records"):
        for column in ("section", "word", *(f"name_{lang}" for lang in LANGUAGES)):
            if isinstance(row.get(column), str):
                known[fold(str(row[column]))] = str(row["section"]), str(row[column])
    return known


def _years(scenario: Scenario, base_year: int, tell: Tell) -> None:
    """The horizon and the series against the first year of the run."""
    before = mark("{year} is before the base year {base}")
    if scenario.until < base_year:
        message = say(before, year=scenario.until, base=base_year)
        tell(("until",), message, say("write a later year"))
    series: list[tuple[Keys, Series]] = [
        (("growth_points", name, key), getattr(point, key))
        for name, point in scenario.growth_points.items()
        for key in DRIVES
    ]
    series += [
        (("growth_points", name, "facilities", kind), built)
        for name, point in scenario.growth_points.items()
        for kind, built in point.facilities.items()
    ]
    uncertain = scenario.uncertainties
    e0 = uncertain.mortality.e0
    paths = [
        (("uncertainties", "fertility", "tfr"), uncertain.fertility.tfr),
        (("uncertainties", "mortality", "e0", "female"), e0 and e0.female),
        (("uncertainties", "mortality", "e0", "male"), e0 and e0.male),
        (("uncertainties", "external_migration", "net"), uncertain.external_migration.net),
    ]
    streams = uncertain.external_migration.streams
    paths += [
        (("uncertainties", "external_migration", "streams", name), getattr(streams, name, None))
        for name in STREAMS
    ]
    series += [(keys, path) for keys, path in paths if path]
    series += series_of_drivers(scenario.drivers) + series_of(scenario.levers)
    for keys, one in series:
        for year in one.years:
            if year < base_year:
                cure = say("what stood then is in the baseline: begin with {base}", base=base_year)
                tell((*keys, year), say(before, year=year, base=base_year), cure)


def _closures(
    points: Mapping[str, GrowthPoint], employed: Mapping[str, float], space: Space, tell: Tell
) -> None:
    """Jobs that close, all points of a region together, against the jobs that the region has."""

    def closed(name: str, year: int) -> float:
        point = points[name]
        return max((point.existing.jobs or 0.0) - point.jobs.at(year), 0.0)

    falling = {
        name: [year for year in point.jobs.years if closed(name, year) > 0]
        for name, point in points.items()
    }
    for name, years in falling.items():
        region = str(points[name].region)
        there = [other for other in falling if points[other].region == region and falling[other]]
        for year in years:
            lost = sum(closed(other, year) for other in there)
            if lost > employed.get(region, float("inf")):
                message = say(
                    "{jobs} jobs close, and {region} has {employed} employed residents",
                    jobs=number(lost), region=space.name(region),
                    employed=number(employed[region]),
                )  # fmt: skip
                keys: Keys = ("growth_points", name, "jobs", year)
                tell(keys, message, say("is the number right?"))
