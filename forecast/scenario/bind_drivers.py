"""The drivers of a scenario against a country: regions by id, unemployment against what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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

DIGITS = 1  # of unemployment in a message, per cent


def bind_drivers(
    drivers: Drivers, space: Space, tell: Tell, unemployment: Mapping[str, float] | None
) -> Drivers:
    """The drivers with every region by its id.

    unemployment : {region: per cent of the labour force} of the base year; nobody is unemployed
                   below 0. Of what is None nothing is checked
    """

    def region(word: str, at: Keys) -> str:
        return region_of(word, space, at, tell)

    changed = {
        name: renamed(regions, ("drivers", name), region, tell)
        for name, regions in drivers.by_driver.items()
    }
    words = dict(zip(changed.get(UNEMPLOYMENT, {}), drivers.unemployment, strict=False))
    for place, word in words.items():
        most = (unemployment or {}).get(place)
        series = changed[UNEMPLOYMENT][place]
        for year, points in zip(series.years, series.values, strict=True):
            if most is not None and most + points < 0:
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
