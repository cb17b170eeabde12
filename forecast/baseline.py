"""What a run assumes when the scenario says nothing, and what its variants change.

Every path starts from the last registered level (births, deaths, moves of the last observed
year) and takes only its *change* from elsewhere. Each assumption leaves a note with its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forecast.assumptions import Assumptions, Note
from forecast.demography.lifetable import brass_relational, match_life_expectancy
from forecast.errors import InputError
from forecast.external import external_path, schedule
from forecast.levels import at_level, level_note, pull_of
from forecast.space import AGES, SEXES
from forecast.tables import Fertility, Mortality, Population
from forecast.words import mark, say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario.schema import Fertility as FertilitySaid
    from forecast.scenario.schema import Mortality as MortalitySaid
    from forecast.scenario.schema import Uncertainties
    from forecast.scenario.series import Series

Array = NDArray[np.float64]

REVISION = 2024  # UN World Population Prospects whose changes (not levels) are used
# of the decline of death rates; assumption
PACE = {mark("low"): 2.0, mark("medium"): 1.0, mark("high"): 0.0}
PACE_WORDS = {
    "low": mark("Death rates fall twice as fast as in the UN {revision} medium variant."),
    "medium": mark("Death rates fall as fast as in the UN {revision} medium variant."),
    "high": mark("Death rates stay as they are."),
}
OPENING = 10  # years until a fertility variant is fully open; assumption


def assume(
    dataset: Dataset,
    years: Sequence[int],
    uncertainties: Uncertainties,
    *,
    internal: str = "middle",
    tfr_effect: Array | None = None,
) -> Assumptions:
    """The assumptions of one run over calendar `years`, the first being the base year.

    uncertainties : variants or paths of fertility, mortality and external migration
    internal      : 'middle', or 'level-YEAR' for the moves of one observed year
    tfr_effect    : (year,) births per woman on top of the path of fertility
    Raises InputError when the package lacks a table or the years go beyond its paths.
    """
    population = population_on(dataset, dataset.base_year)
    propensity = schedule(dataset, "internal")
    births, fertility_note = _fertility(dataset, years, uncertainties.fertility, tfr_effect)
    deaths, mortality_note = mortality_path(dataset, population, years, uncertainties.mortality)
    internal_note = level_note(dataset, internal)
    external = uncertainties.external_migration
    abroad = external_path(dataset, years, external, population)
    start = Assumptions(
        space=dataset.space,
        years=tuple(years),
        population=population,
        fertility=births,
        sex_ratio=indicator(dataset, "sex_ratio", [dataset.last_year_observed])[0],
        mortality=deaths,
        intensity=np.zeros((len(dataset.space), len(dataset.space))),
        propensity=propensity,
        emigration=abroad.emigration,
        immigration=abroad.immigration,
        streams=abroad.streams,
        external_net=_given(external.net, years),
        pull=dataset.once("pull", lambda: pull_of(dataset, population)),
        notes=(fertility_note, mortality_note, internal_note, abroad.note),
    )
    return at_level(dataset, start, internal)


def population_on(dataset: Dataset, year: int) -> Array:
    """(sex, age, region) persons on 1 January of `year`, from the estimated base table."""
    return dataset.once(("population", year), lambda: _population_on(dataset, year))


def _population_on(dataset: Dataset, year: int) -> Array:
    frame = dataset.table("estimated/population")
    chosen = frame[frame["year"] == year]
    return Population.from_frame(chosen, dataset.space, source="estimated/population.csv").values


def indicator(dataset: Dataset, measure: str, years: Sequence[int]) -> Array:
    """(year,) a UN indicator of the revision in use; raises InputError where it ends."""
    frame = dataset.table("un_indicators")
    chosen = frame[(frame["revision"] == REVISION) & (frame["measure"] == measure)]
    series = chosen.set_index("year")["value"]
    missing = [str(year) for year in years if year not in series.index]
    if missing:
        message = say(
            "{measure}: no value for {years}; choose an earlier horizon with --until or 'until'",
            measure=measure, years=", ".join(missing[:3]),
        )  # fmt: skip
        raise InputError("observed/un_indicators.csv", message)
    values: Array = series.loc[list(years)].to_numpy(dtype=float)
    return values


def last_path_year(dataset: Dataset) -> int:
    """The last calendar year for which the package has a path of fertility."""
    frame = dataset.table("un_indicators")
    chosen = frame[(frame["revision"] == REVISION) & (frame["measure"] == "tfr")]
    return int(chosen["year"].max())


def _fertility(
    dataset: Dataset, years: Sequence[int], said: FertilitySaid, effect: Array | None
) -> tuple[Array, Note]:
    last = dataset.last_year_observed

    def read() -> Array:
        frame = dataset.table("estimated/fertility")
        chosen, source = frame[frame["year"] == last], "estimated/fertility.csv"
        return Fertility.from_frame(chosen, dataset.space, source=source).over_all_ages()

    rates = dataset.once(("fertility", last), read)
    women = population_on(dataset, dataset.base_year)[SEXES.index("female")]
    by_age = (rates * women).sum(axis=1) / women.sum(axis=1)
    national = float(by_age.sum())
    variant = said.variant or "medium"
    ratio = indicator(dataset, "tfr", years) / indicator(dataset, "tfr", [last])[0]
    if variant != "medium":
        ratio = ratio * _opening(dataset, variant, last, years)
    given = _given(said.tfr, years)
    ratio = np.where(np.isnan(given), ratio, given / national)
    final = number(national * ratio[-1], 2)
    if effect is not None:
        ratio = np.maximum(ratio + effect / national, 0.0)
    text = say(
        "Level: {births} births registered in {year}, a total fertility rate of {tfr}.",
        births=number(_registered(dataset, "births", last)), year=last, tfr=number(national, 2),
    )  # fmt: skip
    if said.tfr is None:
        how = say(
            "The fall of the last years is taken to end: afterwards it changes as in the UN "
            "{revision} {variant} variant, to {final} in {until}; the UN level itself is not "
            "used.",
            revision=REVISION, variant=say(variant), final=final,
            until=years[-1],
        )  # fmt: skip
    else:
        how = say(
            "Afterwards the path of the scenario, {final} in {until}; regions keep their ratio to "
            "the nation.",
            final=final, until=years[-1],
        )  # fmt: skip
    source = say("registered births; UN World Population Prospects {year}", year=REVISION)
    note = Note(say("Fertility"), f"{text} {how}", source, "assumption")
    return ratio[:, None, None] * rates, note


def _opening(dataset: Dataset, variant: str, last: int, years: Sequence[int]) -> Array:
    """(year,) the UN variant over the medium one, opening in a line over `OPENING` years.

    The published variants step down or up every five years; people do not.
    """
    end = last + OPENING
    far = indicator(dataset, f"tfr_{variant}", [end]) / indicator(dataset, "tfr", [end])
    part = np.minimum((np.asarray(years) - last) / OPENING, 1.0)
    return 1 + part * (far[0] - 1)


def mortality_path(
    dataset: Dataset, population: Array, years: Sequence[int], said: MortalitySaid
) -> tuple[Array, Note]:
    """(year, sex, age, region) death rates and the note on them."""
    last = dataset.last_year_observed

    def read() -> Array:
        frame = dataset.table("estimated/mortality")
        chosen, source = frame[frame["year"] == last], "estimated/mortality.csv"
        return Mortality.from_frame(chosen, dataset.space, source=source).values

    level = dataset.once(("mortality", last), read)
    pace = PACE[said.variant or "medium"]
    decline = pace * _mortality_decline(dataset, last)
    ahead = np.asarray(years) - last
    path = level * np.exp(-decline[:, :, None] * ahead[:, None, None, None])
    if said.e0 is not None:
        path = _levelled(path, population, said.e0, years)
    text = say(
        "Level: deaths registered in {year} and the last published life expectancy of each "
        "region. {change}",
        year=last, change=say(PACE_WORDS[said.variant or "medium"], revision=REVISION),
    )  # fmt: skip
    if said.e0 is not None:
        text += " " + say("Life expectancy of the nation follows the path of the scenario.")
    source = say("registered deaths; UN World Population Prospects {year}", year=REVISION)
    return path, Note(say("Mortality"), text, source, "assumption")


def _levelled(path: Array, population: Array, e0: Any, years: Sequence[int]) -> Array:
    """The death rates, moved by Brass's alpha of the nation to the life expectancy given."""
    moved = path.copy()
    for place, sex in enumerate(SEXES):
        weight = population[place] / population[place].sum(axis=1, keepdims=True)
        for number_, target in enumerate(_given(getattr(e0, sex), years)):
            if np.isnan(target):
                continue
            national = (path[number_, place] * weight).sum(axis=1)
            alpha = match_life_expectancy(national, sex, target).alpha
            moved[number_, place] = brass_relational(path[number_, place], alpha, sex=sex)
    return moved


def _mortality_decline(dataset: Dataset, last: int) -> Array:
    """(sex, age) yearly decline of death rates between the two UN periods after `last`."""
    frame = dataset.table("un_mortality")
    frame = frame[frame["revision"] == REVISION]
    starts = frame["period"].astype(str).str[:4].astype(int)
    first = last - last % 5
    decline = np.empty((len(SEXES), len(AGES)))
    for place, sex in enumerate(SEXES):
        rates = []
        for start in (first, first + 5):
            chosen = frame[(starts == start) & (frame["sex"] == sex)].sort_values("age_from")
            rates.append(chosen["value"].to_numpy(dtype=float))
        if len(rates[0]) == 0 or len(rates[0]) != len(rates[1]):
            message = say("no death rates for the periods from {year}", year=first)
            raise InputError("observed/un_mortality.csv", message)
        middle = chosen[["age_from", "age_to"]].mean(axis=1).to_numpy(dtype=float)
        decline[place] = np.interp(AGES, middle, np.log(rates[0] / rates[1]) / 5)
    return np.maximum(decline, 0.0)


def _registered(dataset: Dataset, event: str, year: int) -> float:
    frame = dataset.table("vital_events")
    chosen = frame[
        (frame["region"] == dataset.nation) & (frame["event"] == event) & (frame["year"] == year)
    ]
    if chosen.empty:
        message = say("no {event} of {year} for the nation", event=say(event), year=year)
        raise InputError("observed/vital_events.csv", message)
    return float(chosen["value"].iloc[0])


def _given(series: Series | None, years: Sequence[int]) -> Array:
    """(year,) a path of the scenario, NaN in the years of which it says nothing."""
    return np.full(len(years), np.nan) if series is None else series.over(years)
