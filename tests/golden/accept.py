"""Write the key totals of the named scenarios anew: python tests/golden/accept.py

A change of these numbers is a change for users: say which and why under "Numbers changed" in
CHANGELOG.md, in the same commit.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import forecast as fc

TOTALS = Path(__file__).with_name("totals.csv")
SCENARIOS = (
    "agglomeration-rings",
    "alatau-general-plan",
    "alatau-general-plan+infrastructure-first",
    "alatau-sez",
    "all-announced",
    "astana-capacity",
    "atyrau-petrochemicals",
    "baseline",
    "baseline+external-migration-high",
    "baseline+external-migration-low",
    "baseline+fertility-high",
    "baseline+fertility-low",
    "baseline+infrastructure-first",
    "baseline+internal-level-2022",
    "baseline+internal-level-2025",
    "baseline+kandas-inflow-high",
    "khorgos-nurkent",
    "north-incomes",
    "north-resettlement",
    "second-cities",
    "ulken-nuclear",
)
KEYS = ["scenario", "table", "measure", "region", "year"]


def key_totals(scenario: str, dataset: object) -> pd.DataFrame:
    """Population and labour by region and needs of the nation at the end of the run, components of
    its last year, and of each growth point what it brings by then."""
    run = fc.run(scenario, dataset)
    last = run.last_year  # noqa: F841  read by the queries below
    people = run.frame("population").query("year == @last")
    people = people.groupby(["region", "year"], as_index=False)["value"].sum()
    moves = run.frame("components").query("year == @last - 1")
    moves = moves.rename(columns={"component": "measure"})
    moves = moves.groupby(["measure", "year"], as_index=False)["value"].sum()
    labour = run.frame("labour").query("section == 'total' and year == @last - 1")
    needs = run.frame("infrastructure").query("measure == 'added_need' and year == @last")
    needs = needs[needs["region"] == run.nation].assign(measure=lambda f: f["kind"])
    points = run.frame("growth_points")
    points = points[(points["kind"] == "total") & (points["origin"] == "total")]
    moved = points["measure"].isin(["arrivals", "departures", "unmet", "held_back"])
    flows = (
        points[moved].groupby(["growth_point", "measure", "region"], as_index=False)["value"].sum()
    )
    stocks = points[~moved & (points["year"] >= last - 1)]
    points = pd.concat([flows.assign(year=last - 1), stocks])
    points = points.assign(measure=points["growth_point"] + ": " + points["measure"])
    parts = {
        "population": people.assign(measure="population"),
        "components": moves.assign(region=run.nation),
        "labour": labour,
        "infrastructure": needs,
        "growth_points": points,
    }
    tables = [part.assign(table=name) for name, part in parts.items() if len(part)]
    whole = pd.concat(tables).assign(scenario=scenario)
    whole = whole[[*KEYS, "value"]].dropna()
    whole = whole[whole["value"] != 0]  # a number that comes up later is missing here
    return whole.round({"value": 3}).sort_values(KEYS, ignore_index=True)


def main() -> None:
    dataset = fc.load_dataset()
    pd.concat([key_totals(name, dataset) for name in SCENARIOS]).to_csv(TOTALS, index=False)
    print(f"written: {TOTALS}")


if __name__ == "__main__":
    main()
