"""What stands on a page, read from what the page or an address gives, and the runs behind it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from threading import RLock
from typing import Any

from forecast.errors import Faults, InputError, did_you_mean
from forecast.explorer.views import OTHERS, VIEWS, Shown
from forecast.levers import Board, Setting, named
from forecast.projection import Projection
from forecast.words import LANGUAGES, language, say
from forecast.words.digits import number

LEVERS = tuple(field.name for field in fields(Setting))
KEPT = 24  # runs that stay in memory


@dataclass(frozen=True)
class Asked:
    """One state of a page.

    place   : region that is looked at, an id; others: scenarios beside the moved one
    drawn   : whether the run is made with draws
    """

    setting: Setting
    view: str
    place: str
    others: tuple[str, ...]
    drawn: bool = False


class Workshop:
    """The runs of a page: each is made once and kept for a while, one at a time.

    draws : of a run with intervals; 0 where they are not offered
    lock  : whoever draws holds it: matplotlib has one style for the whole process
    """

    def __init__(self, board: Board, draws: int = 0, seed: int = 1):
        self.board, self.draws, self.seed = board, draws, seed
        self.lock = RLock()
        self._runs: OrderedDict[tuple[object, ...], Projection] = OrderedDict()

    def run(self, setting: Setting, *, drawn: bool = False) -> Projection:
        """The run of a setting; its notes are in the language of now."""
        if setting.plain and setting.until is None:
            setting = Setting(setting.base)
        key = (setting, drawn, language())
        with self.lock:
            if key not in self._runs:
                count = self.draws if drawn else None
                self._runs[key] = self.board.run(setting, count, self.seed)
                if len(self._runs) > KEPT:
                    self._runs.popitem(last=False)
            self._runs.move_to_end(key)
            return self._runs[key]

    def shown(self, asked: Asked) -> Shown:
        """The runs that a page shows. Raises InputError where one of them cannot be made."""
        run = self.run(asked.setting, drawn=asked.drawn)
        rest_setting = self.board.plain(asked.setting)
        same = asked.setting.plain or asked.setting == rest_setting
        rest = run if same else self.run(rest_setting)
        others = tuple(
            self.run(Setting(base)) for base in asked.others if base != asked.setting.base
        )
        return Shown(run, rest, others, asked.place)

    def intervals_said(self, asked: Asked) -> str:
        """What the box of intervals does not change: a finished run is shown as it was saved."""
        run = self.board.runs.get(asked.setting.base)
        if run is None or not asked.setting.plain or not self.draws:
            return ""
        if not run.draws and asked.drawn:
            return say("The finished run has no draws and therefore no intervals; make it with "
                       "--draws {n} to see them.", n=self.draws)  # fmt: skip
        if run.draws and (not asked.drawn or run.draws != self.draws):
            return say("The finished run is shown as it was saved: with intervals of {n} draws.",
                       n=number(run.draws))  # fmt: skip
        return ""

    def read(self, given: Mapping[str, Any]) -> Asked:
        """A state of the page from what it or an address gives.

        Raises InputError with every fault at once.
        """
        faults, space = Faults(), self.board.space
        try:
            setting = self.board.read({name: given.get(name) for name in LEVERS})
        except InputError as error:
            setting = Setting()
            faults += error.faults
        view = str(given.get("view") or "population")
        if view not in VIEWS:
            faults.add("view", say("'{word}' is not known here", word=view),
                       did_you_mean(view, VIEWS))  # fmt: skip
        place = str(given.get("place") or space.nation)
        if place != space.nation and place not in space.ids:
            faults.add("place", space.unknown(place))
        others = _listed(given.get("others"))
        for name in others:
            if name not in self.board.bases:
                message = say("there is no scenario '{name}'", name=name)
                faults.add(named("base"), message, did_you_mean(name, self.board.bases))
        if len(others) > OTHERS:
            faults.add(say("Compare with"), say("at most {n} scenarios fit into one figure",
                                                n=OTHERS))  # fmt: skip
        if faults:
            raise InputError("", faults)
        drawn = bool(self.draws) and str(given.get("drawn") or "") in ("1", "True")
        return Asked(setting, view, place, others, drawn)


def _listed(value: Any) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else list(value or ())
    return tuple(dict.fromkeys(str(word) for word in words if word))


def spoken(word: Any, fallback: str) -> str:
    """The language of a page; the fallback where the word is none."""
    return word if word in LANGUAGES else fallback
