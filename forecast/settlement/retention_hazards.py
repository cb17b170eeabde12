"""What makes settlers leave earlier or later: proportional hazards.

Cox (1972) with the ties of Efron (1977). Whether the ratio of hazards holds over time is asked as
Grambsch & Therneau (1994) do: the scaled Schoenfeld residuals of each term against time, here 1
less the share still there (their transformation "km").
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.settlement.records import SMALL
from forecast.settlement.retention import NORMAL_95, kaplan_meier

Array = NDArray[np.float64]

EVENTS_PER_TERM = 10  # leavers for each term: fewer make ratios that mislead (Peduzzi et al. 1995)
CATEGORIES = ("support", "region", "stream", "occupation")
NUMBERS = ("family_size", "age")


class Design(NamedTuple):
    """A matrix of the terms of a model.

    matrix : (person, term); names: (variable, its level or "") of each term
    reference : {variable: level against which the others stand}
    used   : (person,) whether somebody is in the model
    left_out : variables that the people do not suffice for
    """

    matrix: Array
    names: tuple[tuple[str, str], ...]
    reference: dict[str, str]
    used: NDArray[np.bool_]
    left_out: tuple[str, ...]


def design(people: pd.DataFrame, *, threshold: int = SMALL) -> Design:
    """Terms in the order support, region, stream, occupation, family size, age, as many as bear it.

    A level with fewer than `threshold` leavers has no hazard of its own that could be told: its
    people are not in the model. A variable comes in while ten leavers stand behind each term; who
    has no value drops out.
    """
    used = np.ones(len(people), dtype=bool)
    left = people["left"].to_numpy(dtype=bool)
    columns: list[Array] = []
    names: list[tuple[str, str]] = []
    reference: dict[str, str] = {}
    left_out: list[str] = []
    for variable in (name for name in (*CATEGORIES, *NUMBERS) if name in people):
        cells = people[variable]
        terms: list[tuple[str, Array]]
        if variable in NUMBERS:
            values = cells.to_numpy(dtype=float)
            known = used & np.isfinite(values)
            terms = [("", np.nan_to_num(values))]
            if known.any() and values[known].std() == 0:
                continue
        else:
            words = cells.to_numpy(dtype=object)
            known, levels = _levels(words, used, left, threshold)
            if len(levels) < 2:
                if len(set(words[used]) - {""}) > 1:
                    left_out.append(variable)
                continue
            terms = [(level, (words == level).astype(float)) for level in levels[1:]]
        matrix = np.stack([*columns, *(values for _, values in terms)], axis=1)
        enough = (left & known).sum() >= EVENTS_PER_TERM * matrix.shape[1]
        if not enough or not _independent(matrix[known]):
            left_out.append(variable)
            continue
        if variable in CATEGORIES:
            reference[variable] = levels[0]
        used = known
        names += [(variable, level) for level, _ in terms]
        columns += [values for _, values in terms]
    matrix = np.stack(columns, axis=1) if columns else np.empty((len(people), 0))
    return Design(matrix, tuple(names), reference, used, tuple(left_out))


def _independent(matrix: Array) -> bool:
    """Whether no term is a sum of others: who got what support may follow from the region."""
    centred = matrix - matrix.mean(axis=0)
    return int(np.linalg.matrix_rank(centred)) == matrix.shape[1]


def _levels(
    words: NDArray[np.object_], used: NDArray[np.bool_], left: NDArray[np.bool_], threshold: int
) -> tuple[NDArray[np.bool_], list[str]]:
    """Whose level bears a term, and the levels, the commonest first."""
    count = {
        level: int((used & (words == level)).sum())
        for level in sorted(set(words[used]) - {""})
        if (used & left & (words == level)).sum() >= threshold
    }
    levels = sorted(count, key=lambda level: (-count[level], level))
    known: NDArray[np.bool_] = used & np.isin(words, levels)
    return known, levels


def hazard_frame(people: pd.DataFrame, *, threshold: int = SMALL) -> tuple[pd.DataFrame, Design]:
    """A row for each term: variable, level, reference, hazard_ratio, low, high, p_value,
    proportional_p (below 0.05 the ratio changes over time), people, left.

    The last row, "all", holds the test of all terms at once. No row where nothing can be told.
    """
    made = design(people, threshold=threshold)
    columns = ["variable", "level", "reference", "hazard_ratio", "low", "high", "p_value",
               "proportional_p", "people", "left"]  # fmt: skip
    if not made.names:
        return pd.DataFrame(columns=columns), made
    chosen = people[made.used]
    years, left = chosen["years"].to_numpy(dtype=float), chosen["left"].to_numpy(dtype=bool)
    matrix = made.matrix[made.used]
    try:
        beta, covariance, tests = cox(years, left, matrix)
    except np.linalg.LinAlgError:  # a term tells who leaves
        return pd.DataFrame(columns=columns), _without_terms(made)
    error = np.sqrt(np.diag(covariance))
    counts = {"people": len(chosen), "left": int(left.sum())}
    rows = []
    for place, (variable, level) in enumerate(made.names):
        rows.append({
            "variable": variable, "level": level, "reference": made.reference.get(variable, ""),
            "hazard_ratio": np.exp(beta[place]),
            "low": np.exp(beta[place] - NORMAL_95 * error[place]),
            "high": np.exp(beta[place] + NORMAL_95 * error[place]),
            "p_value": _beyond((beta[place] / error[place]) ** 2, 1),
            "proportional_p": tests[place], **counts,
        })  # fmt: skip
    wald = float(beta @ np.linalg.solve(covariance, beta))
    rows.append({
        "variable": "all", "level": "", "reference": "", "hazard_ratio": np.nan, "low": np.nan,
        "high": np.nan, "p_value": _beyond(wald, len(beta)), "proportional_p": tests[-1], **counts,
    })  # fmt: skip
    return pd.DataFrame(rows, columns=columns), made


def _without_terms(made: Design) -> Design:
    """The design of a model that has no estimates."""
    names = tuple(dict.fromkeys(variable for variable, _ in made.names))
    return made._replace(matrix=made.matrix[:, :0], names=(), reference={},
                         left_out=(*names, *made.left_out))  # fmt: skip


def cox(years: Array, left: NDArray[np.bool_], matrix: Array) -> tuple[Array, Array, Array]:
    """Log hazard ratios, their covariance, and p-values of proportional hazards.

    years : (person,) for which each was seen; left: whether they went then
    matrix: (person, term)
    Returns (term,), (term, term) and (term + 1,), the last p-value of all terms together.
    Raises LinAlgError where the likelihood has no single maximum.
    """
    from statsmodels.duration.hazard_regression import PHReg
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    model = PHReg(years, matrix, status=left.astype(int), ties="efron")
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            fitted = model.fit(disp=False)
        except ConvergenceWarning as warning:  # a term tells who leaves: its ratio has no bound
            raise np.linalg.LinAlgError(str(warning)) from None
    beta, covariance = np.asarray(fitted.params), np.asarray(fitted.cov_params())
    if not (np.isfinite(covariance).all() and (np.diag(covariance) > 0).all()):
        raise np.linalg.LinAlgError("no estimate")
    residuals, moments = schoenfeld(years, left, matrix, beta)
    return beta, covariance, proportional(years, left, residuals, moments, covariance)


def schoenfeld(
    years: Array, left: NDArray[np.bool_], matrix: Array, beta: Array
) -> tuple[Array, Array]:
    """(leaver, term) what each leaver has beyond those at risk then, and when each left, (leaver,).

    The mean of those at risk is Efron's: of leavers at one moment the k-th meets the others of
    them less k parts (Schoenfeld 1982; as residuals.coxph of R).
    """
    latest = np.argsort(-years, kind="stable")
    years, left, matrix = years[latest], left[latest], matrix[latest]
    risk = np.exp(matrix @ beta)
    weight, weighted = np.cumsum(risk), np.cumsum(risk[:, None] * matrix, axis=0)
    found, moments = [], []
    for moment in np.unique(years[left]):
        at_risk = np.searchsorted(-years, -moment, side="right") - 1
        here = left & (years == moment)
        part = np.arange(here.sum()) / here.sum()  # of the leavers that are gone already
        total = weight[at_risk] - part * risk[here].sum()
        sums = weighted[at_risk] - part[:, None] * (risk[here, None] * matrix[here]).sum(axis=0)
        found.append(matrix[here] - (sums / total[:, None]).mean(axis=0))
        moments += [moment] * len(part)
    return np.concatenate(found), np.array(moments)


def proportional(
    years: Array, left: NDArray[np.bool_], residuals: Array, moments: Array, covariance: Array
) -> Array:
    """(term + 1,) p-values of a ratio that does not change over time, each term and all.

    residuals : (leaver, term) Schoenfeld residuals at the moments (leaver,)
    """
    curve = kaplan_meier(years, left)
    # the curve before the moment, as cox.zph of R takes it
    place = np.searchsorted(curve.times, moments, side="left")
    time = 1 - np.concatenate([[1.0], curve.survival])[place]
    time = time - time.mean()
    spread, count = float((time**2).sum()), len(moments)
    if spread == 0:
        return np.full(len(covariance) + 1, np.nan)
    pulled = time @ residuals  # (term,)
    scaled = count * covariance @ pulled
    each = scaled**2 / (count * np.diag(covariance) * spread)
    together = count * float(pulled @ covariance @ pulled) / spread
    return np.array([_beyond(float(test), 1) for test in each]
                    + [_beyond(together, len(covariance))])  # fmt: skip


def log_rank(people: pd.DataFrame, by: Sequence[str]) -> float:
    """p-value of equal curves in all groups of a cut; NaN where there is one group or nobody left.

    The test of Mantel (1966) and Cox (1972), as survdiff of R.
    """
    from statsmodels.duration.survfunc import survdiff

    known = people[(people[list(by)] != "").all(axis=1)]
    group = known[list(by)].agg("|".join, axis=1)
    if group.nunique() < 2 or not known["left"].any():
        return float("nan")
    try:
        _, p_value = survdiff(
            known["years"].to_numpy(dtype=float), known["left"].to_numpy(dtype=int),
            group.to_numpy(),
        )  # fmt: skip
    except np.linalg.LinAlgError:  # all left at one moment: nothing can be told
        return float("nan")
    return float(p_value)


def _beyond(statistic: float, degrees: int) -> float:
    """Probability of a larger chi-square."""
    from scipy.special import gammaincc

    return float(gammaincc(degrees / 2, statistic / 2))
