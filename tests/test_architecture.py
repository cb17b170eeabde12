"""The plan of the house, held against the code: layers, sizes, late imports, dependencies.

A failing line names file and line, and the rule. Where the code teaches better, move the wall
here and say why in the commit.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "forecast"
FILES = sorted(PACKAGE.rglob("*.py"))

# From the ground up. A room imports from the lines above its own, never from its own line or below.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("resources", "version", "words"),
    ("errors",),
    ("later", "space", "storage"),
    ("elasticities", "margins", "staying", "tables"),
    ("assumptions", "balance", "scenario"),
    ("dataset", "demography", "infrastructure", "labour", "migration", "settlement"),
    ("brought",),
    ("feedback", "held", "settlers"),
    ("draws", "fitted", "observed_flows", "rates", "relocation"),
    ("births", "drivers", "external", "levels", "survivorship", "base_draws"),
    ("baseline", "estimate", "growth", "simulate"),
    ("policy", "uncertain"),
    ("ledger", "lifetables", "safe_arrivals", "tabulate", "workforce"),
    ("audit", "gains", "gap", "immigration", "policy_notes", "urban"),
    ("supported",),
    ("ensemble",),
    ("chances", "reading"),
    ("summary",),
    ("run_folder",),
    ("projection",),
    ("account", "backtest", "indicators", "query", "quotas", "realism"),
    ("report",),
    ("explained", "matching", "scoring"),
    ("doors", "settle_doors"),
    ("plan",),
    ("inputs", "run_notes"),
    ("engine",),
    ("varied",),
    ("api", "shell"),
    ("going", "levers"),
    ("explorer",),
    ("commands", "options"),
    (
        "cli_ask",
        "cli_explore",
        "cli_indicators",
        "cli_match",
        "cli_query",
        "cli_quota",
        "cli_report",
        "cli_score",
        "cli_settle",
    ),
    ("cli",),
    ("__main__",),
)
# Imports that go upwards, inside a function, with the reason.
UPWARDS = {
    ("projection", "report"): "a projection draws and reports itself; report is loaded when asked",
}
# Longer than the house likes, with the reason: {"forecast/x.py": "why"} and "forecast/x.py:name".
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
MANY_ARGUMENTS: dict[str, str] = {}

LINES_OF_FILE, LINES_OF_FUNCTION, ARGUMENTS = 400, 60, 7

# Imported under a name that is not the distribution's.
DISTRIBUTIONS = {
    "docx": "python-docx",
    "fpdf": "fpdf2",
    "ruamel": "ruamel.yaml",
    "sklearn": "scikit-learn",
}
# Imported in a function that says what to install where it is missing: an extra of the package.
OF_EXTRAS = {
    "dash": "explorer",
    "distributed": "cluster",
    "flask": "explorer",
    "werkzeug": "explorer",
}
# Needed though nothing says `import`: pandas calls them.
CALLED_BY_PANDAS = {"pyarrow", "xlsxwriter"}

HEAVY = (
    "babel",
    "dash",
    "distributed",
    "docx",
    "flask",
    "fpdf",
    "jinja2",
    "matplotlib",
    "openpyxl",
    "pandera",
    "pyarrow",
    "pydantic",
    "ruamel",
    "scipy.optimize",
    "scipy.stats",
    "sklearn",
    "statsmodels",
    "werkzeug",
    "xlsxwriter",
)
COUNTRY = re.compile(r"\bKZ[TS]?\b|(?i:kazakhstan|qazaqstan|казахстан|қазақстан)")


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        yield path.relative_to(ROOT).as_posix(), ast.parse(text, filename=str(path))


def module_of(file: str) -> str:
    """forecast/scenario/schema.py -> forecast.scenario.schema"""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def room_of(module: str) -> str:
    """forecast.scenario.schema -> scenario; the package itself -> ''"""
    return (module.split(".") + [""])[1]


def imported(node: ast.AST, file: str) -> list[str]:
    """The modules that an import statement names, in full."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        package = module_of(file).split(".")
        if not file.endswith("__init__.py"):
            package = package[:-1]
        package = package[: len(package) - node.level + 1]
        base = ".".join([*package, *([base] if base else [])])
    if base == "forecast":  # `from forecast import tables` names a room, not a thing of the package
        return [f"forecast.{alias.name}" for alias in node.names]
    return [base]


def late_nodes(tree: ast.Module) -> set[ast.AST]:
    """Every node that stands inside a function."""
    return {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }


def upward(here: str, there: str, late: bool) -> str | None:
    """What is wrong when room `here` imports from room `there`; None when nothing is."""
    floor = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
    if here == there or here == "":  # the package's own __init__ hands out names of every room
        return None
    if here not in floor:
        return f"'{here}' stands in no layer: add it to LAYERS"
    if there not in floor:
        return f"'{there}' stands in no layer: import from the room that has it"
    if floor[there] < floor[here] or (late and (here, there) in UPWARDS):
        return None
    if floor[there] == floor[here]:
        return f"'{here}' imports '{there}' of the same layer: what both need goes below"
    return f"'{here}' imports '{there}', which stands above it: imports run downwards only"


def test_every_room_stands_in_one_layer() -> None:
    rooms = [room for layer in LAYERS for room in layer]
    assert len(rooms) == len(set(rooms))
    lost = {room_of(module_of(file)) for file, _ in trees()} - {""} - set(rooms)
    assert not lost, f"no layer for {sorted(lost)}: add them to LAYERS"


def test_imports_run_downwards_only() -> None:
    faults = []
    for file, tree in trees():
        here, late = room_of(module_of(file)), late_nodes(tree)
        for node in ast.walk(tree):
            for name in imported(node, file):
                if name == "forecast" or name.startswith("forecast."):
                    fault = upward(here, room_of(name), node in late)
                    if fault:
                        faults.append(f"{file}:{node.lineno}: {fault}")  # type: ignore[attr-defined]
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize(
    "here, there, late, allowed",
    [
        ("tables", "space", False, True),
        ("space", "tables", False, False),
        ("space", "tables", True, False),
        ("labour", "migration", False, False),
        ("projection", "report", True, True),
        ("projection", "report", False, False),
        ("cli", "", False, False),
    ],
)
def test_the_rule_of_layers_itself(here: str, there: str, late: bool, allowed: bool) -> None:
    assert (upward(here, there, late) is None) is allowed


def test_files_stay_short() -> None:
    faults = []
    for path in FILES:
        file = path.relative_to(ROOT).as_posix()
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines >= LINES_OF_FILE and file not in LONG_FILES:
            faults.append(f"{file}: {lines} lines, a file has fewer than {LINES_OF_FILE}")
    assert not faults, "\n" + "\n".join(faults)


def test_functions_stay_short_and_take_few_arguments() -> None:
    faults = []
    for file, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            where, name = f"{file}:{node.lineno}: {node.name}", f"{file}:{node.name}"
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LINES_OF_FUNCTION and name not in LONG_FUNCTIONS:
                faults.append(f"{where} has {lines} lines, at most {LINES_OF_FUNCTION}")
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            count = len([a for a in names if a not in ("self", "cls")])
            if count > ARGUMENTS and name not in MANY_ARGUMENTS:
                faults.append(f"{where} takes {count} positional arguments, at most {ARGUMENTS}")
    assert not faults, "\n" + "\n".join(faults)


def test_no_module_is_named_like_the_standard_library() -> None:
    taken = [
        path.relative_to(ROOT).as_posix()
        for path in [*FILES, *PACKAGE.rglob("*/")]
        if path.stem in sys.stdlib_module_names and path.stem != "__main__"
    ]
    assert not taken


def loaded_by(code: str) -> set[str]:
    """The modules in memory after `code` ran in a Python of its own."""
    script = f"{code}\nimport sys; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code, free",
    [
        ("import forecast", ()),
        ("import forecast.cli", ()),
        # whoever takes the doors needs the scenario language; still no plots, models or checks
        (
            "import forecast; [getattr(forecast, name) for name in forecast.__all__]",
            ("pydantic", "ruamel"),
        ),
    ],
)
def test_heavy_libraries_are_imported_late(code: str, free: tuple[str, ...]) -> None:
    """The design's list, guarded by what is in memory and not by seconds."""
    loaded = loaded_by(code) - loaded_by("import numpy, pandas")
    early = {
        heavy
        for heavy in HEAVY
        if heavy not in free
        and any(name == heavy or name.startswith(heavy + ".") for name in loaded)
    }
    assert not early, f"`{code}` loads {sorted(early)}: import inside the function that needs it"


def docstrings(tree: ast.Module) -> set[ast.AST]:
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    }


def test_the_code_knows_no_country() -> None:
    """A country is a data package; its ids, names and currency stand there."""
    faults = []
    for file, tree in trees():
        explained = docstrings(tree)
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and node not in explained
                and COUNTRY.search(node.value)
            ):
                faults.append(f"{file}:{node.lineno}: {node.value!r} belongs in the data package")
    assert not faults, "\n" + "\n".join(faults)


def test_dependencies_are_those_that_the_code_imports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[\[<>=]", line)[0] for line in project["dependencies"]}
    found: dict[str, str] = {}
    for file, tree in trees():
        for node in ast.walk(tree):
            for name in imported(node, file):
                top = name.split(".")[0]
                if top not in sys.stdlib_module_names and top != "forecast":
                    found[DISTRIBUTIONS.get(top, top)] = f"{file}:{node.lineno}"  # type: ignore[attr-defined]
    for name, extra in OF_EXTRAS.items():
        lines = project["optional-dependencies"][extra]
        assert name in {re.split(r"[\[<>=]", line)[0] for line in lines}
    undeclared = {
        f"{where}: {name}"
        for name, where in found.items()
        if name not in declared and name not in OF_EXTRAS
    }
    assert not undeclared, "imported and not in pyproject.toml"
    assert not declared - set(found) - CALLED_BY_PANDAS, "in pyproject.toml and never imported"


def test_dependencies_have_floors_and_no_ceilings() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *sum(project["optional-dependencies"].values(), [])]
    for line in lines:
        if not line.startswith(project["name"]):
            assert re.fullmatch(r"[a-z0-9_.-]+(\[[a-z]+\])?>=[\d.]+", line), line
