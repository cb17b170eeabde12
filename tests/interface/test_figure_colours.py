"""Colours of figures are told apart by everybody, and on a printer without colour.

Authority: the matrices of G. M. Machado, M. M. Oliveira and L. A. F. Fernandes (2009, A
physiologically-based model for simulation of color vision deficiency, IEEE TVCG 15: 1291-1298) for
full protanopia, deuteranopia and tritanopia, on linear RGB; distances in CIE L*a*b* of 1976. Two
looks that can lie beside each other differ by a distance of 20 for every eye and by 10 in
lightness, or in their hatch, marker or line.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from forecast.report import (
    bars,
    bullets,
    chord,
    fans,
    flow_map,
    gap,
    lines,
    match_figure,
    orders,
    pyramid,
    quota,
    score_figures,
    skill,
    stock,
    style,
    tornado,
    waterfall,
)
from forecast.report.beside import LOOKS as OTHERS

EYES = {
    "everybody": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                            [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                              [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                            [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                   [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
WHITE = np.array([0.95047, 1.0, 1.08883])  # D65
APART, LIGHTER = 20.0, 10.0
STEP = 7.0  # of lightness between two classes of one ramp, which lie in order


def lab(colour: Any, eye: str = "everybody") -> np.ndarray:
    """L*, a*, b* of a colour as an eye sees it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    share = TO_XYZ @ np.clip(EYES[eye] @ linear, 0, 1) / WHITE
    root = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def distance(one: Any, other: Any) -> float:
    """The least distance of two colours over all eyes."""
    return min(float(np.linalg.norm(lab(one, eye) - lab(other, eye))) for eye in EYES)


def lightness(one: Any, other: Any) -> float:
    return abs(float(lab(one)[0] - lab(other)[0]))


# Looks that may lie beside each other: colour and whatever else tells them apart.
Look = tuple[Any, Any]
BESIDE: dict[str, Mapping[str, Look]] = {
    "sexes": {sex: (colour, "") for sex, colour in style.SEX_COLOURS.items()},
    "streams": {name: (colour, hatch) for name, (_, colour, hatch) in bars.STREAMS.items()},
    "short or to spare": dict(zip(("short", "spare"), bars.SIDES, strict=True)),
    "rungs of the gap": dict(gap.LOOKS),
    "components of the variance": dict(fans.LOOKS),
    "sides of the tornado": {k: (c, h) for k, (_, c, h) in tornado.SIDES.items()},
    "waterfall": {"adds": waterfall.ADDS, "takes": waterfall.TAKES,
                  "difference": waterfall.WHOLE},
    "ratios": {name: (colour, (marker, dash)) for name, (colour, marker, dash)
               in lines.RATIOS.items()},
    "arrows": {"from": (flow_map.FROM, ""), "to": (flow_map.TO, "")},
    "projections of others": {who: (look["color"], look["marker"])
                              for who, look in OTHERS.items()},
    "outlines": {str(k): (look["color"], look.get("linestyle", "-"))
                 for k, look in enumerate(pyramid.OUTLINES)},
    "bullets": {str(met): (colour, hatch) for met, (_, colour, hatch) in bullets.LOOKS.items()},
    "criteria of a score": {str(k): look for k, look in enumerate(score_figures.LOOKS)},
    "places of a match": {name: (look["facecolor"], look["hatch"])
                          for name, look in match_figure.LOOKS.items()},
    "models of a backtest": {name: (colour, (marker, dash))
                             for name, (colour, marker, dash) in skill.LOOKS.items()},
    "streams of a quota": {str(k): (colour, "") for k, colour in enumerate(quota.COLOURS)},
    "settlers of a quota": {"ours": (quota.COLOURS[0], ""), "published": (quota.PALE[0], "")},
    "migrants of a quota": {"ours": (quota.COLOURS[1], ""), "published": (quota.PALE[1], "")},
    "stock and need": {"stock": stock.STOCK, "need": stock.NEED},
    "orders": {"overdue": orders.OVERDUE, "in time": orders.IN_TIME},
}  # fmt: skip


def pairs() -> Iterator[tuple[str, str, Look, Look]]:
    for where, looks in BESIDE.items():
        for (one, a), (other, b) in itertools.combinations(looks.items(), 2):
            yield where, f"{one} / {other}", a, b


def test_matrices_leave_grey_as_it_is() -> None:
    for matrix in EYES.values():
        assert matrix.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert lab("white") == pytest.approx([100, 0, 0], abs=0.02)
    assert lab("#777777")[0] == pytest.approx(50.0, abs=0.1)  # the grey in the middle
    assert distance("#ff0000", "#7b6f00") < APART, "red and olive are one to a protanope"


def test_looks_that_lie_beside_each_other_are_told_apart() -> None:
    faults = []
    for where, names, (one, sign), (other, mark) in pairs():
        if sign != mark:
            continue
        found, light = distance(one, other), lightness(one, other)
        if found < APART or light < LIGHTER:
            faults.append(f"{where}: {names}: distance {found:.0f}, lightness {light:.0f}")
    assert not faults, "give one a hatch, a marker or a line of its own\n" + "\n".join(faults)


def test_neighbours_in_the_circle_are_told_apart() -> None:
    """Six coloured regions stand in the order of the colours, or have grey ones between them."""
    ring = [*chord.COLOURS, chord.COLOURS[0]]
    faults = [f"{a} / {b}" for a, b in itertools.pairwise(ring)
              if distance(a, b) < APART or lightness(a, b) < LIGHTER]  # fmt: skip
    faults += [f"{a} / grey" for a in chord.COLOURS if distance(a, chord.OTHERS) < APART / 2]
    assert not faults


@pytest.mark.parametrize("ramp", [style.FALLS, style.RISES])
def test_classes_of_a_map_grow_darker_by_equal_steps(ramp: tuple[str, ...]) -> None:
    light = [float(lab(colour)[0]) for colour in ramp]
    assert all(a - b >= STEP for a, b in itertools.pairwise([100.0, *light])), light
    for one, other in itertools.pairwise(ramp):
        assert distance(one, other) >= STEP


def over(colour: Any, opaque: float, ground: Any) -> tuple[float, ...]:
    """The colour of a band that lets the ground through."""
    mixed = opaque * np.array(to_rgb(colour)) + (1 - opaque) * np.array(to_rgb(ground))
    return tuple(mixed.tolist())


@pytest.mark.parametrize("ground", ["white", lines.FILLS["ground"]["facecolors"]])
def test_bands_of_a_fan_grow_darker_by_steps(ground: str) -> None:
    outer = over(style.SKY, fans.OPAQUE[0], ground)
    inner = over(style.SKY, fans.OPAQUE[1], outer)
    laid = [ground, outer, inner]
    for fill, below, wanted in (("outer", ground, outer), ("inner", outer, inner)):
        look = lines.FILLS[fill]
        assert over(look["facecolors"], look["alpha"], below) == wanted, (
            "both figures have one look"
        )
    band = over(lines.FILLS["band"]["facecolors"], lines.FILLS["band"]["alpha"], ground)
    for one, other in (*itertools.pairwise(laid), (ground, band)):
        assert lab(one)[0] - lab(other)[0] >= STEP
        assert distance(one, other) >= STEP


def test_growth_and_decline_are_two_colours_to_every_eye() -> None:
    """From the second class on; the palest are told apart by the hatch of decline."""
    for fall, rise in itertools.product(style.FALLS[1:], style.RISES[1:]):
        assert distance(fall, rise) >= APART, (fall, rise)
    assert distance(style.FALLS[0], style.RISES[0]) >= 10


def test_words_are_dark_enough_on_their_ground() -> None:
    """Contrast of 4.5 to 1 (WCAG 2.2, 1.4.3), also of grey words on the grey of projected years."""

    def luminance(colour: str) -> float:
        return float(((lab(colour)[0] + 16) / 116) ** 3)

    for word, ground in ((style.INK, "white"), (style.GREY, "white"), (style.INK, style.SHADE),
                         (style.GREY, style.SHADE), ("white", style.RISES[3] ),
                         ("white", style.FALLS[4])):  # fmt: skip
        high, low = sorted((luminance(word), luminance(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= (4.5 if word != "white" else 3.0), (word, ground)


def test_hatches_of_one_figure_differ() -> None:
    """A hatch is a sign of its own only where no other look beside it has the same."""
    for where, looks in BESIDE.items():
        for (one, (a, hatch)), (other, (b, same)) in itertools.combinations(looks.items(), 2):
            if hatch == same and hatch not in ("", "-"):
                assert lightness(a, b) >= LIGHTER, f"{where}: {one} / {other}"
