"""Urban and rural people: the urban share of each region carried on, and who lives where.

The share is a fitted model (`forecast.estimate.urban_model`); a run multiplies it with the people
that it projects. It changes nobody's births, deaths or moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.assumptions import Note
from forecast.errors import InputError
from forecast.fitted import TABLE, Fitted, fitted
from forecast.space import Space
from forecast.tables import ESTIMATED, PERSONS, PROJECTED
from forecast.tabulate import tidy
from forecast.words import mark, say
from forecast.words.digits import per_cent

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

Array = NDArray[np.float64]

COMPONENT = mark("urban")
AREAS = {"urban": mark("urban"), "rural": mark("rural")}
PER_HUNDRED = mark("per 100 people")
MEASURES = {"population": mark("population"), "share": mark("share of the population")}
HALF = 0.5  # years from the middle of the last observed year to the 1 January after it


def has_shares(dataset: Dataset) -> bool:
    """Whether the package has a fitted model of the urban share."""
    if not dataset.has(TABLE):
        return False
    return bool((dataset.table(TABLE)["component"] == COMPONENT).any())


def urban_share(dataset: Dataset, years: Sequence[int]) -> Array:
    """(year, region) the share of people in urban settlements on 1 January of `years`, 0 to 1.

    An annual average stands for the middle of its year, so 1 January `y` is y - T - 0.5 years
    after the last observed average, of the year T; the drift of the log-odds is taken that often.

    Raises InputError for a 1 January that is not after T, and where the model is not built.
    """
    model = fitted(dataset, COMPONENT)
    return _share(_odds(model, dataset, years))


def urban_draws(
    dataset: Dataset, years: Sequence[int], generator: np.random.Generator, draws: int
) -> Array:
    """(year, region, draw) urban shares on 1 January, each draw one path.

    years : ascending; the deviation of a path is that of a random walk with an unknown slope:
            variance a h + b h^2 of the log-odds h years after the last observed average, the
            part `together` of it shared by all regions
    The first draws are the same however many are drawn.
    """
    model = fitted(dataset, COMPONENT)
    ahead = np.asarray(years, dtype=float) - _last_year(model) - HALF
    shock, slope = model.number("shock"), model.number("slope")
    common = model.number("together")
    regions = len(dataset.space)
    # (draw, slope first and then the years, region with what all share last)
    normal = generator.standard_normal((draws, 1 + len(ahead), regions + 1))
    mixed = np.sqrt(common) * normal[..., -1:] + np.sqrt(1 - common) * normal[..., :-1]
    steps = np.diff(ahead, prepend=0.0)
    walk = np.cumsum(mixed[:, 1:] * np.sqrt(steps)[:, None], axis=1)
    deviation = shock * walk + slope * mixed[:, :1] * ahead[:, None]  # (draw, year, region)
    drawn = _odds(model, dataset, years) + deviation
    return np.ascontiguousarray(_share(drawn).transpose(1, 2, 0))


def settlement_frame(
    people: Array, shares: Array, space: Space, years: Sequence[int]
) -> pd.DataFrame:
    """Urban and rural people on 1 January by region and for the nation, and their shares.

    people : (year, region) persons on 1 January of `years`, the first the estimated base
    shares : (year, region) urban share, 0 to 1
    Columns region, year, area, measure, value, unit, status. Urban and rural add up to the people.
    """
    urban = people * shares
    both = np.stack([urban, people - urban])  # (area, year, region)
    both = np.concatenate([both, both.sum(axis=2, keepdims=True)], axis=2)
    whole = both.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):  # nobody left: unknown, never 0
        parts = 100 * both / whole
    values = np.stack([both, parts], axis=1)  # (area, measure, year, region)
    frame = tidy(
        np.ascontiguousarray(values.transpose(3, 2, 0, 1)),
        {
            "region": (*space.ids, space.nation),
            "year": tuple(years),
            "area": tuple(AREAS),
            "measure": tuple(MEASURES),
        },
        PERSONS,
    )
    first = frame["year"] == years[0]
    return frame.assign(
        unit=np.where(frame["measure"] == "share", PER_HUNDRED, PERSONS),
        status=np.where(first, ESTIMATED, PROJECTED),
    )


def no_settlement() -> pd.DataFrame:
    """The frame of a package that has no urban share."""
    columns = ["region", "year", "area", "measure", "value", "unit", "status"]
    return pd.DataFrame({name: [] for name in columns}).astype({"value": float})


def settlement_of(dataset: Dataset, people: Array, years: Sequence[int]) -> pd.DataFrame:
    """The settlement frame of a run: people (year, region) times the shares of the package."""
    if not has_shares(dataset):
        return no_settlement()
    return settlement_frame(people, urban_share(dataset, years), dataset.space, years)


def urban_notes(dataset: Dataset) -> tuple[Note, ...]:
    """What the urban share of a run rests on; nothing where the package has no share."""
    if not has_shares(dataset):
        return ()
    model = fitted(dataset, COMPONENT)
    last, share = _last_year(model), model.by_region("share", dataset.space.ids)
    drift = model.by_region("drift", dataset.space.ids)
    mixed = (share > 0) & (share < 1)
    text = say(
        "The urban share of each region starts from the average of {year}; its log-odds go on "
        "changing by the mean of its last yearly changes.", year=last,
    )  # fmt: skip
    if not drift[mixed].any():
        text = say("The urban share of each region stays at the average of {year}.", year=last)
    text += " " + say(
        "No change is taken across a year in which the figures were rebased or settlements were "
        "reclassified, and none of that kind is forecast."
    )
    if (~mixed).any():
        text += " " + say("Regions that are wholly urban or wholly rural stay so.")
    error = _error(dataset)
    if error:
        text += " " + error
    source = say("average population by area")
    return (Note(say("Urban and rural people"), text, source, ESTIMATED),)


def _error(dataset: Dataset) -> str:
    """How far such forecasts missed in the past, at the longest horizon that was tried."""
    name = "estimated/validation"
    if not dataset.has(name):
        return ""
    rows = dataset.table(name)
    rows = rows[
        (rows["component"] == COMPONENT)
        & (rows["measure"] == "mean_absolute_error")
        & (rows["chosen"] == "yes")
    ]
    if rows.empty:
        return ""
    worst = rows.sort_values("last").iloc[-1]
    return say(
        "Such forecasts missed by {error} of the population on average {first} to {last} years "
        "ahead.",
        error=per_cent(float(worst["value"])), first=int(worst["first"]), last=int(worst["last"]),
    )  # fmt: skip


def _odds(model: Fitted, dataset: Dataset, years: Sequence[int]) -> Array:
    """(year, region) log(urban / rural) on 1 January; infinite where a region is wholly urban."""
    ids = dataset.space.ids
    share, drift = model.by_region("share", ids), model.by_region("drift", ids)
    last = _last_year(model)
    ahead = np.asarray(years, dtype=float) - last - HALF
    early = [str(year) for year in years if year <= last]
    if early:
        message = say("the urban share is observed until {last}; no forecast of {years}",
                      last=last, years=", ".join(early[:3]))  # fmt: skip
        raise InputError("years", message)
    damping = model.number("damping")
    with np.errstate(divide="ignore"):
        start = np.log(share) - np.log(1 - share)
    times = ahead if damping == 1.0 else damping * (1 - damping**ahead) / (1 - damping)
    odds: Array = start + times[:, None] * drift
    return odds


def _last_year(model: Fitted) -> int:
    return model.years("share")[-1]


def _share(odds: Array) -> Array:
    """The share of log-odds, without overflow at either end."""
    with np.errstate(over="ignore"):
        share: Array = 1 / (1 + np.exp(-odds))
    return share
