"""`forecast backtest --migration FOLDER`: models of flows against what came, from many origins."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pandas as pd

from forecast.errors import Fault, InputError
from forecast.migration import MODELS
from forecast.migration.flow_files import read_panel
from forecast.migration.names import model_name
from forecast.migration.panel import FlowPanel
from forecast.migration.rolling import DRAWS, HORIZONS, Rolling, roll
from forecast.report.sheet import records
from forecast.report.skill import figure_path, save_skill
from forecast.shell import heard, show_table, tell, width
from forecast.words import say
from forecast.words.digits import number, per_cent


def run_backtest_flows(
    folder: str,
    *,
    origins: Sequence[int] = (),
    horizons: Sequence[int] = (),
    draws: int = DRAWS,
    seed: int = 1,
    merge: Mapping[str, str] | None = None,
    since: int | None = None,
    models: Sequence[str] = (),
    plot: str | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Fit every model at every origin of a panel and print how far each was off."""
    target = None if plot is None else _figure(plot)
    panel = _since(read_panel(folder, merge), since)
    fitting = say(
        "fitting {n} models at every origin of {first}-{last} ...",
        n=len(set(models) or MODELS), first=panel.years[0], last=panel.last,
    )  # fmt: skip
    tell(fitting, quiet=quiet)
    with warnings.catch_warnings():
        # what a model could not estimate stands in its notes; NumPy's remarks are not for planners
        warnings.simplefilter("ignore", RuntimeWarning)
        rolling = roll(
            panel, models=models, origins=origins, horizons=horizons, draws=draws, seed=seed
        )  # fmt: skip
        table = rolling.table()
    if not horizons and rolling.horizons != HORIZONS:
        shown = ", ".join(map(str, rolling.horizons))
        tell(say("moves are known to {last}: years ahead {years} alone", last=panel.last,
                 years=shown), quiet=quiet)  # fmt: skip
    if as_json:
        found = _plain(rolling, table)
        click.echo(json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        with heard():
            _show(rolling, table)
    if target is not None:
        save_skill(table, target, first=panel.years[0], last=panel.last)


def _figure(plot: str) -> Path:
    """The file of the figure; raises InputError before any work where it cannot be written.

    Folders that are not there are made with the figure, as `forecast plot` makes them.
    """
    target = figure_path(plot)
    if os.path.isdir(target):
        raise InputError(target, say("is a folder; name a file"))
    place = target.parent
    while not os.path.exists(place) and place != place.parent:
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):  # leaves nothing behind
            pass
        if os.path.exists(target):
            target.open("ab").close()
    except OSError as error:
        message = say("the file cannot be written ({reason})", reason=error.strerror or error)
        raise InputError("", [Fault(f"--plot {target}", message)]) from None
    return target


def _since(panel: FlowPanel, since: int | None) -> FlowPanel:
    """The panel from a year on, with a note that says so."""
    if since is None:
        return panel
    if not panel.years[0] <= since <= panel.last:
        message = say("{year} is not within {first}-{last}", year=since, first=panel.years[0],
                      last=panel.last)  # fmt: skip
        raise InputError("", [Fault("--since", message, "; ".join(panel.notes))])
    note = say("years before {year} are left out, as --since says", year=since)
    return replace(panel.since(since), notes=(note, *panel.notes))


def _show(rolling: Rolling, table: pd.DataFrame) -> None:
    panel = rolling.panel
    click.echo()
    click.echo(_wrapped(say(
        "{n} regions, moves of {first}-{last}; origins (the last known years): {origins}. Every "
        "forecast uses what was known at its origin alone.",
        n=len(panel.regions), first=panel.years[0], last=panel.last,
        origins=_years(rolling.origins),
    )))  # fmt: skip
    for note in panel.notes:
        click.echo(_wrapped("  " + note))
    click.echo()
    rows = [
        [
            model_name(str(row["model"])), str(row["horizon"]),
            str(row["origins"]), per_cent(100 * row["wmape"], 2), number(row["cpc"], 3),
            per_cent(100 * row["skill"], 1, signed=True),
            *(_covered(row[f"cells_{share}"]) for share in (80, 95)),
            *(_covered(row[f"{kind}_80"]) for kind in ("margins", "nets")),
            number(row["seconds"], 2),
        ]
        for row in table.to_dict("records")
    ]  # fmt: skip
    headings = (
        say("Model"), say("years\nahead"), say("origins"), say("wMAPE"), say("CPC"),
        say("skill"), say("cells in\n80 %"), say("cells in\n95 %"), say("margins\nin 80 %"),
        say("nets in\n80 %"), say("seconds\na fit"),
    )  # fmt: skip
    show_table(headings, rows)
    click.echo(_wrapped(say(
        "wMAPE: sum of the errors of all pairs over all moves; with the right total, twice the "
        "share in the wrong pair. CPC: common part of both tables, 1 is perfect. Skill: 1 less the "
        "wMAPE over that of the last year's matrix. Intervals come from what the same model had "
        "missed before each origin; how many hold is the mean of all origins, and pairs of one "
        "year err together."
    )))  # fmt: skip
    if any(rolling.notes.values()):
        click.echo(_wrapped(say("What the models chose at the last origin:")))
    for name, notes in rolling.notes.items():
        for note in notes:
            click.echo(_wrapped(f"  {model_name(name)}: {note}"))


def _years(origins: Sequence[int]) -> str:
    """Years in a row as first-last, others one by one."""
    if list(origins) == list(range(origins[0], origins[-1] + 1)) and len(origins) > 1:
        return f"{origins[0]}-{origins[-1]}"
    return ", ".join(map(str, origins))


def _covered(share: float) -> str:
    return "\u2013" if pd.isna(share) else per_cent(100 * share, 0)


def _plain(rolling: Rolling, table: pd.DataFrame) -> dict[str, object]:
    """Everything as numbers, for programs."""
    panel = rolling.panel
    return {
        "regions": list(panel.regions),
        "years": list(panel.years),
        "origins": list(rolling.origins),
        "notes": list(panel.notes),
        "models": {name: list(notes) for name, notes in rolling.notes.items()},
        "table": records(_finite(table)),
        "by_origin": records(_finite(rolling.frame())),
    }


def _finite(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.replace([np.inf, -np.inf], np.nan)


def _wrapped(text: str) -> str:
    return click.wrap_text(text, width=min(110, width()))
