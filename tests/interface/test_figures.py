"""Figures say what the tables say, in the reader's language, and can be pasted as they are.

Authority: the tables of the result (numbers are read back from what is drawn), and the rules for
figures of drafts: 16 cm wide, 300 dots per inch, nothing overlaps, nothing in another language,
the same bytes from the same result.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from matplotlib.path import Path as Outline
from matplotlib.text import Text
from PIL import Image

from forecast.errors import InputError
from forecast.report import style
from forecast.report.extract import history_by_year
from forecast.report.figures import FIGURES, ON_REQUEST, alt_text, draw, drawable, write_figures
from forecast.report.regions_map import class_colour, class_edges
from forecast.report.wording import short_names
from forecast.space import Space
from forecast.words import LANGUAGES, speaking
from forecast.words.digits import number, per_cent

LATIN = re.compile(r"[A-Za-z]")


def texts(figure: Figure) -> list[Text]:
    """Every word on the page."""
    return [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip()  # type: ignore[attr-defined]
    ]  # type: ignore[misc]


def words_of(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in texts(figure))


def boxes(figure: Figure) -> dict[tuple[int, str], Any]:
    """The place of every word, dots; words of axes that are switched off are not drawn."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    drawn = [text for text in texts(figure) if text.axes is None or text.axes.axison or _free(text)]
    return {(k, text.get_text()): text.get_window_extent(renderer) for k, text in enumerate(drawn)}


def _free(text: Text) -> bool:
    """Put there by hand, not a tick or title of the axes."""
    return text.axes is not None and text in text.axes.texts


def bars(ax: Axes, label: str) -> dict[int, list[tuple[float, float]]]:
    """{row: [(left, right), ...]} of the bars drawn under a label."""
    found: dict[int, list[tuple[float, float]]] = {}
    for patch in ax.patches:
        if patch.get_label() == label:
            for shape in patch.get_path().to_polygons():
                low, high = shape.min(axis=0), shape.max(axis=0)
                found.setdefault(round((low[1] + high[1]) / 2), []).append((low[0], high[0]))
    return found


def row_names(ax: Axes, space: Space) -> list[str]:
    """Region ids from the first row down, read from the words beside the axes."""
    names = {name: region for region, name in short_names(space).items()}
    found = {t.get_position()[1]: names[t.get_text()] for t in ax.texts if t.get_text() in names}
    return [found[row] for row in sorted(found)]


@pytest.mark.parametrize("lang", ["ru", "kk"])
@pytest.mark.parametrize("name", FIGURES)
def test_every_word_goes_through_the_catalogue(
    plausible: Any, cyrillic: None, name: str, lang: str
) -> None:
    with speaking(lang):
        said = words_of(draw(plausible, name)) + alt_text(plausible, name)
    if name == "labour_sections":  # sections of activity have Latin letters everywhere
        said = re.sub(r"\b[A-S]\b", "", said)
    assert not [line for line in said.splitlines() if LATIN.search(line)]


@pytest.mark.parametrize("name", FIGURES)
def test_the_line_below_names_source_status_scenario_and_run(plausible: Any, name: str) -> None:
    said = words_of(draw(plausible, name)).replace("\n", " ")
    assert plausible.sources in said
    assert "projected" in said
    assert f"{plausible.title} ({plausible.scenario_name})" in said
    assert plausible.run_id in said.replace("\u00a0", " ")


def test_the_pyramid_holds_the_population_of_both_dates(plausible: Any) -> None:
    region = plausible.space.ids[7]
    frame = plausible.frame("population")
    frame = frame[frame["region"] == region]
    for chosen, scale in ((region, 1.0), (None, 1000.0)):
        ax = FIGURES["pyramid"](plausible, region=chosen)
        people = plausible.frame("population") if chosen is None else frame
        drawn = [patch.get_data().values for patch in ax.patches if isinstance(patch, StepPatch)]
        expected = [
            side * people[(people["sex"] == sex) & (people["year"] == year)]
            .groupby("age")["value"].sum().to_numpy() / scale
            for sex, side in (("male", -1), ("female", 1))
            for year in (2026, 2031)
        ]  # fmt: skip
        for mine, theirs in zip(drawn, expected, strict=True):
            np.testing.assert_allclose(mine, theirs)
    total = frame[(frame["year"] == 2031) & (frame["sex"] == "male")]["value"].sum()
    assert f"2031: {number(total)}" in words_of(draw(plausible, "pyramid", region=region))


def test_net_migration_bars_are_arrivals_less_departures(plausible: Any) -> None:
    moves = plausible.frame("components").pivot_table(
        index="region", columns="component", values="value", aggfunc="mean"
    )
    internal = (
        moves["internal_in"] - moves["internal_out"]
        + moves["growth_point_in"] - moves["growth_point_out"]
    )  # fmt: skip
    external = moves["immigration"] - moves["emigration"]
    ax = FIGURES["net_migration"](plausible)
    order = row_names(ax, plausible.space)
    assert order == list((internal + external).sort_values(ascending=False).index)
    for label, series in (("internal", internal), ("external", external)):
        drawn = bars(ax, label)
        for row, region in enumerate(order):
            lengths = [high - low for low, high in drawn.get(row, [])]
            assert sum(lengths) == pytest.approx(abs(series[region])), (label, region)
            for low, high in drawn.get(row, []):
                assert (low + high > 0) == (series[region] > 0)
    reach = max(high for row in bars(ax, "internal").values() for _, high in row)
    assert ax.get_xlim()[0] < 0 < reach < ax.get_xlim()[1]  # bars start at zero, zero is seen


def test_a_labour_deficit_is_right_of_zero_and_named_short(plausible: Any) -> None:
    frame = plausible.frame("labour")
    frame = frame[(frame["year"] == 2031) & (frame["measure"] == "labour_deficit")]
    deficit = frame.set_index("region")["value"]
    ax = FIGURES["labour_deficit"](plausible)
    drawn = bars(ax, "labour_deficit")
    for row, region in enumerate(row_names(ax, plausible.space)):
        ends = drawn.get(row, [(0.0, 0.0)])[0]
        expected = (min(deficit[region], 0.0), max(deficit[region], 0.0))
        assert ends == pytest.approx(expected)
        assert number(deficit[region], signed=True) in words_of(ax.figure)  # type: ignore[arg-type]
    assert "short" in words_of(ax.figure)  # type: ignore[arg-type]


def test_dependency_shows_the_ratios_of_the_horizon(plausible: Any) -> None:
    frame = plausible.frame("dependency")
    frame = frame[(frame["year"] == 2031) & (frame["measure"] == "old_age_dependency")]
    said = words_of(draw(plausible, "dependency")).splitlines()
    for value in frame["value"]:
        assert number(value, 1) in said


def test_an_unknown_need_is_a_word_and_not_a_number(plausible: Any) -> None:
    frame = plausible.frames["infrastructure"]
    hidden = frame["region"].eq(plausible.space.ids[2]) & frame["kind"].eq("doctor")
    plausible.frames["infrastructure"] = frame.assign(
        value=frame["value"].mask(hidden & frame["measure"].eq("added_need"))
    )
    figure = draw(plausible, "infrastructure_need")
    cells = [text.get_text() for text in texts(figure)]
    assert cells.count("unknown") == 1
    shown = frame[(frame["year"] == 2031) & (frame["measure"] == "added_need") & ~hidden]
    for value in shown["value"]:
        assert number(value, signed=True) in cells


def test_the_needs_of_one_region_stand_by_year(plausible: Any) -> None:
    region = plausible.space.ids[0]
    said = words_of(draw(plausible, "infrastructure_need", region=region))
    frame = plausible.frame("infrastructure")
    frame = frame[(frame["region"] == region) & (frame["measure"] == "added_need")]
    for row in frame[frame["year"] > 2026].itertuples():
        assert number(row.value, signed=True) in said
    assert "1\u00a0January\u00a02029" in said


def test_history_starts_where_every_region_has_a_past(plausible: Any) -> None:
    """The invented past has 17 of 20 regions in 2021, like the regions founded in 2022."""
    assert list(history_by_year(plausible).columns) == [2022, 2023, 2024, 2025, 2026]
    ax = FIGURES["population_by_region"](plausible)
    lines = {shape.get_label(): shape for shape in ax.collections}
    for label, dates, dashed in (("past", 5, False), ("future", 6, True)):
        segments = lines[label].get_segments()
        assert [len(segment) for segment in segments] == [dates] * len(plausible.space)
        assert (lines[label].get_linestyle()[0][1] is not None) == dashed


@pytest.mark.parametrize("lang", LANGUAGES)
def test_city_labels_stand_outside_the_country_with_a_leader(
    plausible: Any, cyrillic: None, lang: str
) -> None:
    with speaking(lang):
        ax = FIGURES["map"](plausible)
        names = short_names(plausible.space)
    rings = [Outline(ring) for parts in plausible.outlines.values() for ring in parts]
    cities = [region.id for region in plausible.space.regions if region.kind == "city"]
    assert len(cities) == 3
    said = {text.get_text(): text.get_position() for text in ax.texts}
    for city in cities:
        assert not any(ring.contains_point(said[names[city]]) for ring in rings), city
        ends = [line.get_xydata()[-1] for line in ax.lines if len(line.get_xydata()) == 2]
        assert any(np.allclose(end, plausible.anchors[city]) for end in ends)
    assert all(re.split("[ -]", name)[-1] in " ".join(said) for name in names.values())


def test_the_map_shades_each_region_by_its_growth(plausible: Any) -> None:
    people = plausible.frame("population").groupby(["region", "year"])["value"].sum().unstack()
    change = 100 * (people[2031] / people[2026] - 1)
    ax = FIGURES["map"](plausible)
    filled = {patch.get_label(): patch.get_facecolor() for patch in ax.get_children()
              if patch.get_label() in plausible.space.ids}  # fmt: skip
    assert set(filled) == set(plausible.space.ids)
    for region, value in change.items():
        assert filled[region][:3] == pytest.approx(to_rgb(class_colour(value)))
        assert per_cent(value, signed=True) in {text.get_text() for text in ax.texts}


@given(st.lists(st.floats(-99, 400), min_size=1, max_size=30))
def test_classes_of_the_map_hold_every_value_and_part_at_zero(values: list[float]) -> None:
    edges = class_edges(values)
    assert 0 in edges
    assert edges[0] <= min(*values, 0)
    assert edges[-1] >= max(*values, 0)
    assert edges == sorted(set(edges))
    for value in values:
        inside = next(k for k in range(len(edges)) if value <= edges[k])
        middle = (edges[inside] + edges[max(inside - 1, 0)]) / 2
        assert class_colour(value) == class_colour(middle) or value == edges[inside]


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20), st.floats(0.1, 10))
def test_spread_labels_keep_their_order_and_distance(wanted: list[float], gap: float) -> None:
    places = np.array(style.spread(wanted, gap))
    order = sorted(range(len(wanted)), key=lambda k: (wanted[k], k))
    assert (np.diff(places[order]) >= gap - 1e-6).all()
    assert places.mean() == pytest.approx(np.mean(wanted), abs=1e-6)


def test_numbers_are_written_as_the_reader_writes_them() -> None:
    """CLDR: ru and kk part thousands by a no-break space and decimals by a comma."""
    assert number(-1234567.25, 1) == "\u22121,234,567.2"
    assert per_cent(12.34, signed=True) == "+12.3%"
    with speaking("ru"):
        assert number(1234567.26, 1) == "1\u00a0234\u00a0567,3"
        assert per_cent(-0.04, signed=True) == "0,0\u00a0%"
    with speaking("kk"):
        assert per_cent(5) == "5,0%"
    assert number(float("nan")) == "unknown"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_short_names_are_short_and_never_ambiguous(space: Space, lang: str) -> None:
    with speaking(lang):
        names = short_names(space)
        whole = {region: space.name(region) for region in space.ids}
    assert len(set(names.values())) == len(space)
    assert max(len(name) for name in names.values()) < max(len(name) for name in whole.values())
    for city in (region.id for region in space.regions if region.kind == "city"):
        assert names[city] == whole[city]
        first = names[city].split()[0]
        assert first not in {name for region, name in names.items() if region != city}


def test_colours_stay_apart_without_colour() -> None:
    def grey(colour: str) -> float:
        return float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114)))

    assert abs(grey(style.SEX_COLOURS["female"]) - grey(style.SEX_COLOURS["male"])) > 0.2
    for scale in (style.RISES, style.FALLS):
        shades = [grey(colour) for colour in scale]
        assert shades == sorted(shades, reverse=True)


def test_files_are_pages_of_16_cm_with_their_text(plausible: Any, tmp_path: Path) -> None:
    files = write_figures(plausible, tmp_path / "figures", lang="en")
    written = [name for name in FIGURES if name not in ON_REQUEST]
    assert [file.name for file in files] == [f"{n}.{k}" for n in written for k in ("svg", "png")]
    for file in files:
        name, text = file.stem, alt_text(plausible, file.stem)
        if file.suffix == ".png":
            with Image.open(file) as image:
                assert image.width == pytest.approx(16 / 2.54 * 300, abs=2)
                assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
                assert image.info["Description"] == text
                assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
        else:
            drawing = file.read_text(encoding="utf-8")
            said = re.search(r"<desc>(.*?)</desc>", drawing, re.S)
            assert said, name
            unescaped = said[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            assert unescaped == text
            assert drawing.index("<title>") < drawing.index("<desc>") < drawing.index("<defs>")
            assert not re.search(r"\d{4}-\d\d-\d\dT", drawing), "a date makes files differ"


def test_the_same_result_gives_the_same_bytes(plausible: Any, tmp_path: Path) -> None:
    names = ["pyramid", "net_migration", "map"]
    one = write_figures(plausible, tmp_path / "one", names=names)
    two = write_figures(plausible, tmp_path / "two", names=names)
    for a, b in zip(one, two, strict=True):
        assert a.read_bytes() == b.read_bytes(), a.name


def test_a_figure_draws_on_the_axes_of_the_caller(plausible: Any) -> None:
    before = matplotlib.rcParams.copy()
    for name, function in FIGURES.items():
        figure = Figure(figsize=(6, 5))
        FigureCanvasAgg(figure)
        ax = figure.add_subplot()
        assert function(plausible, ax=ax) is ax, name
        figure.canvas.draw()
    assert matplotlib.rcParams == before


def test_a_figure_that_does_not_exist_is_refused_with_the_nearest(plausible: Any) -> None:
    with pytest.raises(InputError, match="did you mean 'pyramid'"):
        draw(plausible, "piramid")


def test_a_package_without_outlines_has_no_map(plausible: Any) -> None:
    plausible.outlines = {}
    assert drawable(plausible) == [name for name in FIGURES if name not in ("map", "flow_map")]


def test_the_report_imports_matplotlib_late() -> None:
    code = (
        "import sys, forecast.report.figures, forecast.report.excel\n"
        "print([m for m in ('matplotlib', 'xlsxwriter') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
