"""The key totals of every named scenario, as they were last accepted."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc

_spec = importlib.util.spec_from_file_location("accept", Path(__file__).with_name("accept.py"))
accept = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(accept)


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


def test_every_shipped_scenario_is_golden():
    from forecast.scenario import list_scenarios

    rows = list_scenarios()
    named = {row.name for row in rows if row.kind == "scenario"}
    named |= {f"baseline+{row.name}" for row in rows if row.kind == "overlay"}
    assert named <= set(accept.SCENARIOS)


@pytest.mark.parametrize("scenario", accept.SCENARIOS)
def test_key_totals_are_those_accepted(scenario, dataset):
    accepted = pd.read_csv(accept.TOTALS, keep_default_na=False).query("scenario == @scenario")
    now = accept.key_totals(scenario, dataset)
    both = accepted.merge(now, on=accept.KEYS, how="outer", suffixes=("_accepted", "_now"))
    near = np.isclose(both["value_accepted"], both["value_now"], rtol=1e-6, atol=0.01)
    if not near.all():
        pytest.fail(
            f"{(~near).sum()} totals changed:\n{both[~near].to_string(index=False)}\n"
            "If that is meant: python tests/golden/accept.py, and CHANGELOG.md 'Numbers changed'."
        )
