"""The result tables that a formula may ask, and how their rows are chosen.

A formula is a map of a few words, never code: nothing in it is executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forecast.infrastructure.needs import MEASURES as NEEDS
from forecast.labour.deficit import MEASURES as LABOUR
from forecast.ledger import MEASURES as POINTS
from forecast.space import SEXES, STREAMS
from forecast.supported import MEASURES as SUPPORTED
from forecast.supported import STREAM_WORDS as SETTLED
from forecast.tables import TOTAL
from forecast.tabulate import COMPONENTS
from forecast.tabulate import MEASURES as DEPENDENCY

REGION, ORIGIN, DESTINATION = "region", "origin", "destination"
PLACES = (REGION, ORIGIN, DESTINATION)  # columns that hold regions
AGE = "age"


@dataclass(frozen=True)
class Asked:
    """What may be said of one table.

    columns  : filters beside the regions and the year; the words that each may hold, none where
               the run decides (kinds of facility, growth points)
    needed   : filters without which rows of different things would be added
    totals   : filters that mean `total` where nothing is said
    places   : columns that hold regions
    national : the table has rows of the nation; elsewhere the nation is the sum of its regions
    """

    columns: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    places: tuple[str, ...] = (REGION,)
    national: bool = False


MEASURE = "measure"
TABLES: dict[str, Asked] = {
    "population": Asked({"sex": SEXES, AGE: ()}),
    "components": Asked({"component": tuple(COMPONENTS)}, needed=("component",)),
    "immigration": Asked({"stream": STREAMS}),
    "flows": Asked({}, places=(ORIGIN, DESTINATION)),
    "dependency": Asked({MEASURE: tuple(DEPENDENCY)}, needed=(MEASURE,), national=True),
    "settlement": Asked(
        {"area": ("urban", "rural"), MEASURE: ("population", "share")},
        needed=("area", MEASURE), national=True,
    ),
    "labour": Asked(
        {MEASURE: tuple(LABOUR), "section": ()}, needed=(MEASURE,), totals=("section",),
        national=True,
    ),
    "labour_detail": Asked(
        {MEASURE: (), "section": (), "qualification": ()}, needed=(MEASURE,),
        totals=("section", "qualification"), national=True,
    ),
    "infrastructure": Asked(
        {MEASURE: tuple(NEEDS), "kind": ()}, needed=(MEASURE, "kind"), national=True
    ),
    "supported": Asked(
        {MEASURE: tuple(SUPPORTED), "stream": tuple(SETTLED), "kind": ()},
        needed=(MEASURE, "stream"), totals=("kind",), national=True,
    ),
    "growth_points": Asked(
        {MEASURE: tuple(POINTS), "growth_point": (), "kind": (), ORIGIN: ()}, needed=(MEASURE,),
        totals=("kind", ORIGIN),
    ),
}  # fmt: skip

# (table, word of the measure) -> measure of the draws; a component has its own name there.
SAMPLED: dict[tuple[str, str], str] = {
    **{("components", name): name for name in
       ("births", "deaths", "internal_in", "internal_out", "immigration", "emigration")},
    **{("dependency", name): name for name in DEPENDENCY},
    ("settlement", "urban population"): "urban_population",
    ("settlement", "urban share"): "urban_share",
    ("labour", "labour_force"): "labour_force",
    ("labour", "labour_deficit"): "labour_deficit",
}  # fmt: skip
# Kinds of moves of which draws keep arrivals less departures alone.
NETS = {
    "growth_point": ("growth_point_in", "growth_point_out", "growth_point_net"),
    "support": ("support_in", "support_out", "support_net"),
}
__all__ = ["AGE", "NETS", "PLACES", "REGION", "SAMPLED", "TABLES", "TOTAL", "Asked"]
