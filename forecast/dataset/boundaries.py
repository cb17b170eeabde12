"""Outlines of the regions for a map, projected beforehand, and the projection itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.dataset.package import Dataset

EARTH_RADIUS_KM = 6371.0088  # mean radius of the Earth, IUGG 1980

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Outlines:
    """The map of a country in projected kilometres, x to the east and y to the north.

    rings    : {region: [ring, ...]}, each (point, 2) and closed, outer rings before holes; outer
               rings run counter-clockwise and holes clockwise, so that one path fills rightly
    anchors  : {region: (x, y)} where its label is centred
    capitals : {region: (x, y)} where its capital lies
    """

    rings: dict[str, list[Array]]
    anchors: dict[str, tuple[float, float]]
    capitals: dict[str, tuple[float, float]]


def load_outlines(dataset: Dataset) -> Outlines:
    """The outlines of every region, in the order of the space.

    Empty where the package has no boundaries: there is no map then.
    """
    return dataset.once("outlines", lambda: _outlines(dataset))


def _outlines(dataset: Dataset) -> Outlines:
    if not (dataset.has("boundaries/outlines") and dataset.has("boundaries/labels")):
        return Outlines({}, {}, {})  # a package may come without a map
    frame = dataset.table("boundaries/outlines")
    rings: dict[str, list[Array]] = {name: [] for name in dataset.space.ids}
    for (region, _), points in frame.groupby(["region", "ring"]):
        rings[str(region)].append(points[["x_km", "y_km"]].to_numpy(dtype=float))
    anchors = _points(dataset.table("boundaries/labels"))
    regions = dataset.table("regions")
    facts = dataset.country["projection"]
    x, y = albers(
        regions["capital_lat"].to_numpy(), regions["capital_lon"].to_numpy(),
        lat_1=facts["lat_1"], lat_2=facts["lat_2"], lat_0=facts["lat_0"], lon_0=facts["lon_0"],
    )  # fmt: skip
    capitals = _points(regions[["region"]].assign(x_km=x, y_km=y))
    order = dataset.space.ids
    return Outlines(
        rings, {name: anchors[name] for name in order}, {name: capitals[name] for name in order}
    )


def _points(frame: pd.DataFrame) -> dict[str, tuple[float, float]]:
    rows = zip(frame["region"], frame["x_km"], frame["y_km"], strict=True)
    return {str(region): (float(x), float(y)) for region, x, y in rows}


def albers(
    lat: Array,
    lon: Array,
    *,
    lat_1: float,
    lat_2: float,
    lat_0: float,
    lon_0: float,
    radius: float = EARTH_RADIUS_KM,
) -> tuple[Array, Array]:
    """Albers equal-area conic projection of a sphere: x east and y north, in units of `radius`.

    lat, lon     : degrees
    lat_1, lat_2 : standard parallels; lat_0, lon_0 : the origin, degrees
    Snyder 1987, Map Projections: A Working Manual (USGS 1395), equations 14-1 to 14-6.
    """
    first, second, origin = np.radians([lat_1, lat_2, lat_0])
    n = (np.sin(first) + np.sin(second)) / 2.0
    constant = np.cos(first) ** 2 + 2.0 * n * np.sin(first)
    angle = n * np.radians(np.asarray(lon) - lon_0)
    rho = radius * np.sqrt(constant - 2.0 * n * np.sin(np.radians(lat))) / n
    rho_0 = radius * np.sqrt(constant - 2.0 * n * np.sin(origin)) / n
    return rho * np.sin(angle), rho_0 - rho * np.cos(angle)
