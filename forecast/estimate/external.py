"""Immigration and emigration by region: a first value and its error, from published fragments.

The press gives arrivals from abroad and departures for some regions, for years, quarters or
months. A fragment becomes a share of the nation; a year without its own fragment takes the mean
share of the nearest years; regions never named share what is left by their population.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from forecast.estimate.source import Source, remembered
from forecast.estimate.tilt import Array

VARIABLES = {"immigration": "external_arrivals", "emigration": "external_departures"}
WHOLE_YEAR = 0.03  # relative error of a published whole year (rounded, preliminary)
PART_YEAR = 0.15
OTHER_YEAR = 0.35
NEVER_NAMED = 0.7
LEAST = 60.0  # persons


def external_by_region(
    source: Source, flow: str, year: int, total: float, people: Array
) -> tuple[Array, Array]:
    """(region,) first values and standard errors of `flow`, persons; the values add up to `total`.

    flow   : immigration or emigration
    people : (region,) population, for regions that are never named
    """
    shares = _shares(source, flow)
    ids = list(source.ids)
    value, error = np.full(len(ids), np.nan), np.full(len(ids), NEVER_NAMED)
    for r, region in enumerate(ids):
        own = shares[shares["region"] == region]
        if own.empty:
            continue
        distance = (own["year"] - year).abs()
        nearest = own[distance == distance.min()]
        best = nearest[nearest["whole"]] if nearest["whole"].any() else nearest
        value[r] = best["share"].mean() * total
        kind = WHOLE_YEAR if best["whole"].all() else PART_YEAR
        error[r] = kind if distance.min() == 0 else OTHER_YEAR
    unnamed = np.isnan(value)
    left = max(total - float(np.nansum(value)), 0.0)
    value[unnamed] = left * people[unnamed] / people[unnamed].sum()
    return value, np.maximum(error * value, LEAST * (error > WHOLE_YEAR) + 1.0)


@remembered
def _shares(source: Source, flow: str) -> pd.DataFrame:
    """Fragments as shares of the nation: region, year, share, whole (a whole year)."""
    table = source.table("figures")
    rows = table[table["variable"] == VARIABLES[flow]].copy()
    rows["year"] = rows["date"].str.slice(0, 4).astype(int)
    rows["part"] = rows["date"].map(_part_of_year)
    events = source.table("vital_events")
    events = events[(events["region"] == source.nation) & (events["event"] == flow)]
    of_year = events.set_index("year")["value"]
    nation = rows[rows["region"] == source.nation].groupby("date")["value"].last()
    regions = rows[rows["region"].isin(source.ids)].copy()
    same_period = regions["date"].map(nation)
    scaled = regions["part"] * regions["year"].map(of_year)
    whole = regions["part"] == 1
    regions["share"] = regions["value"] / np.where(whole | same_period.isna(), scaled, same_period)
    regions["whole"] = whole
    # Of repeated reports of one period the one with most digits is the later, exact one.
    exact = regions["value"].map(lambda count: len(str(int(count)).rstrip("0")))
    regions = regions.assign(exact=exact).sort_values("exact", ascending=False)
    return regions.drop_duplicates(["region", "date"])[["region", "year", "share", "whole"]]


def _part_of_year(date: str) -> float:
    """1 for a year, 0.25 for a quarter, months / 12 for 2023-01/2023-11."""
    if re.fullmatch(r"\d{4}", date):
        return 1.0
    if re.fullmatch(r"\d{4}-Q\d", date):
        return 0.25
    months = re.fullmatch(r"(\d{4})-(\d{2})/\1-(\d{2})", date)
    return (int(months[3]) - int(months[2]) + 1) / 12 if months else np.nan
