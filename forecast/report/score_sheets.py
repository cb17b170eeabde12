"""Sheets of scores, and the rows that the screen shares with them."""

from __future__ import annotations

import numpy as np

from forecast.report.extract import Result
from forecast.report.score_figures import below_of
from forecast.report.sheet import Row, Table
from forecast.report.wording import worded
from forecast.settlement.records import SMALL
from forecast.settlement.score_card import REGIONS, STATUSES, Criterion
from forecast.settlement.score_groups import told
from forecast.settlement.score_run import MEASURES
from forecast.settlement.score_whole import Scoring
from forecast.space import Space
from forecast.words import say
from forecast.words.digits import number, per_cent

ARROW = "\u2192"


def change_text(scoring: Scoring, row: int) -> str:
    """The cheapest change of one row in words."""
    if scoring.changes.criteria[row] < 0:
        return say("no change of its criteria reaches the mark")
    return "; ".join(f"{term.criterion.name}: {now} {ARROW} {then}"
                     for term, now, then in scoring.changes.moves(row))  # fmt: skip


def criteria_rows(scoring: Scoring) -> list[list[str]]:
    """Name, weight, mean points, mean contribution, share at the best value and status."""
    known = scoring.scores.known
    rows = []
    for term in scoring.scores.terms:
        values = term.values[known]
        enough = len(values) >= SMALL or scoring.card.kind == REGIONS
        mean = float(values.mean()) if enough else float("nan")
        best = told(int((values >= np.nanmax(term.worth)).sum()), len(values))
        best /= max(len(values), 1)
        rows.append([
            term.criterion.name, number(term.weight), number(term.weight * mean, 1),
            number(term.weight * (mean - term.reference), 1, signed=True), per_cent(100 * best, 0),
            worded(term.criterion.status, STATUSES),
        ])  # fmt: skip
    return rows


def effort(scoring: Scoring) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
    """How many people need how many criteria, and how many change each; small counts are NaN."""
    changes = scoring.changes
    counts = []
    for need in np.unique(changes.criteria[scoring.scores.known]).tolist():
        people = int((changes.criteria[scoring.scores.known] == need).sum())
        word = number(need)
        if need <= 0:
            word = say("none, the mark is reached") if need == 0 else say("no change reaches it")
        counts.append((word, _shown(people)))
    some = [k for k, (_, people) in enumerate(counts) if np.isnan(people)]
    if len(some) == 1 and len(counts) > 1:  # the rest would tell it
        least = min((k for k in range(len(counts)) if k not in some), key=lambda k: counts[k][1])
        counts[least] = (counts[least][0], float("nan"))
    by_criterion = [
        (term.criterion.name, _shown(int((changes.target[:, k] >= 0).sum())))
        for k, term in enumerate(changes.movable)
    ]
    return counts, by_criterion if any(people for _, people in by_criterion) else []


def _shown(people: int) -> float:
    return float("nan") if 0 < people < SMALL else float(people)


def sheets(scoring: Scoring, projection: Result | None, space: Space | None) -> list[Table]:
    """The sheets of the workbook: rows of regions, sums of people."""
    if scoring.card.kind == REGIONS:
        assert space is not None
        return [_criteria(scoring), _regions(scoring, space)]
    found = [_criteria(scoring), _effort(scoring)]
    found += [_groups(scoring, name) for name in scoring.groups]
    return [*found, _curve(scoring)]


def source_of(scoring: Scoring, projection: Result | None) -> str:
    return " ".join(below_of(scoring, projection))


def _criteria(scoring: Scoring) -> Table:
    known = scoring.scores.known
    rows = []
    for term in scoring.scores.terms:
        each, mean = term.criterion, float(np.nan)
        if known.sum() >= (1 if scoring.card.kind == REGIONS else SMALL):
            mean = float(term.values[known].mean())
        rows.append(Row(
            [each.id, each.name, _measured(each), each.source, worded(each.status, STATUSES)],
            [each.weight, term.reference, each.weight * mean,
             each.weight * (mean - term.reference)], [1, 3, 2, 2],
        ))  # fmt: skip
    return Table(
        say("Criteria"), scoring.card.title,
        say("Weights are the user's input. Value of the reference: 0 to 1."),
        [
            say("Id"), say("Criterion"), say("Measured"), say("Source"), say("Status"),
            say("Weight, points"), say("Value of the reference"), say("Mean points"),
            say("Mean contribution"),
        ],
        rows,
    )  # fmt: skip


def _measured(criterion: Criterion) -> str:
    """What a criterion looks at, and its unit."""
    if criterion.column:
        return say("column {column}", column=criterion.column)
    name, _, kind = (criterion.measure or "deficit_of_openings").partition(":")
    measure = MEASURES[name]
    return f"{say(measure.name)}{f' ({kind})' if kind else ''}, {say(measure.unit)}"


def _regions(scoring: Scoring, space: Space) -> Table:
    scores, firm = scoring.scores, scoring.firmness
    headings = [say("Region id"), say("Region"), say("Reaches the mark"), say("Cheapest change"),
                say("Rank"), say("Score")]  # fmt: skip
    headings += [term.criterion.name for term in scores.terms]
    digits = [0, 2, *(2 for _ in scores.terms)]
    if firm is not None:
        headings += [say("Lowest rank, 80 % of draws"), say("Highest rank, 80 % of draws"),
                     say("Share of draws in the top {n}", n=scoring.top)]  # fmt: skip
        digits += [0, 0, 3]
    rows = []
    for k in np.argsort(np.nan_to_num(scores.rank, nan=np.inf), kind="stable").tolist():
        key = scoring.keys[k]
        done = bool(scores.passed[k] or not scores.known[k])
        words = [key, space.name(key), say("yes") if scores.passed[k] else say("no"),
                 "" if done else change_text(scoring, k)]  # fmt: skip
        numbers = [float(scores.rank[k]), float(scores.score[k]),
                   *(float(term.contributions[k]) for term in scores.terms)]  # fmt: skip
        if firm is not None:
            numbers += firm.loc[k, ["rank_low", "rank_high", "share_top"]].astype(float).tolist()
        rows.append(Row(words, numbers, digits))
    return Table(
        say("Scores"), scoring.card.title,
        say("Points of each criterion above or below the reference ({reference}) add up to the "
            "score; mark {mark}", reference=number(scores.reference, 2),
            mark=number(scores.mark, 2)),
        headings, rows,
    )  # fmt: skip


def _effort(scoring: Scoring) -> Table:
    counts, by_criterion = effort(scoring)
    rows = [Row([say("Criteria that must change"), word], [people]) for word, people in counts]
    rows += [Row([say("Criterion that changes"), word], [people]) for word, people in by_criterion]
    return Table(
        say("Cheapest change"), say("Cheapest change that reaches the mark"),
        say("The fewest criteria, then the fewest steps of their bins. Counts under {n} are not "
            "shown.", n=SMALL),
        [say("What"), say("Value"), say("Applicants")], rows,
    )  # fmt: skip


def _groups(scoring: Scoring, name: str) -> Table:
    rows = [
        Row([str(line["group"]), say("under four fifths") if line["adverse"] else ""],
            [line["people"], line["passed"], line["rate"], line["difference"], line["ratio"]],
            [0, 0, 3, 3, 3])
        for line in scoring.groups[name].to_dict("records")
    ]  # fmt: skip
    return Table(
        say("By {column}", column=name), say("Who reaches the mark, by {column}", column=name),
        say("Ratio: the rate over that of the best group; under 0.8 it misses the four-fifths "
            "rule. Counts under {n} are not shown.", n=SMALL),
        [say("Group"), say("Four-fifths rule"), say("Applicants"), say("Reach it"), say("Rate"),
         say("Difference to the best"), say("Ratio to the best")],
        rows,
    )  # fmt: skip


def _curve(scoring: Scoring) -> Table:
    assert scoring.curve is not None
    rows = [
        Row([], [line["threshold"], line["people"], line["share"], line["qualified"]],
            [1, 0, 3, 3])
        for line in scoring.curve.to_dict("records")
    ]  # fmt: skip
    return Table(
        say("Thresholds"), say("What a threshold does to the inflow and its qualification"),
        say("Counts under {n} are not shown.", n=SMALL),
        [say("Threshold, points"), say("Reach it"), say("Share of applicants"),
         say("Qualified share of those")],
        rows,
    )  # fmt: skip
