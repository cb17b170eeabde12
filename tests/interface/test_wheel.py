"""What users install: built from the sources, put into an empty environment, run elsewhere.

Authority: pip and Python's own venv, nothing of the checkout on the path.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from forecast.version import __version__

ROOT = Path(__file__).resolve().parents[2]
NOT_SOURCES = (".git", ".venv", "build", "dist", "results", "__pycache__", "*.mo", ".*_cache")


def build(sources: Path, target: Path, kind: str) -> Path:
    """The wheel or sdist that hatchling builds of `sources` into `target`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    done = subprocess.run(command, cwd=sources, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = target.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


def contents(wheel: Path) -> dict[str, int]:
    """The files of a wheel with their checksums."""
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, so that building leaves nothing in it."""
    folder = tmp_path_factory.mktemp("sources") / "forecast"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_SOURCES))
    return folder


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(sources, tmp_path_factory.mktemp("wheel"), "wheel")


def test_the_wheel_carries_data_scenarios_and_words(wheel: Path) -> None:
    names = set(contents(wheel))
    for folder in ("cards", "data", "scenarios"):
        in_checkout = {
            f"forecast/_shipped/{path.relative_to(ROOT).as_posix()}"
            for path in (ROOT / folder).rglob("*")
            if path.suffix in {".csv", ".yml", ".json", ".geojson"}
        }
        assert in_checkout, f"{folder}/ is empty"
        assert in_checkout <= names
    assert {f"forecast/words/{lang}/LC_MESSAGES/forecast.mo" for lang in ("ru", "kk")} <= names
    assert "forecast/py.typed" in names
    for named in ("report/document/page.css", "report/document/page.js",
                  "explorer/assets/page.css"):  # fmt: skip
        assert f"forecast/{named}" in names
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "forecast").rglob("*")
             if path.suffix in {".css", ".js"}}  # fmt: skip
    assert pages <= names


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in contents(wheel)}
    assert tops == {"forecast", f"growth_point_forecast-{__version__}.dist-info"}
    kinds = {Path(name).suffix for name in contents(wheel) if name.startswith("forecast/")}
    assert kinds <= {
        ".py",
        ".typed",
        ".mo",
        ".csv",
        ".json",
        ".geojson",
        ".yml",
        ".yaml",
        ".md",
        ".css",
        ".js",
    }


def test_the_source_archive_builds_the_same_wheel(
    sources: Path, wheel: Path, tmp_path: Path
) -> None:
    archive = build(sources, tmp_path / "sdist", "sdist")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    again = build(unpacked, tmp_path / "again", "wheel")
    assert contents(again) == contents(wheel)


@pytest.mark.slow
def test_an_empty_environment_runs_the_baseline(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "environment", with_pip=True)
    binaries = tmp_path / "environment" / "bin"
    desk = tmp_path / "desk"
    desk.mkdir()
    # Nothing but the empty environment: no path to the checkout, no setting of the tests.
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "FORECAST_"))}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(command, cwd=desk, env=clean, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    run(str(binaries / "python"), "-m", "pip", "install", "--quiet", str(wheel))
    shell = str(binaries / "forecast")
    assert __version__ in run(shell, "--version").stdout
    run(shell, "run", "baseline", "--out", "results")
    (folder,) = (desk / "results").rglob("manifest.json")
    assert (folder.parent / "population.parquet").stat().st_size > 0
    spoken = run(shell, "run", "alatau-sez", "--lang", "ru", "--out", "results-ru")
    assert any("а" <= letter <= "я" for letter in spoken.stdout + spoken.stderr)
    where = "import forecast; print(forecast.__file__)"
    assert str(ROOT) not in run(str(binaries / "python"), "-c", where).stdout
