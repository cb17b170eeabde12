"""The nation's total fertility year by year, and the United Nations revisions usable at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from forecast.errors import InputError
from forecast.estimate.source import Source
from forecast.estimate.tilt import Array
from forecast.words import say

START = 2000  # first year of the series: registered births begin here
FEWEST_YEARS = 5
UN_SEEN = 2  # the last year whose births a revision has seen is two before its own
PUBLISHED = "official total fertility"


class History(NamedTuple):
    """(year,) national TFR without gap, the splice errors (log) and the words on its source."""

    years: Array
    tfr: Array
    errors: dict[str, float]
    source: str


def national_history(source: Source) -> History:
    """The official series, before it the United Nations one at the official level.

    Two series could stand before the official one: the UN TFR, or the TFR of registered births
    (registered births over UN women at the UN age pattern, that is the UN TFR times registered
    over UN births). Both are scaled to the official series where they overlap, in years that
    the revision has seen; the one whose yearly differences to it scatter less is used.
    Registered births of the early years also miss those that the UN adds back, so they would
    overstate the rise.
    """
    table = source.table("tfr")
    rows = table[(table["region"] == source.nation) & (table["year"] <= source.until)]
    official = rows.set_index("year")["value"].sort_index()
    un = un_measure(source, "tfr", revision_of(source)).loc[START : source.until]
    events = source.table("vital_events")
    births = events[(events["region"] == source.nation) & (events["event"] == "births")]
    counted = births.set_index("year")["value"].sort_index().loc[START : source.until]
    by_births = (un * counted / un_measure(source, "births", revision_of(source))).dropna()
    errors = {}
    before = {"splice_error": un, "splice_error_births": by_births}
    for name, other in before.items():
        ratio = (official.where(official > 0) / other).dropna()
        difference = ratio.map(np.log).loc[: revision_of(source) - UN_SEEN]
        if len(difference) > 2:
            errors[name] = float(difference.diff().std())
    series, words = official, PUBLISHED
    if len(official):
        first = int(official.index.min())
        if first in un.index:
            best = min(errors, key=lambda name: errors[name]) if errors else "splice_error"
            chosen = before[best]
            scaled = chosen.loc[: first - 1] * official[first] / chosen[first]
            series = pd.concat([scaled, official])
            what = "UN" if best == "splice_error" else "registered births over UN women"
            words = f"{PUBLISHED}; before {first} {what}, scaled to it"
    elif len(un):
        series, words = un, "UN; no official rates"
    return History(*_without_gap(series), errors, words)


def _without_gap(series: pd.Series) -> tuple[Array, Array]:
    years = [int(year) for year in series.index]
    if len(years) < FEWEST_YEARS:
        message = say(
            "{found} years of the nation's total fertility rate, at least {least} are needed",
            found=len(years), least=FEWEST_YEARS,
        )  # fmt: skip
        raise InputError("tfr", message)
    missing = sorted(set(range(years[0], years[-1] + 1)) - set(years))
    if missing:
        message = say(
            "the nation's total fertility rate has no value for {years}",
            years=", ".join(str(year) for year in missing[:5]),
        )  # fmt: skip
        raise InputError("tfr", message)
    values = series.to_numpy(dtype=float)
    if not (values > 0).all():
        year = years[int(np.argmin(values > 0))]
        message = say("the nation's total fertility rate of {year} is not above zero", year=year)
        raise InputError("tfr", message)
    return np.array(years), values


def revision_of(source: Source) -> int:
    """The latest UN revision that was printed when the source ends, else the oldest one.

    Only its years up to the end of the source are used then.
    """
    revisions = sorted(int(year) for year in source.table("un_indicators")["revision"].unique())
    printed = [year for year in revisions if year <= source.until]
    return printed[-1] if printed else revisions[0]


def un_measure(source: Source, measure: str, revision: int) -> pd.Series:
    table = source.table("un_indicators")
    rows = table[(table["revision"] == revision) & (table["measure"] == measure)]
    return rows.set_index("year")["value"].sort_index().astype(float)


def un_path(source: Source) -> pd.Series:
    """UN medium TFR from the last year on; empty where no revision was printed by then."""
    revision = revision_of(source)
    if revision > source.until:
        return pd.Series(dtype=float)
    return un_measure(source, "tfr", revision).loc[source.until :]
