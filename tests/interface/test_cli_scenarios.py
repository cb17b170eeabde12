"""Scenarios from the shell: list, check, compare, init, schema, a batch; in real processes."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from test_cli import DONE, FAILED, WRONG, forecast, refused

import forecast as fc

LANGUAGES = ("en", "ru", "kk")


def test_the_list_names_title_horizon_points_jobs_and_overlays(tmp_path):
    result = forecast("list", cwd=tmp_path)
    assert result.returncode == DONE
    line = next(line for line in result.stdout.splitlines() if line.startswith("khorgos-nurkent"))
    assert re.split(r"\s{2,}", line.strip()) == [
        "khorgos-nurkent", "Trade hub Khorgos and Nurkent", "scenario", "2035", "1", "22,000",
    ]  # fmt: skip
    assert "forecast run NAME+" in result.stderr
    rows = json.loads(forecast("list", "--json", cwd=tmp_path).stdout)
    kinds = {row["name"]: row["kind"] for row in rows}
    assert kinds["fertility-low"] == "overlay"
    assert kinds["all-announced"] == "scenario"
    assert "ulken-nuclear.yml" not in {row["name"] for row in rows}  # points are not scenarios


def test_check_shows_what_a_scenario_comes_to_and_who_set_it(tmp_path):
    result = forecast("check", "all-announced", cwd=tmp_path)
    assert result.returncode == DONE
    lines = result.stdout.splitlines()
    assert "    local_fill: 1 # scenarios/all-announced.yml" in lines
    assert "    jobs: {2035: 2000} # scenarios/points/ulken-nuclear.yml" in lines
    assert "until: 2036 # scenarios/all-announced.yml" in lines
    assert "warning: scenarios/points/astana-general-plan.yml:" in result.stderr
    (told,) = json.loads(forecast("check", "alatau-sez", "--json", cwd=tmp_path).stdout)
    assert told["origin"]["growth_points.alatau-sez.jobs"] == "scenarios/points/alatau-sez.yml"
    assert told["resolved"]["growth_points"]["alatau-sez"]["region"] == "KZ-19"


def test_check_tells_every_fault_of_every_file(tmp_path):
    (tmp_path / "one.yml").write_text("extends: baseline\nuntill: 2030\n")
    (tmp_path / "two.yml").write_text(
        "extends: baseline\ngrowth_points:\n  a: {region: Almaty, jobs: {2025: many}}\n"
    )
    result = forecast("check", "one.yml", "two.yml", cwd=tmp_path)
    assert refused(
        result, WRONG, "one.yml:2: untill: unknown key", "two.yml:3: growth_points.a.region",
        "names more than one region", "two.yml:3: growth_points.a.jobs.2025",
    )  # fmt: skip


def test_check_points_to_what_is_beyond_the_horizon_and_unsourced(tmp_path):
    (tmp_path / "late.yml").write_text(
        "extends: baseline\ngrowth_points:\n  a: {region: KZ-55, jobs: {2035: 5}}\n"
        "levers: {family_support: {tfr_effect: {2027: 0.1}}}\n"
    )
    result = forecast("check", "late.yml", cwd=tmp_path)
    assert result.returncode == DONE
    assert "2035 is after the end of the run in 2030: it has no effect" in result.stderr
    assert "late.yml:4: levers.family_support: no source is given" in result.stderr


def test_a_language_changes_the_words_and_not_the_places(tmp_path):
    (tmp_path / "a.yml").write_text(
        "extends: baseline\ngrowth_points:\n  a: {region: Павлодарская обл, jobs: {2028: 1}}\n"
    )
    told = {lang: forecast("run", "a.yml", "--lang", lang, cwd=tmp_path) for lang in LANGUAGES}
    for result in told.values():
        assert result.returncode == WRONG
        assert "a.yml:3: growth_points.a.region" in result.stderr
        assert "'Павлодарская область' (KZ-55)" in result.stderr
    assert len({result.stderr for result in told.values()}) == len(LANGUAGES)
    assert not (tmp_path / "results").exists()


# ---- the schema


def test_the_schema_is_one_that_an_independent_validator_takes(tmp_path, root):
    result = forecast("schema", cwd=tmp_path)
    assert result.returncode == DONE
    schema = json.loads(result.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    from ruamel.yaml import YAML  # another reader than ours, too

    written = YAML(typ="safe").load(root / "scenarios" / "north-resettlement.yml")
    jsonschema.validate(written, schema)
    with pytest.raises(jsonschema.ValidationError, match="Additional properties"):
        jsonschema.validate({**written, "untill": 2030}, schema)


def test_the_guide_holds_the_reference_that_the_schema_gives(tmp_path, root):
    printed = forecast("schema", "--guide", cwd=tmp_path).stdout
    guide = (root / "docs" / "scenarios.md").read_text(encoding="utf-8")
    assert printed.strip() in guide, "run: make docs"
    assert "| `take_up` | {name: number from 0 to 2} |" in printed


def test_the_examples_of_the_guide_run(tmp_path, root):
    guide = (root / "docs" / "scenarios.md").read_text(encoding="utf-8")
    examples = re.findall(r"<!-- example: runs in the tests -->\n```yaml\n(.*?)```", guide, re.S)
    assert examples
    for text in examples:
        arrivals = fc.run(fc.parse_scenario(text)).frame("growth_points").query(
            "measure == 'arrivals' and origin == 'total'"
        )  # fmt: skip
        assert arrivals["value"].sum() > 1000
    named = set(re.findall(r"`([a-z-]+(?:-\d{4})?)`", guide.partition("## The named")[2]))
    from forecast.scenario import list_scenarios

    assert {row.name for row in list_scenarios()} <= named


# ---- init


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_new_file_runs_as_it_is(tmp_path, lang):
    result = forecast("init", "my-plant", "--region", "55", "--lang", lang, cwd=tmp_path)
    assert result.returncode == DONE
    path = tmp_path / "scenarios" / "my-plant.yml"
    text = path.read_text(encoding="utf-8")
    scenario = fc.load_scenario(path)
    assert forecast("check", "my-plant", cwd=tmp_path).returncode == DONE  # as it says itself
    assert not scenario.warnings
    run = fc.run(scenario)
    assert run.frame("growth_points")["region"].unique().tolist() == ["KZ-55"]
    comments = [line.strip() for line in text.splitlines() if line.strip().startswith("# ")]
    assert len(comments) > 20
    schema = json.loads(forecast("schema", cwd=tmp_path).stdout)
    from ruamel.yaml import YAML

    # what stands in comments is sound as well: taken in, key by key
    for number, line in enumerate(text.splitlines()):
        key = re.fullmatch(r"(\s*)# ([a-z_]+: .*)", line)
        if key and not key.group(2).startswith(("people", "existing", "driver", "with")):
            lines = text.splitlines()
            lines[number] = key.group(1) + key.group(2)
            jsonschema.validate(_text_keys(YAML(typ="safe").load("\n".join(lines))), schema)


def _text_keys(tree):
    return json.loads(json.dumps(tree))


def test_nothing_is_ever_overwritten(tmp_path):
    assert forecast("init", "mine", cwd=tmp_path).returncode == DONE
    path = tmp_path / "scenarios" / "mine.yml"
    path.write_text("extends: baseline\n")
    assert refused(forecast("init", "mine", cwd=tmp_path), WRONG, "mine.yml", "left as it is")
    assert path.read_text() == "extends: baseline\n"
    assert refused(forecast("init", "baseline", cwd=tmp_path), WRONG, "scenarios/baseline.yml")
    assert refused(forecast("init", "a+b", cwd=tmp_path), WRONG, "cannot be the name")
    assert refused(forecast("init", "x", "--region", "Almaty", cwd=tmp_path), WRONG, "--region")
    assert refused(forecast("init", "x.yam", cwd=tmp_path), WRONG, "did you mean 'x.yaml'")
    assert refused(forecast("init", "n" * 300, cwd=tmp_path), WRONG, "cannot be written")
    assert refused(forecast("init", ".hidden", cwd=tmp_path), WRONG, "my-plant")
    assert [p.name for p in (tmp_path / "scenarios").iterdir()] == ["mine.yml"]


# ---- compare


def test_a_difference_is_the_sum_of_its_terms(tmp_path):
    csv = tmp_path / "difference.csv"
    result = forecast("compare", "baseline", "alatau-sez", "--csv", csv, cwd=tmp_path)
    assert result.returncode == DONE
    table = pd.read_csv(csv)
    assert set(table.columns) == {
        "region", "year", "measure", "of_one", "of_other", "difference",
    }  # fmt: skip
    wide = table.pivot_table(index=["region", "year"], columns="measure", values="difference")
    for region, part in wide.groupby(level="region"):
        stock = part["population"].droplevel("region")
        flow = part.droplevel("region")
        change = (
            flow["births"] - flow["deaths"] + flow["internal_in"] - flow["internal_out"]
            + flow["growth_point_in"] - flow["growth_point_out"] + flow["support_in"]
            - flow["support_out"] + flow["immigration"] - flow["emigration"]
        )  # fmt: skip
        assert stock.diff().iloc[1:].to_numpy() == pytest.approx(
            change.iloc[:-1].to_numpy(), abs=1e-6
        ), region
    assert "Special economic zone Alatau less Baseline" in result.stdout
    assert "they are compared up to 1 January 2031" in result.stderr
    row = next(line for line in result.stdout.splitlines() if line.startswith("Almaty Region"))
    cells = [float(c.replace(",", "").replace("−", "-")) for c in re.split(r"\s{2,}", row)[1:]]
    assert cells[2] == pytest.approx(sum(cells[3:]), abs=0.03)
    assert "support" not in result.stdout  # a column in which nothing differs is left out


@pytest.mark.slow
def test_drivers_tell_who_gains_and_who_loses(tmp_path):
    first = forecast("run", "north-incomes", "--until", "2028", cwd=tmp_path)
    assert first.returncode == DONE
    told = " ".join(first.stdout.split())
    assert "Moves that follow jobs, pay and homes, 2028 to 2028, persons: gained by" in told
    assert re.search(r"Kostanay Region \+\d+ \(most from [A-Z]", told)
    assert re.search(r"lost by Astana City −\d+ \(most to [A-Z]", told)
    assert "Response of moves: income" in told
    run = fc.load(tmp_path / "results" / "north-incomes")
    assert len(run.frame("response")) == 20 * 19
    second = forecast(
        "compare", "baseline", "results/north-incomes", "--until", "2028", cwd=tmp_path
    )
    assert second.returncode == DONE
    named = (
        "Incomes in the north up by a fifth less Baseline: Moves that follow jobs, pay and homes"
    )
    assert named in " ".join(second.stdout.split())
    plain = forecast(
        "compare", "baseline", "baseline+fertility-high", "--until", "2028", cwd=tmp_path
    )
    assert "Moves that follow jobs, pay and homes" not in plain.stdout


@pytest.mark.slow
def test_the_sentence_of_a_comparison_has_its_years_and_its_sign(tmp_path):
    """North-incomes ends in 2032, the baseline here in 2029: both sides name the moves of 2028."""
    assert forecast("run", "north-incomes", "--quiet", cwd=tmp_path).returncode == DONE
    assert forecast("run", "baseline", "--quiet", "--until", "2028", cwd=tmp_path).returncode == 0
    runs = ["results/baseline", "results/north-incomes"]
    for pair, side in ((runs, r"gained by [^;]*Kostanay Region \+"),
                       (runs[::-1], r"lost by [^;]*Kostanay Region −")):  # fmt: skip
        said = " ".join(forecast("compare", *pair, cwd=tmp_path).stdout.split())
        assert said.count("Moves that follow jobs, pay and homes, 2028 to 2028, persons:") == 1
        assert re.search(side, said)
    told = [json.loads(forecast("compare", *pair, "--json", cwd=tmp_path).stdout)["response"]
            for pair in (runs, runs[::-1])]  # fmt: skip
    assert told[0]["years"] == [2028, 2028]
    assert told[0]["net_migration"]["KZ-39"] == -told[1]["net_migration"]["KZ-39"] > 0
    own = forecast("run", "north-incomes", "--until", "2028", "--json", cwd=tmp_path)
    (summary,) = json.loads(own.stdout)
    assert summary["response"] == told[0]


@pytest.mark.slow
def test_run_folders_and_scenarios_compare_alike(tmp_path):
    assert forecast("run", "baseline", "--until", "2028", cwd=tmp_path).returncode == DONE
    by_folder = forecast(
        "compare", "results/baseline", "baseline+fertility-high", "--region", "Kazakhstan",
        "--until", "2028", "--json", cwd=tmp_path,
    )  # fmt: skip
    by_name = forecast(
        "compare", "baseline", "baseline+fertility-high", "--until", "2028", "--json",
        cwd=tmp_path,
    )  # fmt: skip
    one, other = (json.loads(result.stdout) for result in (by_folder, by_name))
    assert one["first"] == other["first"]
    births = [r for r in other["rows"] if r["measure"] == "births"]
    assert all(row["difference"] > 0 for row in births)
    assert len(births) == 20 * 3


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (["compare", "baseline"], ["SECOND", "--help"]),
        (["compare", "baseline", "basline"], ["did you mean 'baseline'"]),
        (["compare", "baseline", "nowhere/run"], ["there is no file 'nowhere/run'"]),
        (["compare", "baseline", "alatau-sez", "--region", "Almaty Oblast"], ["--region"]),
        (["compare", "baseline", "alatau-sez", "--csv", "no/where.csv"], ["no/where.csv"]),
        (["run", "baseline", "alatau-sez", "--workers", "0"], ["--workers", "1 or more"]),
        (["run", "baseline", "--workers", "-1"], ["--workers", "1 or more"]),
        (["compare", "baseline", "alatau-sez", "--region", "Almaty"], ["more than one region"]),
        (["check", "fertility-low"], ["'until' is missing", "an overlay has neither"]),
        (["run", "baseline+fertility-hih"], ["did you mean 'fertility-high'"]),
    ],
)  # fmt: skip
def test_a_wrong_command_is_refused_with_a_cure(tmp_path, words, texts):
    assert refused(forecast(*words, cwd=tmp_path), WRONG, *texts)
    assert list(tmp_path.iterdir()) == []


# ---- a batch


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    home = tmp_path_factory.mktemp("batch")
    (home / "broken.yml").write_text("extends: baseline\ngrowth_points: {a: {region: Nowhere}}\n")
    names = ["alatau-sez", "broken.yml", "north-resettlement", "baseline+fertility-low"]
    return home, forecast("run", *names, "--until", "2028", cwd=home)


def test_a_batch_tells_its_progress_and_one_failure_stops_nobody(batch):
    home, result = batch
    assert result.returncode == WRONG
    line = r"^(\d) of 4: (\S+): (?:\d+\.\d s|failed)( \(about \d+ (?:s|min) left\))?$"
    done = re.findall(line, result.stderr, re.M)
    assert [place for place, _, _ in done] == list("1234")
    assert [bool(left) for _, _, left in done] == [
        True,
        True,
        True,
        False,
    ]  # of the last nothing is
    assert {name for _, name, _ in done} == {
        "alatau-sez", "broken", "north-resettlement", "baseline+fertility-low",
    }  # fmt: skip
    assert result.stderr.count("forecast: ") == 1
    assert "broken.yml:2: growth_points.a.region: no region 'Nowhere'" in result.stderr
    assert "3 scenarios done, 1 failed" in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted(p.name for p in (home / "results").iterdir()) == [
        "alatau-sez", "baseline+fertility-low", "north-resettlement",
    ]  # fmt: skip
    table = [
        line.split()[0] for line in result.stdout.splitlines() if re.match(r"\S+\s+2029", line)
    ]
    assert table == ["alatau-sez", "north-resettlement", "baseline+fertility-low"]  # as asked


def test_workers_change_no_byte(batch, tmp_path):
    home, _ = batch
    names = ["alatau-sez", "north-resettlement", "baseline+fertility-low"]
    alone = forecast("run", *names, "--until", "2028", "--workers", "1", "--json", cwd=tmp_path)
    assert alone.returncode == DONE
    assert [run["scenario"] for run in json.loads(alone.stdout)] == names
    for path in sorted((home / "results").rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            other = tmp_path / "results" / path.relative_to(home / "results")
            assert path.read_bytes() == other.read_bytes(), path.name


def test_a_failure_while_running_is_not_wrong_input(tmp_path):
    """A batch with something that fails later ends with 1, though other input is wrong."""
    (tmp_path / "empty.yml").write_text("")
    (tmp_path / "results").mkdir()
    code = (
        "import sys; from forecast.commands import batch, run\n"
        "from forecast.errors import RunError\n"
        "real = batch.run_and_save\n"
        "def failing(name, *rest, **more):\n"
        "    if name == 'baseline': raise RunError('x', 'the disk is full')\n"
        "    return real(name, *rest, **more)\n"
        "batch.run_and_save = failing\n"
        "from pathlib import Path\n"
        "sys.exit(run.run_batch(['baseline', 'empty.yml'], None, until=None, out=Path('results'),"
        " workers=1))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    assert result.returncode == FAILED
    assert "the disk is full" in result.stderr
    assert "the file is empty" in result.stderr


def _running(group):
    """Whether a process of the group is there that has not ended."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, found = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it has just ended
            continue
        if found == str(group) and state != "Z":
            return True
    return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are listed in /proc")
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_batch_that_is_stopped_leaves_whole_folders_only(tmp_path, way):
    command = [sys.executable, "-m", "forecast", "run", "baseline", "alatau-sez", "second-cities"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        start_new_session=True,
    )  # fmt: skip
    results, deadline = tmp_path / "results", time.monotonic() + 60
    while time.monotonic() < deadline and not list(results.glob(".*partial*")):
        time.sleep(0.05)
    process.send_signal(way)  # to the command alone, as `kill` does
    process.communicate(timeout=60)
    assert process.returncode in (130, 143, -signal.SIGKILL)
    while time.monotonic() < deadline and _running(process.pid):
        time.sleep(0.1)
    assert not _running(process.pid)  # its workers are gone with it
    if way != signal.SIGKILL:
        assert not [path.name for path in results.iterdir() if path.name.startswith(".")]
    for folder in results.glob("[!.]*"):
        fc.load(folder)  # whole, or not there
    again = forecast("run", "baseline", "alatau-sez", "--until", "2027", cwd=tmp_path)
    assert again.returncode == DONE, again.stderr
    left = [p.name for p in Path(results).iterdir() if p.name.startswith(".")]
    assert [name for name in left if "baseline" in name or "alatau" in name] == []


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"", ["the file is empty", "begin with 'extends: baseline'"]),
        (b"# x\n" * 2_600_000, ["10400000 bytes", "is it the right file?"]),
        (b"\x89PNG\r\n\x1a\n\x00\x00", ["not UTF-8 text", "save it with the encoding UTF-8"]),
        (b"extends: [baseline\n", ["not valid YAML", "indentation, colons, quotes and brackets"]),
        (b"extends: it.yml\n", ["goes round in a circle: it.yml -> it.yml"]),
        (b"extends: baseline\nextends: baseline\n", ["stands twice, in line 1 and in line 2"]),
    ],
    ids=["empty", "10 MB", "a picture", "not YAML", "circle", "repeated key"],
)
def test_a_file_that_is_no_scenario_ends_with_one_message(tmp_path, content, texts):
    (tmp_path / "it.yml").write_bytes(content)
    assert refused(forecast("run", "it.yml", cwd=tmp_path), WRONG, "it.yml", *texts)
    assert [path.name for path in tmp_path.iterdir()] == ["it.yml"]
