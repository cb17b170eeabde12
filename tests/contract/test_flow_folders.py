"""A folder of moves: what is wrong is told with file and row, all of it at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.errors import InputError
from forecast.migration import MODELS
from forecast.migration.flow_files import read_panel
from forecast.migration.panel import FlowPanel, level_breaks

REGIONS, YEARS = ("A", "B", "C"), range(2001, 2009)  # 24 region-years


def moves(year, origin, destination):
    """A sends more than it gets, C gets more than it sends, more so in one year than in another."""
    pull = 300 + 100 * (year * 7 % 5)
    return (
        1500 + 10 * (year - 2000) + pull * REGIONS.index(destination) - 50 * REGIONS.index(origin)
    )


def tables():
    od = pd.DataFrame([
        (o, d, year, 9999.0 if o == d else moves(year, o, d))
        for year in YEARS for o in REGIONS for d in REGIONS
    ], columns=["origin", "destination", "year", "persons"])  # fmt: skip
    people, rows = dict.fromkeys(REGIONS, 50_000.0), []
    for year in YEARS:
        for region in REGIONS:
            others = [name for name in REGIONS if name != region]
            people[region] += sum(moves(year, o, region) - moves(year, region, o) for o in others)
            rows.append((region, year, people[region]))
    return {"od": od, "population": pd.DataFrame(rows, columns=["region", "year", "persons"])}


@pytest.fixture
def folder(tmp_path):
    def write(**changed):
        for name, frame in {**tables(), **changed}.items():
            if frame is not None:
                frame.to_csv(tmp_path / f"{name}.csv", index=False)
        return tmp_path

    return write


def fault(folder, **merge):
    with pytest.raises(InputError) as raised:
        read_panel(folder, merge.get("merge"))
    return str(raised.value)


def test_a_sound_folder(folder):
    panel = read_panel(folder())
    assert panel.regions == REGIONS
    assert panel.years == tuple(YEARS)
    assert panel.notes == ()
    assert panel.flows[0, 0, 2] == moves(2001, "A", "C")
    assert panel.flows[0, 0, 0] == 0  # moves inside a region are not read
    assert panel.population is not None


def test_a_transposed_matrix_is_refused(folder):
    """One well-known public data set has both columns exchanged; nets contradict the growth."""
    od = tables()["od"].rename(columns={"origin": "destination", "destination": "origin"})
    assert "origin and destination look exchanged" in fault(folder(od=od))


def test_without_population_a_transposed_matrix_cannot_be_told(folder, tmp_path):
    od = tables()["od"].rename(columns={"origin": "destination", "destination": "origin"})
    path = folder(od=od)
    (path / "population.csv").unlink()
    panel = read_panel(path)
    assert any("no population.csv" in note for note in panel.notes)


def test_a_missing_pair_of_the_last_year_is_named(folder):
    od = tables()["od"]
    gone = (od["origin"] == "A") & (od["destination"] == "B") & (od["year"] == 2008)
    text = fault(folder(od=od[~gone]))
    assert "2008, A \u2192 B: unknown in the last year" in text
    assert "write 0 only if nobody moved" in text


def test_a_missing_pair_of_an_earlier_year_ends_the_panel_there(folder):
    od = tables()["od"]
    od.loc[(od["origin"] == "A") & (od["destination"] == "B") & (od["year"] == 2003), "persons"] = (
        np.nan
    )
    panel = read_panel(folder(od=od))
    assert panel.years == tuple(range(2004, 2009))
    assert panel.notes == ("years up to 2003 are left out: 1 pair is unknown (A \u2192 B) in 2003",)


def test_a_region_that_came_later_starts_the_panel_or_is_merged(folder):
    od = tables()["od"]
    early = (od["year"] < 2005) & ((od["origin"] == "C") | (od["destination"] == "C"))
    path = folder(od=od[~early])
    assert read_panel(path).years[0] == 2005
    merged = read_panel(path, {"C": "B"})
    assert merged.years[0] == 2001
    assert merged.regions == ("A", "B")
    assert merged.flows[-1, 0, 1] == moves(2008, "A", "B") + moves(2008, "A", "C")
    assert merged.flows[0, 0, 1] == moves(2001, "A", "B")
    both = tables()["population"].query("year == 2008 and region != 'A'")["persons"].sum()
    assert merged.population[-1, 1] == both


def test_whole_numbers_are_not_asked_for(folder):
    od = tables()["od"].astype({"persons": float})
    od.loc[od["origin"] != od["destination"], "persons"] += 0.25
    assert read_panel(folder(od=od)).flows[0, 0, 1] % 1 == 0.25


def test_every_fault_at_once(folder):
    od = tables()["od"].astype(object)
    od.loc[1, "persons"] = -5
    od.loc[2, "persons"] = "many"
    od.loc[3, "year"] = "2001.5"
    od = pd.concat([od, od.iloc[[5]]])
    text = fault(folder(od=od))
    assert "4 faults" in text
    assert "od.csv, row 3, persons: a negative number" in text
    assert "od.csv, row 4, persons: not a number" in text
    assert "od.csv, row 5, year: not a whole year" in text
    assert "the row repeats an earlier one" in text


def test_a_missing_column_and_a_missing_file(folder, tmp_path):
    od = tables()["od"].rename(columns={"persons": "person"})
    assert "column 'persons' is missing; did you mean 'person'?" in fault(folder(od=od))
    (tmp_path / "od.csv").unlink()
    assert "od.csv: the file is missing" in fault(tmp_path)
    assert "there is no such folder" in fault(tmp_path / "nowhere")


def test_unknown_and_circular_merges(folder):
    path = folder()
    assert "no region 'Bb' in the moves; did you mean 'B'?" in fault(path, merge={"Bb": "A"})
    assert "goes round in a circle" in fault(path, merge={"A": "B", "B": "A"})


def test_a_region_without_people_falls_back_to_moves(folder):
    people = tables()["population"]
    people = people[people["region"] != "B"]
    panel = read_panel(folder(population=people))
    assert panel.population is None
    assert "population.csv lacks B" in panel.notes[0]
    assert (MODELS["pooled"]().fit(panel).predict(1) > 0).sum() == 6


def test_one_year_is_a_panel_and_no_back_test(folder):
    from forecast.migration.rolling import roll

    od, people = (frame[frame["year"] == 2008] for frame in tables().values())
    panel = read_panel(folder(od=od, population=people))
    assert panel.years == (2008,)
    with pytest.raises(InputError, match="1 years of moves; a back-test needs three"):
        roll(panel)


def test_a_panel_refuses_what_is_no_flow():
    flows = np.ones((2, 2, 2))
    flows[0, 0, 1], flows[1, 1, 0] = -1, np.nan
    with pytest.raises(InputError) as raised:
        FlowPanel(("A", "B"), (2001, 2002), flows)
    assert "2001, A \u2192 B: a negative number of moves" in str(raised.value)
    assert "2002, B \u2192 A: no number" in str(raised.value)
    with pytest.raises(InputError, match="consecutive"):
        FlowPanel(("A", "B"), (2001, 2003), np.ones((2, 2, 2)))


def test_a_break_of_the_level_is_found_and_no_trend_crosses_it():
    """Half more moves from one year to the next is a change of the count, not of the people."""
    level = np.array([1.0, 1.02, 1.04, 1.06, 1.6, 1.61, 1.62])
    flows = 1000 * level[:, None, None] * (1 - np.eye(3))
    panel = FlowPanel(("A", "B", "C"), tuple(range(2001, 2008)), flows)
    ((year, jump),) = level_breaks(panel)
    assert year == 2005
    assert jump == pytest.approx(np.log(1.6 / 1.06))
    model = MODELS["pooled"]().fit(panel)
    assert any("breaks in 2005" in note for note in model.notes)
    assert model.fitted["slope"] == pytest.approx(np.polyfit(range(3), np.log(level[4:]), 1)[0])
    before = MODELS["pooled"](level="before-break").fit(panel)
    assert before.predict(1).sum() == pytest.approx(6 * 1060)
    kept = MODELS["pooled"](level="last").fit(panel)
    assert kept.predict(5).sum() == pytest.approx(6 * 1620)
    with pytest.raises(InputError, match="did you mean 'last'"):
        MODELS["pooled"](level="lst")
    with pytest.raises(InputError, match="no break"):
        MODELS["trend"](level="before-break").fit(panel.since(2005))


def test_high_births_where_people_leave_do_not_look_like_exchanged_columns():
    """Regions that lose by moves and grow by births are common; only changes over time tell."""
    random = np.random.default_rng(1)
    years, regions = 12, 10
    flows = random.uniform(500, 1500, (regions, regions)) * (1 + np.arange(regions) / regions)
    flows = flows * np.exp(random.normal(0, 0.15, (years, regions, regions)))
    flows[:, np.arange(regions), np.arange(regions)] = 0
    nets = flows.sum(axis=1) - flows.sum(axis=2)
    births = -3.0 * nets.mean(axis=0)
    people = 400_000 + np.cumsum(nets + births, axis=0)
    names = tuple("ABCDEFGHIJ")
    panel = FlowPanel(names, tuple(range(2001, 2013)), flows, population=people)
    growth, rates = np.diff(people, axis=0).ravel(), nets[1:].ravel()
    assert np.corrcoef(growth, rates)[0, 1] < -0.3  # what a look at levels would have said
    assert not panel.seems_swapped()
    turned = FlowPanel(names, panel.years, flows.transpose(0, 2, 1), population=people)
    assert turned.seems_swapped()
