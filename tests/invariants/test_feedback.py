"""The yearly loop: what a scenario makes scarce moves people, and comes to rest."""

import numpy as np
import pytest

import forecast as fc
from forecast.feedback import Balance, Feedback, links_of
from forecast.labour.calibrate import Loop
from forecast.plan import prepare

OFF = "feedback: {unemployment: false, income: false, home_value: false}\n"
PLANT = "growth_points:\n  p: {region: KZ-55, jobs: {2027: 4000}, local_fill: 1, source: test}\n"


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


@pytest.fixture(scope="module")
def baseline(dataset):
    return simulated(dataset, "")


def simulated(dataset, text, until=2031):
    plan = prepare(fc.parse_scenario(f"extends: baseline\nuntil: {until}\n{text}"), dataset)
    return plan.simulate(plan.assume())


def people(run, region="KZ-55"):
    return run.population.sum(axis=(1, 2))[:, run.space.positions[region], 0]


LOOP = Loop(absorbs=0.5, wage_curve=0.1, home_value=1.0)


def test_answers_by_hand():
    feedback = Feedback(frozenset(("unemployment", "income", "home_value")), LOOP, np.ones(1))
    plain = Balance(np.array([[0.05]]), np.array([[0.0]]), np.array([[1000.0]]))
    here = Balance(np.array([[0.045]]), np.array([[0.02]]), np.array([[1100.0]]))
    jobs, income, unemployment, home = feedback.changes(here, plain)[:, 0, 0]
    # half of the 2 % that are short: one point
    assert unemployment == pytest.approx(-1.0)
    assert income == pytest.approx(-0.1 * np.log(4 / 5))
    assert home == pytest.approx(np.log(1.1))
    assert jobs == 0


def test_unemployment_never_falls_to_nothing_nor_rises_without_bounds():
    feedback = Feedback(frozenset(("unemployment", "income")), LOOP, np.ones(1))
    plain = Balance(np.array([[0.05], [0.05]]), np.zeros((2, 1)), np.ones((2, 1)))
    here = plain._replace(short=np.array([[0.9], [-0.9]]))
    found = feedback.changes(here, plain)
    assert found[2, :, 0].tolist() == pytest.approx([-4.5, 20])
    assert np.isfinite(found).all()
    assert found[1, 0, 0] > 0 > found[1, 1, 0]


def test_what_the_scenario_gives_is_not_answered_to_again():
    on = dict.fromkeys(("unemployment", "income", "home_value"), True)
    assert links_of(on, (), False) == {"unemployment", "income", "home_value"}
    assert links_of(on, ("home_value",), False) == {"unemployment", "income"}
    for given in (("income",), ("jobs",), ("unemployment",)):
        assert links_of(on, given, False) == {"home_value"}
    assert links_of(on, (), True) == {"home_value"}
    assert links_of({**on, "income": False}, (), False) == {"unemployment", "home_value"}


def test_a_scenario_that_changes_nothing_is_the_baseline_to_the_last_bit(dataset, baseline):
    idle = "growth_points: {p: {region: KZ-55, jobs: {2027: 0}, source: test}}\n"
    assert (simulated(dataset, idle).population == baseline.population).all()
    assert baseline.residual is None


def test_nobody_moves_before_something_is_scarce(dataset, baseline):
    run = simulated(dataset, PLANT)
    first = 2027 - baseline.years[0] + 1
    assert (run.population[:first] == baseline.population[:first]).all()
    assert not (run.population[first + 1] == baseline.population[first + 1]).all()


def test_jobs_that_residents_fill_draw_people_a_year_later_and_the_switches_work(dataset, baseline):
    """4,000 jobs for people of the region: nobody is called, unemployment falls, people come."""
    on, off = simulated(dataset, PLANT), simulated(dataset, PLANT + OFF)
    assert people(off) == pytest.approx(people(baseline), abs=1e-6)
    gained = people(on) - people(off)
    assert gained[3] > 100
    only = {
        link: people(simulated(dataset, PLANT + OFF.replace(f"{link}: false", f"{link}: true")))
        for link in ("unemployment", "income")
    }
    for found in only.values():
        assert 0 < found[-1] - people(off)[-1] < gained[-1]


def test_the_loop_comes_to_rest_without_oscillation(dataset):
    """What comes in one year weakens what draws in the next; the sign never turns."""
    on, off = simulated(dataset, PLANT, 2050), simulated(dataset, PLANT + OFF, 2050)
    yearly = np.diff(people(on) - people(off))[2:]
    assert (yearly > 0).all()
    assert (np.diff(yearly) < 1.0).all()  # persons: it only fades
    assert yearly[-1] < 0.6 * yearly[0]
    first = simulated(dataset, PLANT, 2029)
    early, late = (np.abs(run.residual).max() for run in (first, on))
    assert late < early < yearly[0] / 10  # persons of net migration of the last year


def test_more_people_than_jobs_drive_some_away(dataset, baseline):
    more = "levers: {memoranda: [{from: KZ-61, to: KZ-55, persons: {2026: 3000}, source: t}]}\n"
    on, off = simulated(dataset, more), simulated(dataset, more + OFF)
    assert people(on)[-1] < people(off)[-1]
    assert people(on, "KZ-61")[-1] > people(off, "KZ-61")[-1]
    assert people(on)[-1] > people(baseline)[-1]


def test_the_balance_holds_with_the_loop_on(dataset):
    run = simulated(dataset, PLANT)
    for number, change in enumerate(run.changes):
        after = change.apply(run.population[number])
        assert after == pytest.approx(run.population[number + 1], abs=1e-9)
        assert change.internal_in.sum() == pytest.approx(change.internal_out.sum(), rel=1e-12)


def test_draws_carry_the_loop_of_their_own_plain_run(dataset):
    on = fc.run(fc.parse_scenario(f"extends: baseline\nuntil: 2029\n{PLANT}"), dataset, draws=50)
    frame = on.frame("quantiles")
    there = frame[(frame["measure"] == "internal_net") & (frame["region"] == "KZ-55")]
    assert len(there)
    record = on.manifest["feedback"]
    assert record["links"] == ["home_value", "income", "unemployment"]
    assert set(record["residual_net_migration"]) == set(on.space.ids)
    assert "Yearly loop" in set(on.frame("notes")["subject"])
    assert len(on.frame("response"))


@pytest.mark.parametrize("value", ["1", "'yes'", "[true]", "{a: 1}"])
def test_a_switch_is_true_or_false(value):
    with pytest.raises(fc.InputError, match="feedback.income: true or false is needed"):
        fc.parse_scenario(f"extends: baseline\nfeedback: {{income: {value}}}\n")
