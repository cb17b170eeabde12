"""An invented data package of many districts, to see what size costs.

Each region of a real package is split into parts by a seeded generator: counts of people, jobs and
places by weights that sum to 1, rates and shares as they are, moves between two regions by the
weights of both ends, moves between parts of one region at a fifth of what leaves it. Former
regions and figures of single places are left out. Its numbers mean nothing: only its size is real.
`python benchmarks/districts.py FOLDER --parts 10` writes 200 districts from 20 regions.
"""

from __future__ import annotations

import argparse
import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import forecast
from forecast.dataset.descriptor import write_descriptor

ROOT = Path(__file__).resolve().parents[1]
COUNTED = {  # units of what is shared out among the parts; anything else is a rate
    "persons", "place", "bed", "dwelling", "person", "million KZT", "km2", "jobs", "people",
}  # fmt: skip
WITHIN = 0.2  # moves between parts of one region, of all that leave it
WHOLE = ("observed/figures", "observed/policy", "observed/policy_rules", "observed/cities",
         "observed/districts", "norms/pipeline", "norms/backlog")  # fmt: skip
WITHOUT = ("boundaries/crosswalk", "estimated/population_2020")  # former regions
ASIDE = 0.6  # of the radius of a region: how far its parts lie from its middle


class Parts:
    """The parts of every region: ids, weights, points."""

    def __init__(self, source: Path, count: int, seed: int):
        random = np.random.default_rng(seed)
        self.count = count
        self.regions = pd.read_csv(source / "observed/regions.csv", dtype={"code": str})
        labels = pd.read_csv(source / "boundaries/labels.csv").set_index("region")
        self.ids: dict[str, list[str]] = {}
        self.weights: dict[str, np.ndarray] = {}
        self.points: dict[str, tuple[float, float]] = {}
        for region, area in zip(self.regions["region"], self.regions["area_km2"], strict=True):
            self.ids[region] = [f"{region}-{k + 1:02d}" for k in range(count)]
            self.weights[region] = random.dirichlet(np.full(count, 8.0))
            turn = random.uniform(0, 2 * math.pi)
            for k, part in enumerate(self.ids[region]):
                angle = turn + 2 * math.pi * k / count
                far = ASIDE * math.sqrt(area / math.pi)
                x, y = labels.loc[region, ["x_km", "y_km"]]
                self.points[part] = (x + far * math.cos(angle), y + far * math.sin(angle))

    def size(self, part: str) -> float:
        """Weight of a part in its region."""
        region, _, number = part.rpartition("-")
        return float(self.weights[region][int(number) - 1])


def make(folder: Path, parts: int, *, source: Path, seed: int = 1) -> int:
    """Write the package into a new folder; the number of districts."""
    split = Parts(source, parts, seed)
    folder.mkdir(parents=True)
    shutil.copy(source / "country.yml", folder)
    own: Mapping[str, Callable[[pd.DataFrame, Parts], pd.DataFrame]] = {
        "observed/regions": _regions,
        "observed/distances": _distances,
        "boundaries/labels": _labels,
        "boundaries/outlines": _outlines,
        "estimated/flows": _flows,
        "norms/commuting": lambda frame, _: frame.iloc[:0],
    }
    for path in sorted(source.glob("*/*.csv")):
        name = path.relative_to(source).with_suffix("").as_posix()
        if name in WITHOUT:
            continue
        frame = pd.read_csv(path, dtype={"code": str}, keep_default_na=False, na_values={})
        made = own.get(name, _whole if name in WHOLE else _shared)(frame, split)
        if made.empty:
            continue
        (folder / name).parent.mkdir(exist_ok=True)
        made.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    write_descriptor(forecast.load_dataset(folder))
    return len(split.points)


def _shared(frame: pd.DataFrame, split: Parts) -> pd.DataFrame:
    """Rows of regions once for each part, counts shared out; rows of the nation as they are."""
    if "region" not in frame:
        return frame
    mine = frame["region"].isin(split.ids)
    if not mine.any():
        return frame
    chosen = frame[mine]
    rows = chosen.loc[chosen.index.repeat(split.count)].copy()
    place = np.tile(np.arange(split.count), len(chosen))
    weight = np.array([split.weights[r][k] for r, k in zip(rows["region"], place, strict=True)])
    rows["region"] = [split.ids[r][k] for r, k in zip(rows["region"], place, strict=True)]
    if "value" in rows and "unit" in rows:
        value = pd.to_numeric(rows["value"], errors="coerce").to_numpy(dtype=float)
        counted = (rows["unit"].isin(COUNTED) & np.isfinite(value)).to_numpy()
        parts = (value * weight).reshape(-1, split.count)
        whole = (value == np.round(value)).reshape(-1, split.count).all(axis=1)
        parts[whole] = _whole_numbers(parts[whole])
        rows["value"] = np.where(counted, parts.round(3).ravel(), value)
    former = frame["region"].str.contains("OLD")
    return pd.concat([rows, frame[~mine & ~former]], ignore_index=True)


def _whole_numbers(parts: np.ndarray) -> np.ndarray:
    """(row, part) whole numbers near to the parts, with the same sum."""
    up_to = np.round(parts.cumsum(axis=1))
    found: np.ndarray = np.diff(up_to, axis=1, prepend=0.0)
    return found


def _whole(frame: pd.DataFrame, split: Parts) -> pd.DataFrame:
    """The rows of the nation alone."""
    del split
    return frame[~frame["region"].str.contains("-")]


def _regions(frame: pd.DataFrame, split: Parts) -> pd.DataFrame:
    rows = []
    for row in frame.to_dict("records"):
        for k, part in enumerate(split.ids[row["region"]], start=1):
            names = {
                name: f"{row[name]} {k}"
                for name in row
                if str(name).startswith(("name_", "capital_"))
                and not str(name).endswith(("lat", "lon"))
            }
            area = round(row["area_km2"] * split.size(part), 1)
            rows.append({**row, **names, "region": part, "code": f"{row['code']}{k:02d}",
                         "area_km2": max(area, 0.1)})  # fmt: skip
    return pd.DataFrame(rows)


def _distances(frame: pd.DataFrame, split: Parts) -> pd.DataFrame:
    status, source = frame.iloc[0][["status", "source"]]
    rows = [
        (a, b, round(max(math.dist(split.points[a], split.points[b]), 1.0), 1),
         int(a[:-3] == b[:-3]), status, source)
        for a in split.points for b in split.points if a != b
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(frame.columns))


def _labels(frame: pd.DataFrame, split: Parts) -> pd.DataFrame:
    rows = [
        {**row, "region": part, "x_km": round(split.points[part][0], 1),
         "y_km": round(split.points[part][1], 1)}
        for row in frame.to_dict("records") for part in split.ids[row["region"]]
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _outlines(frame: pd.DataFrame, split: Parts) -> pd.DataFrame:
    """A square about the point of each part."""
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    rows = [
        (part, 1, "outer", number, round(x + 20 * dx, 1), round(y + 20 * dy, 1))
        for part, (x, y) in split.points.items()
        for number, (dx, dy) in enumerate(corners, start=1)
    ]
    return pd.DataFrame(rows, columns=list(frame.columns))


def _flows(frame: pd.DataFrame, split: Parts) -> pd.DataFrame:
    """Moves by the weights of both ends, and moves between parts of one region."""
    made: list[Sequence[object]] = []
    for row in frame.to_dict("records"):
        both = np.outer(split.weights[row["origin"]], split.weights[row["destination"]])
        cells = _whole_numbers((both * row["value"]).reshape(1, -1)).reshape(both.shape)
        made += _cells(row, cells, split.ids)
    left = frame.groupby(["origin", "year"], as_index=False).agg(
        {"value": "sum", "unit": "first", "status": "first", "source": "first"}
    )
    for row in left.to_dict("records") if split.count > 1 else ():
        both = np.outer(split.weights[row["origin"]], split.weights[row["origin"]])
        np.fill_diagonal(both, 0.0)
        inside = (WITHIN * row["value"] * both / both.sum()).reshape(1, -1)
        cells = _whole_numbers(inside).reshape(both.shape)
        made += _cells({**row, "destination": row["origin"]}, cells, split.ids)
    return pd.DataFrame(made, columns=list(frame.columns))


def _cells(
    row: Mapping[Any, Any], values: np.ndarray, ids: Mapping[str, Sequence[str]]
) -> list[Sequence[object]]:
    """The rows of one pair of regions."""
    rest = (row["year"], row["unit"], row["status"], row["source"])
    return [
        (a, b, rest[0], int(values[i, j]), *rest[1:])
        for i, a in enumerate(ids[str(row["origin"])])
        for j, b in enumerate(ids[str(row["destination"])])
        if a != b
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parts", type=int, default=10, help="parts of each region")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--source", type=Path, default=next((ROOT / "data").iterdir()))
    asked = parser.parse_args()
    count = make(asked.folder, asked.parts, source=asked.source, seed=asked.seed)
    print(f"{count} districts in {asked.folder}")


if __name__ == "__main__":
    main()
