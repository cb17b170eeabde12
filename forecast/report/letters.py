"""How much room words take in a figure, before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from forecast.report.paper import CM

FONT = "DejaVu Sans"  # bundled with matplotlib; it has every Kazakh letter and the tenge sign
LINE = 1.25  # line height in font sizes


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width of one line of text, cm: the sum of its letters, a hair more than with kerning."""
    return sum(_letter_width(letter, bold) for letter in text) * size / 72 / CM


@lru_cache(maxsize=4096)
def _letter_width(letter: str, bold: bool) -> float:
    """How far a letter moves the pen, in font sizes."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family=FONT, weight="bold" if bold else "normal")))
    size = 64  # large, so that rounding does not matter
    font.set_size(size, 72)
    if font.get_char_index(ord(letter)) == 0:
        return 1.0  # not in the font: drawn as a box, about as wide as it is high
    return float(font.load_char(ord(letter)).linearHoriAdvance) / 65536 / size


def wrap(
    text: str, width: float, size: float, bold: bool = False, *, hyphens: bool = True
) -> list[str]:
    """Lines of at most `width` cm, broken at spaces and, with `hyphens`, after those in words.

    A single word that is wider than that stands alone on its line.
    """
    lines: list[str] = []
    line = ""
    for word in _pieces(text, hyphens):
        if line and text_width((line + word).rstrip(" "), size, bold) > width:
            lines.append(line.rstrip(" "))
            line = ""
        line += word
    return [*lines, line.rstrip(" ")] if line.strip(" ") else lines


def _pieces(text: str, hyphens: bool) -> Iterator[str]:
    """Words with the break that follows them."""
    piece = ""
    for letter, following in zip(text, [*text[1:], ""], strict=False):  # no text, no piece
        piece += letter
        if letter == " " or (hyphens and letter == "-" and following.isalpha()):
            yield piece
            piece = ""
    if piece:
        yield piece


def height_of(lines: int, size: float) -> float:
    """Height of lines of text, cm."""
    return lines * size * LINE / 72 / CM
