"""Labelled tables: labels, order, unit, bounds and gaps are checked at the door.

A table enters as a tidy frame (one row a value) and is an array from then on, its axes in the
order that the class declares. Nothing is filled in: a missing row is a fault that names it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, did_you_mean, in_row
from forecast.space import AGES, SEXES, Space
from forecast.words import mark, say

Array = NDArray[np.float64]
Labels = tuple[str, ...] | tuple[int, ...]

# Words that stand in the columns unit and status (and for a sum) of every table of a result.
PERSONS, JOBS, TOTAL = mark("persons"), mark("jobs"), mark("total")
ESTIMATED, PROJECTED, UNKNOWN = mark("estimated"), mark("projected"), mark("unknown")
STATUSES = ("observed", "derived", "estimated", "assumption")  # of a data package; weakest last

# Nets of the table `components`: what counts with +, what counts with -.
NETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "natural_increase": (("births",), ("deaths",)),
    "net_internal_migration": (("internal_in", "growth_point_in", "support_in"),
                               ("internal_out", "growth_point_out", "support_out")),
    "net_external_migration": (("immigration",), ("emigration",)),
}  # fmt: skip
NETS["net_migration"] = (
    (*NETS["net_internal_migration"][0], *NETS["net_external_migration"][0]),
    (*NETS["net_internal_migration"][1], *NETS["net_external_migration"][1]),
)


@dataclass(frozen=True)
class Table:
    """An array with named axes. Subclasses declare `axes`, `unit` and the bounds.

    values : one axis for each name in `axes`, in that order
    labels : the labels of each axis
    """

    values: Array
    space: Space
    labels: Mapping[str, Labels]

    axes: ClassVar[tuple[str, ...]] = ()
    unit: ClassVar[str] = ""
    lower: ClassVar[float] = 0.0
    upper: ClassVar[float] = np.inf

    def __post_init__(self) -> None:
        shape = tuple(len(self.labels[axis]) for axis in self.axes)
        if self.values.shape != shape:
            message = say(
                "the array has shape {found}, the axes {axes} need {needed}",
                found=self.values.shape, axes=", ".join(self.axes), needed=shape,
            )  # fmt: skip
            raise InputError(type(self).__name__, message)
        faults = Faults()
        self._check_bounds(self.values, faults)
        if faults:
            raise InputError(type(self).__name__, faults)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        space: Space,
        *,
        source: str,
        labels: Mapping[str, Sequence[Any]] | None = None,
    ) -> Self:
        """The table of a tidy frame with a column for each axis and `value` (and `unit`).

        source : named in every message, usually the file
        labels : the labels wanted on an axis that the space does not fix (years, fewer ages,
                 sections); without it those found are taken and years may not have a gap
        Raises InputError with every unknown label, repeated row, gap, non-number and value
        outside the bounds, each with its row.
        """
        faults = Faults()
        columns = [*cls.axes, "value"]
        for column in columns:
            if column not in frame.columns:
                cure = did_you_mean(column, frame.columns)
                faults.add(say("header"), say("no column '{name}'", name=column), cure)
        if faults:
            raise InputError(source, faults)
        wanted = {axis: cls._labels(axis, frame, space, labels or {}) for axis in cls.axes}
        values = pd.to_numeric(frame["value"], errors="coerce").to_numpy(dtype=float, copy=True)
        for row in np.flatnonzero(~np.isfinite(values)):
            text = frame["value"].iloc[row]
            faults.add(_row(frame, row), say("'{text}' is not a number", text=text))
        if cls.unit and "unit" in frame.columns:
            _check_unit(frame, cls.unit, faults)
        array = _place(frame, values, wanted, space, faults)
        if not faults:
            cls._check_bounds(array, faults, wanted)
        if faults:
            raise InputError(source, faults)
        return cls(array, space, wanted)

    def to_frame(self) -> pd.DataFrame:
        """The tidy frame: a column for each axis, `value`, `unit`."""
        index = pd.MultiIndex.from_product(
            [self.labels[axis] for axis in self.axes], names=list(self.axes)
        )
        frame = pd.DataFrame({"value": self.values.ravel()}, index=index).reset_index()
        return frame.assign(unit=self.unit)

    @classmethod
    def _labels(
        cls, axis: str, frame: pd.DataFrame, space: Space, given: Mapping[str, Sequence[Any]]
    ) -> Labels:
        if axis in given:
            return tuple(given[axis])
        if axis in ("region", "origin", "destination"):
            return space.ids
        if axis == "sex":
            return SEXES
        if axis == "age":
            return AGES
        found = sorted(frame[axis].unique())
        if axis == "year" and found:
            return tuple(range(int(found[0]), int(found[-1]) + 1))
        return tuple(found)

    @classmethod
    def _check_bounds(
        cls, array: Array, faults: Faults, labels: Mapping[str, Labels] | None = None
    ) -> None:
        outside = ~((array >= cls.lower) & (array <= cls.upper))  # NaN is outside too
        for place in np.argwhere(outside)[:50]:
            where = _named(place, cls.axes, labels)
            value = array[tuple(place)]
            bounds = say("must be from {lower:g} to {upper:g}", lower=cls.lower, upper=cls.upper)
            faults.add(where, f"{value:g} {cls.unit}".strip(), bounds)


class Population(Table):
    """Persons by sex, single age and region on one 1 January."""

    axes = ("sex", "age", "region")
    unit = PERSONS


class Fertility(Table):
    """Births per woman-year by age and region in one calendar year."""

    axes = ("age", "region")
    unit = mark("births per woman-year")
    upper = 1.0

    @classmethod
    def _labels(
        cls, axis: str, frame: pd.DataFrame, space: Space, given: Mapping[str, Sequence[Any]]
    ) -> Labels:
        """The ages of the table, without a gap; there are no births at other ages."""
        if axis == "age" and axis not in given and len(frame):
            return tuple(range(int(frame["age"].min()), int(frame["age"].max()) + 1))
        return super()._labels(axis, frame, space, given)

    def over_all_ages(self) -> Array:
        """(age, region) over ages 0..100; no births outside the ages of the table."""
        full = np.zeros((len(AGES), len(self.space)))
        full[np.asarray(self.labels["age"], dtype=int)] = self.values
        return full


class Mortality(Table):
    """Central death rates by sex, single age and region in one calendar year."""

    axes = ("sex", "age", "region")
    unit = mark("per person-year")
    upper = 4.0


class Schedule(Table):
    """A number for each sex and single age: a propensity or a composition."""

    axes = ("sex", "age")


class Flows(Table):
    """Persons who moved between regions in one calendar year; the diagonal is not counted."""

    axes = ("origin", "destination")
    unit = PERSONS


class Persons(Table):
    """Persons by region, of one kind and date (labour force, arrivals, deaths ...)."""

    axes = ("region",)
    unit = PERSONS


class PersonsByYear(Table):
    """Persons by region and year."""

    axes = ("region", "year")
    unit = PERSONS


def _place(
    frame: pd.DataFrame, values: Array, wanted: Mapping[str, Labels], space: Space, faults: Faults
) -> Array:
    """Put each row where its labels say; report what is unknown, repeated or missing."""
    shape = tuple(len(labels) for labels in wanted.values())
    flat = np.zeros(len(frame), dtype=int)
    known = np.ones(len(frame), dtype=bool)
    for axis, labels in wanted.items():
        places = pd.Index(labels).get_indexer(pd.Index(frame[axis]))
        _report_unknown(frame, axis, np.flatnonzero(places < 0), labels, space, faults)
        known &= places >= 0
        flat = flat * len(labels) + np.maximum(places, 0)
    order = np.flatnonzero(known)
    _, first, counts = np.unique(flat[order], return_index=True, return_counts=True)
    if (counts > 1).any():
        seen: set[int] = set()
        for row in order:
            if flat[row] in seen:
                faults.add(_row(frame, row), say("the row repeats an earlier one"))
            seen.add(int(flat[row]))
    array = np.full(int(np.prod(shape, dtype=int)), np.nan)
    array[flat[order]] = values[order]
    filled = np.zeros(array.size, dtype=bool)
    filled[flat[order]] = True
    missing = np.argwhere(~filled.reshape(shape))
    if len(missing):
        _report_missing(missing, wanted, faults)
    return array.reshape(shape)


def _report_unknown(
    frame: pd.DataFrame,
    axis: str,
    rows: NDArray[np.intp],
    labels: Labels,
    space: Space,
    faults: Faults,
) -> None:
    """One fault for each unknown label, with its first row and how many follow."""
    for label, places in frame[axis].iloc[rows].groupby(frame[axis].iloc[rows], sort=False):
        first = frame.index.get_indexer(places.index[:1])[0]
        where = _row(frame, first, axis)
        if len(places) > 1:
            where += " " + say("and {n} more", n=len(places) - 1)
        if axis in ("region", "origin", "destination"):
            faults.add(where, space.unknown(label))
        else:
            cure = did_you_mean(str(label), [str(name) for name in labels])
            faults.add(where, say("unknown label '{name}'", name=label), cure)


def _report_missing(
    missing: NDArray[np.intp], wanted: Mapping[str, Labels], faults: Faults
) -> None:
    """One fault for a label that is missing altogether, else one for each missing row."""
    axes = list(wanted)
    for column, axis in enumerate(axes):
        others = int(np.prod([len(wanted[name]) for name in axes if name != axis], dtype=int))
        places, counts = np.unique(missing[:, column], return_counts=True)
        whole = places[counts == others]
        if len(whole) and len(whole) < len(wanted[axis]):
            names = ", ".join(str(wanted[axis][k]) for k in whole)
            faults.add(axis, say("no rows for {names}", names=names), say("add them"))
            missing = missing[~np.isin(missing[:, column], whole)]
    for place in missing[:20]:
        where = _named(place, tuple(axes), wanted)
        faults.add(where, say("there is no row"), say("add it; a missing value is never 0"))
    if len(missing) > 20:
        faults.add("", say("{n} more rows are missing", n=len(missing) - 20))


def _check_unit(frame: pd.DataFrame, unit: str, faults: Faults) -> None:
    wrong = np.flatnonzero(~frame["unit"].astype(str).str.startswith(unit).to_numpy())
    for row in wrong[:5]:
        found = frame["unit"].iloc[row]
        message = say("the unit is '{found}', not '{unit}'", found=found, unit=unit)
        faults.add(_row(frame, row, "unit"), message, say("convert the values"))
    if len(wrong) > 5:
        faults.add("", say("{n} more rows have another unit", n=len(wrong) - 5))


def _row(frame: pd.DataFrame, row: int | np.signedinteger, column: str = "") -> str:
    """Where a row stands in its CSV file: the header is line 1."""
    label = frame.index[int(row)]
    line = int(label) + 2 if isinstance(label, int | np.integer) else int(row) + 2
    return in_row(line, column)


def _named(
    place: NDArray[np.intp], axes: tuple[str, ...], labels: Mapping[str, Labels] | None
) -> str:
    if labels is None:
        return ", ".join(f"{axis} {int(k)}" for axis, k in zip(axes, place, strict=True))
    return ", ".join(f"{axis} {labels[axis][int(k)]}" for axis, k in zip(axes, place, strict=True))
