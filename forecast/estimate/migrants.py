"""Age and sex of migrants: Rogers-Castro curves, levelled on what is published of their ages.

Moves inside the country and emigration are propensities of people (rates relative to the mean
person), immigration is a composition: it does not depend on who lives here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from forecast.demography.schedules import MigrationCurve, rogers_castro, scaled
from forecast.errors import InputError
from forecast.estimate.published import figures
from forecast.estimate.source import Source
from forecast.estimate.tilt import AGE, Array, Known, calibrate, hats, of_both
from forecast.space import AGES, SEXES
from forecast.words import say

YOUNG = (14, 34)  # the ages of which the press gives migrants
# Emigrants are families of the middle ages (most are 35-39) more than first-job seekers: a late
# and broad labour-force peak, whose height is fitted to the published share of the young.
EMIGRATION = MigrationCurve(a1=0.003, a2=0.02, alpha2=0.06, mu2=33.0, lambda2=0.3, c=0.006)
COMPOSITION_NODES = np.array([0.0, 8.0, 16.0, 24.0, 34.0, 45.0, 58.0, 70.0])
COMPOSITION_SPREAD = 0.6  # log
ADULT = np.interp(AGE, [14, 18], [0.0, 1.0])  # children move with their families, of either sex
SHARE_ERROR = 0.02  # of all immigrants: ages of one stream of them stand for the others


@dataclass(frozen=True)
class WomenShares:
    """Share of women among those who move between regions and among immigrants."""

    internal: float
    immigration: float


@dataclass(frozen=True)
class MigrantAges:
    """(sex, age) arrays: `internal` and `emigration` relative to the mean person of the nation,
    `immigration` shares that sum to 1, `movers` the shares of those who move between regions.

    young : (region,) young people whom a region gains in a year beyond these shares, in place of
            other ages, per person who lives there
    """

    internal: Array
    emigration: Array
    immigration: Array
    movers: Array
    young: Array = field(default_factory=lambda: np.zeros(1))

    def swapped(self) -> Array:
        """(sex, age) one more of the young, as many fewer of the other ages; sums to 0."""
        inside = self.movers * np.interp(AGE, [12, 17, 29, 37], [0, 1, 1, 0])
        other = self.movers - inside
        change = inside / inside.sum() - other / other.sum()
        return change / (change * _young(AGE)).sum()


def migrant_ages(source: Source, nation: Array, women: WomenShares | None = None) -> MigrantAges:
    """Ages of migrants, for a nation of (sex, age) persons.

    women : shares of women; without them both sexes are equally mobile
    Of all registered moves the share of the young is published. Moves inside a region are
    taken to be as young as the people are, so the moves between regions (the assumed share
    of all) carry the rest.
    """
    share = float(source.choices["inter_regional_share"]["central"])
    young, usual = young_share_published(source), _share_of_young(nation)
    between = (young - (1 - share) * usual) / share
    internal = _levelled(MigrationCurve(), nation, between)
    emigration = _levelled(EMIGRATION, nation, young_share_of_emigrants(source))
    immigration = _immigrants(source, nation, internal)
    movers = internal * nation / (internal * nation).sum()
    if women is not None:
        change = _of_sexes(movers, women.internal)
        internal, movers = internal * change, movers * change
        immigration = immigration * _of_sexes(immigration, women.immigration)
    return MigrantAges(internal, emigration, immigration, movers)


def women_shares(
    by_sex: list[Array], internal: list[Array], external: list[tuple[Array, Array]], nation: Array
) -> WomenShares:
    """Shares of women that the growth of both sexes tells, after births and deaths.

    by_sex   : (sex, region) net migrants of each year; internal (region,) net inside the country
    external : immigration and emigration, (region,) each
    Emigrants are taken to have the sexes of the population. Over the nation internal moves
    cancel, which leaves the immigrants; over the regions, women are then fitted to the
    internal net (least squares through the origin).
    """
    usual = nation[0].sum() / nation.sum()
    women = sum(float(net[0].sum()) for net in by_sex)
    left = sum(float(out.sum()) for _, out in external)
    came = sum(float(into.sum()) for into, _ in external)
    share = (women + usual * left) / came
    moved = np.concatenate([
        net[0] - share * into + usual * out
        for net, (into, out) in zip(by_sex, external, strict=True)
    ])  # fmt: skip
    inside = np.concatenate(internal)
    return WomenShares(float(moved @ inside / (inside @ inside)), share)


def young_gained(source: Source, by_age: dict[int, Array], people: dict[int, Array]) -> Array:
    """(region,) `MigrantAges.young`: what published nets of the young miss, per person.

    by_age : {year: (sex, age, region)} net migrants of the shares alone
    people : {year: (sex, age, region)} on 1 January
    Regions without a published net lose together what the others gain beyond the shares.
    """
    rows = figures(source, "migration_net_14_34")
    rows = rows[rows["region"].isin(source.ids) & rows["year"].isin(list(by_age))]
    if rows.empty:
        return np.zeros(1)
    year = int(rows["year"].max())
    published = rows[rows["year"] == year].set_index("region")["value"].reindex(list(source.ids))
    missing = published.to_numpy(dtype=float)
    missing = missing - by_age[year][:, YOUNG[0] : YOUNG[1] + 1].sum(axis=(0, 1))
    there, unknown = people[year].sum(axis=(0, 1)), np.isnan(missing)
    share = np.where(unknown, there, 0) / there[unknown].sum()
    return np.where(unknown, -np.nansum(missing) * share, missing) / there


def _of_sexes(cells: Array, women: float) -> Array:
    """(sex, age) factors that give the women of `cells` (sum 1) the share `women`.

    Adults alone differ by sex, as many women more as men fewer: children come as they are.
    """
    adults = cells * ADULT
    more = women - cells[0].sum()
    return 1 + ADULT * more / np.array([[adults[0].sum()], [-adults[1].sum()]])


def young_share_published(source: Source) -> float:
    """Share of the young among all registered moves inside the country, last published year."""
    rows = figures(source, "migrants_aged_14_34", source.nation)
    year = int(rows["year"].max())
    young = float(rows.loc[rows["year"] == year, "value"].iloc[0])
    moves = source.whole_table("internal_migration")
    moves = moves[(moves["year"] == year) & (moves["measure"] == "arrivals_gross")]
    return young / float(moves["value"].sum())


def young_share_of_emigrants(source: Source) -> float:
    """Emigrants aged 14-34 are the immigrants of that age less their published net."""
    rows = figures(source, "external_arrivals_aged_14_34", source.nation)
    year = int(rows["year"].max())
    arrived = float(rows.loc[rows["year"] == year, "value"].iloc[0])
    net = figures(source, "migration_net_aged_14_34", source.nation)
    events = source.whole_table("vital_events")
    nation = events[(events["region"] == source.nation) & (events["year"] == year)]
    left = float(nation.loc[nation["event"] == "emigration", "value"].iloc[0])
    return (arrived - float(net.loc[net["year"] == year, "value"].iloc[0])) / left


def _young(age: Array) -> Array:
    return ((age >= YOUNG[0]) & (age <= YOUNG[1])).astype(float)


def _share_of_young(people: Array) -> float:
    return float(people[:, YOUNG[0] : YOUNG[1] + 1].sum() / people.sum())


def _levelled(curve: MigrationCurve, nation: Array, share: float) -> Array:
    """(sex, age) propensity with mean 1 whose movers have the given share of the young.

    The height of the labour-force curve is solved for; both sexes have the same curve.
    """
    inside = _young(AGE)
    people = nation.sum(axis=0)
    fixed = rogers_castro(scaled(curve, a2=0.0))
    peak = rogers_castro(curve) - fixed
    # share = (fixed + k peak)[inside] / (fixed + k peak)[all], linear in k
    missing = share * (fixed * people).sum() - (fixed * people * inside).sum()
    gained = (peak * people * inside).sum() - share * (peak * people).sum()
    height = missing / gained
    if not height >= 0:
        message = say("no migration curve gives ages 14-34 a share of {share:.0%}", share=share)
        raise InputError(say("migration by age"), message)
    rates = fixed + height * peak
    return np.tile(rates * people.sum() / (rates * people).sum(), (2, 1))


def _immigrants(source: Source, nation: Array, internal: Array) -> Array:
    """(sex, age) shares of immigrants: published share of the young, ages of ethnic returnees."""
    rows = figures(source, "external_arrivals_aged_14_34", source.nation)
    year = int(rows["year"].max())
    events = source.whole_table("vital_events")
    total = events[(events["region"] == source.nation) & (events["event"] == "immigration")]
    arrived = float(total.loc[total["year"] == year, "value"].iloc[0])
    known = Known()
    known.add(np.ones((2, len(AGES))), 1.0)
    inside = np.tile(_young(AGE), (2, 1))
    share = float(rows.loc[rows["year"] == year, "value"].iloc[0]) / arrived
    known.add(inside, share, SHARE_ERROR / 4)
    working = working_ages(source, year)
    for name, ages in (("below working age", working == -1), ("pension age", working == 1)):
        table = figures(source, "kandas_share_by_age", source.nation)
        of_group = table[(table["dimension"] == name) & (table["year"] >= year)]
        known.add(ages, float(of_group["value"].mean()) / 100, SHARE_ERROR)
    base = internal * nation
    curves = of_both(hats(COMPOSITION_NODES))
    spread = np.full(len(curves), COMPOSITION_SPREAD)
    found = calibrate(base / base.sum(), curves, known, spread, what=say("immigrants by age"))
    return found / found.sum()


def working_ages(source: Source, year: int) -> Array:
    """(sex, age): -1 below working age, 0 in it, 1 above, by the table of pension ages."""
    table = source.table("norms/pension_age")
    place = np.zeros((2, len(AGES)))
    broad = source.table("population_broad_age")
    place[:, : int(broad["age_to"].min()) + 1] = -1
    for sex, name in enumerate(SEXES):
        rows = table[(table["sex"] == name) & (table["year"] <= year)].sort_values("year")
        place[sex, float(rows["value"].iloc[-1]) <= AGE] = 1
    return place
