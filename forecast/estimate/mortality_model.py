"""The model of mortality: a Lee-Carter index of both sexes with damped drift, and its errors.

Age pattern: common factor (Li & Lee 2005) of the United Nations death rates since 2000, by
period; a period with a year that the country excludes (a pandemic) is left out. Level: the index
that gives the published life expectancy of each sex and year, excluded years left out. The index
of a sex is the mean of both plus or minus a gap that returns to 0. Four periods cannot tell a
pattern of the gap from noise, so it has the pattern of the common factor.

Path: the drift since the first year is partly the recovery from a crisis and cannot go on to
the end of the century. It fades by a tenth a year into the long-run pace of the United Nations
medium variant, the last years of its path.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from forecast.demography.lee_carter import (
    LEAST_YEARS,
    Autoregression,
    LevelTable,
    LiLee,
    drift_of,
    fit_autoregression,
    fit_li_lee,
    level_table,
)
from forecast.demography.schedules import single_year_rates
from forecast.errors import InputError
from forecast.estimate.models import Model, Parameter, Score
from forecast.estimate.source import Source
from forecast.estimate.tilt import Array
from forecast.space import AGES, SEXES
from forecast.words import say

if TYPE_CHECKING:
    from forecast.estimate.build import Estimates

LAST_YEAR = 2100
DAMPING = 0.9  # a year, of the excess over the long-run pace; assumption: half is gone in 7 years
RECENT = 10  # years of the drift of the last years
LONG_RUN = 20  # last years of the United Nations path whose pace is the long-run pace
PERIOD = 5  # years of a United Nations period
BANDS = ((1, 2), (3, 5), (6, 10))  # years ahead
FIRST_FIT = 8  # years of an index before the first origin
SIGNS = np.array([1.0, -1.0])  # of the gap: women, men
QUANTILES = {"coverage_80": 1.2815515655446004, "coverage_95": 1.959963984540054}
CHOSEN = "damped drift"

UN = "UN death rates by age and period; Li and Lee common factor"
LEVEL = "index that gives the published life expectancy by sex"
REGIONS = "published life expectancy of regions against the nation"
ORIGINS = "rolling origins on published life expectancy by sex"


class Index(NamedTuple):
    """Index of mortality by year: `k` of both sexes, `gap` half of women's less men's.

    years, k, gap : (year,); life expectancy of sex s is that of k + SIGNS[s] gap
    """

    years: Array
    k: Array
    gap: Array


class Process(NamedTuple):
    """What moves the index, per year: paces and their standard errors, and the step's deviation.

    paces, errors : (3,) drift since the first year, of the last years, and the long-run pace
    """

    paces: Array
    errors: Array
    step: float


class Trial(NamedTuple):
    """Forecasts from past origins, all horizons: what came less what was forecast.

    origin, ahead : (forecast,) years
    index_miss, years_miss : (forecast, sex) on the index and in years of life expectancy
    noise, trend : (forecast,) expected variance of index_miss: of steps, gap and long-run pace;
                   and of the drift, before calibration
    """

    origin: Array
    ahead: Array
    index_miss: Array
    years_miss: Array
    noise: Array
    trend: Array


def faded(ahead: Array) -> Array:
    """Years at the first pace among `ahead` years when it fades by DAMPING a year."""
    total: Array = DAMPING * (1 - DAMPING**ahead) / (1 - DAMPING)
    return total


# Years at each pace (drift, recent drift, long-run pace) among the years ahead.
CANDIDATES: dict[str, Callable[[Array], tuple[Array, Array, Array]]] = {
    "last value": lambda h: (0 * h, 0 * h, 0 * h),
    "UN pace": lambda h: (0 * h, 0 * h, h),
    "drift": lambda h: (h, 0 * h, 0 * h),
    "drift of ten years": lambda h: (0 * h, h, 0 * h),
    "damped drift": lambda h: (faded(h), 0 * h, h - faded(h)),
}


def fit_mortality(estimates: Estimates) -> Model:
    """Parameters of mortality and the scores of the candidates, from the years of the source.

    Raises InputError where the package has too few years or periods.
    """
    source = estimates.base.source
    factor = common_factor(source)
    table = level_table(factor.a, factor.b)
    index = national_index(source, table)
    pace = long_run_pace(source, table)
    process = process_of(index, pace)
    gap = fit_autoregression(index.years, index.gap)
    trials = {name: try_out(name, index, table, pace, gap) for name in CANDIDATES}
    widening = calibration(trials[CHOSEN])
    regions = regional_process(source, factor, index)
    parameters = _parameters(source, factor, index, process, widening)
    last = float(index.gap[-1])
    parameters += [
        Parameter("sex_gap", last, "log", LEVEL),
        Parameter("sex_rho", gap.rho, "share", LEVEL),
        Parameter("sex_sigma", gap.sigma, "log", LEVEL),
        Parameter("rho", regions.rho, "share", REGIONS),
        Parameter("sigma", regions.sigma, "log", REGIONS),
    ]
    return Model(parameters, _scores(trials, widening))


def common_factor(source: Source) -> LiLee:
    """The factor of both sexes from the United Nations periods known by the end of the source."""
    table = source.table("un_mortality")
    table = table[table["revision"] == revision_of(source)]
    starts = table["period"].astype(str).str[:4].astype(int)
    excluded = source.years_without_mortality_trend
    periods = [
        start
        for start in sorted(starts.unique())
        if start + PERIOD - 1 <= source.until and not excluded & set(range(start, start + PERIOD))
    ]
    return fit_li_lee(np.stack([
        np.stack([_by_age(table[(starts == start) & (table["sex"] == sex)]) for sex in SEXES])
        for start in periods
    ]) if periods else np.empty((0, len(SEXES), len(AGES))))  # fmt: skip


def revision_of(source: Source) -> int:
    """The United Nations revision that is out on the 1 January after the last year of the source.

    Where none was out yet, the first of the package.
    """
    known = sorted(int(year) for year in source.table("un_mortality")["revision"].unique())
    shown = set(source.table("un_indicators")["revision"])
    known = [year for year in known if year in shown]
    if not known:
        raise InputError("un_mortality", say("no revision that has life expectancy too"))
    return max((year for year in known if year <= source.until), default=known[0])


def national_index(source: Source, table: LevelTable) -> Index:
    """The index that gives the published life expectancy of both sexes, year by year."""
    life = _life_by_sex(source, source.nation)
    if len(life) < LEAST_YEARS:
        message = say("{given} years of life expectancy by sex", given=len(life))
        cure = say("give at least {needed}", needed=LEAST_YEARS)
        raise InputError("life_expectancy", f"{message}; {cure}")
    own = table.index_of(life[list(SEXES)].to_numpy().T)
    years = life.index.to_numpy(dtype=float)
    return Index(years, own.mean(axis=0), (own[0] - own[1]) / 2)


def long_run_pace(source: Source, table: LevelTable) -> float:
    """Change of the index a year over the last years of the United Nations medium variant."""
    indicators = source.table("un_indicators")
    indicators = indicators[indicators["revision"] == revision_of(source)]
    names = [f"e0_{sex}" for sex in SEXES]
    wide = indicators[indicators["measure"].isin(names)].pivot(
        index="year", columns="measure", values="value"
    )
    life = wide[names].dropna()
    last = int(life.index.max())
    if last - LONG_RUN not in life.index:
        message = say("no life expectancy in {year}", year=last - LONG_RUN)
        raise InputError("un_indicators", message)
    both = table.index_of(life.loc[[last - LONG_RUN, last]].to_numpy().T).mean(axis=0)
    return float(both[1] - both[0]) / LONG_RUN


def process_of(index: Index, pace: float) -> Process:
    """Drifts and step of the index. The long-run pace is held uncertain by half of its distance
    to the drift: that the whole drift stays is then two standard errors away."""
    drift, error, step = drift_of(index.years, index.k)
    recent = index.years >= index.years[-1] - RECENT
    if recent.sum() < LEAST_YEARS:
        recent[-LEAST_YEARS:] = True
    late, late_error, _ = drift_of(index.years[recent], index.k[recent])
    paces = np.array([drift, late, pace])
    return Process(paces, np.array([error, late_error, abs(drift - pace) / 2]), step)


def ahead_of(name: str, process: Process, ahead: Array) -> tuple[Array, Array, Array]:
    """Change of the index under a candidate, and its variance from steps and long-run pace and
    from the drift, each (ahead,)."""
    weights = np.stack(CANDIDATES[name](ahead))
    parts = (process.errors**2)[:, np.newaxis] * weights**2
    return process.paces @ weights, process.step**2 * ahead + parts[2], parts[0] + parts[1]


def try_out(name: str, index: Index, table: LevelTable, pace: float, gap: Autoregression) -> Trial:
    """Forecasts of a candidate from every origin, to what came up to ten years later.

    The long-run pace, the age pattern and the return of the gap are those of today: no earlier
    revision of the forecast is at hand for most origins.
    """
    rows = []
    longest = BANDS[-1][-1]
    own = index.k + SIGNS[:, np.newaxis] * index.gap  # (sex, year)
    came_years = table.life_expectancy(own)
    for origin in range(FIRST_FIT - 1, len(index.years) - 1):
        past = Index(*(series[: origin + 1] for series in index))
        later = np.arange(origin + 1, len(index.years))
        ahead = index.years[later] - index.years[origin]
        later, ahead = later[ahead <= longest], ahead[ahead <= longest]
        change, noise, trend = ahead_of(name, process_of(past, pace), ahead)
        left = past.gap[-1] * gap.rho**ahead
        forecast = past.k[-1] + change + SIGNS[:, np.newaxis] * left
        wander = gap.sigma**2 * (1 - gap.rho ** (2 * ahead)) / (1 - gap.rho**2)
        years = came_years[:, later] - table.life_expectancy(forecast)
        for place, distance in enumerate(ahead):
            miss = own[:, later[place]] - forecast[:, place]
            variance = noise[place] + wander[place]
            rows.append(
                (index.years[origin], distance, miss, years[:, place], variance, trend[place])
            )
    return Trial(*(np.array(column) for column in zip(*rows, strict=True)))


def calibration(trial: Trial) -> float:
    """The factor on the error of the drift that makes the squared errors from past origins as
    large as expected on average; never below 1.

    Steps from year to year were small; what went wrong was the pace, for ten years on end.
    """
    squares = (trial.index_miss**2).mean(axis=1)
    low, high = 1.0, 100.0
    for _ in range(60):
        factor = (low + high) / 2
        small = (squares / (trial.noise + factor**2 * trial.trend)).mean() > 1
        low, high = (factor, high) if small else (low, factor)
    return factor


def regional_process(source: Source, factor: LiLee, index: Index) -> Autoregression:
    """How a region's mortality moves about its own distance to the nation: log of death rates.

    The distance is the shift of all log rates of the nation that gives the region's life
    expectancy, the mean of both sexes; regions with too few years are left out. Series are short:
    the return to their means is estimated too fast by about (1 + rho) / years.
    """
    shifts = level_table(factor.a, np.full(len(AGES), 1.0), low=-4.0, high=1.2, step=0.02)
    places = sorted(set(source.table("life_expectancy")["region"]) - {source.nation})
    nation = _life_by_sex(source, source.nation)
    columns = {}
    for place in places:
        life = _life_by_sex(source, place)
        years = [year for year in life.index if year in nation.index]
        if len(years) < 2 * LEAST_YEARS:
            continue
        own = shifts.index_of(life.loc[years, list(SEXES)].to_numpy().T)
        other = shifts.index_of(nation.loc[years, list(SEXES)].to_numpy().T)
        columns[place] = pd.Series((own - other).mean(axis=0), index=years)
    if not columns:
        raise InputError("life_expectancy", say("no region has {n} years", n=2 * LEAST_YEARS))
    wide = pd.DataFrame(columns).sort_index()
    return fit_autoregression(wide.index.to_numpy(), (wide - wide.mean()).to_numpy())


def _parameters(
    source: Source, factor: LiLee, index: Index, process: Process, widening: float
) -> list[Parameter]:
    first = source.until + 1
    ahead = np.arange(1.0, LAST_YEAR - first + 2)
    change, _, _ = ahead_of(CHOSEN, process, ahead)
    revision = revision_of(source)
    pace = f"UN {revision} medium variant, last {LONG_RUN} years of its path"
    widened = f"{LEVEL}; widened to the errors from past origins"
    rows = [
        Parameter("b", float(value), "share", f"{UN}, revision {revision}", sex=sex, age=age)
        for sex in SEXES
        for age, value in zip(AGES, factor.b, strict=True)
    ]
    rows += [
        Parameter("k", float(value), "log", f"{LEVEL}; {pace}", year=first + place)
        for place, value in enumerate(change)
    ]
    drift, _, long_run = process.paces
    drift_error, _, pace_error = process.errors
    return [
        *rows,
        Parameter("last_year", float(source.until), "index", "last year with registered deaths"),
        Parameter("first_year", float(index.years[0]), "index", LEVEL),
        Parameter("revision", float(revision), "index", "United Nations"),
        Parameter("drift", float(drift), "log per year", LEVEL),
        Parameter("pace", float(long_run), "log per year", pace),
        Parameter("damping", DAMPING, "share", "assumption: half of the excess is gone in 7 years"),
        Parameter("step", process.step, "log", LEVEL),
        Parameter("drift_error", float(drift_error * widening), "log per year", widened),
        Parameter("pace_error", float(pace_error), "log per year",
                  "assumption: half of the distance of the pace to the drift"),
        Parameter("widening", widening, "times", ORIGINS),
    ]  # fmt: skip


def _scores(trials: dict[str, Trial], widening: float) -> list[Score]:
    rows = []
    for name, trial in trials.items():
        note = f"{ORIGINS}; UN pace of today" if name in ("UN pace", CHOSEN) else ORIGINS
        spread = np.sqrt(trial.noise + widening**2 * trial.trend)[:, np.newaxis]
        for first, last in BANDS:
            band = (trial.ahead >= first) & (trial.ahead <= last)
            count = int(2 * band.sum())
            if not count:
                continue
            chosen = name == CHOSEN
            miss = float(np.abs(trial.years_miss[band]).mean())
            rows.append(
                Score(name, first, last, count, "mean_absolute_error", chosen, miss, "years", note)
            )
            note_of_width = f"{note}; error of the drift widened to these same forecasts"
            for measure, z in QUANTILES.items():
                inside = np.abs(trial.index_miss[band]) <= z * spread[band]
                share = float(inside.mean())
                rows.append(
                    Score(name, first, last, count, measure, chosen, share, "share", note_of_width)
                )
    return rows


def _by_age(rows: pd.DataFrame) -> Array:
    part = rows.sort_values("age_from")
    return single_year_rates(part["age_from"].to_numpy(), part["value"].to_numpy(dtype=float))


def _life_by_sex(source: Source, region: str) -> pd.DataFrame:
    """Published life expectancy by sex, without the years that no trend may use."""
    table = source.table("life_expectancy")
    rows = table[(table["region"] == region) & table["sex"].isin(SEXES)]
    wide = rows.pivot(index="year", columns="sex", values="value").reindex(columns=list(SEXES))
    wide = wide.dropna()
    return wide[~wide.index.isin(source.years_without_mortality_trend)]
