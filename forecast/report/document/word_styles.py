"""The styles of the DOCX report: a planner changes the look of a draft here, in Word, at once."""

from __future__ import annotations

from typing import Any

from forecast.report.document import word_xml as xml
from forecast.report.document.layout import PAGE, TEXT_WIDTH
from forecast.report.document.model import Story
from forecast.words import language

FONT = "Times New Roman"  # of official papers; it holds the Kazakh letters
FONT_SCALE = 0.86  # of its letters against those that widths are measured with, on the safe side
INK, GREY, LINE = "1A1A1A", "595959", "A6A6A6"
LANGUAGES = {"en": "en-GB", "ru": "ru-RU", "kk": "kk"}
MARGIN = (PAGE[0] - TEXT_WIDTH) / 2  # cm
# name: points, bold, before, after (points), colour
PARAGRAPHS = {
    "Title": (22, True, 40, 8, INK),
    "Subtitle": (13, False, 0, 18, GREY),
    "Heading 1": (16, True, 18, 8, INK),
    "Heading 2": (13, True, 14, 6, INK),
    "Heading 3": (11, True, 10, 4, INK),
    "Body Text": (11, False, 0, 6, INK),
    "List Bullet": (10, False, 0, 2, INK),
    "Caption": (9.5, True, 8, 4, INK),
    "TOC Heading": (14, True, 24, 6, INK),
}
NEW = {  # paragraph styles that Word does not have
    "Report remark": (9.5, False, 0, 4, GREY),
    "Report source": (8, False, 3, 10, GREY),
    "Report figure": (11, False, 8, 0, INK),
    "Report cell": (8.5, False, 0, 0, INK),
    "Report number": (8.5, False, 0, 0, INK),
    "toc 1": (11, False, 3, 0, INK),
    "toc 2": (10, False, 0, 0, INK),
}


def prepare(document: Any, story: Story, run: str) -> None:
    """Page, styles, language and footer of an empty document."""
    _page(document, story, run)
    _language(document)
    from docx.enum.style import WD_STYLE_TYPE

    styles = document.styles
    for name in NEW:
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = styles["Normal"]
        style.element.set(_w("styleId"), "".join(w.capitalize() for w in name.split()))
    for name, look in {**PARAGRAPHS, **NEW}.items():
        _look(styles[name], *look)
    _look(styles["Normal"], 11, False, 0, 0, INK)
    _aligned(styles)
    styles.element.append(xml._parsed(_table_style()))


def _look(style: Any, points: float, bold: bool, before: float, after: float, colour: str) -> None:
    from docx.shared import Pt, RGBColor

    font, spacing = style.font, style.paragraph_format
    font.name, font.size, font.bold, font.italic = FONT, Pt(points), bold, False
    font.color.rgb = RGBColor.from_string(colour)
    fonts = style.element.rPr.rFonts
    for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(_w(kind), None)
    for kind in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(_w(kind), FONT)
    for extra in style.element.rPr.findall(_w("spacing")):
        style.element.rPr.remove(extra)
    spacing.space_before, spacing.space_after, spacing.line_spacing = Pt(before), Pt(after), 1.08


def _aligned(styles: Any) -> None:
    """What keeps together, and on which side it stands."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.shared import Cm

    styles["Report number"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for name in ("Report number", "Report cell"):
        styles[name].paragraph_format.line_spacing = 1.0
    styles["Report figure"].paragraph_format.keep_with_next = True
    for level in (1, 2):
        spacing = styles[f"toc {level}"].paragraph_format
        spacing.left_indent = Cm(0.6 * (level - 1))
        spacing.tab_stops.add_tab_stop(Cm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    for name in ("Title", "Heading 1", "Heading 2"):  # the template underlines the title
        for border in styles[name].element.pPr.findall(_w("pBdr")):
            styles[name].element.pPr.remove(border)


def _page(document: Any, story: Story, run: str) -> None:
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Cm

    section = document.sections[0]
    section.page_width, section.page_height = Cm(PAGE[0]), Cm(PAGE[1])
    section.left_margin = section.right_margin = Cm(MARGIN)
    section.top_margin, section.bottom_margin = Cm(2.0), Cm(2.0)
    section.footer_distance = Cm(1.0)
    paragraph = section.footer.paragraphs[0]
    paragraph.style = document.styles["Footer"]
    for stops in paragraph.style.element.pPr.findall(_w("tabs")):  # those of another page width
        paragraph.style.element.pPr.remove(stops)
    stops = paragraph.paragraph_format.tab_stops
    stops.add_tab_stop(Cm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    paragraph.add_run(f"{story.title} · {run}\t")
    xml.field(paragraph, "PAGE", "1")
    _look(document.styles["Footer"], 8, False, 0, 0, GREY)


def _language(document: Any) -> None:
    """The language that spelling is checked in."""
    for found in document.styles.element.iter(_w("lang")):
        found.set(_w("val"), LANGUAGES[language()])


def _table_style() -> str:
    """Lines above, below and under the heading; pale ones between rows."""

    def line(side: str, size: int, colour: str) -> str:
        return f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{colour}"/>'

    borders = line("top", 8, INK) + line("bottom", 8, INK) + line("insideH", 2, LINE)
    return (
        f'<w:style {xml.W} w:type="table" w:customStyle="1" w:styleId="ReportTable">'
        '<w:name w:val="Report table"/><w:basedOn w:val="TableNormal"/><w:qFormat/>'
        f"<w:tblPr><w:tblBorders>{borders}</w:tblBorders><w:tblCellMar>"
        '<w:top w:w="15" w:type="dxa"/><w:left w:w="40" w:type="dxa"/>'
        '<w:bottom w:w="15" w:type="dxa"/><w:right w:w="40" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f'<w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>{line("bottom", 6, INK)}'
        "</w:tcBorders></w:tcPr></w:tblStylePr></w:style>"
    )


def _w(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(f"w:{name}"))
