"""The regional quota of a finished run: where places should go and what one more is worth."""

from __future__ import annotations

from forecast.quotas.build import Asked
from forecast.quotas.norms import load_norms
from forecast.quotas.study import QuotaResult, quota_of

__all__ = ["Asked", "QuotaResult", "load_norms", "quota_of"]
