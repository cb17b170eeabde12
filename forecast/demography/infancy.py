"""Mean age at death in infancy, a(0), and in childhood: the rules and their coefficients.

Sources: Coale & Demeny (1983), West, as in United Nations Manual X (1983), table 164;
Andreev & Kingkade (2015) in the form of the Human Mortality Database protocol, version 6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.errors import InputError, did_you_mean
from forecast.space import SEXES
from forecast.words import say

Array = NDArray[np.float64]


class West(NamedTuple):
    """Coale-Demeny West: a(0) and 4a1 as straight lines of q(0) up to 0.1, then constant."""

    intercept: Any
    slope: Any
    cap: Any
    child_intercept: Any
    child_slope: Any
    child_cap: Any


class Kingkade(NamedTuple):
    """Andreev-Kingkade: a(0) as two straight lines of m(0), then constant."""

    low_intercept: Any
    low_slope: Any
    low_end: Any
    high_intercept: Any
    high_slope: Any
    high_end: Any
    cap: Any


WEST = {
    "female": West(0.05, 3.0, 0.35, 1.524, -1.627, 1.361),
    "male": West(0.0425, 2.875, 0.33, 1.653, -3.013, 1.352),
}
KINGKADE = {
    "female": Kingkade(0.14903, -2.05527, 0.01724, 0.04667, 3.88089, 0.06891, 0.31411),
    "male": Kingkade(0.14929, -1.99545, 0.0230, 0.02832, 3.26201, 0.08307, 0.29915),
}


def a0_coale_demeny_west(m0: ArrayLike, sex: str | None = None) -> Array:
    """a(0) by Coale-Demeny West from the infant mortality q(0) that m(0) implies.

    m0 : deaths per person-year at age 0; (...) with `sex`, else (sex, ...)
    q(0) solves q = m / (1 + (1 - a(0)) m) with a(0) = alpha + beta q; a(0) is constant where
    q(0) > 0.1.
    """
    rate = np.asarray(m0, dtype=float)
    west = by_sex(WEST, sex, rate.ndim)
    linear = 1 + (1 - west.intercept) * rate
    inner = linear**2 - 4 * west.slope * rate**2
    implied = np.where(inner > 0, 2 * rate / (linear + np.sqrt(np.maximum(inner, 0))), np.inf)
    capped = np.minimum(implied, 0.1)  # keeps infinity out of the product below
    return np.asarray(np.where(implied > 0.1, west.cap, west.intercept + west.slope * capped))


def a0_andreev_kingkade(m0: ArrayLike, sex: str | None = None) -> Array:
    """a(0) by Andreev-Kingkade, as the Human Mortality Database uses it (version 6).

    m0 : deaths per person-year at age 0; (...) with `sex`, else (sex, ...)
    """
    rate = np.asarray(m0, dtype=float)
    line = by_sex(KINGKADE, sex, rate.ndim)
    low = line.low_intercept + line.low_slope * rate
    high = line.high_intercept + line.high_slope * rate
    return np.asarray(
        np.where(rate < line.low_end, low, np.where(rate < line.high_end, high, line.cap))
    )


A0_RULES: dict[str, Callable[[ArrayLike, str | None], Array]] = {
    "cd-west": a0_coale_demeny_west,
    "andreev-kingkade": a0_andreev_kingkade,
}


def by_sex(table: dict[str, Any], sex: str | None, axes: int) -> Any:
    """Coefficients of one sex, or of both along a leading axis that fits `axes` axes."""
    if sex is not None:
        if sex not in table:
            message = say("no sex '{name}'", name=sex) + "; " + did_you_mean(sex, SEXES)
            raise InputError("sex", message)
        return table[sex]
    both = [np.array(pair).reshape((2,) + (1,) * (axes - 1)) for pair in zip(
        *(table[name] for name in SEXES), strict=True)]  # fmt: skip
    return type(table[SEXES[0]])(*both)


def infant_years(m0: Array, sex: str | None, a0: str | ArrayLike) -> Array:
    if not isinstance(a0, str):
        given = np.asarray(a0, dtype=float)
        return np.broadcast_to(given.reshape(given.shape + (1,) * (m0.ndim - given.ndim)), m0.shape)
    if a0 not in A0_RULES:
        message = say("no rule '{name}'", name=a0) + "; " + did_you_mean(a0, A0_RULES)
        raise InputError("a0", message)
    return A0_RULES[a0](m0, sex)
