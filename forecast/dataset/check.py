"""What the tables of a package say together: balances, margins, sums, and the descriptor.

Loading has checked each table alone; here they are held against each other. A difference that
the publisher left in is listed, not hidden; one that must not be is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from forecast.dataset.declaration import Table
from forecast.dataset.declare import OFFICIAL, TABLES
from forecast.dataset.finding import KINDS, Finding
from forecast.dataset.judge import judge
from forecast.dataset.package import Dataset, country_of
from forecast.dataset.series import breaks_of, parts_of, without_double_count
from forecast.dataset.strays import descriptor_findings, stray_findings
from forecast.elasticities import TABLE as ELASTICITIES
from forecast.elasticities import Elasticities
from forecast.errors import Faults, InputError
from forecast.staying import TABLE as RETENTION
from forecast.staying import table_shares
from forecast.words import say
from forecast.words.digits import number, per_cent

RATE_TOLERANCE = 1.0  # crude birth and death rates, per 1000
RATES_TOLERANCE = 0.01  # births and deaths by estimated rates, relative
PERSON = 0.5  # sums of whole persons may differ by rounding, never by a person


def check_package(dataset: Dataset) -> list[Finding]:
    """Every finding about a loaded package, faults first.

    Each table anew; the descriptor; sums of regions against the nation; the balance of the
    nation; internal migration; and, where the estimates are built, their margins and balances.
    """
    steps = (
        _tables, descriptor_findings, stray_findings, _sums, _national_balance, _internal_net,
        _population_margins, _former_margins, _component_balance, _events,
        _rates, _flows, _crude_rates, _elasticities, _retention,
    )  # fmt: skip
    found = [_of_file(finding, dataset) for step in steps for finding in step(dataset)]
    order = {kind: place for place, kind in enumerate(KINDS)}
    return sorted(found, key=lambda finding: order[finding.kind])


def _of_file(finding: Finding, dataset: Dataset) -> Finding:
    """The finding under the name of the official table, where that stands for the estimate."""
    official = OFFICIAL.get(finding.table, "")
    return replace(finding, table=official) if official in dataset.tables else finding


def _tables(dataset: Dataset) -> Iterator[Finding]:
    """Every table against its declaration, also those that were found sound before."""
    faults = Faults()
    judge(dataset.tables, dataset.contents, country_of(dataset), faults)
    for fault in faults:
        yield Finding("fault", fault.where, "; ".join(filter(None, (fault.message, fault.cure))))


def _sums(dataset: Dataset) -> Iterator[Finding]:
    """The sum of regions is the nation in every table, or the difference is listed."""
    for table in TABLES.values():
        if table.sums and dataset.has(table.name):
            yield from _sums_of(dataset, table)


def _sums_of(dataset: Dataset, table: Table) -> Iterator[Finding]:
    frame = dataset.table(table.name)
    frame = frame[~frame["unit"].str.startswith("percent")]
    parts = parts_of(dataset)
    rest = [name for name in table.key if name != "region"]
    short = 0
    for cell, rows in frame.groupby(rest, sort=True):
        values = rows.set_index("region")["value"]
        if dataset.nation not in values.index:
            continue
        chosen, covered = without_double_count(values.index.drop(dataset.nation), parts)
        if not _covers(dataset, table, covered):
            short += bool(chosen)
            continue
        difference = values[chosen].sum() - values[dataset.nation]
        if abs(difference) > PERSON:
            where = ", ".join(str(part) for part in (cell if isinstance(cell, tuple) else (cell,)))
            yield Finding("listed", table.name, say(
                "{where}: regions sum to {sum}, the nation is {nation}, difference {difference}",
                where=where, sum=f"{values[chosen].sum():.0f}",
                nation=f"{values[dataset.nation]:.0f}", difference=f"{difference:+.0f}",
            ))  # fmt: skip
    if short:
        yield Finding("listed", table.name, say("in {n} sums figures of regions are missing",
                                                n=short))  # fmt: skip


def _covers(dataset: Dataset, table: Table, covered: list[str]) -> bool:
    """Every region has a figure; where areas are told apart a region may have one of them."""
    return "area" in table.key or set(dataset.space.ids) <= set(covered)


def _national_balance(dataset: Dataset) -> Iterator[Finding]:
    """Growth between two 1 Januaries is births less deaths plus net external migration."""
    events = dataset.table("vital_events")
    flows = events[events["region"] == dataset.nation].pivot(
        index="year", columns="event", values="value"
    ).reindex(columns=["births", "deaths", "immigration", "emigration"])  # fmt: skip
    change = flows["births"] - flows["deaths"] + flows["immigration"] - flows["emigration"]
    for name, kind in (("population", "fault"), ("population_published", "listed")):
        if not dataset.has(name):
            continue
        frame = dataset.table(name)
        stock = frame[frame["region"] == dataset.nation].groupby("year")["value"].sum()
        growth = (stock.shift(-1) - stock)[stock.reindex(stock.index + 1).notna().to_numpy()]
        skipped = {gap.before for gap in breaks_of(dataset, name, region=dataset.nation)}
        for year, difference in (growth - change).dropna().items():
            if abs(difference) <= PERSON and kind == "fault":
                yield Finding("holds", f"observed/{name}", say(
                    "{year}: births less deaths plus net external migration is the growth of "
                    "{growth} to the person",
                    year=year, growth=number(float(growth.to_dict()[year]), signed=True),
                ))  # fmt: skip
            if abs(difference) > PERSON and year not in skipped:
                yield Finding(
                    "fault" if kind == "fault" else "listed", f"observed/{name}",
                    say("{year}: growth differs from births, deaths and migration by {difference}",
                        year=year, difference=f"{difference:+.0f}"),
                )  # fmt: skip


def _internal_net(dataset: Dataset) -> Iterator[Finding]:
    """Inside a country every departure is an arrival."""
    if not dataset.has("internal_migration"):
        return
    frame = dataset.table("internal_migration")
    frame = frame[frame["region"].isin(dataset.space.ids)]
    table = "observed/internal_migration"
    wide = frame.pivot(index=["year", "region"], columns="measure", values="value")
    wide = wide.reindex(columns=["net", "arrivals_gross", "departures_gross"])
    for year, rows in wide.groupby("year"):
        net = rows["net"]
        if net.notna().sum() < len(dataset.space):
            missing = len(dataset.space) - int(net.notna().sum())
            yield Finding("listed", table, say("{year}: {n} regions have no net", year=year,
                                               n=missing))  # fmt: skip
        elif abs(net.sum()) > PERSON:
            yield Finding("fault", table, say("{year}: nets sum to {sum}, not 0", year=year,
                                              sum=f"{net.sum():+.0f}"))  # fmt: skip
        gross = rows["arrivals_gross"] - rows["departures_gross"]
        for _, region in (gross - net).abs()[lambda gap: gap > PERSON].index:
            yield Finding("fault", table, say(
                "{year}, {region}: arrivals less departures are not the net",
                year=year, region=region,
            ))  # fmt: skip


def _population_margins(dataset: Dataset) -> Iterator[Finding]:
    """The estimated structure sums to the observed population of each region and sex."""
    if not dataset.has("estimated/population"):
        return
    key = ["region", "year", "sex"]
    observed = dataset.table("population").set_index(key)["value"]
    estimated = dataset.table("estimated/population").groupby(key)["value"].sum()
    observed = observed[observed.index.get_level_values("region").isin(dataset.space.ids)]
    found = list(_differences(estimated, observed, "estimated/population", exact=True))
    yield from found
    if not found:
        yield Finding("holds", "estimated/population", say(
            "ages sum to the observed population in all {n} cells of region, year and sex",
            n=len(observed),
        ))  # fmt: skip


def _former_margins(dataset: Dataset) -> Iterator[Finding]:
    """The structure on former territories meets the published broad age groups."""
    name = "estimated/population_2020"
    if not (dataset.has(name) and dataset.has("population_broad_age")):
        return
    people = dataset.table(name)
    margins = dataset.table("population_broad_age")
    margins = margins[margins["region"].isin(people["region"])]
    missed = 0
    for row in margins.to_dict("records"):
        group = (
            (people["region"] == row["region"])
            & (people["sex"] == row["sex"])
            & people["age"].between(row["age_from"], row["age_to"])
        )
        have = people.loc[group, "value"].sum()
        if abs(have - row["value"]) > PERSON:
            missed += 1
            yield Finding("fault", name, say(
                "{region}, {sex}, {ages}: {have} people, published {value}",
                region=row["region"], sex=say(row["sex"]),
                ages=f"{row['age_from']}-{row['age_to']}",
                have=f"{have:.0f}", value=f"{row['value']:.0f}",
            ))  # fmt: skip
    if not missed:
        yield Finding("holds", name, say(
            "all {n} published broad age groups are met to the person", n=len(margins)
        ))  # fmt: skip


def _elasticities(dataset: Dataset) -> Iterator[Finding]:
    """Elasticities of moves have the sign, the unit and the origin that they need."""
    if not dataset.has(ELASTICITIES):
        return
    try:
        found = Elasticities.from_frame(dataset.table(ELASTICITIES))
    except InputError as error:
        for fault in error.faults:
            yield Finding("fault", ELASTICITIES, str(fault))
        return
    yield Finding("holds", ELASTICITIES, say(
        "all {n} elasticities of moves have the sign that draws people to what is better",
        n=len(found.rows),
    ))  # fmt: skip


def _retention(dataset: Dataset) -> Iterator[Finding]:
    """Nobody comes back who was counted as gone."""
    if not dataset.has(RETENTION):
        return
    try:
        found = table_shares(dataset.table(RETENTION))
    except InputError as error:
        for fault in error.faults:
            yield Finding("fault", RETENTION, str(fault))
        return
    yield Finding("holds", RETENTION, say(
        "all {n} paths of the share still there fall with the years since arrival", n=len(found)
    ))  # fmt: skip


def _components(dataset: Dataset) -> pd.DataFrame:
    """((region, year), component) of the estimate."""
    frame = dataset.table("estimated/components")
    return frame.pivot(index=["region", "year"], columns="component", values="value")


def _component_balance(dataset: Dataset) -> Iterator[Finding]:
    """In every region and year the components make the change of the population."""
    if not dataset.has("estimated/components"):
        return
    parts = _components(dataset)
    change = (
        parts["births"] - parts["deaths"] + parts["internal_in"] - parts["internal_out"]
        + parts["immigration"] - parts["emigration"]
    )  # fmt: skip
    stock = dataset.table("population").groupby(["region", "year"])["value"].sum().unstack("year")
    growth = pd.Series((stock.shift(-1, axis=1) - stock).unstack()).swaplevel()
    yield from _differences(
        change, growth.reindex(change.index), "estimated/components", exact=True
    )


def _events(dataset: Dataset) -> Iterator[Finding]:
    """Births, deaths and external migration of regions sum to the registered numbers."""
    if not dataset.has("estimated/components"):
        return
    sums = _components(dataset).groupby("year").sum()
    frame = dataset.table("vital_events")
    frame = frame[(frame["region"] == dataset.nation) & frame["year"].isin(sums.index)]
    registered = frame.set_index(["event", "year"])["value"].sort_index()
    have = pd.Series(
        [sums.at[year, event] for event, year in registered.index], index=registered.index
    )
    yield from _differences(have, registered, "estimated/components", exact=True)


def _rates(dataset: Dataset) -> Iterator[Finding]:
    """Rates times the people of a year give its births and deaths in every region."""
    needed = ("estimated/components", "estimated/population", "estimated/fertility")
    if not all(dataset.has(name) for name in (*needed, "estimated/mortality")):
        return
    stock = dataset.table("estimated/population").pivot(
        index=["region", "sex", "age"], columns="year", values="value"
    )
    parts = _components(dataset)
    for name, event in (("estimated/fertility", "births"), ("estimated/mortality", "deaths")):
        rates = dataset.table(name)
        sex = pd.Series("female", rates.index) if event == "births" else rates["sex"]
        keys = pd.MultiIndex.from_arrays([rates["region"], sex, rates["age"]])
        mean = np.empty(len(rates))
        for year in rates["year"].unique():
            rows = (rates["year"] == year).to_numpy()
            both = stock.reindex(columns=[year, year + 1]).mean(axis=1, skipna=False)
            mean[rows] = both.reindex(keys[rows]).to_numpy()
        expected = (rates["value"] * mean).groupby([rates["region"], rates["year"]]).sum()
        error = (expected / parts[event].reindex(expected.index) - 1).abs()
        missed = error[~(error <= RATES_TOLERANCE)].rename("off").reset_index()
        for row in missed.to_dict("records"):
            yield Finding("fault", name, say(
                "{region}, {year}: rates times people miss the {event} by {percent}",
                region=row["region"], year=row["year"], event=say(event),
                percent=per_cent(100 * float(row["off"])),
            ))  # fmt: skip
        if (error <= RATES_TOLERANCE).all():
            yield Finding("holds", name, say(
                "rates times people give the {event} of all {n} regions and years within {percent}",
                event=say(event), n=len(error), percent=per_cent(100 * float(error.max()), 2),
            ))  # fmt: skip


def _flows(dataset: Dataset) -> Iterator[Finding]:
    """Flows between regions give the estimated arrivals and departures and the published nets."""
    if not (dataset.has("estimated/flows") and dataset.has("estimated/components")):
        return
    flows = dataset.table("estimated/flows")
    parts = _components(dataset)
    if OFFICIAL["estimated/flows"] in dataset.tables:  # may reach further back than the components
        flows = flows[flows["year"].isin(parts.index.unique("year"))]
    for column, side in (("internal_in", "destination"), ("internal_out", "origin")):
        sums = flows.groupby([side, "year"])["value"].sum().rename_axis(["region", "year"])
        yield from _differences(sums, parts[column].reindex(sums.index), "estimated/flows",
                                exact=True)  # fmt: skip
    if not dataset.has("internal_migration"):
        return
    nets = dataset.table("internal_migration")
    nets = nets[(nets["measure"] == "net") & nets["region"].isin(dataset.space.ids)]
    whole = nets.groupby("year")["region"].transform("size") == len(dataset.space)
    net = parts["internal_in"] - parts["internal_out"]
    for rows, exact in ((nets[whole], True), (nets[~whole], False)):
        estimated = rows[rows["year"].isin(net.index.unique("year"))]
        published = estimated.set_index(["region", "year"])["value"]
        yield from _differences(net.reindex(published.index), published, "estimated/flows",
                                exact=exact)  # fmt: skip


def _crude_rates(dataset: Dataset) -> Iterator[Finding]:
    """Published crude birth and death rates against the estimate, per 1000."""
    if not (dataset.has("estimated/components") and dataset.has("figures")):
        return
    parts = _components(dataset)
    people = dataset.table("population").groupby(["region", "year"])["value"].sum()
    figures = dataset.table("figures")
    for variable, component in (("cbr", "births"), ("cdr", "deaths")):
        rows = figures[(figures["variable"] == variable) & (figures["dimension"] == "")]
        worst, compared = 0.0, 0
        for row in rows.to_dict("records"):
            region, year, published = row["region"], int(row["date"][:4]), row["value"]
            if (region, year) not in parts.index:
                continue
            mean = (people[region, year] + people[region, year + 1]) / 2.0
            rate = 1000.0 * parts.loc[(region, year), component] / mean
            compared += 1
            worst = max(worst, abs(rate - published))
            if abs(rate - published) > RATE_TOLERANCE:
                yield Finding("warning", "estimated/components", say(
                    "{region}, {year}: {measure} {rate} per 1000, published {value}",
                    region=region, year=year, measure=say(component), rate=number(rate, 2),
                    value=number(published, 2),
                ))  # fmt: skip
        if compared and worst <= RATE_TOLERANCE:
            yield Finding("holds", "estimated/components", say(
                "{measure}: all {n} published crude rates are met within {worst} per 1000",
                measure=say(component), n=compared, worst=number(worst, 2),
            ))  # fmt: skip


def _differences(
    have: pd.Series[float], wanted: pd.Series[float], table: str, *, exact: bool
) -> Iterator[Finding]:
    """Cells in which an estimate is not what it must be; missing ones count as differences."""
    both = pd.DataFrame({"have": have, "wanted": wanted})
    gap = (both["have"] - both["wanted"]).abs()
    for key, row in both[~(gap <= PERSON)].iterrows():
        where = ", ".join(str(part) for part in (key if isinstance(key, tuple) else (key,)))
        have_text, wanted_text = (
            say("missing") if np.isnan(value) else f"{value:.0f}" for value in row
        )
        yield Finding("fault" if exact else "listed", table, say(
            "{where}: {have}, must be {wanted}", where=where, have=have_text, wanted=wanted_text
        ))  # fmt: skip
