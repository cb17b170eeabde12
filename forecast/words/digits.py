"""Numbers as a reader of the language of now writes them."""

from __future__ import annotations

import math

from forecast.words import language, say

NO_BREAK = "\u00a0"
MINUS = "\u2212"


def number(value: float | None, digits: int = 0, *, signed: bool = False) -> str:
    """A number as text: 1,234.5 in English, 1 234,5 in Russian and Kazakh.

    value  : None and NaN become the word "unknown", never 0
    signed : a plus sign before positive numbers
    The thousands of ru and kk are parted by a no-break space, so that no line ends inside a
    number that is pasted into a draft.
    """
    if value is None or math.isnan(value):
        return say("unknown")
    rounded = round(float(value), digits)
    text = f"{abs(rounded):,.{digits}f}"
    if language() != "en":
        text = text.replace(",", NO_BREAK).replace(".", ",")
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    return sign + text


def per_cent(value: float | None, digits: int = 1, *, signed: bool = False) -> str:
    """A percentage as text: 12.3% in English, 12,3 % in Russian (GOST 8.417), 12,3% in Kazakh."""
    if value is None or math.isnan(value):
        return say("unknown")
    text = number(value, digits, signed=signed)
    return f"{text}{NO_BREAK}%" if language() == "ru" else f"{text}%"


def short(value: float | None, *, signed: bool = False) -> str:
    """A number as text with the three digits that tell it apart; from 1,000 on it is whole."""
    if value is None or math.isnan(value) or value == 0 or abs(value) >= 1000:
        return number(value, 0, signed=signed)
    rounded = float(f"{value:.3g}")
    digits = next(d for d in range(16) if d == 15 or round(rounded, d) == rounded)
    return number(rounded, digits, signed=signed)
