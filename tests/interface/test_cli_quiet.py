"""What `--quiet` leaves unsaid, and what a folder that goes away meanwhile is called."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

import forecast as fc
from forecast.cli import main
from forecast.storage import replacing


@pytest.mark.parametrize("words", [["--csv", "less.csv"], []])
def test_a_quiet_comparison_says_nothing(in_tmp: Path, capsys, words: list[str]) -> None:
    run = fc.run("baseline", until=2026)
    folder = str(run.save(in_tmp / "baseline", figures=False, workbook=False))
    assert main(["compare", folder, folder, *words, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    if words:
        assert set(pd.read_csv("less.csv")["difference"]) == {0.0}


def test_a_results_folder_that_is_deleted_meanwhile_is_one_line(in_tmp: Path) -> None:
    def written() -> None:
        with replacing(in_tmp / "results" / "a") as beside:
            shutil.rmtree(in_tmp / "results")
            pd.DataFrame({"value": [1.0]}).to_parquet(beside / "population.parquet")

    with pytest.raises(fc.RunError, match="results/a: the folder was deleted while it was being"):
        written()
