"""How moves answered to drivers in a panel: measured elasticities, with signs that are checked.

    E F[t, i, j] = exp(a_ij + tau_t + b_o'x[i, t-1] + b_d'x[j, t-1])             pair and year
    E F[t, i, j] = exp(a_ij + c[i, t] + b_d'x[j, t-1])                  pair and origin-year

A driver of one year moves the flows of the next. The effects of pairs are needed: across regions
the signs come out wrong (dear housing 'attracts'), only changes within a region tell anything.
With origin-years (choice of the destination among those who leave) whatever happens at the origin
is held, and its own answer is not measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecast.elasticities import ATTRACTS, HOME_VALUE, INCOME, JOBS
from forecast.errors import Faults, InputError, did_you_mean
from forecast.migration.panel import FlowPanel
from forecast.migration.ppml import ORIGIN_YEAR, PAIR, YEAR, Effect, Ppml, ppml
from forecast.words import mark, say

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Answer = tuple[str, str]  # driver, side

SIDES = ("destination", "origin")
STRUCTURES: dict[str, tuple[Effect, ...]] = {
    "pair-year": (PAIR, YEAR),
    "pair-origin-year": (PAIR, ORIGIN_YEAR),
}
METHODS = {
    "pair-year": mark("PPML with pair and year effects, driver of the year before"),
    "pair-origin-year": mark("PPML with pair and origin-year effects, driver of the year before"),
}
COLUMNS = (
    "driver", "side", "value", "standard_error", "transfer_error", "unit", "country", "years",
    "method", "status", "source", "note",
)  # fmt: skip

# What a driver does at the destination, by a word of its name; the opposite at the origin. The
# drivers of a scenario first, then what panels call the same things.
SIGNS = {
    **ATTRACTS,
    **dict.fromkeys(("incomes", "wage", "wages", "salary", "salaries", "gdp", "grp"),
                    ATTRACTS[INCOME]),
    **dict.fromkeys(("employment", "vacancies"), ATTRACTS[JOBS]),
    **dict.fromkeys(("home_values", "home_price", "home_prices", "house_price", "house_prices",
                     "rent", "rents"), ATTRACTS[HOME_VALUE]),
}  # fmt: skip
POINTS = ("unemployment", "rate")  # percentage points; everything else is taken in logs
ENOUGH_YEARS = 8  # with fewer, elasticities measured elsewhere are the better guess


def _says(name: str, words: Iterable[str]) -> str | None:
    """The first of the words that stands in a name, whatever parts its words."""
    parted = "_" + re.sub(r"[^a-z]+", "_", name.lower()) + "_"
    return next((word for word in words if f"_{word}_" in parted), None)


def expected_sign(driver: str, side: str, signs: Mapping[str, int] | None = None) -> int:
    """1 or -1: which sign an answer may have (or 0); 0 where no sign is known.

    Income and jobs draw people to a destination and hold them at the origin; unemployment and
    dear homes do the opposite.
    signs : {driver: sign at the destination}, for drivers with other names
    """
    word = _says(driver, SIGNS)
    at_destination = (signs or {}).get(driver, SIGNS[word] if word else 0)
    return at_destination if side == "destination" else -at_destination


def in_points(driver: str) -> bool:
    """Whether a driver is a percentage, whose change is counted in points and not in logs."""
    return _says(driver, POINTS) is not None


def scaled(driver: str, values: Array) -> Array:
    """A driver as it enters: its log, or itself where it is a percentage; NaN unknown."""
    values = np.asarray(values, dtype=float)
    if in_points(driver):
        return values
    found = np.full(values.shape, np.nan)
    np.log(values, out=found, where=values > 0)
    return found


def lagged(panel: FlowPanel, answers: Sequence[Answer]) -> tuple[Array, dict[str, Array]]:
    """Flows from the second year on, and {driver.side: drivers of the year before}."""
    regressors = {}
    for driver, side in answers:
        values = scaled(driver, panel.drivers[driver][:-1])
        regressors[f"{driver}.{side}"] = (
            values[:, :, None] if side == "origin" else values[:, None, :]
        )
    return panel.flows[1:], regressors


def known_years(panel: FlowPanel, driver: str) -> int:
    """Years of moves for which the driver of the year before is known in every region."""
    values = scaled(driver, panel.drivers[driver][:-1])
    return int((~np.isnan(values)).all(axis=1).sum())


def right_sign(
    driver: str, side: str, value: float, signs: Mapping[str, int] | None = None
) -> bool:
    """Whether a measured answer may be used: it has the sign that is known for it."""
    return expected_sign(driver, side, signs) * value > 0


def estimate_elasticities(
    panel: FlowPanel,
    drivers: Sequence[str] = (),
    *,
    structure: str = "pair-year",
    population: bool = False,
    country: str = "",
    source: str = "",
    signs: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """The elasticities of a panel: a row for each driver and side, as in `norms/elasticities`.

    drivers    : names in panel.drivers, estimated together; all of them by default
    structure  : 'pair-year', or 'pair-origin-year' (destinations alone)
    population : hold the log populations of the year before, at both ends
    country, source : where the panel is from, for the columns of these names
    signs      : {driver: sign at the destination} for drivers whose names say nothing

    value is the change of the log of moves per change of the log of the driver (or per percentage
    point), standard_error is clustered by pairs. A wrong sign is said in `note`: such an answer
    is measured but moves nobody (`usable`). What was left out is in attrs['notes'].
    Raises InputError for a driver or structure that is not there, and for too few years.
    """
    import pandas as pd  # late: models that only ask for a sign need no tables

    names = list(drivers) or list(panel.drivers)
    _refuse(panel, names, structure, population)
    sides = SIDES if structure == "pair-year" else SIDES[:1]
    answers = [(driver, side) for driver in names for side in sides]
    flows, regressors = lagged(panel, answers)
    if population and panel.population is not None:
        size = np.log(panel.population[:-1])
        regressors["population.destination"] = size[:, None, :]
        if structure == "pair-year":
            regressors["population.origin"] = size[:, :, None]
    fit = ppml(flows, regressors, STRUCTURES[structure], what=say("elasticities"))
    places = np.flatnonzero(fit.used.any(axis=(1, 2)))
    if not len(places):
        raise InputError(say("elasticities"), say("no year of moves has all drivers known"))
    years = [panel.years[int(place) + 1] for place in places]
    method = say(METHODS[structure])
    if population:
        method += ", " + say("log populations of the year before held")
    common = {
        "transfer_error": 0.0, "country": country, "years": f"{years[0]}-{years[-1]}",
        "method": method, "status": "estimated", "source": source,
    }  # fmt: skip
    rows = [
        {**_measured(fit, driver, side), **common, "note": _note(fit, driver, side, years, signs)}
        for driver, side in answers
        if f"{driver}.{side}" in fit.names
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table.attrs["notes"] = list(fit.notes)
    return table


def usable(table: pd.DataFrame, signs: Mapping[str, int] | None = None) -> pd.DataFrame:
    """The rows of an elasticities table whose sign is right, the only ones that move people."""
    right = [
        right_sign(str(row.driver), str(row.side), float(row.value), signs)  # type: ignore[arg-type]
        for row in table.itertuples()
    ]
    return table[np.array(right, dtype=bool)]


def _measured(fit: Ppml, driver: str, side: str) -> dict[str, object]:
    place = fit.names.index(f"{driver}.{side}")
    return {
        "driver": driver, "side": side, "value": float(fit.coefficients[place]),
        "standard_error": float(fit.standard_errors[place]),
        "unit": "log per percentage point" if in_points(driver) else "log per log",
    }  # fmt: skip


def _note(
    fit: Ppml, driver: str, side: str, years: Sequence[int], signs: Mapping[str, int] | None
) -> str:
    """Doubts about one answer."""
    notes = []
    value = fit.coefficient(f"{driver}.{side}")
    if expected_sign(driver, side, signs) == 0:
        notes.append(say("no sign is known for this driver: it moves nobody in a scenario"))
    elif not right_sign(driver, side, value, signs):
        notes.append(say("wrong sign: it moves nobody in a scenario"))
    if len(years) < ENOUGH_YEARS:
        notes.append(say("{n} years only: what was measured elsewhere is the better guess",
                         n=len(years)))  # fmt: skip
    return "; ".join(notes)


def _refuse(panel: FlowPanel, names: Sequence[str], structure: str, population: bool) -> None:
    faults = Faults()
    if structure not in STRUCTURES:
        faults.add(say("structure"), say("no structure '{name}'", name=structure),
                   did_you_mean(structure, STRUCTURES))  # fmt: skip
    for name in names:
        if name not in panel.drivers:
            faults.add(say("drivers"), say("the panel has no driver '{name}'", name=name),
                       did_you_mean(name, panel.drivers))  # fmt: skip
        elif not in_points(name) and (panel.drivers[name] <= 0).any():
            faults.add(name, say("a value is not positive and has no logarithm"))
    if not names:
        faults.add(say("drivers"), say("the panel has no drivers"))
    if population and panel.population is None:
        faults.add(say("population"), say("the panel has no population"))
    if len(panel.years) < 3:
        faults.add("", say("{n} years of moves; elasticities need three, and eight to be worth "
                           "something", n=len(panel.years)))  # fmt: skip
    if faults:
        raise InputError(say("elasticities"), faults)
