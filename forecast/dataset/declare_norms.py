"""Norms: what is assumed or ruled, and may be edited by a planner."""

from __future__ import annotations

from dataclasses import replace

from forecast.dataset.declaration import (
    Column,
    Table,
    age,
    ages,
    figure,
    number,
    region,
    sex,
    source,
    status,
    territory,
    text,
    word,
    year,
)
from forecast.dataset.declare_policy import POLICY
from forecast.elasticities import DRIVERS, SIDES, TABLE, UNITS
from forecast.scenario.measures import MEASURES
from forecast.tables import STATUSES
from forecast.words import mark

LANGUAGES = ("en", "ru", "kk")


def names(of_what: str) -> tuple[Column, ...]:
    return tuple(text(f"name_{lang}", f"Name of {of_what} ({lang})") for lang in LANGUAGES)


def share(name: str, description: str) -> Column:
    return number(name, description, minimum=0, maximum=1)


def unit_cost(level: str) -> Column:
    description = f"Cost of one unit, {level}, in units of account (norms/price_index)"
    return number(f"cost_{level}", description, minimum=0, blank=True)


def of_kind() -> tuple[Column, Column]:
    return territory("Region or nation"), text("kind", "Kind of norms/facilities")


def units_of_kind() -> tuple[Column, ...]:
    return (
        number("units", "Units", minimum=0),
        text("unit", "Unit of the kind"),
        status(),
        source(),
        text("note", "Doubts, what was inferred", blank=True),
    )


LABOUR = (
    Table(
        "norms/participation",
        mark("Participation in the labour force by sex and age"),
        "National pattern. `pension` tells bands that hold whatever the pensionable age from those "
        "before and after it; ages below the first band take no part.",
        (sex(), *ages(), word("pension", "Before or after the pensionable age", "any", "before",
                              "after"),
         *figure("Labour force per person", minimum=0, maximum=1)),
        key=("sex", "age_from", "pension"),
        units=("labour force per person",),
    ),
    Table(
        "norms/pension_age",
        mark("Pensionable age"),
        "By sex and calendar year; the last year holds afterwards.",
        (sex(), year(), *figure("Pensionable age", minimum=40, maximum=80)),
        key=("sex", "year"),
        units=("years",),
        complete=("sex", "year"),
    ),
    Table(
        "norms/labour",
        mark("What the labour balance assumes"),
        "One number a row.",
        (text("parameter", "Parameter"), *figure("Value", minimum=0)),
        key=("parameter",),
        units=("labour force per person", "share", "years", "calendar year", "share a year",
               "jobs per employed person", "employed residents per job", "log per log"),
    ),
    Table(
        "norms/input_output",
        mark("Jobs that live on other jobs"),
        "Jobs of the supplying section for each job of the using one, in the nation. Without the "
        "table growth points that count their direct jobs have the multiplier of the economic "
        "base.",
        (text("supplier", "Section that supplies"), text("user", "Section that uses"),
         *figure("Jobs of the supplier for one of the user", minimum=0)),
        key=("supplier", "user"),
        units=("jobs per job",),
    ),
    Table(
        "norms/qualifications",
        mark("Qualifications that jobs ask for"),
        "Shares of the jobs of each section of activity; they sum to 1.",
        (text("section", "Letter of norms/sections"),
         word("qualification", "Qualification", "higher", "tvet", "none"),
         *figure("Share of the jobs of the section", minimum=0, maximum=1)),
        key=("section", "qualification"),
        units=("share of jobs",),
    ),
    Table(
        "norms/training",
        mark("Study by qualification"),
        "How long it takes and which part of those who begin completes it.",
        (word("qualification", "Qualification", "higher", "tvet"),
         number("duration_years", "Years from the first day to work", minimum=0, maximum=10),
         share("completion_share", "Share of those who begin"),
         status(), source(), text("note", "Doubts, what was inferred", blank=True)),
        key=("qualification",),
    ),
    Table(
        "norms/deficit_regions",
        mark("Official list of regions short of workers"),
        "1 for each region of the list; the list of the latest year stands beside the deficit.",
        (region(), year("Year for which the list holds"),
         *figure("1 where the region is on the list", minimum=0, maximum=1)),
        key=("region", "year"),
        units=("flag",),
    ),
    Table(
        "norms/commuting",
        mark("Commuting between a city and its ring"),
        "How many of the employed of one region may come to work in another beside those who do: "
        "a rung of the gap ladder. A pair without a row has none.",
        (
            Column("home", "region", "Region where they live"),
            Column("work", "region", "Region where they work"),
            share("limit", "Share of the employed of the home region"),
            Column("unit", "unit", "Unit of the limit"),
            status(),
            source(),
            text("note", "Doubts, what was inferred", blank=True),
        ),
        key=("home", "work"),
        units=("share of the employed",),
    ),
    Table(
        "norms/sections",
        mark("Sections of activity"),
        "Sections with the sector of each. `word` is what a scenario may call it beside its "
        "letter and names; one section has the role construction, services that no market calls "
        "have the role public.",
        (text("section", "Letter"), text("sector", "Sector of observed/employment_sector"),
         text("role", "construction, public, or empty", blank=True), text("word", "Short name"),
         *names("the section"), status(), source()),
        key=("section",),
    ),
)  # fmt: skip

INFRASTRUCTURE = (
    Table(
        "norms/facilities",
        mark("Kinds of facility"),
        "Who uses it, how much of it users need, what a unit costs. A kind is added by a row. "
        "Users are `rate` of the people of these ages, of the first and last age only the share "
        "given; need = users x per_1000 / 1000 / (shifts x usable_share).",
        (
            text("kind", "Id of the kind"),
            *names("the kind"),
            text("unit", "Id of its unit"),
            *(text(f"unit_{lang}", f"Name of its unit ({lang})") for lang in LANGUAGES),
            sex(total=True),
            age("age_from", "First age of its users"),
            age("age_to", "Last age of its users, included; 100 is open"),
            share("first_age_share", "Share of the first age who count"),
            share("last_age_share", "Share of the last age who count"),
            share("rate", "Share of these people who use it"),
            share("camp_rate", "Share of the construction workers in camps who use it"),
            number("per_1000", "Units for each 1,000 users", minimum=0),
            number("shifts", "How often a unit is used anew each day", minimum=1, maximum=3),
            share("usable_share", "Share of the units that can be used"),
            *(unit_cost(level) for level in ("low", "central", "high")),
            number("lead_time_years", "Years from order to first user", minimum=0, blank=True),
            number("life_years", "Years until it is replaced", minimum=0, blank=True),
            number(
                "retired_share",
                "Share of the stock that falls out of use in a year, where "
                "norms/vintages says nothing",
                minimum=0,
                maximum=1,
                blank=True,
            ),
            number(
                "persist_years",
                "Years for which a need must last to be worth a building",
                minimum=0,
                maximum=15,
                blank=True,
            ),
            text(
                "module_sizes",
                "Units of the buildings that there are, rising, with ; between; "
                "1 for single units; empty for a kind that is not ordered, as posts",
                blank=True,
            ),
            word("role", "Whether it can hold arrivals back", "binding", "reported"),
            text("act", "Act with number and date", blank=True),
            status(),
            source(),
            word("cost_status", "What the cost is", *STATUSES, "unknown"),
            text("cost_source", "Publisher and route of the cost", blank=True),
            text("module_source", "Publisher and route of the sizes", blank=True),
            text("note", "Doubts, what was inferred", blank=True),
        ),
        key=("kind",),
    ),
    Table(
        "norms/capacities",
        mark("Stock of facilities"),
        "Units that stand on 1 January, where they are published or follow from what is. A region "
        "without a row is unknown, never 0.",
        (
            territory("Region or nation"),
            text("kind", "Kind of norms/facilities"),
            year("Year of the 1 January"),
            number("value", "Units", minimum=0),
            text("unit", "Unit of the kind"),
            status(),
            source(),
            text("note", "Doubts, what was inferred", blank=True),
        ),
        key=("region", "kind", "year"),
    ),
    Table(
        "norms/vintages",
        mark("Stock of facilities by year of building"),
        "Units that were built in a band of years and stand still. They fall out of use evenly, "
        "life_years of the kind after they were built; what is older than its life by then stays.",
        (
            *of_kind(),
            replace(year("First year of building"), name="year_from"),
            replace(year("Last year of building"), name="year_to"),
            *units_of_kind(),
        ),
        key=("region", "kind", "year_from"),
    ),
    Table(
        "norms/pipeline",
        mark("Facilities that are being built"),
        "Units to be finished in a calendar year and how likely that is. Years before the stock "
        "was counted are in it already.",
        (
            *of_kind(),
            year("Calendar year of completion"),
            share("probability", "How likely it is that they are finished then"),
            *units_of_kind(),
        ),
        key=("region", "kind", "year"),
    ),
    Table(
        "norms/backlog",
        mark("Published shortages of facilities"),
        "Units that are short, and users who are taught or served beyond the shifts allowed, on 1 "
        "January as published; a figure holds until the next one.",
        (
            *of_kind(),
            year("Year of the 1 January"),
            word("measure", "What is counted", "units_short", "users_beyond_shifts"),
            number("value", "Units or persons", minimum=0),
            text("unit", "Unit of the kind, or persons"),
            status(),
            source(),
            text("note", "Doubts, what was inferred", blank=True),
        ),
        key=("region", "kind", "measure", "year"),
    ),
    Table(
        "norms/price_index",
        mark("Unit of account of costs"),
        "Money for one unit in which costs of facilities are stated; the last year prices a run.",
        (year(), *figure("Money for one unit of account", minimum=0)),
        key=("year",),
        units=("{currency}",),
    ),
)

MOVES = (
    Table(
        TABLE,
        mark("Elasticities of moves between regions"),
        "How moves answer to a change of what draws people to a region, at either end of a move: "
        "measured, in the country of the row, or assumed. A run with drivers needs them.",
        (
            word("driver", "What changes", *DRIVERS),
            word("side", "Region that people leave or reach", *SIDES),
            number("standard_error", "Standard error as measured", minimum=0),
            number("transfer_error", "Error of its use elsewhere, added in quadrature; assumption",
                   minimum=0),
            text("country", "Where it was measured, ISO 3166-1; empty for an assumption",
                 blank=True),
            text("years", "Years of the measurement; empty for an assumption", blank=True),
            text("method", "How it was measured"),
            *figure("Change of the log of moves for a change of one of the driver"),
        ),
        key=("driver", "side"),
        units=tuple(dict.fromkeys(UNITS.values())),
    ),
)  # fmt: skip

PLANS = (
    Table(
        "norms/plan_ratios",
        mark("Ratios that a plan is held against"),
        "Bands for what a plan claims, for each 1,000 of `per` or for each one: outside of them "
        "the audit of a plan asks. A row is a measure of `plan.claims`; a planner may edit it.",
        (
            word("measure", "Measure of a claim", *MEASURES),
            word("per", "Measure by which it is divided", *MEASURES),
            number("low", "Lower end of the band", minimum=0),
            number("high", "Upper end of the band", minimum=0),
            Column("unit", "unit", "Unit of both ends"),
            status(),
            source(),
            Column("note", "text", "Doubts, what was inferred", blank=True, optional=True),
        ),
        key=("measure", "per"),
        units=("per 1000", "m2 per person"),
    ),
)

NORMS = (*LABOUR, *INFRASTRUCTURE, *POLICY, *MOVES, *PLANS)
