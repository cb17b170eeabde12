"""How strongly moves between regions answer to jobs, incomes, unemployment and home values.

An elasticity is a number measured somewhere: its country, years, method and source stand beside
it, its standard error as it was measured, and a transfer error for using it elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from forecast.errors import Faults, InputError, did_you_mean
from forecast.words import mark, say

Array = NDArray[np.float64]

TABLE = "norms/elasticities"
JOBS, INCOME, UNEMPLOYMENT, HOME_VALUE = "jobs", "income", "unemployment", "home_value"
DRIVERS = {
    JOBS: mark("employment"),
    INCOME: mark("income"),
    UNEMPLOYMENT: mark("unemployment"),
    HOME_VALUE: mark("home value"),
}
ORIGIN, DESTINATION = SIDES = ("origin", "destination")
PER_LOG, PER_POINT = "log per log", "log per percentage point"
UNITS = {JOBS: PER_LOG, INCOME: PER_LOG, UNEMPLOYMENT: PER_POINT, HOME_VALUE: PER_LOG}
ATTRACTS = {JOBS: 1, INCOME: 1, UNEMPLOYMENT: -1, HOME_VALUE: -1}  # whether more of it draws people
MEASURED = ("observed", "derived", "estimated")  # statuses of what was measured somewhere
MOST, MOST_ERROR = 5.0, 10.0  # either way: none was ever measured that is larger; assumption
NO_COUNTRY = ("EU", "EZ", "QO", "UN", "XA", "XB", "ZZ")  # of the CLDR, no countries


def sign(driver: str, side: str) -> int:
    """1 where the elasticity may not be negative, -1 where it may not be positive.

    What draws people to a destination keeps them in an origin.
    """
    return ATTRACTS[driver] if side == DESTINATION else -ATTRACTS[driver]


@dataclass(frozen=True)
class Elasticity:
    """One measured or assumed elasticity of the moves.

    value          : change of log moves for a change of 1 of the log driver, or of one percentage
                     point of unemployment
    standard_error : as it was measured; transfer_error: for its use elsewhere, added in quadrature
    country        : ISO 3166-1 code of where it was measured; empty for an assumption
    """

    driver: str
    side: str
    value: float
    standard_error: float
    transfer_error: float
    country: str
    years: str
    status: str
    source: str

    @property
    def error(self) -> float:
        """Standard error where it is used."""
        return float(np.hypot(self.standard_error, self.transfer_error))

    def drawn(self, chance: ArrayLike) -> Array:
        """Values at the given probabilities: log-normal around the value as median.

        Their coefficient of variation is error / |value|, so the spread of their logarithms is
        sqrt(log(1 + (error / value)^2)). None has the wrong sign, none is larger than the table
        takes (`MOST`), and a value of 0 stays 0.

        chance : (draw,) from 0 to 1; the larger, the stronger moves answer
        """
        from scipy.special import ndtri

        if self.error == 0 or self.value == 0:
            return np.full(np.shape(chance), self.value)
        spread = np.sqrt(2 * np.log(np.hypot(1.0, self.error / self.value)))
        drawn = self.value * np.exp(spread * ndtri(np.asarray(chance, dtype=float)))
        values: Array = np.clip(drawn, -MOST, MOST)
        return values


@dataclass(frozen=True)
class Elasticities:
    """All elasticities of a run.

    values : (driver, side, draw) in the order of DRIVERS and SIDES; 0 where none is known, which
             means that moves do not answer there
    rows   : those that are known, with where they come from
    """

    values: Array
    rows: tuple[Elasticity, ...]

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, source: str = f"{TABLE}.csv") -> Elasticities:
        """From the table `norms/elasticities`; its first row is row 2, as in the file.

        Raises InputError with every fault: a driver or side that is not known, a unit that is
        missing or not that of the driver, a negative error, a value or an error beyond what was
        ever measured, a sign that no theory and no measurement supports, two rows of one
        elasticity, a measurement without its country, a country that does not exist.
        """
        faults = Faults()
        rows: dict[tuple[str, str], Elasticity] = {}
        for number, cells in enumerate(frame.to_dict("records"), start=2):
            found = _row(cells, say("row {n}", n=number), faults)
            if found is None:
                continue
            key = found.driver, found.side
            if key in rows:
                message = say("{driver}, {side} stands here already",
                              driver=found.driver, side=found.side)  # fmt: skip
                faults.add(say("row {n}", n=number), message, say("keep one of the two"))
            rows[key] = found
        if faults:
            raise InputError(source, faults)
        return cls(_values(rows.values(), lambda row: np.array([row.value])), tuple(rows.values()))

    def drawn(self, chances: Callable[[Elasticity], Array]) -> Elasticities:
        """The same with each row drawn; `chances` gives it its probabilities, (draw,)."""
        return replace(self, values=_values(self.rows, lambda row: row.drawn(chances(row))))

    def of_draws(self, block: slice) -> Elasticities:
        """The same for some of the draws."""
        return replace(self, values=self.values[..., block])

    def of(self, driver: str) -> tuple[Elasticity, ...]:
        """The rows of one driver, the destination first."""
        mine = [row for row in self.rows if row.driver == driver]
        return tuple(sorted(mine, key=lambda row: row.side))


def _values(rows: Iterable[Elasticity], of_row: Callable[[Elasticity], Array]) -> Array:
    """(driver, side, draw) of some rows."""
    found = {(row.driver, row.side): of_row(row) for row in rows}
    draws = max((len(values) for values in found.values()), default=1)
    nothing = np.zeros(draws)
    return np.stack(
        [np.stack([found.get((driver, side), nothing) for side in SIDES]) for driver in DRIVERS]
    )


def _row(cells: Mapping[Any, Any], where: str, faults: Faults) -> Elasticity | None:
    """One row of the table; None after a fault that leaves nothing to check it against."""
    driver, side = str(cells["driver"]), str(cells["side"])
    for name, word, known in (("driver", driver, DRIVERS), ("side", side, SIDES)):
        if word not in known:
            faults.add(
                f"{where}, {say('column {name}', name=name)}",
                say("'{text}' is not one of the words of this column", text=word),
                did_you_mean(word, known),
            )
    if driver not in DRIVERS or side not in SIDES:
        return None
    numbers: dict[str, float] = {}
    for name in ("value", "standard_error", "transfer_error"):
        number = float(pd.to_numeric(cells[name], errors="coerce"))
        numbers[name] = number
        if not np.isfinite(number):
            faults.add(f"{where}, {name}", say("the cell is empty"), say("write a number"))
        elif name != "value" and number < 0:
            faults.add(f"{where}, {name}", say("{text} is negative", text=f"{number:g}"),
                       say("an error is 0 or more"))  # fmt: skip
        elif abs(number) > (most := MOST if name == "value" else MOST_ERROR):
            faults.add(f"{where}, {name}", say("{value} is out of bounds", value=f"{number:g}"),
                       say("at most {most} either way: is it a share, and not per cent?",
                           most=f"{most:g}"))  # fmt: skip
    unit = str(cells["unit"]) if isinstance(cells["unit"], str) else ""
    if unit != UNITS[driver]:
        message = say("unit '{text}' is wrong here", text=unit) if unit else say("no unit is given")
        faults.add(f"{where}, unit", message, say("write '{unit}'", unit=UNITS[driver]))
    if numbers["value"] * sign(driver, side) < 0:
        faults.add(f"{where}, value", *_wrong_sign(driver, side, numbers["value"]))
    country, years = (
        str(cells.get(name)) if isinstance(cells.get(name), str) else ""
        for name in ("country", "years")
    )
    status = str(cells["status"])
    if status in MEASURED and not (country and years):
        cure = say("write where and when it was measured, or the status 'assumption'")
        faults.add(where, say("no country and years of the measurement"), cure)
    if country and not _exists(country):
        faults.add(f"{where}, country", say("there is no country '{code}'", code=country),
                   say("write its code of two letters (ISO 3166-1)"))  # fmt: skip
    return Elasticity(
        driver, side, numbers["value"], numbers["standard_error"], numbers["transfer_error"],
        country, years, status, str(cells["source"]),
    )  # fmt: skip


def _exists(code: str) -> bool:
    """Whether a country has this ISO 3166-1 code."""
    from babel import Locale

    known = Locale.parse("en").territories
    return len(code) == 2 and code in known and code not in NO_COUNTRY


def _wrong_sign(driver: str, side: str, value: float) -> tuple[str, str]:
    """What is wrong with the sign of an elasticity, and the cure."""
    message = say(
        "{value} has the wrong sign: more {driver} keeps people in a region and draws others to it",
        value=f"{value:g}", driver=say(DRIVERS[driver]),
    )  # fmt: skip
    if ATTRACTS[driver] < 0:
        message = say(
            "{value} has the wrong sign: more {driver} drives people out of a region and keeps "
            "others away", value=f"{value:g}", driver=say(DRIVERS[driver]),
        )  # fmt: skip
    if sign(driver, side) > 0:
        return message, say("at the {side} it is 0 or more", side=say(WORDS[side]))
    return message, say("at the {side} it is 0 or less", side=say(WORDS[side]))


WORDS = {ORIGIN: mark("origin"), DESTINATION: mark("destination")}
