"""Fits of 140 published curves: migrants between five macro-regions of Italy by five-year age.

Authority: ISTAT (2003), Rapporto annuale, as used by Raymer, Bonaguidi & Valentini (2006),
Population, Space and Place 12, and carried by the R package migest (`italy_area`): 20 pairs of
regions in 1970, 1975, ..., 2000. The published numbers are migrants and not rates, and the
population by age is not in the table, so that shares of migrants are fitted. Ages are the
numbers of five-year groups: 1 is 0-4, 20 is 95 and over.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.demography.schedule_fit import fit_rogers_castro
from forecast.demography.schedule_groups import fit_groups


@pytest.fixture(scope="module")
def flows(reference_data: Path) -> pd.DataFrame:
    table = pd.read_csv(reference_data / "flows" / "italy" / "italy_age_flows.csv")
    assert sorted(table["age"].unique()) == list(range(1, 21))
    table = table[table["orig"] != table["dest"]]
    return table.assign(age=5 * (table["age"] - 1)).rename(columns={"flow": "persons"})


def r2_of(flows: pd.DataFrame, form: int) -> pd.Series:
    """R2 of the fit of every pair and year."""
    found = {
        key: fit_rogers_castro(
            rows["age"], rows["persons"], parameters=form, measure="shares", what=str(key)
        ).r2
        for key, rows in flows.sort_values("age").groupby(["orig", "dest", "year"])
    }
    return pd.Series(found)


@pytest.fixture(scope="module")
def seven(flows: pd.DataFrame) -> pd.Series:
    """R2 of every fit with seven parameters."""
    return r2_of(flows, 7)


@pytest.mark.slow
def test_seven_parameters_fit_as_well_as_a_good_fit_does(seven: pd.Series) -> None:
    """A good fit was seen to reach a median R2 of .991."""
    assert len(seven) == 140
    assert seven.median() >= 0.991
    assert seven.quantile(0.25) >= 0.98
    assert seven.min() > 0.86  # North-West to North-East 1985: two peaks, of 20 and of 60 years


@pytest.mark.slow
def test_more_parameters_never_fit_worse(flows: pd.DataFrame, seven: pd.Series) -> None:
    eleven = r2_of(flows, 11)
    of_one_year = r2_of(flows[flows["year"] == 1985], 9)
    assert (of_one_year >= seven[of_one_year.index] - 1e-9).all()
    assert (eleven >= seven - 1e-9).all()
    assert eleven.median() >= 0.997
    assert eleven.min() >= 0.97


def test_schedules_by_destination_differ_and_small_ones_are_drawn_to_all(
    flows: pd.DataFrame,
) -> None:
    """Of 200 movers of a flow, drawn at random, the schedule that is drawn to the common one comes
    nearer to all the movers of the flow than what is fitted to the 200 alone."""
    table = flows[flows["year"] == 1985].assign(group=flows["orig"] + " to " + flows["dest"])
    cells = table.pivot(index="group", columns="age", values="persons")
    truth = cells.div(cells.sum(axis=1), axis=0)
    rng = np.random.default_rng(11)
    drawn = truth.copy()
    for group in truth.index:
        drawn.loc[group] = rng.multinomial(200, truth.loc[group])
    frame = drawn.rename_axis(columns="age").stack().rename("persons").reset_index()
    missed = {}
    for name, prior in (("alone", 0.0), ("drawn", None)):
        found = fit_groups(frame, parameters=7, prior=prior)
        shares = pd.DataFrame({g: 5 * found.fits[g].fitted for g in truth.index}).T
        missed[name] = 0.5 * np.abs(shares.to_numpy() - truth.to_numpy()).sum(axis=1).mean()
    assert missed["drawn"] < 0.95 * missed["alone"]
