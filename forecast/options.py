"""Options that several commands of the shell share."""

from __future__ import annotations

import click

from forecast.words import LANGUAGES, say

# The figures of forecast.report.figures, named here so that help needs no table library.
FIGURE_KINDS = (
    "pyramid", "population_by_region", "net_migration", "dependency", "labour_deficit",
    "labour_sections", "labour_gap", "labour_ranking", "infrastructure_need", "stock_and_need",
    "orders", "map", "flows", "flow_map", "fan", "variance",
)  # fmt: skip


def lang() -> click.Option:
    text = say("language of texts and figures: {known}", known=", ".join(LANGUAGES))
    return click.Option(["--lang"], type=click.Choice(LANGUAGES), help=text)


def data() -> click.Option:
    text = say("data package: a name or a folder; the shipped one without it")
    return click.Option(["--data"], metavar="PKG", help=text)


def draws(default: int | None = None) -> tuple[click.Option, click.Option]:
    many = say("draws from which intervals are taken (default: the central path alone)")
    if default is not None:
        many = say("draws from which intervals are taken (default {n})", n=default)
    seed = say("the same seed gives the same draws (default 1)")
    return (
        click.Option(["--draws"], type=int, default=default, metavar="N", help=many),
        click.Option(["--seed"], type=int, default=1, metavar="N", help=seed),
    )


def quiet() -> click.Option:
    return click.Option(["--quiet"], is_flag=True, help=say("print nothing but faults"))


def json() -> click.Option:
    return click.Option(["--json", "as_json"], is_flag=True, help=say("print JSON"))
