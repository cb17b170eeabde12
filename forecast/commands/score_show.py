"""Scores on the screen and for programs."""

from __future__ import annotations

import math
from textwrap import wrap
from typing import Any

import click
import numpy as np
import pandas as pd

from forecast.commands.screen import WIDTH
from forecast.errors import in_row
from forecast.projection import Projection
from forecast.report.score_figures import interval, threshold_text
from forecast.report.score_sheets import change_text, criteria_rows, effort
from forecast.report.sheet import records
from forecast.settlement.records import SMALL
from forecast.settlement.score_card import REGIONS
from forecast.settlement.score_card import plain as plain_card
from forecast.settlement.score_groups import told
from forecast.settlement.score_whole import Scoring
from forecast.shell import show_table, tell, width
from forecast.space import Space
from forecast.words import say, say_n
from forecast.words.digits import number, per_cent

SHOWN_REJECTS = 5
NARROW = 16  # letters of a heading
EVERY = 4  # thresholds of the curve that are shown on the screen


def show(scoring: Scoring, projection: Projection | None, space: Space | None) -> None:
    card = scoring.card
    click.echo()
    click.echo(card.title)
    _paragraph(say("Weights, bins and mark are the user's input, never an official scoring."))
    if card.example:
        _paragraph(say("This card is an example."))
    if card.note:
        _paragraph(card.note)
    click.echo()
    if card.kind == REGIONS:
        assert space is not None
        _show_regions(scoring, space)
    else:
        _show_applicants(scoring)


def _paragraph(text: str) -> None:
    click.echo(click.wrap_text(text, width=min(WIDTH, width())))


def _show_regions(scoring: Scoring, space: Space) -> None:
    """Regions by rank with their terms, then the cheapest changes."""
    scores, firm = scoring.scores, scoring.firmness
    order = np.argsort(np.nan_to_num(scores.rank, nan=np.inf), kind="stable").tolist()
    headings = [say("Region"), say("rank"), say("score"), say("reaches\nthe mark")]
    headings += ["\n".join(wrap(term.criterion.name, NARROW)) for term in scores.terms]
    if firm is not None:
        headings += [say("rank, 80 %\nof draws"), say("in the top {n}", n=scoring.top)]
    rows = []
    for k in order:
        row = [space.name(scoring.keys[k]), number(scores.rank[k]), number(scores.score[k], 1),
               say("yes") if scores.passed[k] else say("no")]  # fmt: skip
        row += [number(float(term.contributions[k]), 1, signed=True) for term in scores.terms]
        if firm is not None:
            low, high, share = firm.loc[k, ["rank_low", "rank_high", "share_top"]].astype(float)
            row += [interval(low, high), per_cent(100 * share, 0)]
        rows.append(row)
    click.echo(
        say("Points of each criterion above or below the reference ({reference}); mark {mark}",
            reference=number(scores.reference, 1), mark=number(scores.mark, 1))
    )  # fmt: skip
    show_table(headings, rows)
    failing = [k for k in order if not scores.passed[k] and scores.known[k]]
    if failing:
        click.echo()
        _paragraph(say("Cheapest change that reaches the mark: the fewest criteria, then the "
                       "fewest steps of their bins"))  # fmt: skip
        for k in failing:
            click.echo(f"  {space.name(scoring.keys[k])}: {change_text(scoring, k)}")
    if firm is not None:
        click.echo()
        _paragraph(say(
            "Ranks in {n} draws of the weights (Dirichlet, concentration {concentration}, seed "
            "{seed}).", n=number(scoring.draws), concentration=number(scoring.card.concentration),
            seed=scoring.seed,
        ))  # fmt: skip


def _show_applicants(scoring: Scoring) -> None:
    scores = scoring.scores
    known = scores.score[scores.known]
    click.echo(
        say("Rows of the file: {total}; scored: {count}; left out: {rejected}; score not known: "
            "{unknown}", total=number(scoring.total), count=number(len(known)),
            rejected=number(len(scoring.rejects)), unknown=number(int((~scores.known).sum())))
    )  # fmt: skip
    _paragraph(threshold_text(scoring))
    if len(known) >= SMALL:
        low, middle, high = np.quantile(known, [0.1, 0.5, 0.9])
        text = say("Score: median {middle}, 80 % of the applicants from {low} to {high}",
                   middle=number(middle, 1), low=number(low, 1), high=number(high, 1))  # fmt: skip
        click.echo(text)
    click.echo()
    show_table(
        [say("Criterion"), say("weight"), say("mean points"),
         say("mean, above or\nbelow reference"),
         say("at its best"), say("Status")],
        criteria_rows(scoring), left=(0, 5),
    )  # fmt: skip
    click.echo()
    _show_effort(scoring)
    for name, table in scoring.groups.items():
        click.echo()
        show_groups(name, table)
    click.echo()
    _show_curve(scoring)


def _show_effort(scoring: Scoring) -> None:
    _paragraph(say("Cheapest change that reaches the mark: the fewest criteria, then the fewest "
                   "steps of their bins"))  # fmt: skip
    counts, by_criterion = effort(scoring)
    rows = [[word, number(people)] for word, people in counts]
    show_table([say("Criteria that must change"), say("applicants")], rows)
    if by_criterion:
        click.echo()
        show_table([say("Criterion"), say("changes for")],
                   [[name, number(people)] for name, people in by_criterion])  # fmt: skip


def show_groups(name: str, table: pd.DataFrame) -> None:
    """The rates of the groups of one column."""
    click.echo(
        say("Who reaches the mark, by {column}; counts under {n} are not shown", column=name, n=5)
    )
    rows = [
        [
            str(line["group"]), number(line["people"]), number(line["passed"]),
            per_cent(100 * line["rate"]), number(100 * line["difference"], 1, signed=True),
            number(line["ratio"], 2),
            say("under four fifths") if line["adverse"] else "",
        ]
        for line in table.to_dict("records")
    ]  # fmt: skip
    show_table(
        [say("Group"), say("applicants"), say("reach it"), say("rate"),
         say("difference,\npoints"), say("ratio to\nthe best"), ""],
        rows, left=(0, 6),
    )  # fmt: skip


def _show_curve(scoring: Scoring) -> None:
    curve = scoring.curve
    assert curve is not None
    chosen = curve[(np.arange(len(curve)) % EVERY == 0)
                   | (curve["threshold"] == scoring.scores.mark)]  # fmt: skip
    click.echo(say("What a threshold does"))
    headings = [say("Threshold, points"), say("reach it"), say("share")]
    told = scoring.card.qualified is not None
    rows = []
    for line in chosen.to_dict("records"):
        row = [number(line["threshold"], 1), number(line["people"]), per_cent(100 * line["share"])]
        rows.append([*row, per_cent(100 * line["qualified"])] if told else row)
    show_table([*headings, say("qualified\namong them")] if told else headings, rows, left=())


def tell_rejects(scoring: Scoring, written: bool) -> None:
    """How many rows were left out and the reasons of the first."""
    if scoring.rejects.empty:
        return
    tell(say_n("{n} row of the file is left out:", "{n} rows of the file are left out:",
               len(scoring.rejects)))  # fmt: skip
    for line in scoring.rejects.head(SHOWN_REJECTS).to_dict("records"):
        tell(f"  {in_row(line['row'], line['column'])}: {line['reason']}")
    if len(scoring.rejects) > SHOWN_REJECTS:
        tell("  " + say("and {n} more", n=len(scoring.rejects) - SHOWN_REJECTS))
        if not written:
            tell("  " + say("--out DIR writes all of them to rejects.csv"))


def plain(scoring: Scoring, projection: Projection | None, space: Space | None) -> dict[str, Any]:
    """Everything for programs; what is not known is null. Of people only sums are told."""
    scores, card = scoring.scores, scoring.card
    found: dict[str, Any] = {
        "card": plain_card(card), "mark": scores.mark, "reference": scores.reference,
        "run_id": projection.run_id if projection is not None else None,
        "rows": scoring.total or len(scoring.keys), "rejected": len(scoring.rejects),
        "scored": int(scores.known.sum()), "passed": _passed(scoring),
        "notion": "fewest criteria, then fewest steps",
    }  # fmt: skip
    if card.kind == REGIONS:
        assert space is not None
        found["draws"], found["seed"] = scoring.draws, scoring.seed
        found["regions"] = [
            {
                "region": key, "name": space.name(key), "score": _number(scores.score[k]),
                "passes": bool(scores.passed[k]), "rank": _number(scores.rank[k]),
                "contributions": {term.criterion.id: _number(term.contributions[k])
                                  for term in scores.terms},
                "change": [{"criterion": term.criterion.id, "from": now, "to": then}
                           for term, now, then in scoring.changes.moves(k)],
                "reachable": bool(scoring.changes.criteria[k] >= 0),
                **({} if scoring.firmness is None else
                   {name: _number(value) for name, value in scoring.firmness.loc[k].items()}),
            }
            for k, key in enumerate(scoring.keys)
        ]  # fmt: skip
        return found
    counts, by_criterion = effort(scoring)
    found["changes"] = [{"criteria": word, "people": _number(people)} for word, people in counts]
    found["changed"] = [{"criterion": word, "people": _number(people)}
                        for word, people in by_criterion]  # fmt: skip
    found["groups"] = {name: records(table) for name, table in scoring.groups.items()}
    assert scoring.curve is not None
    found["thresholds"] = records(scoring.curve)
    found["lowest_threshold_meeting_target"] = _number(scoring.lowest)
    return found


def _passed(scoring: Scoring) -> int | None:
    """Who reaches the mark; None where that would tell of a few people."""
    passed, known = int(scoring.scores.passed.sum()), int(scoring.scores.known.sum())
    if scoring.card.kind != REGIONS and math.isnan(told(passed, known)):
        return None
    return passed


def _number(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)
