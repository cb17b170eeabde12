"""Draws of the base population: what is not known of the ages of the people who are counted.

The number of women and men of every region is published, their ages are estimated. A draw
multiplies the ages of each region by exp of a few smooth curves with normal heights, and the
nation's ages by a little noise of their own; then both are brought to the region's totals, which
every draw keeps. How high the curves go is fitted when the estimates are built
(`forecast.estimate.base_error`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecast.fitted import fitted
from forecast.space import AGES
from forecast.tables import Population

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

Array = NDArray[np.float64]

AGE = np.asarray(AGES, dtype=float)
CURVES = {
    "sd_children": np.interp(AGE, [0, 3, 14, 19], [0.6, 1, 1, 0]),
    "sd_fertile": np.exp(-0.5 * ((AGE - 28) / 8) ** 2),
    "sd_slope": np.clip((AGE - 45) / 20, -1, 1),
    "sd_old": np.clip((AGE - 58) / 12, 0, 1),
}  # parameter: (age,) log factor of one standard deviation, times the parameter
NATION = "sd_nation"
ROUNDS = 2  # of raking to the nation's ages and the regions' totals; the last word is the regions'


def base_draws(dataset: Dataset, generator: np.random.Generator, draws: int) -> Array:
    """(sex, age, region, draw) persons on 1 January of the base year.

    Sums over ages are the published totals in every draw. A table of official ages in place of
    the estimate is known: its draws are all the same. The first draws do not depend on how many
    follow: each takes its normals in one piece.
    """
    frame = dataset.table("estimated/population")
    frame = frame[frame["year"] == dataset.base_year]
    people = Population.from_frame(frame, dataset.space, source="estimated/population.csv").values
    if (frame["status"] == "observed").all():
        return np.repeat(people[..., np.newaxis], draws, axis=3)
    model, regions = fitted(dataset, "base"), dataset.space.ids
    spread = np.stack([model.by_region(name, regions) for name in CURVES])
    rows = model.rows[model.rows["parameter"] == NATION].sort_values("age")
    nodes, of_nation = rows["age"].to_numpy(dtype=float), rows["value"].to_numpy(dtype=float)
    normals = generator.standard_normal((draws, spread.size + 2 * len(nodes)))
    heights = normals[:, : spread.size].reshape(draws, *spread.shape) * spread
    noise = normals[:, spread.size :].reshape(draws, 2, len(nodes)) * of_nation
    roofs = np.stack([np.interp(AGE, nodes, row) for row in np.eye(len(nodes))])
    return _drawn(people, heights, np.exp(np.einsum("dsn,na->sad", noise, roofs)))


def _drawn(people: Array, heights: Array, nation: Array) -> Array:
    """People times their curves, raked to the nation's drawn ages and the regions' totals.

    people  : (sex, age, region)
    heights : (draw, curve, region) log factors
    nation  : (sex, age, draw) factors of the nation's people
    """
    draws = len(heights)
    shapes = np.stack(list(CURVES.values()))
    logs = shapes.T @ heights.transpose(1, 2, 0).reshape(len(shapes), -1)
    factors = np.exp(logs).reshape(len(AGES), people.shape[2], draws)
    drawn: Array = people[..., np.newaxis] * factors
    totals = people.sum(axis=1)
    ages = people.sum(axis=2)[..., np.newaxis] * nation
    for _ in range(ROUNDS):
        drawn *= (ages / np.maximum(drawn.sum(axis=2), 1e-9))[:, :, np.newaxis]
        drawn *= (totals[..., np.newaxis] / drawn.sum(axis=1))[:, np.newaxis]
    return drawn
