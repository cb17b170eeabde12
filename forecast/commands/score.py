"""`forecast score`: regions or applicants on a card, term by term."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from forecast import api
from forecast.commands import score_show
from forecast.commands.asked import asked, carried_out, gathering, is_run
from forecast.commands.files import refuse_folder
from forecast.commands.score_files import write
from forecast.errors import Faults, InputError, did_you_mean
from forecast.projection import Projection
from forecast.scoring import applicants_scored, check_measures, regions_scored
from forecast.settlement.records import ID, headings
from forecast.settlement.score_card import APPLICANTS, REGIONS, Card
from forecast.settlement.score_read import load_card
from forecast.settlement.score_stability import SEED, TOP
from forecast.settlement.score_whole import REGION
from forecast.shell import tell
from forecast.words import say

DRAWS = 1000  # of the weights of a card of regions


def score(
    card: str,
    file: str | None = None,
    *,
    run: str | None = None,
    threshold: float | None = None,
    salt: str | None = None,
    groups: Sequence[str] = (),
    draws: int | None = None,
    seed: int = SEED,
    top: int = TOP,
    data: str | None = None,
    out: str | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> int:
    """Score the rows of a file, or the regions of a run; returns the exit code.

    run       : a finished run, or a scenario that is run now; nothing of it is saved
    threshold : the mark instead of that of the card
    salt      : hashes the ids of the file, so that the results can be joined to it
    groups    : columns that pass rates are wanted by
    draws     : of the weights; 1000 for regions and none for applicants without it
    out       : folder for scores.csv, rejects.csv, the workbook and the figures
    Raises InputError with every fault; 1 where rows of the file were left out, else 0.
    """
    faults = Faults()
    _check_options(threshold, draws, top, out, faults)
    found = _card(card, faults)
    projection = _run(run, data, faults, quiet=quiet)
    if found is not None:
        _check_together(found, file, run, groups, faults)
        if projection is not None:
            check_measures(found, projection, faults)
    if faults:
        raise InputError("", faults)
    assert found is not None, "a card without faults was read"
    _tell_unused(found, file, groups, quiet=quiet)
    mark = found.pass_mark if threshold is None else threshold
    space = projection.space if projection is not None else None
    if found.kind == REGIONS:
        space = space or api.load_dataset(data).space
        many = DRAWS if draws is None else draws
        result = regions_scored(
            found, file, projection, space, mark, draws=many, seed=seed, top=top
        )
    else:
        result = applicants_scored(found, str(file), projection, mark, salt=salt, groups=groups,
                             draws=draws or 0, seed=seed, top=top)  # fmt: skip
    written = write(result, projection, space, Path(out)) if out is not None else []
    if as_json:
        plain = score_show.plain(result, projection, space)
        click.echo(json.dumps(plain, ensure_ascii=False, indent=2, allow_nan=False))
    elif not quiet:
        score_show.show(result, projection, space)
    for path in written:
        tell(say("Written to {folder}", folder=path), quiet=quiet)
    score_show.tell_rejects(result, out is not None)
    return 1 if len(result.rejects) else 0


def _card(word: str, faults: Faults) -> Card | None:
    """The card; what could be read of it, where it has faults."""
    try:
        return load_card(word)
    except InputError as error:
        faults += error.faults
        return error.partial if isinstance(error.partial, Card) else None


def _check_options(
    threshold: float | None, draws: int | None, top: int, out: str | None, faults: Faults
) -> None:
    if threshold is not None and not 0 <= threshold < np.inf:
        faults.add("--threshold", say("write 0 or more"))
    if draws is not None and draws < 0:
        faults.add("--draws", say("write 0 or more"))
    if top < 1:
        faults.add("--top", say("write 1 or more"))
    if out is not None:
        with gathering(faults):
            refuse_folder(Path(out))


def _run(run: str | None, data: str | None, faults: Faults, *, quiet: bool) -> Projection | None:
    if run is None:
        return None
    projection = None
    with gathering(faults):
        dataset = None if is_run(run) else api.load_dataset(data)
        projection = carried_out(asked(run, dataset), dataset, quiet=quiet)
    return projection


def _check_together(
    card: Card, file: str | None, run: str | None, groups: Sequence[str], faults: Faults
) -> None:
    """What the card, the file and the options say together."""
    if card.needs_run and run is None:
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


def _tell_unused(card: Card, file: str | None, groups: Sequence[str], *, quiet: bool) -> None:
    """Columns of the file that the card does not ask for; they are looked at and dropped."""
    if file is None:
        return
    used = {ID, REGION, *groups, *(name for each in card.criteria for name in each.columns)}
    unused = [name for name in headings(file) if name not in used]
    if unused:
        tell(say("columns that the card does not use: {names}", names=", ".join(unused)),
             quiet=quiet)  # fmt: skip
