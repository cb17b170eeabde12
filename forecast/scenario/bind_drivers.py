"""The drivers of a scenario against a country: regions by id, unemployment against what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from forecast.elasticities import UNEMPLOYMENT
from forecast.scenario.places import Tell, region_of, renamed
from forecast.scenario.read import Keys
from forecast.scenario.series import Series, tidy
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.scenario.drivers import Drivers
    from forecast.space import Space

DIGITS = 2  # of unemployment in a message, per cent
ROUNDED = 0.05  # points: who takes over a rate of one digit may miss it by as much
SMALL = 1e-9  # points, of the arithmetic


def bind_drivers(
    drivers: Drivers, space: Space, tell: Tell, unemployment: Mapping[str, float] | None
) -> Drivers:
    """The drivers with every region by its id; unemployment never falls below 0.

    unemployment : {region: per cent of the labour force} of the base year. A fall that passes 0
                   by no more than the rounding of a published rate ends at 0, any other is a
                   fault. Of what is None nothing is checked
    """

    def region(word: str, at: Keys) -> str:
        if space.is_nation(word):
            message = say("'{name}' is the whole country, and drivers are by region", name=word)
            cure = say("name the regions: a change that is the same in all of them draws nobody "
                       "from one to another")  # fmt: skip
            tell(at, message, cure)
            return word
        return region_of(word, space, at, tell)

    changed = {
        name: renamed(regions, ("drivers", name), region, tell)
        for name, regions in drivers.by_driver.items()
    }
    words = dict(zip(changed.get(UNEMPLOYMENT, {}), drivers.unemployment, strict=False))
    for place, word in words.items():
        most = (unemployment or {}).get(place)
        if most is None:
            continue
        series = changed[UNEMPLOYMENT][place]
        least = tuple(max(points, -most) for points in series.values)
        changed[UNEMPLOYMENT][place] = replace(series, values=least)
        for year, points in zip(series.years, series.values, strict=True):
            if most + points < -ROUNDED - SMALL:
                message = say(
                    "{points} points are more than the unemployment of {region}, {percent} per "
                    "cent",
                    points=tidy(points), region=space.name(place), percent=number(most, DIGITS),
                )  # fmt: skip
                tell(("drivers", UNEMPLOYMENT, word, year), message, say("write a smaller fall"))
    return drivers.model_copy(update=changed)


def series_of_drivers(drivers: Drivers) -> list[tuple[Keys, Series]]:
    """Every series of the drivers with the keys under which it stands."""
    return [
        (("drivers", name, region), series)
        for name, regions in drivers.by_driver.items()
        for region, series in regions.items()
    ]


def new_keys_of_drivers(before: Drivers, after: Drivers) -> Iterator[tuple[Keys, Keys]]:
    """Key paths of the regions as they were written, and by their ids."""
    for name, regions in before.by_driver.items():
        for word, region in zip(regions, after.by_driver[name], strict=False):
            if word != region:
                yield ("drivers", name, word), ("drivers", name, region)
