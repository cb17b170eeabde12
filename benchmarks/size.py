"""What a run costs as districts, draws and years grow: `python benchmarks/size.py`.

Runs `baseline` on invented packages (see districts.py), each in a process of its own on one
processor, workbook and tables written. CPU seconds hold the start of Python as well; gigabytes are
the largest resident size. Prints a Markdown table and, with --plot FILE, draws it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from districts import ROOT, make

BASE_REGIONS = 20
MIDDLE = (60, 100, 25)  # districts, draws, years about which one of them is varied
LARGEST = (200, 100, 25)
VARIED = (
    (20, 100, 25), (100, 100, 25), LARGEST,
    (60, 50, 25), (60, 200, 25), (60, 400, 25),
    (60, 100, 5), (60, 100, 10),
)  # fmt: skip
LIMIT = 8.0  # gigabytes that the largest run may take


class Cost(NamedTuple):
    districts: int
    draws: int
    years: int
    seconds: float
    gigabytes: float


def measure(case: tuple[int, int, int], package: Path, first: int, scratch: Path) -> Cost:
    """The cost of one run; raises CalledProcessError where it fails."""
    districts, draws, years = case
    command = [
        sys.executable, "-m", "forecast", "run", "baseline", "--data", str(package),
        "--draws", str(draws), "--until", str(first + years - 1), "--workers", "1",
        "--no-figures", "--quiet", "--again", "--out", str(scratch / "results"),
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Cost(*case, usage.ru_utime + usage.ru_stime, kilobytes * 1024 / 1e9)


def table(costs: Sequence[Cost]) -> str:
    lines = [
        "| districts | draws | years | CPU seconds | peak memory, GB |",
        "|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {c.districts} | {c.draws} | {c.years} | {c.seconds:.0f} | {c.gigabytes:.1f} |"
        for c in costs
    ]
    return "\n".join(lines)


def plot(costs: Sequence[Cost], path: Path) -> None:
    """Seconds and gigabytes against districts, draws and years, one of them varied at a time."""
    from matplotlib.figure import Figure

    fixed = ((0, (100, 25)), (1, (60, 25)), (2, (60, 100)))
    figure = Figure(figsize=(8.3, 4.4), layout="constrained")
    axes = figure.subplots(2, 3, sharex="col", sharey="row")
    names = ("districts", "draws", "years")
    kept = ("100 draws, 25 years", "60 districts, 25 years", "60 districts, 100 draws")
    for column, (axis, others) in enumerate(fixed):
        chosen = sorted(c for c in costs if tuple(c[k] for k in range(3) if k != axis) == others)
        x = [cost[axis] for cost in chosen]
        axes[0, column].plot(x, [c.seconds for c in chosen], "o-", color="#1b5e8c")
        axes[1, column].plot(x, [c.gigabytes for c in chosen], "s--", color="#b3541e")
        axes[0, column].set_title(kept[column], fontsize=9)
        axes[1, column].set_xlabel(names[column])
        for row in (0, 1):
            axes[row, column].set_ylim(bottom=0)
            axes[row, column].set_xlim(left=0)
            axes[row, column].grid(alpha=0.3)
    axes[1, 0].axhline(LIMIT, color="0.4", linewidth=0.8, linestyle=":")
    axes[0, 0].set_ylabel("CPU seconds")
    axes[1, 0].set_ylabel("peak memory, GB")
    figure.savefig(path, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", type=Path, help="draw the table into this file")
    parser.add_argument("--source", type=Path, default=next((ROOT / "data").iterdir()))
    asked = parser.parse_args()
    import forecast

    first = forecast.load_dataset(asked.source).base_year
    costs: list[Cost] = []
    with tempfile.TemporaryDirectory() as place:
        scratch = Path(place)
        for case in (*VARIED, MIDDLE):
            package = scratch / f"d{case[0]}"
            if not package.exists():
                make(package, case[0] // BASE_REGIONS, source=asked.source)
            costs.append(measure(case, package, first, scratch))
            print(costs[-1], file=sys.stderr, flush=True)
    costs.sort()
    print(table(costs))
    if asked.plot:
        plot(costs, asked.plot)
    largest = next(cost for cost in costs if cost[:3] == LARGEST)
    if largest.gigabytes > LIMIT:
        sys.exit(f"{largest.gigabytes:.1f} GB are more than {LIMIT:.0f}")


if __name__ == "__main__":
    main()
