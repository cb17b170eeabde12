"""Every word that a user sees is in the catalogues, in Russian and in Kazakh, and fits.

Authority: the calls of `say`, `say_n` and `mark` in the code, read by the extractor that
`make words` uses; the catalogues hold exactly these, translated, with the same placeholders.
"""

from __future__ import annotations

import ast
import csv
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "forecast"
TRANSLATED = ("ru", "kk")
KEYWORDS = {"say": None, "say_n": (1, 2), "mark": None}
Message = str | tuple[str, ...]

CYRILLIC = re.compile(r"[а-яёәғқңөұүһі]", re.IGNORECASE)
PLACEHOLDER = re.compile(r"\{([^\W\d]\w*)(?::[^{} ]*)?\}")
SINGLE_WORD = re.compile(r"[a-z]{3,}")
# The same in every language, with the reason.
SAME: dict[str, str] = {}


@cache
def messages() -> dict[Message, str]:
    """Every message of the code, with the place where it stands first."""
    found: dict[Message, str] = {}
    for file, line, message, _, _ in extract_from_dir(PACKAGE, keywords=KEYWORDS):
        if message:
            found.setdefault(message, f"forecast/{file}:{line}")
    return found


@cache
def catalogue(language: str) -> Catalog:
    path = PACKAGE / "words" / language / "LC_MESSAGES" / "forecast.po"
    assert path.is_file(), f"no {path.relative_to(ROOT)}: `make words` makes it"
    with path.open("rb") as stream:
        return read_po(stream, locale=language, domain="forecast")


def forms(message: Message) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


def placeholders(text: str) -> set[str]:
    """The names to fill in; `{name: share}` with its space is an example of YAML, said as it is."""
    return set(PLACEHOLDER.findall(text))


def calls() -> list[tuple[str, ast.Call]]:
    """Every call of say, say_n and mark, with its place."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        file = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) in KEYWORDS:
                found.append((f"{file}:{node.lineno}", node))
    return found


def test_the_extractor_finds_the_messages_of_the_code() -> None:
    assert "no region '{name}'" in messages()
    assert ("{n} fault", "{n} faults") in messages()
    assert "female" in messages()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language: str) -> None:
    faults = []
    for message, where in messages().items():
        entry = catalogue(language).get(forms(message)[0])
        if entry is None:
            faults.append(f"{where}: {message!r} is not in the catalogue")
        elif entry.fuzzy:
            faults.append(f"{where}: {message!r} is a guess (fuzzy)")
        elif not all(forms(entry.string)):
            faults.append(f"{where}: {message!r} has no translation")
        elif not isinstance(message, str):
            wanted = catalogue(language).num_plurals
            if len(forms(entry.string)) != wanted:
                faults.append(f"{where}: {message!r} needs {wanted} forms")
    assert not faults, f"{len(faults)} in {language}\n" + "\n".join(faults)


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_the_placeholders(language: str) -> None:
    faults = []
    for entry in catalogue(language):
        if entry.id:
            wanted = placeholders(forms(entry.id)[-1])
            for text in forms(entry.string):
                if text and placeholders(text) != wanted:
                    faults.append(f"{entry.id!r}: {text!r} has {placeholders(text) or 'none'}")
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_the_edges(language: str) -> None:
    """A leading or trailing space or line end joins texts: it must not get lost."""
    faults = []
    for entry in catalogue(language):
        for text in forms(entry.string) if entry.id else ():
            source = forms(entry.id)[-1]
            for edge in (r"^\s*", r"\s*$"):
                if text and re.search(edge, text)[0] != re.search(edge, source)[0]:  # type: ignore[index]
                    faults.append(f"{source!r}: {text!r}")
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_are_in_their_language(language: str) -> None:
    """An English sentence left in a catalogue is a message nobody translated."""
    faults = []
    for entry in catalogue(language):
        source = forms(entry.id)[-1] if entry.id else ""
        bare = re.sub(r"\{[^}]*\}|'[^']*'|`[^`]*`", " ", source)
        if SINGLE_WORD.search(bare) and source not in SAME:
            faults += [
                f"{source!r}: {t!r}" for t in forms(entry.string) if t and not CYRILLIC.search(t)
            ]
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogues_hold_nothing_obsolete(language: str) -> None:
    known = {forms(message)[0] for message in messages()}
    kept = [entry.id for entry in catalogue(language) if entry.id]
    unused = [one for one in kept if forms(one)[0] not in known]
    assert not unused, f"the code no longer says {unused}: remove them"
    assert not catalogue(language).obsolete, "remove the entries behind #~"


def test_messages_are_literals_that_the_extractor_can_read() -> None:
    faults = []
    for where, call in calls():
        name = getattr(call.func, "id", "")
        texts = call.args[: 2 if name == "say_n" else 1]
        for text in texts:
            if isinstance(text, ast.JoinedStr | ast.BinOp):
                faults.append(f"{where}: {name} takes a plain text with {{names}}")
            elif name != "say" and not isinstance(text, ast.Constant):
                faults.append(f"{where}: {name} takes a literal")
    assert not faults, "\n" + "\n".join(faults)


def test_calls_fill_the_placeholders_of_their_message() -> None:
    faults = []
    for where, call in calls():
        name = getattr(call.func, "id", "")
        texts = call.args[: 2 if name == "say_n" else 1]
        given = {keyword.arg for keyword in call.keywords}
        if name == "mark" or None in given or not texts or not isinstance(texts[-1], ast.Constant):
            continue
        wanted = placeholders(str(texts[-1].value)) - ({"n"} if name == "say_n" else set())
        if wanted != given:
            faults.append(f"{where}: names {wanted or 'none'}, gets {given or 'none'}")
    assert not faults, "\n" + "\n".join(faults)


def test_names_in_the_data_package_stand_in_three_languages() -> None:
    faults, tables = [], 0
    for path in sorted((ROOT / "data").rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            rows = list(reader)
        stems = [c.removesuffix("en") for c in reader.fieldnames or [] if c.endswith("name_en")]
        tables += bool(stems)
        for number, row in enumerate(rows, start=2):
            for column in (stem + language for stem in stems for language in ("en", "ru", "kk")):
                if not (row.get(column) or "").strip():
                    faults.append(f"{path.relative_to(ROOT)}:{number}: no {column}")
    assert tables, "no table of the data package has names"
    assert not faults, "\n" + "\n".join(faults)
