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


def parts_of_b(**gone):
    """The sound folder with a region D, of which B will be the whole; rows of D may be left out."""
    changed = {}
    for name, frame in tables().items():
        column = "region" if name == "population" else "origin"
        more = [frame[frame[column] == "B"].replace({column: {"B": "D"}})]
        if name == "od":
            more[0] = more[0][more[0]["destination"] != "B"]
            more.append(frame[frame["destination"] == "B"].replace({"destination": {"B": "D"}}))
            more[1] = more[1][more[1]["origin"] != "B"]
            years = range(2001, 2009)
            pairs = [(a, b, y, 5.0) for y in years for a, b in (("B", "D"), ("D", "B"))]
            more.append(pd.DataFrame(pairs, columns=frame.columns))
        frame = pd.concat([frame, *more], ignore_index=True)
        changed[name] = gone[name](frame) if name in gone else frame
    return changed


def test_a_year_in_which_a_part_is_silent_is_missing_and_not_zero(folder):
    """Nobody says how many came to D in 2004: the panel of B and D begins after it."""

    def silent(od):
        return od[(od["year"] != 2004) | ((od["origin"] != "D") & (od["destination"] != "D"))]

    path = folder(**parts_of_b(od=silent))
    panel = read_panel(path, {"D": "B"})
    assert panel.years == tuple(range(2005, 2009))
    assert panel.flows[0, 0, 1] == 2 * moves(2005, "A", "B")
    assert panel.notes[0] == (
        "years up to 2004 are left out: od.csv has no moves of D in 2004"
    )  # fmt: skip
    assert read_panel(path).years == panel.years


def test_a_part_that_began_later_is_no_gap_and_the_note_says_when(folder):
    def later(od):
        return od[(od["year"] > 2004) | ((od["origin"] != "D") & (od["destination"] != "D"))]

    panel = read_panel(folder(**parts_of_b(od=later)), {"D": "B"})
    assert panel.years == tuple(YEARS)
    assert list(panel.flows[3:5, 0, 1]) == [moves(2004, "A", "B"), 2 * moves(2005, "A", "B")]
    assert "D counts as part of B; there are moves of it from 2005 to 2008" in panel.notes


def test_people_of_a_whole_are_unknown_where_a_part_has_none(folder):
    def uncounted(people):
        people = people.astype({"persons": float})
        people.loc[(people["region"] == "D") & (people["year"] == 2003), "persons"] = np.nan
        return people

    panel = read_panel(folder(**parts_of_b(population=uncounted)), {"D": "B"})
    assert panel.years == tuple(range(2004, 2009))
    people = tables()["population"].query("region == 'B'")["persons"].to_numpy()
    assert list(panel.population[:, 1]) == list(2 * people[3:])
    left_out = "years up to 2003 are left out: population.csv lacks D in 2003"
    assert panel.notes == ("D counts as part of B", left_out)


def test_codes_keep_their_zeros_and_a_region_may_be_called_na(folder):
    names = {"A": "01", "B": "02", "C": "NA"}
    renamed = {name: frame.replace(names) for name, frame in tables().items()}
    drivers = renamed["population"].rename(columns={"persons": "gdp"})
    panel = read_panel(folder(drivers=drivers, **renamed))
    assert panel.regions == ("01", "02", "NA")
    assert panel.notes == ()
    assert panel.population is not None
    assert not np.isnan(panel.drivers["gdp"]).any()
    assert read_panel(folder(**renamed), {"01": "02"}).regions == ("02", "NA")


def test_spaces_around_a_name_do_not_count_and_capitals_are_a_slip(folder):
    od = tables()["od"]
    od.loc[od.index[::2], "origin"] += " "
    assert read_panel(folder(od=od)).regions == REGIONS
    od["destination"] = od["destination"].replace({"A": "Ab"})
    od["origin"] = od["origin"].replace({"A": "AB", "A ": "AB"})
    assert "'Ab' is 'AB' in another row; write the name in one way" in fault(folder(od=od))


def test_names_beside_the_moves_that_match_nothing_are_told(folder):
    """A slip of the pen is told from a row such as the total."""
    od, people = (
        frame.replace({"A": "Seoul", "B": "Busan", "C": "Jeju"}) for frame in tables().values()
    )
    drivers = people.rename(columns={"persons": "gdp"}).replace({"Seoul": "Soul"})
    total = people.assign(region="Whole country").drop_duplicates(["region", "year"])
    panel = read_panel(folder(od=od, population=pd.concat([people, total]), drivers=drivers))
    assert panel.notes == (
        "drivers.csv has no 'gdp' of Seoul",
        "population.csv: there are no moves of Whole country; their rows are not used",
        "drivers.csv: there are no moves of 'Soul'; did you mean 'Seoul'?",
    )


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("inf", "not a finite number"),
        ("-inf", "not a finite number"),
        ("1e300", "more than 10,000,000,000: no number of people"),
        ("9" * 400, "not a finite number"),
        ("NaN", "not a number; write digits alone"),
        ('"1,234"', "not a number; write digits alone"),
    ],
)
@pytest.mark.parametrize("name", ["od", "population"])
def test_what_is_no_number_of_people(folder, name, cell, text):
    path = folder()
    file = path / f"{name}.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].rsplit(",", 1)[0] + "," + cell
    file.write_text("\n".join(["", *lines]), encoding="utf-8")  # the first row is empty
    assert f"{name}.csv, row 4, persons: {text}" in fault(path)


def test_columns_that_nobody_asked_for(folder):
    """Words in a column that is not declared do no harm; a column that stands twice does."""
    od = tables()["od"].assign(note="from the register")
    drivers = tables()["population"].rename(columns={"persons": "gdp"}).assign(source="office")
    panel = read_panel(folder(od=od, drivers=drivers))
    assert panel.notes == ("drivers.csv: 'source' holds no numbers and is not used",)
    assert list(panel.drivers) == ["gdp"]
    twice = pd.concat([od, od["persons"]], axis=1)
    assert "od.csv: column 'persons' stands there twice" in fault(folder(od=twice))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda raw: raw.replace(b",", b";"), "columns are separated by ';'; separate them by"),
        (lambda raw: raw.replace(b",", b"\t"), "columns are separated by tabs; separate them by"),
        (
            lambda raw: raw.decode().encode("utf-16"),
            "the file is not UTF-8, row 1 has other letters; save it",
        ),
        (
            lambda raw: raw.decode().encode("utf-16-le"),
            "the file is not UTF-8, row 1 has other letters",
        ),
        (
            lambda raw: raw + "Аб,B,2001,5\n".encode("cp1251"),
            "the file is not UTF-8, row 74 has other letters",
        ),
        (lambda raw: b"", "the file is empty; its columns are origin, destination, year, persons"),
        (lambda raw: raw.split(b"\n")[0], "the table has no rows"),
        (lambda raw: raw + b"A,B\n", "row 74: the row has 2 cells, the header 4; put text with"),
        (lambda raw: raw + b"\n\nA,B,2001,5,6\n", "row 76: the row has 5 cells, the header 4"),
    ],
)
def test_files_of_another_make_are_refused_with_the_cure(folder, change, text):
    file = folder() / "od.csv"
    file.write_bytes(change(file.read_bytes()))
    told = fault(file.parent)
    assert f"od.csv: {text}" in told or f"od.csv, {text}" in told
    assert "\n" not in told


def distances(kilometres=100.0, contiguous=1):
    pairs = [(a, b, kilometres, contiguous) for a in REGIONS for b in REGIONS if a != b]
    return pd.DataFrame(pairs, columns=["origin", "destination", "km", "contiguous"])


def test_distances_are_kilometres_and_touching_is_yes_or_no(folder):
    panel = read_panel(folder(distances=distances()))
    assert panel.notes == ()
    assert panel.distance[0, 1] == 100
    assert "km: a negative distance" in fault(folder(distances=distances(kilometres=-5)))
    assert "contiguous: neither 0 nor 1" in fault(folder(distances=distances(contiguous=7)))
    alone = read_panel(folder(distances=distances().drop(columns="km")))
    assert alone.notes == (
        "distances.csv has no kilometres (a column km): no distances are used",
    )  # fmt: skip
    assert (alone.contiguous.sum(), alone.distance) == (6, None)
    lacking = read_panel(folder(distances=distances().drop(index=0)))
    assert "distances.csv lacks A \u2192 B: 'km' is not used" in lacking.notes
    none = read_panel(folder(distances=distances().drop(index=range(6))))
    assert none.notes == ("distances.csv has no rows",)
    near = read_panel(folder(distances=distances(kilometres=0)))
    assert "0 kilometres between two regions" in near.notes[0]


def test_a_merge_leaves_two_regions_or_more(folder):
    path = folder()
    assert "A would go into itself" in fault(path, merge={"A": "A"})
    assert "one region is left" in fault(path, merge={"A": "B", "C": "B"})


def test_drivers_of_a_whole_are_meaned_by_people(folder):
    changed = parts_of_b()
    people = changed["population"]
    people.loc[people["region"] == "D", "persons"] *= 3
    values = {"A": 1.0, "B": 10.0, "C": 2.0, "D": 20.0}
    drivers = people.assign(weight=people["region"].map(values)).drop(columns="persons")
    panel = read_panel(folder(drivers=drivers, **changed), {"D": "B"})
    assert panel.drivers["weight"][:, 1] == pytest.approx(17.5)
