"""Every figure of the invented run, drawn once for tests of words, letters and pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from conftest import LAST, STOCKS, Plausible, tidy
from matplotlib.figure import Figure
from matplotlib.text import Text

from forecast.report.figures import FIGURES, draw
from forecast.words import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
SIZES = ("page", "column")
OF_A_REGION = ("pyramid", "infrastructure_need", "stock_and_need", "orders", "flows", "flow_map",
               "fan", "labour_sections")  # fmt: skip
ON_SLIDES = ("pyramid", "population_by_region", "flows", "flow_map", "labour_sections", "fan")
REGION = "KZ-19"  # one of the four with orders, and one of long names


@dataclass(frozen=True)
class Drawing:
    """What is drawn: the kind, its language and size, the options."""

    kind: str
    lang: str
    size: str
    options: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return "-".join((self.kind, self.lang, self.size, *(str(v) for _, v in self.options)))

    def draw(self, result: Plausible) -> Figure:
        return draw(result, self.kind, lang=self.lang, size=self.size, **dict(self.options))


def drawings() -> list[Drawing]:
    """Every kind in three languages and two widths; those of one region in turn; some slides."""
    found = [Drawing(kind, lang, size) for kind in FIGURES for lang in LANGUAGES for size in SIZES]
    turns = [(lang, size) for lang in ("kk", "ru", "en") for size in ("column", "page")]
    for k, kind in enumerate(OF_A_REGION):
        found += [Drawing(kind, *turns[(k + j) % len(turns)], (("region", REGION),))
                  for j in (0, 3)]  # fmt: skip
    found += [Drawing(kind, LANGUAGES[k % 3], "slide") for k, kind in enumerate(ON_SLIDES)]
    return found


@cache
def _sections() -> pd.DataFrame:
    return pd.read_csv(next((ROOT / "data/kazakhstan").rglob("sections.csv")), dtype=str)


def with_sections(result: Plausible) -> Plausible:
    """The invented run with all sections of activity, short of workers here and not there."""
    sections = _sections()
    codes = ["total", *sections["section"]]
    space = result.space
    labour = result.frames["labour"]
    there = set(labour["section"])
    jobs, short = [], []
    for r, region in enumerate((*space.ids, space.nation)):
        for s, code in enumerate(codes):
            for year in sorted(set(labour["year"])):
                size = 10_000.0 if code != "total" else 50_000.0
                size *= 15 if region == space.nation else 1
                share = ((r * 7 + s * 5) % 23 - 11) / 90 * (1 + 0.2 * (year - STOCKS[0]))
                if code not in there:
                    jobs.append((region, year, code, "labour_demand", size))
                short.append((region, year, code, "total", "labour_deficit", size * share))
    demand = tidy(jobs, "region year section measure", "jobs", "projected")
    return replace(
        result,
        sections=sections,
        frames={
            **result.frames,
            "labour": pd.concat([labour, demand], ignore_index=True),
            "labour_detail": tidy(short, "region year section qualification measure", "jobs",
                                  "projected"),
        },
    )  # fmt: skip


def beside(result: Plausible) -> pd.DataFrame:
    """Projections of others as `reality_frame` has them: levels, a change, one of the UN."""
    totals = result.frame("population")
    totals = totals[totals["year"] == LAST].groupby("region")["value"].sum()
    nation, space = result.nation, result.space
    whole = float(totals.sum())
    rows = [
        ("official", nation, LAST - 1, f"projection_{name}", np.nan, share * whole)
        for name, share in (("low", 0.97), ("population", 0.985), ("high", 1.01))
    ]
    rows.append(("un", nation, LAST, "medium", whole, 1.02 * whole))
    rows.append(("change", space.ids[3], LAST, "change", 90_000.0, 60_000.0))
    frame = pd.DataFrame(rows, columns=["check", "region", "year", "measure", "ours", "published"])
    return frame.assign(difference=frame["ours"] - frame["published"],
                        source="Office of projections: https://www.example.kz/2022")  # fmt: skip


def written(figure: Figure) -> Iterator[Text]:
    """Every word that is seen, not those of axes that are switched off."""
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if not text.get_visible() or not text.get_text().strip():
            continue
        if text.axes is None or text.axes.axison or text in text.axes.texts:
            yield text
