"""Published crude birth and death rates beside those of the estimate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.estimate.base import Base
from forecast.estimate.build import Estimates
from forecast.estimate.published import EVENT_RATES, average_people, figures, national_events
from forecast.estimate.tilt import Array
from forecast.estimate.vital import fertility_of, mortality_of, total_fertility


def crude_rates(estimates: Estimates) -> pd.DataFrame:
    """Every published crude rate per 1000: region, year, event, published, estimate.

    From the first year of the present regions on: the estimate's events over the mean of its
    two 1 January populations. Before, on the territories of that time: published fertility
    and mortality times the age structure of the first date, at the nation's registered events;
    no registered number of the region goes in. Years before that date are left out.
    """
    base = estimates.base
    rows = []
    for event, variable in EVENT_RATES.items():
        mean = figures(base.source, variable).groupby(["region", "year"])["value"].mean()
        for row in mean.reset_index().to_dict("records"):
            value = _estimate(estimates, row["region"], row["year"], event)
            if value is not None:
                rows.append((row["region"], row["year"], event, row["value"], value))
    return pd.DataFrame(rows, columns=["region", "year", "event", "published", "estimate"])


def _estimate(estimates: Estimates, region: str, year: int, event: str) -> float | None:
    base = estimates.base
    if year in estimates.components:
        events = estimates.components[year][event]
        people = (estimates.population[year] + estimates.population[year + 1]).sum(axis=(0, 1)) / 2
        if region == base.source.nation:
            return float(1000 * events.sum() / people.sum())
        place = base.source.ids.index(region)
        return float(1000 * events[place] / people[place])
    if region in base.regions_then and year >= min(base.national):
        return float(_rates_then(base, year, event)[base.regions_then.index(region)])
    return None


def _rates_then(base: Base, year: int, event: str) -> Array:
    """(region then,) crude rates per 1000 over the published average population."""
    source, regions, people = base.source, base.regions_then, base.structure_then
    average = average_people(source, "total")
    mean = np.array([float(average[region, year]) for region in regions])
    if event == "births":
        pattern = fertility_of(source, year, people[0].sum(axis=1))
        per_person = total_fertility(source, regions, year) * (pattern @ people[0])
    else:
        per_person = (mortality_of(source, regions, year) * people).sum(axis=(0, 1))
    events = per_person * mean / people.sum(axis=(0, 1))
    return 1000 * events * national_events(source, year)[event] / events.sum() / mean
