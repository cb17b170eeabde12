"""The levers of a scenario against a country: regions, kinds of facilities and norms by id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from forecast.errors import did_you_mean
from forecast.scenario.places import ADD_SHARES, Tell, region_of, renamed
from forecast.scenario.read import Keys
from forecast.scenario.series import Series
from forecast.words import say

if TYPE_CHECKING:
    from forecast.scenario.levers import KandasQuota, Levers, Memorandum, Resettlement
    from forecast.space import Space

QUOTAS = {"kandas_quota": "kandas", "resettlement": "resettlers"}  # lever: stream of the norms


def bind_levers(
    levers: Levers,
    space: Space,
    tell: Tell,
    *,
    norms: Mapping[str, Mapping[str, tuple[float, float]]] | None,
    settled: Mapping[str, Iterable[str]] | None,
) -> Levers:
    """The levers with every region and kind by its id; what is not there is told."""
    changed: dict[str, object] = {
        name: _quota(getattr(levers, name), ("levers", name), space, tell,
                     None if settled is None else list(settled.get(stream, ())))
        for name, stream in QUOTAS.items()
    }  # fmt: skip
    changed["memoranda"] = tuple(
        _memorandum(memorandum, ("levers", "memoranda", place), space, tell)
        for place, memorandum in enumerate(levers.memoranda)
    )
    changed["participation"] = tuple(
        change.model_copy(update={"regions": tuple(renamed(
            dict.fromkeys(change.regions), ("levers", "participation", place, "regions"),
            lambda word, at: region_of(word, space, at, tell), tell,
        ))})
        for place, change in enumerate(levers.participation)
    )  # fmt: skip
    if norms is not None:
        _norms(levers, norms, tell)
        first = levers.infrastructure_first
        for place, kind in enumerate(first.kinds if first is not None else ()):
            if kind not in norms:
                keys: Keys = ("levers", "infrastructure_first", "kinds", place)
                message = say("no kind of facility '{name}'", name=kind)
                tell(keys, message, did_you_mean(kind, norms))
    return levers.model_copy(update=changed)


def series_of(levers: Levers) -> list[tuple[Keys, Series]]:
    """Every series of the levers with the keys under which it stands."""
    found: list[tuple[Keys, Series]] = []
    for name in QUOTAS:
        quota = getattr(levers, name)
        places = {} if quota is None else quota.places
        found += [(("levers", name, "places", region), one) for region, one in places.items()]
    for place, memorandum in enumerate(levers.memoranda):
        found.append((("levers", "memoranda", place, "persons"), memorandum.persons))
    if levers.foreign_labour is not None:
        found.append((("levers", "foreign_labour", "permits"), levers.foreign_labour.permits))
    if levers.family_support is not None:
        effect = levers.family_support.tfr_effect
        found.append((("levers", "family_support", "tfr_effect"), effect))
    for place, change in enumerate(levers.participation):
        found.append((("levers", "participation", place, "change"), change.change))
    return found


def _quota(
    quota: KandasQuota | Resettlement | None,
    keys: Keys,
    space: Space,
    tell: Tell,
    settled: list[str] | None,
) -> KandasQuota | Resettlement | None:
    if quota is None:
        return None

    def region(word: str, at: Keys) -> str:
        return region_of(word, space, at, tell)

    changed = {
        key: renamed(getattr(quota, key), (*keys, key), region, tell)
        for key in ("places", "take_up")
    }
    donors = getattr(quota, "donors", None)
    if donors is not None:
        changed["donors"] = renamed(donors, (*keys, "donors"), region, tell, twice=ADD_SHARES)
        only = set(changed["donors"])
        for region_id in {*changed["places"], *changed["take_up"]} & only if len(only) == 1 else ():
            message = say("people leave and arrive in one region")
            tell((*keys, "donors"), f"{space.name(region_id)}: {message}", say("name two regions"))
    if settled is not None:
        written = dict(zip(changed["places"], quota.places, strict=False))
        for name, word in written.items():
            if name in space.positions and name not in (*settled, *changed["take_up"]):
                message = say("no take-up is known where no places were published before")
                cure = say("write 'take_up: {{{region}: 0.6}}'", region=word)
                tell((*keys, "places", word), message, cure)
        for name, word in dict(zip(changed["take_up"], quota.take_up, strict=False)).items():
            if name in space.positions and name not in (*settled, *changed["places"]):
                message = say("there are no places in this region, published or written")
                cure = say("write 'places: {{{region}: {{2027: 100}}}}'", region=word)
                tell((*keys, "take_up", word), message, cure)
    return quota.model_copy(update=changed)


def _memorandum(memorandum: Memorandum, keys: Keys, space: Space, tell: Tell) -> Memorandum:
    origin = region_of(memorandum.from_, space, (*keys, "from"), tell)
    destination = region_of(memorandum.to, space, (*keys, "to"), tell)
    if origin == destination:
        message = say("people leave and arrive in one region")
        tell((*keys, "to"), message, say("name two regions"))
    return memorandum.model_copy(update={"from_": origin, "to": destination})


def new_keys(before: Levers, after: Levers) -> Iterator[tuple[Keys, Keys]]:
    """Key paths of the regions of quotas as they were written, and by their ids."""
    for name in QUOTAS:
        old, new = getattr(before, name), getattr(after, name)
        for key in ("places", "take_up") if old is not None else ():
            pairs = zip(getattr(old, key), getattr(new, key), strict=False)
            yield from ((("levers", name, key, word), ("levers", name, key, region))
                        for word, region in pairs if word != region)  # fmt: skip


def _norms(
    levers: Levers, norms: Mapping[str, Mapping[str, tuple[float, float]]], tell: Tell
) -> None:
    """Kinds of facilities and columns that the dataset does not have, numbers out of bounds."""
    for kind, columns in levers.norms.items():
        keys: Keys = ("levers", "norms", kind)
        if kind not in norms:
            message = say("no kind of facility '{name}'", name=kind)
            tell(keys, message, did_you_mean(kind, norms))
            continue
        for column, value in columns.items():
            if column not in norms[kind]:
                message = say("the norms have no number '{name}'", name=column)
                tell((*keys, column), message, did_you_mean(column, norms[kind]))
                continue
            low, high = norms[kind][column]
            if not low <= value <= high:
                cure = say("must be from {lower:g} to {upper:g}", lower=low, upper=high)
                tell((*keys, column), say("{value} is out of bounds", value=f"{value:g}"), cure)
