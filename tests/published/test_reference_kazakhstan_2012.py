"""United Nations 2012 revision, Kazakhstan, medium variant 2010-2100 by five years of age.

Targets of the method page: total within 1e-4 to 2050 and 3e-4 to 2100, ages 0-79 within
5e-4, 80-99 within 2.5 %; births from the mean of the published women at both ends.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.demography.cohort import CohortProjection, project_cohorts

START = 2010
STEPS = 18
FERTILE = slice(3, 10)  # 15-19 ... 45-49


@pytest.fixture(scope="module")
def published(reference_data: Path) -> dict[str, np.ndarray]:
    folder = reference_data / "reference" / "kazakhstan_wpp2012_5x5"

    def years(name: str) -> np.ndarray:
        """(year, age) of all columns that are years or periods from 2010 on."""
        frame = pd.read_csv(folder / f"{name}.csv")
        kept = [c for c in frame if c[:4].isdigit() and int(c[:4]) >= START]
        return frame[kept].to_numpy(dtype=float).T

    def sexes(female: str, male: str) -> np.ndarray:
        return np.stack([years(female), years(male)], axis=1)

    asfr = np.zeros((STEPS, 21))
    asfr[:, FERTILE] = years("percentASFR") / 100 * years("tfrprojMed") / 5
    return {
        "population": np.concatenate([
            sexes("popF", "popM"), sexes("popFprojMed", "popMprojMed"),
        ]),
        "mx": sexes("mxF", "mxM"),
        "asfr": asfr,
        "sex_ratio": years("sexRatio")[:, 0],
        "net_migration": sexes("migrationF", "migrationM"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def projected(published: dict[str, np.ndarray]) -> CohortProjection:
    return project_cohorts(**published, step=5, birth_exposure="published_mean")  # type: ignore[arg-type]


def test_totals(published: dict[str, np.ndarray], projected: CohortProjection) -> None:
    found, expected = (p.sum(axis=(1, 2)) for p in (projected.population, published["population"]))
    error = np.abs(found / expected - 1)
    print(f"Kazakhstan: total to 2050 {error[:9].max():.1e}, to 2100 {error.max():.1e}")
    assert len(error) == STEPS + 1
    assert error[:9].max() <= 1e-4
    assert error.max() <= 3e-4


def test_ages(published: dict[str, np.ndarray], projected: CohortProjection) -> None:
    error = np.abs(projected.population / published["population"] - 1)
    print(f"ages 0-79 {error[..., :16].max():.1e}, 80-99 {error[..., 16:20].max():.1e}")
    assert error[..., :16].max() <= 5e-4
    assert error[..., 16:20].max() <= 0.025


def test_own_exposure_stays_near(
    published: dict[str, np.ndarray], projected: CohortProjection
) -> None:
    """Births from the projected women instead of the published ones: hardly different."""
    own = project_cohorts(
        published["population"][0], published["mx"], published["asfr"], published["sex_ratio"],
        published["net_migration"], step=5,
    )  # fmt: skip
    np.testing.assert_allclose(own.births, projected.births, rtol=5e-4)
