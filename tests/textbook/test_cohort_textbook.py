"""The cohort-component method against the textbook, and against arithmetic done by hand.

Source: Preston, Heuveline & Guillot (2001), Demography, Blackwell, boxes 6.1 and 6.2: Sweden,
females, 1993. Inputs as in G. Rodríguez, sweden93.dat, and in the United Nations package
ccmppWPP, which agree; projections as printed by Rodríguez, Demography, Population Projections
("agree exactly with box 6.1"), and in ccmppWPP (box 6.2, migrants evenly over the period).
"""

from __future__ import annotations

import numpy as np
import pytest

from forecast.demography.cohort import project_cohorts, project_survivors
from forecast.demography.lifetable import life_table
from forecast.errors import InputError

# fmt: off
WOMEN_1993 = [293395, 248369, 240012, 261346, 285209, 314388, 281290, 286923, 304108, 324946,
              247613, 211351, 215140, 221764, 223506, 183654, 141990, 112424]
PERSON_YEARS = [497487, 497138, 496901, 496531, 495902, 495168, 494213, 492760, 490447, 486613,
                480665, 471786, 457852, 436153, 402775, 350358, 271512, 291707]
ASFR = [0, 0, 0, 0.0120, 0.0908, 0.1499, 0.1125, 0.0441, 0.0074, 0.0003, *[0] * 8]
NET_MIGRANTS = [6840, 4150, 3365, 5270, 9240, 8230, 5470, 3155, 1770, 1115, 1075, 845, 645, 530,
                465, 300, 250, 175]
SEX_RATIO = 1.05
BOX_6_1 = {
    1998: [293574, 293189, 248251, 239833, 261015, 284787, 313782, 280463, 285576, 301731,
           320974, 243039, 205109, 204944, 204793, 194419, 142324, 131768],
    2003: [280121, 293368, 293049, 248066, 239529, 260629, 284238, 312859, 279147, 283344,
           298043, 315045, 235861, 195388, 189260, 178141, 150666, 141960],
}
BOX_6_2_BIRTHS = [0, 0, 0, 15244, 126688, 229354, 170057, 63203, 10971, 472, *[0] * 8]
BOX_6_2_1998 = [302392, 298682, 252007, 244150, 268267, 293515, 320624, 284767, 288031, 303166,
                322062, 243989, 205841, 205516, 205270, 194771, 142565, 131966]
STABLE = [0.06191167, 0.06179949, 0.06170138, 0.06158692, 0.06144055, 0.06128143, 0.06109527,
          0.06084795, 0.06049503, 0.05995542, 0.05915675, 0.05799946, 0.05622392, 0.05349978,
          0.04935063, 0.04288045, 0.03319353, 0.03558035]
# fmt: on


def swedish_survival() -> np.ndarray:
    """(sex, age) ratios; the book projects women only, so men get the same ones."""
    lived = np.array(PERSON_YEARS, dtype=float)
    into = lived / np.append(500_000.0, lived[:-1])
    into[-1] = lived[-1] / (lived[-1] + lived[-2])
    return np.stack([into, into])


def women_only(values: list[int]) -> np.ndarray:
    return np.stack([np.array(values, dtype=float), np.zeros(len(values))])


def test_preston_box_6_1_two_steps() -> None:
    people = women_only(WOMEN_1993)
    for year in (1998, 2003):
        people, _, _ = project_survivors(people, swedish_survival(), ASFR, SEX_RATIO, step=5)
        people[1] = 0.0
        np.testing.assert_allclose(people[0], BOX_6_1[year], atol=0.5)


def test_preston_box_6_2_migrants_over_the_period() -> None:
    people, births, deaths = project_survivors(
        women_only(WOMEN_1993), swedish_survival(), ASFR, SEX_RATIO, women_only(NET_MIGRANTS),
        step=5, timing="even",
    )  # fmt: skip
    np.testing.assert_allclose(births, BOX_6_2_BIRTHS, atol=0.5)
    np.testing.assert_allclose(people[0], BOX_6_2_1998, atol=0.5)
    girls = births.sum() / (1 + SEX_RATIO)
    before = sum(WOMEN_1993) + girls + sum(NET_MIGRANTS) - deaths[0].sum()
    assert people[0].sum() == pytest.approx(before, rel=1e-14)


def test_the_swedish_stable_population() -> None:
    """Rodríguez: first eigenvalue 1.00111253 per five years, and its age distribution."""
    people = women_only(WOMEN_1993)
    for _ in range(120):
        before = people[0].sum()
        people, _, _ = project_survivors(people, swedish_survival(), ASFR, SEX_RATIO, step=5)
        people[1] = 0.0
    assert people[0].sum() / before == pytest.approx(1.00111253, abs=1e-8)
    np.testing.assert_allclose(people[0] / people[0].sum(), STABLE, atol=2e-8)


def by_hand() -> dict[str, object]:
    """Three ages (0, 1, 2+), two sexes; every number of the tests below is worked out there."""
    return {
        "population": [[1000.0, 800.0, 400.0], [1100.0, 700.0, 300.0]],
        "mx": [[[0.1, 0.2, 0.5], [0.1, 0.2, 0.5]]],
        "asfr": [[0.0, 0.3, 0.1]],
        "sex_ratio": 1.5,
        "a0": [[0.3, 0.3]],
    }


# L = 100/107, 97/107 * 10/11, 97/107 * 18/11: see test_three_ages_by_hand
S0, S1, S2 = 100 / 107, 0.97 * 10 / 11, 18 / 28


def test_one_year_by_hand_migrants_at_the_end() -> None:
    net = [[[5.0, -20.0, 10.0], [0.0, 30.0, 0.0]]]
    result = project_cohorts(**by_hand(), net_migration=net)  # type: ignore[arg-type]
    # women reach age 1: 1000 S1; age 2+: (800 + 400) S2; births 0.3 (800 + 1000 S1) / 2 + ...
    births = 0.3 * (800 + 1000 * S1) / 2 + 0.1 * (400 + 1200 * S2) / 2
    girls, boys = births / 2.5, births * 1.5 / 2.5
    np.testing.assert_allclose(result.births, [[girls, boys]])
    np.testing.assert_allclose(
        result.population[1],
        [[girls * S0 + 5, 1000 * S1 - 20, 1200 * S2 + 10], [boys * S0, 1100 * S1 + 30, 1000 * S2]],
    )
    np.testing.assert_allclose(
        result.deaths[0, 0], [girls * (1 - S0), 1000 * (1 - S1), 1200 * (1 - S2)]
    )


def test_one_year_by_hand_migrants_half_and_half() -> None:
    net = [[[5.0, -20.0, 10.0], [0.0, 30.0, 0.0]]]
    result = project_cohorts(**by_hand(), net_migration=net, timing="even")  # type: ignore[arg-type]
    # women at the start 1002.5, 790, 405; at the end 1002.5 S1 - 10 and 1195 S2 + 5
    ones, twos = 1002.5 * S1 - 10, 1195 * S2 + 5
    births = 0.3 * (790 + ones) / 2 + 0.1 * (405 + twos) / 2
    np.testing.assert_allclose(result.births.sum(), births)
    np.testing.assert_allclose(result.population[1, 0], [births / 2.5 * S0 + 2.5, ones, twos])


def test_five_years_by_hand() -> None:
    """Groups 0-4, 5-9, 10+; rates of 0, 1-4, 5-9, 10+; births are those of five years."""
    rates = np.array([[0.02, 0.005, 0.001, 0.05], [0.03, 0.005, 0.002, 0.06]])
    start = np.array([[1000.0, 800.0, 400.0], [1100.0, 700.0, 300.0]])
    result = project_cohorts(start, [rates], [[0.0, 0.03, 0.01]], 1.5, step=5)
    lived = life_table(rates, ages="abridged").Lx
    lived = np.stack([lived[:, 0] + lived[:, 1], lived[:, 2], lived[:, 3]])
    born, first, last = lived[0] / 5, lived[1] / lived[0], lived[2] / (lived[1] + lived[2])
    women = [800 + 1000 * first[0], 400 + 1200 * last[0]]
    births = 5 * (0.03 * women[0] / 2 + 0.01 * women[1] / 2)
    np.testing.assert_allclose(result.births, [[births / 2.5, births * 1.5 / 2.5]])
    np.testing.assert_allclose(
        result.population[1].T,
        [result.births[0] * born, start[:, 0] * first, (start[:, 1] + start[:, 2]) * last],
    )


def test_births_from_published_populations() -> None:
    case = by_hand()
    start = np.array(case["population"])
    published = np.stack([start, start + 100])
    result = project_cohorts(**{**case, "population": published}, birth_exposure="published_mean")  # type: ignore[arg-type]
    # exposure (800 + 900) / 2 and (400 + 500) / 2
    assert result.births.sum() == pytest.approx(0.3 * 850 + 0.1 * 450)
    np.testing.assert_allclose(result.births_by_age, [[0.0, 255.0, 45.0]])


def test_period_deaths_by_hand() -> None:
    result = project_cohorts(**by_hand())  # type: ignore[arg-type]
    # into age 1: at age 0 L0 - l1 = 3/107, at age 1 l1 - L1 = 97/107/11: share 33/130 at age 0
    # into 2+: at age 1 (L1 - l2) / L1 = 1/10
    cohort = result.deaths[0]
    np.testing.assert_allclose(
        result.period_deaths[0],
        np.stack([
            cohort[:, 0] + cohort[:, 1] * 33 / 130,
            cohort[:, 1] * 97 / 130 + cohort[:, 2] / 10,
            cohort[:, 2] * 9 / 10,
        ], axis=1),
    )  # fmt: skip


def single_years(years: int) -> tuple[np.ndarray, np.ndarray]:
    age = np.arange(101)
    female = 0.0003 + 0.00002 * np.exp(0.1 * age)
    female[0] = 0.008
    rates = np.repeat(np.stack([female, 1.6 * female])[None], years, axis=0)
    fertility = np.where((age >= 15) & (age < 50), np.exp(-(((age - 28) / 6) ** 2) / 2), 0.0)
    return rates, np.repeat(fertility[None] / fertility.sum(), years, axis=0)


def test_stationary_population_stays_as_it_is() -> None:
    rates, shape = single_years(30)
    lived = life_table(rates[0]).Lx
    ratio = 1.05
    births = np.array([100_000 / (1 + ratio), 100_000 * ratio / (1 + ratio)])
    people = lived * births[:, None]
    replacement = 100_000 / (shape[0] * people[0]).sum()
    result = project_cohorts(people, rates, replacement * shape, ratio)
    np.testing.assert_allclose(result.population[-1], people, rtol=1e-11)
    np.testing.assert_allclose(result.births, np.tile(births, (30, 1)), rtol=1e-11)


def test_growth_settles_at_lotkas_rate() -> None:
    """Sum over x of exp(-r (x + 1/2)) L(x) f(x) / (1 + sex ratio) = 1 (Preston et al. 7.10)."""
    from scipy.optimize import brentq

    rates, shape = single_years(400)
    fertility, ratio = 2.8 * shape, 1.05
    women = life_table(rates[0]).Lx[0]
    middle = np.arange(101) + 0.5

    def surplus(growth: float) -> float:
        return float((np.exp(-growth * middle) * women * fertility[0]).sum() / (1 + ratio) - 1)

    expected = brentq(surplus, -0.05, 0.05)
    result = project_cohorts(np.full((2, 101), 1000.0), rates, fertility, ratio)
    total = result.population.sum(axis=(1, 2))
    assert np.log(total[-1] / total[-2]) == pytest.approx(expected, rel=2e-4)


def test_all_faults_of_the_arguments_come_together() -> None:
    case = by_hand()
    bad = {**case, "mx": [[[0.1, np.nan, 0.5], [0.1, 0.2, 0.0]]], "asfr": [[0.0, -0.3, 0.1]]}
    with pytest.raises(InputError) as caught:
        project_cohorts(**bad)  # type: ignore[arg-type]
    text = str(caught.value)
    assert "mx, year 0 (counted from 0), female, age 1: a number is missing" in text
    assert "mx, year 0 (counted from 0), male, age 2: the death rate of the open age is 0" in text
    assert "asfr, year 0 (counted from 0), age 1: a number is negative" in text
    with pytest.raises(InputError, match=r"no option 'ends'; did you mean 'end'"):
        project_cohorts(**case, timing="ends")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"mx: has shape \(1, 2, 3\); give \(1, 2, 4\)"):
        project_cohorts(**case, step=5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"mx: there is no year to project"):
        project_cohorts(**{**case, "mx": np.zeros((0, 2, 3)), "asfr": np.zeros((0, 3))})  # type: ignore[arg-type]
    per_girl = {**case, "sex_ratio": 106}
    with pytest.raises(InputError, match=r"give boys per girl"):
        project_cohorts(**per_girl)  # type: ignore[arg-type]
    net = [[[0.0, -2000.0, 0.0], [0.0, 0.0, 0.0]]]
    with pytest.raises(InputError, match=r"female, age 1: more people leave than there are"):
        project_cohorts(**case, net_migration=net)  # type: ignore[arg-type]
