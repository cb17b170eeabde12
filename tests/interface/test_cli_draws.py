"""`--draws`, `forecast chance` and what a run with draws leaves, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import forecast as fc
from forecast.cli import build, main
from forecast.errors import InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("drawn")
    result = CliRunner().invoke(
        build(), ["run", "baseline", "--until", "2028", "--draws", "60", "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    return out / "baseline"


@pytest.fixture(scope="module")
def projection(folder):
    return fc.load(folder)


def test_a_run_with_draws_keeps_its_tables_and_figures(folder, projection):
    assert projection.draws == 60
    assert projection.manifest["inputs"]["seed"] == 1
    for name in ("fan", "variance"):
        assert (folder / "figures" / f"{name}.png").is_file()
    for name in ("quantiles", "age_quantiles", "samples", "variance", "life_tables"):
        assert len(projection.frame(name)), name
    notes = projection.frame("notes")
    assert "60 draws, seed 1" in " ".join(notes["text"])


def test_quantiles_samples_and_chances_agree(projection):
    wide = projection.quantiles("population", region="Astana City")
    sample = projection.samples("population", region="KZ-71")
    for level in wide.columns:
        expected = np.quantile(sample.to_numpy(dtype=float), level, axis=1)
        assert wide[level].to_numpy() == pytest.approx(expected, rel=1e-5)
    middle = float(np.median(sample.loc[2029]))
    above = projection.probability("population", region="KZ-71", year=2029, above=middle)
    assert above == pytest.approx(0.5, abs=0.01)
    below = projection.probability("population", region="KZ-71", year=2029, below=middle)
    assert above + below == pytest.approx(1.0, abs=0.02)
    by_age = projection.quantiles(region="KZ", by="age", levels=(0.1, 0.9))
    assert len(by_age) == 4 * 2 * 101
    assert (by_age[0.1] <= by_age[0.9]).all()


def test_the_variance_tells_components_apart(projection):
    frame = projection.frame("variance")
    rows = frame[(frame["year"] == 2029) & (frame["measure"] == "share")]
    shares = rows[rows["component"] != "all"].groupby("region")["value"].sum()
    assert shares.to_numpy() == pytest.approx(100)
    city = rows[rows["region"] == "KZ-71"].set_index("component")["value"]
    assert city["internal_moves"] + city["internal_level"] > 80  # who moves there decides
    nation = rows[rows["region"] == "KZ"].set_index("component")["value"]
    assert nation["internal_moves"] < 1  # inside the country moves cancel


def test_urban_people_have_intervals_inside_the_population(projection):
    urban = projection.quantiles("urban_population", region="KZ").xs("KZ")
    people = projection.quantiles("population", region="KZ").xs("KZ")
    assert (urban[0.5] < people[0.5]).all()
    share = projection.quantiles("urban_share", region="KZ-71").xs("KZ-71")
    assert share.to_numpy() == pytest.approx(100)  # wholly urban


def test_chance_prints_a_share_with_its_error(folder):
    words = ["chance", str(folder), "--region", "Astana City", "--year", "2029"]
    result = CliRunner().invoke(build(), [*words, "--above", "1000000"])
    assert "In 100.0% of 60 draws" in result.output
    found = json.loads(CliRunner().invoke(build(), [*words, "--below", "1", "--json"]).output)
    assert found["chance"] == 0
    assert found["low_80"] <= found["median"] <= found["high_80"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--year", "2029"], "above or below"),
        (["--year", "1999", "--above", "1"], "no 1999 in the run; it has 2026 to 2029"),
        (["--year", "2029", "--above", "5", "--below", "3"], "nothing is above 5 and below 3"),
        (["--year", "2029", "--above", "1", "--measure", "popluation"], "did you mean"),
        (["--year", "2029", "--above", "1", "--region", "Astan City"], "did you mean"),
    ],
)
def test_a_wrong_question_is_answered_with_its_cure(folder, words, text, capsys):
    assert main(["chance", str(folder), *words]) == 2
    assert text in capsys.readouterr().err


@pytest.mark.parametrize("draws", ["0", "1", "-5", "1000000"])
def test_wrong_numbers_of_draws(draws, capsys, tmp_path):
    assert main(["run", "baseline", "--draws", draws, "--out", str(tmp_path)]) == 2
    assert "whole number from 2 to 20000" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_questions_in_python_are_refused_in_words(projection):
    plain = fc.run("baseline", until=2026)
    for wrong in (
        lambda: plain.quantiles("population"),
        lambda: plain.samples(),
        lambda: projection.quantiles("population", kind="x"),
        lambda: projection.quantiles("population", levels=0.5),
        lambda: projection.quantiles("population", levels=[0.33]),
        lambda: projection.quantiles("need"),
        lambda: projection.quantiles("births", by="age"),
        lambda: projection.samples("population", region=7),
        lambda: projection.probability(year=2029, above="x"),
        lambda: fc.run("baseline", draws=3, workers=0),
        lambda: fc.run("baseline", draws=True),
    ):
        with pytest.raises(InputError):
            wrong()
