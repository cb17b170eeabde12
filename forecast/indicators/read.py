"""The file of indicators: read with the line of every fault, all of them together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forecast.dataset.declaration import COMMON_UNITS, LATEST_YEAR, OLDEST_YEAR
from forecast.errors import Fault, InputError, did_you_mean
from forecast.indicators.declared import DIRECTIONS, Figure, Indicator, Indicators, Texts
from forecast.indicators.formula import NEXT, OPS, SAME, WITH_OTHER, Formula, Given, Rows
from forecast.indicators.tables import AGE, TABLES
from forecast.scenario.places import region_of
from forecast.scenario.read import Keys, Source, read
from forecast.space import AGES, Space
from forecast.tables import STATUSES
from forecast.words import LANGUAGES, say

FILE = "indicators.yml"  # in the folder of a data package
TOP = ("title", "source", "regions", "indicators", "unpublished")
KEYS = ("title", "unit", "formula", "unknown", "baseline", "published", "targets", "direction",
        "source", "status", "note")  # fmt: skip
NEEDED = ("title", "unit", "direction", "source", "status")
OF_FIGURE = ("value", "year", "source", "note")
OF_LIST = ("title", "regions", "source")
OF_UNPUBLISHED = ("count", "title", "reason", "source")
DEEPEST = 4  # formulas inside each other
MOST_UNPUBLISHED = 100
NATION = "nation"


def read_indicators(path: Path, space: Space) -> Indicators:
    """The indicators of a file.

    Raises one InputError with every fault: file, line, key, what is wrong and the cure.
    """
    begin = say("begin with 'indicators:', see docs/indicators.md")
    source = read(path, str(path), begin=begin)
    reader = _Reader(source, space)
    found = reader.everything() if source.whole else None
    faults = [Fault(source.where(keys), message, cure) for keys, message, cure in source.faults]
    if faults or found is None:
        raise InputError("", faults)
    return found


@dataclass
class _Reader:
    """Plain data into indicators; faults go to the source."""

    source: Source
    space: Space
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def fault(self, keys: Keys, message: str, cure: str = "") -> None:
        self.source.faults.append((keys, message, cure))

    def everything(self) -> Indicators:
        tree = self.source.tree
        self.known(tree, (), TOP)
        title = self.texts(tree, ("title",)) if "title" in tree else {}
        for name in self.mapping(tree, ("regions",)) if "regions" in tree else {}:
            self.list_of(name)
        found = []
        entries = self.mapping(tree, ("indicators",))
        if not entries and "indicators" not in tree:
            self.fault((), say("the key '{name}' is missing", name="indicators"))
        for name in entries:
            if (one := self.indicator(str(name), ("indicators", name))) is not None:
                found.append(one)
        found += self.unpublished(tree, {str(name) for name in entries})
        text = self.text(tree, ("source",)) if "source" in tree else ""
        return Indicators(title, text, self.source.shown, tuple(found))

    def list_of(self, name: Any) -> None:
        """A named list of regions."""
        keys: Keys = ("regions", name)
        entry = self.mapping(self.source.tree["regions"], keys)
        self.known(entry, keys, OF_LIST)
        self.missing(entry, keys, ("regions", "source"))
        self.lists[str(name)] = self.regions(entry.get("regions", []), (*keys, "regions"))

    def indicator(self, name: str, keys: Keys) -> Indicator | None:
        entry = self.mapping(self.source.tree["indicators"], keys)
        if not entry:
            return None
        self.known(entry, keys, KEYS)
        self.missing(entry, keys, NEEDED)
        if ("formula" in entry) == ("unknown" in entry):
            self.fault(keys, say("an indicator has either a 'formula' or 'unknown'"),
                       say("'unknown' says why a run does not give it"))  # fmt: skip
        direction = self.word(entry, (*keys, "direction"), DIRECTIONS)
        self.word(entry, (*keys, "unit"), COMMON_UNITS)
        formula = None
        if "formula" in entry:
            formula = self.formula(entry["formula"], (*keys, "formula"))
        published = entry.get("published", [])
        if not isinstance(published, list):
            self.fault((*keys, "published"), say("must be {kind}", kind=say("a list")))
            published = []
        figures = [self.figure(published, (*keys, "published", place))
                   for place in range(len(published))]  # fmt: skip
        return Indicator(
            name,
            self.texts(entry, (*keys, "title")),
            self.text(entry, (*keys, "unit")),
            direction,
            self.text(entry, (*keys, "source")),
            self.word(entry, (*keys, "status"), STATUSES),
            formula,
            self.texts(entry, (*keys, "unknown")) if "unknown" in entry else None,
            self.figure(entry, (*keys, "baseline")) if "baseline" in entry else None,
            tuple(figure for figure in figures if figure is not None),
            self.by_year(entry, (*keys, "targets")) if "targets" in entry else {},
            self.texts(entry, (*keys, "note")) if "note" in entry else None,
        )

    def unpublished(self, tree: Mapping[str, Any], taken: set[str]) -> list[Indicator]:
        """Indicators of which the number alone is known: each has a row and no definition."""
        if "unpublished" not in tree:
            return []
        keys: Keys = ("unpublished",)
        entry = self.mapping(tree, keys)
        self.known(entry, keys, OF_UNPUBLISHED)
        self.missing(entry, keys, OF_UNPUBLISHED)
        count = entry.get("count", 0)
        if type(count) is not int or not 1 <= count <= MOST_UNPUBLISHED:
            self.fault((*keys, "count"), say("write a whole number from {first} to {last}",
                                             first=1, last=MOST_UNPUBLISHED))  # fmt: skip
            return []
        titles = self.texts(entry, (*keys, "title"))
        reason = self.texts(entry, (*keys, "reason"))
        text = self.text(entry, (*keys, "source"))
        found = []
        for place in range(1, count + 1):
            name = f"unpublished-{place}"
            if name in taken:
                self.fault(("indicators", name), say("this id is taken by '{key}'",
                                                     key="unpublished"))  # fmt: skip
            title = {lang: f"{words} {place}" for lang, words in titles.items()}
            found.append(Indicator(name, title, "", "", text, "observed", unknown=reason))
        return found

    def formula(self, entry: Any, keys: Keys, depth: int = 1) -> Formula | None:
        """{table, filters, op, of} or {from, op, of}; rows are summed unless op says mean."""
        if not isinstance(entry, Mapping):
            self.fault(keys, say("must be {kind}", kind=say("a table of keys")))
            return None
        if depth > DEEPEST:
            self.fault(keys, say("formulas stand more than {n} deep inside each other", n=DEEPEST))
            return None
        op = self.word(entry, (*keys, "op"), OPS) if "op" in entry else "sum"
        roots = [name for name in ("table", "from", "values") if name in entry]
        if len(roots) != 1:
            self.fault(keys, say("a formula begins with one of: {names}",
                                 names="table, from, values"))  # fmt: skip
            return None
        one: Rows | Given | Formula | None
        if roots == ["table"]:
            one = self.rows(entry, keys, mean=op == "mean")
        elif roots == ["from"]:
            self.known(entry, keys, ("from", "op", "of"))
            one = self.formula(entry["from"], (*keys, "from"), depth + 1)
        else:
            self.known(entry, keys, ("values", "source", "op", "of"))
            self.missing(entry, keys, ("source",))
            one = Given(self.by_year(entry, (*keys, "values")), self.text(entry, (*keys, "source")))
        other = None
        if "of" in entry:
            other = self.formula(entry["of"], (*keys, "of"), depth + 1)
        if ("of" in entry) != (op in WITH_OTHER):
            words = say("'{op}' needs 'of'", op=op) if op in WITH_OTHER else say(
                "'of' stands with one of: {names}", names=", ".join(WITH_OTHER))  # fmt: skip
            self.fault(keys, words)
        if op == "mean" and roots != ["table"]:
            self.fault((*keys, "op"), say("a mean is taken of the rows of a table"))
        return None if one is None else Formula(one, op, other)  # type: ignore[arg-type]

    def rows(self, entry: Mapping[str, Any], keys: Keys, *, mean: bool) -> Rows | None:
        """The filters of one table."""
        name = self.word(entry, (*keys, "table"), TABLES)
        if name not in TABLES:
            return None
        table = TABLES[name]
        filters = (*table.columns, *table.places)
        self.known(entry, keys, ("table", "year", "op", "of", *dict.fromkeys(filters)))
        self.missing(entry, keys, table.needed)
        words, places, ages = {}, {}, None
        for column in (column for column in dict.fromkeys(filters) if column in entry):
            here = (*keys, column)
            if column in table.places:
                places[column] = self.regions(entry[column], here)
            elif column == AGE:
                ages = self.ages(entry[column], here)
            else:
                words[column] = self.words(entry[column], here, table.columns[column])
        return Rows(name, words, places, ages, self.year_of(entry, keys), mean)

    def year_of(self, entry: Mapping[str, Any], keys: Keys) -> str | int:
        year = entry.get("year", SAME)
        if year in (SAME, NEXT) or self.is_year(year):
            return year if isinstance(year, int) else str(year)
        self.fault((*keys, "year"), say("'{text}' is no year; write {names} or a number",
                                        text=year, names=f"{SAME}, {NEXT}"))  # fmt: skip
        return SAME

    def words(self, given: Any, keys: Keys, known: Sequence[str]) -> tuple[str, ...]:
        listed = given if isinstance(given, list) else [given]
        found = []
        for place, word in enumerate(listed):
            here = (*keys, place) if isinstance(given, list) else keys
            if not isinstance(word, str | int) or isinstance(word, bool):
                self.fault(here, say("must be {kind}", kind=say("text")))
            elif known and str(word) not in known:
                message = say("no '{name}' in the table", name=word)
                self.fault(here, message, did_you_mean(str(word), known))
            elif str(word) in found:
                self.fault(here, say("'{name}' stands here twice", name=word))
            else:
                found.append(str(word))
        if not listed:
            self.fault(keys, say("the list is empty"))
        return tuple(found)

    def regions(self, given: Any, keys: Keys) -> tuple[str, ...]:
        """Ids of regions: a list of names, one name, a named list, or the nation."""
        if isinstance(given, str) and (given == NATION or self.space.is_nation(given)):
            return (self.space.nation,)
        if isinstance(given, str) and given in self.lists:
            return self.lists[given]
        if not isinstance(given, str | list) or not given:
            self.fault(keys, say("must be {kind}", kind=say("a list")))
            return ()
        found: list[str] = []
        for place, word in enumerate(given if isinstance(given, list) else [given]):
            here = (*keys, place) if isinstance(given, list) else keys
            region = region_of(str(word), self.space, here, self.fault)
            if region in found:
                self.fault(here, say("'{name}' stands here twice", name=word))
            found.append(region)
        return tuple(found)

    def ages(self, given: Any, keys: Keys) -> tuple[int, int] | None:
        """15-64, or one age."""
        first, dash, last = str(given).partition("-")
        ends = [int(word) for word in (first, last if dash else first) if word.isdecimal()]
        if len(ends) == 2 and AGES[0] <= ends[0] <= ends[1] <= AGES[-1]:
            return ends[0], ends[1]
        self.fault(keys, say("'{text}' is no group of ages; write for instance 15-64", text=given))
        return None

    def figure(self, above: Any, keys: Keys) -> Figure | None:
        entry = self.mapping(above, keys)
        if not entry:
            return None
        self.known(entry, keys, OF_FIGURE)
        self.missing(entry, keys, ("value", "year", "source"))
        year = entry.get("year", OLDEST_YEAR)
        if not self.is_year(year):
            self.fault((*keys, "year"), say("'{text}' is not a year", text=year))
        value = self.number(entry.get("value", 0), (*keys, "value"))
        note = self.texts(entry, (*keys, "note")) if "note" in entry else {}
        return Figure(value, year, self.text(entry, (*keys, "source")), note)

    def by_year(self, above: Mapping[str, Any], keys: Keys) -> dict[int, float]:
        found = {}
        for year, value in self.mapping(above, keys).items():
            if not self.is_year(year):
                self.fault((*keys, year), say("'{text}' is not a year", text=year))
            else:
                found[year] = self.number(value, (*keys, year))
        return found

    def number(self, value: Any, keys: Keys) -> float:
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if plain and math.isfinite(value):
            return float(value)
        self.fault(keys, say("'{text}' is not a number", text=value))
        return math.nan

    @staticmethod
    def is_year(year: Any) -> bool:
        return type(year) is int and OLDEST_YEAR <= year <= LATEST_YEAR

    def mapping(self, above: Any, keys: Keys) -> Mapping[Any, Any]:
        """The value of the last key as a map; empty, with a fault, where it is none."""
        inside = isinstance(above, Mapping) and keys[-1] in above
        value = above[keys[-1]] if inside or isinstance(above, list) else {}
        if isinstance(value, Mapping):
            return value
        self.fault(keys, say("must be {kind}", kind=say("a table of keys")))
        return {}

    def text(self, above: Mapping[Any, Any], keys: Keys) -> str:
        value = above.get(keys[-1], "")
        if not isinstance(value, str):
            self.fault(keys, say("must be {kind}", kind=say("text")))
            return ""
        return value

    def texts(self, above: Mapping[Any, Any], keys: Keys) -> Texts:
        """A text in every language."""
        if keys[-1] not in above:
            return {}
        entry = self.mapping(above, keys)
        self.known(entry, keys, LANGUAGES)
        for lang in LANGUAGES:
            if not isinstance(entry.get(lang), str) or not str(entry[lang]).strip():
                self.fault(keys, say("no text in {language}", language=lang))
        return {str(lang): str(words) for lang, words in entry.items()}

    def word(self, above: Mapping[Any, Any], keys: Keys, known: Iterable[str]) -> str:
        """One of the known words."""
        value = above.get(keys[-1])
        if value is not None and value not in list(known):
            message = say("no '{name}' is known here", name=value)
            self.fault(keys, message, did_you_mean(str(value), known, listed=10))
        return str(value or "")

    def known(self, entry: Mapping[Any, Any], keys: Keys, names: Iterable[str]) -> None:
        names = list(names)
        for key in (key for key in entry if key not in names):
            self.fault((*keys, key), say("no such key"), did_you_mean(str(key), names, listed=12))

    def missing(self, entry: Mapping[Any, Any], keys: Keys, names: Iterable[str]) -> None:
        for name in (name for name in names if name not in entry):
            self.fault(keys, say("the key '{name}' is missing", name=name))
