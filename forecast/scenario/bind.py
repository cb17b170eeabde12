"""A scenario against a dataset: regions, sections and norms by their ids there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from forecast.errors import Faults, InputError, nearest
from forecast.scenario.bind_levers import bind_levers, series_of
from forecast.scenario.check import DRIVES
from forecast.scenario.places import ADD_SHARES, Tell, fold, region_of, renamed
from forecast.scenario.read import Keys
from forecast.scenario.salvage import in_file_order
from forecast.scenario.scenario import Scenario, finished, load_scenario
from forecast.scenario.series import Series
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
    norms     : {kind of facility: columns that a scenario may override}
    employed  : {region: employed residents}, who can lose no more jobs than they have
    settled   : {'kandas' or 'resettlers': regions with published places}
    Of what is None nothing is checked.
    """

    space: Space
    sections: pd.DataFrame
    base_year: int | None = None
    norms: Mapping[str, Iterable[str]] | None = None
    employed: Mapping[str, float] | None = None
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
        name: _Point(("growth_points", name), country.space, tell).bound(point, known)
        for name, point in scenario.growth_points.items()
    }
    levers = bind_levers(
        scenario.levers, country.space, tell, norms=country.norms, settled=country.settled
    )
    if country.base_year is not None:
        _years(scenario, country.base_year, tell)
    if country.employed is not None:
        _closures(points, country.employed, country.space, tell)
    if faults:
        source = say("scenario '{name}'", name=scenario.name)
        raise InputError(source, in_file_order(faults))
    return finished(replace(scenario, growth_points=points, levers=levers, bound=True))


def read_bound(name: str | Path, country: Country) -> Scenario:
    """The scenario of a name or file, bound to a country.

    Raises InputError with the faults of the files and those that only the country knows, such as
    a region that is not there: all of them at once.
    """
    try:
        return load_scenario(name).bind(country)
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

    def __init__(self, keys: Keys, space: Space, tell: Tell):
        self.keys, self.space, self.tell = keys, space, tell

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
        return point.model_copy(update={"region": region, "homes": homes, "sectors": sectors})

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
    uncertain = scenario.uncertainties
    e0 = uncertain.mortality.e0
    paths = [
        (("uncertainties", "fertility", "tfr"), uncertain.fertility.tfr),
        (("uncertainties", "mortality", "e0", "female"), e0 and e0.female),
        (("uncertainties", "mortality", "e0", "male"), e0 and e0.male),
        (("uncertainties", "external_migration", "net"), uncertain.external_migration.net),
    ]
    series += [(keys, path) for keys, path in paths if path]
    series += series_of(scenario.levers)
    for keys, one in series:
        for year in one.years:
            if year < base_year:
                cure = say("what stood then is in the baseline: begin with {base}", base=base_year)
                tell((*keys, year), say(before, year=year, base=base_year), cure)


def _closures(
    points: Mapping[str, GrowthPoint], employed: Mapping[str, float], space: Space, tell: Tell
) -> None:
    """Jobs that close, all points of a region together, against the jobs that the region has."""
    falling = {
        name: [year for year, jobs in zip(point.jobs.years, point.jobs.values, strict=True)
               if jobs < 0]
        for name, point in points.items()
    }  # fmt: skip
    for name, years in falling.items():
        region = str(points[name].region)
        there = [other for other in falling if points[other].region == region and falling[other]]
        for year in years:
            lost = -sum(min(points[other].jobs.at(year), 0.0) for other in there)
            if lost > employed.get(region, float("inf")):
                message = say(
                    "{jobs} jobs close, and {region} has {employed} employed residents",
                    jobs=number(lost), region=space.name(region),
                    employed=number(employed[region]),
                )  # fmt: skip
                keys: Keys = ("growth_points", name, "jobs", year)
                tell(keys, message, say("is the number right?"))
