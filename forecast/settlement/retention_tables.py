"""The stay of settlers as tables: by region, support and the like; small cells are not shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.settlement.records import SMALL, suppressed
from forecast.settlement.retention import CUTS, TERM, Curve, kaplan_meier

Array = NDArray[np.float64]

COUNTS = ("people", "left", "at_risk")
DERIVED = "derived"
RETENTION_COLUMNS = (
    "stream", "region", "years", "value", "low", "high", "unit", "status", "source", "note",
)  # fmt: skip
SHARE = "share"
FREE, UNTOLD = ("support", "occupation"), "*"  # words of the user, and what stands for a rare one


def groups(
    people: pd.DataFrame, by: Sequence[str]
) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    """What names a group, and its people; people of whom it is not known are in none."""
    if not by:
        yield {}, people
        return
    known = people[(people[list(by)] != "").all(axis=1)]
    for key, rows in known.groupby(list(by), sort=True):
        words = key if isinstance(key, tuple) else (key,)
        yield dict(zip(by, map(str, words), strict=True)), rows


def stay_frame(
    people: pd.DataFrame,
    cuts: Sequence[Sequence[str]] = (),
    *,
    horizon: float = TERM,
    costs: Array | None = None,
    refund: float = 1.0,
    threshold: int = SMALL,
) -> pd.DataFrame:
    """A row for everybody and for each group of each cut.

    people : of `episodes`; costs: (person,) money for each of them
    cuts   : what parts people, each one or several of CUTS: [("region",), ("region", "support")]
    Columns: by, the names of the group, people, left, at_risk (seen for `horizon` years), stay
    after `horizon` years with low and high, median with low and high, person_years of the horizon,
    support (mean for one record), cost for each retained person-year with low and high, shown.
    Where fewer than `threshold` people stand behind a row its numbers are unknown; where that
    leaves a single row of a cut unknown, so are those of the next smallest, as the sum would tell.
    """
    rows = []
    spent = np.full(len(people), np.nan) if costs is None else costs
    people = people.assign(_spent=spent)
    for by in ((), *cuts):
        part = []
        for names, members in groups(people, by):
            curve = kaplan_meier(members["years"].to_numpy(), members["left"].to_numpy(dtype=bool))
            part.append({
                "by": ",".join(by), **{name: names.get(name, "") for name in CUTS},
                **_numbers(curve, float(members["_spent"].mean(skipna=False)), horizon, refund),
            })  # fmt: skip
        if part:
            rows.append(_hidden(pd.DataFrame(part), threshold))
    return pd.concat(rows, ignore_index=True)


def _numbers(curve: Curve, support: float, horizon: float, refund: float) -> dict[str, float]:
    stay, low, high = curve.at(horizon)
    median, median_low, median_high = curve.median()
    cost, cost_low, cost_high = curve.cost(support, refund=refund, term=horizon)
    return {
        "people": curve.people, "left": curve.left, "at_risk": curve.at_risk(horizon),
        "stay": stay, "stay_low": low, "stay_high": high,
        "median": median, "median_low": median_low, "median_high": median_high,
        "person_years": curve.person_years(horizon), "support_each": support,
        "cost": cost, "cost_low": cost_low, "cost_high": cost_high,
    }  # fmt: skip


def _hidden(part: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """The rows of one cut without what could tell of a few people."""
    small = (part["people"] < threshold).to_numpy(copy=True)
    if small.sum() == 1 and len(part) > 1:
        others = part["people"].where(~small)
        small[int(np.argmin(others.fillna(np.inf)))] = True
    shown = suppressed(part, COUNTS, threshold=threshold)
    numbers = [str(name) for name in shown if pd.api.types.is_numeric_dtype(shown[name])]
    shown[numbers] = shown[numbers].astype(float)
    shown.loc[small, numbers] = np.nan
    few = (part["people"] < threshold).to_numpy()
    for name in (name for name in FREE if name in shown):  # a word of few may be a name
        shown[name] = shown[name].mask(few & (shown[name] != ""), UNTOLD)
    return shown.assign(shown=~small)


def curve_frame(
    people: pd.DataFrame,
    cuts: Sequence[Sequence[str]] = (),
    *,
    horizon: float = TERM,
    steps: int = 1,
    threshold: int = SMALL,
) -> pd.DataFrame:
    """Share still there `years` after arrival, by group, at `steps` moments of each year.

    Columns: by, the names of the group, years, value, low, high. Groups that `stay_frame` hides
    are left out.
    """
    shown = stay_frame(people, cuts, horizon=horizon, threshold=threshold)
    known = {
        (row["by"], *(row[name] for name in CUTS))
        for row in shown[shown["shown"]].to_dict("records")
    }
    moments = np.arange(int(round(horizon * steps)) + 1) / steps
    rows = []
    for by in ((), *cuts):
        for names, members in groups(people, by):
            words = {"by": ",".join(by), **{name: names.get(name, "") for name in CUTS}}
            if tuple(words.values()) not in known:
                continue
            curve = kaplan_meier(members["years"].to_numpy(), members["left"].to_numpy(dtype=bool))
            for moment in moments:
                value, low, high = curve.at(float(moment))
                rows.append({**words, "years": moment, "value": value, "low": low, "high": high})
    return pd.DataFrame(rows, columns=["by", *CUTS, "years", "value", "low", "high"])


def retention_rows(
    people: pd.DataFrame,
    nation: str,
    *,
    horizon: int = TERM,
    stream: str | None = None,
    source: str = "",
    threshold: int = SMALL,
) -> pd.DataFrame:
    """Rows of norms/retention: share still there by stream, region (and nation) and whole years.

    stream : of the people whose rows do not name one
    Groups that are too small and years beyond what was seen have no row.
    """
    named = people["stream"] if "stream" in people else pd.Series("", index=people.index)
    people = people.assign(stream=named.where(named != "", stream or ""))
    cuts = (("stream",), ("region", "stream"))
    frame = curve_frame(people, cuts, horizon=horizon, threshold=threshold)
    frame = frame[(frame["by"] != "") & (frame["years"] > 0) & frame["value"].notna()]
    found = frame.assign(
        region=frame["region"].where(frame["by"] != "stream", nation),
        years=frame["years"].astype(int), unit=SHARE, status=DERIVED, source=source, note="",
    )  # fmt: skip
    found[["value", "low", "high"]] = found[["value", "low", "high"]].round(4)
    return found[list(RETENTION_COLUMNS)].sort_values(
        ["stream", "region", "years"], ignore_index=True
    )
