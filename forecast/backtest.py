"""How the whole forecast would have done: made again at earlier dates and held against what came.

Everything is estimated anew from data dated before the origin (`estimate.asof`), models and
intervals included, and carried to the base year by the same pass as any run. Beside it stand
forecasts that anybody could make: a table that does not beat them says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.baseline import assume, population_on
from forecast.draws import Draws
from forecast.ensemble import Setting, quantiles, run_draws
from forecast.estimate.asof import dataset_as_of
from forecast.labour import LabourBase, calibrate_labour
from forecast.relocation import Surroundings
from forecast.simulate import Simulation, simulate
from forecast.uncertain import draw_deviations
from forecast.words import mark, say
from forecast.words.digits import per_cent

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario.schema import Uncertainties

Array = NDArray[np.float64]

FORECAST = "forecast"
NAIVE = {
    "persistence": mark("growth of the last year goes on"),
    "linear": mark("straight line through the years since the last break"),
    "no_change": mark("no change"),
    "un_growth": mark("growth of the nation by the UN for every region"),
}
INTERVALS = {80: (0.1, 0.9), 95: (0.025, 0.975)}
DRAWS = 400


@dataclass(frozen=True)
class Backtest:
    """A forecast from one origin beside what came; regions first, the nation in the last row.

    years    : 1 Januaries that were forecast
    observed : (region, year) persons
    paths    : {forecast and naive ways: (region, year)}
    bounds   : {per cent: (low, high) each (region, year)}
    events   : national births and deaths: rows event, year, registered, forecast, low, high (80 %)
    """

    origin: int
    regions: tuple[str, ...]
    years: tuple[int, ...]
    observed: Array
    paths: dict[str, Array]
    bounds: dict[int, tuple[Array, Array]]
    events: pd.DataFrame

    @property
    def region_years(self) -> int:
        """How many held-out numbers of regions there are."""
        return int(self.observed[:-1].size)

    def error(self, way: str) -> Array:
        """(region, year) relative error of one way: forecast / observed - 1."""
        errors: Array = self.paths[way] / self.observed - 1
        return errors

    def mean_error(self, way: str, *, last: bool = True) -> float:
        """Mean absolute relative error of the regions, in the last year or in all of them."""
        errors = np.abs(self.error(way)[:-1])
        return float(errors[:, -1].mean() if last else errors.mean())

    def coverage(self, level: int) -> float:
        """Share of the region-years inside the interval of `level` per cent."""
        low, high = self.bounds[level]
        inside = (self.observed >= low) & (self.observed <= high)
        return float(inside[:-1].mean())

    def frame(self) -> pd.DataFrame:
        """Tidy: origin, region, year, observed, every way, bounds of the intervals, persons."""
        index = pd.MultiIndex.from_product([self.regions, self.years], names=["region", "year"])
        columns = {"observed": self.observed, **self.paths}
        for level, (low, high) in self.bounds.items():
            columns |= {f"low_{level}": low, f"high_{level}": high}
        values = {name: table.ravel() for name, table in columns.items()}
        frame = pd.DataFrame(values, index=index).reset_index()
        frame.insert(0, "origin", self.origin)
        return frame


def backtest(dataset: Dataset, origin: int, *, draws: Draws | None = None) -> Backtest:
    """The forecast from 1 January `origin` to the base year of the package.

    Raises InputError for a date from which nothing can be forecast.
    """
    from forecast.scenario.schema import Uncertainties  # late: it brings pydantic

    then = dataset_as_of(dataset, origin)
    years = tuple(range(origin, dataset.base_year))
    drawn = draws or Draws(DRAWS)
    simulation, low_high, events = _forecast(dataset, then, years, drawn, Uncertainties())
    stocks = simulation.population[1:, ..., 0].sum(axis=(1, 2)).T  # (region, year)
    observed = _observed(dataset)
    came = np.stack([observed[year + 1] for year in years], axis=1)
    paths = {FORECAST: stocks, **_naive(then, observed, years)}
    return Backtest(
        origin=origin,
        regions=(*dataset.space.ids, dataset.nation),
        years=tuple(year + 1 for year in years),
        observed=_with_nation(came),
        paths={name: _with_nation(path) for name, path in paths.items()},
        bounds=low_high,
        events=_events(dataset, simulation, events),
    )


def _forecast(
    dataset: Dataset,
    then: Dataset,
    years: tuple[int, ...],
    draws: Draws,
    uncertainties: Uncertainties,
) -> tuple[Simulation, dict[int, tuple[Array, Array]], dict[str, Array]]:
    """The central path, bounds of the population, and draws of national births and deaths."""
    assumptions = assume(then, years, uncertainties)
    labour = dataset.once("labour", lambda: _labour(dataset))
    around = Surroundings(np.zeros(dataset.space.shape))
    simulation = simulate(assumptions, (), labour, around)
    deviations = draw_deviations(then, assumptions, draws, level="drawn")
    setting = Setting(assumptions, labour, around, ())
    ensemble = run_draws(setting, (), deviations, cells=False, workers=2)
    people_drawn = ensemble.series["population"][1:].astype(float)
    bounds = {}
    for level, ends in INTERVALS.items():
        low, high = quantiles(people_drawn, ends)
        bounds[level] = (low.T, high.T)
    events = {name: ensemble.series[name][:, -1].astype(float) for name in ("births", "deaths")}
    return simulation, bounds, events


def _labour(dataset: Dataset) -> LabourBase:
    """The labour balance of the present: the pass wants one, no number of a backtest is of it."""
    stocks = sorted(int(year) for year in dataset.table("estimated/population")["year"].unique())
    people = {year: population_on(dataset, year) for year in stocks}
    return calibrate_labour(dataset, dataset.space, people)


def _observed(dataset: Dataset) -> dict[int, Array]:
    """(region,) published persons on every 1 January of the present regions."""
    table = dataset.table("population")
    rows = table[table["region"].isin(dataset.space.ids)]
    wide = rows.groupby(["year", "region"])["value"].sum().unstack("region")
    ordered = wide[list(dataset.space.ids)]
    return {int(str(year)): row.to_numpy(dtype=float) for year, row in ordered.iterrows()}


def _naive(then: Dataset, observed: dict[int, Array], years: tuple[int, ...]) -> dict[str, Array]:
    """Ways that need no model, from what was known on the origin."""
    origin = years[0]
    opening = observed[origin]
    ahead = np.arange(1, len(years) + 1)
    factor = _last_growth(then, observed, origin)
    stocks = [observed[year] for year in sorted(observed) if year <= origin]
    step = (
        (stocks[-1] - stocks[0]) / (len(stocks) - 1) if len(stocks) > 1 else opening * (factor - 1)
    )
    nation = _un_growth(then, years)
    return {
        "persistence": opening[:, None] * factor[:, None] ** ahead,
        "linear": opening[:, None] + step[:, None] * ahead,
        "no_change": np.repeat(opening[:, None], len(ahead), axis=1),
        "un_growth": opening[:, None] * nation,
    }


def _last_growth(then: Dataset, observed: dict[int, Array], origin: int) -> Array:
    """(region,) growth factor of the last year before the origin, on one series.

    Where the series of today begins with the origin, the annual averages of the two years
    before it, on the same territories.
    """
    if origin - 1 in observed:
        return observed[origin] / observed[origin - 1]
    table = then.table("population_average")
    rows = table[(table["area"] == "total") & (table["sex"] == "total")]
    wide = rows.pivot(index="region", columns="year", values="value").loc[list(then.space.ids)]
    growth: Array = (wide[origin - 1] / wide[origin - 2]).to_numpy(dtype=float)
    return growth


def _un_growth(then: Dataset, years: tuple[int, ...]) -> Array:
    """(year,) growth of the nation since the origin by the UN revision that was out then.

    Before any revision of the package was out, its oldest one: the naive way is then helped.
    """
    table = then.table("un_indicators")
    released = table["revision"].max()
    rows = table[(table["revision"] == released) & (table["measure"] == "growth_rate")]
    rate = rows.set_index("year")["value"].loc[list(years)].to_numpy(dtype=float)
    return np.cumprod(1 + rate / 100)


def _events(dataset: Dataset, simulation: Simulation, drawn: dict[str, Array]) -> pd.DataFrame:
    """National births and deaths of each year beside those registered."""
    table = dataset.table("vital_events")
    nation = table[table["region"] == dataset.nation].set_index(["event", "year"])["value"]
    rows = []
    for event, draws in drawn.items():
        for number, year in enumerate(simulation.years):
            change = simulation.changes[number]
            value = float((change.births if event == "births" else change.deaths).sum())
            low, high = np.quantile(draws[number], [0.1, 0.9])
            rows.append((simulation.years[0], event, year, float(nation[event, year]), value,
                         float(low), float(high)))  # fmt: skip
    columns = ["origin", "event", "year", "registered", "forecast", "low_80", "high_80"]
    return pd.DataFrame(rows, columns=columns)


def _with_nation(values: Array) -> Array:
    return np.concatenate([values, values.sum(axis=0, keepdims=True)])


def summary_of(tests: Sequence[Backtest]) -> pd.DataFrame:
    """Errors and coverage of every origin: origin, way, year, mean absolute error, coverage."""
    rows: list[dict[str, object]] = []
    for test in tests:
        for way in (FORECAST, *NAIVE):
            row: dict[str, object] = {
                "origin": test.origin, "way": way,
                "mean_absolute_error": test.mean_error(way),
                "mean_absolute_error_all_years": test.mean_error(way, last=False),
                "nation_error": float(test.error(way)[-1, -1]),
                "region_years": test.region_years,
            }  # fmt: skip
            for level in INTERVALS:
                row[f"coverage_{level}"] = test.coverage(level) if way == FORECAST else np.nan
            rows.append(row)
    return pd.DataFrame(rows)


def verdict(test: Backtest) -> str:
    """Whether the forecast beats every naive way at the last year; where not, and why."""
    own = test.mean_error(FORECAST)
    better = [say(words) for way, words in NAIVE.items() if test.mean_error(way) <= own]
    if not better:
        return say("The forecast is nearer than every naive way.")
    births = test.events[test.events["event"] == "births"]
    missed = float(births["forecast"].sum() / births["registered"].sum() - 1)
    text = say("The forecast is not nearer than: {ways}.", ways="; ".join(better))
    return text + " " + say(
        "It expected {births} births against those registered; a turn of fertility is not "
        "foreseen by its own past.",
        births=per_cent(100 * missed, 1, signed=True),
    )  # fmt: skip
