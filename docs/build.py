"""Build the site from docs/*.md, strictly: `make docs`, or python docs/build.py [--no-pictures].

The pages are read on their own as well, so nothing in them is the generator's: this script puts
them into docs/_build/source with the pages that stand beside docs, adds the contents, the pictures
of the gallery, and lets Sphinx make docs/_build/html. A warning is a failure.
"""

from __future__ import annotations

import re
import shutil
import sys
import time
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
SITE = DOCS / "_build"
sys.path.insert(0, str(DOCS))

CHAPTERS: dict[str, dict[str, str]] = {  # page: its name in the menu
    "Start": {"overview": "Overview", "scenarios": "Writing scenarios",
              "data-package": "Your own region", "cli": "Commands", "gallery": "Gallery"},
    "People": {"estimates": "Base population", "demography": "Births, deaths, ages",
               "abroad": "Across the border", "migration": "Moves between regions",
               "growth-points": "Growth points"},
    "Work and places": {"labour": "Labour", "labour-gap": "The labour gap",
                        "infrastructure": "Facilities and orders", "loop": "The loop, the gate",
                        "plan-audit": "Audit of a plan"},
    "How sure": {"uncertainty": "Draws and intervals", "backtest": "Backtest",
                 "sensitivity": "What matters most", "compare": "Why runs differ"},
    "Settlement policy": {"quota": "Quota", "match": "Families to regions", "score": "Scores",
                          "retention": "Who stays", "indicators": "Indicators"},
    "Results": {"query": "SQL", "report": "Reports", "batch": "Batches",
                "explorer": "Explorer"},
    "More": {"peers": "Other systems", "changes": "Changes", "contributing": "Contributing"},
}  # fmt: skip
BESIDE = {"README.md": "overview", "CHANGELOG.md": "changes", "CONTRIBUTING.md": "contributing"}
COMMENT = re.compile(r"<!--.*?-->\n?", re.S)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")


def assemble(source: Path) -> None:
    """The pages as Sphinx reads them: links between docs and what stands beside it become links
    between pages, links to other files their names."""
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    for path in sorted(DOCS.glob("*.md")):
        (source / path.name).write_text(_page(path, DOCS), encoding="utf-8")
    for name, page in BESIDE.items():
        (source / f"{page}.md").write_text(_page(ROOT / name, ROOT), encoding="utf-8")
    for path in DOCS.glob("*.png"):
        shutil.copy(path, source)
    shutil.copytree(DOCS / "_static", source / "_static")
    shutil.copy(DOCS / "conf.py", source)
    index = source / "index.md"
    index.write_text(index.read_text(encoding="utf-8") + contents(), encoding="utf-8")


def contents() -> str:
    """The tree of contents, which only the site needs."""
    parts = []
    for title, pages in CHAPTERS.items():
        listed = "\n".join(f"{name} <{page}>" for page, name in pages.items())
        parts.append(f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{listed}\n```\n")
    return "".join(parts)


def _page(path: Path, home: Path) -> str:
    """The text of a page, its links turned to where things stand in the site."""

    def turned(match: re.Match[str]) -> str:
        picture, text, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        file, _, anchor = target.partition("#")
        there = (home / file).resolve()
        if not there.exists():
            raise SystemExit(f"{path.name}: no file {target}")
        mark = f"#{anchor}" if anchor else ""
        if there.parent == DOCS and there.suffix in (".md", ".png"):
            return f"{picture}[{text}]({there.name}{mark})"
        if there.parent == ROOT and there.name in BESIDE:
            return f"{picture}[{text}]({BESIDE[there.name]}.md{mark})"
        name = there.relative_to(ROOT).as_posix()
        return f"`{name}`" if text.strip("`") in (name, there.name) else f"{text} (`{name}`)"

    text = path.read_text(encoding="utf-8")
    pieces = re.split(r"(^```.*?^```$|`[^`\n]+`)", text, flags=re.S | re.M)
    return "".join(
        piece if place % 2 else LINK.sub(turned, COMMENT.sub("", piece))
        for place, piece in enumerate(_joined(pieces))
    )


def _joined(pieces: list[str]) -> list[str]:
    """Words in `code` that stand inside a link text stay with the link."""
    found = [pieces[0]]
    for place in range(1, len(pieces), 2):
        code, after = pieces[place], pieces[place + 1]
        if not code.startswith("```") and found[-1].rstrip("`").endswith("["):
            found[-1] += code + after
        else:
            found += [code, after]
    return found


def illustrate(source: Path) -> int:
    """Put the pictures of the gallery under their headings; how many there are."""
    import gallery

    page = source / "gallery.md"
    text, count = page.read_text(encoding="utf-8"), 0
    for name, words in gallery.pictures(source / "pictures"):
        words = words.replace("[", "(").replace("]", ")")
        text = text.replace(f"### {name}\n", f"### {name}\n\n![{words}](pictures/{name}.png)\n", 1)
        count += 1
    page.write_text(text, encoding="utf-8")
    shutil.rmtree(source / "pictures" / "results", ignore_errors=True)
    return count


def build(site: Path, *, pictures: bool) -> int:
    """Assemble and build into `site`; Sphinx's exit code, 0 where nothing was odd."""
    from sphinx.cmd.build import build_main

    source = site / "source"
    assemble(source)
    if pictures:
        illustrate(source)
    html = site / "html"
    shutil.rmtree(html, ignore_errors=True)
    return int(build_main(["-W", "--keep-going", "-q", "-b", "html", "-d", str(site / "doctrees"),
                           str(source), str(html)]))  # fmt: skip


def main() -> int:
    began = time.perf_counter()
    code = build(SITE, pictures="--no-pictures" not in sys.argv[1:])
    if code == 0:
        pages = len(list((SITE / "html").glob("*.html")))
        sys.stdout.write(
            f"{pages} pages in {SITE / 'html'}, {time.perf_counter() - began:.0f} s: "
            f"open {SITE / 'html' / 'index.html'}\n"
        )
    return code


if __name__ == "__main__":
    raise SystemExit(main())
