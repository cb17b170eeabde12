"""One YAML file into plain data, with the line of every key and every fault of its writing.

The language is the plain part of YAML: maps, lists, text, numbers. Anchors, tags and merge
keys are refused: what a planner reads in a file is what the file says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forecast.scenario.values import Key, kind_of
from forecast.words import say, say_n

Node = Any  # of ruamel.yaml, which is imported when a file is read

LARGEST_FILE = 500_000  # bytes: some thousands of growth points
YAML_TAG = "tag:yaml.org,2002:"
SCALARS = ("str", "int", "float", "bool", "null", "timestamp")

Keys = tuple[Key, ...]


@dataclass(eq=False)
class Source:
    """One file: its plain data, the line of each key, and what is wrong with its writing.

    shown  : the name under which messages and `origin` give the file
    tree   : the data; empty where the file cannot be read at all
    lines  : line of each key path, from 1
    words  : key paths with a region by its id, and the same as they are written
    faults : (key path, message, cure) found while reading
    whole  : False where the file cannot be read, so that nothing is said of missing keys
    begin  : the cure for a file without keys; that of a scenario where none is given
    """

    path: Path
    shown: str
    tree: dict[Any, Any] = field(default_factory=dict)
    lines: dict[Keys, int] = field(default_factory=dict)
    words: dict[Keys, Keys] = field(default_factory=dict)
    faults: list[tuple[Keys, str, str]] = field(default_factory=list)
    whole: bool = True
    begin: str = ""

    def fail(self, message: str, cure: str = "", line: int | None = None) -> Source:
        """The file cannot be read: one fault of the file itself."""
        if line is not None:
            self.lines[()] = line
        self.faults.append(((), message, cure))
        self.whole = False
        return self

    def line(self, keys: Keys) -> int | None:
        """The line of a key, or of the nearest key above it."""
        for length in range(len(keys), -1, -1):
            if keys[:length] in self.lines:
                return self.lines[keys[:length]]
        return None

    def place(self, keys: Keys) -> str:
        """file:line"""
        line = self.line(keys)
        return self.shown if line is None else f"{self.shown}:{line}"

    def written(self, keys: Keys) -> Keys:
        """A key path in the words of the file."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.words:
                return (*self.words[keys[:length]], *keys[length:])
        return keys

    def where(self, keys: Keys) -> str:
        """file:line: key"""
        return f"{self.place(keys)}: {dotted(self.written(keys))}" if keys else self.place(keys)


def dotted(keys: Iterable[Key]) -> str:
    """A key path as it is written in messages: growth_points.alatau.jobs."""
    return ".".join(str(key) for key in keys)


def read(path: Path, shown: str, *, begin: str = "") -> Source:
    """The data of one file with its lines; faults are collected in it, nothing is raised.

    begin : how such a file begins, where it is no scenario
    """
    source = Source(path, shown, begin=begin)
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            return source.fail(
                say("the file has {size} bytes; a scenario has at most {limit}",
                    size=size, limit=LARGEST_FILE),
                say("is it the right file?"),
            )  # fmt: skip
        raw = path.read_bytes()
    except IsADirectoryError:
        return source.fail(say("this is a folder"), say("name a .yml file in it"))
    except OSError as error:
        return source.fail(say("the file cannot be read: {reason}", reason=error.strerror or error))
    return parse(raw, source)


def parse(raw: bytes, source: Source) -> Source:
    """The data of the bytes of a file, put into `source`."""
    try:
        written = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return source.fail(
            say("this is not UTF-8 text (byte 0x{byte})", byte=f"{raw[error.start]:02X}"),
            say("save it with the encoding UTF-8"),
            line=raw.count(b"\n", 0, error.start) + 1,
        )
    node = _compose(written, source)
    if not source.whole:
        return source
    if node is None or (node.id == "scalar" and node.tag == YAML_TAG + "null"):
        return source.fail(
            say("the file is empty"), source.begin or say("begin with 'extends: baseline'")
        )
    if node.id != "mapping":
        message = say("a scenario is a map of keys such as 'title:' and 'growth_points:'")
        if source.begin:
            message = say("a map of keys is needed, found {kind}", kind=kind_of(_plain(node)))
        return source.fail(
            message, source.begin or say("begin with 'extends: baseline'"),
            line=node.start_mark.line + 1,
        )  # fmt: skip
    try:
        source.tree = _Builder(source).mapping(node, ())
    except RecursionError:
        return source.fail(say("the file is nested too deeply"))
    return source


def _plain(node: Node) -> object:
    """A node that is no map, for a message."""
    return [None] if node.id == "sequence" else _scalar(node)


def _compose(written: str, source: Source) -> Any:
    """The YAML nodes, or None and a fault."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).compose(written)
    except MarkedYAMLError as error:
        if _tabs(written, source):
            return None
        mark = error.problem_mark or error.context_mark
        source.fail(
            say("this is not valid YAML: {reason}", reason=error.problem or error.context),
            say("look at the indentation, colons, quotes and brackets here and just above"),
            line=mark.line + 1 if mark is not None else None,
        )
    except YAMLError as error:
        reason = str(error).split("\n")[0]
        source.fail(say("this is not a text file of YAML: {reason}", reason=reason))
    except RecursionError:
        source.fail(say("the file is nested too deeply"))
    return None


def _tabs(written: str, source: Source) -> bool:
    """Report every line that is indented by a tab, the one mistake nobody sees."""
    found = [
        number
        for number, line in enumerate(written.splitlines(), start=1)
        if "\t" in line[: len(line) - len(line.lstrip())]
    ]
    if found:
        lines = ", ".join(str(number) for number in found[:10])
        source.fail(
            say_n(
                "line {lines} is indented by a tab",
                "lines {lines} are indented by tabs",
                len(found),
                lines=lines,
            ),
            say("use spaces"),
            line=found[0],
        )
    return bool(found)


class _Builder:
    """YAML nodes into plain data; faults and lines go to the source."""

    def __init__(self, source: Source):
        self.source = source

    def fault(self, keys: Keys, message: str, cure: str) -> None:
        self.source.faults.append((keys, message, cure))

    def value(self, node: Node, keys: Keys) -> Any:
        if node.anchor:
            self.fault(keys, say("'&{name}' and '*{name}' are not part of the language",
                                 name=node.anchor), say("write the value out"))  # fmt: skip
            return None
        if node.id == "mapping":
            return self.mapping(node, keys)
        if node.id == "sequence":
            return self.sequence(node, keys)
        return self.scalar(node, keys)

    def mapping(self, node: Node, above: Keys) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self.key(key_node, above)
            if key is None:
                continue
            keys = (*above, key)
            if str(key) in first:
                self.twice(keys, first[str(key)], line)
                continue
            first[str(key)] = self.source.lines[keys] = line
            before = len(self.source.faults)
            value = self.value(value_node, keys)
            refused = len(self.source.faults) > before
            if value is None and not refused and not _may_be_null(keys):
                self.fault(keys, say("there is no value"), say("write one, or remove the key"))
            elif not refused or value not in (None, {}):  # what is refused is told once
                found[key] = value
        return found

    def twice(self, keys: Keys, first: int, second: int) -> None:
        message = say("this key stands twice in line {line}", line=first)
        if first != second:
            message = say("this key stands twice, in line {first} and in line {second}",
                          first=first, second=second)  # fmt: skip
        self.fault(keys, message, say("keep one of them"))

    def sequence(self, node: Node, above: Keys) -> list[Any]:
        found = []
        for place, item in enumerate(node.value):
            self.source.lines[(*above, place)] = item.start_mark.line + 1
            found.append(self.value(item, (*above, place)))
        return found

    def key(self, node: Node, above: Keys) -> Any:
        """The key of an entry, or None and a fault."""
        plain = node.id == "scalar" and not node.anchor
        key = _scalar(node) if plain and node.tag != YAML_TAG + "merge" else None
        if isinstance(key, str | int | float) and not isinstance(key, bool):
            return key
        line = node.start_mark.line + 1
        shown = node.value if plain else say("a list or map")
        self.fault(above, say("'{key}' in line {line} cannot be a key", key=shown, line=line),
                   say("write a name or a year"))  # fmt: skip
        return None

    def scalar(self, node: Node, keys: Keys) -> Any:
        kind = node.tag.removeprefix(YAML_TAG)
        if kind in SCALARS and node.tag != kind:
            return _scalar(node)
        self.fault(keys, say("the tag '{tag}' is not part of the language", tag=kind),
                   say("remove it"))  # fmt: skip
        return None


def _scalar(node: Node) -> Any:
    """Text, number, yes or no, or nothing, by the rules of YAML 1.2."""
    kind, written = node.tag.removeprefix(YAML_TAG), str(node.value)
    if kind == "null":
        return None
    if kind == "bool" and written.casefold() in ("true", "false"):
        return written.casefold() == "true"
    plain = written.replace("_", "")
    try:
        if kind == "int":
            return int(plain, 0 if plain.lstrip("+-")[:2] in ("0x", "0o", "0b") else 10)
        if kind == "float":
            return float(plain.replace(".inf", "inf").replace(".nan", "nan").casefold())
    except ValueError:  # too many digits, or a tag that does not fit
        return written
    return written


def _may_be_null(keys: Keys) -> bool:
    """null means something at one place: it removes an inherited growth point."""
    return len(keys) == 2 and keys[0] == "growth_points"
