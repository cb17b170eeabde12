"""A tidy table as a sheet with years in columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from forecast.infrastructure.needs import PERSONS_PER_UNIT
from forecast.report.extract import Result
from forecast.report.sheet import Row, Table, region_cells, region_headings, rounded
from forecast.report.wording import STATUS_WORDS, unit_words, worded
from forecast.words import say


def by_year(
    projection: Result,
    frame: pd.DataFrame,
    keys: Mapping[str, tuple[str, Mapping[str, str]]],
    name: str,
    title: str,
    *,
    explanation: str = "",
) -> Table:
    """A tidy frame with years in columns: the nation and the regions, then the keys as given.

    keys : column of the frame: its heading and, in the language of now, the words of its codes
    """
    columns = ["region", *keys, "unit"]
    codes = frame.groupby(columns, sort=False, observed=True).ngroup().to_numpy()
    unique = frame[columns].drop_duplicates()
    stocks, places = np.unique(frame["year"].to_numpy(dtype=int), return_inverse=True)
    values = np.full((len(unique), len(stocks)), np.nan)
    there = np.zeros(values.shape, dtype=bool)
    values[codes, places] = frame["value"].to_numpy(dtype=float)
    there[codes, places] = True
    ranks = {region: k for k, region in enumerate([projection.nation, *projection.space.ids])}
    regions = {region: region_cells(projection, region) for region in ranks}
    statuses = _statuses(codes, frame["status"])
    spoken = [words for _, words in keys.values()]
    numbers = rounded(values).astype(object)
    numbers[~there] = None
    rows = []
    units = {str(unit): unit_words(projection, unit) for unit in frame["unit"].unique()}
    lines = list(zip(*(unique[column].astype(str).tolist() for column in columns), strict=True))
    for k in sorted(range(len(lines)), key=lambda k: ranks[lines[k][0]]):
        region, *found, unit = lines[k]
        words = [known.get(code, code) for known, code in zip(spoken, found, strict=True)]
        digits = 2 if unit == PERSONS_PER_UNIT else int(unit.startswith("per "))
        labels = (*regions[region], *words, units[unit])
        rows.append(Row(labels, numbers[k].tolist(), digits, statuses[k]))
    return Table(
        name, title, explanation,
        [*region_headings(), *(heading for heading, _ in keys.values()), say("Unit"),
         *(str(year) for year in stocks), say("Status")],
        rows,
    )  # fmt: skip


def spoken(words: Mapping[str, str]) -> dict[str, str]:
    """The words of codes in the language of now."""
    return {code: say(word) for code, word in words.items()}


def _statuses(codes: np.ndarray, status: pd.Series[str]) -> dict[int, str]:
    """The statuses of each row in words, in their order."""
    kinds, unique = pd.factorize(status)
    known = [str(name) for name in unique]
    found: dict[int, list[str]] = {}
    for pair in np.unique(codes * len(known) + kinds).tolist():
        row, kind = divmod(pair, len(known))
        found.setdefault(row, []).append(known[kind])
    order = {name: k for k, name in enumerate(STATUS_WORDS)}
    spoken: dict[tuple[str, ...], str] = {}
    for names in found.values():
        names.sort(key=lambda name: order.get(name, len(order)))
        if tuple(names) not in spoken:
            spoken[tuple(names)] = ", ".join(worded(name, STATUS_WORDS) for name in names)
    return {row: spoken[tuple(names)] for row, names in found.items()}
