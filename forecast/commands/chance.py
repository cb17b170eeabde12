"""`forecast chance`: how likely an event is, from the draws of a finished run."""

from __future__ import annotations

import json

import click
import numpy as np

from forecast import api
from forecast.words import say
from forecast.words.digits import number, per_cent


def print_chance(
    run: str,
    *,
    measure: str,
    region: str | None,
    year: int,
    above: float | None,
    below: float | None,
    as_json: bool = False,
) -> None:
    """The share of the draws in which it is so, with its standard error."""
    projection = api.load(run)
    chance = projection.probability(measure, region=region, year=year, above=above, below=below)
    values = projection.samples(measure, region=region).loc[year].to_numpy(dtype=float)
    error = float(np.sqrt(chance * (1 - chance) / len(values)))
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
    if as_json:
        found = {
            "measure": measure, "region": region or projection.nation, "year": year,
            "above": above, "below": below, "chance": chance, "standard_error": error,
            "draws": len(values), "median": float(middle), "low_80": float(low),
            "high_80": float(high),
        }  # fmt: skip
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    click.echo(
        say(
            "In {chance} of {n} draws (standard error {error}); median {middle}, 80 % of the draws "
            "from {low} to {high}.",
            chance=per_cent(100 * chance, 1), n=len(values), error=per_cent(100 * error, 1),
            middle=_short(middle), low=_short(low), high=_short(high),
        )
    )  # fmt: skip


def _short(value: float) -> str:
    return number(value, 0 if abs(value) >= 1000 else 1)
