"""Files that a command writes besides its screen: all of them or none."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from forecast.commands.asked import gathering
from forecast.errors import Faults, InputError, did_you_mean
from forecast.run_folder import MANIFEST, own_files
from forecast.storage import inside, refuse_closed, writing
from forecast.words import say

if TYPE_CHECKING:
    import pandas as pd

FIGURES = ("png", "svg")  # that a folder gets
LONGEST_ENDING = 5  # letters: drafts.v2 names a folder, draft.docx a file


class Files:
    """Within the block they are written beside their places, which they take when it ends well.

    written : their paths, in the order in which they came
    """

    def __init__(self, folder: Path | None = None):
        self.folder = Path() if folder is None else folder
        self.written: list[Path] = []
        self._files = ExitStack()
        if folder is not None:
            self._files.enter_context(inside(folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return self._files.__exit__(kind, error, trace)

    def beside(self, name: str) -> Path:
        """Where the content of a file of the folder goes until the block ends."""
        path = self.folder / name
        self.written.append(path)
        return self._files.enter_context(writing(path))

    def table(self, name: str, frame: pd.DataFrame) -> None:
        """A table as CSV."""
        frame.to_csv(self.beside(name), index=False)

    def content(self, name: str, content: bytes) -> None:
        """A file of which the content is made already."""
        self.beside(name).write_bytes(content)

    def figure(self, stem: str, figure: Any, text: str) -> None:
        """A figure in each of FIGURES; text is its alternative text."""
        from forecast.report.figures import write_figure

        for kind in FIGURES:
            write_figure(figure, self.beside(f"{stem}.{kind}"), kind, text)

    def named_figure(self, name: str, figure: Any, text: str) -> None:
        """A figure in the file that a user named, as its ending says."""
        from forecast.report.figures import write_figure

        path = Path(name)
        self._files.enter_context(inside(path.parent))
        self.written.append(path)
        beside = self._files.enter_context(writing(path))
        write_figure(figure, beside, path.suffix.lower().removeprefix("."), text)


def refuse_run(folder: Path) -> None:
    """A finished run stays as it was saved: a further file in it would keep it from being
    replaced by the next run."""
    full = Path(os.path.realpath(folder))  # of links in a circle too
    for place in (full, *full.parents):
        if os.path.isfile(place / MANIFEST) and own_files(place):
            message = say("this is the folder of a finished run; its files stay as they are")
            raise InputError(folder, message + "; " + say("choose another place with --out"))


def refuse_folder(folder: Path) -> None:
    """Raise InputError now where no further file could be written into a folder."""
    refuse_run(folder)
    refuse_closed(folder)


def refuse_figure(name: str) -> None:
    """Raise InputError now where a figure could not be written to the file that --plot names."""
    from forecast.report.figures import DRAWN_AS

    path = Path(name)
    if path.suffix.lower().removeprefix(".") not in DRAWN_AS:
        endings = ", ".join(f".{known}" for known in DRAWN_AS)
        message = say("this is no kind of figure")
        cure = say("name a file that ends in {endings}", endings=endings)
        raise InputError("--plot", message + "; " + cure)
    if os.path.isdir(path):
        raise InputError("--plot", say("this is a folder"))
    refuse_folder(path.parent)


def check_places(out: str | None, plot: str | None, faults: Faults) -> None:
    """What can be known now to go wrong with the folder of --out and the file of --plot."""
    with gathering(faults):
        if out is not None:
            refuse_folder(Path(out))
    with gathering(faults):
        if plot is not None:
            refuse_figure(plot)


def names_file(out: str | None) -> bool:
    """Whether --out names a file: an ending of letters, and no folder stands there."""
    path = Path(out or ".")  # os.path answers for names that are too long as well
    ending = path.suffix.removeprefix(".")
    short = ending.isalpha() and len(ending) < LONGEST_ENDING
    return short and not os.path.isdir(path) and not str(out).endswith(("/", os.sep))


def formats_asked(
    text: str, known: Collection[str], example: str, faults: Faults
) -> tuple[str, ...]:
    """The formats that --format names, with commas between; what is not known is a fault."""
    wanted = tuple(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))
    for word in wanted:
        if word not in known:
            faults.add("--format", say("no format '{name}'", name=word), did_you_mean(word, known))
    if not wanted:
        faults.add("--format", say("nothing is named; write for instance {example}",
                                   example=example))  # fmt: skip
    return wanted
