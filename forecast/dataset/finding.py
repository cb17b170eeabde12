"""What a check of a package finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forecast.words import mark, say

KINDS = (mark("fault"), mark("warning"), mark("listed"), mark("holds"))


@dataclass(frozen=True)
class Finding:
    """kind : fault (must be mended), warning (look at it), listed (a known difference), holds"""

    kind: Literal["fault", "warning", "listed", "holds"]
    table: str
    message: str

    def __str__(self) -> str:
        return f"{say(self.kind)}: {self.table}: {self.message}"
