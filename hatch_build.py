"""What the wheel carries besides code: data packages, scenarios, cards, compiled words.

An editable install gets none of it: the checkout has these folders beside the package,
and `forecast.words` compiles a catalogue when it is asked for.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = ("cards", "data", "scenarios")
# By suffix, so that an editor's backup or a desk's spreadsheet does not travel to users.
SUFFIXES = {".csv", ".geojson", ".json", ".md", ".yaml", ".yml"}


class ShippedFiles(BuildHookInterface[Any]):
    """Adds the shipped files to a standard wheel."""

    scratch: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "standard":
            return
        root = Path(self.root)
        included = build_data["force_include"]
        for source in shipped_files(root):
            included[str(source)] = f"forecast/_shipped/{source.relative_to(root).as_posix()}"
        self.scratch = Path(tempfile.mkdtemp(prefix="forecast-words-"))
        for source in sorted((root / "forecast" / "words").glob("*/LC_MESSAGES/forecast.po")):
            target = source.relative_to(root).with_suffix(".mo").as_posix()
            included[str(compiled(source, self.scratch))] = target

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if self.scratch is not None:
            shutil.rmtree(self.scratch)


def shipped_files(root: Path) -> list[Path]:
    """The files of cards/, data/ and scenarios/ that users get, in a stable order.

    Raises FileNotFoundError when a folder has none: a wheel without them would install and
    then find nothing to run.
    """
    found = []
    for folder in SHIPPED:
        files = [
            path
            for path in sorted((root / folder).rglob("*"))
            if path.is_file()
            and path.suffix in SUFFIXES
            and not any(part.startswith(".") for part in path.relative_to(root).parts)
        ]
        if not files:
            raise FileNotFoundError(f"{root / folder}: nothing to ship")
        found += files
    return found


def compiled(source: Path, folder: Path) -> Path:
    """The catalogue `source` (.po) compiled into `folder`, named by its language."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    target = folder / f"{source.parents[1].name}.mo"
    with source.open("rb") as text, target.open("wb") as binary:
        write_mo(binary, read_po(text))
    return target
