"""The result of a run: tidy tables, what was assumed, and the folder they live in.

Everything that a figure, a workbook or a reader needs is in the tables and the manifest, so a
folder that was saved and loaded again draws and prints the same as the run itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast import chances, reading
from forecast.errors import Faults, InputError, did_you_mean
from forecast.labour import detail, ranking
from forecast.run_folder import (
    MANIFEST,
    OUTLINES,
    RESOLVED,
    WRITTEN,
    digest,
    own_files,
    read_manifest,
    read_table,
    read_text,
    write_table,
)
from forecast.space import Region, Space
from forecast.storage import damage, replacing
from forecast.version import __version__
from forecast.words import LANGUAGES, language, say, speaking

FRAMES = (
    "population", "components", "immigration", "flows", "response", "dependency", "life_tables",
    "settlement", "labour", "labour_detail", "labour_ranking", "labour_gap", "infrastructure",
    "orders", "safe_arrivals", "supported", "growth_points", "audit", "levels", "history",
    "quantiles", "age_quantiles", "samples", "variance", "notes",
)  # fmt: skip
LATER = {  # tables that runs of earlier versions lack: their first columns, without rows
    "audit": ("growth_point",),
    "labour_detail": detail.COLUMNS,
    "labour_gap": ("region", "year", "section", "measure"),
    "labour_ranking": ranking.COLUMNS,
    "orders": ("region", "year"),
    "response": ("year", "origin", "destination", "value"),
    "safe_arrivals": ("region", "growth_point", "year"),
    "supported": ("region", "year", "stream", "kind", "measure"),
}
LABELS = ("facilities", "sections", "points")  # tables of names in three languages


@dataclass(frozen=True, eq=False)
class Projection:
    """What one scenario run gives. `frame(name)` is the door to its tables.

    scenario : name of the scenario
    titles   : its title by language
    manifest : versions, hashes of the inputs, options, run id
    frames   : the tables by name, see FRAMES; every row has value, unit, status
    labels   : names of facility kinds, sections and growth points in three languages
    outlines : {region: [ring, ...]}, each ring (n, 2) projected km; anchors {region: (x, y)}
    resolved : the scenario as it was run, YAML
    """

    scenario: str
    titles: Mapping[str, str]
    space: Space
    base_year: int
    last_year: int
    manifest: Mapping[str, Any]
    frames: Mapping[str, pd.DataFrame]
    labels: Mapping[str, pd.DataFrame]
    outlines: Mapping[str, list[NDArray[np.float64]]] = field(default_factory=dict)
    anchors: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    resolved: str = ""

    @property
    def title(self) -> str:
        """The scenario's title in the language of now."""
        return self.titles.get(language()) or self.titles.get("en") or self.scenario

    @property
    def scenario_name(self) -> str:
        return self.scenario

    @property
    def nation(self) -> str:
        return self.space.nation

    @property
    def run_id(self) -> str:
        """Short name of the inputs: the same inputs and version give the same id."""
        return str(self.manifest["run_id"])

    @property
    def sources(self) -> str:
        """Publishers of the data, for the line below a figure."""
        by_language = self.manifest["sources"]
        return str(by_language.get(language()) or by_language["en"])

    @property
    def facilities(self) -> pd.DataFrame:
        return self.labels["facilities"]

    @property
    def sections(self) -> pd.DataFrame:
        return self.labels["sections"]

    @property
    def point_names(self) -> dict[str, str]:
        """Names of the growth points by id, in the language of now."""
        table = self.labels["points"]
        names = table[f"name_{language()}"]
        return dict(zip(table["growth_point"].astype(str), names.astype(str), strict=True))

    def frame(self, name: str) -> pd.DataFrame:
        """A copy of one table; its columns are in the guide, the last three value, unit, status.

        Raises InputError for a table that does not exist.
        """
        if name not in self.frames:
            cure = did_you_mean(name, FRAMES)
            raise InputError("", say("no table '{name}'", name=name) + "; " + cure)
        return self.frames[name].copy()

    def total(self, *, region: str | None = None) -> pd.Series:
        """Population on 1 January by year, of one region or of all of them, persons."""
        frame = self.frame("population")
        place = self.nation if region is None else self.space.place(region)
        if place != self.nation:
            frame = frame[frame["region"] == place]
        sums: pd.Series = frame.groupby("year")["value"].sum()
        return sums

    def by_region(self, measure: str = "population") -> pd.DataFrame:
        """A measure as people read it: the nation and regions by name in rows, years in columns.

        measure : population (1 January); births, deaths, natural_increase, net_migration and the
                  other components (calendar year); child_dependency, old_age_dependency and
                  total_dependency; labour_supply, labour_demand, labour_deficit (calendar year,
                  positive = short); need:KIND, added_need:KIND, gap:KIND of a kind of facility
        The unit stands at the head of the rows. What is unknown is missing, never 0.
        Raises InputError for a measure that the run has not, with the nearest ones.
        """
        return reading.by_region(self.frames, self.space, measure)

    @property
    def draws(self) -> int:
        """Number of draws of the run; 0 where there are none."""
        return len(chances.draw_columns(self.frames["samples"]))

    def quantiles(
        self,
        measure: str = "population",
        *,
        region: str | None = None,
        kind: str = "",
        by: str | None = None,
        levels: Sequence[float] | None = None,
    ) -> pd.DataFrame:
        """Quantiles over the draws: a row for each region and year, a column for each quantile.

        measure : a measure of the table `quantiles`; a stock is of 1 January, a flow of the year
        region  : one region by any of its names, or the nation; all of them without it
        kind    : facility of `need`, growth point of `place_population` and `arrivals`
        by      : 'age' gives the population by sex and single age as well
        levels  : some of the quantiles that are kept, all without it
        Raises InputError when the run has no draws, and for names and levels that it has not.
        """
        return chances.quantiles(
            self.frames, self.space, measure, region=region, kind=kind, by=by, levels=levels
        )

    def samples(self, measure: str = "population", *, region: str | None = None) -> pd.DataFrame:
        """Every draw of a headline measure: a row for each year, a column for each draw.

        Two runs with the same seed share their draws: column 7 of both is the same world.
        """
        return chances.samples(self.frames, self.space, measure, region)

    def probability(
        self,
        measure: str = "population",
        *,
        year: int,
        region: str | None = None,
        above: float | None = None,
        below: float | None = None,
    ) -> float:
        """How likely it is that a measure is above, below or between bounds, 0 to 1.

        `probability("population", region="Astana City", year=2031, above=2_000_000)`: the share of
        the draws in which it is so. With n draws its standard error is sqrt(p (1 - p) / n).
        """
        values = self.samples(measure, region=region)
        return chances.probability(values, year=year, above=above, below=below)

    def compare(self, other: Projection) -> pd.DataFrame:
        """This run minus the other, by region, year and component.

        Columns region, year, measure (population on 1 January and the components of the year),
        value, other, difference, for the years that both runs have. Both must be of the same
        regions and base year. Where both have the same draws (number and seed), `low` and `high`
        hold the 80 % interval of the difference, taken draw by draw.
        """
        self.refuse_other(other)
        mine, theirs = _measures(self), _measures(other)
        both = mine.merge(theirs, on=["region", "year", "measure"], suffixes=("", "_other"))
        both = both.rename(columns={"value_other": "other"})
        both = both.assign(difference=both["value"] - both["other"])
        return self._with_interval(both, other)

    def refuse_other(self, other: Projection) -> None:
        """Raises InputError where the other is no run of the same regions and base year."""
        if not isinstance(other, Projection):
            raise InputError("", say("give a projection to compare with: run or load it first"))
        faults = Faults()
        if self.space.ids != other.space.ids:
            faults.add(other.scenario, say("the runs have different regions"))
        if self.base_year != other.base_year:
            faults.add(other.scenario, say("the runs start in different years"))
        if faults:
            raise InputError(self.scenario, faults)

    def _with_interval(self, both: pd.DataFrame, other: Projection) -> pd.DataFrame:
        """The comparison with the interval of each difference, where the draws are shared."""
        seeds = [run.manifest["inputs"].get("seed") for run in (self, other)]
        if not self.draws or self.draws != other.draws or seeds[0] != seeds[1]:
            return both
        found = chances.difference_interval(self.frames["samples"], other.frames["samples"])
        low, _, high = chances.INTERVAL
        named = found.rename(columns={low: "low", high: "high"})
        keys = ["region", "year", "measure"]
        return both.merge(named[[*keys, "low", "high"]], on=keys, how="left")

    def plot(self, kind: str, **options: Any) -> Any:
        """One figure as a matplotlib figure; the kinds are the names in `figures/`."""
        from forecast.report.figures import draw

        return draw(self, kind, **options)

    def report(self, kind: str, path: str | Path | None = None, **options: Any) -> Path:
        """Write the report, docx, html, pdf or xlsx, and return its file.

        path    : the file; SCENARIO.kind in the folder of now without it
        options : lang, regions, dataset and told_in of `forecast.report.document.write_report`
        Raises InputError for a format, language or region that does not exist.
        """
        from forecast.report.document import write_report

        return write_report(self, path or f"{self.scenario}.{kind}", kind, **options)

    def save(
        self,
        folder: str | Path,
        *,
        lang: str | None = None,
        figures: bool = True,
        workbook: bool = True,
    ) -> Path:
        """Write the run folder: tables, workbook, figures, scenario and manifest.

        figures, workbook : whether they are made, which takes longer than all the rest

        The folder appears whole or not at all: it is written beside and renamed. Returns it.
        Raises InputError when it cannot be written, RunError when the disk fails meanwhile.
        """
        if lang is not None and lang not in LANGUAGES:
            raise InputError("lang", did_you_mean(lang, LANGUAGES))
        with replacing(Path(folder), owned=own_files) as beside, speaking(lang or language()):
            for name, frame in [*self.frames.items(), *self.labels.items()]:
                write_table(frame, beside / f"{name}.parquet")
            (beside / RESOLVED).write_text(self.resolved, encoding="utf-8")
            (beside / OUTLINES).write_text(self._outlines_text(), encoding="utf-8")
            if workbook:
                from forecast.report.excel import write_tables

                write_tables(self, beside / "tables.xlsx")
            if figures:
                from forecast.report.figures import write_figures

                write_figures(self, beside / "figures", lang=language())
            files = {
                path.relative_to(beside).as_posix(): digest(path)
                for path in sorted(beside.rglob("*"))
                if path.is_file()
            }
            finished = datetime.now(UTC).isoformat(timespec="seconds")
            manifest = {
                **self.manifest, "language": language(), "finished": finished, "files": files
            }  # fmt: skip
            text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True)
            (beside / MANIFEST).write_text(text + "\n", encoding="utf-8")
        return Path(folder)

    def _outlines_text(self) -> str:
        rings = {
            region: [np.round(ring, 2).tolist() for ring in found]
            for region, found in self.outlines.items()
        }
        regions = [
            {"id": r.id, "code": r.code, "kind": r.kind, "names": dict(r.names)}
            for r in self.space.regions
        ]
        content = {
            "nation": self.space.nation,
            "nation_names": dict(self.space.nation_names),
            "regions": regions,
            "rings": rings,
            "anchors": {k: [round(x, 2) for x in v] for k, v in self.anchors.items()},
        }
        return json.dumps(content, ensure_ascii=False)

    @classmethod
    def load(cls, folder: str | Path) -> Projection:
        """The projection of a run folder; raises InputError naming each file that is damaged."""
        folder = Path(folder)
        manifest = read_manifest(folder)
        faults = Faults()
        tables = {}
        for name in (*FRAMES, *LABELS):
            if name in LATER and f"{name}.parquet" not in manifest["files"]:
                tables[name] = pd.DataFrame(columns=list(LATER[name]))
                continue
            with damage(folder / f"{name}.parquet", faults):
                tables[name] = read_table(folder / f"{name}.parquet", manifest)
        content: dict[str, Any] = {}
        with damage(folder / OUTLINES, faults):
            content = json.loads(read_text(folder / OUTLINES, manifest))
        resolved = ""
        with damage(folder / RESOLVED, faults):
            resolved = read_text(folder / RESOLVED, manifest)
        if faults:
            raise InputError(folder, faults)
        space = Space(
            tuple(Region(**region) for region in content["regions"]),
            content["nation"],
            content["nation_names"],
        )
        return cls(
            scenario=manifest["scenario"],
            titles=manifest["titles"],
            space=space,
            base_year=manifest["base_year"],
            last_year=manifest["last_year"],
            manifest={k: v for k, v in manifest.items() if k not in WRITTEN},
            frames={name: tables[name] for name in FRAMES},
            labels={name: tables[name] for name in LABELS},
            outlines={k: [np.array(ring) for ring in v] for k, v in content["rings"].items()},
            anchors={k: (v[0], v[1]) for k, v in content["anchors"].items()},
            resolved=resolved,
        )


def run_id(parts: Mapping[str, Any]) -> str:
    """Eight characters that name the inputs of a run."""
    text = json.dumps({"version": __version__, **parts}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _measures(projection: Projection) -> pd.DataFrame:
    people = projection.frame("population").groupby(["region", "year"], as_index=False)["value"]
    stock = people.sum().assign(measure="population")
    moves = projection.frame("components").rename(columns={"component": "measure"})
    both: pd.DataFrame = pd.concat([stock, moves])[["region", "year", "measure", "value"]]
    return both
