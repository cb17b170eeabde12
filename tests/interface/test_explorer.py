"""The explorer from end to end: a real server, a real Chromium, and the command line beside it.

Authority: the page and `forecast run` of the file that it gives must say one number.
"""

from __future__ import annotations

import base64
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pandas as pd
import pytest

import forecast as fc
from forecast import words
from forecast.cli import main
from forecast.words.digits import NO_BREAK, number

REGION, NAME = "KZ-55", "Pavlodar Region"
WAIT = 60_000  # milliseconds, on a busy machine


@pytest.fixture(scope="module", autouse=True)
def _framework(needed):
    needed("dash")


def serve(root, stderr):
    """A server of its own on a free port, and the address that it prints."""
    server = subprocess.Popen(
        [sys.executable, "-m", "forecast", "explore", "--port", "0", "--no-browser"], cwd=root,
        stdout=subprocess.PIPE, stderr=stderr, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    return server, server.stdout.readline().strip()


@pytest.fixture(scope="module")
def address(root):
    server, place = serve(root, subprocess.DEVNULL)
    yield place
    server.terminate()
    server.wait(30)


@pytest.fixture
def page(address, chromium):
    """The page, opened anew; requests to anywhere else are cut off and kept in `foreign`."""
    tab = chromium.new_page(viewport={"width": 1280, "height": 900})
    tab.set_default_timeout(WAIT)
    tab.foreign, tab.faults = [], []

    def only_here(route):
        if route.request.url.startswith(address):
            route.continue_()
        else:
            tab.foreign.append(route.request.url)
            route.abort()

    tab.route(re.compile("^https?://"), only_here)
    tab.on("pageerror", lambda error: tab.faults.append(str(error)))
    tab.goto(address)
    tab.wait_for_selector("#figure img")
    yield tab
    tab.close()
    assert tab.foreign == []
    assert tab.faults == []


def shown(page) -> int:
    """The first number above the figure: people of the region in the last year."""
    return int(re.sub(r"\D", "", page.locator("#headlines b").first.inner_text()))


def choose(page, field: str, word: str) -> None:
    """One choice of a list, by its word; waits for the page to answer."""
    page.locator(f"#{field}").click()
    page.get_by_role("option", name=word, exact=True).first.click()


def write(page, text: str) -> None:
    """A number of jobs in the box."""
    page.locator("#jobs").fill(text)
    page.locator("#jobs").press("Enter")


def answered(page, before: str) -> str:
    """Wait until the figure is another one; the new one."""
    changed = "before => { const i = document.querySelector('#figure img');" \
              " return i && i.complete && i.src !== before }"  # fmt: skip
    page.wait_for_function(changed, arg=before)
    return picture(page)


def moved(page) -> None:
    """The page of a region with 7,500 new jobs in it."""
    before = picture(page)
    choose(page, "place", NAME)
    before = answered(page, before)
    people = shown(page)
    choose(page, "region", NAME)
    write(page, "7500")
    answered(page, before)
    page.wait_for_function(
        "n => Number(document.querySelector('#headlines b').innerText.replace(/\\D/g, '')) > n",
        arg=people + 2000,
    )


def picture(page) -> str:
    return page.locator("#figure img").get_attribute("src")


def test_the_page_opens_without_a_network_and_is_seen_on_this_machine_alone(page, address):
    assert address.startswith("http://127.0.0.1:")
    assert shown(page) == round(fc.run("baseline").total()[2031])
    port = int(address.rstrip("/").rsplit(":", 1)[1])
    with socket.socket() as other:  # a server of all addresses would answer on this one as well
        assert other.connect_ex(("127.0.0.2", port)) != 0, "it listens on more than one address"
    for _, _, _, _, place in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET):
        if not place[0].startswith("127."):
            with socket.socket() as other:
                assert other.connect_ex(place) != 0, "another address of this machine answers"


def test_a_lever_changes_figure_and_numbers_and_its_file_gives_the_same_by_hand(
    page, in_tmp, capsys
):
    first = picture(page)
    choose(page, "place", NAME)
    place = answered(page, first)
    before = shown(page)
    choose(page, "region", NAME)
    page.locator("#jobs-field [role=slider]").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    slid = answered(page, place)
    page.wait_for_function("document.querySelector('#jobs').value === '1500'")
    write(page, "7500")
    answered(page, slid)
    page.wait_for_function(
        "n => Number(document.querySelector('#headlines b').innerText.replace(/\\D/g, '')) > n",
        arg=before + 2000,
    )
    with page.expect_download() as coming:
        page.locator("#file-yml").click()
    coming.value.save_as(in_tmp / "levers.yml")
    assert main(["run", "levers.yml", "--no-figures", "--quiet"]) == 0
    people = fc.load("results/levers").total(region=REGION)
    assert shown(page) == round(people[2031])
    assert people[2031] > before
    capsys.readouterr()


VIEWS = {  # the word of the tab, what the figure is of, the caption, and the heads of the numbers
    "Age and sex": ("Kazakhstan: population by age and sex, 1 January 2026 and",
                    "Kazakhstan: persons by age on 1 January", ["Age", "2026", "2031"]),
    "Map": ("Population change by region, 2026\u20132031, per cent.",
            "Persons on 1 January", ["Region", "2026", "2031", "growth, %"]),
    "Labour": ("Labour deficit by region, 2030, annual average.",
               "Jobs in 2030; a positive deficit is a shortage of workers",
               ["Region", "labour demand", "labour deficit"]),
    "Needs": ("Infrastructure: added need by 1 January 2031",
              "Kazakhstan: need for facilities on 1 January",
              ["Facility", "need in 2026", "added by 2031"]),
    "Population": ("Kazakhstan: population on 1 January, thousand persons",
                   "Kazakhstan: population on 1 January, persons", ["Year", "Baseline"]),
}  # fmt: skip


def numbers(page) -> list[list[str]]:
    """The rows of the table beside the figure."""
    rows = page.locator("#numbers tbody tr").all()
    return [row.locator("th, td").all_inner_texts() for row in rows]


def of_run(run, tab: str) -> list[str]:
    """Cells of the table of a view that only this view has, read from the frames of the run."""
    people = run.frame("population").query("year == 2031")
    if tab == "Age and sex":
        return ["75+", number(people.query("age >= 75")["value"].sum())]
    if tab == "Map":
        return ["Astana City", number(people.query("region == 'KZ-71'")["value"].sum())]
    if tab == "Labour":
        rows = run.frame("labour").query("section == 'total' and region == 'KZ' and year == 2030")
        rows = rows.set_index("measure")["value"]
        return ["Kazakhstan", number(rows["labour_demand"]),
                number(rows["labour_deficit"], signed=True)]  # fmt: skip
    if tab == "Needs":
        rows = run.frame("infrastructure").query("region == 'KZ' and kind == 'school_place'")
        rows = rows.set_index(["measure", "year"])["value"]
        return ["School places (places)", number(rows["need", 2026]),
                number(rows["added_need", 2031], signed=True)]  # fmt: skip
    return ["2031", number(people["value"].sum())]


def test_every_view_shows_its_own_figure_and_numbers(page):
    run, seen = fc.run("baseline"), set()
    for tab, (drawn, caption, heads) in VIEWS.items():
        before = picture(page)
        page.locator(".tab").get_by_text(tab, exact=True).click()
        seen.add(answered(page, before))
        told = page.locator("#figure img").get_attribute("alt")
        assert told.replace(NO_BREAK, " ").startswith(drawn)
        drawing = base64.b64decode(picture(page).partition("base64,")[2]).decode()
        assert f"<desc>{told}" in drawing
        assert f"<title>{tab}</title>" in drawing
        assert page.locator("#numbers caption").inner_text() == caption
        found = page.locator("#numbers thead th").all_inner_texts()
        assert found[: len(heads)] == heads
        first, *cells = of_run(run, tab)
        (row,) = [row for row in numbers(page) if row[0] == first]
        assert set(cells) <= set(row[1:])
    assert len(seen) == len(VIEWS)


def test_another_language_is_spoken_at_once_and_levers_stay(page):
    moved(page)
    before, people = picture(page), shown(page)
    page.locator("#lang label").nth(1).click()
    page.get_by_text("Сценарий", exact=True).first.wait_for()
    answered(page, before)
    assert page.locator("#jobs").input_value() == "7500"
    assert "Павлодарская область" in page.locator("#place").inner_text()
    drawn = base64.b64decode(picture(page).partition("base64,")[2]).decode()
    assert "Население</title>" in drawn
    assert shown(page) == people
    assert page.evaluate("document.documentElement.lang") == "ru"
    before = picture(page)
    page.locator("#lang label").nth(0).click()
    answered(page, before)


def test_a_wrong_lever_is_one_line_and_the_page_lives_on(page):
    moved(page)
    before = picture(page)
    write(page, "many")
    page.locator("#message.fault").wait_for()
    told = page.locator("#message").inner_text()
    assert "New jobs: 'many' is not a number; write a number from 0 to 1,000,000" in told
    assert "Traceback" not in page.content()
    assert picture(page) == before
    write(page, "2000")
    answered(page, before)
    page.locator("#message.quiet").wait_for(state="attached")


def test_two_sessions_do_not_mix(page, address, chromium):
    moved(page)
    other = chromium.new_page()
    other.set_default_timeout(WAIT)
    other.goto(address)
    other.wait_for_selector("#figure img")
    other.locator("#lang label").nth(2).click()
    other.get_by_text("Өңір", exact=True).first.wait_for()
    assert other.locator("#jobs").input_value() == "0"
    before = picture(page)
    write(page, "3000")
    answered(page, before)
    assert "Pavlodar" in page.locator("#numbers caption").inner_text()
    other.close()


def test_another_scenario_stands_beside_the_moved_one(page):
    moved(page)
    before = picture(page)
    page.locator("#others").click()
    page.get_by_text("Alatau City by its general plan", exact=True).first.click()
    page.keyboard.press("Escape")
    answered(page, before)
    heads = page.locator("#numbers thead th").all_inner_texts()
    assert heads[0] == "Year"
    assert heads[-2:] == ["difference", "Alatau City by its general plan"]


def test_files_of_every_kind_and_a_fault_as_one_line(address):
    state = "base=baseline&region=KZ-55&jobs=500&view=labour&place=KZ-55&lang=ru"
    for name, start in (("levers.yml", b"title"), ("levers-labour.png", b"\x89PNG"),
                        ("levers-labour.svg", b"<?xml"), ("levers-labour.csv", b"\xef\xbb\xbf"),
                        ("levers.xlsx", b"PK")):  # fmt: skip
        with urllib.request.urlopen(f"{address}download/{name}?{state}", timeout=120) as answer:
            assert answer.read().startswith(start), name
    for view in ("population", "pyramid", "map", "labour", "needs"):
        where = (
            f"{address}download/levers-{view}.csv?{state.replace('view=labour', f'view={view}')}"
        )
        held = pd.read_csv(where)
        assert all(pd.api.types.is_numeric_dtype(kind) for kind in held.dtypes.iloc[1:]), view
    for bad, text in ((f"levers.yml?{state}&jobs=x&fertility=hi", "did you mean 'high'?"),
                      ("levers-map.png?place=KZ-99", "KZ-99"),
                      ("levers-map.png?view=nothing", "'nothing'")):  # fmt: skip
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{address}download/{bad.replace('lang=ru', 'lang=en')}")
        assert caught.value.code == 400
        assert text in caught.value.read().decode()


def refused(capsys, *arguments: str) -> str:
    assert main(["explore", "--no-browser", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    return told.err


def test_bad_input_at_the_door_is_one_clear_line(address, capsys):
    port = address.rstrip("/").rsplit(":", 1)[1]
    line = f"forecast: --port: the port {port} is in use; choose another one, or 0 for a free one\n"
    assert refused(capsys, "--port", port) == line
    assert "--port: 70000 is out of bounds" in refused(capsys, "--port", "70000")
    assert "--host: 'no.such.host.invalid' is no address of this machine" in refused(
        capsys, "--port", "0", "--host", "no.such.host.invalid"
    )
    assert "--lang takes one of: en, ru, kk" in refused(capsys, "--lang", "fr")
    assert refused(capsys, "--seed", "-1").startswith("forecast: --seed: -1 is no seed")
    assert "nowhere" in refused(capsys, "--data", "nowhere")
    assert "there is no finished run here" in refused(capsys, "results/none")


def test_without_the_framework_it_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "dash", None)
    assert "pip install 'growth-point-forecast[explorer]'" in refused(capsys, "--port", "0")


def test_a_finished_run_with_draws_is_shown_as_a_fan(in_tmp, capsys):
    from forecast.explorer.state import Workshop
    from forecast.explorer.views import figure, table
    from forecast.levers import Board

    assert main(["run", "baseline", "--draws", "20", "--no-figures", "--quiet"]) == 0
    capsys.readouterr()
    workshop = Workshop(Board(fc.load_dataset("kazakhstan"), ["results/baseline"]))
    found = workshop.shown(workshop.read({"base": "results/baseline", "place": REGION}))
    assert found.run.draws == 20
    assert "with intervals" in figure(found, "population").texts[0].get_text()
    assert table(found, "population").headings[-1] == "80 % interval, high"
    offered = Workshop(workshop.board, 40)
    for ticked in ("1", ""):
        asked = offered.read({"base": "results/baseline", "drawn": ticked})
        assert "with intervals of 20 draws" in offered.intervals_said(asked)
        assert offered.shown(asked).run is found.run
    moved = workshop.read({"base": "results/baseline", "region": REGION, "jobs": 800})
    text = workshop.board.text(moved.setting)
    assert "extends: results/baseline/" in text
    with words.speaking("kk"):
        assert (
            workshop.shown(moved).run.total(region=REGION)[2031]
            > found.run.total(region=REGION)[2031]
        )


def test_the_box_of_intervals_says_where_a_finished_run_has_none(in_tmp):
    from forecast.explorer.page import answer
    from forecast.explorer.state import Workshop

    run = fc.run("baseline", until=2027).save("results/bare", figures=False, workbook=False)
    workshop = Workshop(fc.Board(fc.load_dataset(), [run]), 10)
    state = {"base": str(run), "drawn": "1"}
    assert answer(workshop, state, "en")[0].startswith("The finished run has no draws")
    assert "no draws" not in answer(workshop, {"base": str(run)}, "en")[0]
    moved = workshop.read({**state, "region": REGION, "jobs": 800})
    assert workshop.intervals_said(moved) == ""
    assert workshop.shown(moved).run.draws == 10


def test_the_server_ends_on_an_interrupt(root):
    import signal

    server, _ = serve(root, subprocess.PIPE)
    server.send_signal(signal.SIGINT)
    _, told = server.communicate(timeout=60)
    assert server.returncode == 0
    assert told.endswith("The page is closed.\n")
