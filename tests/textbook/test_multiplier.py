"""Multipliers of growth-point jobs against their formulas, by hand."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.labour.multiplier import economic_base, multipliers, quotients, read_inputs
from forecast.labour.sections import read_sections
from forecast.plan import prepare


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


@pytest.fixture(scope="module")
def sections():
    """Mining, trade and schools: one basic section, one market service, one public service."""
    return read_sections(pd.DataFrame({
        "section": ["B", "F", "G", "P"],
        "sector": ["industry", "industry", "services", "services"],
        "role": ["", "construction", "", "public"],
        "word": ["mining", "building", "trade", "education"],
        **{f"name_{lang}": ["m", "b", "t", "e"] for lang in ("en", "ru", "kk")},
    }))  # fmt: skip


JOBS = np.array([[60.0, 40, 100, 50], [20, 20, 40, 50]])


def test_economic_base_counts_market_services_and_no_teachers(sections):
    # nation: 140 of 380 jobs in trade. Region 0 has 100 of 250, 92.1 expected: 7.9 are basic.
    beyond = 100 - 250 * 140 / 380
    assert economic_base(JOBS, sections)[0] == pytest.approx(200 / (100 + beyond), rel=1e-12)
    # region 1 has less than its share: nothing is beyond
    assert economic_base(JOBS, sections)[1] == pytest.approx(80 / 40, rel=1e-12)


def test_economic_base_is_held_between_its_bounds(sections):
    held = multipliers(JOBS, sections, (1.2, 1.5))
    assert held.k.max() == 1.5
    assert not held.table
    assert multipliers(JOBS, sections, (3.0, 4.0)).k.min() == 3.0


def test_inputs_that_one_region_meets_as_the_nation_does(sections):
    """A nation of one region: FLQ is 1, so the multiplier is Leontief's."""
    inputs = np.zeros((4, 4))
    inputs[2, 0] = 0.5  # half a job of trade for each job of mining
    inputs[2, 2] = 0.2  # and a fifth for each of trade
    found = multipliers(JOBS[:1], sections, (1, 9), inputs, delta=0.3)
    assert found.table
    assert found.k[0] == pytest.approx([1 + 0.5 / 0.8, 1, 1 + 0.2 / 0.8, 1])


def test_location_quotient_by_hand(sections):
    flq = quotients(JOBS, 0, 0.3)
    size = np.log2(1 + 250 / 380) ** 0.3
    assert flq[2, 0] == pytest.approx((100 / 140) / (60 / 80) * size, rel=1e-12)
    assert flq[2, 2] == pytest.approx((100 / 250) / (140 / 380) * size, rel=1e-12)


def test_a_smaller_region_keeps_less(sections):
    inputs = np.full((4, 4), 0.1)
    k = multipliers(JOBS, sections, (1, 9), inputs).k
    assert (k[1, :2] < k[0, :2]).all()
    assert (k >= 1).all()


def test_faults_of_the_table_come_together(sections):
    table = pd.DataFrame({"supplier": ["B", "X"], "user": ["Gg", "G"], "value": [0.1, -1]})
    with pytest.raises(fc.InputError) as caught:
        read_inputs(table, sections)
    assert len(caught.value.faults) == 3
    heavy = pd.DataFrame({"supplier": ["B", "G"], "user": ["G", "G"], "value": [0.6, 0.5]})
    with pytest.raises(fc.InputError, match="as many again"):
        read_inputs(heavy, sections)


def test_direct_jobs_call_the_induced_ones_too(dataset):
    point = (
        "extends: baseline\ngrowth_points:\n"
        "  p: {region: KZ-55, jobs: {2027: 1000}, sectors: {C: 1}, jobs_count: %s}\n"
    )
    total, direct = (
        prepare(fc.parse_scenario(point % count), dataset) for count in ("all", "direct")
    )
    k = direct.labour.multipliers.of_region(direct.points[0].region, direct.points[0].sections)
    assert 1.2 <= k <= 2.5
    assert direct.points[0].induced == pytest.approx(k - 1)
    assert (direct.points[0].jobs == total.points[0].jobs).all()
    assert direct.points[0].jobs_added == pytest.approx(k * total.points[0].jobs_added)
    assert direct.points[0].sections.sum() == pytest.approx(1)
    public = direct.labour.named_sections.public
    assert direct.points[0].sections[public].sum() == 0
