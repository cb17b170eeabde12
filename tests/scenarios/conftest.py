"""The regions and sections of the shipped country, for scenarios that are bound to it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from forecast.space import Space

DATA = Path(__file__).resolve().parents[2] / "data" / "kazakhstan"


@pytest.fixture(scope="session")
def space() -> Space:
    regions = pd.read_csv(DATA / "observed" / "regions.csv", dtype=str, keep_default_na=False)
    return Space.from_frame(regions, "KZ")


@pytest.fixture(scope="session")
def sections() -> pd.DataFrame:
    return pd.read_csv(DATA / "norms" / "sections.csv", dtype=str, keep_default_na=False)
