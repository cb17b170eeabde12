"""Life tables against printed ones, and against arithmetic that can be done by hand.

Sources
- Preston, Heuveline & Guillot (2001), Demography, Blackwell, box 3.1, p. 49: Austrian males 1992
  (columns as transcribed in the R packages demCore and pash, which agree).
- United Nations (1982), Model Life Tables for Developing Countries, p. 34: Latin American
  pattern, males, e(0) = 35 (as quoted in the R package DemoTools).
- United Nations (1988), MortPak-Lite, p. 82: females, 80+ (as quoted in DemoTools).
- Human Mortality Database, Methods Protocol, version 6: a(0) of Andreev & Kingkade.
"""

from __future__ import annotations

import numpy as np
import pytest

from forecast.demography.infancy import a0_andreev_kingkade, a0_coale_demeny_west
from forecast.demography.lifetable import (
    brass_relational,
    life_expectancy,
    life_table,
    match_life_expectancy,
    separation_factors,
    survival,
    survival_ratios,
)
from forecast.demography.step import period_deaths
from forecast.errors import InputError, RunError


def makeham() -> np.ndarray:
    """(sex, age) rates of a made-up but human shape, single years 0..100."""
    age = np.arange(101)
    female = 0.0003 + 0.00002 * np.exp(0.1 * age)
    female[0] = 0.008
    return np.stack([female, 1.6 * female])


# fmt: off
AUSTRIA = {
    "age": [0, 1, *range(5, 90, 5)],
    "people": [47925, 189127, 234793, 238790, 254996, 326831, 355086, 324222, 269963, 261971,
               238011, 261612, 181385, 187962, 153832, 105169, 73694, 57512, 32248],
    "deaths": [419, 70, 36, 46, 249, 420, 403, 441, 508, 769, 1154, 1866, 2043, 3496, 4366,
               4337, 5279, 6460, 6146],
    "ax": [0.068, 1.626, 2.5, 3.143, 2.724, 2.520, 2.481, 2.601, 2.701, 2.663, 2.698, 2.676,
           2.645, 2.624, 2.619, 2.593, 2.518, 2.423, 5.247],
    "lx": [100000, 99133, 98986, 98910, 98815, 98334, 97704, 97151, 96492, 95588, 94195, 91937,
           88711, 83845, 76377, 66225, 53803, 37441, 21134],
    "dx": [867, 147, 76, 95, 481, 630, 553, 659, 904, 1393, 2258, 3225, 4867, 7467, 10152,
           12422, 16362, 16307, 21134],
    "Lx": [99192, 396183, 494741, 494375, 492980, 490106, 487127, 484175, 480384, 474686,
           465777, 452188, 432096, 401480, 357713, 301224, 228404, 145182, 110889],
}
LATIN_AMERICA = {
    "mx": [0.23669, 0.04672, 0.00982, 0.00511, 0.00697, 0.01036, 0.01169, 0.01332, 0.01528,
           0.01757, 0.02092, 0.02517, 0.03225, 0.04241, 0.06056, 0.08574, 0.11840, 0.16226,
           0.23745],
    "ax": [0.330, 1.352, 2.500, 2.500, 2.633, 2.586, 2.528, 2.528, 2.526, 2.529, 2.531, 2.538,
           2.542, 2.543, 2.520, 2.461, 2.386, 2.295, 4.211],
    "ex": [35.000, 42.901, 47.190, 44.438, 40.523, 36.868, 33.691, 30.567, 27.500, 24.485,
           21.504, 18.599, 15.758, 13.080, 10.584, 8.466, 6.729, 5.312, 4.211],
}
MORTPAK = {
    "mx": [0.12846, 0.02477, 0.00603, 0.0034, 0.00417, 0.00513, 0.00581, 0.00645, 0.00725,
           0.00813, 0.00913, 0.01199, 0.01647, 0.0256, 0.04047, 0.06624, 0.10638, 0.19611],
    "ex": [49.997, 55.675, 57.245, 53.921, 49.803, 45.799, 41.922, 38.084, 34.249, 30.420,
           26.578, 22.701, 18.945, 15.349, 12.095, 9.240, 6.903, 5.099],
}
# fmt: on


def test_preston_box_3_1_austrian_males_1992() -> None:
    rates = np.array(AUSTRIA["deaths"]) / np.array(AUSTRIA["people"])
    table = life_table(rates, "male", ages=AUSTRIA["age"], ax=AUSTRIA["ax"])
    np.testing.assert_allclose(100_000 * table.lx, AUSTRIA["lx"], atol=0.6)
    np.testing.assert_allclose(100_000 * table.dx, AUSTRIA["dx"], atol=0.6)
    np.testing.assert_allclose(100_000 * table.Lx, AUSTRIA["Lx"], atol=0.6)
    printed = np.cumsum(AUSTRIA["Lx"][::-1])[::-1] / AUSTRIA["lx"]
    np.testing.assert_allclose(table.ex, printed, atol=0.002)
    assert table.e0 == pytest.approx(72.889, abs=0.001)


def test_united_nations_1982_latin_american_males() -> None:
    table = life_table(LATIN_AMERICA["mx"], "male", ages="abridged")
    np.testing.assert_allclose(table.ax[:17], LATIN_AMERICA["ax"][:17], atol=0.0011)
    np.testing.assert_allclose(table.ex, LATIN_AMERICA["ex"], atol=0.004)


def test_mortpak_1988_females() -> None:
    table = life_table(MORTPAK["mx"], "female", ages="abridged")
    np.testing.assert_allclose(table.ex, MORTPAK["ex"], atol=0.006)


@pytest.mark.parametrize(
    "sex, intercept, slope, cap", [("female", 0.05, 3.0, 0.35), ("male", 0.0425, 2.875, 0.33)]
)
def test_coale_demeny_west_is_a_line_of_the_implied_infant_mortality(
    sex: str, intercept: float, slope: float, cap: float
) -> None:
    m0 = np.array([0.0, 0.002, 0.01, 0.05, 0.1, 0.12, 0.2, 0.5])
    a0 = a0_coale_demeny_west(m0, sex)
    q0 = m0 / (1 + (1 - a0) * m0)
    np.testing.assert_allclose(a0, np.where(q0 > 0.1, cap, intercept + slope * q0), rtol=1e-12)


def test_andreev_kingkade_by_hand() -> None:
    # males: 0.14929 - 1.99545 * 0.005; 0.02832 + 3.26201 * 0.05; constant from 0.08307
    np.testing.assert_allclose(
        a0_andreev_kingkade([0.005, 0.05, 0.1], "male"), [0.13931275, 0.1914205, 0.29915]
    )
    # females: 0.14903 - 2.05527 * 0.005; 0.04667 + 3.88089 * 0.05; constant from 0.06891
    np.testing.assert_allclose(
        a0_andreev_kingkade([0.005, 0.05, 0.1], "female"), [0.13875365, 0.2407145, 0.31411]
    )
    both = a0_andreev_kingkade([[0.005, 0.1], [0.005, 0.1]])
    np.testing.assert_allclose(both, [[0.13875365, 0.31411], [0.13931275, 0.29915]])


def test_three_ages_by_hand() -> None:
    # q0 = 0.1 / (1 + 0.7 * 0.1) = 10/107; l1 = 97/107; L0 = l1 + 0.3 * 10/107 = 100/107
    # q1 = 0.2 / (1 + 0.5 * 0.2) = 2/11; l2 = 97/107 * 9/11; L1 = 97/107 * (9/11 + 1/11)
    # L2 = l2 / 0.5 = 97/107 * 18/11
    table = life_table([0.1, 0.2, 0.5], "female", a0=0.3)
    l1 = 97 / 107
    np.testing.assert_allclose(table.qx, [10 / 107, 2 / 11, 1])
    np.testing.assert_allclose(table.lx, [1, l1, l1 * 9 / 11])
    np.testing.assert_allclose(table.Lx, [100 / 107, l1 * 10 / 11, l1 * 18 / 11])
    np.testing.assert_allclose(table.ax, [0.3, 0.5, 2.0])
    assert table.e0 == pytest.approx(100 / 107 + l1 * 28 / 11)
    # S = L0 / l0, L1 / L0, L2 / (L1 + L2) = 18 / 28
    np.testing.assert_allclose(survival_ratios(table), [100 / 107, 0.97 * 10 / 11, 18 / 28])


def test_constant_hazard_where_a_probability_would_exceed_one() -> None:
    # m = 3, a = 1/2 would give q = 3 / 2.5 = 1.2; a constant hazard gives 1 - exp(-3)
    table = life_table([0.1, 3.0, 0.5], "male", a0=0.3)
    assert table.qx[1] == pytest.approx(1 - np.exp(-3))
    assert table.dx[1] / table.Lx[1] == pytest.approx(3.0)  # the rate is the rate put in
    np.testing.assert_allclose(
        survival([0.1, 3.0, 0.5], "male", a0=0.3), survival_ratios(table), rtol=1e-13
    )


@pytest.mark.parametrize("a0", ["cd-west", "andreev-kingkade", [0.1, 0.2]])
def test_short_cut_to_survival_is_the_life_table(a0: str | list[float]) -> None:
    rates = makeham()
    table = life_table(rates, a0=a0)
    np.testing.assert_allclose(survival(rates, a0=a0), survival_ratios(table), rtol=1e-13)
    one_sex = np.stack([survival(rates[0], "female"), survival(rates[1], "male")])
    np.testing.assert_allclose(one_sex, survival(rates), rtol=1e-14)


@pytest.mark.parametrize("ages, width", [(None, 1), ("abridged", 5)])
def test_stationary_population_dies_as_its_life_table_says(ages: str | None, width: int) -> None:
    """In the stationary population L(x), period deaths by age are exactly n d(x)."""
    rates = makeham() if ages is None else np.stack([MORTPAK["mx"], MORTPAK["mx"]])
    table = life_table(rates, ages=ages)
    dead, lived = table.dx, table.Lx
    if ages is not None:
        dead, lived = (np.concatenate([c[:, :1] + c[:, 1:2], c[:, 2:]], axis=1)
                       for c in (dead, lived))  # fmt: skip
    arriving = np.concatenate([np.full((2, 1), float(width)), lived[:, :-1]], axis=1)
    arriving[:, -1] += lived[:, -1]
    cohort_deaths = arriving * (1 - survival_ratios(table))
    np.testing.assert_allclose(
        period_deaths(cohort_deaths, separation_factors(table)), width * dead, rtol=1e-9
    )


def test_brass_relates_the_logits_of_the_survivors() -> None:
    rates = makeham()
    np.testing.assert_allclose(brass_relational(rates, [0.0, 0.0]), rates, rtol=1e-12)
    related = life_table(brass_relational(rates, [0.3, -0.2], [1.1, 0.9])).lx[:, 1:]
    standard = life_table(rates).lx[:, 1:]
    logit = np.log((1 - standard) / standard) / 2
    expected = np.array([[0.3], [-0.2]]) + np.array([[1.1], [0.9]]) * logit
    np.testing.assert_allclose(np.log((1 - related) / related) / 2, expected, atol=1e-9)


def test_mortality_is_levelled_on_published_life_expectancies() -> None:
    target = np.linspace(58.0, 84.0, 40).reshape(2, 20)
    levelled = match_life_expectancy(makeham(), None, target)
    assert levelled.mx.shape == (2, 101, 20)
    np.testing.assert_allclose(life_expectancy(levelled.mx), target, atol=1e-8)
    assert (np.diff(levelled.mx, axis=2) < 0).all()  # longer lives: lower rates at every age
    one = match_life_expectancy(makeham()[1], "male", 70.0)
    assert life_expectancy(one.mx, "male") == pytest.approx(70.0, abs=1e-8)
    abridged = match_life_expectancy(MORTPAK["mx"], "female", [45.0, 60.0], ages="abridged")
    np.testing.assert_allclose(
        life_expectancy(abridged.mx, "female", ages="abridged"), [45.0, 60.0], atol=1e-8
    )


def test_faults_are_named() -> None:
    with pytest.raises(InputError, match=r"no rule 'cd-west-2'; did you mean 'cd-west'"):
        life_table(makeham(), a0="cd-west-2")
    with pytest.raises(InputError, match=r"no sex 'femal'; did you mean 'female'"):
        life_table(makeham()[0], "femal")
    with pytest.raises(InputError, match="must be age 0 alone"):
        life_table([0.01, 0.02, 0.3], "male", ages=[0, 5, 10])
    with pytest.raises(InputError, match=r"\[1\]: 720.0 is not a life expectancy"):
        match_life_expectancy(makeham()[0], "female", [72.0, 720.0])
    with pytest.raises(RunError, match=r"no level of mortality gives 109.0 years"):
        match_life_expectancy(np.full(101, 1.9), "female", 109.0)
