"""The model of fertility beyond the last observed year: nation, regions, age of mothers.

Parameters (component "fertility"), of the nation where no region is given:

tfr, tfr_low, tfr_high : by year, last observed year to 2100, children per woman: central path
                         and the 10 % and 90 % quantiles of the model
tfr_observed           : by year, the series that the model is fitted to
un_tfr                 : by year, United Nations medium variant, for comparison only
long_run, half_life    : where the path tends to beyond the judged horizons, and how fast, years
rho, sigma, sigma_error: AR(1) of the log TFR around the path; relative error of sigma
splice_error           : sd of the yearly differences between the official series and the
                         series spliced before it; splice_error_births: the same for the other
                         candidate
region_rho, region_sigma, region_floor : Scale-AR(1) of the ratio of regions to the nation
mean_age, spread       : by year, years, of the nation's age pattern of rates
mean_age_rho, mean_age_sigma : AR(1) of the nation's mean age around its path, years
mean_age_shift, mean_age_error : by region, years: mean age less the nation's, and its sd
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.demography.fertility import ar1_spread, mean_and_spread
from forecast.demography.schedules import fertility_pattern, mean_age_at_birth
from forecast.estimate.fertility_candidates import (
    BANDS,
    FITTED_YEARS,
    HORIZON,
    LAST,
    Band,
    errors_in_use,
    joined,
    judge,
    roll,
)
from forecast.estimate.fertility_history import (
    FEWEST_YEARS,
    History,
    national_history,
    revision_of,
    un_measure,
    un_path,
)
from forecast.estimate.models import Model, Parameter, Score
from forecast.estimate.published import figures
from forecast.estimate.tilt import Array
from forecast.estimate.un import un_fertility
from forecast.estimate.vital import fertility_of

if TYPE_CHECKING:
    from forecast.estimate.build import Estimates
    from forecast.estimate.source import Source

END = 2100  # last year of the paths
LONG_RUN = 2.1  # children per woman: replacement at low mortality; assumption
HALF_LIFE, HALF_LIVES = 20.0, (10.0, 40.0)  # years, where no UN path tells it; bounds; assumption
RAMP = 10  # years over which the convergence gathers pace; assumption
# Ten horizons of few origins cannot tell rho from 1, and a low one makes the far future look
# safe: at least 0.95; a walk without end leaves the plausible: at most 0.98; assumption.
RHOS = np.round(np.arange(0.95, 0.9801, 0.005), 3)
QUANTILE = 1.2815515655446004  # standard normal, 90 %
REGION_RHO, REGION_SIGMA, REGION_FLOOR = 0.98445, 0.02086, 0.5  # Sevcikova et al. 2018
MEAN_AGE_DAMPING, HIGHEST_MEAN_AGE = 0.95, 33.0  # assumption
MEAN_AGE_SPAN = 10  # years of the UN pattern whose change is the trend
MEAN_AGE_SIGMA, MEAN_AGE_RHO = 0.1, 0.98  # years; assumption: one published yearly step
REGION_AGE_ERROR, REGION_AGE_KNOWN = 0.8, 0.2  # years; assumption
UN_CHANGE = "un change"

SCORED = "rolling origin"


def fit_fertility(estimates: Estimates) -> Model:
    """Parameters and scores of fertility from the figures up to the last year of the source.

    Raises InputError where the national series has a gap or fewer than five years.
    """
    source = estimates.base.source
    history = national_history(source)
    enough = len(history.tfr) >= FITTED_YEARS + 2
    rolled = roll(history.tfr) if enough else None
    bands = judge(rolled) if rolled is not None else []
    errors = errors_in_use(rolled, bands) if rolled is not None else None
    process = _process(history.tfr, errors)
    parameters = [
        Parameter("tfr_observed", float(tfr), "children per woman", history.source, year=int(year))
        for year, tfr in zip(history.years, history.tfr, strict=True)
    ]
    parameters += [
        Parameter(name, error, "log", "spliced series against the official one")
        for name, error in history.errors.items()
    ]
    parameters += _national(source, history, bands, process)
    parameters += _regional(source) + _ages(estimates)
    scores = _scores(bands) + _un_scores(source, history)
    if errors is not None:
        scores += _coverage(errors, process)
    return Model(parameters, scores)


def _process(tfr: Array, errors: Array | None) -> tuple[float, float, float]:
    """rho, sigma and relative error of sigma that give the errors of the past by horizon.

    The root mean square error of each horizon is met in the logarithm by least squares; without
    errors, sigma is that of the yearly changes and rho the largest one.
    """
    changes = np.diff(np.log(tfr))
    relative = 1 / np.sqrt(2 * len(changes))
    if errors is None or not np.isfinite(errors).any():
        return float(RHOS[-1]), float(np.sqrt((changes**2).mean())), float(relative)
    known = np.isfinite(errors).any(axis=0)
    ahead = np.arange(1, errors.shape[1] + 1)[known]
    met = np.sqrt(np.nanmean(errors[:, known] ** 2, axis=0))
    fits = []
    for rho in RHOS:
        shape = np.log(met / ar1_spread(ahead, float(rho), 1.0))
        fits.append((float(((shape - shape.mean()) ** 2).sum()), float(rho), shape.mean()))
    _, rho, level = min(fits)
    return rho, float(np.exp(level)), float(relative)


def _national(
    source: Source, history: History, bands: list[Band], process: tuple[float, float, float]
) -> list[Parameter]:
    """Paths of the nation and the process around them."""
    rho, sigma, relative = process
    last = int(history.years[-1])
    un = un_path(source)
    path, half_life = central_path(history.tfr, bands, END - last, un)
    spread = QUANTILE * ar1_spread(np.arange(len(path)), rho, sigma)
    reasons = _reasons(bands)
    rows = []
    for name, values in (
        ("tfr", path),
        ("tfr_low", path * np.exp(-spread)),
        ("tfr_high", path * np.exp(spread)),
    ):
        quantile = "10 % or 90 % quantile of the model"
        rows += [
            Parameter(name, float(value), "children per woman",
                      reasons[min(ahead, HORIZON + 1)] if name == "tfr" else quantile,
                      year=last + ahead)
            for ahead, value in enumerate(values)
        ]  # fmt: skip
    words = f"UN World Population Prospects {revision_of(source)}, medium; comparison only"
    rows += [
        Parameter("un_tfr", float(value), "children per woman", words, year=source.until + ahead)
        for ahead, value in enumerate(un)
    ]
    by = "pace of the UN medium variant" if len(un) else "assumption"
    calibrated = (f"errors of the past by horizon; rho within {RHOS[0]}-{RHOS[-1]}" if bands else
                  "yearly changes: too few years to judge forecasts")  # fmt: skip
    return [
        *rows,
        Parameter("long_run", LONG_RUN, "children per woman", "assumption: replacement"),
        Parameter("half_life", half_life, "years", by),
        Parameter("rho", rho, "share", calibrated),
        Parameter("sigma", sigma, "log", calibrated),
        Parameter("sigma_error", relative, "share", "number of yearly changes"),
    ]


def central_path(tfr: Array, bands: list[Band], years: int, un: pd.Series) -> tuple[Array, float]:
    """(1 + years,) the central path from the last observed year on, and its half-life.

    Up to `HORIZON` years the models in use; then the distance (in the logarithm) to `LONG_RUN`
    halves every half-life, gathering pace over `RAMP` years. The half-life is that of the UN
    medium path; its level is not used.
    """
    half_life = HALF_LIFE
    if len(un) > HORIZON and un.iloc[0] > un.iloc[-1] > LONG_RUN:
        halvings = np.log2(np.log(un.iloc[0] / LONG_RUN) / np.log(un.iloc[-1] / LONG_RUN))
        half_life = float(np.clip((len(un) - 1) / halvings, *HALF_LIVES))
    near = joined(tfr, bands)
    beyond = np.arange(1, max(years - HORIZON, 0) + 1)
    at_pace = np.where(beyond < RAMP, beyond**2 / (2 * RAMP), beyond - RAMP / 2)
    far = LONG_RUN * (near[-1] / LONG_RUN) ** (0.5 ** (at_pace / half_life))
    return np.concatenate([tfr[-1:], near, far])[: years + 1], half_life


def _reasons(bands: list[Band]) -> list[str]:
    """In words, by years ahead from 0 to one beyond the judged ones: what is used, and why."""
    reasons = ["last official rate", *[f"{LAST}: too few years to judge candidates"] * HORIZON]
    for band in bands:
        why = f"best of {len(band.scores)} in the past"
        if band.best != band.chosen:
            gain = band.scores[band.chosen] - band.scores[band.best]
            why = f"{band.best} is better by {gain:.3f}, within its error of {band.error:.3f}"
        for ahead in range(band.first, band.last + 1):
            reasons[ahead] = f"{band.chosen}: {why}"
    return [*reasons, f"convergence to {LONG_RUN} (assumption)"]


def _regional(source: Source) -> list[Parameter]:
    """Scale-AR(1) of the regions: sigma from pairs of years on the same territories.

    No pair crosses the year in which territories changed: the population was also recounted.
    """
    table = source.table("tfr")
    split = set(source.table("boundaries/crosswalk")["year"].astype(int))
    wide = table[table["year"] <= source.until].pivot(
        index="region", columns="year", values="value"
    )
    ratios = wide.drop(index=source.nation) / wide.loc[source.nation]
    shocks = []
    years = [int(year) for year in wide.columns]
    for year in years:
        if year - 1 in years and year not in split:
            now, before = ratios[year] - 1, ratios[year - 1] - 1
            shocks.append((now - REGION_RHO * before).dropna().to_numpy())
    found = np.concatenate(shocks) if shocks else np.array([])
    sigma, words = REGION_SIGMA, "Sevcikova, Raftery & Gerland 2018: no regional series"
    if len(found) >= FEWEST_YEARS:
        sigma = float(np.sqrt((found**2).mean()))
        words = f"{len(found)} yearly changes of regions on unchanged territories"
    known = "Sevcikova, Raftery & Gerland 2018; the regional series are too short to tell it"
    return [
        Parameter("region_rho", REGION_RHO, "share", known),
        Parameter("region_sigma", sigma, "share", words),
        Parameter("region_floor", REGION_FLOOR, "share", "Sevcikova, Raftery & Gerland 2018"),
    ]


def _ages(estimates: Estimates) -> list[Parameter]:
    """Mean age at birth and spread by year, their errors, and the shifts of regions."""
    source = estimates.base.source
    women = estimates.population[max(estimates.population)][0]
    if estimates.fertility:
        rates = estimates.fertility[max(estimates.fertility)]
        pattern = (rates * women).sum(axis=1) / women.sum(axis=1).clip(1.0)
    else:
        pattern = fertility_of(source, source.until, women.sum(axis=1))
    mean, spread = (float(value) for value in mean_and_spread(pattern))
    step, step_spread, words = _age_trend(source)
    ahead = np.arange(END - source.until + 1)
    part = MEAN_AGE_DAMPING * (1 - MEAN_AGE_DAMPING**ahead) / (1 - MEAN_AGE_DAMPING)
    path = np.minimum(mean + step * part, max(HIGHEST_MEAN_AGE, mean))
    words += f", {1 - MEAN_AGE_DAMPING:.0%} less every year (assumption)"
    rows = []
    for name, values in (("mean_age", path), ("spread", spread + step_spread * part)):
        rows += [
            Parameter(name, float(value), "years", words, year=source.until + int(when))
            for when, value in zip(ahead, values, strict=True)
        ]
    rows.append(Parameter("mean_age_rho", MEAN_AGE_RHO, "share", "assumption"))
    rows.append(Parameter("mean_age_sigma", MEAN_AGE_SIGMA, "years", "assumption"))
    return rows + _region_ages(source, pattern, women)


def _age_trend(source: Source) -> tuple[float, float, str]:
    """Yearly change of mean age and of spread, years, and where it is from."""
    table = un_fertility(source)
    moments = {}
    for year in (source.until - MEAN_AGE_SPAN, source.until):
        rows = table[table["year"] == year].sort_values("age_from")
        if rows.empty:
            return 0.0, 0.0, "no trend published"
        edges = np.append(rows["age_from"], rows["age_to"].iloc[-1] + 1)
        moments[year] = mean_and_spread(fertility_pattern(edges, rows["value"].to_numpy()))
    first, last = moments[source.until - MEAN_AGE_SPAN], moments[source.until]
    step, step_spread = ((last[k] - first[k]) / MEAN_AGE_SPAN for k in (0, 1))
    words = f"change of the UN pattern over {MEAN_AGE_SPAN} years"
    registered = figures(source, "mean_age_at_birth", source.nation)
    registered = registered[registered["year"] <= source.until]
    if registered["year"].nunique() >= 3:
        slope = np.polyfit(registered["year"], registered["value"], 1)[0]
        step, words = (step + slope) / 2, f"mean of the registered trend and the {words}"
    return float(step), float(step_spread), words


def _region_ages(source: Source, pattern: Array, women: Array) -> list[Parameter]:
    """A published mean age of a region's births, less what its women and the nation's
    pattern already give."""
    rows = figures(source, "mean_age_at_birth")
    rows = rows[rows["year"] <= source.until]
    nation = rows[rows["region"] == source.nation].groupby("year")["value"].mean()
    found = []
    for place, region in enumerate(source.ids):
        own = rows[rows["region"] == region].groupby("year")["value"].mean()
        own = own[own.index.isin(nation.index)]
        shift, error, words = 0.0, REGION_AGE_ERROR, "assumption: nothing published"
        if len(own):
            year = own.index.max()
            of_women = mean_age_at_birth(pattern, women[:, place]) - mean_age_at_birth(
                pattern, women.sum(axis=1)
            )
            shift = float(own[year] - nation[year]) - of_women
            error, words = REGION_AGE_KNOWN, f"mean age at birth published for {year}"
        found.append(Parameter("mean_age_shift", shift, "years", words, region=region))
        found.append(Parameter("mean_age_error", error, "years", words, region=region))
    return found


def _scores(bands: list[Band]) -> list[Score]:
    return [
        Score(name, band.first, band.last, band.forecasts, "mean_absolute_error",
              name == band.chosen, score, "children per woman", SCORED)
        for band in bands
        for name, score in band.scores.items()
    ]  # fmt: skip


def _un_scores(source: Source, history: History) -> list[Score]:
    """The change of an older UN revision against what came, beside the last value.

    The latest revision has no year after it that could judge it.
    """
    revisions = sorted(int(year) for year in source.table("un_indicators")["revision"].unique())
    older = [year for year in revisions if year < source.until]
    if not older or older[0] not in history.years:
        return []
    revision = older[0]
    path = np.log(un_measure(source, "tfr", revision))
    logs = dict(zip((int(year) for year in history.years), np.log(history.tfr), strict=True))
    rows = []
    for first, last in BANDS:
        misses: dict[str, list[float]] = {UN_CHANGE: [], f"{LAST} since {revision}": []}
        for origin in range(revision, source.until):
            for year in range(origin + first, min(origin + last, source.until) + 1):
                changed = logs[origin] + path[year] - path[origin]
                for name, said in zip(misses, (changed, logs[origin]), strict=True):
                    misses[name].append(abs(np.exp(said) - np.exp(logs[year])))
        rows += [
            Score(name, first, last, len(each), "mean_absolute_error", False,
                  float(np.mean(each)), "children per woman",
                  f"revision {revision}; few origins, all of one fall: no ground to choose")
            for name, each in misses.items() if each
        ]  # fmt: skip
    return rows


def _coverage(errors: Array, process: tuple[float, float, float]) -> list[Score]:
    """Share of the past inside the intervals that the process gives, by band."""
    rho, sigma, _ = process
    rows = []
    relative = np.abs(errors) / ar1_spread(np.arange(1, errors.shape[1] + 1), rho, sigma)
    for first, last in BANDS:
        part = relative[:, first - 1 : last]
        part = part[np.isfinite(part)]
        for measure, limit in (("coverage_80", QUANTILE), ("coverage_95", 1.959963984540054)):
            if len(part):
                rows.append(Score(
                    "interval in use", first, last, len(part), measure, True,
                    float((part < limit).mean()), "share", f"{SCORED}; same years as the fit",
                ))  # fmt: skip
    return rows
