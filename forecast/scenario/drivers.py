"""What draws people to a region: changes against the baseline. The text under a field is its
documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from pydantic import PlainValidator

from forecast.elasticities import DRIVERS
from forecast.scenario import values
from forecast.scenario.fields import Name, Part, Text, by_year_or_line
from forecast.scenario.series import Series, tidy
from forecast.scenario.values import Wrong
from forecast.words import say

LOWEST, HIGHEST = -0.9, 5.0  # share by which a driver may change, the lowest left out
MOST_POINTS = 20.0  # of unemployment, either way
SHARES, POINTS = "2027: 0.05, 2030: 0.1", "2027: -0.5, 2030: -1"  # as they are written


def change(value: object) -> float:
    """A change against the baseline as a share of it."""
    found = values.number(value)
    if LOWEST < found <= HIGHEST:
        return found
    message = say("{value} is out of bounds", value=tidy(found))
    limits = say("write a share above {low} and up to {high}", low=LOWEST, high=tidy(HIGHEST))
    if HIGHEST < found <= 100 * HIGHEST or -100 < found <= -1:
        limits = say("a change is a share: write {number} for {value} %",
                     number=tidy(round(found / 100, 10)), value=tidy(found))  # fmt: skip
    raise Wrong(message, limits)


_points = partial(values.number, low=-MOST_POINTS, high=MOST_POINTS)

Change = Annotated[
    Series,
    PlainValidator(partial(values.series, one=change, example=SHARES)),
    by_year_or_line({"type": "number", "exclusiveMinimum": LOWEST, "maximum": HIGHEST}),
]
Points = Annotated[
    Series,
    PlainValidator(partial(values.series, one=_points, example=POINTS)),
    by_year_or_line({"type": "number", "minimum": -MOST_POINTS, "maximum": MOST_POINTS}),
]


class Drivers(Part):
    """What draws people to a region and keeps them there, as changes against the baseline, from
    1 January of a year on. A change moves the flows of the next year: what one region gains others
    lose. What growth points bring is not written here: one job moves one family once."""

    jobs: dict[Name, Change] = {}
    """Jobs of a region, those of growth points left out: {region: {year: share}}; 0.05 is five per
    cent more than in the baseline. They count in the labour demand of the region as well."""
    income: dict[Name, Change] = {}
    """Income per head of a region: {region: {year: share}}; 0.2 is twenty per cent more than in
    the baseline."""
    unemployment: dict[Name, Points] = {}
    """Unemployment of a region: {region: {year: percentage points}}; -1 is one point less than in
    the baseline, and never below 0. It moves people and changes no number of the labour balance."""
    home_value: dict[Name, Change] = {}
    """What homes of a region cost: {region: {year: share}}; 0.1 is ten per cent more than in the
    baseline."""
    source: Text | None = None
    """Where the figures come from."""

    @property
    def by_driver(self) -> Mapping[str, Mapping[str, Series]]:
        """{driver: {region: series}} of the drivers that are given."""
        given = {name: getattr(self, name) for name in DRIVERS}
        return {name: regions for name, regions in given.items() if regions}
