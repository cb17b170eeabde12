"""A data package: found, read and checked once; then its tables are taken by name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from forecast.dataset.complete import check_complete
from forecast.dataset.country import FILE as COUNTRY_FILE
from forecast.dataset.country import read_country
from forecast.dataset.declaration import Table
from forecast.dataset.declare import TABLES
from forecast.dataset.read import read_table
from forecast.dataset.schema import Country, validate
from forecast.errors import Faults, InputError, did_you_mean, nearest
from forecast.resources import shipped
from forecast.space import Space
from forecast.words import language, mark, say

DESCRIPTOR = "datapackage.json"
DEFAULT_FOLDER = "observed"
CROSSWALK = "boundaries/crosswalk"
BUILD = mark("run 'forecast data build'")


@dataclass(frozen=True)
class Dataset:
    """The checked tables of a country.

    country : the facts of country.yml
    hashes  : sha256 of every file of the package, by its path inside it
    """

    name: str
    path: Path
    space: Space
    country: Mapping[str, Any]
    hashes: Mapping[str, str]
    frames: Mapping[str, pd.DataFrame] = field(repr=False)
    _plain: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def title(self) -> dict[str, str]:
        """Title by language."""
        return dict(self.country["title"])

    @property
    def nation(self) -> str:
        """Id under which national figures stand."""
        return str(self.country["nation"])

    @property
    def base_year(self) -> int:
        """The year whose 1 January is the base of every forecast."""
        return int(self.country["base_year"])

    @property
    def last_year_observed(self) -> int:
        """The last calendar year with births, deaths and migration."""
        return int(self.country["last_year_observed"])

    def has(self, name: str) -> bool:
        """Whether the package holds a table."""
        return full_name(name) in self.frames

    def table(self, name: str) -> pd.DataFrame:
        """A copy of a table by its name; without a folder, one of observed/.

        Numbers are int64 or float64, words are text, an empty cell of words is the empty text.
        Rows stand as in the file. Raises InputError when there is no such table, or when it is
        an estimate that was not built yet.
        """
        full = full_name(name)
        if full not in self.frames:
            raise InputError(self.path, _no_table(full, self.frames))
        if full not in self._plain:
            frame = self.frames[full]
            words = frame.select_dtypes("category").columns
            self._plain[full] = frame.astype(dict.fromkeys(words, str)).reset_index(drop=True)
        return self._plain[full].copy()

    def sources(self, tables: Iterable[str]) -> str:
        """The publishers of some tables, for the line below a figure, in the language of now."""
        asked = [full_name(name) for name in tables]
        names = [
            entry["name"].get(language()) or entry["name"]["en"]
            for entry in self.country.get("sources", ())
            if any(fnmatch(name, pattern) for name in asked for pattern in entry["tables"])
        ]
        return "; ".join(dict.fromkeys(names))


def full_name(name: str) -> str:
    """'population' and 'observed/population' are one table."""
    return name if "/" in name else f"{DEFAULT_FOLDER}/{name}"


def _no_table(full: str, frames: Mapping[str, pd.DataFrame]) -> str:
    if full not in TABLES:
        return say("no table '{name}'", name=full) + "; " + did_you_mean(full, frames)
    if full.startswith("estimated/"):
        return say("{table} is not built", table=full) + "; " + say(BUILD)
    return (
        say("the package has no {file}", file=TABLES[full].file)
        + "; "
        + say("put the table into the package")
    )


def default_package() -> str:
    """The name of the package that is used when none is named: the only one that is shipped.

    Raises InputError when several are.
    """
    known = sorted(path.parent.name for path in shipped("data").glob(f"*/{COUNTRY_FILE}"))
    if len(known) != 1:
        names = ", ".join(known)
        raise InputError("--data", say("choose a data package; known: {names}", names=names))
    return known[0]


def find_package(name_or_path: str | Path) -> Path:
    """The folder of a package: a folder that is given, else a shipped package by its name.

    Raises InputError with the nearest name when there is none.
    """
    folder = Path(name_or_path)
    by_path = isinstance(name_or_path, Path) or folder.name != str(name_or_path)
    if folder.is_dir() and (by_path or (folder / COUNTRY_FILE).is_file()):
        return folder
    home = shipped("data")
    known = sorted(path.parent.name for path in home.glob(f"*/{COUNTRY_FILE}"))
    if str(name_or_path) in known:
        return home / str(name_or_path)
    cure = did_you_mean(str(name_or_path), known) if known else say("give the path of a folder")
    raise InputError("", say("no data package '{name}'", name=name_or_path) + "; " + cure)


def load_dataset(name_or_path: str | Path) -> Dataset:
    """The data package of a name (kazakhstan) or of a folder, every table checked.

    Raises one InputError with every fault of the package: the file, the row (the header is
    row 1), the column, what is wrong and the cure.
    """
    path = find_package(name_or_path)
    faults = Faults()
    hashes: dict[str, str] = {}
    country = _country(path, hashes, faults)
    if country is None or faults:
        # Without its regions nothing else of a package can be judged.
        raise InputError(path, faults)
    frames = {}
    for table in TABLES.values():
        before = len(faults)
        frame = _read(table, path, hashes, faults)
        if frame is None:
            continue
        whole = len(faults) == before  # else rows were left out, and would be missed below
        validate(table, frame, country, faults)
        if whole:
            check_complete(table, frame, country, faults)
        frames[table.name] = _in_order(table, frame)
    _check_present(path, frames, faults)
    if faults:
        raise InputError(path, faults)
    for extra in (COUNTRY_FILE, DESCRIPTOR):
        if (path / extra).is_file():
            hashes[extra] = sha256((path / extra).read_bytes()).hexdigest()
    name = path.resolve().name
    return Dataset(name, path, country.space, country.facts, dict(sorted(hashes.items())), frames)


def _country(path: Path, hashes: dict[str, str], faults: Faults) -> Country | None:
    """The regions and facts on which every other check stands."""
    facts = read_country(path, faults)
    table = TABLES["observed/regions"]
    regions = _read(table, path, hashes, faults)
    crosswalk = _read(TABLES[CROSSWALK], path, hashes, faults)
    if regions is None and table.file not in {fault.where for fault in faults}:
        faults.add(table.file, say("the file is missing"), say("put it back"))
    if not facts or regions is None or faults:
        return None
    once = regions.drop_duplicates("region").astype(object)
    space = Space.from_frame(once, facts["nation"], facts["names"])
    former = () if crosswalk is None else tuple(map(str, crosswalk["old_region"].unique()))
    country = Country(space, former, facts)
    validate(table, regions, country, faults)
    return country


def _read(table: Table, path: Path, hashes: dict[str, str], faults: Faults) -> pd.DataFrame | None:
    try:
        content = (path / table.file).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        faults.add(table.file, say("cannot be read: {reason}", reason=error.strerror))
        return None
    hashes[table.file] = sha256(content).hexdigest()
    return read_table(table, content, faults)


def _in_order(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The declared columns in their order; a text column that the file lacks is empty."""
    wanted = [c.name for c in table.columns if c.name in frame or not c.is_number]
    if list(frame.columns) == wanted:
        return frame
    blank = pd.Series("", index=frame.index, dtype="category")
    lacking = [name for name in wanted if name not in frame]
    return frame.assign(**dict.fromkeys(lacking, blank))[wanted]


def _check_present(path: Path, frames: Mapping[str, pd.DataFrame], faults: Faults) -> None:
    """Tables without which nothing runs, and those that the package's descriptor promises."""
    faulty = {fault.where.split(",")[0] for fault in faults}
    promised = {
        name for name in _described(path, faults)
        if name in TABLES and not name.startswith("estimated/")
    }  # fmt: skip
    strays = [name for name in csv_names(path) if name not in TABLES]
    for table in TABLES.values():
        if table.name in frames or table.file in faulty:
            continue
        if table.required or table.name in promised:
            near = nearest(table.name, strays)
            cure = say("is it '{file}'?", file=f"{near}.csv") if near else say("put it back")
            faults.add(table.file, say("the file is missing"), cure)


def _described(path: Path, faults: Faults) -> list[str]:
    """Names of the tables that datapackage.json lists; none without the file."""
    try:
        content = json.loads((path / DESCRIPTOR).read_text(encoding="utf-8"))
        return [resource["path"].removesuffix(".csv") for resource in content["resources"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        faults.add(DESCRIPTOR, say("is not a descriptor of a data package"),
                   say("delete it and run 'forecast data build'"))  # fmt: skip
        return []


def csv_names(path: Path) -> list[str]:
    """Every CSV of the package, as table names."""
    found = path.glob("*/*.csv")
    return sorted(file.relative_to(path).with_suffix("").as_posix() for file in found)
