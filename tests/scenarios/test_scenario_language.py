"""The scenario language does what the design says: inheritance, overlays, origin, round trip.

Authority: the section "Scenario language" of the design, and the published figures of the
shipped scenarios (data/kazakhstan/observed/policy.csv).
"""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import InputError
from forecast.scenario import (
    Scenario,
    Series,
    json_schema,
    list_scenarios,
    load_scenario,
    parse_scenario,
)
from forecast.scenario.bind import Country, read_bound
from forecast.scenario.check import DRIVES
from forecast.scenario.read import Source, parse
from forecast.space import Space
from forecast.words import LANGUAGES, speaking

ROOT = Path(__file__).resolve().parents[2]
QUOTAS = ROOT / "scenarios" / "quotas"  # plans of a quota: another language
FILES = sorted(set((ROOT / "scenarios").rglob("*.yml")) - set(QUOTAS.glob("*.yml")))
OVERLAYS = [
    path
    for path in FILES
    if not re.search("^(extends|until):", path.read_text(encoding="utf-8"), re.M)
]
SHIPPED = [path for path in FILES if path not in OVERLAYS]

PARENT = """
title: The parent
until: 2030
uncertainties:
  fertility: {variant: medium}
growth_points:
  alatau:
    region: Almaty Region
    jobs: {2026: 1500, 2028: 12000}
    homes: {Almaty Region: 0.8, Almaty City: 0.2}
    delivery: {share: [0.4, 0.8, 1.0], slip_years: [0, 1, 3]}
  other: {region: Astana City, jobs: {2027: 100}}
"""


@pytest.fixture
def write(in_tmp: Path) -> Any:
    """Write files into ./scenarios of an empty folder."""
    folder = in_tmp / "scenarios"
    folder.mkdir()

    def writing(**files: str) -> None:
        for name, text in files.items():
            (folder / f"{name.replace('_', '-')}.yml").write_text(text, encoding="utf-8")

    return writing


# ---- inheritance


def test_a_child_adds_points_and_changes_keys(write: Any) -> None:
    write(
        parent=PARENT,
        child="extends: parent\ngrowth_points:\n  alatau: {additional: 0.7}\n"
        "  third: {region: Shymkent City, jobs: {2028: 5}}\n",
    )
    parent, child = load_scenario("parent"), load_scenario("child")
    assert list(child.growth_points) == ["alatau", "other", "third"]
    assert child.growth_points["other"] == parent.growth_points["other"]
    changed = parent.growth_points["alatau"].model_copy(update={"additional": 0.7})
    assert child.growth_points["alatau"] == changed
    assert child.until == 2030


def test_a_series_and_shares_are_replaced_whole(write: Any) -> None:
    write(
        parent=PARENT,
        child="extends: parent\ngrowth_points:\n  alatau:\n    jobs: {2029: 7}\n"
        "    homes: {Almaty City: 1}\n    delivery: {slip_years: 2}\n",
    )
    point = load_scenario("child").growth_points["alatau"]
    assert point.jobs == Series.from_map({2029: 7})
    assert point.homes == {"Almaty City": 1.0}
    assert tuple(point.delivery.share) == (0.4, 0.8, 1.0)  # a key of its own: stays
    assert tuple(point.delivery.slip_years) == (2, 2, 2)


def test_an_uncertainty_is_replaced_whole(write: Any) -> None:
    """A path over an inherited variant: no trace of the variant, no contradiction."""
    write(
        parent=PARENT,
        child="extends: parent\nuncertainties: {fertility: {tfr: {2026: 2.5, 2030: 2.4}}}\n",
    )
    fertility = load_scenario("child").uncertainties.fertility
    assert fertility.variant is None
    assert fertility.tfr == Series.from_map({2026: 2.5, 2030: 2.4}, before=float("nan"))


def test_null_removes_an_inherited_point_and_nothing_else(write: Any) -> None:
    write(parent=PARENT, child="extends: parent\ngrowth_points: {alatau: null}\n")
    assert list(load_scenario("child").growth_points) == ["other"]


def test_the_title_is_not_inherited(write: Any) -> None:
    write(parent=PARENT, child="extends: parent\n")
    assert load_scenario("child").title == dict.fromkeys(LANGUAGES, "child")


def test_three_generations(write: Any) -> None:
    write(
        parent=PARENT,
        child="extends: parent\nuntil: 2035\ngrowth_points: {alatau: {additional: 0.7}}\n",
        grandchild="extends: child\ngrowth_points: {alatau: {local_fill: 0.1}}\n",
    )
    scenario = load_scenario("grandchild")
    point = scenario.growth_points["alatau"]
    assert (scenario.until, point.additional, point.local_fill) == (2035, 0.7, 0.1)
    assert scenario.origin["until"] == "scenarios/child.yml"
    assert scenario.origin["growth_points.alatau.jobs"] == "scenarios/parent.yml"
    assert scenario.origin["growth_points.alatau.local_fill"] == "scenarios/grandchild.yml"


# ---- overlays

HIGH = "uncertainties: {fertility: {variant: high}}\ngrowth_points: {alatau: {additional: 0.5}}\n"
LOW_MORTALITY = "uncertainties: {mortality: {variant: low}}\ngrowth_points: {other: null}\n"


def test_overlays_commute(write: Any) -> None:
    write(
        parent=PARENT, one=HIGH, two=LOW_MORTALITY,
        forth="title: T\nextends: parent\nwith: [one, two]\n",
        back="title: T\nextends: parent\nwith: [two, one]\n",
    )  # fmt: skip
    forth, back = load_scenario("forth"), load_scenario("back")
    assert forth == back
    assert {**forth.origin, "title": ""} == {**back.origin, "title": ""}
    assert list(forth.growth_points) == list(back.growth_points) == ["alatau"]
    assert forth.fingerprint == back.fingerprint
    assert forth.uncertainties.fertility.variant == "high"
    assert forth.growth_points["alatau"].additional == 0.5
    assert forth.origin["uncertainties.fertility.variant"] == "scenarios/one.yml"


def test_overlays_that_agree_are_no_conflict(write: Any) -> None:
    write(
        parent=PARENT, one=HIGH, two="uncertainties: {fertility: {variant: high}}\n",
        child="extends: parent\nwith: [one, two]\n",
    )  # fmt: skip
    assert load_scenario("child").uncertainties.fertility.variant == "high"


def test_the_file_wins_over_its_overlay_and_says_so(write: Any) -> None:
    write(
        parent=PARENT, one=HIGH,
        child="extends: parent\nwith: [one]\nuncertainties: {fertility: {variant: low}}\n",
    )  # fmt: skip
    scenario = load_scenario("child")
    assert scenario.uncertainties.fertility.variant == "low"
    assert [str(warning) for warning in scenario.notes] == [
        "scenarios/child.yml:3: uncertainties.fertility: "
        "this overrides the overlay scenarios/one.yml"
    ]


INCOMES = "drivers: {income: {Pavlodar Region: {2027: 0.1}}, source: s}\n"


def test_drivers_are_inherited_region_by_region(write: Any, space: Space) -> None:
    write(one="until: 2030\n" + INCOMES)
    write(two="extends: one\ndrivers: {income: {Павлодар облысы: {2028: 0.2}, KZ-39: {2027: 0}}}")
    income = load_scenario("two", space=space).drivers.income
    assert income["KZ-55"].plain() == {2028: 0.2}  # the child wins, whatever it calls the region
    assert income["KZ-39"].plain() == {2027: 0}
    assert load_scenario("two", space=space).drivers.source == "s"


def test_overlays_that_set_one_driver_differently_are_refused(write: Any, space: Space) -> None:
    write(one=INCOMES)
    write(two="drivers: {income: {KZ-55: {2027: 0.2}}}")
    write(three="drivers: {jobs: {KZ-55: {2027: 0.2}}}")
    write(file="until: 2030\nwith: [one, two]")
    with pytest.raises(InputError, match=r"set drivers\.income\.KZ-55 differently"):
        load_scenario("file", space=space)
    write(file="until: 2030\nwith: [one, three]")
    assert set(load_scenario("file", space=space).drivers.by_driver) == {"income", "jobs"}


def test_drivers_that_move_nobody_and_have_no_source_are_told(write: Any) -> None:
    write(late="until: 2030\ndrivers: {income: {KZ-55: {2030: 0.1}, KZ-39: {2031: 0.1}}}")
    told = [str(warning) for warning in load_scenario("late").warnings]
    assert [text.partition(": ")[2] for text in told] == [
        "drivers: no source is given; write 'source: publisher and address'",
        "drivers.income.KZ-55: 2030 is the last year of the run: nobody moves for it before 2031; "
        "run further: 'until: 2031'",
        "drivers.income.KZ-39: 2031 is after the end of the run in 2030: it has no effect; run "
        "further: 'until: 2031'",
    ]


def test_large_drivers_are_told_with_what_elasticities_are_measured_on(write: Any) -> None:
    write(
        large="""until: 2030
drivers:
  source: s
  income: {KZ-55: {2027: 0.5, 2028: -0.5}, KZ-39: {2027: 5, 2028: 0.6}}
  jobs: {KZ-39: {2028: -0.51}}
  unemployment: {KZ-55: {2027: 5}, KZ-39: {2027: 7.5}}
"""
    )
    told = [str(warning) for warning in load_scenario("large").warnings]
    small = ("is large: elasticities are measured on small changes; read its result as a "
             "direction, not as a number")  # fmt: skip
    assert [text.partition(": ")[2] for text in told] == [
        f"drivers.jobs.KZ-39.2028: a change of \N{MINUS SIGN}51% {small}",
        f"drivers.income.KZ-39.2027: a change of +500% {small}",
        f"drivers.unemployment.KZ-39.2027: a change of +7.5 points {small}",
    ]


def test_an_overlay_alone_is_no_scenario(write: Any) -> None:
    write(one=HIGH)
    with pytest.raises(InputError, match="'until' is missing.*an overlay has neither"):
        load_scenario("one")


# ---- where scenarios are found


def test_a_folder_comes_before_the_shipped_scenarios(write: Any, tmp_path: Path) -> None:
    write(mine="extends: baseline\nuntil: 2040\n")
    mine = load_scenario("mine")
    assert mine.until == 2040
    assert mine.origin["uncertainties.fertility.variant"] == "scenarios/baseline.yml"  # shipped
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.yml").write_text("extends: baseline\nuntil: 2050\n")
    assert load_scenario("mine", folder=elsewhere).until == 2050
    assert load_scenario(elsewhere / "mine.yml").until == 2050
    assert load_scenario("elsewhere/mine.yml").origin["until"] == "elsewhere/mine.yml"


def test_a_parent_is_looked_for_beside_its_child(in_tmp: Path) -> None:
    (in_tmp / "plans").mkdir()
    (in_tmp / "plans" / "parent.yml").write_text(PARENT)
    (in_tmp / "plans" / "child.yml").write_text("extends: parent\n")
    assert list(load_scenario("plans/child.yml").growth_points) == ["alatau", "other"]


# ---- values


def test_yaml_is_read_as_written(in_tmp: Path) -> None:
    """YAML 1.2: `no` is a word, `010` is ten, `1_000` a thousand; a byte-order mark is no fault."""
    text = "\ufeffa: no\nb: 010\nc: 1_000\nd: 0x10\ne: 2026-01-01\nf: 1e3\ng: on\nh: '5'\n"
    source = parse(text.encode(), Source(Path("x.yml"), "x.yml"))
    assert source.tree == {
        "a": "no", "b": 10, "c": 1000, "d": 16, "e": "2026-01-01", "f": 1000.0, "g": "on", "h": "5",
    }  # fmt: skip
    assert source.line(("c",)) == 3


def test_defaults_are_those_of_the_reference(in_tmp: Path) -> None:
    scenario = parse_scenario("until: 2030\ngrowth_points:\n  a: {region: R, jobs: {2027: 1}}\n")
    point = scenario.growth_points["a"]
    assert (point.additional, point.local_fill, point.driver) == (1.0, None, "jobs")
    assert point.arrival_profile == (1.0,)
    assert tuple(point.delivery.share) == (1, 1, 1)
    assert tuple(point.delivery.slip_years) == (0, 0, 0)
    assert not point.dwellings
    assert not point.construction_jobs
    assert scenario.origin["growth_points.a.additional"] == "default"
    uncertain = scenario.uncertainties
    assert uncertain.fertility.variant == uncertain.mortality.variant == "medium"
    assert uncertain.internal_level.variant == "drawn"


def test_a_point_with_zero_jobs_is_sound(in_tmp: Path) -> None:
    scenario = parse_scenario(
        "extends: baseline\ngrowth_points:\n"
        "  a: {region: R, jobs: {2027: 0}, dwellings: {2027: 0}, construction_jobs: {2027: 0}}\n"
    )
    assert scenario.growth_points["a"].jobs.over(range(2026, 2031)).tolist() == [0] * 5


def test_a_scenario_cannot_be_changed(in_tmp: Path) -> None:
    scenario = load_scenario("atyrau-petrochemicals")
    with pytest.raises(AttributeError):
        scenario.until = 2040  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        scenario.growth_points["atyrau-polyethylene"].region = "X"
    assert pickle.loads(pickle.dumps(scenario)) == scenario  # it travels to workers


def test_warnings_name_what_has_no_effect(in_tmp: Path) -> None:
    scenario = parse_scenario(
        "extends: baseline\nuntil: 2030\ngrowth_points:\n"
        "  late: {region: R, jobs: {2031: 5}, source: s, delivery: {}}\n"
        "  slow: {region: R, jobs: {2030: 5}, source: s, delivery: {slip_years: 2}}\n"
        "  claim: {region: R, plan: {population: {2035: 5}}}\n"
        "  bare: {region: R, jobs: {2028: 5}, delivery: {share: 0.5}}\n"
    )
    told = [str(warning) for warning in scenario.warnings]
    assert told == [
        "scenarios/scenario.yml:7: growth_points.bare: no source is given; "
        "write 'source: publisher and address'",
        "scenarios/scenario.yml:6: growth_points.claim: nothing drives this growth point: "
        "only its plan is compared",
        "scenarios/scenario.yml:6: growth_points.claim: no source is given; "
        "write 'source: publisher and address'",
        "scenarios/scenario.yml:6: growth_points.claim.plan: no source is given; "
        "write 'source: ...' in the plan",
        "scenarios/scenario.yml:4: growth_points.late.jobs: 2031 is after the end of the run in "
        "2030: it has no effect; run further: 'until: 2031'",
        "scenarios/scenario.yml:5: growth_points.slow.jobs: with a delay of 2 years it begins "
        "after the end of the run in 2030",
    ]


# ---- bound to a country


def test_regions_in_three_languages_and_by_code(space: Space, sections: pd.DataFrame) -> None:
    for word in ("KZ-23", "23", "Atyrau Region", "Атырауская область", "Атырау облысы", "kz-23"):
        bound = parse_scenario(
            f"until: 2030\ngrowth_points:\n  a: {{region: {word}, jobs: {{2027: 1}}}}\n"
        ).bind(Country(space, sections))
        point = bound.growth_points["a"]
        assert (point.region, point.homes) == ("KZ-23", {"KZ-23": 1.0})


@pytest.mark.parametrize(
    "word, section",
    [
        ("C", "C"), ("c", "C"), ("Manufacturing", "C"), ("manufacturing", "C"),
        ("Обрабатывающая промышленность", "C"), ("Өңдеу өнеркәсібі", "C"),
        ("transport", "H"), ("Transportation and storage", "H"), ("education", "P"),
        ("services", "services"), ("industry_construction", "industry_construction"),
        ("Industry construction", "industry_construction"), ("agriculture", "A"),
    ],
)  # fmt: skip
def test_sections_by_letter_name_and_sector(
    word: str, section: str, space: Space, sections: pd.DataFrame
) -> None:
    bound = parse_scenario(
        "until: 2030\ngrowth_points:\n"
        f"  a: {{region: 23, jobs: {{2027: 1}}, sectors: {{{word}: 1}}}}\n"
    ).bind(Country(space, sections))
    assert bound.growth_points["a"].sectors == {section: 1.0}


def test_unemployment_falls_to_zero_where_a_rounded_rate_is_written(
    space: Space, sections: pd.DataFrame
) -> None:
    """The rate is 4.28 per cent and the reader of a table knows 4.3; 4.4 is no rounding."""
    country = Country(space, sections, unemployment={"KZ-71": 4.28})
    text = "until: 2030\ndrivers: {unemployment: {Astana City: {2026: -1, 2027: %s}}}\n"
    bound = parse_scenario(text % -4.3).bind(country)
    assert bound.drivers.unemployment["KZ-71"].plain() == {2026: -1, 2027: -4.28}
    assert bound.bind(country) == bound
    with pytest.raises(InputError, match=r"-4\.4 points .* of Astana City, 4\.28 per cent"):
        parse_scenario(text % -4.4).bind(country)


@pytest.mark.parametrize("word", ["KZ", "Kazakhstan", "kazakhstan", "Қазақстан"])
def test_a_driver_of_the_whole_country_is_refused(
    word: str, space: Space, sections: pd.DataFrame
) -> None:
    named = Space(space.regions, "KZ", {"en": "Kazakhstan", "kk": "Қазақстан"})
    scenario = parse_scenario(f"until: 2030\ndrivers: {{income: {{{word}: {{2027: 0.1}}}}}}\n")
    with pytest.raises(InputError, match=f"'{word}' is the whole country, and drivers are by reg"):
        scenario.bind(Country(named, sections))


def test_a_fault_of_the_country_names_the_region_as_the_file_does(
    write: Any, space: Space, sections: pd.DataFrame
) -> None:
    write(parent="title: P\nextends: baseline\ndrivers: {income: {город Астана: {2020: 0.1}}}\n")
    write(child="extends: parent\ndrivers: {unemployment: {Astana City: {2027: -9}}}\n")
    country = Country(space, sections, base_year=2026, unemployment={"KZ-71": 4.28})
    with pytest.raises(InputError) as caught:
        read_bound("child", country)
    assert {fault.where for fault in caught.value.faults} == {
        "scenarios/parent.yml:3: drivers.income.город Астана.2020",
        "scenarios/child.yml:2: drivers.unemployment.Astana City.2027",
    }


def test_a_region_that_is_near_is_named_in_the_language_of_now(space: Space) -> None:
    for lang, name in (("en", "Astana City"), ("ru", "город Астана"), ("kk", "Астана қаласы")):
        with speaking(lang):
            assert f"'{name}' (KZ-71)" in space.unknown("Astana Cty")
            assert "'город Астана' (KZ-71)" in space.unknown("город Астна")


def test_binding_twice_changes_nothing(space: Space, sections: pd.DataFrame) -> None:
    once = load_scenario("atyrau-petrochemicals").bind(Country(space, sections, base_year=2026))
    assert once.bound
    assert once.bind(Country(space, sections, base_year=2026)) == once
    assert once.growth_points["atyrau-polyethylene"].sectors == {"C": 1.0}


def test_binding_in_another_order_of_regions(space: Space, sections: pd.DataFrame) -> None:
    scenario = load_scenario("atyrau-petrochemicals")
    backwards = space.permuted(range(len(space) - 1, -1, -1))
    assert scenario.bind(Country(backwards, sections)) == scenario.bind(Country(space, sections))


def test_a_child_may_name_a_region_in_another_language(
    write: Any, space: Space, sections: pd.DataFrame
) -> None:
    lever = "levers: {kandas_quota: {take_up: {%s: %s}, source: s}}\n"
    write(
        parent="title: P\nextends: baseline\n" + lever % ("Pavlodar Region", "0.5"),
        child="extends: parent\n" + lever % ("Павлодарская область", "0.9"),
        one=lever % ("KZ-55", "0.5"), two=lever % ("Павлодар облысы", "0.6"),
        clash="extends: baseline\nwith: [one, two]\n",
    )  # fmt: skip
    country = Country(space, sections, base_year=2026)
    child = read_bound("child", country)
    assert child.levers.kandas_quota.take_up == {"KZ-55": 0.9}
    assert child.origin["levers.kandas_quota.take_up.KZ-55"] == "scenarios/child.yml"
    assert load_scenario("parent").bind(country).origin[
        "levers.kandas_quota.take_up.KZ-55"
    ] == "scenarios/parent.yml"  # fmt: skip
    with pytest.raises(InputError, match="scenarios/one.yml:1 and scenarios/two.yml:1 set"):
        read_bound("clash", country)


# ---- the resolved file


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scenario_comes_back_from_its_resolved_file(
    path: Path, in_tmp: Path, space: Space, sections: pd.DataFrame
) -> None:
    for scenario in (load_scenario(path), load_scenario(path).bind(Country(space, sections))):
        Path("scenario.resolved.yml").write_text(scenario.to_yaml(), encoding="utf-8")
        again = load_scenario("scenario.resolved.yml")
        assert again == scenario
        assert again.resolved() == scenario.resolved()
        assert again.fingerprint == scenario.fingerprint


SOME_SHARE = st.floats(0, 1)
SOME_SERIES = st.dictionaries(st.integers(1990, 2100), st.floats(0, 1e9), min_size=1, max_size=4)
SOME_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1)
SOME_TRIPLE = st.lists(SOME_SHARE, min_size=3, max_size=3).map(sorted)
SOME_POINT = st.fixed_dictionaries(
    {"region": SOME_TEXT, "jobs": SOME_SERIES},
    optional={
        "title": st.fixed_dictionaries(dict.fromkeys(LANGUAGES, SOME_TEXT)),
        "construction_jobs": SOME_SERIES.map(lambda v: {"between": "line", "values": v}),
        "dwellings": st.floats(0, 1e9).map(lambda v: {2027: v}),
        "homes": st.tuples(SOME_TEXT, SOME_SHARE).map(lambda v: {v[0]: v[1], "-": 1 - v[1]}),
        "additional": SOME_SHARE,
        "local_fill": SOME_SHARE,
        "arrival_profile": SOME_SHARE.map(lambda v: [v, 1 - v]),
        "delivery": st.fixed_dictionaries({}, optional={"share": SOME_TRIPLE}),
        "certainty": st.sampled_from(["announced", "funded", "building"]),
        "plan": st.dictionaries(SOME_TEXT, SOME_SERIES | SOME_TEXT | SOME_SHARE, min_size=1),
        "source": SOME_TEXT,
    },
)  # fmt: skip


def as_yaml(value: Any) -> str:
    """A tree in one line of YAML: text as in JSON, years as years."""
    if isinstance(value, dict):
        inside = (
            f"{key if isinstance(key, int) else json.dumps(key)}: {as_yaml(one)}"
            for key, one in value.items()
        )
        return "{" + ", ".join(inside) + "}"
    return json.dumps(value)


@settings(max_examples=60)
@given(SOME_POINT, SOME_TEXT, st.floats(0.5, 10))
def test_any_scenario_comes_back_from_its_resolved_file(
    point: dict[str, Any], title: str, tfr: float
) -> None:
    tree = {"title": title, "until": 2030, "growth_points": {"a": point},
            "uncertainties": {"fertility": {"tfr": {2027: tfr}}}}  # fmt: skip
    scenario = parse_scenario(as_yaml(tree))
    assert scenario.growth_points["a"].jobs == Series.from_map(point["jobs"])
    assert parse_scenario(scenario.to_yaml()) == scenario


def test_the_resolved_file_names_the_file_of_every_value(in_tmp: Path) -> None:
    text = load_scenario("atyrau-petrochemicals").to_yaml()
    lines = {line.split(":")[0].strip(): line for line in text.splitlines() if "#" in line}
    assert lines["until"] == "until: 2030 # scenarios/baseline.yml"
    assert lines["jobs"] == "    jobs: {2029: 800} # scenarios/points/atyrau-petrochemicals.yml"
    assert lines["driver"] == "    driver: jobs # default"
    assert str(ROOT) not in text  # the same on every machine


# ---- the shipped scenarios


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scenario_is_sound_titled_and_sourced(
    path: Path, in_tmp: Path, space: Space, sections: pd.DataFrame
) -> None:
    scenario = load_scenario(path.stem).bind(Country(space, sections, base_year=2026))
    told = [warning.message for warning in scenario.warnings]
    plans_alone = [
        p for p in scenario.growth_points.values() if not any(getattr(p, d) for d in DRIVES)
    ]
    assert told == ["nothing drives this growth point: only its plan is compared"] * len(
        plans_alone
    )
    assert scenario.description is not None
    for words in (scenario.title, scenario.description):
        assert len(set(words.values())) == len(LANGUAGES)  # three languages, not one thrice
    for point in scenario.growth_points.values():
        assert point.source
        assert point.title is not None
        assert len(set(point.title.values())) > 1
        assert point.sectors is not None or not point.jobs
        assert "delivery" in point.model_fields_set or point in plans_alone


def test_the_baseline_adds_nothing(in_tmp: Path) -> None:
    baseline = load_scenario("baseline")
    assert baseline.until == 2030
    assert not baseline.growth_points
    assert not baseline.levers.norms


def test_the_petrochemical_complex_has_the_published_figures(
    in_tmp: Path, space: Space, sections: pd.DataFrame
) -> None:
    """baq.kz: 15,000 jobs at the peak of construction, 800 in operation; region KZ-23."""
    scenario = load_scenario("atyrau-petrochemicals").bind(Country(space, sections))
    (point,) = scenario.growth_points.values()
    years = range(2026, 2032)
    assert point.region == "KZ-23"
    assert point.jobs.over(years).tolist() == [0, 0, 0, 800, 800, 800]
    assert point.construction_jobs.over(years).tolist() == [0, 15000, 15000, 0, 0, 0]
    assert point.source is not None
    assert "rus.baq.kz" in point.source


# ---- the list


def test_the_list_has_a_row_for_every_file(write: Any) -> None:
    write(
        parent=PARENT, one="title: {ru: Высокая рождаемость, en: High fertility}\n" + HIGH,
        broken="extends: baseline\nuntill: 2030\n",
    )  # fmt: skip
    rows = {row.name: row for row in list_scenarios()}
    assert {"baseline", "atyrau-petrochemicals", "parent", "one", "broken"} <= set(rows)
    parent, one, broken = rows["parent"], rows["one"], rows["broken"]
    assert (parent.kind, parent.title, parent.until) == ("scenario", "The parent", 2030)
    assert (parent.points, parent.jobs) == (2, 12100)
    assert (one.kind, one.title, one.until) == ("overlay", "High fertility", None)
    assert broken.kind == "faulty"
    assert "did you mean 'until'?" in broken.fault


def test_the_list_speaks_the_language_of_now(write: Any) -> None:
    write(one="title: {ru: Высокая рождаемость, en: High fertility}\n" + HIGH)
    with speaking("ru"):
        titles = {row.name: row.title for row in list_scenarios()}
    assert titles["one"] == "Высокая рождаемость"
    assert titles["baseline"] == "Базовый сценарий"


# ---- the JSON Schema


def as_json(tree: Any) -> Any:
    """A plain tree with the text keys of JSON."""
    return json.loads(json.dumps(tree))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_independent_validator_accepts_shipped_files(path: Path, needed: Any) -> None:
    jsonschema = needed("jsonschema")
    validator = jsonschema.Draft202012Validator(json_schema())
    written = parse(path.read_bytes(), Source(path, path.name)).tree
    assert list(validator.iter_errors(as_json(written))) == []
    if path not in OVERLAYS:
        assert list(validator.iter_errors(as_json(load_scenario(path).resolved()))) == []


@pytest.mark.parametrize(
    "tree",
    [
        {"untill": 2030},
        {"until": "2030"},
        {"growth_points": {"a": {"region": "R", "jobs": {"2028": "many"}}}},
        {"growth_points": {"a": {"region": "R", "jobs": {"28": 5}}}},
        {"growth_points": {"A b": {"region": "R"}}},
        {"growth_points": {"a": {"delivery": {"share": [0.1, 0.2]}}}},
        {"growth_points": {"a": {"additional": 1.5}}},
        {"uncertainties": {"fertility": {"variant": "higher"}}},
        {"uncertainties": {"fertility": {"variant": "high", "tfr": {"2026": 2.5}}}},
        {"levers": {"kandas_quota": {"take_up": {"KZ-55": 53}}}},
        {"levers": {"memoranda": [{"from": "A", "persons": {"2026": 1}}]}},
        {"levers": {"participation": [{"ages": [55], "change": {"2028": 0.05}}]}},
        {"growth_points": {"a": {"region": "R", "covers": "town"}}},
    ],
)
def test_an_independent_validator_refuses_what_we_refuse(tree: dict[str, Any], needed: Any) -> None:
    jsonschema = needed("jsonschema")
    validator = jsonschema.Draft202012Validator(json_schema())
    assert list(validator.iter_errors(tree))
    with pytest.raises(InputError):
        parse_scenario("until: 2030\n" * ("until" not in tree) + json.dumps(tree))


def test_every_key_is_documented() -> None:
    found = json_schema()
    for name, part in [("file", found), *found["$defs"].items()]:
        for key, described in part.get("properties", {}).items():
            assert described["description"].endswith("."), f"{name}.{key}"


def test_equality_is_of_what_is_said(in_tmp: Path) -> None:
    one = parse_scenario("title: T\nextends: baseline\n", "one")
    two = parse_scenario("title: T\nextends: baseline\nuntil: 2030\n", "two")
    assert one == two
    assert one.fingerprint == two.fingerprint
    assert isinstance(one, Scenario)
    assert one != parse_scenario("title: T\nextends: baseline\nuntil: 2031\n", "one")


def test_an_own_baseline_may_extend_the_shipped_one(in_tmp: Path) -> None:
    (in_tmp / "scenarios").mkdir()
    own = in_tmp / "scenarios" / "baseline.yml"
    own.write_text("title: ours\nextends: baseline\nuntil: 2033\n")
    (in_tmp / "scenarios" / ".hidden.yml").write_text("nonsense")
    scenario = load_scenario("baseline")
    assert (scenario.title["en"], scenario.until) == ("ours", 2033)
    assert scenario.uncertainties.fertility.variant == "medium"
    assert ".hidden" not in [row.name for row in list_scenarios()]
