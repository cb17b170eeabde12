"""Exits, openings, qualifications and training places against sums done by hand.

Sources: by hand; expansion and replacement demand as in Willems & de Grip (1993), International
Journal of Forecasting 9; pairs as in Mann & Whitney (1947).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from forecast.errors import InputError
from forecast.labour.need import read_need
from forecast.labour.qualification import (
    QUALIFICATIONS,
    Training,
    deficit_by_qualification,
    read_qualifications,
    read_training,
    total_by_qualification,
    training_places,
)
from forecast.labour.ranking import Listed, Ranking, agreement, ranks
from forecast.labour.replacement import exits, hired_openings, hired_share, openings
from forecast.labour.supply import Pattern
from forecast.space import AGES, Region, Space

CELLS = (2, len(AGES))


@pytest.fixture
def space() -> Space:
    names = [dict.fromkeys(("en", "ru", "kk"), name) for name in ("North", "South", "West")]
    regions = [Region(f"X-{k}", str(k), "region", name) for k, name in enumerate(names, start=1)]
    return Space(tuple(regions), "X")


class TestExits:
    """1,000 women of 60 at .8, of whom 10 die and the rest go on at .3; 500 men of 50, .9 to .88;
    100 men of 20, .5 to .7; a tenth is unemployed."""

    def tables(self) -> dict[str, np.ndarray]:
        cells = {name: np.zeros((*CELLS, 1)) for name in ("people", "deaths", "before", "after")}
        pensioned = np.zeros(CELLS)
        cells["people"][0, 60], cells["deaths"][0, 61] = 1000, 10
        cells["before"][0, 60], cells["after"][0, 61] = 0.8, 0.3
        cells["people"][1, 50], cells["before"][1, 50], cells["after"][1, 51] = 500, 0.9, 0.88
        cells["people"][1, 20], cells["before"][1, 20], cells["after"][1, 21] = 100, 0.5, 0.7
        pensioned[0, 61:] = 1
        return cells | {"pensioned": pensioned}

    def found(self, draws: bool = False, **changed: np.ndarray) -> list[float]:
        t = self.tables() | changed
        people, deaths = t["people"], t["deaths"]
        if draws:
            people, deaths = np.stack([people] * 3, axis=-1), np.stack([deaths] * 3, axis=-1)
        left = exits(
            people, deaths, t["before"], t["after"], pensioned=t["pensioned"],
            employed=np.array([0.9]),
        )  # fmt: skip
        assert left.retirement.shape == ((1, 3) if draws else (1,))
        assert_allclose(left.total, left.retirement + left.deaths + left.leaving)
        assert_allclose(left.natural, left.retirement + left.deaths)
        return [float(part.mean()) for part in (left.retirement, left.deaths, left.leaving)]

    @pytest.mark.parametrize("draws", [False, True])
    def test_by_hand(self, draws: bool) -> None:
        """Deaths 720 x 1 % = 7.2; retired 720 - 7.2 - 990 x .3 x .9 = 445.5; left 405 - 396 = 9."""
        assert_allclose(self.found(draws), [445.5, 7.2, 9.0])

    def test_entries_make_no_exit_smaller(self) -> None:
        cells = self.tables()
        after = cells["after"].copy()
        after[1, 21] = 0.98
        assert_allclose(self.found(after=after), [445.5, 7.2, 9.0])

    def test_open_age_is_pooled(self) -> None:
        """10 people of 99 and 30 of 100 at .5 go on at .5: nobody leaves; of all dead, all die."""
        cells = self.tables()
        for name in ("people", "deaths", "before", "after"):
            cells[name][:] = 0
        cells["people"][0, 99:, 0] = [10, 30]
        cells["before"][0, 99:], cells["after"][0, 100] = 0.5, 0.5
        assert_allclose(self.found(**cells), 0, atol=1e-12)
        cells["deaths"][0, 100] = 40
        assert_allclose(self.found(**cells), [0, 18, 0])

    def test_newborns_who_die_are_nobody_who_works(self) -> None:
        cells = self.tables()
        cells["deaths"][:, 0] = 50
        assert_allclose(self.found(deaths=cells["deaths"]), [445.5, 7.2, 9.0])

    def test_a_pensionable_age_that_rises_by_half_a_year_halves_those_who_reach_it(self) -> None:
        """100 women at each age, .8 before and .2 after: 60 retire in a year at a fixed age of 61,
        30 in each year in which it rises by half a year, 60 when it stands still at 62."""
        ages = np.array([[61, 61, 61.5, 62, 62], [70] * 5])
        pattern = Pattern(np.full(CELLS, 0.8), np.full(CELLS, 0.2), tuple(range(2026, 2031)), ages)
        people = np.full((*CELLS, 1), 0.0)
        people[0, 40:70] = 100
        retired = [
            float(exits(people, np.zeros_like(people), pattern.of_year(year - 1)[..., None],
                        pattern.of_year(year)[..., None], employed=np.ones(1),
                        pensioned=1 - pattern.before_pension(year)).retirement[0])
            for year in range(2027, 2031)
        ]  # fmt: skip
        assert_allclose(retired, [60, 30, 30, 60])


class TestOpenings:
    def test_change_and_exits_spread_by_jobs(self) -> None:
        """100 + 300 jobs become 90 + 330; 42 leave, 9 : 33 as the jobs are: none and 63 open."""
        jobs = np.array([[[100.0, 300]], [[90, 330]]])
        assert_allclose(openings(jobs, np.array([[42.0]])), [[[0, 63]]])

    def test_employees(self) -> None:
        """Share .5 to .6: 50 to 60 of 100 jobs, and .55 of the 20 that are left: 10 + 11."""
        jobs = np.full((2, 1, 1), 100.0)
        found = hired_openings(jobs, np.array([[20.0]]), np.array([[0.5], [0.6]]))
        assert_allclose(found, [[[21]]])

    def test_share_of_employees_of_the_nation_grows(self) -> None:
        """.8 and .5 with 100 jobs each are .65; .02 a year more: .69 after two years, by the same
        part of the self-employed in both regions, whatever the jobs are by then."""
        share, base = np.array([0.8, 0.5]), np.array([100.0, 100])
        jobs = np.array([[100.0, 100], [100, 100], [300, 100]])
        found = hired_share(share, base, jobs, 0.02, np.array([-1.0, 0.0, 2.0]))
        assert_allclose(found[1], share)
        assert_allclose((found * jobs).sum(axis=1) / jobs.sum(axis=1), [0.63, 0.65, 0.69])
        assert_allclose((1 - found[:, 0]) / (1 - found[:, 1]), 0.2 / 0.5)
        far = hired_share(share, base, jobs[:1], 0.02, np.array([500.0]))
        assert_allclose(far, 1)

    def test_no_jobs_are_an_unknown_mix(self) -> None:
        assert np.isnan(openings(np.zeros((2, 1, 2)), np.array([[5.0]]))).all()


class TestQualifications:
    shares = np.array([[0.5, 0.3, 0.2], [0.1, 0.5, 0.4]])

    def test_by_hand(self) -> None:
        """100 and 100 jobs become 150 and 100, residents fill 210: short of 75 + 10 - 210 x .3
        with higher education, 45 + 50 - 210 x .4 with vocational, 30 + 40 - 210 x .3 without."""
        jobs, demand = np.full((1, 2), 100.0), np.array([[150.0, 100]])
        cells = deficit_by_qualification(demand, np.array([210.0]), jobs, self.shares)
        assert_allclose(cells.sum(axis=1), [[22, 11, 7]])
        assert_allclose(cells[0, 0], [75 - 52.5, 45 - 31.5, 30 - 21])
        totals = total_by_qualification(demand, np.array([210.0]), jobs, self.shares)
        assert_allclose(totals[:, 0], [22, 11, 7])

    def rows(self, **changed: object) -> pd.DataFrame:
        rows = [
            {"section": section, "qualification": name, "value": value}
            for section, line in zip("AB", self.shares, strict=True)
            for name, value in zip(QUALIFICATIONS, line, strict=True)
        ]
        rows[0] |= changed
        return pd.DataFrame(rows)

    def test_table(self) -> None:
        assert_allclose(read_qualifications(self.rows(), ("A", "B")), self.shares)

    @pytest.mark.parametrize(
        "changed, told",
        [
            ({"value": 0.6}, "A: the shares sum to 1.1; they must sum to 1"),
            ({"value": 1.5}, "row 2, value: '1.5' cannot stand here; a share is from 0 to 1"),
            ({"value": "many"}, "row 2, value: 'many' cannot stand here"),
            ({"section": "Z"}, "row 2, section: 'Z' cannot stand here"),
            ({"qualification": "highest"}, "did you mean 'higher'"),
            ({"qualification": "tvet"}, "row 3: the row repeats an earlier one"),
            ({"section": "B"}, "A, higher: there is no row; add it"),
        ],
    )
    def test_faults(self, changed: dict[str, object], told: str) -> None:
        with pytest.raises(InputError) as raised:
            read_qualifications(self.rows(**changed), ("A", "B"))
        assert told in str(raised.value)

    def test_faults_come_together(self) -> None:
        table = self.rows(value=-1).drop(index=5)
        table.loc[3, "value"] = 0.3
        with pytest.raises(InputError) as raised:
            read_qualifications(pd.concat([table, table.iloc[[1]]]), ("A", "B"))
        text = str(raised.value)
        for part in ("row 2, value", "row 7: the row repeats", "B, none: there is no row"):
            assert part in text


class TestTraining:
    table = pd.DataFrame({
        "qualification": ["higher", "tvet"], "duration_years": [4, 1],
        "completion_share": [0.8, 0.5],
    })  # fmt: skip

    def test_places_of_the_year_of_entry(self) -> None:
        """80 graduates of 2030 at .8 took 100 places in 2026; later places are unknown, not 0."""
        years = range(2026, 2031)
        opened = np.zeros((5, 1, 3))
        opened[:, 0, 0], opened[:, 0, 1] = 80, [10, 20, 30, -5, 50]
        places = training_places(opened, years, read_training(self.table))
        assert_allclose(places["higher"][:, 0], [100, *[np.nan] * 4])
        assert_allclose(places["tvet"][:, 0], [40, 60, 0, 100, np.nan])

    def test_a_study_longer_than_the_run_gives_no_place(self) -> None:
        places = training_places(np.ones((3, 1, 3)), range(3), {"higher": Training(4, 0.8)})
        assert np.isnan(places["higher"]).all()

    def test_faults_come_together(self) -> None:
        table = self.table.assign(duration_years=[2.5, 1], completion_share=[0.8, 0.0])
        with pytest.raises(InputError) as raised:
            read_training(table)
        text = str(raised.value)
        assert (
            "row 3, completion_share: '0.0' cannot stand here; a share above 0, at most 1" in text
        )
        with pytest.raises(InputError, match="tvet: there is no row"):
            read_training(self.table[:1])


class TestRanking:
    deficit = np.array([50.0, 20, -10])
    demand = np.array([1000.0, 100, 100])

    def test_ranks_and_agreement(self) -> None:
        """Of the pairs of {1st, 3rd} with the 2nd the first wins one; ties count a half."""
        assert_allclose(ranks(np.array([5.0, 9, 5, 1])), [2.5, 1, 2.5, 4])
        listed = np.array([True, False, True])
        assert agreement(self.deficit, listed) == 0.5
        assert agreement(self.deficit, np.array([True, True, False])) == 1
        assert agreement(np.zeros(3), listed) == 0.5
        assert np.isnan(agreement(self.deficit, np.zeros(3, dtype=bool)))

    def test_frame_and_note(self, space: Space) -> None:
        listed = Listed(2026, np.array([True, False, True]), "observed")
        ranking = Ranking(self.deficit, self.demand, 2030, 2025, listed)
        frame = ranking.frame(space)
        table = frame.pivot(index="region", columns="measure", values="value")
        assert table.loc["X-2"].to_dict() == {
            "labour_deficit": 20, "share_of_demand": 20, "rank": 2, "rank_of_share": 1,
            "official": 0,
        }  # fmt: skip
        assert table.loc["X", "labour_deficit"] == 60
        assert table.loc["X", "share_of_demand"] == 5
        assert np.isnan(table.loc["X", "rank"])
        note = ranking.note(space)
        assert note is not None
        for part in ("Among the 2 largest deficits of 2030: 1 of them (North). Not among the "
                     "largest: West. Among the largest and not on the list: South.",
                     "in 50% by jobs and in 0% by share"):  # fmt: skip
            assert part in note.text

    def test_without_a_list_there_is_no_note(self, space: Space) -> None:
        ranking = Ranking(self.deficit, self.demand, 2030, 2025, None)
        assert ranking.note(space) is None
        assert "official" not in set(ranking.frame(space)["measure"])


def test_a_period_that_is_none_is_a_fault(space: Space) -> None:
    rows = [("labour_forecast", "X", "2030", "demand_total", 10.0)]
    table = pd.DataFrame(rows, columns=["topic", "region", "date", "variable", "value"])
    with pytest.raises(InputError, match="'2030' is no period of two years"):
        read_need(table, space, sections=None)  # type: ignore[arg-type]
