"""Write what the pages take from the code, between the marks of each page: make docs"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from forecast.scenario.reference import reference_markdown

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))

import cli  # noqa: E402
import gallery  # noqa: E402
import tables  # noqa: E402

GUIDE = FOLDER / "scenarios.md"
BEGIN, END = "<!-- reference -->\n", "<!-- end of reference -->\n"
MARKED: dict[Path, Callable[[], str]] = {
    GUIDE: reference_markdown,
    tables.PAGE: tables.tables_text,
    gallery.PAGE: gallery.gallery_text,
}


def with_reference(page: str, text: str) -> str:
    """A page with what the code says now between its marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"a page lost its marks {BEGIN.strip()} {END.strip()}")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def generated() -> dict[Path, str]:
    """Every page that holds what the code says, as it should stand in the file."""
    found = {
        path: with_reference(path.read_text(encoding="utf-8"), text())
        for path, text in MARKED.items()
    }
    return {**found, cli.PAGE: cli.cli_page()}


def main() -> None:
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"written: {path}\n")


if __name__ == "__main__":
    main()
