"""A card filled in: the regions of a run, or the applicants of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.errors import Fault, Faults, InputError, did_you_mean, gathering
from forecast.projection import Projection
from forecast.scenario.values import Wrong
from forecast.settlement import score_run
from forecast.settlement.records import ROW, Column, fold, headings, read_records, region_names
from forecast.settlement.score import Scores
from forecast.settlement.score_card import APPLICANTS, REGIONS, Card
from forecast.settlement.score_read import load_card
from forecast.settlement.score_stability import MOST_ROWS
from forecast.settlement.score_whole import (
    REGION,
    Names,
    Scoring,
    applicant_terms,
    columns_of,
    group_labels,
    region_terms,
    whole,
    without_place,
)
from forecast.words import say

if TYPE_CHECKING:
    from forecast.space import Space

MOST_GROUPS = 60


def card_of(word: str, faults: Faults) -> Card | None:
    """The card; what could be read of it, where it has faults."""
    try:
        return load_card(word)
    except InputError as error:
        faults += error.faults
        return error.partial if isinstance(error.partial, Card) else None


def check_options(threshold: float | None, draws: int | None, top: int, faults: Faults) -> None:
    """Numbers out of bounds."""
    if threshold is not None and not 0 <= threshold < np.inf:
        faults.add("--threshold", say("write 0 or more"))
    if draws is not None and draws < 0:
        faults.add("--draws", say("write 0 or more"))
    if top < 1:
        faults.add("--top", say("write 1 or more"))


def check_together(
    card: Card, file: str | None, groups: Sequence[str], faults: Faults, *, of_run: bool
) -> None:
    """What the card, the file and the options say together. of_run : whether a run is given."""
    if card.needs_run and not of_run:
        names = ", ".join(each.id for each in card.criteria if each.measure or each.labour)
        faults.add("--run", say("the card takes from a run: {names}", names=names),
                   say("name a finished run: --run results/baseline"))  # fmt: skip
    wanted = {name: each.where for each in card.criteria for name in each.columns
              if not (card.kind == REGIONS and each.labour)}  # fmt: skip
    if file is None:
        if card.kind == APPLICANTS:
            faults.add(card.shown, say("a card for applicants needs their file"),
                       say("name it after the card: forecast score {card} FILE.csv",
                           card=card.name))  # fmt: skip
        for name, where in wanted.items() if card.kind == REGIONS else ():
            faults.add(where, say("the column '{name}' is of a file, and none is given",
                                  name=name), say("name a file after the card"))  # fmt: skip
    else:
        with gathering(faults):
            known = headings(file)
            for name, where in wanted.items():
                if name not in known:
                    message = say("the file has no column '{name}'", name=name)
                    faults.add(where, message, did_you_mean(name, known, listed=20))
            for name in groups:
                if name not in known:
                    faults.add("--group", say("the file has no column '{name}'", name=name),
                               did_you_mean(name, known, listed=20))  # fmt: skip
    if groups and card.kind == REGIONS:
        faults.add("--group", say("groups are of people; the card is of regions"))


def check_measures(card: Card, projection: Projection, faults: Faults) -> None:
    """Tables and facilities that the run lacks."""
    for each in card.criteria:
        name = each.measure or ("deficit_of_openings" if each.labour else "")
        if not name:
            continue
        try:
            score_run.measured(name, projection.frames, projection.space)
        except Wrong as wrong:
            for part in wrong.parts:
                faults.append(Fault(each.where, part.message, part.cure))


def regions_scored(
    card: Card,
    file: str | None,
    projection: Projection | None,
    space: Space,
    mark: float,
    **options: Any,
) -> Scoring:
    """The regions on a card, from the run and from a file with a column of regions."""
    rows = None
    if file is not None:
        columns = [Column(REGION, "region", required=True),
                   *(each for each in columns_of(card, {}) if each.kind != "region")]  # fmt: skip
        records = read_records(file, columns, regions=region_names(space), further=True)
        again = records.rows[REGION].duplicated()
        if again.any():
            where = say("row {n}", n=records.rows["row"][again].iloc[0])
            raise InputError(file, [Fault(where, say("the region stands in an earlier row"))])
        rows = records.rows.set_index(REGION)
    measured = {}
    for each in card.criteria:
        if each.column:
            assert rows is not None
            values = rows[each.column].reindex(list(space.ids))
            if each.words:
                values = values.map({word: k for k, word in enumerate(each.words)})
            measured[each.id] = np.append(values.to_numpy(dtype=float), np.nan)
        else:
            assert projection is not None
            name = each.measure or "deficit_of_openings"
            measured[each.id] = score_run.measured(name, projection.frames, space)
    scores = Scores(card, region_terms(card, measured), mark)
    rejects = None if file is None else records.rejects
    total = 0 if file is None else records.total
    return whole(scores, list(space.ids), rejects=rejects, total=total, **options)


def applicants_scored(
    card: Card,
    file: str,
    projection: Projection | None,
    mark: float,
    *,
    salt: str | None,
    groups: Sequence[str],
    **options: Any,
) -> Scoring:
    """The records of a file on a card."""
    regions: Mapping[str, str] = {}
    short, sections = None, {}
    if projection is not None:
        regions = region_names(projection.space)
        sections = _sections(projection)
        if any(each.labour for each in card.criteria):
            short = score_run.openings_short(projection.frames["labour_detail"])
    columns = columns_of(card, sections, groups)
    records = read_records(file, columns, salt=salt, regions=regions, further=True)
    rows, rejects, names = records.rows, records.rejects, Names(regions, sections)
    if short is not None:
        nowhere = without_place(card, rows, short, names)
        if len(nowhere):
            rows = rows[~rows[ROW].isin(nowhere[ROW])].reset_index(drop=True)
            rejects = pd.concat([rejects, nowhere]).sort_values(ROW, ignore_index=True)
    if rows.empty:
        message = say("no row of the file can be scored")
        reasons = [Fault(say("row {n}", n=line["row"]), f"{line['column']}: {line['reason']}")
                   for line in rejects.head(5).to_dict("records")]  # fmt: skip
        raise InputError(file, [Fault("", message), *reasons])
    if options["draws"] and len(rows) > MOST_ROWS:
        message = say("the ranking of at most {n} rows is disturbed", n=MOST_ROWS)
        raise InputError("", [Fault("--draws", message, say("leave the option out"))])
    terms = applicant_terms(card, rows, short, names)
    labels = {}
    for name in groups:
        labels[name] = group_labels(name, terms, rows)
        if labels[name].nunique() > MOST_GROUPS:
            message = say("'{name}' has more than {n} groups", name=name, n=MOST_GROUPS)
            raise InputError("", [Fault("--group", message, say("name a column with fewer"))])
    scores = Scores(card, terms, mark)
    return whole(scores, rows["id"], groups=labels, curve=True, rejects=rejects,
                 total=records.total, names={*regions.values(), *sections.values()},
                 **options)  # fmt: skip


def _sections(projection: Projection) -> dict[str, str]:
    """{section as it may be written, folded: its letter}"""
    found: dict[str, str] = {}
    for line in projection.sections.to_dict("records"):
        names = [line["section"], *(line[key] for key in line if str(key).startswith("name"))]
        found |= {fold(name): str(line["section"]) for name in names if isinstance(name, str)}
    return found
