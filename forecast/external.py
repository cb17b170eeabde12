"""Migration across the border in a run: paths by year, streams of immigration, and their draws.

Immigration is persons a year and comes in streams, each with its regions and ages; emigration is
a rate of those who live here. The parameters are fitted when the data is built, see
estimate/external_model.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.assumptions import Note
from forecast.fitted import Fitted, fitted
from forecast.migration.internal import by_age_reached
from forecast.space import STREAMS
from forecast.tables import Schedule
from forecast.words import mark, say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario.schema import ExternalMigration as ExternalSaid

Array = NDArray[np.float64]

COMPONENT = "external"
STREAM_WORDS = {
    "kandas_quota": mark("kandas in the quota"),
    "kandas_free": mark("kandas outside the quota"),
    "labour": mark("labour migrants"),
    "students": mark("students"),
    "other": mark("other immigrants"),
}


class ExternalPath(NamedTuple):
    """Migration across the border, by calendar year.

    immigration : (year, sex, age, region) persons
    emigration  : (year, sex, age, region) share of survivors who leave in the year
    streams     : (stream, year, region) persons of each stream, which sum to the immigration
    note        : what it rests on
    """

    immigration: Array
    emigration: Array
    streams: Array
    note: Note


class ExternalDraws(NamedTuple):
    """(year, region, draw) factors of both flows, with the median 1 for the nation."""

    immigration: Array
    emigration: Array


def external_path(
    dataset: Dataset, years: Sequence[int], said: ExternalSaid, population: Array
) -> ExternalPath:
    """Both flows over calendar `years`, by the variant or the streams of the scenario.

    population : (sex, age, region) persons on 1 January of the base year, whom the rate of
                 emigration is of
    """
    model = fitted(dataset, COMPONENT)
    regions = dataset.space.ids
    variant = said.variant or "medium"
    ending = "" if variant == "medium" else f"_{variant}"
    total = model.by_year(f"immigration{ending}", years)
    rate = model.by_year(f"emigration_rate{ending}", years)
    parts = np.array([model.number(f"{stream}_share") for stream in STREAMS])
    persons = total * (parts / parts.sum())[:, None]  # the table is rounded, the sums are not
    given = _given(said, years)
    persons = np.where(np.isnan(given), persons, given)
    spread = np.stack([model.by_region(f"{stream}_regions", regions) for stream in STREAMS])
    streams = persons[:, :, None] * (spread / spread.sum(axis=1, keepdims=True))[:, None, :]
    ages = np.stack([model.by_age(f"{stream}_ages") for stream in STREAMS])
    ages /= ages.sum(axis=(1, 2), keepdims=True)
    immigration = np.einsum("kyr,ksa->ysar", streams, ages)
    leaving = schedule(dataset, "emigration")
    exposed = np.einsum("sa,sar->r", leaving, population)
    departures = population.sum() * rate[:, None] * model.by_region("emigration_share", regions)
    by_age = by_age_reached(leaving)
    by_age[:, 0] /= 2  # newborns live half a year of it
    emigration = -np.expm1(-by_age[:, :, None] * (departures / exposed)[:, None, None, :])
    note = _note(dataset, model, said, persons, departures.sum(axis=1))
    return ExternalPath(immigration, emigration, streams, note)


def external_draws(
    dataset: Dataset, years: Sequence[int], generator: np.random.Generator, draws: int
) -> ExternalDraws:
    """Factors of immigration and emigration: the process of the nation times regional shares.

    The first draws are the same however many there are, and whatever the years. Regional
    deviations are of unknown shares and last; they leave the total of the nation as it is drawn.
    """
    model = fitted(dataset, COMPONENT)
    regions = dataset.space.ids
    start = dataset.last_year_observed
    ahead = max(model.years("immigration")) - start
    normals = generator.standard_normal((draws, 2, ahead + len(regions)))
    shocks = np.moveaxis(normals[:, :, :ahead], 0, -1)  # (flow, year, draw)
    together = model.number("correlation")
    shocks[1] = together * shocks[0] + np.sqrt(1 - together**2) * shocks[1]
    places = np.asarray(years) - start - 1
    found = []
    for flow, (name, of) in enumerate((("immigration",) * 2, ("emigration_rate", "emigration"))):
        sigma, rho = model.number(f"{name}_sigma"), model.number(f"{name}_rho")
        nation = process_paths(shocks[flow], sigma, rho)[places]
        share = model.by_region(f"{of}_share", regions)
        error = model.by_region(f"{of}_share_error", regions)
        region = share_factors(share, error, normals[:, flow, ahead:].T)
        found.append(np.exp(nation)[:, None, :] * region)
    return ExternalDraws(*found)


def process_paths(shocks: Array, sigma: float, rho: float) -> Array:
    """(year, draw) deviations, log: rho times that of the year before and a new shock.

    shocks : (year, draw) standard normal numbers; the year before the first has no deviation
    """
    found = np.zeros_like(shocks)
    before = np.zeros(shocks.shape[1:])
    for place, shock in enumerate(shocks):
        before = rho * before + sigma * shock
        found[place] = before
    return found


def share_factors(share: Array, error: Array, normals: Array) -> Array:
    """(region, draw) factors of the shares of regions after which they still sum to 1.

    share, error : (region,) share and its log standard deviation; normals : (region, draw)
    """
    factor = np.exp(error[:, None] * normals)
    total: Array = factor * share.sum() / (share[:, None] * factor).sum(axis=0)
    return total


def schedule(dataset: Dataset, stream: str) -> Array:
    """(sex, age) of the people of one kind of migration: internal, emigration, immigration."""

    def read() -> Array:
        frame = dataset.table("estimated/migrant_age")
        chosen, source = frame[frame["stream"] == stream], f"estimated/migrant_age.csv {stream}"
        return Schedule.from_frame(chosen, dataset.space, source=source).values

    found: Array = dataset.once(("schedule", stream), read)
    return found


def _given(said: ExternalSaid, years: Sequence[int]) -> Array:
    """(stream, year) persons that the scenario sets, NaN where it says nothing."""
    given = np.full((len(STREAMS), len(years)), np.nan)
    for place, stream in enumerate(STREAMS):
        series = getattr(said.streams, stream, None)
        if series is not None:
            given[place] = series.over(years)
    return given


def _note(
    dataset: Dataset, model: Fitted, said: ExternalSaid, persons: Array, departures: Array
) -> Note:
    """Levels, why they go on, and what is known of the streams."""
    first, last = (number(float(persons[:, at].sum())) for at in (0, -1))
    gone, later = (number(float(departures[at])) for at in (0, -1))
    year = dataset.last_year_observed
    if said.net is not None:
        text = say(
            "Net migration follows the path of the scenario; immigration rises and emigration "
            "falls in the same proportion from {arrivals} and {departures} persons a year.",
            arrivals=first, departures=gone,
        )  # fmt: skip
    elif said.variant in ("low", "high"):
        text = say(
            "{variant}: immigration goes from {first} persons in the first year to "
            "{last} in the last one, emigration, at the rates of these years, from {gone} to "
            "{later} of the people of today. One in ten outcomes lies beyond it.",
            variant=say(VARIANTS[said.variant]), first=first, last=last, gone=gone, later=later,
        )  # fmt: skip
    elif said.streams is not None:
        text = say(
            "Immigration by the streams of the scenario: {first} persons in the first year, {last} "
            "in the last one. Streams without a number follow the medium variant, as does "
            "emigration.",
            first=first, last=last,
        )  # fmt: skip
    else:
        text = say(
            "Immigration {arrivals} persons a year, emigration at the rate of {departures} persons "
            "a year.",
            arrivals=first, departures=gone,
        )  # fmt: skip
        text += " " + _why(dataset, model, year)
    text += " " + _streams_text(persons[:, 0])
    source = say("registered migration; regional shares and streams estimated")
    return Note(say("External migration"), text, source, "estimated")


VARIANTS = {"low": mark("Low net migration"), "high": mark("High net migration")}
MODEL_WORDS = {
    "last value": mark("the last year goes on"),
    "mean of three years": mark("the mean of the last three years goes on"),
    "random walk": mark("the last year goes on, ever less surely"),
    "autoregression": mark("a return to the mean since the last break"),
    "damped trend": mark("a trend that fades"),
}
USUAL = "mean of three years"  # what the others are told against


def _why(dataset: Dataset, model: Fitted, year: int) -> str:
    """Which model was taken and how it did, in words; its scores are in estimated/validation."""
    unscored = say("The level of {year} goes on.", year=year)
    if not dataset.has("estimated/validation"):
        return unscored
    scores = dataset.table("estimated/validation")
    scores = scores[(scores["component"] == COMPONENT) & (scores["first"] == 1)]
    scores = scores[scores["measure"] == "mean_absolute_error"]
    if scores.empty:
        return unscored
    told = []
    for name, words in (
        ("immigration", mark("immigration")), ("emigration rate", mark("emigration")),
    ):  # fmt: skip
        rows = scores[scores["candidate"].str.startswith(f"{name}, ")]
        errors = dict(zip(rows["candidate"].str.partition(", ")[2], rows["value"], strict=True))
        chosen = rows.loc[rows["chosen"] == "yes", "candidate"].str.partition(", ")[2]
        for candidate in chosen[chosen.isin(MODEL_WORDS)].head(1):
            told.append(say(
                "{flow}: {model} (missed by {error} one or two years ahead; the mean of the last "
                "three years by {other})",
                flow=say(words), model=say(MODEL_WORDS[candidate]),
                error=per_cent(100 * np.expm1(errors[candidate]), 0),
                other=per_cent(100 * np.expm1(errors.get(USUAL, np.nan)), 0),
            ))  # fmt: skip
    if not told:
        return unscored
    return say(
        "Models were held against what came since {since}, when the mass departure was over, and "
        "the simplest of those that did best was taken: {models}.",
        since=int(model.number("settled_since")), models="; ".join(told),
    )  # fmt: skip


def _streams_text(persons: Array) -> str:
    """The streams of the first year, in words."""
    parts = ", ".join(
        f"{say(STREAM_WORDS[stream])} {number(float(size))}"
        for stream, size in zip(STREAMS, persons, strict=True) if size > 0
    )  # fmt: skip
    return say(
        "Of the immigrants of the first year: {parts}. A status given to somebody who lives here "
        "already is no arrival, so kandas are at most the registered arrivals from their "
        "countries. Of labour migrants and students among the registered nothing is published: "
        "they are among the others, and workers with a permit are no residents.",
        parts=parts,
    )  # fmt: skip
