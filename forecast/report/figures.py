"""The figures of a run: which there are, their alternative texts, and the files.

One registry serves files, notebooks and the command line: FIGURES[name](projection) returns the
axes, on a page of A4 text width with the line of source, status, scenario and run below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from inspect import signature
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np

from forecast.errors import Faults, InputError, did_you_mean
from forecast.report import chord, flow_map, gap, needs, orders, section_map, stock, style
from forecast.report.bars import (
    labour_deficit,
    labour_ranking,
    net_migration,
    ranking_text,
)
from forecast.report.extract import (
    Result,
    dependency_by_year,
    growth,
    labour_at_horizon,
    mean_migration,
    population_by_year,
    row_of,
)
from forecast.report.fans import fan, variance
from forecast.report.lines import dependency, population_by_region
from forecast.report.paper import printed
from forecast.report.png import write_png
from forecast.report.pyramid import pyramid
from forecast.report.regions_map import regions_map
from forecast.report.wording import date, years
from forecast.uncertain import COMPONENTS
from forecast.words import LANGUAGES, language, say, speaking
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

FIGURES: dict[str, Callable[..., Any]] = {
    "pyramid": pyramid,
    "population_by_region": population_by_region,
    "net_migration": net_migration,
    "dependency": dependency,
    "labour_deficit": labour_deficit,
    "labour_sections": section_map.labour_sections,
    "labour_gap": gap.gap_bars,
    "labour_ranking": labour_ranking,
    "infrastructure_need": needs.infrastructure_need,
    "stock_and_need": stock.stock_and_need,
    "orders": orders.orders,
    "map": regions_map,
    "flows": chord.flows,
    "flow_map": flow_map.flow_map,
    "fan": fan,
    "variance": variance,
}
# Not written by every run, which would wait for them too long; `forecast plot` draws them.
ON_REQUEST = frozenset({"flows", "flow_map", "labour_gap", "labour_ranking", "labour_sections",
                        "orders", "stock_and_need"})  # fmt: skip
OF_1_JANUARY = frozenset({"pyramid"})  # their year is that of a stock, not a calendar year
SCREEN_DPI = 110
FORMATS = ("svg", "png")  # that a run writes
DRAWN_AS = ("png", "svg", "pdf")  # that a figure can be written in


def draw(
    projection: Result,
    name: str,
    *,
    lang: str | None = None,
    size: str | float = "page",
    **options: Any,
) -> Figure:
    """One figure of the registry as a matplotlib figure; `options` are those of its function.

    lang : en, ru or kk; the language of now without it
    size : column (8 cm), page (16 cm), slide, or the width in cm
    Raises InputError for a figure, an option, a language or a size that does not exist.
    """
    if lang is not None and lang not in LANGUAGES:
        raise InputError("lang", did_you_mean(lang, LANGUAGES))
    known = options_of(name)
    faults = Faults()
    for option in sorted(set(options) - known):
        message = say("the figure '{name}' has no option '{option}'", name=name, option=option)
        faults.add("", message, did_you_mean(option, sorted(known)))
    if faults:
        raise InputError("", faults)
    if options.get("region") is not None:
        options["region"] = projection.space.place(options["region"])

    def drawn() -> Figure:
        figure: Figure = FIGURES[name](projection, **options).get_figure(root=True)
        return figure

    with speaking(lang or language()):
        return drawn() if options.get("ax") is not None else printed(drawn, size)


def options_of(name: str) -> frozenset[str]:
    """The options that a figure takes; raises InputError for a figure that does not exist."""
    if name not in FIGURES:
        cure = did_you_mean(name, FIGURES, listed=len(FIGURES))
        raise InputError("", say("no figure '{name}'", name=name) + "; " + cure)
    return frozenset(signature(FIGURES[name]).parameters) - {"projection"}


def drawable(projection: Result, region: str | None = None) -> list[str]:
    """The figures that this projection has numbers for, in the order of the registry.

    A data package without outlines has no map; a run without facilities no need for them, one whose
    norms tell no sections apart no deficit by section, one that orders nothing no orders.
    region : id of a region whose own figures are asked for; those of the whole run without it
    """
    place = projection.nation if region is None else region
    missing = {"map", "flow_map"} if not projection.outlines else set()
    for name, frame in (
        ("net_migration", "components"), ("dependency", "dependency"),
        ("labour_deficit", "labour"), ("labour_gap", gap.FRAME),
        ("labour_ranking", "labour_ranking"), ("infrastructure_need", "infrastructure"),
        ("orders", "orders"), ("stock_and_need", "infrastructure"), ("flows", "flows"),
        ("flow_map", "flows"), ("fan", "quantiles"),
        ("variance", "variance"),
    ):  # fmt: skip
        rows = projection.frame(frame)
        if rows.empty or not rows["value"].notna().any():
            missing.add(name)
    for name, shown in (
        ("labour_sections", section_map.has_sections(projection)),
        ("orders", orders.kinds_of(projection, place)),
        ("stock_and_need", stock.kinds_of(projection, place)),
    ):
        if name not in missing and not shown:
            missing.add(name)
    return [name for name in FIGURES if name not in missing]


def write_figures(
    projection: Result,
    folder: str | Path,
    *,
    lang: str | None = None,
    formats: Sequence[str] = FORMATS,
    names: Sequence[str] | None = None,
) -> list[Path]:
    """Draw the figures and write them as `folder/<name>.<format>`; returns the files.

    lang    : en, ru or kk; the language of now without it
    formats : svg, png (300 dots per inch) or both
    names   : of FIGURES; without it all that the projection has numbers for, but ON_REQUEST
    The same projection gives the same bytes: no date, no random name. Each file carries its
    title and alternative text.
    The folder is made when it is not there.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    # Packing a PNG takes as long as drawing one and leaves the interpreter free meanwhile.
    with speaking(lang or language()), style.styled(), ThreadPoolExecutor(1) as packer:
        jobs = []
        if names is None:
            names = [name for name in drawable(projection) if name not in ON_REQUEST]
        for name in names:
            figure = draw(projection, name)
            title, text = headline(figure), alt_text(projection, name)
            for kind in formats:
                path = folder / f"{name}.{kind}"
                jobs.append(packer.submit(_prepared(figure, kind, title, text), path))
                written.append(path)
        for job in jobs:
            job.result()
    return written


def write_figure(figure: Figure, path: Path, kind: str, text: str) -> None:
    """Write one drawn figure as png (300 dots per inch), svg or pdf, whatever `path` ends in.

    text : its alternative text, which the file carries beside its title
    The same figure gives the same bytes.
    """
    with style.styled():
        _prepared(figure, kind, headline(figure), text)(path)


def _prepared(figure: Figure, kind: str, title: str, text: str) -> Callable[[Path], object]:
    """The figure drawn in a format: what is left to do is to put it into a file."""
    if kind == "png":
        drawn, texts = pixels(figure), {"Title": title, "Description": text}
        return lambda path: write_png(path, drawn, style.DPI, texts)
    if kind == "svg":
        drawing = svg(figure, title, text)
        return lambda path: path.write_text(drawing, encoding="utf-8")
    stream = BytesIO()
    texts = {"Title": title, "Subject": text}
    figure.savefig(stream, format="pdf", metadata={**texts, "CreationDate": None})
    return lambda path: path.write_bytes(stream.getvalue())


def headline(figure: Figure) -> str:
    """The title that stands on the page of a figure."""
    return _read([text for text in figure.texts if text.get_fontweight() == "bold"])


def explained(figure: Figure) -> str:
    """Title and explanation on the page of a figure."""
    bold = [text for text in figure.texts if text.get_fontweight() == "bold"]
    zoom = float(bold[0].get_fontsize()) / style.TITLE if bold else 1.0  # of the size printed
    plain = [text for text in figure.texts if text not in bold]
    larger = [text for text in plain if float(text.get_fontsize()) > 1.01 * zoom * style.SMALL]
    explanation = _read(larger)
    return " ".join(part for part in (headline(figure) + ".", explanation) if part)


def page_text(projection: Result, figure: Figure) -> str:
    """The alternative text of a figure where options chose what it shows, of which `alt_text`
    knows nothing: what stands on its page, and the scenario."""
    return explained(figure) + " " + say("Scenario: {title}.", title=projection.title)


def _read(lines: Sequence[Text]) -> str:
    """Lines of a page as running text: one that ends in a hyphen goes on without a space."""
    words = [line.get_text() for line in lines]
    return "".join(word if word.endswith("-") else word + " " for word in words).strip()


def svg(figure: Figure, title: str, text: str) -> str:
    """A figure as SVG with its title and description where screen readers look for them."""
    stream = StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    drawing = stream.getvalue()
    cut = drawing.index(">", drawing.index("<svg ")) + 1
    words = f"\n <title>{escape(title)}</title>\n <desc>{escape(text)}</desc>"
    return drawing[:cut] + words + drawing[cut:]


def screen(figure: Figure | Axes) -> bytes:
    """A figure as a PNG for a screen: coarser than that of a file, and packed at once."""
    drawn: Any = figure.get_figure(root=True)
    stream = BytesIO()
    with style.styled():
        drawn.savefig(stream, format="png", dpi=SCREEN_DPI, pil_kwargs={"compress_level": 1})
    return stream.getvalue()


def pixels(figure: Figure) -> np.ndarray:
    """(row, column, 4) the drawn page, 300 dots per inch."""
    canvas: Any = figure.canvas
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def alt_text(projection: Result, name: str) -> str:
    """What a figure shows, in a sentence or two for those who do not see it."""
    sentence = ALT_TEXTS[name](projection)
    return sentence + " " + say("Scenario: {title}.", title=projection.title)


def _alt_pyramid(projection: Result) -> str:
    total = row_of(population_by_year(projection), projection.nation)
    base, last = projection.base_year, projection.last_year
    return say(
        "Population pyramid of {region} by single year of age, men left and women right: "
        "{before} persons on {base}, {after} projected for {year}.",
        region=projection.space.name(projection.nation), before=number(total[base]),
        after=number(total[last]), base=date(base), year=date(last),
    )  # fmt: skip


def _alt_population(projection: Result) -> str:
    return say(
        "Lines of the population by region ({count}), observed up to {base} and projected to "
        "{year}; {extremes}.",
        count=len(projection.space), base=projection.base_year, year=projection.last_year,
        extremes=_growth_extremes(projection),
    )  # fmt: skip


def _alt_migration(projection: Result) -> str:
    table = mean_migration(projection).loc[list(projection.space.ids), "migration"]
    return say(
        "Bars of net migration by region, mean per year: most in {gain} ({gained} persons), "
        "least in {loss} ({lost} persons).",
        gain=projection.space.name(str(table.idxmax())), gained=number(table.max(), signed=True),
        loss=projection.space.name(str(table.idxmin())), lost=number(table.min(), signed=True),
    )  # fmt: skip


def _alt_dependency(projection: Result) -> str:
    base, last = projection.base_year, projection.last_year
    child = row_of(dependency_by_year(projection, "child_dependency"), projection.nation)
    old = row_of(dependency_by_year(projection, "old_age_dependency"), projection.nation)
    return say(
        "Dependency ratios of {region} and its regions, {span}: children per 100 of working age "
        "from {child_before} to {child_after}, older people from {old_before} to {old_after}.",
        region=projection.space.name(projection.nation), span=years(base, last),
        child_before=number(child[base], 1), child_after=number(child[last], 1),
        old_before=number(old[base], 1), old_after=number(old[last], 1),
    )  # fmt: skip


def _alt_labour(projection: Result) -> str:
    year, table = labour_at_horizon(projection)
    regions = table.loc[list(projection.space.ids), "labour_deficit"]
    return say(
        "Bars of the labour deficit by region in {year}, positive means short of workers: most "
        "in {short} ({most} jobs), least in {spare} ({least} jobs).",
        year=year, short=projection.space.name(str(regions.idxmax())),
        most=number(regions.max(), signed=True),
        spare=projection.space.name(str(regions.idxmin())),
        least=number(regions.min(), signed=True),
    )  # fmt: skip


def _alt_map(projection: Result) -> str:
    return say(
        "Map of the regions ({count}) shaded by population change, {span}; {extremes}.",
        count=len(projection.space), span=years(projection.base_year, projection.last_year),
        extremes=_growth_extremes(projection),
    )  # fmt: skip


def _alt_fan(projection: Result) -> str:
    rows = projection.frame("quantiles")
    last = projection.last_year
    rows = rows[(rows["measure"] == "population") & (rows["year"] == last)]
    nation = rows[rows["region"] == projection.nation].set_index("quantile")["value"]
    return say(
        "Fans of the population by region ({count}) to {year}; {region} as a whole: {low} to "
        "{high} persons in 80 % of the draws.",
        count=len(projection.space), year=date(last),
        region=projection.space.name(projection.nation), low=number(nation[0.1]),
        high=number(nation[0.9]),
    )  # fmt: skip


def _alt_variance(projection: Result) -> str:
    rows, last = projection.frame("variance"), projection.last_year
    rows = rows[(rows["year"] == last) & (rows["measure"] == "share")]
    rows = rows[rows["component"] != "all"]
    mean = rows[rows["region"].isin(projection.space.ids)].groupby("component")["value"].mean()
    name = str(mean.idxmax())
    return say(
        "Bars by region of what makes the population of {year} uncertain; on average the largest "
        "part is {component} ({share}).",
        year=date(last), component=say(COMPONENTS[name]), share=per_cent(float(mean.max())),
    )  # fmt: skip


def _growth_extremes(projection: Result) -> str:
    change = growth(projection).loc[list(projection.space.ids)]
    return say(
        "largest change in {most} ({high}), smallest in {least} ({low})",
        most=projection.space.name(str(change.idxmax())), high=per_cent(change.max(), signed=True),
        least=projection.space.name(str(change.idxmin())), low=per_cent(change.min(), signed=True),
    )  # fmt: skip


ALT_TEXTS: dict[str, Callable[[Result], str]] = {
    "pyramid": _alt_pyramid,
    "population_by_region": _alt_population,
    "net_migration": _alt_migration,
    "dependency": _alt_dependency,
    "labour_deficit": _alt_labour,
    "labour_sections": section_map.alternative,
    "labour_gap": gap.alternative,
    "infrastructure_need": needs.alternative,
    "stock_and_need": stock.alternative,
    "orders": orders.alternative,
    "map": _alt_map,
    "flows": chord.alternative,
    "flow_map": flow_map.alternative,
    "labour_ranking": ranking_text,
    "fan": _alt_fan,
    "variance": _alt_variance,
}
