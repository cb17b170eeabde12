"""What a word of the command line asks for: a finished run, a scenario to be run, a region."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from forecast import api
from forecast.errors import Fault, InputError, did_you_mean, nearest
from forecast.errors import gathering as gathering  # for the commands
from forecast.plan import read
from forecast.projection import Projection
from forecast.run_folder import MANIFEST
from forecast.scenario.find import find, folders, joined
from forecast.scenario.places import region_of
from forecast.scenario.read import Keys
from forecast.shell import tell
from forecast.space import Space
from forecast.words import say

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario import Scenario


def is_run(name: str) -> bool:
    """Whether a word is the folder of a finished run and not the name of a scenario."""
    return os.path.isfile(Path(name) / MANIFEST)  # False, too, for a name that is too long


def asked(name: str, dataset: Dataset | None) -> Projection | Scenario:
    """A finished run, or the scenario that is to be run.

    Raises InputError for what is neither, with the run or scenario of the nearest name.
    """
    if dataset is None or is_run(name):
        return api.load(name)
    try:
        return read(name, dataset)
    except InputError:
        cure = run_near(name)
        if cure is None or joined(name) or find(name, folders()) is not None:
            raise
        text = say("there is no finished run here") + "; " + cure
        raise InputError(name, text) from None
    except OSError as error:
        message = say("the file cannot be read ({reason})", reason=error.strerror or error)
        raise InputError(name, message) from error


def carried_out(
    what: Projection | Scenario,
    dataset: Dataset | None,
    *,
    until: int | None = None,
    quiet: bool = False,
) -> Projection:
    """The projection of what was asked for; a scenario is run now, nothing is saved."""
    if isinstance(what, Projection):
        return what
    tell(say("running {name} ...", name=what.name), quiet=quiet)
    return api.run(what, dataset, until=until)


def region_asked(space: Space, word: str) -> str:
    """The id of a region, or of the nation; raises InputError about --region."""

    def refuse(keys: Keys, message: str, cure: str = "") -> None:
        raise InputError("", [Fault("--region", message, cure)])

    return region_of(word, space, (), refuse, nation=True)


def run_near(name: str) -> str | None:
    """The cure for a folder that is no run: the runs in it or beside it; None where there are
    none and it is not a folder at all."""
    path = Path(name)
    place = path if path.is_dir() else path.parent
    if "/" not in name and "\\" not in name and not path.is_dir():
        return None
    runs = [str(found) for found in sorted(place.glob("*")) if is_run(str(found))]
    if path.is_dir():
        return did_you_mean(name, runs) or say("give the folder of a finished run, for instance "
                                               "results/baseline")  # fmt: skip
    near = nearest(name, runs) or next((run for run in runs if run.startswith(name)), None)
    return None if near is None else say("did you mean '{near}'?", near=near)
