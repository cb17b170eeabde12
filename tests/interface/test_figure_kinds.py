"""Figures of labour by section, of stock against need, of runs and projections beside each other.

Authority: the tables of the result, read back from what is drawn.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conftest import BASE, LAST, Plausible
from drawn import beside, with_sections, written
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from forecast.errors import InputError
from forecast.report import style
from forecast.report.beside import points, publishers
from forecast.report.figures import draw, page_text
from forecast.report.paper import CM, SLIDE, on, paper_of, width
from forecast.report.stock import kinds_of
from forecast.report.wording import short_names
from forecast.words import speaking
from forecast.words.digits import number


def said(figure: Figure) -> list[str]:
    return [text.get_text() for text in written(figure)]


@pytest.fixture(scope="module")
def result(invented: Plausible) -> Plausible:
    return with_sections(invented)


def heads(ax: Axes) -> tuple[dict[int, str], dict[int, str]]:
    """Words left of each row and above each column, read by their place."""
    rows, columns = {}, {}
    for text in ax.texts:
        x, y = text.get_position()
        if text.get_transform() == ax.get_yaxis_transform() and x < 0:
            rows[round(y)] = text.get_text().replace("\n", " ")
        if text.get_transform() == ax.get_xaxis_transform() and y > 1:
            columns[round(x)] = text.get_text()
    return rows, columns


def cells(figure: Figure) -> dict[tuple[str, str], str]:
    """{(row, column): number} of a heat map, by the places of the words."""
    ax = figure.axes[0]
    rows, columns = heads(ax)
    inside = [text for text in ax.texts if text.get_transform() == ax.transData]
    places = [tuple(map(round, text.get_position())) for text in inside]
    assert sorted(places) == [(x, y) for x in sorted(columns) for y in sorted(rows)]
    return {(rows[y], columns[x]): text.get_text()
            for (x, y), text in zip(places, inside, strict=True)}  # fmt: skip


def shades(figure: Figure) -> dict[tuple[str, str], tuple[str, str]]:
    """{(row, column): (colour, hatch)} of a heat map, by the places of the boxes."""
    ax = figure.axes[0]
    rows, columns = heads(ax)
    found = {}
    for patch in ax.patches:
        if patch.get_transform() != ax.transData:  # of the key
            continue
        for box in patch.get_path().to_polygons():
            x, y = (box.min(axis=0) + box.max(axis=0)) / 2
            cell = rows[round(y)], columns[round(x)]
            assert cell not in found
            found[cell] = to_hex(patch.get_facecolor()), patch.get_hatch() or ""
    return found


def shade_of(share: float) -> str:
    """The colour of a share of the jobs: the limits stand below the figure."""
    if share == 0:
        return "#ffffff"
    step = sum(abs(share) > limit for limit in (1.0, 2.5, 5.0, 10.0))
    return to_hex((style.FALLS if share > 0 else style.RISES)[step])


def told(value: float) -> str:
    return number(value / 1000, 1 if abs(value) < 9950 else 0, signed=True)


def test_the_heat_map_holds_the_deficit_of_every_section_in_its_cell(result: Plausible) -> None:
    frame = result.frame("labour_detail")
    frame = frame[frame["year"] == LAST].set_index(["region", "section"])["value"]
    jobs = result.frame("labour").query(f"measure == 'labour_demand' and year == {LAST}")
    jobs = jobs.set_index(["region", "section"])["value"]
    names = {result.nation: "Kazakhstan", **short_names(result.space)}
    codes = ["total", *result.sections["section"]]
    assert len(codes) == 20
    figure = draw(result, "labour_sections")
    heading = dict(zip(codes, ["all", *codes[1:]], strict=True))
    wanted = {(names[region], heading[code]): told(value)
              for (region, code), value in frame.items()}  # fmt: skip
    assert len(wanted) == 21 * 20
    assert cells(figure) == wanted
    shares = {(names[region], heading[code]): 100 * value / jobs[region, code]
              for (region, code), value in frame.items()}  # fmt: skip
    found = shades(figure)
    assert {cell: colour for cell, (colour, _) in found.items()} == {
        cell: shade_of(share) for cell, share in shares.items()
    }
    assert {cell for cell, (_, hatch) in found.items() if hatch} == {
        cell for cell, share in shares.items() if share > 0
    }


def test_a_region_has_its_sections_by_year_and_its_shortages_hatched(result: Plausible) -> None:
    region = result.space.ids[3]
    figure = draw(result, "labour_sections", region=region, size="column")
    frame = result.frame("labour_detail").query(f"region == '{region}'")
    names = dict(zip(result.sections["section"], result.sections["name_en"], strict=True))
    names = {code: name.partition(";")[0] for code, name in names.items()} | {
        "total": "All sections"}  # fmt: skip
    values = {(names[row.section], str(row.year)): row.value for row in frame.itertuples()}
    found = shades(figure)
    years = {year for _, year in found}
    assert years == {"2027", "2029", "2031"}
    wanted = {cell: value for cell, value in values.items() if cell[1] in years}
    assert found.keys() == wanted.keys()
    hatched = {cell for cell, (_, hatch) in found.items() if hatch}
    assert hatched == {cell for cell, value in wanted.items() if value > 0}
    assert 0 < len(hatched) < len(found)


def test_an_unknown_year_of_the_heat_map_is_refused(result: Plausible) -> None:
    with pytest.raises(InputError, match="2050 is not within"):
        draw(result, "labour_sections", year=2050)


def test_stock_and_need_are_those_of_the_tables(result: Plausible) -> None:
    region = result.space.ids[1]
    frame = result.frame("infrastructure")
    frame = frame[frame["region"] == region]
    orders = result.frame("orders")
    orders = orders[(orders["region"] == region) & orders["action"].isin(["order", "order_now"])]
    kinds = {kind.name: kind for kind in kinds_of(result, region)}
    assert set(kinds) == {"School places", "Hospital beds", "Doctors"}
    for code, name in (("school_place", "School places"), ("hospital_bed", "Hospital beds")):
        rows = frame[frame["kind"] == code].set_index(["measure", "year"])["value"]
        kind = kinds[name]
        assert kind.need.to_dict() == rows["need"].to_dict()
        assert kind.known == bool(rows["capacity"].notna().all())
        units = orders[(orders["kind"] == code) & (orders["measure"] == "units")]
        assert sum(kind.ordered.values()) == pytest.approx(units["value"].sum())
        for year in range(BASE, LAST + 1):  # ordered for a year: in use on its 1 January
            assert kind.ready[year] == pytest.approx(units[units["year"] <= year]["value"].sum())
    assert not kinds["School places"].known
    assert kinds["Hospital beds"].known


def test_the_panel_of_an_unknown_stock_shows_what_is_added(result: Plausible) -> None:
    region = result.space.ids[1]
    figure = draw(result, "stock_and_need", region=region, kinds=["school_place"])
    (panel,) = figure.axes[0].child_axes
    (need,) = [line for line in panel.lines if line.get_label() == "need"]
    assert need.get_ydata()[0] == 0
    (stock,) = [p for p in panel.patches if isinstance(p, StepPatch) and p.get_fill()]
    assert stock.get_data().values[0] == 0
    words = said(figure)
    assert "Stock not known: added since the base year" in words
    assert number(2400) in words  # overdue: ordered for 2027 with a wait of two years


def test_nothing_ordered_and_no_stock_is_told(result: Plausible) -> None:
    with pytest.raises(InputError, match="nothing is ordered and no stock is known"):
        draw(result, "stock_and_need", region=result.space.ids[-1])


def test_another_run_is_laid_over_the_pyramid(result: Plausible) -> None:
    frame = result.frame("population")
    later = frame["year"] == LAST
    frames = {**result.frames, "population": frame.assign(
        value=frame["value"].where(~later, 2 * frame["value"])
    )}  # fmt: skip
    other = replace(result, frames=frames, title="Вдвое больше")
    figure = draw(result, "pyramid", overlay=other)
    steps = [patch for patch in figure.axes[0].patches if isinstance(patch, StepPatch)]
    assert len(steps) == 2 * 3
    own, laid = steps[1].get_data().values, steps[2].get_data().values
    np.testing.assert_allclose(laid, 2 * own)
    assert steps[1].get_linestyle() != steps[2].get_linestyle()
    text = page_text(result, figure)
    assert "dashed: Вдвое больше" in text
    assert f"solid outline: {result.title}" in text


def test_projections_of_others_stand_in_the_fan(result: Plausible) -> None:
    frame, nation = beside(result), result.nation
    shown = points(result, frame, nation)
    assert [(point.who, point.year) for point in shown] == [("official", LAST - 1), ("un", LAST)]
    assert shown[0].low < shown[0].central < shown[0].high
    figure = draw(result, "fan", region=nation, beside=frame)
    drawn = {line.get_label(): line for line in figure.axes[0].lines}
    for point in shown:
        assert drawn[point.who].get_xdata() == [point.year]
        assert drawn[point.who].get_ydata() == pytest.approx([point.central / 1000])
    assert "www.example.kz" in " ".join(said(figure))
    assert publishers(shown) == "www.example.kz"
    assert len(draw(result, "fan", region=nation).axes[0].lines) < len(figure.axes[0].lines)


def test_a_projected_change_is_added_to_the_population_of_its_first_year(
    result: Plausible,
) -> None:
    region = result.space.ids[3]
    (point,) = points(result, beside(result), region)
    people = result.frame("population")
    ours = people[(people["year"] == LAST) & (people["region"] == region)]["value"].sum()
    assert point.central == pytest.approx(ours - (90_000 - 60_000))


@pytest.mark.parametrize("size", ["column", "page", "slide", 12, "20"])
def test_paper_has_the_width_asked_for(result: Plausible, size: Any) -> None:
    paper = paper_of(size)
    assert paper.width * paper.zoom == pytest.approx(paper.printed)
    with on(paper):
        assert width() == pytest.approx(paper.width)
    assert width() == 16
    figure = draw(result, "labour_deficit", size=size)
    wide, tall = figure.get_size_inches() / CM
    assert wide == pytest.approx(paper.printed)
    assert size != "slide" or tall <= SLIDE + 0.01


@pytest.mark.parametrize("size", ["colum", "", "nan", "-8", 7.9, 61, "inf"])
def test_no_such_size(result: Plausible, size: Any) -> None:
    with pytest.raises(InputError, match="8 to 60 cm"):
        draw(result, "labour_deficit", size=size)


def test_language_of_a_figure(result: Plausible) -> None:
    with speaking("en"):
        words = said(draw(result, "labour_deficit", lang="kk"))
    assert any("өңір" in word.lower() for word in words)
    with pytest.raises(InputError, match="en, ru, kk"):
        draw(result, "labour_deficit", lang="de")


def test_a_section_without_jobs_is_left_white(result: Plausible) -> None:
    frame = result.frame("labour_detail")
    gone = (frame["section"] == "B") & (frame["region"] == result.space.ids[0])
    other = replace(result, frames={**result.frames, "labour_detail": frame[~gone]})
    figure = draw(other, "labour_sections")
    cell = short_names(result.space)[result.space.ids[0]], "B"
    assert [each for each, text in cells(figure).items() if not text] == [cell]
    found = shades(figure)
    assert found[cell] == ("#ffffff", "")
    before = shades(draw(result, "labour_sections"))
    assert before.pop(cell) != found.pop(cell)
    assert found == before
