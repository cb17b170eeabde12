"""The front door: load a package and a scenario, run it, load a result again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.errors import InputError
from forecast.projection import Projection
from forecast.words import say

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

    from forecast.dataset.package import Dataset
    from forecast.scenario import Scenario


def load_dataset(name: str | Path | None = None) -> Dataset:
    """The data package of a name or a folder, or the one that is shipped, checked as a whole.

    Raises InputError with every fault of every table, each with file, row and column.
    """
    from forecast.dataset.package import default_package
    from forecast.dataset.package import load_dataset as load_package

    return load_package(default_package() if name is None else name)


def readable(digits: int = 1) -> None:
    """Let pandas show tables as people read them: 1,234.5, whole sentences, every row of a page.

    digits : decimals of numbers; a missing number is shown as NaN, which means unknown
    """
    import pandas as pd

    def told(value: float) -> str:
        text = f"{value:,.{digits}f}"
        return text if text.strip("-0.,") else text.removeprefix("-")

    pd.set_option("display.float_format", told)
    pd.set_option("display.max_colwidth", None)
    pd.set_option("display.max_rows", 60, "display.min_rows", 60, "display.max_columns", 30)


def as_text(table: pd.DataFrame) -> Styler:
    """A table of words as a notebook shows it best: its index as first columns, words on the
    left, empty cells where something is missing, numbers as `readable` has it."""
    import pandas as pd
    from pandas.api.types import is_float_dtype, is_string_dtype

    named = [name is not None for name in table.index.names]
    rows = table.reset_index(drop=not any(named))
    words = [name for name in rows if is_string_dtype(rows[name]) or rows[name].dtype == object]
    formats = {name: pd.get_option("display.float_format") or "{:,.1f}"
               for name in rows if is_float_dtype(rows[name])}  # fmt: skip
    left: Any = [{"selector": "th", "props": [("text-align", "left")]}]
    shown = rows.style.hide(axis="index").format(formats, na_rep="").set_table_styles(left)
    return shown.set_properties(subset=words, **{"text-align": "left"})


def load_scenario(name: str | Path) -> Scenario:
    """The scenario of a name (see `forecast list`) or of a YAML file, with what it extends.

    Raises InputError with every fault, each with file, line and key.
    """
    from forecast.scenario import load_scenario as read

    return read(name)


def parse_scenario(text: str, name: str = "scenario") -> Scenario:
    """The scenario of a YAML text, as if it stood in the file NAME.yml of ./scenarios.

    Raises InputError with every fault, each with line and key.
    """
    from forecast.scenario import parse_scenario as parse

    return parse(text, name)


def load(folder: str | Path) -> Projection:
    """The projection of a run folder, as it was saved."""
    return Projection.load(folder)


def run(
    scenario: Scenario | str | Path,
    dataset: Dataset | str | Path | None = None,
    *,
    until: int | None = None,
    draws: int | None = None,
    seed: int = 1,
    workers: int = 1,
) -> Projection:
    """Run a scenario on a data package.

    scenario : a Scenario, its name or its file
    dataset  : a Dataset, its name or its folder; the shipped one without it
    until    : last calendar year simulated; the scenario's own without it
    draws    : number of draws from which intervals are taken; without it the central path alone
    seed     : the same seed gives the same draws, whatever the scenario
    workers  : threads that carry the draws; they change no number
    The first population is 1 January of the package's base year, the last one 1 January after
    `until`. Raises InputError for wrong input; nothing is written.
    """
    from forecast.draws import Draws
    from forecast.engine import project
    from forecast.plan import read

    data = load_dataset(dataset) if dataset is None or isinstance(dataset, str | Path) else dataset
    asked = read(scenario, data) if isinstance(scenario, str | Path) else scenario
    drawn = Draws.of(draws, seed)
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise InputError("workers", say("write 1 or more"))
    return project(asked, data, until=until, draws=drawn, workers=workers)


def sensitivity(
    scenario: Scenario | str | Path,
    dataset: Dataset | str | Path | None = None,
    *,
    of: str = "labour_deficit",
    region: str | None = None,
    year: int | None = None,
    kind: str | None = None,
    change: float = 10.0,
    until: int | None = None,
) -> pd.DataFrame:
    """Which assumption moves a result of a scenario most: each is varied alone, low and high.

    scenario, dataset : as in `run`
    of     : a measure, such as population, net_migration, labour_deficit, added_need:KIND,
             added_cost:KIND or arrivals:POINT
    region : by any of its names; the nation without it
    year   : 1 January of a stock, calendar year of a flow; the last one without it
    kind   : facility or growth point, instead of the word after the colon
    change : per cent up and down where an assumption has no range of its own
    until  : as in `run`
    A row for each assumption that moves the result, the strongest first: assumption, name, its
    low, central and high value, unit, range, status, source; result_low, result_central,
    result_high, swing (largest less smallest). Raises InputError for wrong input.
    """
    from forecast.plan import read
    from forecast.varied import study_of

    data = load_dataset(dataset) if dataset is None or isinstance(dataset, str | Path) else dataset
    asked = read(scenario, data) if isinstance(scenario, str | Path) else scenario
    study = study_of(
        asked, data, of=of, region=region, year=year, kind=kind, change=change, until=until
    )
    return study.carry_out().frame()
