"""Every fault of a score card is told at once, with its line and what to do."""

import pytest

import forecast as fc
from forecast.settlement.score_read import load_card

GOOD = """title: {en: A card, ru: Карта, kk: Карта}
kind: applicants
pass_mark: 50
criteria:
  age:
    name: {en: age, ru: возраст, kk: жас}
    column: age
    weight: 60
    bins:
      - {from: 18, to: 40, value: 1}
      - {from: 40, to: 70, value: 0.5}
    reference: 30
  language:
    name: {en: language, ru: язык, kk: тіл}
    column: language
    weight: 40
    words: {B1: 1, A1: 0.2}
    reference: A1
"""


def faults_of(tmp_path, text):
    path = tmp_path / "card.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(fc.InputError) as caught:
        load_card(path)
    assert caught.value.exit_code == 2
    return [str(fault).replace(f"{path.as_posix()}:", "") for fault in caught.value.faults]


def test_the_good_card_is_good(tmp_path):
    path = tmp_path / "card.yml"
    path.write_text(GOOD, encoding="utf-8")
    card = load_card(path)
    assert card.highest == 100
    assert card.criterion("language").reference_worth() == 0.2


@pytest.mark.parametrize(
    "old, new, line, told",
    [
        ("weight: 60", "weight: '60'", 8, "a number is needed, found text '60'"),
        ("weight: 60", "weight: -60", 8, "-60 is negative; write 0 or more"),
        ("weight: 60", "weight: sixty", 8, "write a number"),
        ("to: 70, value: 0.5", "to: 70, value: 1.5", 11, "1.5 is above 1"),
        ("from: 40, to: 70", "from: 35, to: 70", 11, "overlaps the one from 18 to 40"),
        ("from: 40, to: 70", "from: 45, to: 70", 11, "no bin holds 40 to 45"),
        ("from: 18, to: 40", "from: 40, to: 18", 10, "the bin from 40 to 18 is empty"),
        ("{from: 40, to: 70, value: 0.5}",
         "{from: 40, to: 50, value: 0.5}\n      - {from: 50, to: 70, value: 0.6}", 12,
         "must rise or fall throughout (0.5 -> 0.6)"),
        ("{from: 40, to: 70, value: 0.5}", "{from: 40, to: 70}", 11, "'value' is missing"),
        ("{from: 40, to: 70, value: 0.5}", "40", 11, "a map of keys is needed"),
        ("    column: age\n", "", 5, "what is measured is not told"),
        ("column: age", "measure: deficit_share", 7, "measures are of regions, not of people"),
        ("column: age", "measure: defict_share", 7, "did you mean 'deficit_share'?"),
        ("column: age", "column: language", 13, "the column 'language' stands twice"),
        ("    reference: 30\n", "", 5, "'reference' is missing"),
        ("reference: 30", "reference: 80", 12, "80 is out of bounds"),
        ("reference: A1", "reference: A2", 18, "'A2' cannot stand here; known: B1, A1"),
        ("B1: 1,", "B1: 2,", 17, "2 is above 1"),
        ("words: {B1: 1, A1: 0.2}", "words: {B1: {value: 1, also: [A1]}, A1: 0.2}", 17,
         "'A1' stands for two words"),
        ("pass_mark: 50\n", "", None, "'pass_mark' is missing"),
        ("pass_mark: 50", "pass_mark: 101", 3, "the highest is 100"),
        ("kind: applicants", "kind: people", 2, "write one of: regions, applicants"),
        ("kind: applicants", "kind: applicants\nqualified: {age: [1]}", 3,
         "'age' is no criterion with words"),
        ("kind: applicants", "kind: applicants\nqualified: {language: [C2]}", 3,
         "'C2' cannot stand here"),
        ("kind: applicants", "kind: applicants\nexample: maybe", 3, "write true or false"),
        ("kind: applicants", "kind: applicants\ncolour: red", 3, "unknown key 'colour'"),
        ("    column: age\n", "    labour: {section: s}\n", 7, "name the column of the region"),
    ],
)  # fmt: skip
def test_a_fault_has_its_line_and_its_cure(tmp_path, old, new, line, told):
    assert old in GOOD
    faults = faults_of(tmp_path, GOOD.replace(old, new))
    found = [fault for fault in faults if told in fault]
    assert found, faults
    if line is not None:
        assert found[0].startswith(f"{line}: ")


def test_weights_that_are_all_zero_are_refused(tmp_path):
    text = GOOD.replace("weight: 60", "weight: 0").replace("weight: 40", "weight: 0")
    assert faults_of(tmp_path, text) == [
        "4: criteria: every weight is 0; give at least one criterion a weight"
    ]


def test_all_faults_come_together(tmp_path):
    text = GOOD.replace("weight: 60", "weight: x").replace("B1: 1,", "B1: 3,")
    faults = faults_of(tmp_path, text.replace("pass_mark: 50\n", ""))
    assert len(faults) == 3


@pytest.mark.parametrize("text", ["", "- a\n", "title", "a: [1\n", "a: 1\na: 2\n"])
def test_files_that_are_no_card_are_refused_in_words(tmp_path, text):
    assert not any("extends: baseline" in fault for fault in faults_of(tmp_path, text))
