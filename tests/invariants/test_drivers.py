"""What must hold when drivers move people, on the real package.

Authority: the identities of the pivot on the observed flows; one job moves one family once.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast import simulate as room
from forecast.assumptions import Drivers
from forecast.draws import Draws
from forecast.drivers import drawn_answers, driver_trend, drivers_of
from forecast.elasticities import DRIVERS, SIDES, Elasticities
from forecast.ensemble import Setting, run_draws
from forecast.errors import InputError
from forecast.gains import gains, gains_sentence
from forecast.migration.elasticities import COLUMNS
from forecast.migration.response import push_pull
from forecast.plan import prepare
from forecast.rates import year_rates
from forecast.simulate import YearPass, simulate
from forecast.uncertain import COMPONENTS

HEAD = "extends: baseline\n"
EVERY_DRIVER = """
drivers:
  jobs: {Kostanay Region: {2027: 0.05, 2028: -0.1}}
  income: {Астана қаласы: {between: line, values: {2026: 0, 2029: 0.2}}}
  unemployment: {KZ-55: {2026: -1.0}}
  home_value: {город Алматы: {2027: 0.3}}
  source: a test
"""
NOTHING = """
drivers:
  jobs: {KZ-39: {2026: 0}}
  income: {KZ-39: {2026: 0, 2028: 0.0}}
  unemployment: {KZ-39: {2026: 0}}
  home_value: {KZ-39: {between: line, values: {2026: 0, 2029: 0}}}
"""
POINT = "growth_points: {p: {region: KZ-39, jobs: {2027: 3000, 2029: 9000}}}\n"
DRAWS = 20


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def plan(dataset):
    return prepare(fc.load_scenario("baseline"), dataset)


@pytest.fixture(scope="module")
def assumptions(plan):
    return plan.assume()


@pytest.fixture(scope="module")
def baseline(plan, assumptions):
    return plan.simulate(assumptions)


@pytest.fixture(scope="module")
def elasticities(dataset):
    return Elasticities.from_frame(dataset.table("norms/elasticities"))


def plan_of(text, dataset, **options):
    return prepare(fc.parse_scenario(HEAD + text), dataset, **options)


def simulated(text, dataset):
    plan = plan_of(text, dataset)
    return plan.simulate(plan.assume())


def with_change(assumptions, elasticities, driver, place, share):
    """The assumptions with a driver of one region changed for good from the first year on."""
    years, regions = len(assumptions.years), len(assumptions.space)
    changes, jobs = np.zeros((years, len(DRIVERS), regions)), np.zeros((years, regions))
    if driver == "jobs":
        jobs[:, place] = share
    else:
        changes[:, list(DRIVERS).index(driver), place] = np.log1p(share)
    return assumptions.but(drivers=Drivers(changes, jobs, elasticities))


def arrivals(run):
    """(year, region) persons from other regions."""
    return np.stack([change.internal_in.sum(axis=(0, 1))[:, 0] for change in run.changes])


def test_zero_change_is_the_baseline_to_the_last_bit(dataset, baseline):
    run = simulated(NOTHING, dataset)
    assert (run.population == baseline.population).all()
    for mine, theirs in zip(run.labour, baseline.labour, strict=True):
        assert (mine.demand == theirs.demand).all()
        assert (mine.deficit == theirs.deficit).all()
    for mine, theirs in zip(run.flows, baseline.flows, strict=True):
        assert (mine == theirs).all()


def test_zero_change_is_the_baseline_to_the_last_bit_in_every_draw(dataset):
    base = fc.run("baseline", dataset, until=2028, draws=60)
    same = fc.run(fc.parse_scenario(f"{HEAD}until: 2028\n{NOTHING}"), dataset, draws=60)
    for name in ("samples", "quantiles", "variance", "population", "flows", "labour", "response"):
        assert base.frame(name).equals(same.frame(name)), name
    assert same.frame("response").empty
    assert "response" not in set(same.frame("variance")["component"])


def test_the_first_year_of_a_change_moves_nobody_and_the_next_one_does(dataset, baseline):
    """Changes of calendar year t move the flows of t + 1."""
    run = simulated("drivers: {income: {KZ-39: {2027: 0.2}}}\n", dataset)
    same = [(a == b).all() for a, b in zip(run.flows, baseline.flows, strict=True)]
    assert same == [True, True, False, False, False]  # 2026-2030


@pytest.fixture(scope="module")
def everything(dataset):
    plan = plan_of(EVERY_DRIVER, dataset)
    assumptions = plan.assume()
    return plan, assumptions, plan.simulate(assumptions)


def test_nets_sum_to_nothing_and_nobody_is_negative(everything):
    _, _, run = everything
    assert run.population.min() >= 0
    for change, flows in zip(run.changes, run.flows, strict=True):
        net = (change.internal_in - change.internal_out).sum(axis=2)
        assert np.abs(net).max() <= 1e-9 * max(1.0, float(change.internal_out.sum()))
        assert flows.sum(axis=0) == pytest.approx(change.internal_in.sum(axis=(0, 1)), rel=1e-9)
        assert flows.sum(axis=1) == pytest.approx(change.internal_out.sum(axis=(0, 1)), rel=1e-9)


def test_the_order_of_regions_does_not_matter(everything):
    plan, assumptions, run = everything
    order = np.roll(np.arange(len(plan.dataset.space)), 7)
    back = np.argsort(order)
    labour = replace(
        plan.labour, shift=plan.labour.shift[order], unemployment=plan.labour.unemployment[order],
        jobs=plan.labour.jobs[order], people=plan.labour.people[order],
        trend=replace(plan.labour.trend, region=plan.labour.trend.region[order]),
    )  # fmt: skip
    again = simulate(assumptions.permuted(order), (), labour, plan.around)
    assert again.population[:, :, :, back] == pytest.approx(run.population, rel=1e-9)
    for mine, theirs in zip(again.labour, run.labour, strict=True):
        assert mine.demand[back] == pytest.approx(theirs.demand, rel=1e-9)


@pytest.mark.parametrize("driver", ["jobs", "income"])
def test_a_fifth_more_never_lowers_arrivals_of_any_region(
    driver, plan, assumptions, baseline, elasticities
):
    plain = arrivals(baseline)
    for place in range(len(plan.dataset.space)):
        more = with_change(assumptions, elasticities, driver, place, 0.2)
        found = arrivals(plan.simulate(more))
        assert (found[0] == plain[0]).all()
        assert (found[1:, place] > plain[1:, place]).all(), plan.dataset.space.ids[place]


@settings(max_examples=25)
@given(
    place=st.integers(0, 19), share=st.floats(0.0, 1.0), more=st.floats(0.0, 1.0),
    driver=st.sampled_from(["jobs", "income"]),
)  # fmt: skip
def test_more_of_what_draws_people_never_lowers_arrivals(
    plan, assumptions, elasticities, place, share, more, driver
):
    few, many = (
        arrivals(plan.simulate(with_change(assumptions, elasticities, driver, place, each)))
        for each in (share, share + more)
    )
    assert (many[:, place] >= few[:, place] - 1e-6).all()


@pytest.mark.parametrize("driver", ["jobs", "income"])
def test_a_fifth_more_raises_what_a_region_gets_of_every_origin_in_every_draw(
    driver, plan, assumptions, elasticities
):
    """In the first year that answers nobody's arrivals fall, whatever is drawn. Later those of a
    draw in which people hardly come but do stay can fall a little, because fewer are left
    elsewhere: so arrivals are held against the people of the other regions."""
    drawn = drawn_answers(elasticities, Draws(DRAWS, 3))
    at = list(DRIVERS).index(driver)
    assert (drawn.values[at, SIDES.index("destination")] > 0).all()
    plain, others = in_draws(plan, assumptions, drawn)
    for place in range(len(plan.dataset.space)):
        more = with_change(assumptions, elasticities, driver, place, 0.2)
        found, elsewhere = in_draws(plan, more, drawn)
        assert (found[1, place] > plain[1, place]).all()
        rate, before = (a[:, place] / e[:, place] for a, e in ((found, elsewhere), (plain, others)))
        assert (rate[1:] >= before[1:] * (1 - 1e-3)).all()
        assert (found[:, place] >= plain[:, place] * (1 - 1e-3)).all()


def test_at_given_populations_more_jobs_lower_arrivals_in_no_draw(plan, elasticities):
    """Every origin sends more, whatever is drawn; nobody of the region itself arrives there."""
    drawn = drawn_answers(elasticities, Draws(200, 3))
    changes = np.zeros((len(DRIVERS), len(plan.dataset.space), 1))
    changes[list(DRIVERS).index("jobs"), 5] = np.log(1.2)
    push, pull = push_pull(drawn, changes)
    flows = np.random.default_rng(1).uniform(1, 9, push.shape[:1] * 2)
    sent = flows[..., None] * pull / (flows[..., None] * pull).sum(axis=1, keepdims=True)
    moved = (push * flows.sum(axis=1)[:, None])[:, None] * sent
    others = np.delete(np.arange(len(push)), 5)
    assert (moved[others, 5] >= flows[others, 5][:, None]).all()


def in_draws(plan, assumptions, drawn):
    """(year, region, draw) arrivals, and the people of all other regions on 1 January."""
    passing = YearPass(assumptions, (), plan.labour, plan.around, elasticities=drawn)
    rates, count = year_rates(assumptions), drawn.values.shape[-1]
    people = np.repeat(assumptions.population[..., None], count, axis=-1)
    carried = passing.start(people)
    came, elsewhere = [], []
    for number in range(3):
        done = passing.of_year(number, people, carried, rates[number])
        by_region = people.sum(axis=(0, 1))
        came.append(done.change.internal_in.sum(axis=(0, 1)))
        elsewhere.append(by_region.sum(axis=0) - by_region)
        people, carried = done.after, done.next
    return np.stack(came), np.stack(elsewhere)


def test_destinations_alone_leave_the_number_of_moves_in_the_first_year(
    plan, assumptions, baseline, elasticities
):
    """But for newborns, who are born where their mothers have moved by then."""
    alone = elasticities.values.copy()
    alone[:, SIDES.index("origin")] = 0
    more = with_change(assumptions, replace(elasticities, values=alone), "income", 3, 0.2)
    run = plan.simulate(more)
    moved, plain = (each.changes[1].internal_out[:, 1:] for each in (run, baseline))
    assert moved == pytest.approx(plain, rel=1e-12)
    assert moved.sum() == pytest.approx(plain.sum(), rel=1e-12)
    assert np.abs(run.flows[1] - baseline.flows[1]).sum() > 100


def states_of(plan):
    """What each year of a run hands to the next one."""
    assumptions = plan.assume()
    passing = YearPass(assumptions, plan.points, plan.labour, plan.around)
    people = assumptions.population[..., None]
    carried = passing.start(people)
    found = []
    for number, rates in enumerate(year_rates(assumptions)):
        done = passing.of_year(number, people, carried, rates)
        people, carried = done.after, done.next
        found.append(done)
    return found


def test_jobs_of_a_growth_point_are_not_among_the_drivers(dataset):
    """Adding a point changes jobs and people of the region and nothing that moves flows."""
    driven = "drivers: {jobs: {KZ-39: {2027: 0.05}}, income: {KZ-39: {2026: 0.1}}}\n"
    driven += "feedback: {home_value: false}\n"
    without, having = (states_of(plan_of(text, dataset)) for text in (driven, driven + POINT))
    for mine, theirs in zip(having, without, strict=True):
        assert (mine.next.drivers.changes == theirs.next.drivers.changes).all()
    assert having[-1].labour.demand.sum() > without[-1].labour.demand.sum() + 8000
    assert having[-1].next.drivers.moves_anybody


def test_the_jobs_that_move_people_are_those_of_the_region_less_those_of_points(dataset):
    plan = plan_of("drivers: {jobs: {KZ-39: {2027: 0.05}}}\n" + POINT, dataset)
    place, at = dataset.space.positions["KZ-39"], list(DRIVERS).index("jobs")
    plain = replace(plan, drivers=None)
    moved, still = states_of(plan), states_of(plain)
    for number in (0, 1):  # until people answer both have the same people
        points = room.jobs_of(plan.points, number, plan.labour)["extra_jobs"].sum(axis=1)
        own, base = (done[number].labour.demand.sum(axis=1) - points for done in (moved, still))
        change = moved[number].next.drivers.changes[at]
        assert np.log(own / base) == pytest.approx(change, abs=1e-12)
    assert moved[1].next.drivers.changes[at, place, 0] == pytest.approx(np.log(1.05))


def test_arrivals_at_a_point_are_the_same_without_its_jobs_in_the_labour_balance(
    dataset, monkeypatch
):
    plan = plan_of("drivers: {jobs: {KZ-39: {2027: 0.2}}}\n" + POINT, dataset)
    run = plan.simulate(plan.assume())
    monkeypatch.setattr(room, "jobs_of", lambda points, number, labour: {})
    without = plan.simulate(plan.assume())
    assert (run.population == without.population).all()
    for mine, theirs in zip(run.moves, without.moves, strict=True):
        assert (mine.arrivals == theirs.arrivals).all()
        assert (mine.by_origin == theirs.by_origin).all()


def test_jobs_of_the_drivers_count_in_the_labour_demand(dataset, baseline):
    """In 2026 people are those of the baseline: demand of the region is exactly a fifth more."""
    run = simulated("drivers: {jobs: {KZ-39: {2026: 0.2}}}\n", dataset)
    place = dataset.space.positions["KZ-39"]
    ratio = run.labour[0].demand / baseline.labour[0].demand
    assert ratio[place] == pytest.approx(1.2, rel=1e-12)
    assert (np.delete(ratio, place, axis=0) == 1).all()
    assert (run.labour[0].deficit >= baseline.labour[0].deficit).all()


def test_the_response_is_the_difference_and_its_sentence_names_both_sides(dataset):
    run = fc.run("north-incomes", dataset, until=2029)
    frame = run.frame("response")
    assert list(frame.columns) == ["year", "origin", "destination", "value", "unit", "status"]
    assert set(frame["year"]) == {2028, 2029}  # 2026 is the baseline, 2027 moves 2028
    keys = ["origin", "destination", "year"]
    plain = fc.run("baseline", dataset, until=2029).frame("flows").set_index(keys)["value"]
    both = run.frame("flows").set_index(keys)["value"] - plain
    assert frame.set_index(keys)["value"].to_numpy() == pytest.approx(
        both.loc[frame.set_index(keys).index].to_numpy(), abs=1e-6
    )
    found = gains(frame, run.space)
    north = {"KZ-11", "KZ-39", "KZ-59", "KZ-55"}
    assert {run.space.ids[gain.region] for gain in found[:4]} == north
    assert sum(gain.persons for gain in found) == pytest.approx(0, abs=4)  # below half a person
    text = gains_sentence(frame, run.space)
    assert text.startswith(
        "Moves that follow jobs, pay and homes, 2028 to 2029, persons: gained by "
    )
    assert "Kostanay Region +" in text
    assert "lost by Astana City" in text


def test_notes_say_which_elasticities_and_that_they_are_foreign(dataset):
    run = fc.run(fc.parse_scenario(HEAD + EVERY_DRIVER), dataset)
    notes = run.frame("notes").set_index("subject")
    income = notes.loc["Response of moves: income"]
    assert "+0.72 at the destination" in income["text"]
    assert "estimated elsewhere: South Korea, 1998-2020" in income["text"]
    assert income["status"] == "estimated"
    assert notes.loc["Response of moves: employment", "status"] == "assumption"
    assert "measured nowhere" in notes.loc["Response of moves: employment", "text"]
    assert "nothing answers there" in notes.loc["Response of moves: home value", "text"]
    assert "Drivers of moves" in notes.index


def test_a_change_of_nothing_says_nothing_of_drivers(dataset):
    baseline = plan_of("", dataset).assume().notes
    still = plan_of(NOTHING, dataset).assume().notes
    assert [note.subject for note in still] == [note.subject for note in baseline]
    assert not {note.subject for note in still} & {"Drivers of moves", "Response of moves: income"}


def test_the_draws_of_the_response_spread_what_it_moves(dataset):
    plan = plan_of("drivers: {income: {KZ-39: {2026: 0.5}}}\nuntil: 2028\n", dataset)
    assumptions = plan.assume()
    setting = Setting(assumptions, plan.labour, plan.around, plan.facilities)
    draws = Draws(120, 1)
    alone = run_draws(setting, (), plan.deviations(assumptions, draws, ("response",)), cells=False)
    net = alone.series["internal_net"][:, :-1].astype(float)
    place = dataset.space.positions["KZ-39"]
    assert net[0].std(axis=-1) == pytest.approx(0, abs=1e-2)
    assert net[1, place].std() > 100
    central = plan.simulate(assumptions).changes[1]
    middle = (central.internal_in - central.internal_out).sum(axis=(0, 1))[place, 0]
    assert np.median(net[1, place]) == pytest.approx(middle, abs=5 * net[1, place].std() / 11)
    variance = fc.run(plan.scenario, dataset, draws=60).frame("variance")
    share = variance.query("component == 'response' and measure == 'share' and year == 2029")
    assert share.set_index("region")["value"]["KZ-39"] > 1


def test_all_draws_together_keep_to_their_blocks(dataset):
    plan = plan_of(EVERY_DRIVER + "until: 2028\n", dataset)
    assumptions = plan.assume()
    setting = Setting(assumptions, plan.labour, plan.around, plan.facilities)
    runs = []
    for draws, chunk in ((Draws(120, 1), 50), (Draws(120, 1), 1000), (Draws(33, 1), 50)):
        deviations = plan.deviations(assumptions, draws, tuple(COMPONENTS))
        runs.append(run_draws(setting, (), deviations, chunk=chunk, cells=False))
    for name, values in runs[0].series.items():
        assert np.array_equal(values, runs[1].series[name], equal_nan=True), name
        assert np.array_equal(values[..., :33], runs[2].series[name], equal_nan=True), name


def test_the_trend_of_the_regions_goes_on_and_fades(dataset, baseline):
    """Mean growth of the employed beyond the nation's, 2023-2025, from the published figures."""
    plan = plan_of("uncertainties: {driver_trend: continued}\n", dataset)
    frame = dataset.table("labour_force").query("measure == 'employed'")
    wide = frame.pivot(index="region", columns="year", values="value")
    growth = np.log(wide[2025] / wide[2022]) / 3
    trend = driver_trend(dataset)
    assert trend.jobs_years == (2023, 2024, 2025)
    assert trend.income is None  # regions have two yearly figures alike
    place = dataset.space.positions["KZ-71"]
    beyond = growth["KZ-71"] - growth["KZ"]
    assert trend.jobs[place] == pytest.approx(beyond)
    at = list(DRIVERS).index("jobs")
    assert plan.drivers.changes[:2, at, place] == pytest.approx([0.85 * beyond, 1.5725 * beyond])
    assert (plan.drivers.jobs == 0).all()  # the labour balance has a trend of its own
    run = plan.simulate(plan.assume())
    assert (run.flows[0] == baseline.flows[0]).all()
    assert arrivals(run)[1, place] > arrivals(baseline)[1, place]
    (note,) = [n for n in plan.assume().notes if n.subject == "Trend of drivers"]
    assert "2023, 2024, 2025" in note.text
    assert "all regions have 2021, 2022" in note.text


def stripped(dataset, name, change):
    """The dataset with one table changed; what it made before is forgotten."""
    other = replace(dataset, _made={}, _frames=dict(dataset._frames))
    other._frames[name] = change(dataset.table(name)).reset_index(drop=True)
    return other


def test_a_trend_without_figures_is_a_fault_that_names_them(dataset):
    lost = stripped(dataset, "observed/labour_force", lambda frame: frame[
        ~((frame["measure"] == "employed") & (frame["region"] == "KZ-39")
          & (frame["year"] == 2024))
    ])  # fmt: skip
    with pytest.raises(InputError) as caught:
        driver_trend(lost)
    text = str(caught.value)
    assert "observed/labour_force.csv, KZ-39: no figure of 'employed' for 2024" in text
    assert "observed/labour_force.csv, KZ-10: no figure of 'employed' for 2021" in text
    assert "write 'driver_trend: none'" in text


def test_incomes_take_part_once_five_years_are_published(dataset):
    figures = dataset.table("figures")
    row = figures[figures["variable"] == "income_per_capita_nominal"].iloc[0]
    years = range(2021, 2026)
    more = [row.to_dict() | {"region": region, "date": str(year), "dimension": "invented",
                             "value": 100.0 * (1 + 0.1 * (region == "KZ-39")) ** (year - 2021)}
            for region in (*dataset.space.ids, "KZ") for year in years]  # fmt: skip
    kept = figures[figures["variable"] != "income_per_capita_nominal"]
    other = stripped(dataset, "observed/figures",
                     lambda frame: type(frame)([*kept.to_dict("records"), *more]))  # fmt: skip
    trend = driver_trend(other)
    assert trend.income_years == (2022, 2023, 2024, 2025)
    place = dataset.space.positions["KZ-39"]
    assert trend.income[place] == pytest.approx(np.log(1.1))
    assert np.delete(trend.income, place) == pytest.approx(0)


def test_what_is_measured_on_a_panel_fits_the_table(dataset):
    assert set(COLUMNS) == set(dataset.table("norms/elasticities").columns)


def test_drivers_without_the_table_or_without_a_row_are_faults(dataset):
    scenario = fc.parse_scenario(f"{HEAD}drivers: {{income: {{KZ-39: {{2027: 0.1}}}}}}\n")
    bound = plan_of("until: 2028\n", dataset).scenario
    contents = {k: v for k, v in dataset.contents.items() if k != "norms/elasticities"}
    bare = replace(dataset, contents=contents)
    assert drivers_of(bound, bare, range(2026, 2029)) is None  # nothing asks for the table
    with pytest.raises(InputError, match=r"drivers.*: the data package has no norms/elasticities"):
        prepare(scenario, bare)
    poor = stripped(dataset, "norms/elasticities",
                    lambda frame: frame[frame["driver"] != "income"])  # fmt: skip
    with pytest.raises(InputError, match=r"drivers\.income: .* has no row of 'income'; add a row"):
        prepare(scenario, poor)
