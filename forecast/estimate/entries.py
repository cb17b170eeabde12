"""First values and errors of the accounts of a year, from what is published of it by region."""

from __future__ import annotations

import numpy as np

from forecast.estimate.accounts import ENTRIES, Accounts
from forecast.estimate.external import external_by_region
from forecast.estimate.published import known_events, national_events
from forecast.estimate.source import Source
from forecast.estimate.tilt import Array

NATURAL_ERROR = 0.02  # of births: natural increase added up from districts, some missing
ROUNDED_NET, UNKNOWN_NET = 300.0, 1e5  # persons; an unknown net follows from the balance


def first_accounts(
    source: Source,
    calendar: int,
    modelled: tuple[Array, Array],
    errors: tuple[float, float],
    totals: tuple[Array, Array],
) -> Accounts:
    """The accounts of a calendar year before they are balanced.

    modelled : (region,) births and deaths by the region's rates and people; scaled to the
               nation's registered numbers, and replaced where the region's are published
    errors   : relative errors of both
    totals   : (sex, region) persons on 1 January of the year and of the next
    """
    events = national_events(source, calendar)
    people = totals[0].sum(axis=0)
    values = np.zeros((len(ENTRIES), len(people)))
    sigma = np.zeros_like(values)
    for entry, name in enumerate(("births", "deaths")):
        values[entry] = modelled[entry] * events[name] / modelled[entry].sum()
        sigma[entry] = errors[entry] * values[entry]
        known = known_events(source, name)
        for row in known[known["year"] == calendar].to_dict("records"):
            if row["region"] in source.ids:
                place = source.ids.index(row["region"])
                values[entry, place], sigma[entry, place] = row["value"], row["error"]
    for entry, name in ((2, "immigration"), (3, "emigration")):
        flow = external_by_region(source, name, calendar, events[name], people)
        values[entry], sigma[entry] = flow
    values[4], sigma[4] = _known_nets(source, calendar)
    return Accounts(
        values=values,
        sigma=sigma,
        totals=np.array([*(events[name] for name in ENTRIES[:4]), 0.0]),
        growth=totals[1].sum(axis=0) - people,
        natural=_known_natural(source, calendar),
        natural_sigma=NATURAL_ERROR * values[0],
    )


def _known_nets(source: Source, calendar: int) -> tuple[Array, Array]:
    """(region,) published net internal migration and its error."""
    moves = source.table("internal_migration")
    rows = moves[(moves["year"] == calendar) & (moves["measure"] == "net")]
    value, error = np.zeros(len(source.ids)), np.full(len(source.ids), UNKNOWN_NET)
    for row in rows.to_dict("records"):
        place = source.ids.index(row["region"])
        value[place] = row["value"]
        error[place] = ROUNDED_NET if "rounded" in str(row["note"]) else 0.0
    return value, error


def _known_natural(source: Source, calendar: int) -> Array:
    """(region,) published natural increase, NaN where there is none."""
    table = source.table("natural_increase")
    value = np.full(len(source.ids), np.nan)
    for row in table[table["year"] == calendar].to_dict("records"):
        if row["region"] in source.ids:
            value[source.ids.index(row["region"])] = row["value"]
    return value
