"""Finished runs as tables of SQL: one view for each table of a run, over any number of runs.

DuckDB reads the Parquet files where they lie. Only reading statements are taken, and only the
folders of the runs can be read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from forecast.errors import Faults, InputError
from forecast.projection import FRAMES, LABELS
from forecast.run_folder import OUTLINES, digest, read_manifest
from forecast.words import LANGUAGES, mark, say
from forecast.words.digits import number

if TYPE_CHECKING:
    import duckdb

RUNS, REGIONS, SAMPLES = "runs", "regions", "samples"
WIDE = ("measure", "region", "year", "unit", "status")  # columns of `samples` beside its draws
READING = ("SELECT", "EXPLAIN")  # statements that change nothing; SHOW, DESCRIBE, WITH among them
MEANING = {  # what a row is
    RUNS: mark("a run: its scenario, title, version, data package and draws"),
    REGIONS: mark("a region, or the nation, with its names"),
    "population": mark("people on 1 January by sex and single age (100: and over)"),
    "components": mark("what changed the population in a calendar year"),
    "immigration": mark("immigrants of a calendar year by stream"),
    "flows": mark("moves between two regions in a calendar year"),
    "response": mark("moves more or fewer than in the baseline, because a driver changed"),
    "dependency": mark("people of broad ages and dependency ratios on 1 January"),
    "life_tables": mark("life table of a calendar year by sex and single age"),
    "settlement": mark("urban and rural people on 1 January"),
    "labour": mark("labour force, jobs, unemployed and deficit, mean of a calendar year"),
    "labour_detail": mark("openings, exits, deficit and training places by qualification"),
    "labour_ranking": mark("regions by their deficit beside the official list"),
    "labour_gap": mark("how the deficit could be closed, in the order of the law"),
    "infrastructure": mark("users, need, capacity, gap and cost of a kind of facility, 1 January"),
    "orders": mark("what to order, when and in which sizes, and where not to build"),
    "safe_arrivals": mark("for how many more people there is room, and what binds"),
    "supported": mark("places of the quota, who takes them, what those beyond the baseline need"),
    "growth_points": mark("the own account of each growth point"),
    "audit": mark("the stated numbers of plans against each other, norms and the forecast"),
    "levels": mark("net moves of a region at each observed level of moves"),
    "history": mark("people on 1 January as observed before the forecast"),
    "quantiles": mark("quantiles of a measure over the draws (0.5: the median)"),
    "age_quantiles": mark("quantiles of the people of an age over the draws"),
    SAMPLES: mark("a measure in each draw"),
    "variance": mark("which component makes a measure uncertain, share of the variance"),
    "notes": mark("what stands behind the numbers, in words"),
    "facilities": mark("kinds of facilities and their norms"),
    "sections": mark("sections of economic activity"),
    "points": mark("names of growth points"),
}  # fmt: skip
TABLES = (RUNS, REGIONS, *FRAMES, *LABELS)
MOST_ROWS = 5_000_000  # of an answer, which is held in memory
MEMORY = "4GB"  # for the work of the database
CHUNK = 100  # vectors of at most 2048 rows


def connect(folders: Sequence[str | Path]) -> duckdb.DuckDBPyConnection:
    """A database in memory with the tables of the runs, each with a column `run` before them.

    folders : of finished runs; `run` is the name of the folder, or its path where two have the same
    `samples` has a row for each draw. Raises InputError naming every folder or file that is no
    run or damaged.
    """
    import duckdb

    manifests = _manifests(folders)
    names = _names(list(manifests))
    base = duckdb.connect(":memory:")
    base.execute("SET allowed_directories = " + _list(f"{f.resolve()}/" for f in manifests))
    base.execute(f"SET memory_limit = '{MEMORY}'")
    base.execute("SET enable_external_access = false")
    base.execute("SET lock_configuration = true")
    base.register(RUNS, _runs(manifests, names))
    base.register(REGIONS, _regions(list(manifests)))
    for table in (*FRAMES, *LABELS):
        parts = [
            _part(table, names[folder], folder, drawn=bool(_inputs(manifest).get("draws")))
            for folder, manifest in manifests.items() if f"{table}.parquet" in manifest["files"]
        ]  # fmt: skip
        if parts:
            base.execute(f"CREATE VIEW {table} AS " + " UNION ALL BY NAME ".join(parts))
    return base


def ask(base: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    """The answer to one reading statement, at most MOST_ROWS rows.

    Raises InputError with the words of the database, or where the answer is too long.
    """
    import duckdb

    try:
        statements = base.extract_statements(sql)
        if len(statements) != 1:
            raise InputError("SQL", say("write one statement"))
        if statements[0].type.name not in READING:
            cure = say("runs are only read: write a SELECT")
            raise InputError("SQL", say("this statement changes something") + "; " + cure)
        _refuse_long(base.execute(statements[0]))
        return base.execute(statements[0]).fetch_df()  # in one piece: types are of the whole
    except duckdb.Error as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = " ".join(line for line in lines if not line.startswith("^"))
        raise InputError("SQL", say("the database answers: {reason}", reason=reason)) from error


def _refuse_long(found: duckdb.DuckDBPyConnection) -> None:
    """Count an answer without keeping it; raises InputError beyond MOST_ROWS."""
    rows = 0
    while part := len(found.fetch_df_chunk(CHUNK)):  # a part is as long as its filters leave it
        rows += part
        if rows > MOST_ROWS:
            message = say("the answer has more than {n} rows", n=number(MOST_ROWS))
            raise InputError("SQL", message + "; " + say("narrow it with WHERE, or add a LIMIT"))


def schema(base: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    """{table: its columns, each with its type} of the tables that the runs have."""
    rows = base.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "ORDER BY table_name, ordinal_position"
    ).fetchall()
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in rows:
        found.setdefault(str(table), []).append((str(column), str(kind)))
    return {table: found[table] for table in TABLES if table in found}


def _manifests(folders: Sequence[str | Path]) -> dict[Path, Mapping[str, Any]]:
    """The manifests of the runs, their files held against them."""
    faults = Faults()
    found: dict[Path, Mapping[str, Any]] = {}
    for folder in dict.fromkeys(map(Path, folders)):
        try:
            manifest = read_manifest(folder)
        except InputError as error:
            for fault in error.faults:
                faults.add(str(error.source), fault.message, fault.cure)
            continue
        for name, known in manifest["files"].items():
            path = folder / name
            if path.suffix not in (".parquet", ".json"):
                continue
            if not path.is_file():
                faults.add(str(path), say("the file is missing"), say("run the scenario again"))
            elif digest(path) != known:
                faults.add(str(path), say("its content is not what the manifest recorded"),
                           say("run the scenario again"))  # fmt: skip
        found[folder] = manifest
    if faults:
        raise InputError("", faults)
    return found


def _inputs(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    inputs: Mapping[str, Any] = manifest.get("inputs") or {}
    return inputs


def _names(folders: Sequence[Path]) -> dict[Path, str]:
    """The name of each run: that of its folder, or the path where several have that name."""
    short = [folder.resolve().name for folder in folders]
    return {
        folder: name if short.count(name) == 1 else str(folder)
        for folder, name in zip(folders, short, strict=True)
    }


def _part(table: str, run: str, folder: Path, *, drawn: bool) -> str:
    """A SELECT that gives one table of one run."""
    source = f"read_parquet({_text(str((folder / f'{table}.parquet').resolve()))})"
    columns = "*"
    if table == SAMPLES:
        columns = "measure, region, year, CAST(draw AS INTEGER) AS draw, value, unit, status"
        kept = ", ".join(WIDE)
        if drawn:
            source = (f"(UNPIVOT {source} ON COLUMNS(* EXCLUDE ({kept})) "
                      "INTO NAME draw VALUE value)")  # fmt: skip
        else:
            source = f"(SELECT *, NULL AS draw, NULL::FLOAT AS value FROM {source} WHERE false)"
    return f"SELECT {_text(run)} AS run, {columns} FROM {source}"


def _runs(manifests: Mapping[Path, Mapping[str, Any]], names: Mapping[Path, str]) -> pd.DataFrame:
    rows = []
    for folder, manifest in manifests.items():
        inputs = _inputs(manifest)
        rows.append({
            "run": names[folder], "folder": str(folder), "scenario": manifest["scenario"],
            **{f"title_{lang}": manifest["titles"].get(lang, "") for lang in LANGUAGES},
            "run_id": manifest["run_id"], "base_year": manifest["base_year"],
            "last_year": manifest["last_year"],
            "data_package": manifest.get("data_package"), "draws": inputs.get("draws") or 0,
            "seed": inputs.get("seed"), "finished": manifest.get("finished"),
            "version": (manifest.get("versions") or {}).get("forecast"),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _regions(folders: Sequence[Path]) -> pd.DataFrame:
    """Regions of all runs, each once."""
    rows: dict[str, dict[str, str]] = {}
    for folder in folders:
        content = json.loads((folder / OUTLINES).read_text(encoding="utf-8"))
        nation = {"id": content["nation"], "code": content["nation"], "kind": "nation",
                  "names": content["nation_names"]}  # fmt: skip
        for region in (nation, *content["regions"]):
            names = {f"name_{lang}": region["names"].get(lang, "") for lang in LANGUAGES}
            rows.setdefault(region["id"], {
                "region": region["id"], "code": region["code"], "kind": region["kind"], **names,
            })  # fmt: skip
    return pd.DataFrame(list(rows.values()))


def _text(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"


def _list(words: Any) -> str:
    return "[" + ", ".join(_text(word) for word in words) + "]"
