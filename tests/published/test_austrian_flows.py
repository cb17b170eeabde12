"""The doubly constrained gravity model of the Austrian flows against its printed answer.

Authority: one-year flows between the nine regions of Austria as used in the manuals of gravity
models (Dennett 2012, CASA working paper 181; the Python package spint): exponential deterrence
of the doubly constrained model -0.007915 per km.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from forecast.balance import balance_flows


def test_the_printed_deterrence_makes_the_mean_distance_right(reference_data: Path) -> None:
    """Maximum likelihood: the balanced flows travel as far as the observed ones (Hyman 1969)."""
    table = pd.read_csv(reference_data / "flows" / "austria_one_year.csv")
    flows, km = (
        table.pivot(index="Origin", columns="Destination", values=name).to_numpy(dtype=float)
        for name in ("Data", "Dij")
    )
    regions = sorted(table["Origin"].unique())

    def too_far(beta: float) -> float:
        prior = np.exp(beta * km) * (1 - np.eye(9))
        fitted = balance_flows(prior, flows.sum(axis=1), flows.sum(axis=0), regions=regions)
        np.testing.assert_allclose(fitted.sum(axis=0), flows.sum(axis=0), rtol=1e-8)
        return float((fitted * km).sum() - (flows * km).sum())

    assert too_far(-0.0079145) > 0 > too_far(-0.0079155)
