"""Assumptions varied one at a time: which of them moves a result most."""

from __future__ import annotations

from forecast.varied.study import Sensitivity, Study, study_of

__all__ = ["Sensitivity", "Study", "study_of"]
