"""What the labour balance assumes, in words."""

from __future__ import annotations

import numpy as np

from forecast.assumptions import Note
from forecast.labour.calibrate import LabourBase
from forecast.space import Space
from forecast.words import say
from forecast.words.digits import per_cent

YEARS = 5  # ahead, for which the growth of jobs is told


def labour_notes(base: LabourBase, space: Space) -> tuple[Note, ...]:
    """Notes on supply, demand and deficit of a run, in the language of now."""
    flags = base.flags[(base.flags["year"] == base.year) & base.flags["flagged"]]
    change = flags.set_index("region")["per_person_change"]
    moved = ", ".join(
        f"{space.name(str(region))} {per_cent(100 * c, 1, signed=True)}"
        for region, c in change.items()
    )
    supply = say(
        "Participation by sex and age is held at the level of {year} in every region; the "
        "pensionable age moves it as the law rules.", year=base.year,
    )  # fmt: skip
    if moved:
        supply += " " + say(
            "The published labour force per person jumped in {year} ({regions}): levels there are "
            "to be read with care.", year=base.year, regions=moved,
        )  # fmt: skip
    fading = base.trend.years_of_growth(YEARS)
    growth = np.exp(YEARS * base.trend.total + fading * base.trend.section)
    nation = float(base.jobs.sum(axis=0) @ growth / base.jobs.sum() - 1)
    demand = say(
        "Jobs of the nation go on growing as since the census ({percent} in {years} years), those "
        "of a section with its own fading trend; jobs of growth points come on top. Services are "
        "shared between regions as their people grow, other jobs by the region's fading trend. "
        "Regions have the nation's mix of sections within agriculture, industry with "
        "construction, and services.",
        percent=per_cent(100 * nation, 1, signed=True), years=YEARS,
    )  # fmt: skip
    deficit = say(
        "The deficit is what arises after {year}: in {year} jobs equal the employed residents. "
        "Unemployment stays as it was, less the people whom growth points hire; vacancies open in "
        "{year} are not in it, nor are construction workers in camps.", year=base.year,
    )  # fmt: skip
    gap = say(
        "The table labour_gap tells what the shortage of each year could be met with; it moves "
        "nobody. The gap is what sections miss when workers are spread over them as in {year}; "
        "less the surplus of the other sections it is the deficit. The rungs follow the order of "
        "the law: unemployed down to the region's lowest published rate since the census; "
        "participation up to its best published level since then; commuters of the neighbouring "
        "region who have no job there; {share} of the surplus of other sections retrained; movers"
        " from regions with workers to spare, shared by the moves of the base year; kandas in "
        "places of the quota that stay empty, summed over the years; foreign workers up to the "
        "legal share of the labour force, less the published permits. Workers from elsewhere fill"
        " no more than a region lacks on balance; what it could still retrain stays open.",
        year=base.year, share=per_cent(100 * base.retraining, 0),
    )  # fmt: skip
    if moved:
        gap += " " + say(
            "Where the labour force per person jumped, the best level may be noise of the survey."
        )
    survey = say("labour force survey by region; ILOSTAT by sex and age")
    return (
        Note(say("Labour supply"), supply, survey, "assumption"),
        Note(say("Labour demand"), demand, say("employment by section and region"), "assumption"),
        Note(say("Labour deficit"), deficit, say("employment by place of residence"), "assumption"),
        Note(say("Gap ladder"), gap, say("norms: labour, commuting, settlement"), "assumption"),
    )
