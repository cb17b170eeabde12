"""`forecast backtest --migration` as a user types it: right answers, one line for every slip."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest

from forecast.cli import main
from forecast.errors import InputError
from forecast.migration import MODELS
from forecast.migration.model import load_model
from forecast.migration.panel import FlowPanel

REGIONS, YEARS = ("North", "South", "East", "West"), range(2001, 2013)


def table(years=YEARS, scale=1.0):
    random = np.random.default_rng(1)
    rows = [
        (o, d, year, scale * float(round(1000 * (1 + k) * random.uniform(0.9, 1.1))))
        for year in years for k, o in enumerate(REGIONS) for d in REGIONS if o != d
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["origin", "destination", "year", "persons"])


@pytest.fixture
def folder(tmp_path):
    table().to_csv(tmp_path / "od.csv", index=False)
    return tmp_path


def said(capsys, *words, code=2):
    assert main(["backtest", "--migration", *map(str, words)]) == code
    caught = capsys.readouterr()
    return caught.out if code == 0 else caught.err


def test_json_is_strict_and_counts_an_origin_once(folder, capsys):
    text = said(capsys, folder, "--origins", "2010,2010,2008", "--horizons", "1", "--models",
                "trend", "--quiet", "--json", code=0)  # fmt: skip

    def refuse(constant):
        raise AssertionError(constant)

    found = json.loads(text, parse_constant=refuse)
    assert found["origins"] == [2008, 2010]
    assert [row["origins"] for row in found["table"]] == [2, 2]


def test_where_nothing_changes_skill_is_unknown(tmp_path, capsys):
    """Last year's matrix is never off, so nothing can be better than it."""
    same = pd.concat([table(range(2001, 2002)).assign(year=year) for year in YEARS])
    same.to_csv(tmp_path / "od.csv", index=False)
    found = json.loads(said(capsys, tmp_path, "--quiet", "--json", "--models", "trend", code=0))
    assert {row["skill"] for row in found["table"]} == {None}
    assert "\u221e" not in said(capsys, tmp_path, "--models", "trend", code=0)


def test_draws_and_seed_are_heard(folder, capsys):
    words = (folder, "--models", "pooled", "--horizons", "1", "--quiet", "--json")
    one, again, other = (
        json.loads(said(capsys, *words, "--draws", "50", "--seed", seed, code=0))["by_origin"]
        for seed in ("1", "1", "2")
    )
    for row in (*one, *again, *other):
        row.pop("seconds", None)
    assert one == again
    assert one != other


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--origins", "2010-2005"], "--origins: '2010-2005' goes backwards or too far"),
        (["--origins", "2001-2999999"], "goes backwards or too far"),
        (["--origins", "9" * 5000], "goes backwards or too far"),
        (["--origins", "1990,2010"], "origins: 1990 not within 2002-2011"),
        (["--horizons", "\u00b2"], "--horizons: '\u00b2' is no whole number"),
        (["--horizons", "0"], "0 is not a year ahead"),
        (["--horizons", "50"], "no origin is known 50 years later; name horizons up to"),
        (["--models", ","], "--models: nothing is named"),
        (["--models", "poled"], "no model 'poled'; did you mean 'pooled'?"),
        (["--merge", "North=North"], "North cannot be a part of itself"),
        (["--merge", "North=South", "--merge", "North=East"], "made a part of two regions"),
        (["--merge", "Nord=South"], "no region 'Nord' in the moves; did you mean 'North'?"),
        (["--draws", "1"], "write a whole number from 2"),
        (["--seed", "-3"], "-3 is no seed"),
        (["--data", "kazakhstan"], "--data: a panel of moves needs no data package"),
        (["--since", "2050"], "2050 is not within 2001-2012"),
        (["--plot", "skill.txt"], "this is no kind of figure"),
    ],
)
def test_a_slip_is_one_clear_line(folder, capsys, words, text):
    caught = said(capsys, folder, *words)
    assert text in caught
    assert "Traceback" not in caught


def test_the_figure_is_refused_before_the_work(folder, capsys, tmp_path):
    place = tmp_path / "folder.png"
    place.mkdir()
    caught = said(capsys, folder, "--plot", place)
    assert "is a folder; name a file" in caught
    assert "fitting" not in caught


def test_the_figure_is_drawn(folder, capsys, tmp_path):
    target = tmp_path / "skill.svg"
    said(capsys, folder, "--models", "trend,pooled", "--plot", target, code=0)
    assert target.read_text(encoding="utf-8").startswith("<?xml")


def test_a_short_panel_takes_the_horizons_that_it_has(tmp_path, capsys):
    table(range(2009, 2013)).to_csv(tmp_path / "od.csv", index=False)
    assert main(["backtest", "--migration", str(tmp_path), "--models", "trend"]) == 0
    caught = capsys.readouterr()
    assert "moves are known to 2012: years ahead 1 alone" in caught.err
    table(range(2011, 2013)).to_csv(tmp_path / "od.csv", index=False)
    assert "2 years of moves; a back-test needs three" in said(capsys, tmp_path)
    table(scale=0).to_csv(tmp_path / "od.csv", index=False)
    assert "nobody moved in any year" in said(capsys, tmp_path)


def test_the_reason_for_a_panel_that_is_too_short_is_told(tmp_path, capsys):
    rows = table()
    gone = (rows["year"] == 2010) & (rows["origin"] == "North") & (rows["destination"] == "South")
    rows[~gone].to_csv(tmp_path / "od.csv", index=False)
    caught = said(capsys, tmp_path)
    assert "a back-test needs three" in caught
    assert "2010" in caught


def test_a_year_from_which_too_little_is_left_is_the_reason(folder, capsys):
    caught = said(capsys, folder, "--since", "2012")
    assert "a back-test needs three; years before 2012 are left out, as --since says" in caught


def test_a_figure_goes_where_a_file_can_be_made(folder, capsys, tmp_path):
    """No file can stand below a file, whoever asks; a folder that is not there is made."""
    (tmp_path / "file").write_text("")
    caught = said(capsys, folder, "--plot", tmp_path / "file" / "skill.png")
    assert "the file cannot be written" in caught
    assert "fitting" not in caught
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "od.csv"]
    target = tmp_path / "new" / "skill.png"
    out = said(capsys, folder, "--models", "trend", "--plot", target, code=0)
    assert "wMAPE" in out
    assert target.is_file()


def test_no_remark_of_numpy_reaches_a_planner(tmp_path, capsys):
    """A year without any move between years with moves: divisions by zero stay inside."""
    rows = table()
    rows.loc[rows["year"].isin((2005, 2012)), "persons"] = 0.0
    rows.to_csv(tmp_path / "od.csv", index=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said(capsys, tmp_path, "--models", "pooled,pair_effects", "--horizons", "1", code=0)


@pytest.mark.parametrize("name", ["pooled", "blend"])
def test_a_model_without_a_part_of_what_was_fitted_is_refused(tmp_path, name):
    flows = np.random.default_rng(1).uniform(100, 200, (6, 3, 3))
    panel = FlowPanel(("A", "B", "C"), tuple(range(2001, 2007)), flows)
    path = MODELS[name]().fit(panel).save(tmp_path / "model.npz")
    with np.load(path) as file:
        kept = {key: file[key] for key in file.files if key in ("head", "state.regions",
                                                                "state.last")}  # fmt: skip
    np.savez(path, **kept)
    with pytest.raises(InputError, match="not all that was fitted is there"):
        load_model(path)
    path.write_bytes(b"hello world" * 20)
    with pytest.raises(InputError, match=r"not a \.npz file"):
        load_model(path)


@pytest.mark.parametrize("spoil", ["cut", "flipped", "numbers", "settings", "empty"])
def test_a_spoilt_model_is_one_clear_fault(tmp_path, spoil):
    flows = np.random.default_rng(1).uniform(100, 200, (6, 3, 3))
    model = MODELS["pooled"]().fit(FlowPanel(("A", "B", "C"), tuple(range(2001, 2007)), flows))
    path = model.save(tmp_path / "model.npz")
    whole = path.read_bytes()
    if spoil == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif spoil == "flipped":
        path.write_bytes(whole[:200] + bytes(255 - b for b in whole[200:260]) + whole[260:])
    elif spoil == "numbers":
        np.save(tmp_path / "numbers.npy", flows)
        path = tmp_path / "numbers.npy"
    elif spoil == "settings":
        np.savez(path, head=np.array(json.dumps({"name": "pooled", "settings": {"k": 1}})))
    else:
        np.savez(path, head=np.array(json.dumps({"name": "pooled", "settings": {}})))
    with pytest.raises(InputError, match="no saved model of flows"):
        load_model(path)
    for horizon in (float("inf"), float("nan"), "x", None, True):
        with pytest.raises(InputError, match="whole year"):
            model.predict(horizon)
