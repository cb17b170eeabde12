"""How the net migration of regions moves from year to year, and how well it is foreseen.

Of a region only its growth is published over many years, so what is modelled is the growth
rate of the region less that of the nation: births and deaths change it slowly, so its changes
are changes of net migration. It is nearly a random walk with sizes of step that differ between
regions by ten to one; part of the steps is common (years in which everybody moves more). Two
years of a pair between which the series was not rebased are never compared.

Parameters, all per year: `sigma` by region, standard deviation of the steps of the net rate
(share of the population) after the common part; `rho`, how much of a deviation is left a year
later; `common_sigma` and `common_rho`, the same for the factor by which all nets are multiplied
(log); `gross` by region, mean of arrivals and departures over the population; `gross_low` and
`gross_high`, how far the level of all moves may lie from the one that is assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.errors import InputError
from forecast.estimate.models import Model, Parameter, Score
from forecast.estimate.source import Source
from forecast.estimate.tilt import Array
from forecast.words import say

if TYPE_CHECKING:
    from forecast.estimate.build import Estimates

TABLE = "population_average"
LEAST_YEARS = 5
HISTORY = 3  # years of growth that a forecast from an origin may look back on
PRIOR_STEPS = 6  # steps whose worth the pooled size of step has beside a region's own
BANDS = ((1, 2), (3, 5), (6, 10))
# A unit root cannot be told from .98 over six years, and would send regions anywhere in fifty.
PERSISTENCE = np.arange(0.70, 0.985, 0.01)
COMMON_PERSISTENCE = 0.9  # waves of moving (2016-2018) went back within some years; assumption
MEAN_OF_ABSOLUTE = np.sqrt(2 / np.pi)  # of a standard normal number
NORMAL = {"coverage_80": 1.2816, "coverage_95": 1.9600}


def fit_internal(estimates: Estimates) -> Model:
    """Size and persistence of what moves the net migration of the regions."""
    source = estimates.base.source
    deviation, weight = _deviations(source)
    common = _common_steps(deviation, weight)
    steps = _own_steps(deviation, common)
    sigma = _sizes(steps)
    errors = _errors(deviation)
    rho = _persistence(errors, sigma)
    origin = "growth of regions less the nation's, annual averages"
    parameters = [
        Parameter("sigma", float(size), "share", origin, region=region)
        for region, size in zip(source.ids, sigma, strict=True)
    ]
    parameters += [
        Parameter("rho", rho, "share", f"{origin}; growth of forecast errors with the horizon"),
        Parameter("common_sigma", float(np.std(common)) if len(common) else 0.0, "log per year",
                  f"{origin}; slope of a year on the year before"),
        Parameter("common_rho", COMMON_PERSISTENCE, "share",
                  "assumption: waves of moving go back within some years"),
    ]  # fmt: skip
    parameters += [
        Parameter("gross", float(rate), "share", "estimated moves of the last year", region=region)
        for region, rate in zip(source.ids, _gross(estimates), strict=True)
    ]
    return Model([*parameters, *_gross_levels(source)], _scores(errors, sigma, rho))


def _gross_levels(source: Source) -> list[Parameter]:
    """Lowest and highest level of all moves between regions, 1 being the central one."""
    share = source.choices["inter_regional_share"]
    text = "assumption: share of registered moves that crosses a border, {:g} to {:g}"
    origin = text.format(share["low"], share["high"])
    return [
        Parameter(f"gross_{name}", float(share[name] / share["central"]), "times", origin)
        for name in ("low", "high")
    ]


def _gross(estimates: Estimates) -> Array:
    """(region,) mean of arrivals and departures of the last year over the population."""
    year = max(estimates.flows)
    stock = estimates.population.get(year, estimates.population[year + 1])
    flows, people = estimates.flows[year], stock.sum(axis=(0, 1))
    return (flows.sum(axis=0) + flows.sum(axis=1)) / 2 / people


def _deviations(source: Source) -> tuple[pd.DataFrame, Array]:
    """(year, region) growth rate less the nation's, NaN across a break, and weights of regions.

    Raises InputError when a region lacks a year, or when too few years are there.
    """
    table = source.table(TABLE)
    rows = table[(table["area"] == "total") & (table["sex"] == "total")]
    people = rows[rows["year"] <= source.until].pivot(
        index="year", columns="region", values="value"
    )
    people = people.reindex(columns=[*source.ids, source.nation])
    years = range(int(people.index.min()), int(people.index.max()) + 1)
    people = people.reindex(years)
    for region in people.columns[people.isna().any()]:
        gaps = ", ".join(str(year) for year in people.index[people[region].isna()])
        message = say("no average population of {region} in {years}", region=region, years=gaps)
        raise InputError(TABLE, message + "; " + say("a series must not have a gap"))
    if len(people) < LEAST_YEARS + 1:
        message = say("{n} years of growth; {least} are needed", n=len(people) - 1,
                      least=LEAST_YEARS)  # fmt: skip
        raise InputError(TABLE, message)
    growth = people.map(np.log).diff()
    for _, after in breaks_of(source, TABLE):
        if after in growth.index:
            growth.loc[after] = np.nan
    weight = np.sqrt(people[list(source.ids)].iloc[-1].to_numpy(dtype=float))
    return growth[list(source.ids)].sub(growth[source.nation], axis=0), weight


def breaks_of(source: Source, table: str) -> list[tuple[int, int]]:
    """Pairs of years between which a whole table was not rebased."""
    found = []
    for entry in source.dataset.country.get("breaks", ()):
        if f"observed/{table}" in entry["tables"] and "where" not in entry:
            first, second = entry["between"]
            found.append((int(first), int(second)))
    return found


def _common_steps(deviation: pd.DataFrame, weight: Array) -> Array:
    """(step,) log of the slope of each year's deviations on those of the year before."""
    found = []
    values = deviation.to_numpy()
    for before, after in zip(values[:-1], values[1:], strict=True):
        if not np.isnan(before + after).any():
            slope = (weight * before * after).sum() / (weight * before * before).sum()
            found.append(np.log(max(slope, 0.1)))
    return np.asarray(found)


def _own_steps(deviation: pd.DataFrame, common: Array) -> Array:
    """(step, region) what is left of the steps after the common part."""
    values, left, number = deviation.to_numpy(), [], 0
    for before, after in zip(values[:-1], values[1:], strict=True):
        if not np.isnan(before + after).any():
            left.append(after - before * np.exp(common[number]))
            number += 1
    return np.stack(left)


def _sizes(steps: Array) -> Array:
    """(region,) standard deviation of the steps, drawn towards the usual size of a region.

    The usual size is that of the median region, so that one restless city does not make all
    others look restless.
    """
    own = np.square(steps).mean(axis=0)
    usual = float(np.median(own))
    count = len(steps)
    sizes: Array = np.sqrt((count * own + PRIOR_STEPS * usual) / (count + PRIOR_STEPS))
    return sizes


def _errors(deviation: pd.DataFrame) -> dict[tuple[str, int], Array]:
    """{(candidate, years ahead): (forecast, region) error of the growth since the origin}."""
    found: dict[tuple[str, int], list[Array]] = {}
    values = deviation.to_numpy()
    for origin in range(HISTORY - 1, len(values) - 1):
        past = values[origin - HISTORY + 1 : origin + 1]
        if np.isnan(past).any():
            continue
        last, mean = past[-1], past.mean(axis=0)
        levels = {
            "last value": last,
            "mean of three years": mean,
            "last value and mean, half each": (last + mean) / 2,
            "no change": 0 * last,
        }
        for ahead in range(1, len(values) - origin):
            came = values[origin + 1 : origin + 1 + ahead]
            if np.isnan(came).any():
                break
            for name, level in levels.items():
                error = came.sum(axis=0) - ahead * level
                found.setdefault((name, ahead), []).append(error)
    return {key: np.stack(errors) for key, errors in found.items()}


def growth_sd(sigma: Array, rho: float, ahead: int) -> Array:
    """(region,) standard deviation of the growth over `ahead` years of an AR(1) net rate."""
    reach = np.array([sum(rho**k for k in range(left)) for left in range(ahead, 0, -1)])
    deviations: Array = sigma * np.sqrt(np.square(reach).sum())
    return deviations


def _persistence(errors: dict[tuple[str, int], Array], sigma: Array) -> float:
    """The persistence under which errors of 'last value' grow with the horizon as they did."""
    horizons = sorted(ahead for name, ahead in errors if name == "last value" and ahead <= 6)
    if len(horizons) < 3:
        return float(PERSISTENCE[-1])
    seen = np.array([np.abs(errors["last value", h] / sigma).mean() for h in horizons])
    misses = []
    for rho in PERSISTENCE:
        expected = [MEAN_OF_ABSOLUTE * growth_sd(np.ones(1), rho, h)[0] for h in horizons]
        scale = seen[0] / expected[0]
        misses.append(np.abs(np.log(seen / (scale * np.asarray(expected)))).sum())
    return float(round(PERSISTENCE[int(np.argmin(misses))], 2))


def _scores(errors: dict[tuple[str, int], Array], sigma: Array, rho: float) -> list[Score]:
    scores = []
    for first, last in BANDS:
        of_band = {
            name: [errors[name, h] for h in range(first, last + 1) if (name, h) in errors]
            for name in dict.fromkeys(name for name, _ in errors)
        }
        for name, parts in of_band.items():
            if not parts:
                continue
            together = np.concatenate(parts)
            count, chosen = together.size, name == "last value"
            text = "growth of regions less the nation's, cumulated, from every origin"
            scores.append(
                Score(
                    name,
                    first,
                    last,
                    count,
                    "mean_absolute_error",
                    chosen,
                    100 * float(np.abs(together).mean()),
                    "percent",
                    text,
                )
            )
            if not chosen:
                continue
            for measure, reach in NORMAL.items():
                inside = [
                    np.abs(errors[name, h]) <= reach * growth_sd(sigma, rho, h)
                    for h in range(first, last + 1) if (name, h) in errors
                ]  # fmt: skip
                share = float(np.concatenate(inside).mean())
                scores.append(Score(name, first, last, count, measure, True, share, "share", text))
    return scores
