"""`forecast score`: regions or applicants on a card, term by term."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from forecast import api
from forecast.commands import score_show
from forecast.commands.asked import asked, carried_out, gathering, is_run
from forecast.commands.files import refuse_folder
from forecast.commands.score_files import write
from forecast.errors import Faults, InputError
from forecast.projection import Projection
from forecast.scoring import (
    applicants_scored,
    card_of,
    check_measures,
    check_options,
    check_together,
    regions_scored,
)
from forecast.settlement.records import ID, headings
from forecast.settlement.score_card import REGIONS, Card
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
    check_options(threshold, draws, top, faults)
    if out is not None:
        with gathering(faults):
            refuse_folder(Path(out))
    found = card_of(card, faults)
    projection = _run(run, data, faults, quiet=quiet)
    if found is not None:
        check_together(found, file, groups, faults, of_run=run is not None)
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
        result = regions_scored(found, file, projection, space, mark, seed=seed, top=top,
                                draws=DRAWS if draws is None else draws)  # fmt: skip
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


def _run(run: str | None, data: str | None, faults: Faults, *, quiet: bool) -> Projection | None:
    if run is None:
        return None
    projection = None
    with gathering(faults):
        dataset = None if is_run(run) else api.load_dataset(data)
        projection = carried_out(asked(run, dataset), dataset, quiet=quiet)
    return projection


def _tell_unused(card: Card, file: str | None, groups: Sequence[str], *, quiet: bool) -> None:
    """Columns of the file that the card does not ask for; they are looked at and dropped."""
    if file is None:
        return
    used = {ID, REGION, *groups, *(name for each in card.criteria for name in each.columns)}
    unused = [name for name in headings(file) if name not in used]
    if unused:
        tell(say("columns that the card does not use: {names}", names=", ".join(unused)),
             quiet=quiet)  # fmt: skip
