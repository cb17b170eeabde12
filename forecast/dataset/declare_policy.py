"""Norms of settlement policy: quotas, lists of regions, how long settlers stay."""

from __future__ import annotations

from forecast.dataset.declaration import (
    Column,
    Table,
    figure,
    number,
    region,
    source,
    status,
    territory,
    text,
    word,
    year,
)
from forecast.words import mark

POLICY = (
    Table(
        "norms/settlement",
        mark("Quotas of settlement and their take-up"),
        "What the baseline contains already: published places of each year and, by region, the "
        "persons settled for each place. A lever counts only what differs from it. `all` holds the "
        "share in working age, `permits` those of foreign workers and the share of the labour "
        "force that the law admits by permit.",
        (
            word("stream", "Stream", "kandas", "resettlers", "permits", "all"),
            territory("Region or nation"),
            word(
                "measure", "Measure", "places", "take_up", "working_age_share", "labour_force_share"
            ),
            year(),
            *figure("Value", minimum=0),
        ),
        key=("stream", "region", "measure", "year"),
        units=("persons", "permits", "share"),
    ),
    Table(
        "norms/settlement_lists",
        mark("Regions in which each stream is settled"),
        "The legal lists: 1 for a region of the list of a stream; a list holds until the next one. "
        "A quota has places in no other region.",
        (
            word("stream", "Stream", "kandas", "resettlers"),
            region(),
            year("Year from which the list holds"),
            *figure("1 where the region is on the list", minimum=0, maximum=1),
        ),
        key=("stream", "region", "year"),
        units=("flag",),
    ),
    Table(
        "norms/quota",
        mark("What the allocation of the quota assumes"),
        "One number a row, of the latest year. `item` is a qualification, a weight of the "
        "objective, the low or high end, or the size of a family. Support is in units of account "
        "(norms/price_index).",
        (
            word("measure", "Measure", "weight", "change_limit", "take_up", "stay",
                 "qualification", "relocation", "rent_month", "rent_months", "certificate",
                 "certificate_share", "family_share"),
            word("stream", "Stream", "kandas", "resettlers", "all"),
            text("item", "Which of several", blank=True),
            year(),
            *figure("Value", minimum=0),
        ),
        key=("measure", "stream", "item", "year"),
        units=("points", "share", "months", "units of account"),
    ),
    Table(
        "norms/retention",
        mark("How long people settled with support stay"),
        "Share still there by whole years since arrival; `forecast retention` writes such rows "
        "from records. A row of the nation holds where a region has none; without the table the "
        "people whom levers bring stay as others do. A share does not rise with the years.",
        (
            word("stream", "Stream", "kandas", "resettlers"),
            territory("Region or nation"),
            Column("years", "integer", "Whole years since arrival", minimum=1, maximum=50),
            number("value", "Share still there", minimum=0, maximum=1),
            Column(
                "low",
                "number",
                "Lower end of its 95 % interval",
                minimum=0,
                maximum=1,
                blank=True,
                optional=True,
            ),
            Column(
                "high",
                "number",
                "Upper end of its 95 % interval",
                minimum=0,
                maximum=1,
                blank=True,
                optional=True,
            ),
            Column("unit", "unit", "Unit of the value"),
            status(),
            source(),
            Column("note", "text", "Doubts, what was inferred", blank=True, optional=True),
        ),
        key=("stream", "region", "years"),
        units=("share",),
    ),
)  # fmt: skip
