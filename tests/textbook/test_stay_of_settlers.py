"""Settlers who leave again: by hand on two regions, and in the projection.

Authority: the formulas in the heads of settlers.py and staying.py, and identities: nobody is lost,
the take-up of the baseline changes nothing, without a share everything is as it was.
"""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.dataset.check import check_package
from forecast.demography.step import YearRates
from forecast.demography.transition import from_transition
from forecast.errors import InputError
from forecast.migration.directed import Directed
from forecast.plan import prepare
from forecast.report.sheets import tables
from forecast.settlers import Arrived, Settlers, Staying, arrived_of
from forecast.space import AGES, SEXES
from forecast.staying import SETTLED, TABLE, stay_shares, table_shares, yearly
from forecast.supported import supported_frame

PAVLODAR, KOSTANAY, TURKISTAN = "KZ-55", "KZ-39", "KZ-61"
QUOTAS = (
    "levers:\n"
    "  kandas_quota: {{places: {{Pavlodar Region: {{2026: 1500}}}},\n"
    "    take_up: {{Pavlodar Region: 1}}{kandas}}}\n"
    "  resettlement: {{places: {{Kostanay Region: {{2026: 3000}}}},\n"
    "    take_up: {{Kostanay Region: 1}}, donors: {{Turkistan Region: 0.7, Jambyl Region: 0.3}}\n"
    "    {resettlers}}}\n"
)


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset("kazakhstan")


def simulated(dataset, kandas="", resettlers="", until=2030, **options):
    text = QUOTAS.format(kandas=kandas, resettlers=resettlers)
    plan = prepare(fc.parse_scenario("extends: baseline\n" + text), dataset, until=until)
    assumptions = plan.assume()
    return plan, assumptions, plan.simulate(assumptions)


@pytest.fixture(scope="module")
def without(dataset):
    return simulated(dataset)


@pytest.fixture(scope="module")
def leaving(dataset):
    stay = "stay: {1: 0.7, 3: 0.4}"
    return simulated(dataset, ", " + stay, ", " + stay)


def package_with(folder, dataset, rows):
    """A copy of the package with norms/retention.csv."""
    shutil.copytree(dataset.path, folder)
    frame = pd.DataFrame(rows, columns=["stream", "region", "years", "value"])
    frame = frame.assign(unit="share", status="assumption", source="a test")
    frame.to_csv(folder / f"{TABLE}.csv", index=False)
    return fc.load_dataset(folder)


# ---- shares


def test_shares_fall_along_a_line_from_arrival():
    assert yearly({2: 0.8, 4: 0.4}).tolist() == pytest.approx([0.9, 0.8, 0.6, 0.4])


def test_a_region_has_its_own_row_else_that_of_the_nation_and_a_scenario_wins(dataset):
    space = dataset.space
    frame = pd.DataFrame([("kandas", "KZ", 1, 0.9), ("kandas", PAVLODAR, 2, 0.5)],
                         columns=["stream", "region", "years", "value"])  # fmt: skip
    found = stay_shares(frame, {"kandas": None, "resettlers": None}, space)
    assert found.shape == (2, 2, len(space))
    at = space.positions
    assert found[0, :, at[PAVLODAR]].tolist() == pytest.approx([0.75, 0.5])
    assert found[0, :, at[KOSTANAY]].tolist() == [0.9, 0.9]  # after its last year it holds
    assert np.isnan(found[1]).all()
    said = stay_shares(frame, {"kandas": {1: 0.2}}, space)
    assert (said[0] == 0.2).all()
    assert stay_shares(frame, {"resettlers": None}, space) is None
    assert stay_shares(None, {"kandas": None}, space) is None


def test_a_share_that_rises_is_refused(dataset, tmp_path):
    rows = [("kandas", "KZ", 1, 0.5), ("kandas", "KZ", 2, 0.6), ("resettlers", "KZ", 1, 0.5)]
    frame = pd.DataFrame(rows, columns=["stream", "region", "years", "value"])
    with pytest.raises(InputError, match="kandas, KZ: more are there 2 years"):
        table_shares(frame)
    package = package_with(tmp_path / "package", dataset, rows)
    faults = [one for one in check_package(package) if one.kind == "fault" and one.table == TABLE]
    assert len(faults) == 1
    with pytest.raises(InputError, match="cannot rise"):
        simulated(package)
    for text, says in (
        ("{1: 0.5, 2: 0.6}", "cannot rise"), ("{0: 1}", "from 1 to 50"), ("{1: 60}", "0.6"),
        ("0.5", "{1: 0.9, 5: 0.6}"), ("{}", "an empty map"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=says):
            fc.parse_scenario(f"extends: baseline\nlevers: {{kandas_quota: {{stay: {text}}}}}\n")


# ---- one year by hand


def year_of(leave, survive=1.0, emigrate=0.0):
    """Two regions; a share of each leaves for the other."""
    shape = (len(SEXES), len(AGES), 2, 1)
    to = np.array([[1 - leave, leave], [leave, 1 - leave]])
    moves = from_transition(np.broadcast_to(to, (len(SEXES), len(AGES), 2, 2)))
    return YearRates(
        survival=np.full(shape, survive), fertility=np.zeros(shape[1:]), sex_ratio=1.05,
        moves=moves, emigration=np.full(shape, emigrate), immigration=np.zeros(shape),
    )  # fmt: skip


def test_what_an_ordinary_year_takes_counts_towards_those_who_leave():
    """Of 1000 who live, 10 % emigrate or move anyway; the share falls to 0.8 and then to 0.6: 100
    leave beyond it in the first year, and of the 800 then left a quarter less the tenth."""
    shape = (len(SEXES), len(AGES), 2, 1)
    came = np.zeros(shape)
    came[0, 30, 0, 0], came[1, 5, 0, 0] = 700, 300
    cohort = Arrived(came, np.zeros(shape), np.zeros((2, 2, 1)))
    staying = Staying(np.array([[[0.8, 0.8], [0.6, 0.6]], np.full((2, 2), np.nan)]),
                      np.array([[0.0, 1.0], [1.0, 0.0]]))  # fmt: skip
    everybody = np.full(shape, 1e6)
    settlers = staying.with_arrivals(Settlers(), cohort)
    again, settlers = staying.of_year(settlers, year_of(0.1), everybody)
    assert again.left[:, 0, 0].tolist() == pytest.approx([100, 0])
    assert again.came[:, :, 0].tolist() == [pytest.approx([0, 100]), pytest.approx([0, 0])]
    assert again.moved.removals[0, 31, 0, 0] == pytest.approx(70)  # a year older, in proportion
    assert again.moved.additions[1, 6, 1, 0] == pytest.approx(30)
    assert again.moved.flows[0, 1, 0] == pytest.approx(100)
    assert settlers.cohorts[0].kandas.sum() == pytest.approx(800)
    settlers = staying.with_arrivals(settlers, cohort)
    again, _ = staying.of_year(settlers, year_of(0.1), everybody)
    assert again.left[0, 0, 0] == pytest.approx(100 + 800 * (0.25 - 0.1))
    # who dies does not leave; where more move than the share asks for nobody leaves beyond them
    first = Settlers((cohort,))
    again, _ = staying.of_year(first, year_of(0.1, survive=0.5), everybody)
    assert again.left[0, 0, 0] == pytest.approx(50)
    again, _ = staying.of_year(first, year_of(0.1, emigrate=0.05), everybody)
    assert again.left[0, 0, 0] == pytest.approx(1000 * (0.95 * 0.9 - 0.8))
    again, still = staying.of_year(first, year_of(0.3), everybody)
    assert again.left.sum() == 0
    assert still.cohorts[0].kandas.sum() == pytest.approx(700)


def test_resettlers_return_to_where_they_came_from_and_never_more_than_are_there():
    shape = (1, len(AGES), 3, 1)
    removals = np.zeros((2, len(AGES), 3, 1))
    removals[:, 20, 1, 0], removals[:, 20, 2, 0] = 150, 50
    flows = np.zeros((3, 3, 1))
    flows[1, 0, 0], flows[2, 0, 0] = 300, 100
    persons = np.zeros((3, 3))
    persons[1, 0], persons[2, 0] = 300, 100
    arrived = arrived_of(np.zeros((2, *shape[1:])), Directed(removals, removals, flows), persons)
    assert arrived.resettlers.sum(axis=(0, 1))[:, 0].tolist() == pytest.approx([400, 0, 0])
    stay = np.full((2, 1, 3), np.nan)
    stay[SETTLED.index("resettlers")] = 0.5
    staying = Staying(stay, np.zeros((3, 3)))
    rates = year_of(0.0)
    wide = YearRates(*(np.repeat(getattr(rates, name)[..., :1, :], 3, axis=-2)
                       for name in ("survival", "fertility")), sex_ratio=1.05,
                     moves=from_transition(np.broadcast_to(np.eye(3), (2, len(AGES), 3, 3))),
                     emigration=np.zeros((2, len(AGES), 3, 1)),
                     immigration=np.zeros((2, len(AGES), 3, 1)))  # fmt: skip
    there = np.full((2, len(AGES), 3, 1), 1e5)
    again, _ = staying.of_year(Settlers((arrived,)), wide, there)
    assert again.moved.flows[0, :, 0].tolist() == pytest.approx([0, 150, 50])
    there[0, 21, 0, 0] = 10  # all but ten women are gone by other ways
    again, _ = staying.of_year(Settlers((arrived,)), wide, there)
    assert again.left.sum() == pytest.approx(10 + 100)


def test_where_fewer_come_than_in_the_baseline_nobody_has_arrived():
    removals = np.ones((2, len(AGES), 2, 1))
    persons = np.array([[0.0, 0.0], [-100.0, 0.0]])
    flows = np.zeros((2, 2, 1))
    flows[0, 1, 0] = 100
    arrived = arrived_of(-removals, Directed(removals, removals, flows), persons)
    assert not arrived.kandas.any()
    assert not arrived.resettlers.any()


# ---- in the projection


def test_without_a_share_everything_is_as_it_was(dataset, without):
    """Where all are to stay they still move as others do, and nothing changes either."""
    _, assumptions, run = without
    assert assumptions.support.stay is None
    assert all(support.again is None for support in run.support)
    all_stay = simulated(dataset, ", stay: {5: 1}", ", stay: {5: 1}")[2]
    assert sum(year.again.left.sum() for year in all_stay.support) == 0
    assert (run.population == all_stay.population).all()


def test_nobody_is_lost_and_components_tell_of_them(dataset, leaving, without):
    run, plain = leaving[2], without[2]
    for number, change in enumerate(run.changes):
        before, after = run.population[number], run.population[number + 1]
        rest = (after - change.apply(before)).sum()
        assert rest == pytest.approx(0, abs=1e-6)
        assert change.extra_in.sum() == pytest.approx(change.extra_out.sum(), rel=1e-12)
    nation = [each.population.sum(axis=(1, 2, 3))[:, 0] for each in (run, plain)]
    assert nation[0] == pytest.approx(nation[1], rel=2e-5)  # they move inside the country
    at = dataset.space.positions
    inside = [support.inside for support in run.support]
    assert inside[0].removals[..., at[KOSTANAY], 0].sum() == 0  # in the year of arrival
    gone = [year.removals[..., at[KOSTANAY], 0].sum() for year in inside]
    assert np.all(np.diff(gone[:4]) > 0)
    back = [year.flows[at[KOSTANAY], at[TURKISTAN], 0] for year in inside]
    assert back[1] == pytest.approx(0.7 * gone[1], rel=1e-9)  # the pattern of the donors
    left = run.support[3].again.left[SETTLED.index("kandas"), at[PAVLODAR], 0]
    onward = run.support[3].inside.flows[at[PAVLODAR], :, 0]
    assert onward.sum() == pytest.approx(left)
    assert onward[at["KZ-71"]] > onward[at["KZ-59"]]  # as people of the region move: to Astana


def test_the_share_still_there_is_the_one_that_is_written(dataset, leaving):
    """Of those of the first year who live, against shares by year of 0.7, 0.55, 0.4."""
    _, assumptions, run = leaving
    staying = Staying(assumptions.support.stay, np.eye(len(dataset.space)))
    at = dataset.space.positions[KOSTANAY]
    cohort = run.support[0].arrived
    alive, settlers = cohort.resettlers, Settlers((cohort,))
    for number, share in ((1, 0.7), (2, 0.55), (3, 0.4)):
        rates = run.rates[number]
        alive = np.concatenate([np.zeros_like(alive[:, :1]), alive[:, :-1]], axis=1)
        alive = alive * rates.survival
        # the first cohort alone, at the rates of the run
        remains = Staying(staying.stay[:, number - 1 : number], staying.onward)
        remains.stay = staying.stay[:, number - 1 : number]
        _, settlers = remains.of_year(settlers, rates, np.full(alive.shape, 1e9))
        there = settlers.cohorts[0].resettlers[..., at, 0].sum()
        assert there / alive[..., at, 0].sum() == pytest.approx(share, rel=5e-3)


def test_the_take_up_of_the_baseline_with_a_share_is_the_baseline(dataset):
    """Only who is additional leaves again: those of the baseline are in its moves."""
    norms = dataset.table("norms/settlement")
    take_up = norms[(norms["measure"] == "take_up") & (norms["stream"] == "resettlers")]
    same = ", ".join(f"{row.region}: {row.value}" for row in take_up.itertuples())
    text = f"levers: {{resettlement: {{take_up: {{{same}}}, stay: {{1: 0.5}}}}}}"
    runs = []
    for more in ("", text):
        plan = prepare(fc.parse_scenario("extends: baseline\n" + more), dataset, until=2030)
        runs.append(plan.simulate(plan.assume()))
    assert (runs[0].population == runs[1].population).all()


def test_the_table_of_the_package_acts_as_the_scenario_does(dataset, leaving, tmp_path):
    rows = [(stream, "KZ", year, value) for stream in SETTLED for year, value in
            ((1, 0.7), (2, 0.55), (3, 0.4))]  # fmt: skip
    package = package_with(tmp_path / "package", dataset, rows)
    run = simulated(package)[2]
    kinds = {finding.kind for finding in check_package(package) if finding.table == TABLE}
    assert kinds == {"holds"}
    assert run.population == pytest.approx(leaving[2].population, rel=1e-9)


def test_settlers_are_families_whose_children_need_places(dataset, leaving):
    """44 % in working age (norms/settlement), so most of them are no workers."""
    plan, _, run = leaving
    frame = supported_frame(run, plan.labour, plan.facilities)
    first = frame[(frame["region"] == "KZ") & (frame["year"] == 2026)]
    for stream in SETTLED:
        mine = first[first["stream"] == stream].set_index(["measure", "kind"])["value"]
        people = mine["people", "total"]
        came = getattr(run.support[0].arrived, stream)[..., 0].sum(axis=2)
        working = plan.assume().support.working
        assert (came * working).sum() / people == pytest.approx(0.44, abs=5e-3)
        assert mine["workers", "total"] < 0.44 * people
        assert mine["pupils", "total"] > 0.2 * people
        assert mine["need", "school_place"] > 0
        assert mine["left_again", "total"] == 0
    later = frame[(frame["year"] == 2029) & (frame["measure"] == "left_again")]
    again = run.support[3].again.left[..., 0].sum()
    assert later.loc[later["region"] == "KZ", "value"].sum() == pytest.approx(again)
    back = frame[(frame["year"] == 2029) & (frame["measure"] == "came_again")]
    home = back[back["region"] == TURKISTAN].set_index("stream")["value"]
    left = later[later["region"] == KOSTANAY].set_index("stream")["value"]
    assert home["resettlers"] == pytest.approx(0.7 * left["resettlers"])  # as they came
    assert back.loc[back["region"] == "KZ", "value"].sum() == pytest.approx(again)


@pytest.mark.slow
def test_draws_carry_the_settlers_and_files_tell_of_them(dataset, leaving, tmp_path):
    stay = ", stay: {1: 0.7, 3: 0.4}"
    text = "extends: baseline\n" + QUOTAS.format(kandas=stay, resettlers=stay)
    runs = [
        fc.run(fc.parse_scenario(text), dataset, until=2029, draws=count) for count in (60, 120)
    ]
    samples = [run.samples("support_net", region=KOSTANAY).loc[2029] for run in runs]
    assert samples[0].to_numpy() == pytest.approx(samples[1].to_numpy()[:60], rel=1e-6)
    net = [support.inside for support in leaving[2].support][3]
    at = dataset.space.positions[KOSTANAY]
    central = (net.additions - net.removals)[..., at, 0].sum()
    low, high = samples[1].quantile([0.0, 1.0])
    assert low <= central <= high
    run = runs[0]
    notes = run.frame("notes")
    assert notes["text"].str.contains("leave again").any()
    frame = run.frame("components").set_index(["region", "year", "component"])["value"]
    assert frame[KOSTANAY, 2029, "support_out"] > 0
    assert frame[TURKISTAN, 2029, "support_in"] > 0
    run.save(tmp_path / "run")
    assert len(fc.load(tmp_path / "run").frame("supported")) == len(run.frame("supported"))
    (sheet,) = [table for table in tables(run) if table.name == "Settlers"]
    assert any("chool" in str(row.words[-1]) and row.numbers[0] > 0 for row in sheet.rows)
