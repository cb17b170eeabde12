"""The stay of settlers on the screen and as JSON."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
import pandas as pd

from forecast.commands.screen import WIDTH
from forecast.errors import in_row
from forecast.report.sheet import records
from forecast.settlement.records import SMALL
from forecast.settlement.retention import CUTS, Episodes
from forecast.settlement.retention_tables import COUNTS
from forecast.shell import show_table, tell, width
from forecast.space import Space
from forecast.words import mark, say, say_n
from forecast.words.digits import number, per_cent, short

SHOWN = 10  # rejected rows on the screen
THIN = 10  # people seen to the end: below it a curve rests on a few
WORDS = {
    "region": mark("region"), "support": mark("support"), "stream": mark("stream"),
    "occupation": mark("occupation"), "family_size": mark("family size, one more person"),
    "age": mark("age, one more year"), "all": mark("all terms"),
    "kandas": mark("kandas"), "resettlers": mark("resettlers"),
}  # fmt: skip


Costs = tuple[pd.DataFrame | float | None, str]  # of support, and their unit


class Asked(NamedTuple):
    """What the options ask for, checked."""

    cuts: tuple[tuple[str, ...], ...]
    until: pd.Timestamp | None
    horizon: int
    refund: float
    stream: str | None
    out: Path | None


class Found(NamedTuple):
    """What the records tell: tables of settlement.retention_tables and retention_hazards."""

    episodes: Episodes
    stay: pd.DataFrame
    curves: pd.DataFrame
    hazards: pd.DataFrame
    equal: dict[str, float]
    retention: pd.DataFrame
    unit: str
    notes: tuple[str, ...]


def tell_rejects(seen: Episodes, quiet: bool) -> None:
    if seen.rejects.empty:
        return
    tell(say_n("{n} row is left out:", "{n} rows are left out:", len(seen.rejects)))
    for row in seen.rejects.head(0 if quiet else SHOWN).to_dict("records"):
        tell(f"  {in_row(row['row'], row['column'])}: {row['reason']}")
    if len(seen.rejects) > SHOWN and not quiet:
        tell("  " + say("and {n} more", n=len(seen.rejects) - SHOWN))


def show(found: Found, asked: Asked, space: Space) -> None:
    stay, hazards = found.stay, found.hazards
    click.echo()
    click.echo(say("{n} people, observed until {date}; share still there after {years} years",
                   n=number(len(found.episodes.people)), date=found.episodes.until,
                   years=asked.horizon))  # fmt: skip
    click.echo()
    costly = bool(stay["cost"].notna().any())
    heads = [say("Group"), say("people"), say("left"),
             say("seen {n}\nyears", n=asked.horizon), say("stay"), "95 %", say("median,\nyears"),
             say("person-\nyears")]  # fmt: skip
    if costly:
        heads += [say("cost of a\nperson-year"), "95 %"]
    show_table(heads, [_stay_cells(row, space, costly) for row in stay.to_dict("records")])
    click.echo()
    for cut, p_value in found.equal.items():
        if np.isfinite(p_value):
            click.echo(say("Equal stay by {cut}: {p} (log-rank test).", cut=_cut_words(cut),
                           p=_p(p_value, named=True)))  # fmt: skip
    if len(hazards):
        click.echo()
        click.echo(
            say(
                "Hazard of leaving against the reference (Cox); {n} people, {left} left",
                n=number(hazards["people"].iloc[0]),
                left=number(hazards["left"].iloc[0]),
            )
        )
        click.echo()
        show_table(
            [say("Term"), say("ratio"), "95 %", "p", say("p of constant\nratio")],
            [[term(row, space), _ratio(row["hazard_ratio"]), _span(row["low"], row["high"], _ratio),
              _p(row["p_value"]), _p(row["proportional_p"])] for row in hazards.to_dict("records")],
        )  # fmt: skip
        click.echo()
    hidden = int((~stay["shown"]).sum())
    notes = list(found.notes)
    if ((stay["at_risk"] < THIN) | stay["at_risk"].isna()).any():
        notes.append(say("Where fewer than {n} people were seen for so long the stay is uncertain "
                         "beyond its interval.", n=THIN))  # fmt: skip
    if hidden:
        notes.append(say_n("{n} group is not shown: fewer than {few} people, or it would tell of "
                           "them.", "{n} groups are not shown: fewer than {few} people, or they "
                           "would tell of them.", hidden, few=SMALL))  # fmt: skip
    if costly:
        notes.append(say("Cost: the support, less the {share} that is paid back by who leaves "
                         "within {years} years, for each person-year retained in them{unit}.",
                         share=per_cent(100 * asked.refund, 0), years=asked.horizon,
                         unit=f", {found.unit}" if found.unit else ""))  # fmt: skip
    for text in notes:
        click.echo(click.wrap_text(text, width=min(WIDTH, width())))


def _stay_cells(row: dict[Any, Any], space: Space, costly: bool) -> list[str]:
    names = [_level(row[name], space) for name in CUTS if row[name]]
    cells = [
        " · ".join(names) or say("Everybody"), _few(row["people"]), _few(row["left"]),
        _few(row["at_risk"]),
        _known(row["stay"], lambda value: per_cent(100 * value, 1)),
        _span(row["stay_low"], row["stay_high"], lambda value: number(100 * value, 1)),
        _known(row["median"], lambda value: number(value, 1)),
        _known(row["person_years"], lambda value: number(value, 2)),
    ]  # fmt: skip
    if costly:
        cells += [_known(row["cost"], short), _span(row["cost_low"], row["cost_high"], short)]
    return cells


def _few(value: float) -> str:
    return f"< {SMALL}" if math.isnan(value) else number(value)


def _known(value: float, words: Any) -> str:
    return "\u2013" if math.isnan(value) else words(value)


def _ratio(value: float) -> str:
    return _known(value, lambda known: number(known, 2))


def _span(low: float, high: float, words: Any) -> str:
    if math.isnan(low) or math.isnan(high):
        return "\u2013"
    return f"{words(low)}\u2013{words(high)}"


def _p(value: float, *, named: bool = False) -> str:
    if math.isnan(value):
        return "\u2013"
    if value < 0.001:
        return ("p < " if named else "< ") + number(0.001, 3)
    return ("p = " if named else "") + number(value, 3)


def _level(word: str, space: Space) -> str:
    if word in space.ids:
        return space.name(word)
    return say(WORDS[word]) if word in ("kandas", "resettlers") else word


def term(row: dict[Any, Any], space: Space) -> str:
    variable = row["variable"]
    name = say(WORDS[variable])
    if not row["level"]:
        return name
    reference = _level(row["reference"], space)
    return say("{name}: {level} (against {reference})", name=name,
               level=_level(row["level"], space), reference=reference)  # fmt: skip


def _cut_words(cut: str) -> str:
    return ", ".join(say(WORDS[name]) for name in cut.split(","))


def plain(found: Found, asked: Asked) -> dict[str, Any]:
    """Everything for programs; what is not known is null."""
    seen = found.episodes
    return {
        "people": len(seen.people), "rejected": len(seen.rejects), "rows": seen.total,
        "observed_until": seen.until, "horizon": asked.horizon,
        "refund": asked.refund, "unit_of_cost": found.unit or None,
        "stay": records(found.stay.astype(dict.fromkeys(COUNTS, "Int64"))),
        "hazards": records(found.hazards),
        "log_rank": {key: None if math.isnan(value) else value
                     for key, value in found.equal.items()},
        "retention": records(found.retention), "notes": list(found.notes),
        "rejects": records(seen.rejects),
    }  # fmt: skip
