"""Ranks of scores against their definition: one more than how many score higher."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.settlement.score import ranked

SCORES = arrays(
    float, st.integers(0, 30),
    elements=st.one_of(st.sampled_from([0.0, 1.0, 1.0 + 1e-7, np.nan]), st.floats(-5, 5)),
)  # fmt: skip


@given(SCORES, st.sampled_from([0.0, 1e-6]))
def test_a_rank_counts_who_scores_higher(score, tolerance):
    found = ranked(score, tolerance)
    for one, rank in zip(score, found, strict=True):
        if np.isnan(one):
            assert np.isnan(rank)
        else:
            assert rank == 1 + int((score > one + tolerance).sum())
