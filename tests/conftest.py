"""What every test stands on: English messages, one thread a worker, the same random examples."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

# Set before numpy and matplotlib are imported; processes that a test starts inherit it.
for _name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
    os.environ.pop(_name, None)
os.environ.update(
    FORECAST_LANG="en",
    LANG="C.UTF-8",
    COLUMNS="100",
    NO_COLOR="1",
    MPLBACKEND="Agg",
    OMP_NUM_THREADS="1",
    OPENBLAS_NUM_THREADS="1",
)

import pytest
from hypothesis import settings

from forecast import words

# The same examples every time and on every machine: a failure is never a matter of luck, and
# two busy cores are no reason to fail.
settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.load_profile("fixed")

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow") or os.environ.get("CI"):
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="slow: runs in CI and with --slow"))


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A test that speaks Russian does not make the next one do so."""
    words.speak("en")
    yield
    words.speak("en")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder with reference cases (`reference/`, `flows/`), too large for the repository.

    Named by FORECAST_REFERENCE_DATA. Unset: the test is skipped. Set and not there: it fails,
    because somebody believes that it runs.
    """
    named = os.environ.get("FORECAST_REFERENCE_DATA")
    if not named:
        pytest.skip("FORECAST_REFERENCE_DATA does not name the folder of the reference cases")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"FORECAST_REFERENCE_DATA names {folder}, which is not a folder")
    return folder


def program(*names: str) -> str:
    """A program that a test needs. CI must have it; on another machine the test is skipped."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"{names[0]} is not on this machine, and CI is to test with it")
    if found is None:
        pytest.skip(f"{names[0]} is not on this machine")
    return found


def package(name: str) -> ModuleType:
    """A package that a test needs, imported. CI must have it; elsewhere the test is skipped."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed, and CI is to test with it: {error}")
        pytest.skip(f"{name} is not installed: {error}")


@pytest.fixture(scope="session")
def needed() -> Callable[[str], ModuleType]:
    """A package by its name, see `package`."""
    return package


@pytest.fixture(scope="session")
def office() -> str:
    """LibreOffice."""
    return program("soffice", "libreoffice")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium, the machine's own, driven by Playwright."""
    path = program("chromium", "chromium-browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking",
                  "--disable-component-update", "--disable-sync", "--no-first-run"],
        )  # fmt: skip
        yield browser
        browser.close()


@pytest.fixture
def disk_page(chromium: Any) -> Iterator[Any]:
    """An empty page to open files in; what it fetches beyond the disk, or reports, is a failure."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    odd: list[str] = []
    page.on("request", lambda r: odd.append(r.url) if r.url.partition(":")[0] not in
            ("file", "data", "blob") else None)  # fmt: skip
    page.on("console", lambda m: odd.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: odd.append(str(error)))
    yield page
    page.close()
    assert not odd


@pytest.fixture
def in_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test works in an empty folder of its own, which is returned."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
