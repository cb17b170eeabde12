"""What the needs of infrastructure assume, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.assumptions import Note
from forecast.infrastructure.facilities import Facility
from forecast.infrastructure.needs import stocks
from forecast.space import Space
from forecast.words import say


def infrastructure_notes(
    facilities: Sequence[Facility], capacities: pd.DataFrame, space: Space, base_year: int
) -> tuple[Note, ...]:
    """Notes on needs, stock and costs of a run, in the language of now."""
    held, _ = stocks(capacities, facilities, space, base_year)
    known = ~np.isnan(held)
    unknown = [f.name for f, row in zip(facilities, known, strict=True) if not row.any()]
    nation_only = [
        f.name for f, row in zip(facilities, known, strict=True) if row[-1] and not row[:-1].any()
    ]
    partly = [
        f"{f.name} ({row[:-1].sum()}/{len(space)})"
        for f, row in zip(facilities, known, strict=True)
        if row[:-1].any() and not row[:-1].all()
    ]
    unpriced = [f.name for f in facilities if np.isnan(f.cost).all()]
    needs = say(
        "Needs follow the norms of norms/facilities.csv, which do not change; added need counts "
        "from 1 January {year}.", year=base_year,
    )  # fmt: skip
    stock = say("The stock stays as last published: nothing is built and nothing falls out of use.")
    if unknown:
        stock += " " + say("Not published at all: {kinds}.", kinds=", ".join(unknown))
    if nation_only:
        stock += " " + say("Published for the nation alone: {kinds}.", kinds=", ".join(nation_only))
    if partly:
        stock += " " + say("Published for some regions only: {kinds}.", kinds=", ".join(partly))
    notes = [
        Note(say("Infrastructure need"), needs, "norms/facilities.csv", "assumption"),
        Note(say("Stock of facilities"), stock, "norms/capacities.csv", "assumption"),
    ]
    if unpriced:
        cost = say("Unit costs are not known for: {kinds}.", kinds=", ".join(unpriced))
        notes.append(Note(say("Costs"), cost, "norms/facilities.csv", "assumption"))
    return tuple(notes)
