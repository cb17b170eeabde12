"""Questions to finished runs from Python: why two differ, targets, models of moves.

Each answer holds tables (pandas, names of regions in the language of now) and a figure, the same
that the command of its name prints and writes. Arguments are names, files or objects.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from forecast.errors import InputError
from forecast.explained import Explained
from forecast.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from forecast.dataset.package import Dataset
    from forecast.indicators import Indicators
    from forecast.migration.rolling import Rolling
    from forecast.projection import Projection


def explain(
    projection: Projection, baseline: Projection, *, region: str | None = None
) -> Explained:
    """Why a run differs from another: parts that add up, as `forecast compare --account` tells it.

    projection, baseline : runs of the same regions and base year; the second is the one compared to
    region               : by any of its names; the nation without it
    `text` is the paragraph, `table` the parts (persons on the last common 1 January), `plot()` the
    waterfall, `interval` 80 % of the draws where both runs share them.
    """
    projection.refuse_other(baseline)
    chosen = None if region is None else projection.space.place(region)
    return Explained.of(baseline, projection, chosen)


@dataclass(frozen=True)
class Targets:
    """The indicators of a programme measured in runs.

    frame : a row for each run, indicator and year, see `forecast.indicators.COLUMNS`
    """

    declared: Indicators
    runs: tuple[Projection, ...]
    frame: pd.DataFrame

    @property
    def table(self) -> pd.DataFrame:
        """A row for each indicator and run, of the last year with a target: value, target, gap
        (positive = short), whether it is met, its probability; missing where nobody can say."""
        from forecast.report.bullets import shown_rows

        rows = shown_rows(self.frame)
        titles = {run.run_id: run.title for run in self.runs}
        columns = ["year", "value", "unit", "target", "gap", "met", "probability", "reason"]
        index = pd.MultiIndex.from_arrays(
            [rows["title"], rows["run_id"].map(titles)], names=["indicator", "scenario"]
        )
        return rows[columns].set_axis(index)

    def plot(self) -> Figure:
        """A bullet for each indicator that has a value."""
        from forecast.indicators import spoken
        from forecast.report.bullets import bullets

        title = spoken(self.declared.title) or say("Indicators")
        return _figure(bullets(self.frame, self.runs, title))


def targets(
    projection: Projection | Sequence[Projection],
    dataset: Dataset,
    *,
    file: str | Path | None = None,
) -> Targets:
    """Whether runs meet the targets of a programme, as `forecast indicators` tells it.

    dataset : the package that declares the indicators; `file` names others
    """
    from forecast.indicators import FILE, measured, read_indicators
    from forecast.indicators.measure import refuse_apart

    runs = (projection,) if not isinstance(projection, Sequence) else tuple(projection)
    refuse_apart(runs)
    path = dataset.path / FILE if file is None else Path(file)
    if file is None and not path.is_file():
        message = say("the data package declares no indicators")
        raise InputError(path, message)
    declared = read_indicators(path, runs[0].space)
    frame = pd.concat([measured(declared, run) for run in runs], ignore_index=True)
    return Targets(declared, runs, frame)


@dataclass(frozen=True)
class MovesBacktest:
    """Models of moves between regions held against what came."""

    rolling: Rolling

    @property
    def table(self) -> pd.DataFrame:
        """A row for each model and years ahead: origins, error of all moves (wmape, share), skill
        (1 less that over the error of last year's moves), what intervals of 80 and 95 % held."""
        from forecast.migration.names import model_name

        table = self.rolling.table()
        table.insert(0, "name", [model_name(str(name)) for name in table["model"]])
        return table

    @property
    def notes(self) -> dict[str, tuple[str, ...]]:
        """What each model chose at the last origin, in words, by the name of the model."""
        from forecast.migration.names import model_name

        return {model_name(name): notes for name, notes in self.rolling.notes.items()}

    @property
    def panel_notes(self) -> tuple[str, ...]:
        """What was left out of the panel, and why."""
        return self.rolling.panel.notes

    def plot(self) -> Figure:
        """Skill by years ahead, a line for each model."""
        from forecast.report.skill import plot_skill

        return _figure(plot_skill(self.rolling.table()))


def backtest_moves(
    folder: str | Path,
    *,
    origins: Sequence[int] = (),
    horizons: Sequence[int] = (),
    models: Sequence[str] = (),
    merge: Mapping[str, str] | None = None,
    draws: int = 300,
    seed: int = 1,
) -> MovesBacktest:
    """Every model of moves on a panel of your own, as `forecast backtest --migration` tells it.

    folder   : od.csv (origin, destination, year, persons), and what else is known, see
               docs/migration.md
    origins  : the last known years from which is forecast; horizons : years ahead
    models   : some of persistence, trend, pooled, components, gravity, pair_effects, boosted, blend
    merge    : {region: region into which it goes}
    """
    from forecast.migration.flow_files import read_panel
    from forecast.migration.rolling import roll

    panel = read_panel(folder, merge)
    with warnings.catch_warnings():
        # what a model could not estimate stands in its notes; NumPy's remarks are not for planners
        warnings.simplefilter("ignore", RuntimeWarning)
        rolling = roll(
            panel, models=models, origins=origins, horizons=horizons, draws=draws, seed=seed
        )
    return MovesBacktest(rolling)


def _figure(axes: Any) -> Figure:
    figure: Figure = axes.get_figure(root=True)
    return figure
