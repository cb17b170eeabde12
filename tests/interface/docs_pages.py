"""The code in the pages of the documentation: blocks, their marks and the commands in them.

Python blocks run, unless `<!-- code: parsed: reason -->` stands above. Commands are held against
the options of their command; those under `<!-- code: runs -->` run as well.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- code: ([^>]*?) -->\n)?^```(\w*)\n(.*?)^```$", re.S | re.M)
RUNS, PARSED = "runs", "parsed: "  # a reason follows
FEW = 20  # draws, where the page asks for more
SCRIPT = "python docs/"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, text, line in the page and what its mark says."""

    page: str
    line: int
    language: str
    text: str
    mark: str

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def runs(self) -> bool:
        if self.language == "python":
            return not self.mark
        return self.mark == RUNS


def blocks(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    return [
        Block(path.name, text.count("\n", 0, match.start(3)), match[2], match[3], match[1] or "")
        for match in BLOCK.finditer(text)
    ]


def commands(block: Block) -> list[list[str]]:
    """The words of every line of a block that calls the command line or a script of the docs."""
    if block.language not in ("", "sh", "bash"):
        return []
    return [
        shlex.split(line.partition(" > ")[0], comments=True)
        for line in block.text.splitlines()
        if line.startswith(("forecast ", SCRIPT)) and "[" not in line  # [options]: the usage
    ]


def with_few_draws(words: list[str]) -> list[str]:
    """The same command with few draws: a test asks whether it runs, not how sure it is."""
    at = {place + 1 for place, word in enumerate(words) if word == "--draws"}
    return [str(FEW) if place in at else word for place, word in enumerate(words)]
