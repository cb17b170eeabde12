"""Parameters of the fitted models, as a run reads them from `estimated/models`.

Fitting happens when the estimates are built (`forecast data build`), so a run needs no
statistics library and every parameter stands in a table with its unit and source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import InputError
from forecast.held import held_rows, is_held
from forecast.space import AGES, SEXES
from forecast.words import say

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

Array = NDArray[np.float64]

TABLE = "estimated/models"


@dataclass(frozen=True)
class Fitted:
    """The parameters of one component; each is asked for by name and must be there."""

    component: str
    rows: pd.DataFrame

    def number(self, parameter: str, region: str = "", sex: str = "") -> float:
        """One number."""
        found = self._numbers.get((parameter, region, sex), ())
        if len(found) != 1:
            raise self._missing(parameter, region or sex)
        return found[0]

    def by_region(self, parameter: str, regions: Sequence[str]) -> Array:
        """(region,) a number for each region."""
        values = self._of(parameter).drop_duplicates("region").set_index("region")["value"]
        return self._taken(values, regions, parameter)

    def by_year(self, parameter: str, years: Sequence[int], region: str = "") -> Array:
        """(year,) a number for each calendar year."""
        rows = self._of(parameter)
        values = rows[rows["region"] == region].set_index("year")["value"]
        return self._taken(values, years, parameter)

    def by_age(self, parameter: str) -> Array:
        """(sex, age) a number for each sex and single age."""
        rows = self._of(parameter)
        wide = rows.pivot(index="sex", columns="age", values="value")
        table = wide.reindex(index=list(SEXES), columns=list(AGES)).to_numpy(dtype=float)
        if np.isnan(table).any():
            raise self._missing(parameter, say("sex and age"))
        return table

    def years(self, parameter: str) -> list[int]:
        """Calendar years of a parameter, ascending."""
        return sorted(int(year) for year in self._of(parameter)["year"].unique())

    def has(self, parameter: str) -> bool:
        return parameter in self._parts

    @cached_property
    def _parts(self) -> dict[str, pd.DataFrame]:
        """The rows of each parameter."""
        return {str(name): part for name, part in self.rows.groupby("parameter", sort=False)}

    @cached_property
    def _numbers(self) -> dict[tuple[str, str, str], list[float]]:
        """The values of each parameter, region and sex."""
        found: dict[tuple[str, str, str], list[float]] = {}
        names = (self.rows[column].tolist() for column in ("parameter", "region", "sex", "value"))
        for parameter, region, sex, value in zip(*names, strict=True):
            found.setdefault((parameter, region, sex), []).append(value)
        return found

    def _of(self, parameter: str) -> pd.DataFrame:
        return self._parts.get(parameter, self.rows.iloc[:0])

    def _taken(self, values: pd.Series, wanted: Sequence[object], parameter: str) -> Array:
        found = values.reindex(list(wanted)).to_numpy(dtype=float)
        missing = [
            str(label) for label, value in zip(wanted, found, strict=True) if np.isnan(value)
        ]
        if missing:
            raise self._missing(parameter, ", ".join(missing[:5]))
        return found

    def _missing(self, parameter: str, which: str) -> InputError:
        message = say(
            "no parameter '{parameter}' of the model of {component} for {which}",
            parameter=parameter, component=say(self.component), which=which or say("the nation"),
        )  # fmt: skip
        return InputError(f"{TABLE}.csv", message + "; " + say("run 'forecast data build' first"))


def fitted(dataset: Dataset, component: str) -> Fitted:
    """The parameters of one component of a data package."""

    def read() -> Fitted:
        if is_held(dataset):
            return Fitted(component, held_rows(dataset, component))
        table = dataset.table(TABLE)
        rows = table[table["component"] == component].reset_index(drop=True)
        if rows.empty:
            message = say("no model of {component}", component=say(component))
            cure = say("run 'forecast data build' first")
            raise InputError(f"{TABLE}.csv", f"{message}; {cure}")
        return Fitted(component, rows)

    return dataset.once(("fitted", component), read)
