"""Accept what the figures look like now: python tests/interface/accept_figures.py [KIND...]

Draws the baselines of tests/interface/baselines anew, all or those of the kinds named. Look at
what git shows as changed before you commit it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]


def main(kinds: list[str]) -> int:
    from test_figure_baselines import BASELINES, FOLDER, WORDS, invented_run, rendered, words

    unknown = sorted(set(kinds) - {name.kind for name in BASELINES})
    if unknown:
        print(f"no figure {', '.join(unknown)}; there are {', '.join(d.kind for d in BASELINES)}")
        return 2
    FOLDER.mkdir(exist_ok=True)
    run = invented_run()
    told = json.loads(WORDS.read_text(encoding="utf-8")) if WORDS.exists() else {}
    for name in BASELINES:
        path = FOLDER / f"{name}.png"
        if not kinds or name.kind in kinds:
            figure = name.draw(run)
            rendered(figure, path)
            told[str(name)] = words(figure)
            print(path.relative_to(HERE.parents[1]))
    for path in FOLDER.glob("*.png"):
        if path.stem not in {str(name) for name in BASELINES}:
            path.unlink()
            print(f"removed {path.name}")
    kept = {str(name): told[str(name)] for name in BASELINES if str(name) in told}
    lines = [f"{json.dumps(name)}: {json.dumps(found, ensure_ascii=False)}"
             for name, found in kept.items()]  # fmt: skip
    WORDS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
