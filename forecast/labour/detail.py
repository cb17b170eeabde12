"""The table of openings, exits and deficits by section and qualification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.labour.qualification import QUALIFICATIONS
from forecast.space import Space
from forecast.tables import ESTIMATED, JOBS, PERSONS, PROJECTED, TOTAL, UNKNOWN
from forecast.words import mark

Array = NDArray[np.float64]
Name = tuple[str, str, str]  # section, qualification, measure

PLACES = mark("training places")
DEFICIT, OPENINGS, HIRED, NEED = (
    "labour_deficit", "openings", "openings_employees", "official_need",
)  # fmt: skip
MEASURES = {
    DEFICIT: mark("labour deficit"),
    OPENINGS: mark("openings"),
    HIRED: mark("openings of employees, as the official need counts them"),
    NEED: mark("official need for employees"),
    "replacement": mark("replacement demand"),
    "retirement": mark("employed people who retire"),
    "deaths": mark("employed people who die"),
    "leaving": mark("employed people who leave work earlier"),
    "training_places": mark("training places to be entered"),
}
UNITS = {
    "replacement": PERSONS, "retirement": PERSONS, "deaths": PERSONS, "leaving": PERSONS,
    NEED: PERSONS, "training_places": PLACES,
}  # fmt: skip
EXITS = ("retirement", "deaths", "leaving")
COLUMNS = ("region", "year", "section", "qualification", "measure", "value", "unit", "status")


@dataclass(frozen=True)
class Detail:
    """Arrays of a run by calendar year; None is what the data package does not tell.

    total_deficit : (year, region) jobs
    deficit       : (year, region, section, qualification) jobs
    openings      : (year, region, section) jobs
    hired         : (year, region, section) openings of employees
    qualified     : (section, qualification) shares of the jobs
    exits         : (year, exit of EXITS, region) persons
    places        : {qualification: (year, region)} training places; NaN unknown
    base          : (calendar year, openings of employees of the nation) of the year before the run
    need          : {calendar year: official need of the nation}, persons
    """

    years: tuple[int, ...]
    sections: tuple[str, ...]
    total_deficit: Array
    openings: Array
    exits: Array
    deficit: Array | None = None
    hired: Array | None = None
    qualified: Array | None = None
    places: Mapping[str, Array] = field(default_factory=dict)
    base: tuple[int, float] | None = None
    need: Mapping[int, float] = field(default_factory=dict)

    def hired_by_year(self) -> dict[int, float]:
        """{calendar year: openings of employees of the nation}, the year before the run first."""
        found = dict([self.base]) if self.base is not None else {}
        if self.hired is not None:
            totals = self.hired.sum(axis=(1, 2)).tolist()
            found |= dict(zip(self.years, totals, strict=True))
        return {year: value for year, value in found.items() if np.isfinite(value)}


def detail_frame(detail: Detail, space: Space) -> pd.DataFrame:
    """Tidy: region (with the nation), year, section (a letter or `total`), qualification, measure.

    Deficit and openings stand by section and qualification, openings of employees by either,
    exits for all together, training places by qualification in the year in which they are
    entered. National rows are sums of the regions. A number that is not known is NaN with the
    status unknown; training places that years beyond the run decide have no row.
    """
    names, rows = _rows(detail)
    values = np.stack(rows)  # (row, year, region)
    values = np.concatenate([values, values.sum(axis=2, keepdims=True)], axis=2)
    row, year, region = (
        np.broadcast_to(
            np.arange(size, dtype=np.int16).reshape([-1 if k == axis else 1 for k in range(3)]),
            values.shape,
        ).ravel()
        for axis, size in enumerate(values.shape)
    )
    nation = _of_nation(detail)
    row = np.append(row, np.arange(len(nation), dtype=np.int16) + len(names))
    names += [(TOTAL, TOTAL, measure) for _, measure, _ in nation]
    region = np.append(region, np.full(len(nation), len(space), dtype=np.int16))
    flat = np.append(values.ravel(), [value for *_, value in nation])
    calendar = np.append(np.asarray(detail.years)[year], [found for found, *_ in nation])
    sections, qualifications, measures = zip(*names, strict=True)
    status = np.where(np.isfinite(flat), 1, 0)
    status[values.size :] = 2
    frame = pd.DataFrame({
        "region": _labelled(region, (*space.ids, space.nation)),
        "year": calendar.astype(int),
        "section": _named(row, sections),
        "qualification": _named(row, qualifications),
        "measure": _named(row, measures),
        "value": flat,
        "unit": _named(row, [UNITS.get(measure, JOBS) for measure in measures]),
        "status": _labelled(status, (UNKNOWN, PROJECTED, ESTIMATED)),
    })  # fmt: skip
    late = (status == 0) & np.array([measure == "training_places" for measure in measures])[row]
    return frame[~late].reset_index(drop=True) if late.any() else frame


def _rows(detail: Detail) -> tuple[list[Name], list[Array]]:
    """Names and (year, region) values of every row."""
    names: list[Name] = []
    rows: list[Array] = []
    sections = (*detail.sections, TOTAL)
    asked = detail.qualified
    if asked is None or detail.deficit is None:
        opened = _with_total(detail.openings, 2)
        names += [(TOTAL, TOTAL, DEFICIT), *((section, TOTAL, OPENINGS) for section in sections)]
        rows += [detail.total_deficit, *np.moveaxis(opened, 2, 0)]
    else:
        kinds = [(section, kind) for section in sections for kind in (*QUALIFICATIONS, TOTAL)]
        for measure, cells in ((DEFICIT, detail.deficit),
                               (OPENINGS, detail.openings[..., None] * asked)):  # fmt: skip
            whole = _with_total(_with_total(cells, 3), 2)
            whole = whole.reshape(*whole.shape[:2], -1)
            names += [(section, kind, measure) for section, kind in kinds]
            rows += list(np.moveaxis(whole, 2, 0))
    if detail.hired is not None:
        if asked is not None:
            names += [(TOTAL, kind, HIRED) for kind in QUALIFICATIONS]
            rows += list(np.moveaxis(detail.hired @ asked, 2, 0))
        names += [(section, TOTAL, HIRED) for section in sections]
        rows += list(np.moveaxis(_with_total(detail.hired, 2), 2, 0))
    names += [(TOTAL, TOTAL, name) for name in ("replacement", *EXITS)]
    rows += [detail.exits.sum(axis=1), *np.moveaxis(detail.exits, 1, 0)]
    names += [(TOTAL, kind, "training_places") for kind in detail.places]
    rows += list(detail.places.values())
    return names, rows


def _of_nation(detail: Detail) -> list[tuple[int, str, float]]:
    """(year, measure, value) of the year before the run, and the official need of the years."""
    first = detail.years[0] if detail.base is None else detail.base[0]
    rows = [] if detail.base is None else [(detail.base[0], HIRED, detail.base[1])]
    return rows + [
        (year, NEED, value)
        for year, value in detail.need.items()
        if first <= year <= detail.years[-1]
    ]


def _with_total(values: Array, axis: int) -> Array:
    return np.concatenate([values, values.sum(axis=axis, keepdims=True)], axis=axis)


def _labelled(codes: NDArray[np.int16], labels: Sequence[str]) -> pd.Categorical[str]:
    return pd.Categorical.from_codes(codes, pd.Index(list(labels)))


def _named(row: NDArray[np.int16], names: Sequence[str]) -> pd.Categorical[str]:
    """The name of each row, as small numbers."""
    labels = list(dict.fromkeys(names))
    codes = np.array([labels.index(name) for name in names], dtype=np.int16)
    return _labelled(codes[row], labels)
