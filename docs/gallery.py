"""docs/gallery.md: every kind of figure with the lines that draw it; the pictures are made for
the site and are never older than the code."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import forecast as fc
from forecast.cli import main
from forecast.report.figures import FIGURES, alt_text, drawable, options_of

PAGE = Path(__file__).with_name("gallery.md")
SCENARIO, DRAWS = "alatau-general-plan", 100
DOTS, COLOURS = 100, 48  # per inch; of the palette: small files
# Figures that another command draws with its own numbers: title, command, the file it writes.
OTHERS = {
    "tornado": ("Which assumption moves a result most",
                f"forecast sensitivity {SCENARIO} --plot tornado.png"),
    "waterfall": ("Why two runs differ, in parts that add up",
                  "forecast compare baseline results/alatau-general-plan --account "
                  "--plot waterfall.png"),
    "bullets": ("Indicators of a programme against their targets",
                "forecast indicators results/alatau-general-plan --plot bullets.png"),
}  # fmt: skip


def gallery_text() -> str:
    """A section for each kind that `forecast plot` knows, then those of other commands."""
    parts = []
    for name, function in FIGURES.items():
        words = " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())
        options = ", ".join(f"`{option}`" for option in sorted(options_of(name) - {"ax"}))
        lines = [
            f"### {name}", "", words, *([f"Options: {options}."] if options else []), "",
            "```", f"forecast plot results/{SCENARIO} {name}", "```", "",
            "```python", f'projection.plot("{name}")', "```", "",
        ]  # fmt: skip
        parts.append("\n".join(lines))
    for name, (title, command) in OTHERS.items():
        parts.append(f"### {name}\n\n{title}.\n\n```\n{command}\n```\n")
    return "\n".join(parts)


def pictures(folder: Path) -> Iterator[tuple[str, str]]:
    """Draw every figure of the page into `folder`; gives its name and alternative text."""
    folder.mkdir(parents=True, exist_ok=True)
    projection = fc.run(SCENARIO, draws=DRAWS)
    ready = drawable(projection)
    for name in FIGURES:
        if name in ready:
            figure = projection.plot(name)
            figure.savefig(folder / f"{name}.png", dpi=DOTS)
            _small(folder / f"{name}.png")
            yield name, alt_text(projection, name)
    before = Path.cwd()
    os.chdir(folder)
    try:
        projection.save(f"results/{SCENARIO}", figures=False, workbook=False)
        for name, (title, command) in OTHERS.items():
            words = command.split()[1:]
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said:
                code = main(words)
            if code != 0:
                sys.stderr.write(said.getvalue())
                raise SystemExit(f"'{command}' failed")
            _small(Path(f"{name}.png"), width=640)
            yield name, f"{title}."
    finally:
        os.chdir(before)


def _small(path: Path, width: int | None = None) -> None:
    """The picture with few colours, and no wider than `width`."""
    from PIL import Image

    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    if width is not None and picture.width > width:
        height = round(picture.height * width / picture.width)
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
