"""Figures of labour by section, of stock against need, of runs and projections beside each other.

Authority: the tables of the result, read back from what is drawn.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import BASE, LAST, Plausible
from drawn import beside, with_sections, written
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from forecast.errors import InputError
from forecast.report.beside import points, publishers
from forecast.report.figures import draw, page_text
from forecast.report.paper import CM, SLIDE, on, paper_of, width
from forecast.report.stock import kinds_of
from forecast.words import speaking
from forecast.words.digits import number


def said(figure: Figure) -> list[str]:
    return [text.get_text() for text in written(figure)]


@pytest.fixture(scope="module")
def result(invented: Plausible) -> Plausible:
    return with_sections(invented)


def test_the_heat_map_holds_the_deficit_of_every_section(result: Plausible) -> None:
    frame = result.frame("labour_detail")
    frame = frame[(frame["year"] == frame["year"].max())]
    shown = said(draw(result, "labour_sections"))
    codes = [code for code in result.sections["section"] if code in shown]
    assert len(codes) == 19
    for value in frame["value"]:
        digits = 1 if abs(value) < 9950 else 0
        assert number(value / 1000, digits, signed=True) in shown


def test_a_shortage_is_hatched_and_a_surplus_is_not(result: Plausible) -> None:
    figure = draw(result, "labour_sections", region=result.space.ids[3], size="column")
    frame = result.frame("labour_detail")
    frame = frame[(frame["region"] == result.space.ids[3]) & frame["year"].isin([2026, 2031])]
    hatched = plain = 0
    for patch in figure.axes[0].patches:
        if patch.get_path().codes is not None and len(patch.get_path().codes) % 5 == 0:
            cells = len(patch.get_path().codes) // 5
            hatched += cells if patch.get_hatch() else 0
            plain += cells if not patch.get_hatch() else 0
    assert hatched + plain >= len(frame)
    assert hatched > 0
    assert plain > 0


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
    assert isinstance(other.frame("labour_detail"), pd.DataFrame)
    assert [text.get_text() for text in figure.axes[0].texts].count("") == 1
