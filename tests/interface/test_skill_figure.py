"""Skill by horizon is drawn as the back-test has it.

Authority: the rows of the frame, read back from the lines that are drawn.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from PIL import Image
from test_figures import LATIN, words_of
from test_flow_figures import apart

from forecast.errors import InputError, RunError
from forecast.migration import MODELS
from forecast.migration.names import MODEL_WORDS
from forecast.report.skill import LOOKS, plot_skill, save_skill
from forecast.words import LANGUAGES, speaking
from forecast.words.digits import per_cent

NAMES = ("persistence", *(name for name in MODEL_WORDS if name != "persistence"))


def frame(models: int, horizons: int, *, deepest: float = -0.05) -> pd.DataFrame:
    rows = []
    for k, model in enumerate(NAMES[:models]):
        for ahead in range(1, horizons + 1):
            skill = 0.0 if model == "persistence" else deepest + 0.02 * k + 0.002 * ahead * k
            error = 0.05 * ahead**0.55
            rows.append((model, ahead, skill, error * (1 - skill), 0.97, 0.8 + 0.01 * k, 0.95))
    columns = ["model", "horizon", "skill", "wmape", "cpc", "coverage_80", "coverage_95"]
    return pd.DataFrame(rows, columns=columns)


def lines(ax: Axes) -> dict[str, np.ndarray]:
    return {line.get_label(): line.get_xydata() for line in ax.lines
            if line.get_label() in MODEL_WORDS}  # fmt: skip


def words(ax: Axes) -> str:
    return words_of(ax.get_figure(root=True))  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("horizons", [1, 2, 10])
@pytest.mark.parametrize("models", [1, 2, 9])
def test_no_word_touches_another(models: int, horizons: int, lang: str) -> None:
    with speaking(lang):
        apart(plot_skill(frame(models, horizons), below=["..."]).get_figure(root=True))


def test_every_word_goes_through_the_catalogue(cyrillic: None) -> None:
    with speaking("kk"):
        said = words(plot_skill(frame(9, 5, deepest=-0.5)))
    assert not [line for line in said.splitlines() if LATIN.search(line)]


def test_lines_are_the_skill_in_per_cent_and_persistence_is_zero() -> None:
    table = frame(5, 4).sample(frac=1, random_state=1)  # rows in any order
    ax = plot_skill(table)
    drawn = lines(ax)
    assert set(drawn) == set(NAMES[1:5])
    for model, points in drawn.items():
        rows = table[table["model"] == model].sort_values("horizon")
        np.testing.assert_allclose(points, rows[["horizon", "skill"]] * [1, 100])
        assert per_cent(100 * rows["skill"].iloc[-1], signed=True) in words(ax)
        assert MODEL_WORDS[model] in words(ax)
    assert [line.get_ydata()[0] for line in ax.lines if len(set(line.get_ydata())) == 1][0] == 0
    error = table[(table["model"] == "persistence") & (table["horizon"] == 4)]["wmape"].iloc[0]
    assert f"4\n{per_cent(100 * error)}" in words(ax)


def test_a_skill_far_below_leaves_the_figure_and_its_number_stays() -> None:
    table = frame(3, 3)
    table.loc[table["model"] == NAMES[2], "skill"] = -4.6  # classic gravity: 29.4 against 5.25 %
    ax = plot_skill(table)
    assert ax.get_ylim()[0] > -40
    below = [line for line in ax.lines if line.get_label() == "below" and len(line.get_xdata())]
    assert [list(line.get_xdata()) for line in below] == [[1, 2, 3]]
    assert per_cent(-460.0) in words(ax)
    assert f"less than {per_cent(-30.0, 0)}" in words(ax).replace("\n", " ")


def test_models_look_different_and_every_model_of_the_house_has_a_word_and_a_look() -> None:
    assert set(MODELS) <= set(MODEL_WORDS)
    assert set(MODEL_WORDS) == {*LOOKS, "persistence"}
    for part in (0, 1):
        assert len({look[part] for look in LOOKS.values()}) == len(LOOKS)


def test_a_model_that_nobody_knows_is_drawn_under_its_name() -> None:
    table = frame(2, 3).replace({"model": {NAMES[1]: "my_own"}})
    assert "my own" in words(plot_skill(table))


def test_unknown_skill_breaks_the_line_and_unknown_coverage_is_no_number() -> None:
    table = frame(2, 5)
    mine = table["model"] == NAMES[1]
    table.loc[mine & (table["horizon"] == 3), "skill"] = np.nan
    table = table.drop(columns=["coverage_95"]).rename(columns={"coverage_80": "cells_80"})
    table.loc[mine, "cells_80"] = np.nan
    ax = plot_skill(table)
    assert np.isnan(lines(ax)[NAMES[1]][2, 1])
    assert "\u2013" in words(ax).splitlines()


def test_faults_of_the_frame_are_told_together() -> None:
    with pytest.raises(InputError) as caught:
        plot_skill(frame(2, 2).drop(columns=["skill", "wmape"]))
    assert "'skill' is missing" in str(caught.value)
    assert "'wmape' is missing" in str(caught.value)
    with pytest.raises(InputError, match="there is no row"):
        plot_skill(frame(2, 2).iloc[:0])
    with pytest.raises(InputError, match="2 years ahead stands there twice"):
        plot_skill(pd.concat([frame(1, 2), frame(1, 2).iloc[1:]]))


def test_the_figure_is_written_as_the_name_ends(tmp_path: Path) -> None:
    for ending in ("png", "svg", "pdf"):
        path = save_skill(frame(4, 5), tmp_path / f"skill.{ending}", first=1998, last=2020)
        assert path.stat().st_size > 1000
    with Image.open(tmp_path / "skill.png") as image:
        assert image.width == pytest.approx(16 / 2.54 * 300, abs=2)
    again = save_skill(frame(4, 5), tmp_path / "more" / "skill.svg", first=1998, last=2020)
    assert again.read_bytes() == (tmp_path / "skill.svg").read_bytes()
    with pytest.raises(InputError, match=r"name a file that ends in .png, .svg, .pdf"):
        save_skill(frame(4, 5), tmp_path / "skill.docx", first=1998, last=2020)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(RunError, match="cannot be written"):
        save_skill(frame(4, 5), tmp_path / "folder.png", first=1998, last=2020)
