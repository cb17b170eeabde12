"""The report of a run as DOCX, HTML and PDF: what stands in the files is what the run holds.

Authority: the frames of the run itself, read here anew; python-docx and lxml, which read the files
as any reader does; and the rule that every number of a sentence stands in the table it names.
"""

from __future__ import annotations

import json
import re
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from docx import Document
from lxml import html as page

import forecast as fc
from forecast.errors import InputError
from forecast.report import moves
from forecast.report.document import model, passports, people_tables, write_report
from forecast.report.document.layout import cell_texts
from forecast.report.document.word_xml import name_of
from forecast.report.document.written import FORMATS, tell
from forecast.words import LANGUAGES, speaking
from forecast.words.digits import NO_BREAK, number

FIELD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}instrText"
LATIN = re.compile(r"[A-Za-z]{3,}")


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


@pytest.fixture(scope="module")
def run(dataset):
    """A growth point with draws: every table and figure that a report can have."""
    return fc.run("atyrau-petrochemicals", dataset, draws=20)


@pytest.fixture(scope="module")
def story(run, dataset):
    with speaking("en"):
        return tell(run, (), dataset, "en")


@pytest.fixture(scope="module")
def word(run, dataset, tmp_path_factory):
    """The file, and what python-docx reads of it."""
    path = tmp_path_factory.mktemp("word") / "report.docx"
    write_report(run, path, "docx", lang="en", dataset=dataset)
    return path, Document(path)


@pytest.fixture(scope="module")
def web(run, dataset, tmp_path_factory):
    path = tmp_path_factory.mktemp("web") / "report.html"
    write_report(run, path, "html", lang="en", dataset=dataset)
    return path


def table(story, key):
    return next(grid.table for grid in story.grids() if grid.key == key)


def column(story, key, heading):
    """{first word of a row: number} of one column of a table."""
    found = table(story, key)
    place = list(found.headings).index(heading) - found.labels
    return {row.words[0]: row.numbers[place] for row in found.rows}


def captions(document):
    return [p.text for p in document.paragraphs if p.style.name == "Caption"]


def test_word_has_the_chapters_as_headings(word, story):
    wanted = [(b.level, b.text) for b in story.blocks if isinstance(b, model.Heading)]
    found = [(int(p.style.name[-1]), p.text) for p in word[1].paragraphs
             if p.style.name.startswith("Heading ")]  # fmt: skip
    assert found == wanted
    names = [text for _, text in found]
    for name in ("Summary", "Population", "What to order", "Growth points", "Regions",
                 "Assumptions and sources"):  # fmt: skip
        assert name in names


def test_word_numbers_tables_and_figures_without_a_gap(word, story):
    found = captions(word[1])
    for kind in ("Table", "Figure"):
        numbers = [int(re.match(rf"{kind} (\d+)\. \S", t)[1]) for t in found if t.startswith(kind)]
        assert numbers == list(range(1, len(numbers) + 1))
    assert len(word[1].tables) == len(story.grids()) >= 8
    assert len(word[1].inline_shapes) == 16
    assert all(shape._inline.docPr.get("descr") for shape in word[1].inline_shapes)


def test_word_numbers_by_fields_and_has_contents(word, story):
    codes = [node.text.strip() for node in word[1].element.iter(FIELD)]
    assert codes.count(r"SEQ Table \* ARABIC") == len(story.grids())
    assert codes.count(r"SEQ Figure \* ARABIC") == 16
    assert [code for code in codes if code.startswith("TOC")] == [r'TOC \o "1-2" \h \z \u']
    names = {node.get(FIELD.replace("instrText", "name")) for node in word[1].element.iter(
        FIELD.replace("instrText", "bookmarkStart"))}  # fmt: skip
    targets = {code.split()[1] for code in codes if code.startswith("REF")}
    assert targets
    assert targets <= names


def test_word_tables_hold_the_cells_of_the_report(word, story):
    for made, grid in zip(word[1].tables, story.grids(), strict=True):
        texts = [[node.text or "" for node in row.iter(FIELD.replace("instrText", "t"))]
                 for row in made._tbl.tr_lst]  # fmt: skip
        wanted = [list(grid.table.headings), *(cell_texts(grid.table, r) for r in grid.table.rows)]
        assert texts == wanted, grid.key


def test_population_and_components_are_those_of_the_run(run, story):
    name = {region: run.space.name(region) for region in run.space.ids}
    people = run.frame("population").groupby(["region", "year"])["value"].sum()
    last = column(story, "regions", str(run.last_year))
    assert last == pytest.approx({name[r]: people[r, run.last_year] for r in name} | {
        "Kazakhstan": people.xs(run.last_year, level="year").sum()}, abs=1e-3)  # fmt: skip
    parts = run.frame("components").groupby(["region", "component"])["value"].sum()
    assert column(story, "components", "Births") == pytest.approx(
        {name[r]: parts[r, "births"] for r in name}
        | {"Kazakhstan": parts.xs("births", level="component").sum()}, abs=1e-3
    )  # fmt: skip
    for row in table(story, "components").rows:
        first, *_, change, end = row.numbers
        assert first + change == pytest.approx(end, abs=0.01)


def test_intervals_are_the_quantiles_of_the_draws(run, story):
    drawn = run.quantiles("population", levels=[0.1, 0.9]).xs(run.last_year, level="year")
    names = {region: run.space.name(region) for region in (run.nation, *run.space.ids)}
    for word, level in (("low", 0.1), ("high", 0.9)):
        wanted = {name: drawn.loc[region, level] for region, name in names.items()}
        found = column(story, "regions", f"{run.last_year}, {word}")
        assert found == pytest.approx(wanted, abs=1e-3)
        ends = column(story, "main", f"End, {word}")
        assert ends["Population"] == pytest.approx(wanted["Kazakhstan"], abs=1e-3)


def test_a_result_outside_its_interval_is_named_with_the_reason(run, monkeypatch):
    real = people_tables.interval

    for low, high, outside in ((1e9, 2e9, True), (-2e9, -1e9, True), (-1e9, 1e9, False)):

        def drawn(_, measure, year, low=low, high=high):
            """The interval of births is moved, every other one is wide."""
            ends = (low, high) if measure == "births" else (-1e12, 1e12)
            return real(run, "population", run.last_year).assign(low=ends[0], high=ends[1])

        monkeypatch.setattr(people_tables, "interval", drawn)
        with speaking("en"):
            note = people_tables.main_results(run).note
        said = "Outside its interval: Births, 2026\u20132030. The end takes the most likely"
        assert (said in note) is outside
        assert ("Outside" in note) is outside


def test_labour_and_needs_are_those_of_the_run(run, story):
    frame = run.frame("labour").query("section == 'total' and measure == 'labour_deficit'")
    frame = frame[frame["year"] == frame["year"].max()].set_index("region")["value"]
    found = column(story, "labour", "Labour deficit, jobs")
    assert found[run.space.name("KZ-23")] == pytest.approx(frame["KZ-23"], abs=1e-3)
    needs = run.frame("infrastructure")
    needs = needs[(needs["measure"] == "need") & (needs["year"] == run.last_year)]
    needs = needs[needs["region"] == "KZ"].set_index("kind")["value"]
    assert column(story, "needs", f"Need, {run.last_year}")["School places"] == pytest.approx(
        needs["school_place"], abs=1e-3
    )


def test_the_list_of_orders_holds_every_order_that_is_late(run, story):
    frame = run.frame("orders")
    late = frame[(frame["action"] == "order_now") & (frame["region"] != run.nation)]
    units = late[late["measure"] == "units"]["value"]
    rows = table(story, "orders_now").rows
    assert len(rows) == len(units) > 0
    assert sum(row.numbers[0] for row in rows) == pytest.approx(units.sum())
    assert all(int(row.words[2]) < run.base_year for row in rows)


def test_the_ledger_is_that_of_the_growth_point(run, story):
    frame = run.frame("growth_points")
    point = frame["growth_point"].iloc[0]
    whole = frame.query("measure == 'people' and kind == 'total' and origin == 'total'")
    whole = whole[whole["growth_point"] == point].groupby("year")["value"].sum()
    last = column(story, f"ledger-{point}", str(run.last_year))
    assert last["People who came for it and their children"] == pytest.approx(
        whole[run.last_year], abs=1e-3
    )
    origins = frame[(frame["measure"] == "arrivals") & (frame["origin"] != "total")]
    come = column(story, f"arrivals-{point}", "Persons")
    assert come["all regions"] == pytest.approx(origins["value"].sum(), abs=1e-2)


def test_every_region_has_a_passport_on_a_page_of_its_own(run, story):
    heads = [b for b in story.blocks if isinstance(b, model.Heading) and b.key.startswith("region")]
    assert [head.key for head in heads] == [f"region-{region}" for region in run.space.ids]
    assert all(head.fresh for head in heads[1:])
    flows = run.frame("flows")
    come = flows[flows["destination"] == "KZ-23"].groupby("year")["value"].sum().mean()
    assert column(story, "moves-KZ-23", "Arrivals")["all regions"] == pytest.approx(come, abs=0.01)
    places = table(story, "places-KZ-23")
    assert [row.words[0] for row in places.rows][:2] == ["School places", "Kindergarten places"]


def test_a_passport_names_the_largest_origin_wherever_it_stands_among_the_partners(
    run, monkeypatch
):
    """Hand case: nobody goes back to the region of most arrivals, so its sum is the seventh."""
    ids = run.space.ids
    here, origin, goal = ids.index("KZ-23"), ids.index("KZ-71"), ids.index("KZ-75")
    square = np.zeros((len(ids), len(ids)))
    square[:, here] = square[here] = 60.0
    square[origin, here], square[here, origin] = 100.0, 0.0
    square[goal, here], square[here, goal] = 1.0, 110.0
    square[here, here] = 0.0
    found = moves.Moves(square, ids, (2026, 2040), "mean", "projected")
    monkeypatch.setattr(passports, "mean_moves", lambda _: found)
    with speaking("en"):
        page = passports.passport(run, "KZ-23", pd.DataFrame(columns=["ours"]), set())
    names = [row.words[0] for row in page.tables["moves-KZ-23"].rows]
    assert run.space.name("KZ-71") in names
    assert run.space.name("KZ-75") in names
    assert names.index("other regions") == passports.PARTNERS + 2
    told = model.REFERENCE.sub("", page.sentences[1])
    assert f"Most arrivals a year: {run.space.name('KZ-71')} (100)" in told
    assert f"most departures: {run.space.name('KZ-75')} (110)" in told


def test_official_projections_stand_beside_the_run(run, story):
    found = table(story, "official")
    nation = [row for row in found.rows if row.words[0] == "Kazakhstan" and row.words[3] == "2030"]
    assert 20_958_000 in [row.numbers[0] for row in nation]
    ours = run.frame("population").query("year == 2030")["value"].sum()
    assert nation[0].numbers[1] == pytest.approx(ours, abs=1)
    beyond = [row.numbers[1] for row in found.rows if row.words[3] == "2050"]
    assert beyond
    assert all(np.isnan(beyond))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_number_of_a_sentence_stands_in_the_table_it_names(run, dataset, lang):
    """Numbers of four digits and more, and those with decimals; years and counts stand in none."""
    with speaking(lang):
        told = tell(run, (), dataset, lang)
        texts = {grid.key: {cell.lstrip("+") for row in grid.table.rows
                            for cell in cell_texts(grid.table, row)}
                 for grid in told.grids()}  # fmt: skip
        mark, point = (",", r"\.") if lang == "en" else (NO_BREAK, ",")
        long = re.compile(rf"\d{{1,3}}(?:{mark}\d{{3}})+(?!\d)|\d+{point}\d+")
        sentences = 0
        for block in told.blocks:
            if not isinstance(block, model.Text) or not model.REFERENCE.findall(block.text):
                continue
            named = set().union(*(texts[key] for key in model.REFERENCE.findall(block.text)))
            cells = {cell.lstrip("\u2212") for cell in named}
            numbers = long.findall(model.REFERENCE.sub("", block.text))
            assert [n for n in numbers if n not in cells] == [], block.text
            sentences += bool(numbers)
        assert sentences > 30


def test_the_page_holds_every_table_and_opens_offline(web, story):
    text = web.read_text("utf-8")
    tree = page.document_fromstring(text)
    for grid in story.grids():
        rows = tree.xpath(f"//figure[@id='table-{grid.key}']//tbody/tr")
        cells = [[cell.text or "" for cell in row] for row in rows]
        assert cells == [cell_texts(grid.table, row) for row in grid.table.rows], grid.key
    addresses = tree.xpath("//@src") + tree.xpath("//link/@href")
    assert len(addresses) == 16
    assert all(a.startswith("data:image/svg+xml,") for a in addresses)
    links = {a.removeprefix("#") for a in tree.xpath("//a/@href")}
    assert links <= set(tree.xpath("//@id"))
    assert all(tree.xpath("//img/@alt"))
    assert "http" not in re.sub(r"data:image[^\"]*", "", text).replace("http://www.w3.org", "")


def test_the_numbers_behind_the_map_are_those_of_the_run(run, web):
    tree = page.document_fromstring(web.read_text("utf-8"))
    data = json.loads(tree.xpath("//script[@id='data']")[0].text)
    assert set(data["shapes"]) == set(run.space.ids)
    assert data["nation"] == run.nation
    known = {measure["key"]: measure for measure in data["measures"]}
    assert len(known) == len(data["measures"]) == 16

    def held(key, table, part="values"):
        """The numbers of a measure in the years of a table of regions by years."""
        years = known[key]["years"]
        assert set(known[key][part]) == set(table.index) == {run.nation, *run.space.ids}
        for region, line in table.iterrows():
            found = [known[key][part][region][years.index(year)] for year in table.columns]
            assert found == pytest.approx(list(line), abs=0.1), (key, region)

    def whole(table):
        return pd.concat([table, table.sum().to_frame(run.nation).T])

    def by_year(frame):
        return frame.groupby(["region", "year"])["value"].sum().unstack("year")

    held("population", whole(by_year(run.frame("population"))))
    drawn = run.frame("quantiles").query("measure == 'population' and kind == ''")
    for part, level in (("low", 0.1), ("high", 0.9)):
        held("population", by_year(drawn[drawn["quantile"] == level]), part)
    parts = run.frame("components").set_index("component")
    held("natural_increase", whole(by_year(parts.loc["births"]) - by_year(parts.loc["deaths"])))
    held(
        "external_net", whole(by_year(parts.loc["immigration"]) - by_year(parts.loc["emigration"]))
    )
    labour = run.frame("labour").query("section == 'total' and measure == 'labour_deficit'")
    held("labour_deficit", by_year(labour))
    needs = run.frame("infrastructure").query("measure == 'added_need'")
    for kind in ("school_place", "dwelling"):
        held(f"added-{kind}", by_year(needs[needs["kind"] == kind]))


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_run_gives_the_same_bytes(run, tmp_path, kind):
    files = [write_report(run, tmp_path / f"{k}.{kind}", kind, regions=["KZ-23"]) for k in (1, 2)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_report_of_a_region_tells_of_it_alone(run, dataset):
    with speaking("en"):
        told = tell(run, ("KZ-23", "KZ-47"), dataset, "en")
    keys = [grid.key for grid in told.grids()]
    assert keys[:6] == [f"{what}-{region}" for region in ("KZ-23", "KZ-47")
                        for what in ("passport", "moves", "places")]  # fmt: skip
    assert set(keys[6:]) == {"regions", "components", "official", "labour"}
    figures = [block.key for block in told.blocks if isinstance(block, model.Picture)]
    drawn = ("pyramid", "flows", "infrastructure_need", "orders")
    assert figures == [f"{what}-{region}" for region in ("KZ-23", "KZ-47") for what in drawn]
    heads = [block.text for block in told.blocks
             if isinstance(block, model.Heading) and block.level == 1]  # fmt: skip
    assert heads == ["Atyrau Region", "Mangystau Region", "All regions", "Assumptions and sources"]
    people = run.frame("population").query("region == 'KZ-47' and year == 2031")["value"].sum()
    cells = [cell for row in table(told, "passport-KZ-47").rows
             for cell in cell_texts(table(told, "passport-KZ-47"), row)]  # fmt: skip
    assert number(people) in cells


def test_pdf_has_its_language_title_and_fonts(run, tmp_path):
    content = run.report("pdf", tmp_path / "r.pdf", lang="kk", regions=["KZ-23"]).read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert b"/Lang (kk)" in content
    assert b"DejaVuSans" in content
    assert b"/Outlines" in content
    titles = [bytes.fromhex(text.decode()).decode("utf-16")
              for text in re.findall(rb"/Title <([0-9a-f]+)>", content)]  # fmt: skip
    assert titles[:2] == ["Атырау облысы", "Барлық өңірлер"]  # of the outline
    assert titles[-1] == "Атырау облысы: Атырау облысындағы мұнай-химия кешені"
    assert content.count(b"/Type /Page\n") > 5


@pytest.mark.parametrize("lang", ["ru", "kk"])
def test_no_word_of_a_report_is_left_in_english(run, dataset, cyrillic, lang):
    """Latin are names of files and runs, the money unit, and what others wrote: sources, notes."""
    with speaking(lang):
        told = tell(run, (), dataset, lang)
        foreign = {str(v) for v in run.frame("notes").to_numpy().ravel()}
        kept = [run.scenario, run.run_id, run.sources, "norms/facilities.csv", "manifest.json",
                "scenario.resolved.yml", "tables.xlsx", "Parquet", "KZT"]  # fmt: skip
        texts = [
            told.subtitle,
            *(
                b.text
                for b in told.blocks
                if not isinstance(b, model.Grid)
                and not any(v in b.text for v in foreign if len(v) > 20)
            ),
        ]
        for grid in told.grids():
            notes = [] if grid.key == "official" else [grid.table.note]
            texts += [grid.table.title, *notes, grid.source, *grid.table.headings]
            texts += [cell for row in grid.table.rows for cell in row.words]
    for word in kept:
        texts = [text.replace(word, "") for text in texts]
    left = {m for text in texts for m in LATIN.findall(model.REFERENCE.sub("", text))}
    assert not left


def test_a_run_without_draws_and_growth_points_has_a_report(dataset):
    plain = fc.run("baseline", dataset, until=2027)
    with speaking("en"):
        told = tell(plain, (), None, "ru")
    keys = {grid.key for grid in told.grids()}
    assert not keys & {"sureness", "official", "audit"}
    assert "levels" in keys
    assert not any(key.startswith("ledger") for key in keys)
    assert any("no draws" in b.text for b in told.blocks if isinstance(b, model.Text))
    assert any("language in which the run was made" in b.text for b in told.blocks
               if isinstance(b, model.Text))  # fmt: skip


def test_python_is_refused_with_the_cure(run, tmp_path):
    with pytest.raises(InputError, match="did you mean 'docx'"):
        run.report("doc", tmp_path / "r.doc")
    with pytest.raises(InputError, match="no region 'Atyrau Oblast'"):
        run.report("docx", tmp_path / "r.docx", regions=["Atyrau Oblast"])
    assert not list(tmp_path.iterdir())


def test_cells_of_unknown_numbers_say_so(run, story):
    frame = run.frame("infrastructure").query(f"region == 'KZ' and year == {run.last_year}")
    known = frame.pivot(index="kind", columns="measure", values="value")
    names = dict(zip(run.facilities["kind"], run.facilities["name_en"], strict=True))
    needs = table(story, "needs")
    rows = {row.words[0]: dict(zip(needs.headings, cell_texts(needs, row), strict=True))
            for row in needs.rows}  # fmt: skip
    assert set(rows) == {names[kind] for kind in known.index}
    unknown = 0
    for kind, line in known.iterrows():
        for measure, heading in (("capacity", "Capacity, 2031"), ("gap", "Gap, 2031")):
            assert rows[names[kind]][heading] == number(line[measure]), (kind, heading)
            unknown += bool(np.isnan(line[measure]))
    assert 0 < unknown < 2 * len(known)
    assert number(float("nan")) == "unknown"


def test_the_docx_is_a_package_that_word_reads(word):
    """Opened and saved by another library it stays the same document."""

    def parts(document):
        cells = [[cell.text for cell in row.cells] for found in document.tables
                 for row in found.rows]  # fmt: skip
        pictures = {str(part.partname): part.blob for part in document.part.package.iter_parts()
                    if part.content_type.startswith("image/")}  # fmt: skip
        return [(p.style.name, p.text) for p in document.paragraphs], cells, pictures

    again = BytesIO()
    word[1].save(again)
    found, before = parts(Document(again)), parts(word[1])
    assert found == before
    texts, cells, pictures = found
    assert sum(name.startswith("/word/media/") for name in pictures) >= 16
    assert len(cells) > 300
    assert sum(style.startswith("Heading") for style, _ in texts) > 30


def test_bookmarks_of_long_and_foreign_keys_stay_apart():
    keys = ["ledger-" + "x" * 60, "ledger-" + "x" * 61, "region-Әлем", "region-Өлем", "regions"]
    names = [name_of(key) for key in keys]
    assert len(set(names)) == len(keys)
    assert all(re.fullmatch(r"[A-Za-z]\w{0,39}", name, re.ASCII) for name in names)
