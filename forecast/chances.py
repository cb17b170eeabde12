"""Questions to the draws of a run: quantiles, samples, and how likely an event is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, did_you_mean
from forecast.space import Space
from forecast.words import say

QUANTILE_COLUMNS = ("region", "year", "measure", "kind", "quantile", "value", "unit", "status")
AGE_COLUMNS = ("region", "year", "sex", "age", "quantile", "value", "unit", "status")
SAMPLE_COLUMNS = ("measure", "region", "year", "unit", "status")  # and a column for each draw
VARIANCE_COLUMNS = ("region", "year", "component", "measure", "value", "unit", "status")
INTERVAL = (0.1, 0.5, 0.9)  # an 80 % interval around the median


def quantiles(
    frames: Mapping[str, pd.DataFrame],
    space: Space,
    measure: str = "population",
    *,
    region: str | None = None,
    kind: str = "",
    by: str | None = None,
    levels: Sequence[float] | None = None,
) -> pd.DataFrame:
    """A row for each region and year (and sex and age), a column for each quantile.

    Arguments as in `Projection.quantiles`.
    """
    if by not in (None, "age"):
        raise InputError("by", say("'{name}' is no breakdown; known: age", name=by))
    name = "age_quantiles" if by == "age" else "quantiles"
    frame = _drawn(frames[name])
    index = ["region", "year"]
    if by == "age":
        if measure != "population":
            message = say("quantiles by age are kept of the population alone, not of '{name}'",
                          name=measure)  # fmt: skip
            raise InputError("measure", message)
        index = list(AGE_COLUMNS[:4])
    else:
        known = frame["measure"].unique()
        if measure not in known:
            raise InputError("measure", say("no measure '{name}'", name=measure) + "; "
                             + did_you_mean(measure, known))  # fmt: skip
        frame = frame[frame["measure"] == measure]
        kinds = [str(one) for one in frame["kind"].unique()]
        if kind not in kinds and kinds == [""]:
            raise InputError("kind", say("'{measure}' is not kept by kind", measure=measure))
        if kind not in kinds:
            message = say("'{measure}' is kept by kind", measure=measure)
            raise InputError("kind", message + "; " + did_you_mean(kind, kinds))
        frame = frame[frame["kind"] == kind]
    if region is not None:
        frame = frame[frame["region"] == space.place(region)]
    wide = frame.pivot_table(
        index=index, columns="quantile", values="value", sort=False, observed=True
    )
    if levels is not None:
        if isinstance(levels, str | float | int) or not list(levels):
            raise InputError("levels", say("give a list of quantiles, for instance [0.1, 0.9]"))
        missing = [level for level in levels if level not in wide.columns]
        if missing:
            kept = ", ".join(f"{level:g}" for level in wide.columns)
            message = say("no quantile {name}; kept: {names}", name=missing[0], names=kept)
            raise InputError("levels", message)
        wide = wide[list(levels)]
    return wide


def samples(
    frames: Mapping[str, pd.DataFrame], space: Space, measure: str, region: str | None
) -> pd.DataFrame:
    """A row for each year, a column for each draw; without a region, of the nation."""
    frame = _drawn(frames["samples"])
    known = frame["measure"].unique()
    if measure not in known:
        message = say("no draws of '{name}' are kept", name=measure)
        raise InputError("measure", message + "; " + did_you_mean(measure, known))
    wanted = space.nation if region is None else space.place(region)
    rows = frame[(frame["measure"] == measure) & (frame["region"] == wanted)]
    return rows.set_index("year")[draw_columns(frame)]


def draw_columns(frame: pd.DataFrame) -> list[str]:
    """The columns of a table of samples that are draws, in order."""
    return [name for name in frame.columns if name not in SAMPLE_COLUMNS]


def probability(
    values: pd.DataFrame, *, year: int, above: float | None, below: float | None
) -> float:
    """Share of the draws in which a measure of one year is above, below or between bounds."""
    faults = Faults()
    if above is None and below is None:
        faults.add("above, below", say("give a number that the measure is to be above or below"))
    for name, bound in (("above", above), ("below", below)):
        if bound is not None and not (isinstance(bound, int | float) and np.isfinite(bound)):
            faults.add(name, say("'{text}' is not a number", text=bound))
    if not faults and above is not None and below is not None and above >= below:
        faults.add("above, below", say("nothing is above {above:g} and below {below:g}",
                                       above=above, below=below))  # fmt: skip
    if not isinstance(year, int | np.integer) or year not in values.index:
        first, last = int(values.index.min()), int(values.index.max())
        faults.add("year", say("no {year} in the run; it has {first} to {last}",
                               year=year, first=first, last=last))  # fmt: skip
    if faults:
        raise InputError("probability", faults)
    drawn = values.loc[year].to_numpy(dtype=float)
    if np.isnan(drawn).any():
        raise InputError("measure", say("this measure is not kept of the nation; name a region"))
    inside: NDArray[np.bool_] = np.ones(len(drawn), dtype=bool)
    if above is not None:
        inside &= drawn > above
    if below is not None:
        inside &= drawn < below
    return float(inside.mean())


def difference_interval(
    mine: pd.DataFrame, theirs: pd.DataFrame, levels: Sequence[float] = INTERVAL
) -> pd.DataFrame:
    """Quantiles of the difference of two tables of samples, draw by draw: both share their draws.

    Columns region, year, measure and a column for each level. Rows that both tables have.
    """
    keys = ["measure", "region", "year"]
    columns = draw_columns(mine)
    one = mine.set_index(keys)[columns]
    other = theirs.set_index(keys)[columns]
    shared = one.index.intersection(other.index, sort=False)
    difference = one.loc[shared].to_numpy(dtype=float) - other.loc[shared].to_numpy(dtype=float)
    found = pd.DataFrame(index=shared)
    for level in levels:
        found[level] = np.quantile(difference, level, axis=1)
    return found.reset_index()


def _drawn(frame: pd.DataFrame) -> pd.DataFrame:
    if frame.empty:
        cure = say("run the scenario with draws, for instance --draws 500 or draws=500")
        raise InputError("", say("the run has no draws") + "; " + cure)
    return frame
