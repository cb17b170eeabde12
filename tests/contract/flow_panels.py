"""Panels of moves that every model of flows is tried on."""

from __future__ import annotations

import numpy as np

from forecast.migration.panel import FlowPanel

NAMES = ("Aral", "Bozok", "Chu", "Dala", "Esil", "Fort")


def panel(
    regions: int = 5,
    years: int = 12,
    *,
    seed: int = 1,
    population: bool = True,
    noise: float = 0.05,
) -> FlowPanel:
    """Made by a gravity law with trends and noise, so that every model has something to find."""
    random = np.random.default_rng(seed)
    size = random.uniform(1e5, 2e6, regions)
    place = random.uniform(0, 1000, (regions, 2))
    km = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    touching = (km < 500).astype(float)
    np.fill_diagonal(touching, 0)
    with np.errstate(divide="ignore"):
        base = 4e-3 * np.sqrt(size[:, None] * size[None]) * km**-0.6 * np.exp(0.5 * touching)
    np.fill_diagonal(base, 0)
    pull = np.exp(random.normal(0, 0.02, (years, regions)).cumsum(axis=0))
    level = np.exp(-0.02 * np.arange(years))
    flows = base * level[:, None, None] * pull[:, None, :]
    flows = flows * np.exp(random.normal(0, noise, flows.shape))
    people = size * 1.01 ** np.arange(years)[:, None]
    income = np.exp(8 + random.normal(0, 0.03, (years, regions)).cumsum(axis=0))
    return FlowPanel(
        NAMES[:regions], tuple(range(2001, 2001 + years)), flows,
        population=people if population else None, distance=km, contiguous=touching,
        drivers={"income": income},
    )  # fmt: skip


def without(found: FlowPanel, **flows) -> FlowPanel:
    """The same panel with other fields."""
    from dataclasses import replace

    return replace(found, **flows)


def empty_origin(found: FlowPanel) -> FlowPanel:
    """Nobody ever leaves the first region."""
    flows = found.flows.copy()
    flows[:, 0] = 0
    return without(found, flows=flows)


def lopsided(kind: str) -> FlowPanel:
    """Panels whose margins leave little room: one region in nearly every move, or all of them."""
    found = panel(regions=3, years=14, noise=0.1, seed=2)
    flows = found.flows.copy()
    if kind == "capital":
        flows[:, 0, 1:] *= 30
        flows[:, 1:, 0] *= 200
    else:
        flows[:, 1, 2] = flows[:, 2, 1] = 0
    return without(found, flows=flows)


def sparse(seed: int = 5) -> FlowPanel:
    """Three pairs of four without a single move, in one direction or in both."""
    found = panel(regions=6, years=12, noise=0.3, seed=seed)
    moved = np.random.default_rng(seed).random((6, 6)) < 0.25
    moved[np.arange(6), (np.arange(6) + 1) % 6] = True  # a way round, so that nobody is cut off
    return without(found, flows=found.flows * moved)


def quiet_year() -> FlowPanel:
    """Nobody was counted in one year in the middle."""
    found = panel(years=13)
    flows = found.flows.copy()
    flows[6] = 0
    return without(found, flows=flows)


PANELS = {
    "twelve years": panel(),
    "no population": panel(population=False),
    "one year": panel(years=1),
    "two years": panel(years=2),
    "nobody leaves a region": empty_origin(panel()),
    "two regions": panel(regions=2),
    "a capital": lopsided("capital"),
    "a hub": lopsided("hub"),
    "sparse": sparse(),
    "a year without moves": quiet_year(),
    "noisy": panel(regions=6, years=10, noise=0.5, seed=3),
    "no distances": without(panel(), distance=None, contiguous=None, drivers={}),
}
