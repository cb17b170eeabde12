"""Streams part the arrivals: nobody of the quota comes on top of the moves and of immigration."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.migration.directed import Directed
from forecast.plan import prepare
from forecast.relocation import net_of
from forecast.supported import contained_of, supported_frame

NORTH, PAVLODAR = "KZ-59", "KZ-55"
FEWER = "levers: {resettlement: {take_up: {KZ-59: 0}}, kandas_quota: {take_up: {KZ-59: 0}}}"
MORE = (
    "levers:\n"
    "  resettlement: {places: {KZ-59: {2028: 4000}}, take_up: {KZ-59: 0.8, KZ-55: 0.4},\n"
    "    stay: {1: 0.5}}\n"
    "  kandas_quota: {places: {KZ-39: {2027: 900}}, take_up: {KZ-55: 1}}\n"
    "uncertainties: {internal_level: {variant: middle}}\n"
)
SAID = "uncertainties: {external_migration: {streams: {kandas_quota: {2026: 2234}}}}"
# In the north are fewer doctors than its people need: nobody beyond the baseline finds room there.
GATED = "extends: north-resettlement\nlevers: {infrastructure_first: {kinds: [doctor]}}"
SCENARIOS = {"baseline": "", "fewer": FEWER, "more": MORE, "said": SAID}


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def runs(dataset):
    found = {
        name: fc.run(fc.parse_scenario("extends: baseline\n" + text), dataset, until=2029)
        for name, text in SCENARIOS.items()
    }
    found["free"] = fc.run("north-resettlement", dataset, until=2029)
    found["gated"] = fc.run(fc.parse_scenario(GATED), dataset, until=2029)
    return found


NAMES = (*SCENARIOS, "free", "gated")


def supported(run, measure, stream):
    frame = run.frame("supported")
    rows = frame[(frame["measure"] == measure) & (frame["stream"] == stream)]
    return rows.set_index(["region", "year"])["value"]


def known(run, measure, stream, index):
    return supported(run, measure, stream).reindex(index, fill_value=0.0)


@pytest.mark.parametrize("name", NAMES)
def test_streams_add_up_to_the_moves_and_to_immigration(runs, name):
    """Against the flows from region to region, which are counted on another way."""
    run = runs[name]
    parts = run.frame("components").set_index(["component", "region", "year"])["value"]
    unsupported = supported(run, "contained", "unsupported").drop(run.nation, level="region")
    parted = unsupported + known(run, "contained", "resettlers", unsupported.index)
    for more in ("growth_point_in", "support_in"):
        if more in parts.index:
            parted = parted + parts[more].reindex(parted.index, fill_value=0.0)
    flows = run.frame("flows").groupby(["destination", "year"])["value"].sum()
    assert len(flows) == len(parted)
    assert (parted - flows.rename_axis(["region", "year"])).abs().max() < 1e-6
    whole = parts["immigration"]
    streams = run.frame("immigration").groupby(["region", "year"])["value"].sum()
    assert (streams.reindex(whole.index, fill_value=0.0) - whole).abs().max() < 1e-6


@pytest.mark.parametrize("name", ["fewer", "more", "free", "gated"])
def test_a_quota_adds_to_its_stream_whoever_takes_more_places(runs, name):
    """And takes from it whoever takes fewer; the resettlers of the baseline stay its movers."""
    run, baseline = runs[name], runs["baseline"]
    more = supported(run, "taken", "kandas") - supported(baseline, "taken", "kandas")
    more = more.drop(run.nation, level="region")
    come, before = (
        each.frame("immigration").query("stream == 'kandas_quota'")
        .set_index(["region", "year"])["value"] for each in (run, baseline)
    )  # fmt: skip
    added = (come - before).reindex(more.index)
    assert (added - more).abs().max() < 0.01
    assert more.abs().max() > 4
    contained = [supported(each, "contained", "resettlers") for each in (run, baseline)]
    pd.testing.assert_series_equal(*contained)


@pytest.mark.parametrize("name", ["free", "gated"])
def test_who_takes_a_place_beyond_the_baseline_is_settled(runs, name):
    run = runs[name]
    for stream in ("kandas", "resettlers"):
        taken, before = (supported(each, "taken", stream) for each in (run, runs["baseline"]))
        people = known(run, "people", stream, taken.index)
        assert (taken - before - people).abs().max() < 1e-6
        assert people.max() > 10


@pytest.mark.parametrize("name", NAMES)
def test_the_nation_is_the_sum_and_nobody_is_negative(runs, name):
    run = runs[name]
    frame = run.frame("supported")
    frame = frame[frame["measure"].isin(["places", "taken", "contained"])]
    nation = frame["region"] == run.nation
    keys = ["year", "stream", "measure"]
    summed = frame[~nation].groupby(keys)["value"].sum(min_count=1)
    whole = frame[nation].set_index(keys)["value"].sort_index()
    pd.testing.assert_series_equal(summed, whole, rtol=1e-12)
    assert not (frame["value"] < -1e-9).any()
    assert not frame.duplicated(["region", *keys]).any()
    assert set(frame["unit"]) == {"persons"}
    unknown = frame["status"] == "unknown"
    assert (frame["value"].isna() == unknown).all()


def test_the_rows_come_from_the_tables_and_change_nobody(dataset, runs):
    """The simulation does not know of the rows: the frame is made of it afterwards."""
    plan = prepare(fc.load_scenario("baseline"), dataset, until=2029)
    assumptions = plan.assume()
    run = plan.simulate(assumptions)
    contained = contained_of(plan.scenario, dataset, assumptions)
    before = [change.internal_in.copy() for change in run.changes]
    frame = supported_frame(run, plan.labour, plan.facilities, contained)
    assert all((a == c.internal_in).all() for a, c in zip(before, run.changes, strict=True))
    assert len(frame) == len(runs["baseline"].frame("supported"))
    assert supported_frame(run, plan.labour, plan.facilities).empty  # without published places
    people = runs["baseline"].frame("population").groupby("year")["value"].sum()
    assert run.population[..., 0].sum(axis=(1, 2, 3)) == pytest.approx(people.to_numpy(), rel=1e-12)


def test_the_baseline_contains_the_published_places_at_the_observed_take_up(dataset, runs):
    norms = dataset.table("norms/settlement")
    norms = norms[norms["stream"] == "resettlers"]
    wide = norms.pivot_table(index="region", columns="measure", values="value")
    settled = wide["places"] * wide["take_up"]
    run = runs["baseline"]
    for year in (2026, 2028):
        for measure in ("taken", "contained"):
            rows = supported(run, measure, "resettlers").xs(year, level="year")
            assert rows[settled.index].to_numpy() == pytest.approx(settled.to_numpy())
        assert supported(run, "places", "resettlers")[run.nation, year] == 5997
        assert supported(run, "places", "kandas")[run.nation, year] == 2281
    frame = run.frame("supported")
    status = frame.set_index(["measure", "stream", "region", "year"])["status"]
    assert status["places", "resettlers", NORTH, 2026] == "observed"
    assert status["places", "resettlers", NORTH, 2027] == "assumption"  # carried on
    assert status["taken", "resettlers", NORTH, 2026] == "assumption"
    assert "Settlers in the baseline" in set(run.frame("notes")["subject"])


def test_a_lever_moves_places_and_who_takes_them(runs):
    fewer, more = runs["fewer"], runs["more"]
    for stream in ("kandas", "resettlers"):
        assert supported(fewer, "taken", stream)[NORTH, 2027] == pytest.approx(0, abs=1e-6)
    assert supported(fewer, "places", "resettlers")[NORTH, 2027] == 2820
    assert supported(more, "places", "resettlers")[NORTH, 2027] == 2820
    assert supported(more, "places", "resettlers")[NORTH, 2028] == 4000
    taken = supported(more, "taken", "resettlers")
    assert taken[NORTH, 2027] == pytest.approx(2820 * 0.8)  # before its year places as published
    assert taken[NORTH, 2028] == pytest.approx(4000 * 0.8)
    assert taken[PAVLODAR, 2028] == pytest.approx(1655 * 0.4)  # fewer than the half of before
    kandas = supported(more, "taken", "kandas")
    assert kandas["KZ-39", 2027] == pytest.approx(900 * 0.978)
    assert kandas[PAVLODAR, 2026] == pytest.approx(977)


def test_without_room_fewer_places_are_taken(runs):
    for stream, beyond in (("kandas", 4.4), ("resettlers", 2820 - 0.634 * 2820)):
        before, there, held = (
            supported(runs[name], "taken", stream) for name in ("baseline", "free", "gated")
        )
        assert (held <= there + 1e-6).all()
        for year in (2026, 2029):
            assert held[NORTH, year] == pytest.approx(before[NORTH, year])
            assert there[NORTH, year] - held[NORTH, year] == pytest.approx(beyond)
            assert held[PAVLODAR, year] == pytest.approx(there[PAVLODAR, year])  # there is room
            fewer = (there - held).xs(year, level="year")
            assert fewer["KZ"] == pytest.approx(fewer.drop("KZ").sum()) != 0
    assert (held[PAVLODAR] > before[PAVLODAR] + 10).all()


def test_kandas_named_as_persons_say_nothing_of_places(runs):
    run = runs["said"]
    taken = supported(run, "taken", "kandas")
    assert taken.isna().all()
    assert supported(run, "contained", "kandas")[run.nation, 2027] == pytest.approx(2234)
    assert supported(run, "taken", "resettlers").notna().all()


def test_who_comes_more_and_who_comes_less_are_told_apart_on_one_way():
    """North asks for 300 fewer from the south, the south for 100 more from the north: on the way
    from north to south go 400, and not 400 of them are additional."""
    persons = np.array([[0.0, 100.0], [-300.0, 0.0]])  # 0 north, 1 south
    flows = np.zeros((2, 2, 1))
    flows[0, 1, 0] = 400
    nobody = np.zeros((2, 101, 2, 1))
    net = net_of(persons, Directed(nobody, nobody, flows))
    assert net[:, 0].tolist() == [-300, 100]
    flows[0, 1, 0] = 200  # only a half is there to move
    assert net_of(persons, Directed(nobody, nobody, flows))[:, 0].tolist() == [-150, 50]
    flows[0, 1, 0] = 350
    room = np.array([[1.0], [0.5]])
    assert net_of(persons, Directed(nobody, nobody, flows), room)[:, 0].tolist() == [-300, 50]
