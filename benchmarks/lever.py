"""Seconds from a key to the redrawn figure of the explorer, in a real Chromium.

`python benchmarks/lever.py VIEW` opens the page on a server of its own, chooses a region and types
numbers of jobs, each time another one, so that no run is found made. It prints the seconds as
JSON: from the last key until the new picture has been painted, the wait for further keys included.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import Any

MOVES = 5
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
# Kept in the page, so that the way between this process and the browser is not counted.
CLOCK = """
() => {
    const before = document.querySelector("#figure img").src;
    window.taken = null;
    const painted = start => {
        const figure = document.querySelector("#figure img");
        if (!figure || !figure.complete || figure.src === before) {
            setTimeout(() => painted(start), 4);
            return;
        }
        requestAnimationFrame(() => requestAnimationFrame(() => {
            window.taken = (performance.now() - start) / 1000;
        }));
    };
    const box = document.querySelector("#jobs");
    box.addEventListener("keydown", event => painted(event.timeStamp), {once: true});
}
"""


def main() -> int:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("no Chromium on the path", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "forecast", "explore", "--port", "0", "--no-browser"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout is not None
            print(json.dumps(moved(chromium, server.stdout.readline().strip(), sys.argv[1])))
        finally:
            server.terminate()
    return 0


def moved(chromium: str, address: str, view: str) -> list[float]:
    """Seconds of each move of the lever."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.wait_for_selector("#figure img")
        page.locator("#region").click()
        page.locator(".dash-dropdown-content").get_by_role("option").nth(2).click()
        page.locator(".tab").get_by_text(view, exact=True).click()
        page.wait_for_timeout(3000)
        seconds = [once(page, 1037 + 500 * number) for number in range(MOVES)]
        browser.close()
    return seconds


def once(page: Any, jobs: int) -> float:
    """Type all digits but the last, then wait for what the last one does."""
    text = str(jobs)
    page.locator("#jobs").fill(text[:-1])
    page.wait_for_timeout(1500)  # the figure of what is typed so far
    page.locator("#jobs").press("End")
    page.evaluate(CLOCK)
    page.locator("#jobs").press(text[-1])
    page.wait_for_function("window.taken !== null")
    return float(page.evaluate("window.taken"))


if __name__ == "__main__":
    sys.exit(main())
