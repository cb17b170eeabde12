"""The main results of a run on the screen."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pandas as pd

from forecast.gains import gains_sentence
from forecast.projection import Projection
from forecast.shell import show_table, tell, width
from forecast.space import Space
from forecast.words import say
from forecast.words.digits import number

WIDTH = 110  # of running text on the screen


def show(projection: Projection, folder: Path, *, figures: bool = True) -> None:
    """The main results on the screen: regions, what stands behind them, where the rest is.

    figures : whether they were drawn with it
    """
    first, last = projection.base_year, projection.last_year
    click.echo()
    click.echo(projection.title)
    click.echo()
    years = _level_years(projection)
    click.echo(say("Population on 1 January, labour deficit and added school places, thousand"))
    headings = (
        say("Region"),
        str(first),
        str(last),
        say("change"),
        say("{year}, 80 % of\n{n} draws", year=last, n=projection.draws)
        if projection.draws
        else say("{year}, moves as in\n{low} to {high}", year=last, low=years[0], high=years[-1]),
        say("labour deficit\n{year}", year=last - 1),
        say("school places\nadded by {year}", year=last),
    )
    show_table(headings, _rows(projection))
    click.echo()
    click.echo(say("Labour deficit: positive where workers are short."))
    click.echo()
    _show_points(projection)
    show_gains(projection.frame("response"), projection.space)
    for note in projection.frame("notes").to_dict("records"):
        status = say(str(note["status"]))
        text = f"{note['subject']}: {note['text']} ({note['source']}; {status})"
        click.echo(click.wrap_text(text, width=min(WIDTH, width()), subsequent_indent="  "))
    click.echo()
    from forecast.report.figures import ON_REQUEST, drawable

    if figures:
        tell(say("Written to {folder}: tables.xlsx, figures, Parquet tables.", folder=folder))
    else:
        tell(say("Written to {folder}: tables.xlsx, Parquet tables.", folder=folder))
    more = [name for name in drawable(projection) if name in ON_REQUEST]
    if more:
        command = " ".join(("forecast plot", shlex.quote(str(folder)), *more))
        tell(say("More figures, of labour, orders and who moves where: {command}", command=command))
    if projection.scenario == "baseline":
        tell(say("Next: {command}", command="forecast list, forecast run NAME"))


def show_gains(response: pd.DataFrame, space: Space, *, whose: str = "") -> None:
    """Who gains people by drivers and who loses them, in one sentence; nothing where nobody does.

    response : year, origin, destination, value, as in the table of that name
    whose    : said before it
    """
    text = gains_sentence(response, space)
    if text:
        text = f"{whose}: {text}" if whose else text
        click.echo(click.wrap_text(text, width=min(WIDTH, width()), subsequent_indent="  "))
        click.echo()


def _show_points(projection: Projection) -> None:
    """What each growth point brings: people, not lost in the sums of its region."""
    frame = projection.frame("growth_points")
    if frame.empty:
        return
    last = projection.last_year
    plain = frame[(frame["kind"] == "total") & (frame["origin"] == "total")]
    by = ["growth_point", "measure", "year"]  # people live in one region or in several
    plain = plain.groupby(by, sort=False)["value"].sum().reset_index()
    school = frame[(frame["measure"] == "need") & (frame["kind"] == "school_place")]
    school = school.groupby(by, sort=False)["value"].sum().reset_index()
    headings = (
        say("Growth point"),
        say("permanent jobs\n{year}", year=last - 1),
        say("construction workers\nat the peak"),
        say("arrivals\nuntil {year}", year=last - 1),
        say("people\n1 January {year}", year=last),
        say("workers\namong them"),
        say("school places\nthey need"),
    )
    _tell_unmet(projection, frame)
    rows = []
    for point, part in plain.groupby("growth_point", sort=False):
        value = {str(name): rows_["value"] for name, rows_ in part.groupby("measure")}
        places = school[(school["growth_point"] == point) & (school["year"] == last)]["value"]
        rows.append(
            [
                projection.point_names.get(str(point), str(point)),
                number(value["jobs"].iloc[-1]) if "jobs" in value else say("unknown"),
                number(value["construction_jobs"].max()) if "construction_jobs" in value else "",
                number(value["arrivals"].sum()),
                number(value["people"].iloc[-1]),
                number(value["workers"].iloc[-1]),
                number(places.iloc[0] if len(places) else None),
            ]
        )
    show_table(headings, rows)
    click.echo()
    held = frame[frame["measure"] == "held_back"].groupby("growth_point")["value"].last()
    for point in held.index[held > 1]:
        name = projection.point_names.get(str(point), str(point))
        tell(say("warning: {name}: {n} people wait for room at the end of the run; until then they "
                 "stay where they are", name=name, n=number(float(held[point]))))  # fmt: skip
    _show_plans(projection, frame)


def _tell_unmet(projection: Projection, frame: pd.DataFrame) -> None:
    """Warn of people whom a point calls in vain: those of all years for jobs, whose call is a
    change; of the last year for planned people, whose call is a gap that comes again."""
    jobs = set(frame.loc[frame["measure"] == "jobs", "growth_point"])
    for point, part in frame[frame["measure"] == "unmet"].groupby("growth_point"):
        driven = point in jobs
        missing = float(part["value"].sum() if driven else part["value"].iloc[-1])
        if missing <= 1:
            continue
        name = projection.point_names.get(str(point), str(point))
        text = say("warning: {name} calls {n} people who are nowhere to be found; its plan is not "
                   "met", name=name, n=number(missing))  # fmt: skip
        if driven:
            text = say(
                "warning: {name} calls {n} people who are nowhere to be found; its jobs stay open",
                name=name, n=number(missing),
            )  # fmt: skip
        tell(text)


def _show_plans(projection: Projection, frame: pd.DataFrame) -> None:
    """What the plans say of the years of the run, beside the forecast of the same places."""
    keys = ["growth_point", "year"]
    claims = frame[frame["measure"] == "plan_population"][[*keys, "value"]]
    place = frame[frame["measure"] == "place_population"][[*keys, "value"]]
    both = claims.merge(place, on=keys, suffixes=("_plan", "_place"))
    if both.empty:
        return
    rows = [
        [
            projection.point_names.get(str(line["growth_point"]), str(line["growth_point"])),
            str(line["year"]),
            thousand(line["value_plan"]),
            thousand(line["value_place"]),
            thousand(line["value_place"] - line["value_plan"], signed=True),
        ]
        for line in both.to_dict("records")
    ]
    click.echo(say("Population that plans claim and that this run gives, thousand"))
    headings = (
        say("Growth point"), say("1 January"), say("plan"), say("this run"), say("difference"),
    )  # fmt: skip
    show_table(headings, rows)
    click.echo(
        say("A plan that drives its place is met as far as people are found; it is no forecast.")
    )
    click.echo()


def _level_years(projection: Projection) -> list[str]:
    return sorted({level.removeprefix("level-") for level in projection.frame("levels")["level"]})


def _rows(projection: Projection) -> list[list[str]]:
    first, last = projection.base_year, projection.last_year
    people = projection.frame("population")
    start = _sums(people[people["year"] == first], projection.nation)
    end = _sums(people[people["year"] == last], projection.nation)
    levels = projection.frame("levels")
    levels = levels[levels["year"] == last]
    paths = [
        _sums(levels[levels["level"] == level], projection.nation)
        for level in sorted(levels["level"].unique())
    ]
    if projection.draws:
        drawn = projection.quantiles("population", levels=(0.1, 0.9)).xs(last, level="year")
        paths = [
            {str(region): float(value) for region, value in drawn[level].items()}
            for level in (0.1, 0.9)
        ]
    labour = projection.frame("labour")
    short = labour["measure"].eq("labour_deficit") & labour["section"].eq("total")
    deficit = _sums(labour[short & labour["year"].eq(last - 1)])
    needs = projection.frame("infrastructure")
    school = needs["measure"].eq("added_need") & needs["kind"].eq("school_place")
    places = _sums(needs[school & needs["year"].eq(last)])
    return [
        [
            projection.space.name(region),
            thousand(start[region]),
            thousand(end[region]),
            thousand(end[region] - start[region], signed=True),
            f"{thousand(paths[0][region])} \u2192 {thousand(paths[-1][region])}",
            thousand(deficit.get(region), signed=True),
            thousand(places.get(region), signed=True),
        ]
        for region in (*projection.space.ids, projection.nation)
    ]


def thousand(value: float | None, *, signed: bool = False) -> str:
    return number(None if value is None else value / 1000, 1, signed=signed)


def _sums(frame: pd.DataFrame, nation: str | None = None) -> dict[str, float]:
    """Sums by region; with `nation`, their sum stands under it."""
    sums = {str(k): float(v) for k, v in frame.groupby("region")["value"].sum().items()}
    if nation is not None:
        sums[nation] = sum(sums.values())
    return sums
