"""From the draws of a run to the tables of a result: quantiles, samples, shares of the variance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.chances import (
    AGE_COLUMNS,
    QUANTILE_COLUMNS,
    SAMPLE_COLUMNS,
    VARIANCE_COLUMNS,
)
from forecast.ensemble import FLOWS, LEVELS, NEED, RATIOS, STOCKS, Ensemble, quantiles
from forecast.space import AGES, SEXES, Space
from forecast.tables import JOBS, PERSONS, PROJECTED
from forecast.tabulate import PER_HUNDRED
from forecast.words import mark

if TYPE_CHECKING:
    from forecast.infrastructure import Facility
    from forecast.migration.growth_point import GrowthPoint

Array = NDArray[np.float64]

SAMPLED = (*STOCKS, "urban_population", "urban_share", *FLOWS)
PLACE, ARRIVALS, NEEDED = "place_population", "arrivals", "need"
GROSS = ("internal_in", "internal_out")  # as sure as the matrix that they come from
YEARS_OF_LIFE, PERCENT = mark("years"), mark("percent")
MEASURES = {
    "population": mark("population"),
    "natural_increase": mark("natural increase"),
    "internal_in": mark("arrivals from other regions"),
    "internal_out": mark("departures to other regions"),
    "internal_net": mark("net migration inside the country"),
    "growth_point_net": mark("net moves of growth points"),
    "support_net": mark("net moves with support"),
    "external_net": mark("net migration across the border"),
    "urban_population": mark("urban people"),
    "urban_share": mark("urban share"),
    "labour_force": mark("labour force"),
    "labour_deficit": mark("labour deficit"),
    "labour_deficit_higher": mark("labour deficit, higher education"),
    "labour_deficit_tvet": mark("labour deficit, technical and vocational education"),
    "labour_deficit_none": mark("labour deficit, no qualification"),
    "life_expectancy_female": mark("life expectancy of women"),
    "life_expectancy_male": mark("life expectancy of men"),
}


def unit_of(measure: str) -> str:
    """The unit of a measure of the draws."""
    if measure in RATIOS:
        return PER_HUNDRED
    if measure == "urban_share":
        return PERCENT
    if measure.startswith("life_expectancy"):
        return YEARS_OF_LIFE
    return JOBS if measure.startswith("labour_deficit") else PERSONS


def quantile_frame(
    ensemble: Ensemble,
    space: Space,
    years: Sequence[int],
    facilities: Sequence[Facility],
    points: Sequence[GrowthPoint],
    *,
    moves: str = PROJECTED,
) -> pd.DataFrame:
    """Quantiles of every measure by region, the nation among them, and year.

    A stock is of 1 January of `year`, a flow of the calendar year. `kind` names a facility (need)
    or a growth point (place_population, arrivals) and is empty elsewhere. `moves` is the status of
    arrivals from and departures to other regions.
    """
    regions, units = (*space.ids, space.nation), {f.kind: f.unit for f in facilities}
    parts = []
    for name, values in ensemble.series.items():
        kind = name.removeprefix(NEED) if name.startswith(NEED) else ""
        unit = units[kind] if kind else unit_of(name)
        names = {"measure": NEEDED if kind else name, "kind": kind, "unit": unit}
        parts.append(_of_series(quantiles(values.astype(float)), years, regions, names))
    for measure, values in ((PLACE, ensemble.places), (ARRIVALS, ensemble.arrivals)):
        for place, point in enumerate(points):
            one = values[:, place : place + 1].astype(float)
            names = {"measure": measure, "kind": point.id, "unit": PERSONS}
            region = (space.ids[point.region],)
            parts.append(_of_series(quantiles(one), years, region, names))
    whole = pd.concat(parts, ignore_index=True).dropna(subset=["value"])
    status = np.where(whole["measure"].isin(GROSS), moves, PROJECTED)
    return whole.assign(status=status)[list(QUANTILE_COLUMNS)].reset_index(drop=True)


def _of_series(
    values: Array, years: Sequence[int], regions: Sequence[str], names: Mapping[str, Any]
) -> pd.DataFrame:
    """values (quantile, year, region); the years begin with the first of the run."""
    levels, count, places = values.shape
    years = range(years[0], years[0] + count)
    index = pd.MultiIndex.from_product(
        [regions, years, LEVELS], names=["region", "year", "quantile"]
    )
    frame = index.to_frame(index=False)
    ordered = values.transpose(2, 1, 0).reshape(places * count * levels)
    return frame.assign(value=ordered, **names)


def age_quantile_frame(ensemble: Ensemble, space: Space, years: Sequence[int]) -> pd.DataFrame:
    """Quantiles of the population on 1 January by region and nation, year, sex and single age."""
    cells = ensemble.cells  # (year, quantile, sex, age, region)
    regions = (*space.ids, space.nation)
    ordered = np.ascontiguousarray(cells.transpose(4, 0, 2, 3, 1))
    labels = (regions, range(years[0], years[0] + len(cells)), SEXES, AGES, LEVELS)
    codes = [axis.ravel() for axis in np.indices(ordered.shape, dtype=np.int16)]
    region, year, sex, age, level = codes
    return pd.DataFrame({
        "region": _labelled(region, regions),
        "year": (year + years[0]).astype(np.int16),
        "sex": _labelled(sex, SEXES),
        "age": age,
        "quantile": np.asarray(labels[4])[level],
        "value": ordered.ravel(),
        "unit": _labelled(np.zeros_like(age), (PERSONS,)),
        "status": _labelled(np.zeros_like(age), (PROJECTED,)),
    })  # fmt: skip


def _labelled(codes: NDArray[np.int16], labels: Sequence[str]) -> pd.Categorical[str]:
    """A column of words as small numbers, which keeps a million rows light."""
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(labels)))


def sample_frame(
    ensemble: Ensemble, space: Space, years: Sequence[int], *, moves: str = PROJECTED
) -> pd.DataFrame:
    """Every draw of the headline measures: measure, region, year, unit, status, then the draws."""
    parts = []
    for name in (name for name in SAMPLED if name in ensemble.series):
        values = ensemble.series[name]  # (year, region, draw)
        count, places, draws = values.shape
        index = pd.MultiIndex.from_product(
            [(*space.ids, space.nation), range(years[0], years[0] + count)],
            names=["region", "year"],
        )
        flat = values.transpose(1, 0, 2).reshape(places * count, draws)
        frame = pd.DataFrame(flat, columns=[str(number) for number in range(draws)])
        names = index.to_frame(index=False)
        status = moves if name in GROSS else PROJECTED
        names = names.assign(measure=name, unit=unit_of(name), status=status)
        parts.append(pd.concat([names[list(SAMPLE_COLUMNS)], frame], axis=1))
    return pd.concat(parts, ignore_index=True)


def variance_frame(
    runs: Mapping[str, Ensemble], together: Ensemble, space: Space, years: Sequence[int]
) -> pd.DataFrame:
    """How much of the uncertainty of a region's population each component makes.

    runs     : by component, the draws in which it alone is drawn
    together : the same draws with all of them
    Rows: `standard_deviation` in persons of each component and of all together ('all'), and
    `share` in per cent of the sum of the variances of the components. Components act on each
    other little, so the sum is near the variance of all together; how near is told by 'all'.
    """
    alone = {name: _variance(run) for name, run in runs.items()}
    total = sum(alone.values())
    regions = (*space.ids, space.nation)
    rows = []
    for name, values in {**alone, "all": _variance(together)}.items():
        rows.append((name, "standard_deviation", np.sqrt(values), PERSONS))
        with np.errstate(invalid="ignore", divide="ignore"):
            rows.append((name, "share", 100 * values / total, PERCENT))
    parts = []
    for name, measure, values, unit in rows:
        index = pd.MultiIndex.from_product(
            [regions, range(years[0], years[0] + len(values))], names=["region", "year"]
        )
        frame = index.to_frame(index=False)
        parts.append(frame.assign(component=name, measure=measure, value=values.T.ravel(),
                                  unit=unit))  # fmt: skip
    whole = pd.concat(parts, ignore_index=True).dropna(subset=["value"])
    return whole.assign(status=PROJECTED)[list(VARIANCE_COLUMNS)].reset_index(drop=True)


def _variance(run: Ensemble) -> Array:
    """(year, region) variance of the population over the draws."""
    found: Array = run.series["population"].astype(float).var(axis=-1, ddof=1)
    return found


def empty_frames() -> dict[str, pd.DataFrame]:
    """The tables of a run without draws: columns and no rows."""
    columns = {
        "quantiles": QUANTILE_COLUMNS, "age_quantiles": AGE_COLUMNS, "samples": SAMPLE_COLUMNS,
        "variance": VARIANCE_COLUMNS,
    }  # fmt: skip
    return {name: pd.DataFrame(columns=list(names)) for name, names in columns.items()}
