"""Life tables of a run as a tidy table, by region and for the nation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.assumptions import Assumptions
from forecast.demography.lifetable import life_table
from forecast.space import AGES, SEXES
from forecast.survivorship import national_rates
from forecast.tables import PROJECTED
from forecast.words import mark

COLUMNS = ("mx", "qx", "lx", "dx", "Lx", "Tx", "ex")
RADIX = 100_000  # births of a printed life table
UNIT = mark("per person-year; persons and person-years of 100,000 births; years")


def life_table_frame(assumptions: Assumptions) -> pd.DataFrame:
    """The life table of each region and of the nation, by calendar year, sex and single age.

    Columns region, year, sex, age; mx deaths per person-year; qx probability of dying; lx, dx
    persons and Lx, Tx person-years of 100,000 births; ex years; unit, status.
    The rates of the nation are those of the regions weighted by the population of the first
    year, by sex and age, in every year: its life expectancy then changes with mortality alone
    and not with where people live. It is the one that the note on mortality names.
    """
    a = assumptions
    nation = national_rates(a.mortality, a.population)[..., np.newaxis]
    rates = np.concatenate([a.mortality, nation], axis=-1)  # (year, sex, age, place)
    table = life_table(np.moveaxis(rates, 0, -1))  # (sex, age, place, year)
    places = (*a.space.ids, a.space.nation)
    index = pd.MultiIndex.from_product(
        [places, a.years, SEXES, AGES], names=["region", "year", "sex", "age"]
    )
    frame = index.to_frame(index=False)
    for name in COLUMNS:
        values = getattr(table, name) * (RADIX if name in ("lx", "dx", "Lx", "Tx") else 1)
        frame[name] = np.ascontiguousarray(values.transpose(2, 3, 0, 1)).reshape(-1)
    return frame.assign(unit=UNIT, status=PROJECTED)
