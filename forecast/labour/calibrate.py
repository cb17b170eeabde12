"""The labour room made ready for a run: participation, unemployment and jobs of the base year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import InputError, collect, did_you_mean
from forecast.labour.demand import Trend, base_jobs, fit_trend
from forecast.labour.multiplier import TABLE as INPUTS
from forecast.labour.multiplier import Multipliers, multipliers, read_inputs
from forecast.labour.sections import Sections, read_sections
from forecast.labour.supply import (
    Pattern,
    labour_force,
    mean_population,
    participation_at,
    read_pattern,
    shift_to_meet,
)
from forecast.space import Space
from forecast.tables import PERSONS, PersonsByYear, Table
from forecast.words import say

Array = NDArray[np.float64]

PARAMETERS = {
    "participation_cap": (0.5, 1.0),
    "flagged_change": (0.0, 1.0),
    "shrinkage_years": (1, 20),
    "trend_first_year": (1900, 2200),
    "census_break": (1900, 2200),
    "trend_damping": (0.0, 1.0),
    "section_own_trend": (0.0, 1.0),
    "region_own_trend": (0.0, 1.0),
    "second_jobs": (0.0, 1.0),
    "commuting_ratio": (0.1, 10.0),
    "multiplier_least": (1.0, 10.0),
    "multiplier_most": (1.0, 10.0),
    "flq_delta": (0.0, 1.0),
    "unemployment_absorbs": (0.0, 1.0),
    "wage_curve": (0.0, 1.0),
    "home_value_response": (0.0, 5.0),
    "employee_share_growth": (0.0, 0.05),
    "retraining_share": (0.0, 1.0),
}


class Tables(Protocol):
    """Whatever gives tables by name, as a Dataset does."""

    def table(self, name: str) -> pd.DataFrame: ...

    def has(self, name: str) -> bool: ...


class JobsBySection(Table):
    """National employment by section of activity and year."""

    axes = ("section", "year")
    unit = PERSONS


class JobsBySector(Table):
    """Regional employment by the three sectors and year."""

    axes = ("region", "sector", "year")
    unit = PERSONS


class Loop(NamedTuple):
    """How scarce labour and homes show, year by year.

    absorbs    : of the jobs that are short, the share by which unemployment falls
    wage_curve : fall of the log of pay for a rise of the log of unemployment, 0.1
    home_value : rise of the log of home values for that of households beyond dwellings
    """

    absorbs: float
    wage_curve: float
    home_value: float


@dataclass(frozen=True)
class LabourBase:
    """The labour market of the base year and what is assumed to hold afterwards.

    year         : the base year, the last calendar year observed
    pattern      : national participation by sex and age, with the pensionable ages
    shift        : (region,) what moves the pattern to each region, logit scale
    cap          : largest participation of any age
    unemployment : (region,) share of the labour force, base year
    people       : (region,) mean population of the base year, persons
    jobs         : (region, section) of the base year; sums are the employed residents
    trend        : growth of the jobs
    second_jobs  : d, second jobs for each employed person
    commuting    : CR, employed residents for each job in the region
    multipliers  : jobs of market services for the jobs of growth points
    loop         : how the yearly loop answers (see `Loop`)
    sections     : letters of the sections, in order
    flags        : labour force and participation by region and year (see `flag_changes`)
    lowest_unemployment : (region,) lowest published share since the census break
    best_shift   : (region,) the shift of the best published participation since then
    retraining   : share of the workers of sections with fewer jobs who can be retrained
    changes      : {calendar year: (sex, age, region) change of participation}; a lever's, 0 without
    qualified    : (section, qualification) share of the jobs, see labour.qualification; None
                   where the package does not tell it
    employee_growth : yearly change of the nation's employees per employed person
    """

    year: int
    pattern: Pattern
    shift: Array
    cap: float
    unemployment: Array
    people: Array
    jobs: Array
    trend: Trend
    second_jobs: float
    commuting: float
    named_sections: Sections
    multipliers: Multipliers
    loop: Loop
    flags: pd.DataFrame
    lowest_unemployment: Array
    best_shift: Array
    retraining: float
    changes: Mapping[int, Array] = field(default_factory=dict)
    qualified: Array | None = None
    employee_growth: float = 0.0
    _rates: dict[int, Array] = field(default_factory=dict, init=False, repr=False, compare=False)

    def participation_in(self, year: int) -> Array:
        """(sex, age, region) labour force per person in a calendar year; to be read only.

        The pensionable age moves it after the base year, and what a lever changes.
        """
        if year not in self._rates:  # every block of draws asks for it
            rates = participation_at(self.pattern.of_year(year), self.shift, self.cap)
            if year in self.changes:
                rates = np.clip(rates + self.changes[year], 0.0, self.cap)
            rates.flags.writeable = False
            self._rates[year] = rates
        return self._rates[year]

    @cached_property
    def participation(self) -> Array:
        """(sex, age, region) labour force per person in the base year."""
        return self.participation_in(self.year)

    @property
    def jobs_per_worker(self) -> float:
        """Jobs that an employed resident fills: (1 + d) / CR."""
        return (1 + self.second_jobs) / self.commuting

    @property
    def sections(self) -> tuple[str, ...]:
        return self.named_sections.letters

    @property
    def construction(self) -> int:
        """Position of the section to which construction jobs belong."""
        return self.named_sections.construction

    def section_shares(self, shares: Mapping[str, float] | None = None) -> Array:
        """(section,) shares of jobs from shares by letter, name or sector; sums to 1.

        A whole sector is spread as the nation's employment within it; without `shares`, all
        employment is. Raises InputError for an unknown section.
        """
        return self.named_sections.shares(shares, self.jobs.sum(axis=0))


def calibrate_labour(
    tables: Tables, space: Space, population_by_year: Mapping[int, Array], year: int | None = None
) -> LabourBase:
    """The labour room of a run, from published employment and the estimated population.

    tables             : gives labour_force, employment_section, employment_sector and
                         norms/participation, norms/pension_age, norms/sections, norms/labour
    population_by_year : {year: (sex, age, region)} persons on 1 January; the base year and the
                         next are needed, earlier ones make the flags longer
    year               : base year, by default the last one of the table labour_force

    The labour force of the base year is met to the person in every region. Participation is
    not averaged over earlier years: base jobs are that year's employed residents, so an
    average would open a gap between supply and demand that is only noise. What the mean of
    the last years would give stands in `flags`, beside the regions to be read with care.
    """
    known = read_parameters(tables.table("norms/labour"))
    published = tables.table("labour_force")
    base = int(published["year"].max()) if year is None else year
    pattern = read_pattern(tables.table("norms/participation"), tables.table("norms/pension_age"))
    years = [y for y in sorted(population_by_year) if y <= base and y + 1 in population_by_year]
    if base not in years:
        mean_population(population_by_year, base)  # raises, naming the year that is missing
    force = _by_year(published, "labour_force", years, space)
    unemployed = _by_year(published, "unemployed", [base], space)[:, 0]
    means = [mean_population(population_by_year, y) for y in years]
    shifts = [
        shift_to_meet(pattern.of_year(y), mean, target, known["participation_cap"], space)
        for y, mean, target in zip(years, means, force.T, strict=True)
    ]
    sections = read_sections(tables.table("norms/sections"))
    jobs, trend = _jobs(tables, space, sections, base, known)
    people = np.stack([mean.sum(axis=(0, 1)) for mean in means], axis=1)
    shrunk = _at_mean_shift(pattern, shifts, means[-1], base, known)
    recent = [y for y in years if y >= known["census_break"]]
    return LabourBase(
        year=base,
        pattern=pattern,
        shift=shifts[-1],
        cap=known["participation_cap"],
        unemployment=unemployed / force[:, -1],
        people=people[:, -1],
        jobs=jobs,
        trend=trend,
        second_jobs=known["second_jobs"],
        commuting=known["commuting_ratio"],
        named_sections=sections,
        multipliers=_multipliers(tables, jobs, sections, known),
        loop=Loop(known["unemployment_absorbs"], known["wage_curve"], known["home_value_response"]),
        employee_growth=known["employee_share_growth"],
        flags=flag_changes(
            space, years, force, people, shrunk, flagged_change=known["flagged_change"]
        ),
        lowest_unemployment=_lowest_unemployment(published, recent, space),
        best_shift=np.max(shifts[-len(recent) :], axis=0),
        retraining=known["retraining_share"],
    )


def flag_changes(
    space: Space,
    years: Sequence[int],
    force: Array,
    people: Array,
    shrunk: Array,
    *,
    flagged_change: float,
) -> pd.DataFrame:
    """Where the published labour force moves more than people do: region, year and

    labour_force          : published, persons
    labour_force_change   : on the year before, share
    per_person            : labour force per person of the mean population
    per_person_change     : on the year before, share
    flagged               : per_person_change is beyond `flagged_change`: a change of the survey
                            rather than of people, so levels of the region are to be read with care
    labour_force_shrunk   : in the base year, what the mean participation of the last years gives

    force, people : (region, year) persons; shrunk : (region,) persons
    Changes of the first year are missing.
    """
    per_person = force / people
    rows = {
        "labour_force": force,
        "labour_force_change": _change(force),
        "per_person": per_person,
        "per_person_change": _change(per_person),
        "labour_force_shrunk": np.full_like(force, np.nan),
    }
    rows["labour_force_shrunk"][:, -1] = shrunk
    index = pd.MultiIndex.from_product([space.ids, years], names=["region", "year"])
    frame = pd.DataFrame({name: values.ravel() for name, values in rows.items()}, index=index)
    frame["flagged"] = frame["per_person_change"].abs() > flagged_change
    return frame.reset_index()


def read_parameters(table: pd.DataFrame) -> dict[str, float]:
    """{parameter: value} of norms/labour; raises InputError with every fault."""
    with collect("norms/labour") as faults:
        found: dict[str, float] = {}
        values = pd.to_numeric(table["value"], errors="coerce").to_numpy(dtype=float)
        for row, (name, value) in enumerate(zip(table["parameter"], values, strict=True), start=2):
            where = say("row {n}", n=row)
            if name not in PARAMETERS:
                message = say("unknown parameter '{name}'", name=name)
                faults.add(where, message, did_you_mean(str(name), PARAMETERS))
                continue
            lower, upper = PARAMETERS[name]
            if not lower <= value <= upper:
                cure = say("must be from {lower:g} to {upper:g}", lower=lower, upper=upper)
                faults.add(f"{where}, value", f"{name} {value:g}", cure)
            found[name] = float(value)
        for name in PARAMETERS.keys() - found.keys():
            faults.add(name, say("there is no row"), say("add it; a missing value is never 0"))
    return found


def _change(values: Array) -> Array:
    change = np.full_like(values, np.nan)
    change[:, 1:] = values[:, 1:] / values[:, :-1] - 1
    return change


def _at_mean_shift(
    pattern: Pattern, shifts: list[Array], mean: Array, base: int, known: Mapping[str, float]
) -> Array:
    """(region,) labour force of the base year at the mean shift of the last years."""
    last = shifts[-int(known["shrinkage_years"]) :]
    average = np.mean(last, axis=0)
    rates = participation_at(pattern.of_year(base), average, known["participation_cap"])
    return labour_force(mean, rates)


def _by_year(table: pd.DataFrame, measure: str, years: Sequence[int], space: Space) -> Array:
    """(region, year) persons of one measure of the table labour_force."""
    chosen = table[
        (table["measure"] == measure)
        & table["year"].isin(list(years))
        & (table["region"] != space.nation)
    ]
    source = f"observed/labour_force, {measure}"
    return PersonsByYear.from_frame(chosen, space, source=source, labels={"year": years}).values


def _lowest_unemployment(published: pd.DataFrame, years: Sequence[int], space: Space) -> Array:
    """(region,) lowest share of unemployed among those years that are published."""
    chosen = published[published["year"].isin(list(years))]
    wide = chosen.pivot(index=["region", "year"], columns="measure", values="value")
    share = (wide["unemployed"] / wide["labour_force"]).groupby(level="region").min()
    lowest: Array = share.reindex(space.ids).to_numpy(dtype=float)
    return lowest


def _multipliers(
    tables: Tables, jobs: Array, sections: Sections, known: Mapping[str, float]
) -> Multipliers:
    """Of a table of inputs where the package has one, else of the economic base."""
    inputs = read_inputs(tables.table(INPUTS), sections) if tables.has(INPUTS) else None
    bounds = known["multiplier_least"], known["multiplier_most"]
    return multipliers(jobs, sections, bounds, inputs, known["flq_delta"])


def _jobs(
    tables: Tables, space: Space, sections: Sections, base: int, known: Mapping[str, float]
) -> tuple[Array, Trend]:
    """Base jobs (region, section) and their trend."""
    first, census = int(known["trend_first_year"]), int(known["census_break"])
    if not first < census < base:
        message = say(
            "trend_first_year {first}, census_break {census} and the base year {base} must follow "
            "each other", first=first, census=census, base=base,
        )  # fmt: skip
        raise InputError("norms/labour", message)
    years = range(first, base + 1)
    national = tables.table("employment_section")
    by_section = JobsBySection.from_frame(
        national[national["section"].isin(sections.letters) & national["year"].isin(years)],
        space,
        source="observed/employment_section",
        labels={"section": sections.letters, "year": years},
    ).values
    recent = range(census, base + 1)
    regional = tables.table("employment_sector")
    by_sector = JobsBySector.from_frame(
        regional[(regional["region"] != space.nation) & regional["year"].isin(recent)],
        space,
        source="observed/employment_sector",
        labels={"sector": sections.sectors, "year": recent},
    ).values
    trend = fit_trend(
        by_section,
        by_sector.sum(axis=1),
        np.array(years),
        break_year=census,
        own_section=known["section_own_trend"],
        own_region=known["region_own_trend"],
        damping=known["trend_damping"],
    )
    jobs = base_jobs(by_section[:, -1], by_sector[:, :, -1], sections.sector_of)
    return jobs, trend
