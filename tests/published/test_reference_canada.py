"""United Nations single-age projection of Canada, 1950-2020: inputs and the UN code's output.

Targets of the method page: every age-sex cell within 5e-7 (relative), births within 1e-9.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.demography.cohort import CohortProjection, project_cohorts

SEXES = ("female", "male")


def grid(frame: pd.DataFrame, column: str) -> np.ndarray:
    """(year, sex, age)"""
    return np.stack(
        [
            frame[frame["sex"] == sex].pivot(index="year", columns="age", values=column).to_numpy()
            for sex in SEXES
        ],
        axis=1,
    )


@pytest.fixture(scope="module")
def canada(reference_data: Path) -> dict[str, np.ndarray]:
    folder = reference_data / "reference" / "canada_1x1"
    rates = pd.read_csv(folder / "mortality_migration.csv")
    fertility = pd.read_csv(folder / "fertility.csv").pivot(
        index="year", columns="age", values="asfr"
    )
    births = pd.read_csv(folder / "births_expected.csv").sort_values("year")
    # the file leaves out the ages and years without births: there the rate is 0, not unknown
    asfr = np.zeros((len(fertility), 101))
    given = fertility.to_numpy()
    asfr[:, fertility.columns.to_numpy()] = np.where(np.isnan(given), 0.0, given)
    return {
        "population": grid(pd.read_csv(folder / "population_expected.csv"), "population"),
        "mx": grid(rates, "mx"),
        "asfr": asfr,
        "sex_ratio": births["sex_ratio_at_birth"].to_numpy(),
        "net_migration": grid(rates, "net_migration"),
        "births": births["births"].to_numpy(),
    }


def run(canada: dict[str, np.ndarray], **options: str) -> CohortProjection:
    return project_cohorts(
        canada["population"][0], canada["mx"], canada["asfr"], canada["sex_ratio"],
        canada["net_migration"], **options,  # type: ignore[arg-type]
    )  # fmt: skip


def worst(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found / expected - 1).max())


def test_every_cell_of_seventy_years(canada: dict[str, np.ndarray]) -> None:
    result = run(canada, timing="end", a0="cd-west")
    assert result.population.shape == (71, 2, 101)
    cells = worst(result.population, canada["population"])
    births = worst(result.births.sum(axis=1), canada["births"])
    print(f"Canada: worst cell {cells:.1e}, worst births {births:.1e}")
    assert cells <= 5e-7
    assert births <= 1e-9


def test_a_wrong_convention_is_seen(canada: dict[str, np.ndarray]) -> None:
    """The case is sharp: another a(0) or timing misses by orders of size more."""
    expected = canada["population"]
    assert worst(run(canada, a0="andreev-kingkade").population, expected) > 1e-4
    assert worst(run(canada, timing="even").population, expected) > 1e-3
