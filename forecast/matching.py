"""The match of a survey with a finished run: its limits, its need and what a package lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.errors import Faults, InputError, in_row
from forecast.projection import Projection
from forecast.report.matched import Matched
from forecast.settlement import match_limits as limits_of
from forecast.settlement.match import match
from forecast.settlement.match_survey import Survey
from forecast.settlement.match_weights import Weights
from forecast.settlement.records import ID, ROW
from forecast.words import say

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

LISTS, SETTLEMENT, POLICY = "norms/settlement_lists", "norms/settlement", "observed/policy"
OF_NATION = {"kandas": "quota_kandas", "resettlers": "quota_internal_resettlers"}


def matched(
    projection: Projection,
    dataset: Dataset,
    survey: Survey,
    weights: Weights,
    year: int | None,
    *,
    hashed: bool,
) -> Matched:
    """The match of a survey with what the run says."""
    faults = Faults()
    regions = projection.space.ids
    if dataset.space.ids != regions:
        faults.add("", say("the run and the data package have different regions"))
    if not dataset.has(LISTS):
        faults.add(f"{LISTS}.csv", say("the table is missing"))
    detail = projection.frame("labour_detail")
    if detail.empty or "higher" not in set(detail["qualification"]):
        faults.add(projection.scenario, say("the run does not tell deficits by qualification"),
                   say("run the scenario again"))  # fmt: skip
    first, last = projection.base_year, projection.last_year - 1
    year = first if year is None else year
    if not first <= year <= last:
        faults.add("--year", say("{year} is not within {first}-{last}", year=year, first=first,
                                 last=last))  # fmt: skip
    if survey.families.empty:
        faults.add("", say("no row of the survey can be used"),
                   _first_reject(survey.rejects))  # fmt: skip
    if faults:
        raise InputError("", faults)
    lists = limits_of.listed(dataset.table(LISTS), regions, year)
    _refuse_weights(weights, lists, projection)
    sections = [str(letter) for letter in projection.sections["section"]]
    need = limits_of.chances(detail, regions, year, sections)
    _refuse_unknown_need(need, lists, projection, year)
    limits = _limits(projection, dataset, lists, weights, year)
    found = match(survey.families, regions, lists, limits, need, sections, weights)
    ids = survey.families[[ROW, ID]].astype(str)
    hashed = hashed and not (ids[ROW] == ids[ID]).all()  # a file without ids has rows alone
    return Matched(found, projection, survey, weights, year, hashed)


def _first_reject(rejects: pd.DataFrame) -> str:
    if rejects.empty:
        return ""
    row = rejects.iloc[0]
    return f"{in_row(row['row'], row['column'])}: {row['reason']}"


def _refuse_weights(weights: Weights, lists: dict[str, Any], projection: Projection) -> None:
    """Languages that are not told of a region where families may go: missing is not 0."""
    if not weights.terms.get("language"):
        return
    open_ = np.any(list(lists.values()), axis=0)
    missing = [name for name, may in zip(projection.space.ids, open_, strict=True)
               if may and name not in weights.languages]  # fmt: skip
    if missing:
        names = ", ".join(projection.space.name(name) for name in missing)
        raise InputError("--weights", say("languages: nothing is told of {names}", names=names)
                         + "; " + say("add it; a missing value is never 0"))  # fmt: skip


def _refuse_unknown_need(
    need: Any, lists: dict[str, Any], projection: Projection, year: int
) -> None:
    """Regions of the lists whose need the run does not tell: missing is not 0."""
    missing = np.any(list(lists.values()), axis=0) & np.isnan(need).any(axis=(0, 1))
    if missing.any():
        ids = np.array(projection.space.ids)[missing]
        names = ", ".join(projection.space.name(str(name)) for name in ids)
        raise InputError(projection.scenario, say(
            "the run does not tell the need for workers of {year} in {names}", year=year,
            names=names,
        ))  # fmt: skip


def _limits(
    projection: Projection, dataset: Dataset, lists: dict[str, Any], weights: Weights, year: int
) -> list[limits_of.Limit]:
    regions = projection.space.ids
    places = {name: place for place, name in enumerate(regions)}
    quotas = limits_of.quota_limits(
        dataset.table(SETTLEMENT), lists, regions, year, _of_nation(dataset)
    )
    given = {stream: {places[region]: value for region, value in own.items()}
             for stream, own in weights.places.items()}  # fmt: skip
    found = [
        *limits_of.with_places(quotas, given),
        *limits_of.room_limits(
            projection.frame("safe_arrivals"), projection.facilities, regions, year
        ),
        *limits_of.job_limits(projection.frame("labour_detail"), regions, year),
    ]
    return limits_of.kept(found, weights.limits)


def _of_nation(dataset: Dataset) -> dict[str, dict[int, float]]:
    """{stream: {year: published places of the nation}}."""
    if not dataset.has(POLICY):
        return {}
    table = dataset.table(POLICY)
    own = table[table["region"] == dataset.nation]
    return {
        stream: {
            int(date): float(value)
            for date, value in own.loc[own["variable"] == name, ["date", "value"]].to_numpy()
            if str(date).isdigit()
        }
        for stream, name in OF_NATION.items()
    }
