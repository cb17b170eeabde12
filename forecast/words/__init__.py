"""Every word a user sees, in English, Russian or Kazakh.

The English text is the key: `say("no region '{name}'", name=...)`. Catalogues are gettext
files beside this module (`ru/LC_MESSAGES/forecast.po`); the wheel carries them compiled. A
checkout compiles them on the fly when the compiled file is missing or older.
"""

from __future__ import annotations

import gettext
import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("en", "ru", "kk")
ROOM = Path(__file__).parent

_language: ContextVar[str] = ContextVar("language", default="en")


def mark(text: str) -> str:
    """Mark a constant for the catalogue; it is translated where it is shown."""
    return text


def language() -> str:
    """The language in which texts are composed now: en, ru or kk."""
    return _language.get()


def speak(lang: str) -> None:
    """Compose all texts in `lang` from here on."""
    if lang not in LANGUAGES:
        raise ValueError(f"no language {lang!r}; known: {', '.join(LANGUAGES)}")
    _language.set(lang)


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Compose texts in `lang` inside the block."""
    before = language()
    speak(lang)
    try:
        yield
    finally:
        speak(before)


def users_language() -> str:
    """The user's language: FORECAST_LANG, else the locale when it is one of ours, else English."""
    asked = os.environ.get("FORECAST_LANG", "")
    if asked in LANGUAGES:
        return asked
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        code = (locale.normalize(os.environ.get(name, "")) or "")[:2].lower()
        if code:
            return code if code in LANGUAGES else "en"
    return "en"


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(lang: str) -> gettext.NullTranslations:
    """The catalogue of one language; English needs none."""
    if lang == "en":
        return gettext.NullTranslations()
    source = ROOM / lang / "LC_MESSAGES" / "forecast.po"
    compiled = source.with_suffix(".mo")
    fresh = compiled.exists() and (
        not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime
    )
    if fresh:
        with compiled.open("rb") as stream:
            return gettext.GNUTranslations(stream)
    return _compile(source)


def _compile(source: Path) -> gettext.GNUTranslations:
    import io

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as stream:
        words = read_po(stream)
    compiled = io.BytesIO()
    write_mo(compiled, words)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def say(text: str, /, **values: object) -> str:
    """`text` in the language of now, with `{names}` filled in."""
    spoken = catalogue(language()).gettext(text) if text else text
    return spoken.format(**values) if values else spoken


def say_n(one: str, many: str, n: int, /, **values: object) -> str:
    """The form of a text that goes with the number `n`, which is filled in as `{n}`."""
    return catalogue(language()).ngettext(one, many, n).format(n=n, **values)
