"""A data package: found, read and checked at the door; then its tables are taken by name."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from forecast.dataset.country import FILE as COUNTRY_FILE
from forecast.dataset.country import read_country
from forecast.dataset.declare import OFFICIAL, PUBLISHED, TABLES
from forecast.dataset.judge import DESCRIPTOR, described, digest, judge, known_sound, plain
from forecast.dataset.judge import read_descriptor as _read_descriptor
from forecast.dataset.read import read_table
from forecast.dataset.schema import Country, validate
from forecast.errors import Faults, InputError, did_you_mean, nearest
from forecast.resources import shipped
from forecast.space import Space
from forecast.words import language, say

T = TypeVar("T")

DEFAULT_FOLDER = "observed"
REGIONS = "observed/regions"
CROSSWALK = "boundaries/crosswalk"


@dataclass(frozen=True)
class Dataset:
    """The checked tables of a country.

    country : the facts of country.yml
    former  : ids of the regions that are no more
    hashes  : sha256 of every file of the package, by its path inside it
    """

    name: str
    path: Path
    space: Space
    country: Mapping[str, Any]
    former: tuple[str, ...]
    hashes: Mapping[str, str] = field(repr=False)
    contents: Mapping[str, bytes] = field(repr=False)  # the tables as they were when loaded
    _frames: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    _made: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that the package holds, as they are declared."""
        return tuple(name for name in TABLES if name in self.contents)

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

    @property
    def is_published(self) -> bool:
        """Whether official tables of ages, rates and moves leave nothing to estimate."""
        return all(name in self.contents for name in PUBLISHED)

    @property
    def changed_since_build(self) -> tuple[str, ...]:
        """Published tables that are not those of the last `forecast data build`.

        Norms and boundaries may change freely: no estimate is made of them.
        """
        then = described(_read_descriptor(self.path, Faults()))
        return tuple(
            name
            for name, content in self.contents.items()
            if name.startswith("observed/") and then.get(name) != f"sha256:{digest(content)}"
        )

    def has(self, name: str) -> bool:
        """Whether the package holds a table, or the official one in its place."""
        return self._in_use(name) in self.contents

    def table(self, name: str) -> pd.DataFrame:
        """A copy of a table by its name; without a folder, one of observed/.

        Numbers are int64 or float64, words are text, an empty cell of words is the empty text.
        Rows stand as in the file. Raises InputError when there is no such table, or when it is
        an estimate that was not built yet. An official table that the package holds is read in
        place of the estimate.
        """
        full = self._in_use(name)
        if full not in self.contents:
            raise InputError(self.path, _no_table(full, self.tables, self.path))
        if full not in self._frames:
            faults = Faults()
            frame = read_table(TABLES[full], self.contents[full], faults)
            if frame is None or faults:
                raise InputError(self.path, faults)
            self._frames[full] = plain(TABLES[full], frame)
        return self._frames[full].copy()

    def describe(self) -> pd.DataFrame:
        """What the package holds, a row a table: rows, years, regions, status, publishers."""
        from forecast.dataset.describe import describe_package

        return describe_package(self)

    def check(self) -> pd.DataFrame:
        """What `forecast data check` finds, faults first: kind (fault, warning, listed, holds),
        table, message."""
        from forecast.dataset.check import check_package

        rows = [(say(one.kind), one.table, one.message) for one in check_package(self)]
        return pd.DataFrame(rows, columns=["kind", "table", "message"])

    def __getstate__(self) -> dict[str, Any]:
        """The package as it was read, without what follows from it.

        A thread may use it meanwhile, as a worker of a cluster does that sends it to another one:
        what is made or read on the way must not change under the hands of who packs it.
        """
        return {**self.__dict__, "_made": {}, "_frames": dict(self._frames)}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What follows from the tables alone, made when first asked for.

        The same thing is given to every run, so nobody may change it: arrays are locked.
        """
        if key not in self._made:
            made = make()
            for part in (made, *getattr(made, "__dict__", {}).values()):
                if isinstance(part, np.ndarray):
                    part.flags.writeable = False
            self._made[key] = made
        found: T = self._made[key]
        return found

    def _in_use(self, name: str) -> str:
        """The full name of a table, or of the official one that stands in its place."""
        full = full_name(name)
        official = OFFICIAL.get(full, full)
        return official if official in self.contents else full

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


def _no_table(full: str, known: Iterable[str], path: Path) -> str:
    if full not in TABLES:
        return say("no table '{name}'", name=full) + "; " + did_you_mean(full, known)
    if full.startswith("estimated/"):
        own = path.resolve().parent == shipped("data").resolve()
        build = "forecast data build" + ("" if own else f" --data {path}")
        return (
            say("{table} is not built", table=full) + "; " + say("run '{command}'", command=build)
        )
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

    A table that the descriptor says was checked as it is needs no second look, see
    `forecast.dataset.judge`. Raises one InputError with every fault of the package: the file,
    the row (the header is row 1), the column, what is wrong and the cure.
    """
    path = find_package(name_or_path)
    faults = Faults()
    contents = _contents(path, faults)
    country = _country(path, contents, faults)
    if country is None or faults:
        # Without its regions nothing else of a package can be judged.
        raise InputError(path, faults)
    descriptor = _read_descriptor(path, faults)
    sound = known_sound(descriptor, contents, country)
    frames = judge(
        [n for n in TABLES if n in contents and n not in sound], contents, country, faults
    )
    _check_present(path, contents, described(descriptor), faults)
    if faults:
        raise InputError(path, faults)
    hashes = {TABLES[name].file: digest(content) for name, content in contents.items()}
    for file in (COUNTRY_FILE, DESCRIPTOR):
        if (path / file).is_file():
            hashes[file] = digest((path / file).read_bytes())
    return Dataset(
        path.resolve().name, path, country.space, country.facts, country.former,
        dict(sorted(hashes.items())), contents, frames,
    )  # fmt: skip


def country_of(dataset: Dataset) -> Country:
    """What the tables of a dataset are checked against."""
    return Country(dataset.space, dataset.former, dataset.country)


def _contents(path: Path, faults: Faults) -> dict[str, bytes]:
    """The bytes of every declared table that is there."""
    contents = {}
    for table in TABLES.values():
        try:
            contents[table.name] = (path / table.file).read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            faults.add(table.file, say("cannot be read: {reason}", reason=error.strerror))
    return contents


def _country(path: Path, contents: Mapping[str, bytes], faults: Faults) -> Country | None:
    """The regions and facts on which every other check stands."""
    facts = read_country(path, faults)
    table = TABLES[REGIONS]
    if REGIONS not in contents:
        if table.file not in {fault.where for fault in faults}:
            faults.add(table.file, say("the file is missing"), say("put it back"))
        return None
    regions = read_table(table, contents[REGIONS], faults)
    former: tuple[str, ...] = ()
    if CROSSWALK in contents:
        crosswalk = read_table(TABLES[CROSSWALK], contents[CROSSWALK], faults)
        former = () if crosswalk is None else tuple(map(str, crosswalk["old_region"].unique()))
    if not facts or regions is None or faults:
        return None
    once = regions.drop_duplicates("region").astype(object)
    space = Space.from_frame(once, facts["nation"], facts["names"])
    country = Country(space, former, facts)
    if regions["region"].duplicated().any():
        validate(table, regions, country, faults)
    return country


def _check_present(
    path: Path, contents: Mapping[str, bytes], promised: Iterable[str], faults: Faults
) -> None:
    """Tables without which nothing runs, and those that the package's descriptor promises.

    An estimate may always be absent: it is built.
    """
    needed = {name for name in promised if not name.startswith("estimated/")}
    faulty = {fault.where.split(",")[0] for fault in faults}
    strays = [name for name in csv_names(path) if name not in TABLES]
    for table in TABLES.values():
        if table.name in contents or table.file in faulty:
            continue
        required = table.required and table.unless not in contents
        if required or table.name in needed:
            near = nearest(table.name, strays)
            cure = say("is it '{file}'?", file=f"{near}.csv") if near else say("put it back")
            faults.add(table.file, say("the file is missing"), cure)


def csv_names(path: Path) -> list[str]:
    """Every CSV of a package, as table names."""
    found = path.glob("*/*.csv")
    return sorted(file.relative_to(path).with_suffix("").as_posix() for file in found)
