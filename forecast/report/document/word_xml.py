"""What python-docx has no words for: fields, bookmarks, contents, and whole tables at once.

Element names are those of WordprocessingML (ECMA-376, part 1).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from forecast.report.document.layout import Columns

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TWIPS = 1440 / 2.54  # in a centimetre
LONGEST_NAME = 40  # letters of a bookmark
AFTER_UPDATE = (  # what may follow in the settings, whose order is fixed
    "hdrShapeDefaults", "footnotePr", "endnotePr", "compat", "docVars", "rsids", "mathPr",
    "attachedSchema", "themeFontLang", "clrSchemeMapping", "shapeDefaults", "decimalSymbol",
    "listSeparator",
)  # fmt: skip
TOGETHER = 26  # rows of a table that is kept on one page


def name_of(key: str) -> str:
    """The name of a bookmark: letters, digits and underscores, begun by a letter; one for each."""
    name = "t_" + re.sub(r"\W", "_", key, flags=re.ASCII)
    if len(name) <= LONGEST_NAME and key.isascii():
        return name
    return name[: LONGEST_NAME - 9] + "_" + hashlib.sha256(key.encode()).hexdigest()[:8]


def field(paragraph: Any, code: str, shown: str) -> None:
    """A field: what Word computes, and what is shown until it does."""
    for run in _field(code, shown):
        paragraph._p.append(_parsed(run))


def _field(code: str, shown: str) -> list[str]:
    def run(content: str) -> str:
        return f"<w:r {W}>{content}</w:r>"

    return [
        run('<w:fldChar w:fldCharType="begin"/>'),
        run(f'<w:instrText xml:space="preserve"> {escape(code)} </w:instrText>'),
        run('<w:fldChar w:fldCharType="separate"/>'),
        run(f'<w:t xml:space="preserve">{escape(shown)}</w:t>'),
        run('<w:fldChar w:fldCharType="end"/>'),
    ]


def bookmark(paragraph: Any, number: int, key: str, write: Callable[[], object]) -> None:
    """What `write` adds to the paragraph, under a name that references find."""
    name = name_of(key)
    paragraph._p.append(_parsed(f'<w:bookmarkStart {W} w:id="{number}" w:name="{name}"/>'))
    write()
    paragraph._p.append(_parsed(f'<w:bookmarkEnd {W} w:id="{number}"/>'))


def reference(paragraph: Any, words: str, number: str, key: str) -> None:
    """The number of a table inside its words, as a field that follows it and leads to it."""
    before, _, after = words.rpartition(number)
    paragraph.add_run(before)
    field(paragraph, f"REF {name_of(key)} \\h", number)
    paragraph.add_run(after)


def contents(document: Any, headings: Sequence[tuple[int, str, str]]) -> None:
    """A field of contents with links, to which Word adds the pages when the file is opened.

    headings : level, text and key of each
    Pages are known when a page is laid out, which is Word's business.
    """
    last = len(headings) - 1
    for place, (level, text, key) in enumerate(headings):
        paragraph = document.add_paragraph(style=f"toc {level}")
        if place == 0:
            for run in _field('TOC \\o "1-2" \\h \\z \\u', "")[:3]:
                paragraph._p.append(_parsed(run))
        paragraph._p.append(_parsed(
            f'<w:hyperlink {W} w:anchor="{name_of(key)}" w:history="1"><w:r>'
            f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:hyperlink>'
        ))  # fmt: skip
        if place == last:
            paragraph._p.append(_parsed(_field("", "")[-1]))
    settings = document.settings.element
    update = _parsed(f'<w:updateFields {W} w:val="true"/>')
    later = (node for node in settings if node.tag.rpartition("}")[2] in AFTER_UPDATE)
    follower = next(later, None)
    if follower is None:
        settings.append(update)
    else:
        follower.addprevious(update)


def table(
    document: Any,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    shape: Columns,
    right: Sequence[bool],
    *,
    bold: int,
    title: str,
) -> None:
    """A table of Word. right: columns set to the right; bold: how many first rows are totals."""
    widths = [round(width * TWIPS) for width in shape.widths]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    size = f'<w:sz w:val="{round(2 * shape.font)}"/><w:szCs w:val="{round(2 * shape.font)}"/>'
    whole = len(rows) <= TOGETHER
    lines = [_row(headings, widths, right, f"<w:b/>{size}", head=True, keep=True)]
    lines += [
        _row(line, widths, right, ("<w:b/>" if place < bold else "") + size,
             keep=whole and place < len(rows) - 1)
        for place, line in enumerate(rows)
    ]  # fmt: skip
    made = _parsed(
        f'<w:tbl {W}><w:tblPr><w:tblStyle w:val="ReportTable"/>'
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        f'<w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0" '
        f'w:lastColumn="0" w:noHBand="0" w:noVBand="1"/><w:tblCaption w:val={quoteattr(title)}/>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(lines)}</w:tbl>"
    )
    body = document.element.body
    body.insert(len(body) - 1, made)  # the last element says how pages are


def _row(
    cells: Sequence[str],
    widths: Sequence[int],
    right: Sequence[bool],
    look: str,
    *,
    head: bool = False,
    keep: bool = False,
) -> str:
    """One row, never torn between two pages. head: it comes again on the next page; keep: it stays
    on the page of the row that follows."""
    made = []
    for text, width, ends in zip(cells, widths, right, strict=True):
        style = "ReportNumber" if ends else "ReportCell"
        made.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>'
            + ('<w:vAlign w:val="bottom"/>' if head else "")
            + f'</w:tcPr><w:p><w:pPr><w:pStyle w:val="{style}"/>'
            + ("<w:keepNext/>" if keep else "")
            + f'</w:pPr><w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t>'
            "</w:r></w:p></w:tc>"
        )
    header = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{header}</w:trPr>{''.join(made)}</w:tr>"


def _parsed(text: str) -> Any:
    from docx.oxml import parse_xml

    return parse_xml(text)
