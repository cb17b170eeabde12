"""Write the reference of the scenario language into docs/scenarios.md: make docs"""

from __future__ import annotations

import sys
from pathlib import Path

from forecast.scenario.reference import reference_markdown

GUIDE = Path(__file__).with_name("scenarios.md")
BEGIN, END = "<!-- reference -->\n", "<!-- end of reference -->\n"


def with_reference(guide: str) -> str:
    """The guide with the reference of now between its marks."""
    before, _, rest = guide.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{reference_markdown()}\n{END}{after}"


def main() -> None:
    GUIDE.write_text(with_reference(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"written: {GUIDE}\n")


if __name__ == "__main__":
    main()
