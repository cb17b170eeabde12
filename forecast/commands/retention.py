"""`forecast retention`: how long settlers stay, from records of the user's own."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from forecast import api
from forecast.commands.asked import gathering
from forecast.commands.files import FIGURES, Files, refuse_folder
from forecast.commands.retention_screen import (
    WORDS,
    Asked,
    Found,
    plain,
    show,
    tell_rejects,
    term,
)
from forecast.errors import Faults, InputError, did_you_mean, in_row
from forecast.settlement.records import (
    SMALL,
    Column,
    read_records,
    region_names,
    write_rejects,
)
from forecast.settlement.retention import (
    COLUMNS,
    CUTS,
    STREAMS,
    Episodes,
    costs_of,
    episodes,
)
from forecast.settlement.retention_hazards import hazard_frame, log_rank
from forecast.settlement.retention_tables import curve_frame, retention_rows, stay_frame
from forecast.shell import tell
from forecast.space import Space
from forecast.words import say
from forecast.words.digits import number

DONE, REJECTED = 0, 1
MOST_YEARS = 50
COSTS = (
    Column("support"), Column("region", "region"), Column("cost", "number", required=True,
                                                          minimum=0), Column("unit"),
)  # fmt: skip

Costs = tuple[pd.DataFrame | float | None, str]  # of support, and their unit


def retention(
    records: str,
    *,
    by: Sequence[str] = (),
    horizon: int = 5,
    until: str | None = None,
    salt: str | None = None,
    support_cost: str | None = None,
    refund: float = 1.0,
    stream: str | None = None,
    out: str | None = None,
    data: str | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> int:
    """Print how long settlers stay; write tables and figures where asked. 1 if rows were rejected.

    Raises InputError with every fault of options and files; then nothing is written.
    """
    faults = Faults()
    asked = _asked(by, horizon, until, refund, stream, out, faults)
    dataset = api.load_dataset(data)
    names, people = region_names(dataset.space), None
    costs: Costs = None, ""
    with gathering(faults):
        people = read_records(records, COLUMNS, salt=salt, regions=names)
    with gathering(faults):
        costs = _costs(support_cost, names)
    if people is not None and asked is not None:
        with gathering(faults):
            seen = episodes(people, until=asked.until, where=records)
            if seen.people.empty:
                raise InputError(records, _nobody(seen))
            cuts = _cuts(asked.cuts, seen.people, faults)
    if faults or asked is None:
        raise InputError("", faults)
    found = _found(seen, cuts, asked, costs, dataset.space)
    written = _write(found, cuts, asked, dataset.space)
    if as_json:
        click.echo(json.dumps(plain(found, asked), ensure_ascii=False, indent=2, allow_nan=False))
    elif not quiet:
        show(found, asked, dataset.space)
    for path in written:
        tell(say("Written to {folder}", folder=path), quiet=quiet)
    tell_rejects(seen, quiet)
    return REJECTED if len(seen.rejects) else DONE


def _asked(
    by: Sequence[str],
    horizon: int,
    until: str | None,
    refund: float,
    stream: str | None,
    out: str | None,
    faults: Faults,
) -> Asked | None:
    cuts = tuple(tuple(part.strip() for part in word.split(",") if part.strip()) for word in by)
    for name in dict.fromkeys(name for cut in cuts for name in cut if name not in CUTS):
        faults.add("--by", say("'{text}' cannot stand here", text=name), did_you_mean(name, CUTS))
    if not 1 <= horizon <= MOST_YEARS:
        faults.add("--horizon", say("write 1 to {n} years", n=MOST_YEARS))
    if not 0 <= refund <= 1:
        faults.add("--refund", say("write a share from 0 to 1"))
    found = None if stream is None else STREAMS.get(stream.casefold())
    if stream is not None and found is None:
        faults.add("--stream", say("'{text}' cannot stand here", text=stream),
                   did_you_mean(stream, dict.fromkeys(STREAMS.values())))  # fmt: skip
    end: Any = None if until is None else pd.to_datetime(until, format="ISO8601", errors="coerce")
    if until is not None and pd.isna(end):
        faults.add("--until", say("'{text}' is not a date; write 2025-03-31", text=until))
    if out is not None:
        with gathering(faults):
            refuse_folder(Path(out))
    if faults:
        return None
    return Asked(cuts, end, horizon, refund, found, None if out is None else Path(out))


def _costs(word: str | None, names: dict[str, str]) -> Costs:
    """The cost of support, for everybody or by support (and region), and its unit."""
    if word is None:
        return None, ""
    try:
        value = float(word.replace(",", "."))
    except ValueError:
        value = math.nan
    if np.isfinite(value):
        if value < 0:
            raise InputError("", [_fault("--support-cost", say("write 0 or more"))])
        return value, ""
    read = read_records(word, COSTS, regions=names)
    faults = Faults()
    for row in read.rejects.to_dict("records"):
        faults.add(in_row(row["row"], row["column"]), str(row["reason"]))
    rows = read.rows
    keys = [name for name in ("support", "region") if name in rows]
    if "support" not in rows:
        faults.add(say("header"), say("no column '{name}'", name="support"))
    elif rows.duplicated(keys).any():
        faults.add("cost", say("a support has two costs"))
    units = sorted(set(rows["unit"]) - {""}) if "unit" in rows else []
    if len(units) > 1:
        faults.add("unit", say("one unit for all costs; here are: {names}", names=", ".join(units)))
    if faults:
        raise InputError(word, faults)
    return rows, units[0] if units else ""


def _fault(where: str, message: str) -> Any:
    found = Faults()
    found.add(where, message)
    return found[0]


def _nobody(seen: Episodes) -> str:
    reasons = seen.rejects["reason"].value_counts()
    told = "; ".join(f"{reason} ({count})" for reason, count in reasons.head(3).items())
    message = say("no row of {n} can be used", n=number(seen.total))
    return f"{message}: {told}" if told else message


def _cuts(
    asked: tuple[tuple[str, ...], ...], people: pd.DataFrame, faults: Faults
) -> tuple[tuple[str, ...], ...]:
    """What people are parted by: as asked, else by all of region, support and stream that part."""
    if not asked:
        return tuple(
            (name,) for name in ("region", "support", "stream")
            if name in people and people[name][people[name] != ""].nunique() > 1
        )  # fmt: skip
    for name in dict.fromkeys(name for cut in asked for name in cut if name not in people):
        faults.add("--by", say("no column '{name}'", name=name))
    return asked


def _found(
    seen: Episodes,
    cuts: tuple[tuple[str, ...], ...],
    asked: Asked,
    costs: Costs,
    space: Space,
) -> Found:
    people = seen.people
    spent = costs_of(people, costs[0])
    stay = stay_frame(people, cuts, horizon=asked.horizon, costs=spent, refund=asked.refund)
    hazards, design = hazard_frame(people)
    source = f"settlement records of {len(people)} people, observed until {seen.until}"
    rows = retention_rows(
        people, space.nation, horizon=asked.horizon, stream=asked.stream, source=source
    )
    notes = []
    if not np.isfinite(stay["stay"].iloc[0]):
        notes.append(say("Nobody was seen for {n} years: what stays so long is unknown.",
                         n=asked.horizon))  # fmt: skip
    if costs[0] is not None and np.isnan(spent).any():
        notes.append(say("The support of {n} people has no cost; where they are, the cost is "
                         "unknown.", n=number(int(np.isnan(spent).sum()))))  # fmt: skip
    if design.left_out:
        notes.append(
            say(
                "Not in the model of hazards, for want of people who left: {names}.",
                names=", ".join(say(WORDS[name]) for name in design.left_out),
            )
        )
    changing = hazards[(hazards["proportional_p"] < 0.05) & (hazards["variable"] != "all")]
    if len(changing):
        words = ", ".join(term(row, space) for row in changing.to_dict("records"))
        notes.append(say("The ratio changes over time (p below 0.05), so it is a mean of the "
                         "years: {names}.", names=words))  # fmt: skip
    equal = {",".join(cut): log_rank(people, cut) for cut in cuts}
    curves = curve_frame(people, cuts, horizon=asked.horizon, steps=12)
    return Found(seen, stay, curves, hazards, equal, rows, costs[1], tuple(notes))


def _write(
    found: Found, cuts: tuple[tuple[str, ...], ...], asked: Asked, space: Space
) -> list[Path]:
    """All files or none: tables, workbook, a figure for each cut, retention.csv, the rejects."""
    if asked.out is None:
        return []
    from forecast.report.stay_curves import alternative, stay_curves
    from forecast.report.wording import short_names

    names = {**short_names(space),
             **{name: say(WORDS[name]) for name in ("kandas", "resettlers")}}  # fmt: skip
    people, folder = found.episodes.people, asked.out
    below = [say("Source: {source}", source=say(
        "records of {n} people, observed until {date}", n=number(len(people)),
        date=found.episodes.until,
    ))]  # fmt: skip
    tables = {"stay": found.stay, "curves": found.curves, "hazards": found.hazards}
    with Files(folder) as files:
        for name, table in tables.items():
            files.table(f"{name}.csv", table)
        if len(found.retention):
            files.table("retention.csv", found.retention)
        with pd.ExcelWriter(files.beside("retention.xlsx"), engine="xlsxwriter") as book:
            for name, table in {**tables, "retention": found.retention}.items():
                table.to_excel(book, sheet_name=name, index=False)
        for cut in cuts or ((),):
            figure: Any = stay_curves(
                people, cut, horizon=asked.horizon, names=names, below=below, threshold=SMALL
            ).get_figure(root=True)
            files.figure("-".join(("stay", *cut)), figure,
                         alternative(found.stay, asked.horizon))  # fmt: skip
        if len(found.episodes.rejects):
            write_rejects(found.episodes.rejects, files.beside("rejects.csv"))
    for name in ("rejects.csv", "retention.csv", *(f"stay*.{kind}" for kind in FIGURES)):
        for path in folder.glob(name):  # of an earlier call
            if path not in files.written:
                path.unlink()
    return files.written
