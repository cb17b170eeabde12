"""The words of every figure: apart from each other, on the page, in the font and in the language.

Authority: the extents of the words as they are drawn, in three languages, at the width of a page,
of a column and of a slide; the character map of the font; GOST 8.417 and the rules of Russian and
Kazakh for numbers (decimal comma, no-break spaces between thousands).
"""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest
from conftest import Plausible
from drawn import Drawing, beside, drawings, with_sections, written
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from forecast.report.figures import FIGURES, alt_text
from forecast.report.letters import FONT, text_width
from forecast.report.paper import CM, SIZES, SLIDE
from forecast.report.style import styled
from forecast.words import speaking

TOUCH = 4  # dots of 300 an inch, 0.3 mm, that boxes of words may share
KAZAKH = "әғқңөұүһіӘҒҚҢӨҰҮҺІ"
LATIN = re.compile(r"[A-Za-z]{2,}")
CODES = re.compile(r"\b(?:KZ|KZT|Excel)\b|[\w/]+\.csv|[\w.-]+\.kz\b")
POINT = re.compile(r"\d\.\d")
SPLIT = re.compile(r"\d[ ,]\d{3}(?!\d)")  # thousands parted by a space that breaks, or a comma


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def result(invented: Plausible) -> Plausible:
    return with_sections(invented)


@pytest.fixture(scope="module")
def drawn(result: Plausible) -> dict[Drawing, Figure]:
    """All of them, measured once; a letter that the font lacks is a warning of matplotlib."""
    figures = {}
    with warnings.catch_warnings(), styled():
        warnings.simplefilter("error")
        for drawing in drawings():
            figures[drawing] = drawing.draw(result)
            figures[drawing].draw_without_rendering()
        for size in ("page", "column"):
            for region in (None, result.nation):
                options: dict[str, Any] = {"beside": beside(result)}
                options |= {} if region is None else {"region": region}
                name = Drawing("fan", "ru", size, (("beside", str(region)),))
                figures[name] = Drawing("fan", "ru", size, tuple(options.items())).draw(result)
                figures[name].draw_without_rendering()
    return figures


def overlaps(figure: Figure) -> list[str]:
    """Words that lie on each other or beyond the page."""
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    words = list(written(figure))
    with styled():
        boxes = np.array([text.get_window_extent(renderer).extents for text in words])
    low, high = boxes[:, :2], boxes[:, 2:]
    page = np.array([figure.bbox.x1, figure.bbox.y1])
    faults = [f"{words[k].get_text()!r} leaves the page"
              for k in np.flatnonzero(((low < -1) | (high > page + 1)).any(axis=1))]  # fmt: skip
    shared = np.minimum(high[:, None], high[None]) - np.maximum(low[:, None], low[None])
    for one, other in np.argwhere(np.triu((shared > TOUCH).all(axis=2), 1)):
        faults.append(f"{words[one].get_text()!r} lies on {words[other].get_text()!r}")
    return faults


def test_no_word_touches_another_or_leaves_the_page(drawn: dict[Drawing, Figure]) -> None:
    faults = [f"{name}: {fault}" for name, figure in drawn.items() for fault in overlaps(figure)]
    assert not faults, f"{len(faults)}\n" + "\n".join(faults)


def test_a_word_on_another_is_found(result: Plausible) -> None:
    figure = Drawing("map", "ru", "page").draw(result)
    assert not overlaps(figure)
    words = next(written(figure))
    figure.text(*words.get_position(), "Поверх", va="top")
    figure.text(0.99, 0.5, "За краем листа")
    found = overlaps(figure)
    assert any("Поверх" in fault for fault in found)
    assert any("leaves the page" in fault for fault in found)


def test_figures_have_the_width_that_was_asked_for(drawn: dict[Drawing, Figure]) -> None:
    for name, figure in drawn.items():
        wide, tall = figure.get_size_inches() / CM
        assert wide == pytest.approx(SIZES[name.size]), name
        assert tall < (SLIDE + 0.01 if name.size == "slide" else 25.8), name  # of an A4 page


def test_letters_are_large_enough_to_read(drawn: dict[Drawing, Figure]) -> None:
    least = {"page": 5.0, "column": 4.4, "slide": 5.0}  # points
    faults = [
        f"{name}: {text.get_text()!r} has {text.get_fontsize():.1f} points"
        for name, figure in drawn.items()
        for text in written(figure)
        if float(text.get_fontsize()) < least[name.size]
    ]
    assert not faults, f"{len(faults)}\n" + "\n".join(faults[:40])


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_the_font_has_every_letter_of_every_figure(
    drawn: dict[Drawing, Figure], weight: str
) -> None:
    font = get_font(findfont(FontProperties(family=FONT, weight=weight)))  # type: ignore[arg-type]
    letters = {letter for figure in drawn.values() for text in written(figure)
               for letter in text.get_text()} | set(KAZAKH)  # fmt: skip
    missing = [letter for letter in sorted(letters - {"\n"})
               if font.get_char_index(ord(letter)) == 0]  # fmt: skip
    assert not missing, "drawn as a box (.notdef)"
    assert len(letters) > 100


def test_a_letter_that_the_font_lacks_would_warn() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = Figure()
    FigureCanvasAgg(figure)
    figure.text(0.1, 0.1, "\ue000", family=FONT)
    with pytest.warns(UserWarning, match="Glyph"):
        figure.canvas.draw()
    assert text_width("\ue000", 10) > 0


@pytest.mark.parametrize("lang", ["ru", "kk"])
def test_figures_hold_no_latin_words_and_no_decimal_points(
    drawn: dict[Drawing, Figure], result: Plausible, lang: str
) -> None:
    known = {result.run_id, result.scenario_name, result.title}
    faults = []
    for name, figure in drawn.items():
        if name.lang != lang:
            continue
        texts = [text.get_text().replace("\n", " ") for text in written(figure)]
        if not name.options and name.size == "page":
            with speaking(lang):
                texts.append(alt_text(result, name.kind))
        for text in texts:
            for word in known:
                text = text.replace(word, "")
            text = CODES.sub("", text)
            if found := LATIN.search(text) or POINT.search(text) or SPLIT.search(text):
                faults.append(f"{name}: {found[0]!r} in {text!r}")
    assert not faults, f"{len(faults)}\n" + "\n".join(faults)


@pytest.mark.parametrize("text", ["3.5 %", "12,345 человек", "1 234", "Population"])
def test_what_a_foreign_number_or_word_looks_like(text: str) -> None:
    assert LATIN.search(text) or POINT.search(text) or SPLIT.search(text)


@pytest.mark.parametrize("text", ["12\u00a0345,6", "2027\u20132031", "31,5\u00a0%", "−0,5"])
def test_what_a_number_of_ours_looks_like(text: str) -> None:
    assert not POINT.search(text)
    assert not SPLIT.search(text)


def test_every_kind_is_looked_at(drawn: dict[Drawing, Figure]) -> None:
    assert {name.kind for name in drawn} == set(FIGURES)
