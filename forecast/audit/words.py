"""The findings of the audit in words: what was held against what, and a sentence to the planner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from forecast.audit.findings import AGREES, CONTRADICTION, OUTSIDE, Finding, Number
from forecast.audit.within import digits, pairs
from forecast.scenario.measures import MEASURES
from forecast.space import Space
from forecast.tables import UNKNOWN
from forecast.words import mark, say
from forecast.words.digits import number, per_cent

MEASURE_WORDS = {
    "population": mark("people of the place"),
    "jobs": mark("permanent jobs"),
    "labour_force": mark("labour force"),
    "dwellings": mark("number of dwellings"),
    "housing_m2": mark("housing, m2"),
    "school_places": mark("school places"),
    "kindergarten_places": mark("kindergarten places"),
    "hospital_beds": mark("hospital beds"),
    "clinic_visits": mark("clinic visits per shift"),
}
CHECK_WORDS = {
    "numbers": mark("official numbers against each other"),
    "ratio": mark("ratio against its norm"),
    "need": mark("need of the planned people"),
    "forecast": mark("plan against the forecast"),
    "growth": mark("growth that the plan needs"),
    "places": mark("places over the years"),
    "nation": mark("share of the nation's growth"),
    "unread": mark("figure that is not read"),
}
ROLE_WORDS = {
    "claim": mark("published"),
    "parts": mark("sum of parts"),
    "stages": mark("sum of stages"),
    "line": mark("on a line between published years"),
    "series": mark("entered in the scenario"),
    "people": mark("divided by, or counted from"),
    "ratio": mark("ratio"),
    "low": mark("norm, low"),
    "high": mark("norm, high"),
    "need": mark("need"),
    "most": mark("need in one shift"),
    "forecast": mark("forecast"),
    "driven": mark("forecast, driven by the number itself"),
    "growth": mark("growth a year"),
    "fastest": mark("fastest observed"),
    "share": mark("share of the nation's growth"),
    "largest": mark("largest observed"),
    "gain": mark("growth of the nation"),
    "end": mark("end of the run"),
    "nothing": mark("not published"),
}
assert set(MEASURE_WORDS) == set(MEASURES)
RATIO_WORDS = {
    ("per 1000", "population"): mark("{value} per 1,000 people"),
    ("per 1000", "labour_force"): mark("{value} per 1,000 of the labour force"),
    ("m2 per person", "population"): mark("{value} m2 per person"),
}
Names = Callable[[str], str]  # the name of a region by its id, of a city as it is written


def place_names(space: Space) -> Names:
    """Names of regions in the language of now; other words stay as they are."""
    return lambda word: space.name(word) if word in space.ids else word


def measure_words(finding: Finding) -> str:
    """What the finding is about; a name that is no measure stands as it is written."""
    if finding.check == "unread":
        return finding.measure
    return say(MEASURE_WORDS[finding.measure.partition("/")[0]])


def sentence(finding: Finding, names: Names) -> str:
    """One sentence to the planner, in the language of now."""
    return SENTENCES[finding.check](finding, names)


def pairs_in_words(numbers: tuple[Number, ...]) -> str:
    """1,000,000 : 110,000 = 9.1; ..."""
    return "; ".join(
        f"{number(high)} : {number(low)}" + (f" = {number(ratio, 1)}" if ratio < np.inf else "")
        for high, low, ratio in pairs(numbers)
    )


def _numbers(finding: Finding, _: Names) -> str:
    values = [one.value for one in finding.stated]
    if finding.verdict == AGREES:
        apart = 100 * (max(values) / min(values) - 1) if min(values) > 0 else 0.0
        return say("The numbers differ by at most {percent}.", percent=per_cent(apart))
    told = pairs_in_words(finding.stated)
    if len({one.scope for one in finding.stated}) > 1:
        return say("{pairs}. They are of different scope: ask which one the whole place counts on.",
                   pairs=told)  # fmt: skip
    return say("{pairs}. Ask which number the plan stands on.", pairs=told)


def _ratio(finding: Finding, _: Names) -> str:
    ratio = finding.first("ratio")
    if ratio is None:
        return say("Nothing is published that could be held against the norm.")
    low, high = finding.value("low"), finding.value("high")
    shown = digits(high)
    per = finding.measure.partition("/")[2]
    text = RATIO_WORDS.get((ratio.unit, per), mark("{value} per 1,000 people"))
    told = say(text, value=number(ratio.value, shown))
    band = {"ratio": told, "low": number(low, shown), "high": number(high, shown)}
    if finding.verdict == AGREES:
        return say("{ratio}, within {low} to {high}.", **band)
    if finding.verdict == UNKNOWN:
        return say("{ratio} who come, above {low} to {high}: part of it may be for those who live "
                   "there, and what stands today is not published.", **band)  # fmt: skip
    if ratio.value > high:
        return say("{ratio}, above {low} to {high}: check both numbers.", **band)
    return say("{ratio}, below {low} to {high}: check both numbers.", **band)


def _need(finding: Finding, _: Names) -> str:
    people, need, most = (finding.value(role) for role in ("people", "need", "most"))
    needed = say("{low} to {high}", low=number(need), high=number(most))
    if round(need) == round(most):
        needed = number(need)
    told = {"people": number(people), "needed": needed}
    if finding.verdict == AGREES:
        return say(
            "By the norm of facilities {people} people need {needed}: about as many.", **told
        )
    if finding.verdict == UNKNOWN:
        return say("By the norm of facilities {people} who come need {needed}: part of it may be "
                   "for those who live there, and what stands today is not published.",
                   **told)  # fmt: skip
    if finding.stated[0].value < need:
        return say("By the norm of facilities {people} people need {needed}: plan more, or for "
                   "fewer people.", **told)  # fmt: skip
    return say("By the norm of facilities {people} people need {needed}: more than they fill.",
               **told)  # fmt: skip


def _forecast(finding: Finding, names: Names) -> str:
    end = finding.first("end")
    if end is not None:
        return say("Beyond the run, which ends on 1 January {year}.", year=end.year)
    if finding.first("need") is not None:
        return say("The people of the forecast: {need}", need=_need(finding, names))
    if finding.first("driven") is not None:
        return say("The run is driven by this number and cannot confirm it.")
    ours, plan = finding.value("forecast"), finding.stated[0].value
    if plan <= 0:
        return say("The run has {forecast}.", forecast=number(ours))
    share = per_cent(100 * ours / plan, 0)
    return say("The run has {forecast}, {percent} of it.", forecast=number(ours), percent=share)


def _growth(finding: Finding, names: Names) -> str:
    rate, fastest = finding.value("growth"), finding.first("fastest")
    start = finding.first("people")
    told = {
        "first": start.year if start else finding.year,
        "last": finding.stated[0].year,
        "rate": per_cent(rate, signed=True),
    }
    if fastest is None:
        return say("From {first} to {last} it needs {rate} a year.", **told)
    seen = say("{rate} ({place}, {year})", rate=per_cent(fastest.value, signed=True),
               place=names(fastest.scope), year=fastest.year)  # fmt: skip
    if finding.verdict == OUTSIDE:
        return say("From {first} to {last} it needs {rate} every year; the fastest ever observed in"
                   " one year is {seen}.", seen=seen, **told)  # fmt: skip
    return say("From {first} to {last} it needs {rate} a year; {seen} was observed.",
               seen=seen, **told)  # fmt: skip


def _places(finding: Finding, _: Names) -> str:
    early, late = finding.stated
    return say("It falls from {early} in {first} to {late} in {last}: what is built stays.",
               early=number(early.value), first=early.year, late=number(late.value),
               last=late.year)  # fmt: skip


def _nation(finding: Finding, names: Names) -> str:
    largest = finding.first("largest")
    told = {
        "year": finding.year,
        "share": per_cent(100 * finding.value("share"), 0),
        "gain": number(finding.value("gain")),
    }
    text = say("By {year} it takes {share} of the {gain} people that the nation gains.", **told)
    if finding.verdict == CONTRADICTION or largest is None:
        return text
    return text + " " + say("The largest share of one region was {share} ({place}).",
                            share=per_cent(100 * largest.value, 0),
                            place=names(largest.scope))  # fmt: skip


def _unread(_: Finding, __: Names) -> str:
    return say("This is no measure by year, so it is held against nothing: write it as a claim.")


SENTENCES: Mapping[str, Callable[[Finding, Names], str]] = {
    "numbers": _numbers,
    "ratio": _ratio,
    "need": _need,
    "forecast": _forecast,
    "growth": _growth,
    "places": _places,
    "nation": _nation,
    "unread": _unread,
}


def figure(one: Number, year: int) -> str:
    """A number of the plan as it is shown: with its year and what it is, where that needs a
    word."""
    words = [] if one.year == year else [str(one.year)]
    if one.role not in ("claim", "people", "series"):
        words.append(say(ROLE_WORDS[one.role]))
    text = number(one.value)
    return f"{text} ({', '.join(words)})" if words else text


def by_measure(findings: Iterable[Finding]) -> str:
    """Measures with their years: 'hospital beds 2040, 2050; ...'."""
    years: dict[str, list[str]] = {}
    for one in findings:
        years.setdefault(measure_words(one), []).extend(str(found.year) for found in one.stated)
    return "; ".join(f"{words} {', '.join(dict.fromkeys(found))}" for words, found in years.items())


def beyond_the_run(finding: Finding) -> bool:
    return finding.first("end") is not None


def driven(finding: Finding) -> bool:
    """Whether the run is driven by the number and cannot confirm it."""
    return finding.first("driven") is not None


def without_numbers(finding: Finding) -> bool:
    """Whether one of the two numbers of a ratio is not published."""
    return finding.check == "ratio" and finding.first("ratio") is None


def ratio_words(finding: Finding) -> str:
    """permanent jobs : people of the place"""
    return " : ".join(say(MEASURE_WORDS[name]) for name in finding.measure.split("/"))
