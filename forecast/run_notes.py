"""Notes of a run on its draws and on its data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from forecast.assumptions import Assumptions, Note
from forecast.draws import Draws
from forecast.held import is_held
from forecast.levels import DRAWN
from forecast.observed_flows import OFFICIAL, flow_status
from forecast.plan import Plan
from forecast.tables import ESTIMATED
from forecast.uncertain import COMPONENTS
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset


def answers(plan: Plan, assumptions: Assumptions) -> bool:
    """Whether moves answer to drivers of the scenario, or to what it makes scarce."""
    if assumptions.drivers is None:
        return False
    return assumptions.drivers.act or plan.around.feedback is not None


def draws_note(plan: Plan, assumptions: Assumptions, draws: Draws) -> Note:
    """What the intervals hold and what they do not."""
    silent = set() if answers(plan, assumptions) else {"response"}
    if flow_status(plan.dataset) != ESTIMATED:
        silent.add("gross_level")
    drawn = [name for name in COMPONENTS if name not in silent]
    level = plan.internal
    if level == DRAWN and assumptions.yearly is not None:
        level = say("the forecast of published matrices, wandering as they did from year to year")
    elif level == DRAWN:
        level = say("from the last observed year towards anywhere between the first and the last")
    text = say(
        "{n} draws, seed {seed}: {components}. Level of moves between regions: {level}. Jobs, "
        "norms, participation and policy are not drawn, nor are wars, epidemics and changes of "
        "law. How often such intervals held in the past is printed by 'forecast backtest'.",
        n=number(draws.count), seed=draws.seed,
        components=", ".join(say(COMPONENTS[name]) for name in drawn),
        level=level,
    )  # fmt: skip
    if plan.points:
        text += " " + say(
            "The central path has the most likely delivery of growth points; where that is also "
            "the best, it lies at the upper edge of the interval."
        )
    source = say("errors of the models from earlier origins, table estimated/validation")
    return Note(say("Intervals"), text, source, "estimated")


def stale_notes(dataset: Dataset) -> tuple[Note, ...]:
    """A warning where figures changed after the estimates were made of them."""
    changed = [name for name in dataset.changed_since_build if name != OFFICIAL]
    if not changed or is_held(dataset):
        return ()
    text = say(
        "Figures changed after the estimates were made, so the run does not follow them: {tables}. "
        "Run 'forecast data build' first.",
        tables=", ".join(changed),
    )  # fmt: skip
    return (Note(say("Warning"), text, dataset.name, "estimated"),)


def notes_frame(notes: Sequence[Note]) -> pd.DataFrame:
    """What the run assumes, in words: subject, text, source, status."""
    rows = [(note.subject, note.text, note.source, note.status) for note in notes]
    return pd.DataFrame(rows, columns=["subject", "text", "source", "status"])
