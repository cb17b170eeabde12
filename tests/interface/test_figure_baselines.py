"""Every figure looks as it did when somebody last looked at it and accepted it.

The run is invented, but for names, norms and outlines of the data package: a change of other data
does not change these pictures. Words are compared as words (what is written, where, in bold or
not), for their edges move with every version of the font library; all else as dots, by
matplotlib.testing.compare (root mean square of the difference, 0 to 255), the places of words left
out of both pictures.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, Plausible, plausible_result
from drawn import Drawing, with_sections, written
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text
from PIL import Image

from forecast.report import style
from forecast.report.figures import FIGURES
from forecast.space import Space

FOLDER = Path(__file__).parent / "baselines"
WORDS = FOLDER / "words.json"
DPI = 80
COLOURS = 64  # of the stored picture
TOLERANCE, LOCAL = 3.0, 20.0  # root mean square of all dots; mean colour of any 8 x 8 dots
UNLIKE, SPOTS = 64, 4  # of 255 in a colour, more than the few colours alter; dots that may be so
MOVED = 1.0  # mm that a word may move
AROUND = 2  # dots around a word that are left out with it
LANGUAGES = ("ru", "kk", "en")
COLUMN = frozenset({"map", "dependency", "flows", "stock_and_need"})  # the others as a page
BASELINES = [
    Drawing(kind, LANGUAGES[k % 3], "column" if kind in COLUMN else "page")
    for k, kind in enumerate(FIGURES)
]


def invented_run() -> Plausible:
    """The run of the baselines, also without pytest."""
    regions = pd.read_csv(ROOT / "data/kazakhstan/observed/regions.csv", dtype=str)
    names = {"en": "Kazakhstan", "ru": "Казахстан", "kk": "Қазақстан"}
    return with_sections(plausible_result(Space.from_frame(regions, "KZ", names)))


def rendered(figure: Figure, path: Path) -> Path:
    """The figure as a small picture of few colours."""
    with style.styled():
        figure.savefig(path, dpi=DPI, metadata={"Software": None})
    with Image.open(path) as image:
        few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    return path


def _extents(figure: Figure) -> list[tuple[Text, np.ndarray]]:
    """Every word with its left, bottom, right and top end, dots of the figure."""
    with style.styled():
        figure.draw_without_rendering()
        renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        return [(text, text.get_window_extent(renderer).extents) for text in written(figure)]


def words(figure: Figure) -> list[list[Any]]:
    """What is written: the text, mm from the left and from the bottom, whether in bold."""
    found = []
    for text, box in _extents(figure):
        place = [round(25.4 * float(end) / figure.dpi, 1) for end in box[:2]]
        found.append([text.get_text(), *place, text.get_fontweight() == "bold"])
    return sorted(found)


def difference(name: Drawing, figure: Figure, folder: Path) -> str:
    """What differs from the baseline beyond the tolerance, in words; empty where nothing does."""
    told = json.loads(WORDS.read_text(encoding="utf-8"))[str(name)]
    faults = _of_words(told, words(figure))
    actual = rendered(figure, folder / f"{name}.png")
    expected = folder / f"{name}-expected.png"
    with Image.open(FOLDER / f"{name}.png") as one, Image.open(actual) as other:
        if one.size != other.size:
            return "; ".join([*faults, f"{other.size} dots instead of {one.size}"])
        pictures = [_without_words(image, figure) for image in (one, other)]
    for picture, path in zip(pictures, (expected, actual), strict=True):
        Image.fromarray(picture).save(path)
    found = compare_images(str(expected), str(actual), TOLERANCE)
    worst = _worst_block(*(picture.astype(float) for picture in pictures))
    unlike = _unlike(*pictures)
    if found is not None:
        faults.append(found)
    elif worst >= LOCAL:
        faults.append(f"a place differs by {worst:.0f} of 255, at most {LOCAL:.0f} is nothing")
    elif unlike > SPOTS:
        faults.append(f"{unlike} dots have another colour, at most {SPOTS} are nothing")
    return "; ".join(faults)


def _of_words(expected: list[list[Any]], actual: list[list[Any]]) -> list[str]:
    before, after = Counter(word for word, *_ in expected), Counter(word for word, *_ in actual)
    gone, new = sorted((before - after).elements()), sorted((after - before).elements())
    if gone or new:
        return [f"no longer written: {gone}, newly written: {new}"]
    return [
        f"{word!r} was at {place[:2]} mm, is at {now[:2]} mm"
        for (word, *place), (_, *now) in zip(expected, actual, strict=True)
        if max(abs(a - b) for a, b in zip(place[:2], now[:2], strict=True)) > MOVED
        or place[2] != now[2]
    ]


def _without_words(image: Image.Image, figure: Figure) -> np.ndarray:
    """The dots of a picture with white where the figure has words."""
    dots = np.array(image.convert("RGB"))
    for _, extent in _extents(figure):
        box = extent * DPI / figure.dpi
        left, right = int(box[0]) - AROUND, int(np.ceil(box[2])) + AROUND
        top, bottom = (int(np.clip(len(dots) - end, 0, len(dots))) for end in (box[3], box[1]))
        dots[max(top - AROUND, 0) : bottom + AROUND + 1, max(left, 0) : right + 1] = 255
    return dots


def _worst_block(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference of the mean colours of 8 x 8 dots."""
    rows, columns = (extent // 8 * 8 for extent in one.shape[:2])
    blocks = [picture[:rows, :columns].reshape(rows // 8, 8, columns // 8, 8, 3).mean(axis=(1, 3))
              for picture in (one, other)]  # fmt: skip
    return float(np.sqrt(((blocks[0] - blocks[1]) ** 2).mean(axis=2)).max())


def _unlike(one: np.ndarray, other: np.ndarray) -> int:
    """Dots of quite another colour, as a small mark leaves where it was and has where it is."""
    return int((np.abs(one.astype(int) - other).max(axis=2) > UNLIKE).sum())


@pytest.fixture(scope="module")
def run(invented: Plausible) -> Plausible:
    return with_sections(invented)


@pytest.mark.parametrize("name", BASELINES, ids=str)
def test_the_figure_looks_as_accepted(name: Drawing, run: Plausible, tmp_path: Path) -> None:
    expected = FOLDER / f"{name}.png"
    accept = f"{Path(sys.executable).name} tests/interface/accept_figures.py {name.kind}"
    assert expected.is_file(), f"no picture to compare with; look at the figure, then: {accept}"
    found = difference(name, name.draw(run), tmp_path)
    assert not found, f"{found}\nlook at {tmp_path}; if it is meant to be so: {accept}"


def test_the_pictures_are_few_and_small() -> None:
    pictures = list(FOLDER.glob("*.png"))
    assert {path.stem for path in pictures} == {str(name) for name in BASELINES}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1.5e6


def _title(figure: Figure) -> None:
    bold = next(text for text in figure.texts if text.get_fontweight() == "bold")
    bold.set_text(bold.get_text().replace("е", "о").replace("a", "o"))


def _colour(figure: Figure) -> None:
    """A colour of the bars alone, to one that is not far from it."""
    chosen = [patch for ax in figure.axes for patch in ax.patches
              if patch.get_label() in ("labour_deficit", "internal")]  # fmt: skip
    for patch in chosen:
        red, green, blue, _ = patch.get_facecolor()
        patch.set_facecolor((red, min(green + 0.2, 1.0), blue))
    assert chosen


def _hatch(figure: Figure) -> None:
    for ax in figure.axes:
        for patch in ax.patches:
            if patch.get_hatch() and patch.get_label() in ("labour_deficit", "external"):
                patch.set_hatch("")


def _marked(figure: Figure) -> list[Line2D]:
    """The lines that have markers, on the axes and on panels within them."""
    panels = [panel for ax in figure.axes for panel in (ax, *ax.child_axes)]
    return [line for panel in panels for line in panel.lines
            if line.get_marker() not in ("", " ", "None", None)]  # fmt: skip


def _marker(figure: Figure) -> None:
    """The last marker of one line a millimetre to the right."""
    line = _marked(figure)[0]
    right = np.array(line.get_xdata(), dtype=float)
    ends = line.axes.transData.inverted().transform([(0, 0), (figure.dpi / 25.4, 0)])
    right[-1] += ends[1, 0] - ends[0, 0]
    line.set_xdata(right)


def _swapped(figure: Figure) -> None:
    """One line in the colour of another one."""
    first, *others = _marked(figure)
    first.set_color(next(line.get_color() for line in others
                         if line.get_color() != first.get_color()))  # fmt: skip


def _number(figure: Figure) -> None:
    figure.axes[0].texts[-1].set_text("123 456")


CHANGES: list[tuple[str, Callable[[Figure], None]]] = [
    ("labour_deficit", _title), ("labour_gap", _title), ("labour_deficit", _colour),
    ("net_migration", _colour), ("net_migration", _number), ("labour_deficit", _hatch),
    *((kind, _marker) for kind in ("population_by_region", "net_migration", "dependency",
                                   "stock_and_need", "fan")),
    ("dependency", _swapped), ("stock_and_need", _swapped),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change"), CHANGES, ids=[f"{k}{c.__name__}" for k, c in CHANGES])
def test_another_title_colour_or_number_is_found(
    kind: str, change: Callable[[Figure], None], run: Plausible, tmp_path: Path
) -> None:
    (name,) = [each for each in BASELINES if each.kind == kind]
    figure = name.draw(run)
    change(figure)
    assert difference(name, figure, tmp_path)


@pytest.mark.parametrize("kind", ["labour_deficit", "dependency", "flows", "fan", "net_migration"])
def test_edges_of_letters_that_move_by_a_part_of_a_dot_pass(
    kind: str, run: Plausible, tmp_path: Path
) -> None:
    """As other versions of the font library move them: letters larger by 0.4 per cent."""
    (name,) = [each for each in BASELINES if each.kind == kind]
    figure = name.draw(run)
    for text in figure.findobj(lambda artist: hasattr(artist, "get_fontsize")):
        moved: Any = text
        moved.set_fontsize(1.004 * moved.get_fontsize())
    assert not difference(name, figure, tmp_path)


def test_another_run_has_another_picture(run: Plausible, tmp_path: Path) -> None:
    (name,) = [each for each in BASELINES if each.kind == "net_migration"]
    frame = run.frames["components"]
    other = replace(run, frames={**run.frames, "components": frame.assign(
        value=frame["value"].mask(frame["component"] == "internal_in", frame["value"] * 1.5)
    )})  # fmt: skip
    assert "newly written" in difference(name, name.draw(other), tmp_path)
