"""Figures of moves say what the table of flows says, and what they do not draw they state.

Authority: the table of flows of the result, read back from the shapes that are drawn: the angle
of a ribbon, the width of an arrow, the numbers beside them; and for the difference of two runs
the identity that the net changes of all regions sum to 0.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.axes import Axes
from matplotlib.path import Path as Outline
from test_figures import LATIN, boxes, words_of

from forecast.errors import InputError
from forecast.report.chord import RIBBONS
from forecast.report.circle import arcs, ribbon_ends
from forecast.report.figures import FIGURES, draw
from forecast.report.flow_map import LARGEST, LEAST, WIDEST, round_widths
from forecast.report.moves import SEEN, Moves, above, moves, nets, threshold
from forecast.space import Space
from forecast.words import LANGUAGES, speaking
from forecast.words.digits import number, per_cent

KINDS = ("flows", "flow_map")
YEAR = 2028


def square_of(result: Any, year: int | None = None) -> np.ndarray:
    """(origin, destination) mean of the years, or of one, straight from the table."""
    frame = result.frame("flows")
    frame = frame if year is None else frame[frame["year"] == year]
    ids = list(result.space.ids)
    table = frame.pivot_table(index="origin", columns="destination", values="value")
    return table.reindex(index=ids, columns=ids).fillna(0.0).to_numpy()


def with_flows(result: Any, square: np.ndarray, regions: int | None = None) -> Any:
    """The result with these flows in every year, and with its first regions alone."""
    space = result.space
    if regions is not None:
        space = Space(space.regions[:regions], space.nation, space.nation_names)
    rows = [
        (a, b, year, float(square[i, j]), "persons", "projected")
        for (i, a), (j, b) in itertools.permutations(enumerate(space.ids), 2)
        for year in range(2026, 2031)
    ]
    columns = ["origin", "destination", "year", "value", "unit", "status"]
    frames = {**result.frames, "flows": pd.DataFrame(rows, columns=columns)}
    return replace(result, space=space, frames=frames)


def moved_on(result: Any) -> Any:
    """Another run: twice as many move from the first region to the third and to the last."""
    frame = result.frame("flows")
    ids = result.space.ids
    more = frame["origin"].eq(ids[0]) & frame["destination"].isin([ids[2], ids[-1]])
    frame = frame.assign(value=frame["value"].where(~more, 2 * frame["value"] + 1000))
    return replace(result, frames={**result.frames, "flows": frame}, title="Другой сценарий")


def shapes(ax: Axes, label: str) -> list[Outline]:
    return [path for found in ax.collections if found.get_label() == label
            for path in found.get_paths()]  # fmt: skip


def foot_angle(path: Outline) -> float:
    """The angle of a ribbon where it begins, from its first straight points."""
    bend = int(np.argmax(path.codes == Outline.CURVE3))
    first, last = (complex(*path.vertices[k]) for k in (0, bend - 1))
    return float(np.angle(last / first) % (2 * np.pi))


def said(ax: Axes) -> str:
    return words_of(ax.get_figure(root=True)).replace("\n", " ")  # type: ignore[arg-type]


def apart(figure: Any) -> None:
    """No word leaves the page or lies on another by more than 4 dots (0.3 mm)."""
    places, page = boxes(figure), figure.bbox
    for (_, text), box in places.items():
        assert page.x0 - 1 <= box.x0 <= box.x1 <= page.x1 + 1, text
        assert page.y0 - 1 <= box.y0 <= box.y1 <= page.y1 + 1, text
    for (one, a), (two, b) in itertools.combinations(places.items(), 2):
        across, along = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(across, along) < 4, f"{one[1]!r} lies on {two[1]!r}"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("options", ["region", "other", "both", "year", "lopsided"])
def test_no_word_touches_another_whatever_is_asked(
    plausible: Any, name: str, lang: str, options: str
) -> None:
    ids = plausible.space.ids
    result, asked = plausible, {}
    if options in ("region", "both"):
        asked["region"] = ids[7]
    if options in ("other", "both"):
        asked["other"] = moved_on(plausible)
    if options == "year":
        asked["year"] = YEAR
    if options == "lopsided":  # nearly all come to one region: 19 small arcs beside each other
        square = np.full((len(ids), len(ids)), 20.0)
        square[:, 12] += 20_000.0
        result = with_flows(plausible, square)
    with speaking(lang):
        apart(draw(result, name, **asked))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("options", [{"region": 7}, {"other": True}, {"region": 7, "other": True}])
def test_every_word_of_an_option_goes_through_the_catalogue(
    plausible: Any, cyrillic: None, name: str, options: dict[str, Any]
) -> None:
    asked: dict[str, Any] = {}
    if "region" in options:
        asked["region"] = plausible.space.ids[options["region"]]
    if "other" in options:
        asked["other"] = moved_on(plausible)
    with speaking("ru"):
        words = words_of(draw(plausible, name, **asked))
    assert not [line for line in words.splitlines() if LATIN.search(line)]


def test_ribbons_and_what_is_stated_hold_everybody(plausible: Any) -> None:
    square = square_of(plausible)
    ax = FIGURES["flows"](plausible)
    angles = [foot_angle(path) for label in ("ribbons", "others") for path in shapes(ax, label)]
    free = 2 * np.pi - np.radians(2.2) * len(plausible.space)
    persons = np.array(angles) * 2 * square.sum() / free
    least = threshold(square, RIBBONS)
    kept = square[square >= max(least, 1e-9)]
    np.testing.assert_allclose(np.sort(persons), np.sort(kept))
    assert 0 < len(kept) <= RIBBONS
    missing = square.sum() - persons.sum()
    assert missing > 0
    stated = (
        f"flows below {number(least)} persons ({number((square > 0).sum() - len(kept))}), "
        f"{number(missing)} persons, {per_cent(100 * missing / square.sum())} of all"
    )
    assert stated in said(ax)
    assert f"{number(square.sum())} persons" in said(ax)


def test_arcs_are_departures_then_arrivals_and_numbers_stand_beside_them(plausible: Any) -> None:
    square = square_of(plausible, YEAR)
    ax = FIGURES["flows"](plausible, year=YEAR)
    out, come = square.sum(axis=1), square.sum(axis=0)
    spans = [
        float(np.angle(complex(*p.vertices[(len(p.vertices) - 1) // 2 - 1])
                       / complex(*p.vertices[0])) % (2 * np.pi))
        for p in shapes(ax, "arcs")
    ]  # fmt: skip
    expected = np.concatenate([out, come]) / square.sum() * sum(spans) / 2
    np.testing.assert_allclose(spans, expected)
    words = words_of(ax.get_figure(root=True))  # type: ignore[arg-type]
    for a, b in zip(come, out, strict=True):
        assert f"{number(a)} / {number(b)} / \n{number(a - b, signed=True)}" in words or (
            f"{number(a - b, signed=True)}\n{number(a)} / {number(b)} / " in words
        )
    assert "year 2028" in said(ax)


def test_arrows_are_the_largest_nets_and_as_wide_as_they_have_persons(plausible: Any) -> None:
    square = square_of(plausible)
    net = np.sort(nets(square)[nets(square) > 0])[::-1]
    ax = FIGURES["flow_map"](plausible)
    paths = shapes(ax, "arrows")
    widths = [float(np.hypot(*(p.vertices[0] - p.vertices[-2]))) for p in paths]
    assert len(paths) == LARGEST
    np.testing.assert_allclose(widths, np.maximum(WIDEST * net[:LARGEST] / net[0], LEAST))
    share = per_cent(100 * net[:LARGEST].sum() / net.sum())
    stated = f"({LARGEST} of {len(net)}), with {share} of {number(net.sum())} persons"
    assert stated in said(ax)
    keys = shapes(ax, "widths")
    round_ = round_widths(float(net[0]))
    shown = [float(np.hypot(*(p.vertices[0] - p.vertices[-2]))) for p in keys]
    np.testing.assert_allclose(shown, np.maximum(WIDEST * np.array(round_) / net[0], LEAST))
    assert all(number(value) in said(ax) for value in round_)
    for value in square.sum(axis=0) - square.sum(axis=1):
        assert number(value, signed=True) in said(ax)


def test_an_arrow_begins_near_its_origin_and_points_to_its_destination(plausible: Any) -> None:
    count = len(plausible.space)
    square = np.zeros((count, count))
    square[14, 17] = 500.0  # the only one that moves
    result = with_flows(plausible, square)
    ax = FIGURES["flow_map"](result)
    (arrow,) = shapes(ax, "arrows")
    on_map = ax.collections[0].get_transform() - ax.transData
    points = on_map.transform(arrow.vertices)
    tip = points[(len(points) - 1) // 2]
    start, end = (np.array(plausible.anchors[plausible.space.ids[k]]) for k in (14, 17))
    assert np.hypot(*(points[0] - start)) < 0.1 * np.hypot(*(end - start))
    assert np.hypot(*(tip - end)) < 0.1 * np.hypot(*(end - start))


def test_the_flows_of_one_region_are_all_drawn_and_add_up(plausible: Any) -> None:
    region, square = plausible.space.ids[7], square_of(plausible)
    ax = FIGURES["flows"](plausible, region=region)
    for label, persons in (("come", square[:, 7]), ("go", square[7])):
        thick = sorted(p.vertices[-2][1] - p.vertices[0][1] for p in shapes(ax, label))
        positive = np.sort(persons[persons > 0])
        np.testing.assert_allclose(np.array(thick) / thick[-1], positive / positive[-1])
    words = [text.get_text() for text in ax.texts]
    come, go = square[:, 7].sum(), square[7].sum()
    for total in (number(come), number(go), number(come - go, signed=True)):
        assert total in words
    assert words.count("all regions") == 1
    arrows = FIGURES["flow_map"](plausible, region=region, largest=100)
    drawn = len(shapes(arrows, "arrows"))
    assert drawn == (square[:, 7] > 0).sum() + (square[7] > 0).sum()
    assert "Drawn:" not in said(arrows)


def test_a_difference_shows_who_gains_and_who_loses_from_whom(plausible: Any) -> None:
    other = moved_on(plausible)
    ids = plausible.space.ids
    change = square_of(plausible) - square_of(other)
    found = moves(plausible, None, other)
    np.testing.assert_allclose(found.net, change.sum(axis=0) - change.sum(axis=1))
    assert found.net.sum() == pytest.approx(0)
    assert set(zip(*np.nonzero(found.square > 1e-9), strict=True)) == {
        (2, 0), (len(ids) - 1, 0),
    }  # fmt: skip
    ax = FIGURES["flows"](plausible, other=other)
    assert number(found.net[0], signed=True) in said(ax)
    assert other.title in said(ax)
    assert len(shapes(ax, "ribbons")) == 2
    assert len(shapes(FIGURES["flow_map"](plausible, other=other), "arrows")) == 2


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_nobody_moves_the_figure_says_zero(plausible: Any, name: str, lang: str) -> None:
    count = len(plausible.space)
    still = with_flows(plausible, np.zeros((count, count)))
    with speaking(lang):
        for options in ({}, {"region": still.space.ids[3]}, {"other": still}):
            figure = draw(still, name, **options)
            apart(figure)
            assert not [s for a in figure.axes for s in (*shapes(a, "ribbons"), *shapes(a, "go"))]
            assert number(0.0) in words_of(figure)


@pytest.mark.parametrize("name", KINDS)
def test_two_regions_and_their_one_pair(plausible: Any, name: str) -> None:
    two = with_flows(plausible, np.array([[0.0, 30_500.0], [10_250.0, 0.0]]), regions=2)
    for lang in LANGUAGES:
        with speaking(lang):
            apart(draw(two, name))
            apart(draw(two, name, region=two.space.ids[1]))
    assert "20.2" in words_of(draw(two, name))  # thousand persons, net
    assert "Not drawn" not in words_of(draw(two, name))


@pytest.mark.parametrize("name", KINDS)
def test_one_region_has_no_moves_and_the_message_says_so(plausible: Any, name: str) -> None:
    alone = with_flows(plausible, np.zeros((1, 1)), regions=1)
    with pytest.raises(InputError, match="^the run has no moves between regions$"):
        draw(alone, name)


@pytest.mark.parametrize("name", KINDS)
def test_a_wrong_year_region_or_run_is_one_clear_message(plausible: Any, name: str) -> None:
    with pytest.raises(InputError, match=r"no moves of the year 1999; known: 2026, 2027, 2028"):
        draw(plausible, name, year=1999)
    with pytest.raises(InputError, match="no region 'Pavlodr'; did you mean 'Pavlodar"):
        draw(plausible, name, region="Pavlodr")
    with pytest.raises(InputError, match="no option 'regions'; did you mean 'region'"):
        draw(plausible, name, regions="KZ-55")
    with pytest.raises(InputError, match="give a projection to compare with"):
        draw(plausible, name, other="baseline")
    two = with_flows(plausible, np.ones((2, 2)), regions=2)
    with pytest.raises(InputError, match="different regions"):
        draw(plausible, name, other=two)
    later = plausible.frame("flows").query("year > 2026")
    with pytest.raises(InputError, match="different years"):
        draw(plausible, name, other=replace(plausible, frames={"flows": later}))


def test_a_pair_without_a_number_is_named_and_never_zero(plausible: Any) -> None:
    frame = plausible.frame("flows")
    a, b = plausible.space.ids[1], plausible.space.ids[4]
    gone = frame[~(frame["origin"].eq(a) & frame["destination"].eq(b))]
    plausible.frames["flows"] = gone
    with pytest.raises(InputError, match=f"no moves from {a} to {b} are given"):
        draw(plausible, "flows")


def test_a_map_needs_outlines_and_at_least_one_arrow(plausible: Any) -> None:
    with pytest.raises(InputError, match="from 1 on"):
        draw(plausible, "flow_map", largest=0)
    plausible.outlines = {}
    with pytest.raises(InputError, match="no outlines"):
        draw(plausible, "flow_map")


@pytest.mark.parametrize("name", KINDS)
def test_moves_from_an_estimated_matrix_are_called_so(plausible: Any, name: str) -> None:
    """`flows_frame` writes the status `estimated` where the run starts from such a matrix."""
    words = "from estimated moves between regions"
    assert words not in words_of(draw(plausible, name)).replace("\n", " ")
    plausible.frames["flows"] = plausible.frame("flows").assign(status="estimated")
    for options in ({}, {"year": YEAR}, {"region": plausible.space.ids[3]}):
        figure = draw(plausible, name, **options)
        assert f"Status: projected, {words}" in words_of(figure).replace("\n", " ")


matrices = st.integers(2, 12).flatmap(
    lambda n: arrays(float, (n, n), elements=st.just(0.0) | st.floats(0.01, 1e6))
)


@given(matrices)
def test_ribbons_lie_in_the_arcs_of_both_ends_and_not_on_each_other(square: np.ndarray) -> None:
    np.fill_diagonal(square, 0.0)
    count = len(square)
    found = Moves(square, tuple(map(str, range(count))), (2026, 2030), "", "")
    drawn = above(square, threshold(square, RIBBONS))
    circle = arcs(found, range(count))
    starts, ends = ribbon_ends(circle, drawn)
    for side, part, rooms in ((0, starts, circle.departures), (1, ends, circle.arrivals)):
        for k in range(count):
            mine = part[drawn.pairs[:, side] == k]
            mine = mine[np.argsort(mine[:, 0])]
            if len(mine):
                assert mine[0, 0] >= rooms[k, 0] - 1e-9
                assert mine[-1, 1] <= rooms[k, 1] + 1e-9
                assert (mine[1:, 0] >= mine[:-1, 1] - 1e-9).all()
    np.testing.assert_allclose(np.diff(starts).ravel(), circle.scale * drawn.persons, atol=1e-12)


@given(matrices, st.integers(1, 60))
def test_what_is_drawn_and_what_is_left_is_everybody(square: np.ndarray, most: int) -> None:
    np.fill_diagonal(square, 0.0)
    least = threshold(square, most)
    drawn = above(square, least)
    assert (drawn.persons > least).sum() <= most  # more only of one size
    assert drawn.persons.sum() + drawn.missing == pytest.approx(square.sum())
    assert len(drawn.persons) + drawn.left == (square > 0).sum()
    assert (np.diff(drawn.persons) <= 0).all()
    assert (drawn.persons >= least).all()
    if square.any():
        assert len(drawn.persons) >= min(most / 2, (square >= 2 * SEEN * square.sum()).sum())


def test_flows_of_one_size_are_all_drawn_or_the_roundest_part() -> None:
    """By hand: 380 flows of 20 are all drawn; of 1 to 380 the 161 from 220 on."""
    same = np.full((20, 20), 20.0)
    np.fill_diagonal(same, 0.0)
    assert threshold(same, 170) == 20
    rising = np.zeros((20, 20))
    rising[~np.eye(20, dtype=bool)] = np.arange(1, 381)
    assert threshold(rising, 170) == 220
    assert threshold(rising, 90) == 300
    assert threshold(rising, 20) == 370
    many = np.full((60, 60), 7.0)  # 3600 flows, each less than 0.05 % of all
    assert threshold(many, 170) == 7
