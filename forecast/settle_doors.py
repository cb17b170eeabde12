"""Questions of settlement to finished runs from Python: quota, families, cards.

Each answer holds tables (pandas, names of regions in the language of now) and a figure, the same
that the command of its name prints and writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from forecast.errors import Faults, InputError, gathering
from forecast.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from forecast.dataset.package import Dataset
    from forecast.projection import Projection
    from forecast.quotas import QuotaResult
    from forecast.report.matched import Matched
    from forecast.settlement.score_whole import Scoring


@dataclass(frozen=True)
class Quota:
    """The best places of a regional quota, beside the published ones."""

    result: QuotaResult

    @property
    def table(self) -> pd.DataFrame:
        """A row for each stream and region of its list: published places, best places by year."""
        from forecast.quotas.frames import allocation_frame
        from forecast.quotas.norms import STREAM_WORDS

        frame = allocation_frame(self.result)
        whole = frame[(frame["qualification"] == "total") & frame["stream"].isin(STREAM_WORDS)]
        rows = whole[whole["measure"].isin(["published", "places"])]
        words = {"published": say("published"), "places": say("best")}
        heads = rows["measure"].map(words) + " " + rows["year"].astype(str)
        space = self.result.space
        rows = rows.assign(head=heads, place=rows["region"].map(space.name),
                           who=[say(STREAM_WORDS[s]) for s in rows["stream"]])  # fmt: skip
        order = rows.sort_values(["measure", "year"], ascending=[False, True])["head"].unique()
        wide = rows.pivot_table(index=["who", "place"], columns="head", values="value", sort=False)
        places = [space.name(region) for region in (*space.ids, space.nation)]
        wide = wide.reindex(
            [pair for who in wide.index.unique(0) for place in places
             if (pair := (who, place)) in wide.index]
        )  # fmt: skip
        return wide.reindex(columns=list(order)).rename_axis(
            index=[say("Stream"), say("Region")], columns=None
        )

    @property
    def outcomes(self) -> pd.DataFrame:
        """What each quota comes to, all years together: points, places, people, workers, money."""
        from forecast.quotas.frames import outcome_said, outcomes_frame

        frame = outcomes_frame(self.result)
        names = [outcome_said(str(name)) for name in frame["quota"]]
        columns = ["points", "places", "settled", "workers", "million"]
        return frame[columns].set_axis(pd.Index(names, name=say("Quota")))

    @property
    def worth(self) -> pd.DataFrame:
        """Every limit that binds, the dearest first: the limit, its number, the points that one
        more is worth (its shadow price) and a sentence."""
        from forecast.quotas.frames import limits_frame

        frame = limits_frame(self.result)
        frame = frame[frame["price"] > 1e-9].sort_values("price", ascending=False, kind="stable")
        columns = ["limit_words", "limit", "price", "worth"]
        return frame[columns].reset_index(drop=True)

    def plot(self) -> Figure:
        from forecast.report.quota import draw

        return draw(self.result)


def quota(
    projection: Projection,
    dataset: Dataset,
    *,
    years: tuple[int, int] | None = None,
    places: int | None = None,
    budget: float | None = None,
    plan: str | Path | None = None,
) -> Quota:
    """Where the regional quota should go by a run, as `forecast quota` tells it.

    years  : first and last year of the plan; the last published year without it
    places : of all streams in a year; budget : million a year; plan : file, see docs/quota.md
    Raises InputError where no places meet all limits: it names the smallest set that clashes.
    """
    from forecast.labour.qualification import QUALIFICATIONS
    from forecast.quotas import Asked, load_norms, quota_of
    from forecast.settlement.quota_plan import QuotaPlan, read_plan

    faults, norms = Faults(), load_norms(dataset)
    wanted, chosen = Asked(), QuotaPlan()
    with gathering(faults):
        wanted = Asked(years, places, budget)
    with gathering(faults):
        if plan is not None:
            chosen = read_plan(str(plan), dataset.space, norms.lists, QUALIFICATIONS)
    if faults:
        raise InputError("", faults)
    return Quota(quota_of(projection, norms, chosen, wanted))


@dataclass(frozen=True)
class Placed:
    """Families of a survey in regions."""

    done: Matched

    @property
    def table(self) -> pd.DataFrame:
        """A row for each family with a place: region, score, choice, explanation."""
        from forecast.report.matched import matched_table

        return self._told(matched_table(self.done.found, self._words, hashed=self.done.hashed))

    @property
    def unplaced(self) -> pd.DataFrame:
        """A row for each family without one, with the reason."""
        from forecast.report.matched import unplaced_table

        return self._told(unplaced_table(self.done.found, self._words, hashed=self.done.hashed))

    @property
    def rejects(self) -> pd.DataFrame:
        """Rows of the file that could not be used: row, column, reason."""
        return self.done.survey.rejects.copy()

    def plot(self) -> Figure:
        from forecast.report.match_figure import placed

        return _figure(placed(self.done.found, self.done.projection, self.done.year))

    @property
    def _words(self) -> Any:
        from forecast.report.matched import Wording

        return Wording.of(self.done.found, self.done.projection.space,
                          self.done.projection.facilities)  # fmt: skip

    @staticmethod
    def _told(table: pd.DataFrame) -> pd.DataFrame:
        return table.set_index(table.columns[0])


def match(
    survey: str | Path,
    projection: Projection,
    dataset: Dataset,
    *,
    year: int | None = None,
    weights: str | Path | None = None,
    salt: str | None = None,
) -> Placed:
    """Families of a survey in regions by a run, as `forecast match` tells it.

    survey : CSV or Parquet, see docs/match.md; year : of places and need, the base year without it
    weights : file of weights and limits; salt : hashes the ids of the families
    """
    from forecast.matching import matched
    from forecast.settlement.match_survey import read_survey, section_words
    from forecast.settlement.match_weights import Weights, read_weights
    from forecast.settlement.records import region_names

    names = region_names(dataset.space)
    given = Weights() if weights is None else read_weights(str(weights), names)
    sections = section_words(dataset.table("norms/sections"))
    records = read_survey(str(survey), sections, names, salt=salt)
    return Placed(matched(projection, dataset, records, given, year, hashed=salt is not None))


@dataclass(frozen=True)
class Scored:
    """A card filled in."""

    scoring: Scoring
    projection: Projection | None

    @property
    def table(self) -> pd.DataFrame:
        """A row for each region or applicant, the best first: rank, score, whether the mark is
        reached, the points of each criterion above or below its reference."""
        table = self.scoring.table().sort_values("rank", kind="stable")
        names = {each.id: each.name for each in self.scoring.card.criteria}
        points = {f"contribution_{name}": words for name, words in names.items()}
        keys = table["id"].astype(str)
        space = None if self.projection is None else self.projection.space
        if space is not None and set(keys) <= set(space.ids):
            keys = keys.map(space.name)
        found = table[["rank", "score", "passes", *points]].rename(columns=points)
        return found.set_axis(pd.Index(keys, name=None))

    @property
    def criteria(self) -> pd.DataFrame:
        """The criteria of the card: weight, and where each comes from."""
        rows = [(each.name, each.weight, each.source, each.status)
                for each in self.scoring.card.criteria]  # fmt: skip
        columns = ["criterion", "weight", "source", "status"]
        return pd.DataFrame(rows, columns=columns).set_index("criterion")

    @property
    def rejects(self) -> pd.DataFrame:
        return self.scoring.rejects.copy()

    def plot(self) -> Figure:
        """Points of each region by criterion; of applicants, who passes at which mark."""
        from forecast.report.score_figures import contributions, threshold_curve
        from forecast.settlement.score_card import REGIONS

        if self.scoring.card.kind != REGIONS:
            return _figure(threshold_curve(self.scoring, self.projection))
        assert self.projection is not None, "a card of regions reads a run"
        return _figure(contributions(self.scoring, self.projection.space, self.projection))


def score(
    card: str | Path,
    projection: Projection,
    *,
    file: str | Path | None = None,
    threshold: float | None = None,
    groups: Sequence[str] = (),
    salt: str | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> Scored:
    """The regions of a run, or the applicants of a file, on a card, as `forecast score` tells it.

    card      : its name or file, see docs/score.md
    file      : of applicants, or of figures by region that the card asks for
    threshold : the mark instead of that of the card
    draws     : of the weights, for regions: how firm the ranks are
    Raises InputError with every fault.
    """
    from forecast.scoring import (
        applicants_scored,
        card_of,
        check_measures,
        check_options,
        check_together,
        regions_scored,
    )
    from forecast.settlement.score_card import REGIONS
    from forecast.settlement.score_stability import TOP

    faults, rows = Faults(), None if file is None else str(file)
    check_options(threshold, draws, TOP, faults)
    found = card_of(str(card), faults)
    if found is not None:
        check_together(found, rows, groups, faults, of_run=True)
        check_measures(found, projection, faults)
    if faults:
        raise InputError("", faults)
    assert found is not None, "a card without faults was read"
    mark = found.pass_mark if threshold is None else threshold
    if found.kind == REGIONS:
        scoring = regions_scored(
            found, rows, projection, projection.space, mark, draws=draws, seed=seed, top=TOP
        )
        return Scored(scoring, projection)
    scoring = applicants_scored(
        found, str(rows), projection, mark, salt=salt, groups=groups, draws=0, seed=seed, top=TOP
    )
    return Scored(scoring, projection)


def _figure(axes: Any) -> Figure:
    figure: Figure = axes.get_figure(root=True)
    return figure
