"""`forecast plot`: figures of a finished run, or of a scenario that is run without saving."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forecast import api
from forecast.commands.asked import asked, carried_out, gathering, is_run, region_asked
from forecast.commands.files import Files, formats_asked, names_file, refuse_folder
from forecast.errors import Faults, InputError
from forecast.projection import Projection
from forecast.report.figures import (
    DRAWN_AS,
    FIGURES,
    OF_1_JANUARY,
    alt_text,
    drawable,
    options_of,
    page_text,
    write_figure,
)
from forecast.report.paper import paper_of
from forecast.words import say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from forecast.dataset.package import Dataset
    from forecast.scenario import Scenario

FROM_DRAWS = frozenset({"fan", "variance"})
ALL = "all"  # the word for every figure that the run has numbers for
ELSEWHERE = {  # figures that other commands draw
    "tornado": "forecast sensitivity SCENARIO --of population --plot tornado.png",
    "waterfall": "forecast compare RUN OTHER --account --plot waterfall.png",
    "bullets": "forecast indicators RUN --plot bullets.png",
    "skill": "forecast backtest --migration FOLDER --plot skill.png",
}


def plot(
    run: str,
    kinds: Sequence[str],
    *,
    data: str | None = None,
    region: str | None = None,
    year: int | None = None,
    other: str | None = None,
    overlay: Sequence[str] = (),
    size: str | None = None,
    out: str | None = None,
    formats: str | None = None,
    quiet: bool = False,
) -> None:
    """Draw figures of a run, write each as KIND[-region][-year][-less-OTHER] and name the files.

    run, other : run folders or scenarios; with `other` the figures show run less other
    region     : by any of its names; year: calendar year of flows, 1 January of stocks
    overlay    : run folders or scenarios laid over the first; -with-OTHER in the name
    size       : column, page, slide or the width in cm; -SIZE in the name where it is not a page
    out        : folder, or the file of a single figure; the folder of now without it
    formats    : of DRAWN_AS, with commas between; png without it
    Raises InputError with all faults; then nothing is written.
    """
    faults, of_runs, elsewhere = Faults(), Faults(), Faults()
    given = {"region": region, "year": year, "other": other, "with": overlay or None}
    asked_for = [run, *([] if other is None else [other]), *overlay]
    both, dataset = _asked(asked_for, data, of_runs)
    chosen = [name for name, value in given.items() if value is not None]
    region = _region(region, both, dataset, elsewhere)
    names = _names(_all_named(kinds, both, chosen, region), chosen, faults)
    faults += of_runs
    for what in both[:1]:
        _refuse_undrawable(what, names, faults, region)
    faults += elsewhere
    spans = [_span(what, dataset) for what in both]
    _refuse_years(spans, names, year, faults, "--with" if overlay else "--other")
    if size is not None:
        with gathering(faults):
            paper_of(size)
    target = _target(out, formats, names, faults)
    _refuse(faults)
    first, *others = (carried_out(what, dataset, quiet=quiet) for what in both)
    _refuse_undrawable(first, names, faults, region)
    _refuse(faults)
    laid = others[len(others) - len(overlay) :]
    options = {"region": region, "year": year, "other": others[0] if other else None,
               "overlay": laid or None}  # fmt: skip
    options = {name: value for name, value in options.items() if value is not None}
    figures = _drawn(first, names, options, size or "page", data)
    tail = "".join(f"-{part}" for part in (region, year) if part is not None)
    tail += f"-less-{others[0].scenario}" if other else ""
    tail += "".join(f"-with-{run.scenario}" for run in laid)
    tail += f"-{size}" if size not in (None, "page") else ""
    written = _write(first, figures, target, tail, plain=not options)
    if not quiet:
        for path in written:
            click.echo(str(path))


@dataclass(frozen=True)
class Target:
    """Where figures go: a folder, or the one file that was named; and their formats."""

    folder: Path
    file: Path | None
    formats: tuple[str, ...]

    def path(self, name: str, kind: str) -> Path:
        return self.file or self.folder / f"{name}.{kind}"


def _all_named(
    kinds: Sequence[str], both: Sequence[Projection | Scenario], options: Sequence[str],
    region: str | None,
) -> list[str]:  # fmt: skip
    """The kinds with ALL spelt out: the figures that the run can draw and that take the options."""
    known = (
        [
            name
            for name in _drawable(both[0], region)
            if options_of(name) >= {*map(_called, options)}
        ]
        if both
        else []
    )
    return [name for kind in kinds for name in (known if kind == ALL else [kind])]


def _drawable(what: Projection | Scenario, region: str | None) -> list[str]:
    """The figures of a run, or of its region; a scenario is run here without draws."""
    if isinstance(what, Projection):
        return drawable(what, region)
    return [name for name in FIGURES if name not in FROM_DRAWS]


def _names(kinds: Sequence[str], options: Sequence[str], faults: Faults) -> list[str]:
    """The figures that there are, once each; those that do not take an option are a fault."""
    names = []
    for name in dict.fromkeys(kinds):
        known: frozenset[str] = frozenset()
        if name in ELSEWHERE:
            faults.add("", say("the figure '{name}' has a command of its own", name=name),
                       say("draw it with: {command}", command=ELSEWHERE[name]))  # fmt: skip
            continue
        with gathering(faults):
            known = options_of(name)
            names.append(name)
        for option in (option for option in options if known and _called(option) not in known):
            with_it = ", ".join(each for each in FIGURES if _called(option) in options_of(each))
            faults.add(
                "", say("the figure '{name}' has no option '{option}'", name=name,
                        option=f"--{option}"),
                say("figures that have it: {names}", names=with_it),
            )  # fmt: skip
    return names


def _called(option: str) -> str:
    """What the functions of figures call an option of the command."""
    return {"with": "overlay"}.get(option, option)


def _asked(
    words: Sequence[str], data: str | None, faults: Faults
) -> tuple[list[Projection | Scenario], Dataset | None]:
    """What each word means; the data package where one of them is a scenario."""
    found: list[Projection | Scenario] = []
    dataset = None
    if not all(map(is_run, words)):
        with gathering(faults):
            dataset = api.load_dataset(data)
    for word in words:
        if is_run(word) or dataset is not None:
            with gathering(faults):
                found.append(asked(word, dataset))
    return found, dataset


def _region(
    word: str | None, both: Sequence[Projection | Scenario], dataset: Dataset | None, faults: Faults
) -> str | None:
    """The id of the region; None where none is asked for, or none of its name is there."""
    if word is None or not (both or dataset is not None):
        return None
    runs = [what.space for what in both if isinstance(what, Projection)]
    with gathering(faults):
        return region_asked(runs[0] if runs or dataset is None else dataset.space, word)
    return None


def _span(what: Projection | Scenario, dataset: Dataset | None) -> tuple[int, int]:
    """First and last 1 January of a run, or of what a scenario will give."""
    if isinstance(what, Projection):
        return what.base_year, what.last_year
    assert dataset is not None
    return dataset.base_year, what.until + 1


def _refuse_undrawable(
    what: Projection | Scenario, names: Sequence[str], faults: Faults, region: str | None
) -> None:
    """A figure for which the run, or its region, has no numbers."""
    known = _drawable(what, region)
    for name in (name for name in names if name not in known):
        if name in FROM_DRAWS:
            faults.add(name, say("the run has no draws"),
                       say("run it with --draws N, then plot its folder"))  # fmt: skip
        else:
            faults.add(name, say("the run does not hold what this figure shows"),
                       say("it can draw: {names}", names=", ".join(known)))  # fmt: skip


def _refuse_years(
    spans: Sequence[tuple[int, int]],
    names: Sequence[str],
    year: int | None,
    faults: Faults,
    option: str,
) -> None:
    """A year that a run does not have; two runs of different years without a year of both."""
    if not spans:
        return
    first, last = max(span[0] for span in spans), min(span[1] for span in spans)
    if not all(name in OF_1_JANUARY for name in names):
        last -= 1  # flows: the last year ends on the last 1 January
    if year is None:
        if len(set(spans)) > 1:
            faults.add(option, say("the runs have different years"),
                       say("name one that both have with --year: {first}-{last}",
                           first=first, last=last))  # fmt: skip
    elif not first <= year <= last:
        faults.add("--year", say("{year} is not within {first}-{last}", year=year, first=first,
                                 last=last))  # fmt: skip


def _target(out: str | None, formats: str | None, names: Sequence[str], faults: Faults) -> Target:
    """Where to write; what can be known to go wrong there is a fault now."""
    path = Path(out or ".")
    ending = path.suffix.lower().removeprefix(".")
    is_file = names_file(out)
    wanted: tuple[str, ...] = (ending,) if is_file else ()
    if formats is not None:
        wanted = formats_asked(formats, DRAWN_AS, "png,svg", faults)
    target = Target(path.parent if is_file else path, path if is_file else None, wanted or ("png",))
    if is_file and ending not in DRAWN_AS:
        endings = ", ".join(f".{known}" for known in DRAWN_AS)
        faults.add(path, say("this is no kind of figure"),
                   say("name a file that ends in {endings}", endings=endings))  # fmt: skip
    elif is_file and wanted and set(wanted) != {ending}:
        faults.add("--out", say("the file {name} is of another format than --format names",
                                name=path.name), say("name a folder"))  # fmt: skip
    elif is_file and len(names) > 1:
        faults.add("--out", say("several figures do not fit into one file"),
                   say("name a folder"))  # fmt: skip
    with gathering(faults):
        refuse_folder(target.folder)
    return target


def _refuse(faults: Faults) -> None:
    """End here where anything is wrong; what two figures have in common is told once."""
    if faults:
        raise InputError("", list(dict.fromkeys(faults)))


def _drawn(
    projection: Projection,
    names: Sequence[str],
    options: Mapping[str, Any],
    size: str,
    data: str | None,
) -> dict[str, Figure]:
    faults = Faults()
    figures = {}
    for name in names:
        more = dict(options)
        if "beside" in options_of(name):
            more["beside"] = _beside(projection, data)
        with gathering(faults):
            figures[name] = projection.plot(name, size=size, **more)
    _refuse(faults)
    return figures


def _beside(projection: Projection, data: str | None) -> pd.DataFrame | None:
    """What others project for the regions of a run; none where the data package is another one."""
    from forecast.realism import reality_frame

    dataset = api.load_dataset(data)
    return reality_frame(projection, dataset) if dataset.space.ids == projection.space.ids else None


def _write(
    projection: Projection,
    figures: Mapping[str, Figure],
    target: Target,
    tail: str,
    *,
    plain: bool,
) -> list[Path]:
    """Write every figure in every format: all of them or none; returns the files.

    plain : the figures show the whole run, of which alternative texts are known
    """
    with Files(target.folder) as files:
        for name, figure in figures.items():
            text = alt_text(projection, name) if plain else page_text(projection, figure)
            for kind in target.formats:
                path = target.path(name + tail, kind)
                if os.path.isdir(path):
                    raise InputError(path, say("this is a folder"))
                write_figure(figure, files.beside(path.name), kind, text)
    return files.written
