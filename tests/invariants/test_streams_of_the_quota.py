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
    for name in ("north-resettlement", "north-resettlement+infrastructure-first"):
        found[name] = fc.run(name, dataset, until=2029)
    return found


NAMES = (*SCENARIOS, "north-resettlement", "north-resettlement+infrastructure-first")


def supported(run, measure, stream):
    frame = run.frame("supported")
    rows = frame[(frame["measure"] == measure) & (frame["stream"] == stream)]
    return rows.set_index(["region", "year"])["value"]


def known(run, measure, stream, index):
    return supported(run, measure, stream).reindex(index, fill_value=0.0)


@pytest.mark.parametrize("name", NAMES)
def test_streams_add_up_to_the_moves_and_to_immigration(runs, name):
    run = runs[name]
    moves = run.frame("components").query("component == 'internal_in'")
    moves = moves.set_index(["region", "year"])["value"]
    parted = known(run, "contained", "resettlers", moves.index)
    parted = parted + supported(run, "contained", "unsupported").reindex(moves.index)
    assert (parted - moves).abs().max() < 1e-6
    kandas = run.frame("immigration").query("stream == 'kandas_quota'")
    kandas = kandas.set_index(["region", "year"])["value"]
    parted = known(run, "contained", "kandas", kandas.index)
    parted = parted + known(run, "people", "kandas", kandas.index)
    assert (parted - kandas).abs().max() < 1e-6
    whole = run.frame("components").query("component == 'immigration'")["value"].sum()
    assert run.frame("immigration")["value"].sum() == pytest.approx(whole, rel=1e-12)


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
    free, gated = (runs[name] for name in NAMES[-2:])
    for stream in ("kandas", "resettlers"):
        there, held = (supported(run, "taken", stream) for run in (free, gated))
        assert (held <= there + 1e-6).all()


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
