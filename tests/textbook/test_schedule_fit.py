"""Rogers-Castro fits against published parameters, closed forms and hand calculations.

Authority: United Nations (1992), Preparing Migration Data for Subnational Population
Projections, the parameters of its six schedules for each sex (also in the R package migest,
`rc_model_un`); Rogers & Castro (1981), IIASA RR-81-30: the formula, its measures, and the
simplified basic standard (a1 .02, a2 .06, alpha .1, mu2 20, lambda2 .4: delta_12 1/3, beta_12 1,
sigma_2 4); Rogers & Watkins (1987) for the upward slope of the elderly.
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from forecast.demography.schedule_fit import FORMS, ScheduleFit, fit_rogers_castro
from forecast.demography.schedule_groups import fit_groups
from forecast.demography.schedule_measures import composition, derived_measures, fit_report
from forecast.demography.schedules import MIDDLES, MigrationCurve, rogers_castro
from forecast.errors import InputError

NAMES = ("a1", "alpha1", "a2", "alpha2", "mu2", "lambda2", "c")
PUBLISHED = {
    "male, Western standard": (0.0215, 0.105, 0.0694, 0.112, 20.04, 0.391, 0.0028),
    "male, low dependency": (0.0128, 0.105, 0.0804, 0.112, 20.04, 0.391, 0.0028),
    "male, high dependency": (0.0303, 0.105, 0.0582, 0.112, 20.04, 0.391, 0.0028),
    "male, young entry": (0.0215, 0.105, 0.0691, 0.112, 16.09, 0.391, 0.0028),
    "male, old entry": (0.0215, 0.105, 0.0691, 0.112, 23.99, 0.391, 0.0028),
    "male, low dependency, young": (0.0128, 0.105, 0.08, 0.112, 16.09, 0.391, 0.0028),
    "female, Western standard": (0.0233, 0.107, 0.0766, 0.1436, 20.632, 0.4003, 0.0036),
    "female, low dependency": (0.0149, 0.107, 0.09, 0.1436, 20.632, 0.4003, 0.0036),
    "female, high dependency": (0.0318, 0.107, 0.0632, 0.1436, 20.04, 0.4003, 0.0036),
    "female, young entry": (0.0233, 0.107, 0.0766, 0.1436, 17.132, 0.4003, 0.0036),
    "female, old entry": (0.0233, 0.107, 0.0766, 0.1436, 24.132, 0.4003, 0.0036),
    "female, low dependency, young": (0.0149, 0.107, 0.09, 0.1436, 17.132, 0.4003, 0.0036),
}
SINGLE, FIVES = np.arange(101), np.arange(0, 85, 5)


def published(name: str) -> MigrationCurve:
    return MigrationCurve(**dict(zip(NAMES, PUBLISHED[name], strict=True)))


def in_fives(curve: MigrationCurve) -> np.ndarray:
    return rogers_castro(curve)[:85].reshape(-1, 5).mean(axis=1)


def same(found: MigrationCurve, truth: MigrationCurve, rel: float = 1e-8) -> None:
    assert asdict(found) == pytest.approx(asdict(truth), rel=rel, abs=1e-12)


# --- recovery -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_parameters_come_back_from_their_curve(name: str) -> None:
    truth = published(name)
    for ages, rates in ((SINGLE, rogers_castro(truth)), (FIVES, in_fives(truth))):
        fit = fit_rogers_castro(ages, rates, parameters=7)
        same(fit.curve, truth)
        assert fit.r2 == pytest.approx(1)
        assert fit.mape < 1e-6
        assert fit.at_bound == ()
        assert fit.reached == fit.starts == 6


NINE = MigrationCurve(a4=0.0002, lambda4=0.05)
ELEVEN = MigrationCurve(a3=0.01, alpha3=0.7, mu3=70.0, lambda3=0.2)


@pytest.mark.parametrize("truth, form", [(MigrationCurve(), 7), (NINE, 9), (ELEVEN, 11)])
def test_the_form_that_made_the_curve_is_found_and_chosen(truth: MigrationCurve, form: int) -> None:
    best = fit_rogers_castro(SINGLE, rogers_castro(truth))
    assert best.parameters == form
    same(best.curve, truth, rel=1e-6)
    assert set(best.aicc) == set(FORMS)
    assert re.match(rf"{form} parameters: AICc -?\d", best.reason)


@pytest.mark.parametrize(
    "truth, form, level, words",
    [(ELEVEN, 9, "a4", "upward slope"), (NINE, 11, "a3", "retirement peak")],
)
def test_a_form_without_its_part_is_said_to_lack_it(
    truth: MigrationCurve, form: int, level: str, words: str
) -> None:
    """A retirement peak has no upward slope and the reverse: the level is zero, its bound."""
    fit = fit_rogers_castro(SINGLE, rogers_castro(truth), parameters=form)
    assert getattr(fit.curve, level) == 0
    assert level in fit.at_bound
    assert any(words in text for text in fit.warnings)
    assert any("a poor fit" in text for text in fit.warnings)
    assert fit_report({"it": fit})[level].isna().all()


def test_groups_of_unequal_width_and_shares_of_movers() -> None:
    """Movers of a group are the sum of its ages; the curve of shares is the rates over their sum.

    Everybody of equal number, so that movers by age have the shape of the rates.
    """
    truth = published("male, Western standard")
    first = np.array([0, 1, 5, 10, 15, 18, 20, 22, 25, 30, 35, 40, 50, 60, 70, 80])
    movers = 1000 * np.add.reduceat(rogers_castro(truth)[:90], first)
    fit = fit_rogers_castro(first, movers, parameters=7, measure="shares", end=90)
    total = rogers_castro(truth)[:90].sum()
    assert fit.curve.a2 == pytest.approx(truth.a2 / total, rel=1e-7)
    assert fit.curve.mu2 == pytest.approx(truth.mu2, rel=1e-7)
    width = fit.last_ages - fit.first_ages + 1
    assert (fit.fitted * width).sum() == pytest.approx(1)


def test_weights_decide_which_ages_count() -> None:
    """A wild age of weight zero leaves the fit exact; with a weight it does not."""
    truth = published("female, Western standard")
    rates = rogers_castro(truth)
    rates[70] = 0.5
    weights = np.ones(101)
    weights[70] = 0
    same(fit_rogers_castro(SINGLE, rates, parameters=7, weights=weights).curve, truth)
    assert fit_rogers_castro(SINGLE, rates, parameters=7).r2 < 0.9


def test_measures_of_fit_by_hand() -> None:
    """R2, MAPE and index E from the residuals; an age without movers is not in the MAPE."""
    rates = in_fives(published("male, Western standard")) * np.tile([1.1, 0.9], 9)[:17]
    rates[-1] = 0
    fit = fit_rogers_castro(FIVES, rates, parameters=7)
    missed = np.abs(fit.fitted - rates)
    assert fit.r2 == pytest.approx(1 - (missed**2).sum() / ((rates - rates.mean()) ** 2).sum())
    assert fit.mape == pytest.approx(100 * (missed[:-1] / rates[:-1]).mean())
    assert fit.error_index == pytest.approx(100 * missed.mean() / rates.mean())
    assert any("not in the MAPE: 1" in text for text in fit.warnings)


def test_flat_rates_have_no_r2_and_no_peaks() -> None:
    fit = fit_rogers_castro(FIVES, np.full(17, 0.01), parameters=7)
    assert fit.fitted == pytest.approx(0.01)
    assert math.isnan(fit.r2)
    assert any("R2 is not defined" in text for text in fit.warnings)


def test_few_ages_allow_the_seven_parameters_alone() -> None:
    first = [0, 5, 10, 15, 20, 25, 30, 40]
    rates = rogers_castro(MigrationCurve(), np.array(first) + 2.5)
    fit = fit_rogers_castro(first, rates)
    assert (fit.parameters, fit.aicc) == (7, {})
    assert "8 age groups are too few" in fit.reason


# --- the nine-parameter term and the measures ---------------------------------------------------


def test_the_upward_slope_by_hand_and_nothing_without_it() -> None:
    plain = MigrationCurve()
    more = rogers_castro(NINE) - rogers_castro(plain)
    assert more == pytest.approx(0.0002 * np.exp(0.05 * MIDDLES), rel=1e-9)
    x = MIDDLES
    before = 0.02 * np.exp(-0.1 * x) + 0.06 * np.exp(-0.1 * (x - 20) - np.exp(-0.4 * (x - 20)))
    assert (rogers_castro(plain) == before + np.zeros(101) + 0.003).all()  # to the last bit


def test_the_measures_of_the_simplified_basic_standard() -> None:
    found = derived_measures(MigrationCurve())
    assert found["delta_12"] == pytest.approx(1 / 3)
    assert found["beta_12"] == pytest.approx(1)
    assert found["sigma_2"] == pytest.approx(4)
    assert found["delta_1c"] == pytest.approx(0.02 / 0.003)
    # the areas under the three parts: a1 / alpha1, a2 gamma(alpha2 / lambda2) / lambda2, 101 c
    area = 0.02 / 0.1 + 0.06 * math.gamma(0.1 / 0.4) / 0.4 + 101 * 0.003
    assert found["gross_migraproduction_rate"] == pytest.approx(area, rel=1e-3)
    assert found["share_0_14"] + found["share_15_64"] + found["share_65"] == pytest.approx(1)
    assert found["labour_shift"] == pytest.approx(found["peak_age"] - found["low_age"])
    curve = MigrationCurve()
    ends = rogers_castro(curve, [found["low_age"], found["peak_age"]])
    assert found["jump"] == pytest.approx(ends[1] - ends[0])


def test_the_peak_stands_where_the_derivative_vanishes() -> None:
    """Of the labour-force curve alone: mu2 + ln(lambda2 / alpha2) / lambda2."""
    found = derived_measures(MigrationCurve(a1=0.0, c=0.0))
    assert found["peak_age"] == pytest.approx(20 + math.log(4) / 0.4, abs=0.006)
    for undefined in ("delta_1c", "beta_12", "low_age", "labour_shift"):
        assert math.isnan(found[undefined])


def test_the_report_has_a_row_a_group() -> None:
    fits = {
        name: fit_rogers_castro(SINGLE, rogers_castro(published(name)), parameters=7)
        for name in list(PUBLISHED)[:2]
    }
    report = fit_report(fits).set_index("group")
    assert list(report.index) == list(fits)
    low = report.loc["male, low dependency"]
    assert low["delta_12"] == pytest.approx(0.0128 / 0.0804)
    assert low["parameters"] == 7
    assert math.isnan(low["a3"])
    assert math.isnan(low["lambda4"])
    assert low["reason"] == "7 parameters as asked"


# --- rates and compositions ---------------------------------------------------------------------


def test_a_composition_is_rates_times_people() -> None:
    """Twice as many people of an age are twice the share; rates alone are no composition."""
    curve = published("male, Western standard")
    people = np.full((2, 101), 100.0)
    people[0, 40] = 200.0
    shares = composition(curve, people)
    assert shares.sum() == pytest.approx(1)
    assert shares[0, 40] / shares[1, 40] == pytest.approx(2)
    assert shares[1, 20] / shares[1, 60] == pytest.approx(
        rogers_castro(curve)[20] / rogers_castro(curve)[60]
    )
    by_region = composition(curve, np.stack([people, 3 * people], axis=2))
    assert by_region[:, :, 0] == pytest.approx(by_region[:, :, 1])
    assert by_region.sum(axis=(0, 1)) == pytest.approx([1, 1])
    assert composition(curve, people[0]).sum() == pytest.approx(1)


def test_a_schedule_of_shares_is_not_applied_to_people_twice() -> None:
    fit = fit_rogers_castro(SINGLE, rogers_castro(MigrationCurve()), parameters=7, measure="shares")
    with pytest.raises(InputError, match="composition already; fit it to rates"):
        composition(fit, np.ones(101))
    with pytest.raises(InputError, match="has not 101 ages"):
        composition(MigrationCurve(), np.ones(100))
    with pytest.raises(InputError, match="nobody is there"):
        composition(MigrationCurve(), np.zeros((2, 101)))
    with pytest.raises(InputError, match="negative or missing"):
        composition(MigrationCurve(), np.full(101, np.nan))


# --- groups of flows ----------------------------------------------------------------------------


def flows(sizes: dict[str, float], curves: dict[str, MigrationCurve], known: bool) -> pd.DataFrame:
    rows = []
    for group, size in sizes.items():
        people = size * np.linspace(1.4, 0.6, 17)
        for age, there, rate in zip(FIVES, people, in_fives(curves[group]), strict=True):
            rows.append((group, age, there * rate, there))
    frame = pd.DataFrame(rows, columns=["group", "age", "persons", "population"])
    return frame if known else frame.drop(columns="population")


@pytest.mark.parametrize("known", [True, False])
def test_a_group_too_small_takes_the_pooled_schedule_at_its_own_level(known: bool) -> None:
    young, old = published("male, young entry"), published("male, old entry")
    twice = MigrationCurve(**{**asdict(young), "a1": 0.043, "a2": 0.1382, "c": 0.0056})
    sizes = {"to cities": 1e6, "to villages": 1e6, "few": 100.0}
    curves = {"to cities": young, "to villages": old, "few": twice}
    found = fit_groups(flows(sizes, curves, known), parameters=7)
    assert found.movers["few"] < found.minimum == 100
    assert found.own["few"] == 0
    few = found.fits["few"]
    assert few.curve.mu2 == found.pooled.curve.mu2
    assert "the pooled schedule" in few.warnings[0]
    if known:  # as many movers as it has
        people = 100 * np.linspace(1.4, 0.6, 17)
        assert few.curve.a2 > found.pooled.curve.a2
        moved = (people * in_fives(twice)).sum()
        assert (people * few.fitted).sum() == pytest.approx(moved, rel=0.02)
    for name, curve in (("to cities", young), ("to villages", old)):
        assert found.own[name] > 0.99
        assert found.fits[name].curve.mu2 == pytest.approx(curve.mu2, abs=0.6)
    report = found.report().set_index("group")
    assert list(report.index) == ["to cities", "to villages", "few", "pooled"]
    assert report.loc["few", "own_weight"] == 0
    assert report.loc["pooled", "movers"] == pytest.approx(sum(found.movers.values()))


def test_the_prior_is_the_one_that_made_the_groups() -> None:
    """Groups drawn from a Dirichlet of 300 movers' worth, 20,000 movers each."""
    rng = np.random.default_rng(5)
    shares = in_fives(MigrationCurve())
    shares = shares / shares.sum()
    rows = [
        (f"group {group}", age, count)
        for group in range(30)
        for age, count in zip(
            FIVES, rng.multinomial(20_000, rng.dirichlet(300 * shares)), strict=True
        )
    ]
    frame = pd.DataFrame(rows, columns=["group", "age", "persons"])
    found = fit_groups(frame, parameters=7)
    assert found.prior == pytest.approx(300, rel=0.25)
    own = found.own["group 0"]
    assert own == pytest.approx(20_000 / (20_000 + found.prior))
    alone = fit_groups(frame, parameters=7, prior=0.0)
    assert alone.own["group 0"] == 1


# --- bad input ----------------------------------------------------------------------------------

RATES = rogers_castro(MigrationCurve(), FIVES + 2.5)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"rates": np.where(FIVES == 20, -1, RATES)}, "age 20: -1.0 is negative or missing"),
        ({"rates": np.where(FIVES == 35, np.nan, RATES)}, "age 35: nan is negative or missing"),
        ({"rates": np.zeros(17)}, "every value is zero"),
        ({"rates": RATES[:-1]}, "17 ages, 16 values, 16 weights"),
        ({"rates": ["many"] * 17}, "are no numbers"),
        ({"first_ages": FIVES[::-1]}, "each above the last"),
        ({"first_ages": FIVES + 0.5}, "whole years"),
        ({"first_ages": FIVES + 1950}, "are these years"),
        ({"end": 80}, "each above the last"),
        ({"weights": np.full(17, -1.0)}, "the weight -1.0 is negative"),
        ({"weights": np.zeros(17)}, "no age group with movers has a weight"),
        ({"rates": RATES * 1e300}, "rates: the largest value is .*write values from 1e-15 to 1e"),
        ({"rates": RATES * 1e-300}, "rates: the largest value is"),
        ({"weights": np.full(17, 1e300)}, "weights: the largest value is 1e.300"),
        ({"parameters": 8}, "'8' is not 7, 9, 11 or best"),
        ({"measure": "numbers"}, "'numbers' is not rates or shares"),
        ({"first_ages": FIVES[:7], "rates": RATES[:7]}, "7 age groups do not fix 7.*at least 8"),
        (
            {"first_ages": FIVES[:11], "rates": RATES[:11], "parameters": 11},
            "11 age groups do not fix 11",
        ),
    ],
)
def test_bad_figures_are_refused_in_words(change: dict, message: str) -> None:
    given = {"first_ages": FIVES, "rates": RATES, **change}
    first, rates = given.pop("first_ages"), given.pop("rates")
    with pytest.raises(InputError, match=message):
        fit_rogers_castro(first, rates, **given)


def test_all_faults_of_a_schedule_come_together() -> None:
    rates = np.where(FIVES >= 75, -1, RATES)
    with pytest.raises(InputError, match="2 faults") as raised:
        fit_rogers_castro(FIVES, rates, what="moves to the city")
    assert "moves to the city" in str(raised.value)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda t: t.drop(columns="persons"), "no columns persons"),
        (lambda t: t.iloc[1:], "a, age 0: a number of persons is negative or missing"),
        (lambda t: pd.concat([t, t.iloc[[3]]]), "a, age 15: given twice"),
        (lambda t: t.assign(persons=0.0), "nobody moves"),
        (lambda t: t.assign(population=0.0), "movers where nobody lives"),
        (lambda t: t.assign(group="pooled").iloc[:17], "is the name of all groups"),
        (lambda t: t.assign(persons="many"), "a number of persons is negative or missing"),
        (lambda t: t.assign(group=None), "a name or an age is missing"),
        (lambda t: t.iloc[:0], "no rows"),
    ],
)
def test_bad_tables_of_groups_are_refused_in_words(change, message: str) -> None:
    table = flows({"a": 1e5, "b": 1e5}, {"a": MigrationCurve(), "b": MigrationCurve()}, True)
    with pytest.raises(InputError, match=message):
        fit_groups(change(table))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"prior": -5}, "prior: -5 is negative or missing"),
        ({"prior": math.nan}, "prior: nan is negative or missing"),
        ({"minimum": -1}, "minimum: -1 is negative or missing"),
    ],
)
def test_bad_options_of_groups_are_refused_in_words(options, message: str) -> None:
    table = flows({"a": 1e5}, {"a": MigrationCurve()}, True)
    with pytest.raises(InputError, match=message):
        fit_groups(table, **options)


def test_a_composition_of_people_without_end_is_refused() -> None:
    with pytest.raises(InputError, match="people: a number of persons is negative or missing"):
        composition(MigrationCurve(), np.full(101, np.inf))


def test_a_group_without_movers_is_told_and_not_fitted() -> None:
    table = flows({"a": 1e5, "b": 1e5}, {"a": MigrationCurve(), "b": MigrationCurve()}, True)
    table.loc[table["group"] == "b", "persons"] = 0.0
    found = fit_groups(table, parameters=7)
    assert found.fits["b"].fitted == pytest.approx(0)
    assert found.fits["b"].warnings[0] == "0 movers: the pooled schedule"
    assert isinstance(found.fits["a"], ScheduleFit)
