"""The survey of families: its columns, the words that may stand in them, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.settlement.records import ID, ROW, Column, Mask, fold, read_records
from forecast.words import say

STREAMS = ("kandas", "resettlers")
QUALIFICATIONS = ("higher", "tvet", "none")
CHOICES = ("choice_1", "choice_2", "choice_3")
LANGUAGES = ("kk", "ru")
ABROAD = "abroad"
LARGEST = 30  # persons of a family
STREAM_WORDS = {
    "kandas": "kandas", "kandases": "kandas", "кандас": "kandas", "кандасы": "kandas",
    "қандас": "kandas", "қандастар": "kandas", "ethnic repatriate": "kandas",
    "resettler": "resettlers", "resettlers": "resettlers", "переселенец": "resettlers",
    "переселенцы": "resettlers", "внутренний переселенец": "resettlers",
    "қоныс аударушы": "resettlers", "қоныс аударушылар": "resettlers",
}  # fmt: skip
QUALIFICATION_WORDS = {
    "higher": "higher", "higher education": "higher", "высшее": "higher",
    "высшее образование": "higher", "жоғары": "higher", "жоғары білім": "higher",
    "tvet": "tvet", "vocational": "tvet", "technical and vocational": "tvet", "типо": "tvet",
    "среднее специальное": "tvet", "техническое и профессиональное": "tvet",
    "орта арнаулы": "tvet", "тжкб": "tvet", "техникалық және кәсіптік": "tvet",
    "none": "none", "no qualification": "none", "нет": "none", "без квалификации": "none",
    "среднее": "none", "жоқ": "none", "біліктіліксіз": "none", "орта": "none",
}  # fmt: skip
ABROAD_WORDS = dict.fromkeys(("abroad", "за рубежом", "заграница", "шетел", "шетелден"), ABROAD)


class Survey(NamedTuple):
    """What a survey says.

    families : a row each: row, id, stream, family_size, workers, children (numbers), qualification,
               section (a letter, or empty), origin (a region, `abroad` or empty), choice_1 to
               choice_3 (regions, or empty), kk and ru (True where the family speaks it)
    rejects  : row, column, reason of what is left out
    total    : rows of the file
    """

    families: pd.DataFrame
    rejects: pd.DataFrame
    total: int


def survey_columns(sections: Mapping[str, str], regions: Mapping[str, str]) -> tuple[Column, ...]:
    """The columns that a survey may have, beside `id`.

    sections : {letter, name or short word, folded: letter}
    regions  : {name, id or code of a region, folded: id}
    """
    return (
        Column("stream", "word", True, STREAM_WORDS),
        Column("family_size", "integer", True, minimum=1, maximum=LARGEST),
        Column("workers", "integer", True, minimum=0, maximum=LARGEST),
        Column("children", "integer", True, minimum=0, maximum=LARGEST),
        Column("qualification", "word", True, QUALIFICATION_WORDS),
        Column("section", "word", words=sections),
        Column("origin", "word", words={**ABROAD_WORDS, **regions}),
        *(Column(name, "region") for name in CHOICES),
        *(Column(name, "flag") for name in LANGUAGES),
    )


def section_words(table: pd.DataFrame) -> dict[str, str]:
    """{letter, short word or name of a section in any language, folded: its letter}."""
    found = {}
    for row in table.to_dict("records"):
        for column in ("section", "word", "name_en", "name_ru", "name_kk"):
            if str(row.get(column) or ""):
                found[fold(row[column])] = str(row["section"])
    return found


def read_survey(
    path: str | Path,
    sections: Mapping[str, str],
    regions: Mapping[str, str],
    *,
    salt: str | None = None,
) -> Survey:
    """The families of a file; rows that cannot be are rejected with their reason.

    Raises InputError where the file cannot be read, or holds personal data.
    """
    records = read_records(path, survey_columns(sections, regions), salt=salt, regions=regions)
    rows = records.rows.copy()
    for name in ("section", "origin", *CHOICES, *LANGUAGES):
        if name not in rows:
            rows[name] = ""
    for name in LANGUAGES:
        rows[name] = rows[name] == "1"
    for name in ("family_size", "workers", "children"):
        rows[name] = rows[name].astype(int)
    bad, told = _impossible(rows)
    rejects = pd.concat([records.rejects, told]) if len(told) else records.rejects
    columns = [ROW, ID, "stream", "family_size", "workers", "children", "qualification", "section",
               "origin", *CHOICES, *LANGUAGES]  # fmt: skip
    families = rows.loc[~bad, columns].reset_index(drop=True)
    return Survey(families, rejects.sort_values(ROW, ignore_index=True), records.total)


def _impossible(rows: pd.DataFrame) -> tuple[Mask, pd.DataFrame]:
    """Rows whose columns contradict each other, and why."""
    size = rows["family_size"]
    repeated = np.zeros(len(rows), dtype=bool)
    for k, one in enumerate(CHOICES):
        for other in CHOICES[:k]:
            repeated |= ((rows[one] != "") & (rows[one] == rows[other])).to_numpy(dtype=bool)
    crowded = (rows["workers"] + rows["children"] > size).to_numpy(dtype=bool)
    bad: NDArray[np.bool_] = np.zeros(len(rows), dtype=bool)
    parts = []
    for column, wrong, reason in (
        ("family_size", crowded, say("workers and children are more than the family")),
        (CHOICES[0], repeated, say("one region is chosen twice")),
    ):
        new = wrong & ~bad
        parts.append(pd.DataFrame({ROW: rows[ROW][new], "column": column, "reason": reason}))
        bad |= wrong
    return bad, pd.concat(parts)
