"""The site of the documentation: built strictly, whole, and opened from the disk.

A warning of the builder is a failure, a broken link among them; a page that is opened fetches
nothing but its own files.
"""

from __future__ import annotations

import importlib
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
HEADINGS = ["The question", "The method", "Inputs", "Assumptions", "Limits", "Where in the code"]
ROOMS = ("People", "Work and places", "How sure", "Settlement policy", "Results")
NEEDED = ("index", "scenarios", "data-package", "cli", "gallery", "peers", "search")


def script(name: str):
    """A script of docs as a module."""
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(DOCS))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the pages, without the pictures of the gallery."""
    folder = tmp_path_factory.mktemp("site")
    assert script("build").build(folder, pictures=False) == 0
    return folder / "html"


def test_the_pages_hold_what_the_code_says():
    """Keys of scenarios, commands, tables of a package and kinds of figures."""
    generated = script("reference").generated()
    assert {path.name for path in generated} == {
        "scenarios.md", "data-package.md", "gallery.md", "cli.md"}  # fmt: skip
    for path, text in generated.items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run: make docs"
    told = {path.name: text for path, text in generated.items()}
    for words in ("growth_points", "kandas_quota", "infrastructure_first"):
        assert words in told["scenarios.md"]
    assert "forecast compare" in told["cli.md"]
    assert "| `labels` |" in told["data-package.md"]
    assert "labour_sections" in told["gallery.md"]


def test_every_page_stands_in_the_contents_once():
    build = script("build")
    listed = [page for pages in build.CHAPTERS.values() for page in pages]
    written = {path.stem for path in DOCS.glob("*.md")} - {"index"}
    assert sorted(listed) == sorted(written | set(build.BESIDE.values()))
    assert set(build.CHAPTERS) >= set(ROOMS)
    assert all((ROOT / name).is_file() for name in build.BESIDE)


def lost(text: str) -> list[str]:
    """What a page names and nobody finds: a bare file lies in the folder that was named last."""
    folder, faults = Path("nowhere"), []
    for named in re.findall(r"`((?:forecast|tests)/[\w/.]+|\w+\.py)`", text):
        there = Path(named) if "/" in named else folder / named
        if not (ROOT / there).exists():
            faults.append(str(there))
        if "/" in named:
            folder = there if not there.suffix else there.parent
    return faults


@pytest.mark.parametrize("name", [
    page for chapter, pages in script("build").CHAPTERS.items() if chapter in ROOMS
    for page in pages
])  # fmt: skip
def test_the_page_of_a_room_has_the_six_headings_and_names_files_that_are_there(name):
    text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", text, re.M) == HEADINGS
    parts = re.split(r"^## .*$", text, flags=re.M)
    assert all(len(part.split()) > 4 for part in parts[1:]), "a heading with nothing below it"
    where = parts[-1]
    assert lost(where) == []
    assert re.search(r"`forecast/[\w/.]+`", where)
    assert re.search(r"`tests/[\w/]+/test_\w+\.py`", where)


def test_a_file_of_another_folder_is_not_there():
    assert (
        lost("`forecast/labour/ladder.py`, `closure.py`; `tests/textbook/test_gap_ladder.py`") == []
    )
    assert lost("`forecast/labour/ladder.py`, `step.py`") == ["forecast/labour/step.py"]
    assert lost("`forecast/gone.py`") == ["forecast/gone.py"]


def test_every_page_of_docs_is_in_the_site(site):
    names = {path.stem for path in DOCS.glob("*.md")}
    assert names | set(NEEDED) <= {path.stem for path in site.glob("*.html")}


class _Targets(HTMLParser):
    """Where the links and files of a page point, and which anchors it has."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[str] = []
        self.anchors: set[str] = set()
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "id" in given:
            self.anchors.add(str(given["id"]))
        if tag == "a" and given.get("href"):
            self.found.append(str(given["href"]))
        for name in ("src", "href"):
            if (tag in ("script", "img", "link", "iframe")) and given.get(name):
                self.fetched.append(str(given[name]))


def test_no_link_is_broken_and_nothing_is_fetched(site):
    pages = {path.name: _Targets(path.read_text(encoding="utf-8")) for path in site.glob("*.html")}
    faults = []
    for name, page in pages.items():
        for target in page.found:
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            there = file or name
            lost = there in pages and anchor and anchor not in pages[there].anchors
            if lost or not (site / there).is_file():
                faults.append(f"{name}: {target}")
        outside = [url for url in page.fetched if re.match(r"(https?:)?//", url)]
        faults += [f"{name}: fetches {url}" for url in outside]
        for url in page.fetched:
            file = url.partition("?")[0].partition("#")[0]
            if file and not re.match(r"[a-z]+:|//", url) and not (site / file).is_file():
                faults.append(f"{name}: {url} is not there")
    assert not faults, "\n" + "\n".join(faults)
    styles = "\n".join(path.read_text(encoding="utf-8") for path in site.glob("_static/**/*.css"))
    assert not re.findall(r"url\(['\"]?https?:", styles)


def test_a_link_to_nowhere_ends_the_build(tmp_path, monkeypatch):
    build = script("build")
    page = tmp_path / "page.md"
    page.write_text("[there](nowhere.md)\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"page\.md: no file nowhere\.md"):
        build._page(page, tmp_path)


def test_pages_open_from_the_disk_and_the_search_finds(site, disk_page):
    page = disk_page
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("index", "data-package", "cli", "scenarios"):
        page.goto((site / f"{name}.html").as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{name}: {width} pixels wide on a phone"
    page.goto((site / "search.html").as_uri() + "?q=retirement")
    page.wait_for_selector("#search-results li a")
    assert "Labour" in page.inner_text("#search-results")
