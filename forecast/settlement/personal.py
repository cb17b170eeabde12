"""What is personal in a file about people: headings and cells that are refused at the door.

What stands in such a cell is never repeated, not even in a message or in the rows that are left
out. A name without a patronymic cannot be told from any other word: nobody can promise more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from forecast.errors import Faults
from forecast.words import mark, say

HEADINGS = (  # folded, of what is refused
    "name", "first name", "given name", "middle name", "last name", "full name", "family name",
    "father name", "аты", "тегі", "аты жөні", "әкесінің аты", "тел", "tel", "dob",
    "birth date", "date of birth", "дата рождения", "туған күні", "e mail", "эл почта",
)  # fmt: skip
WORDS = frozenset((  # a heading with one of these is refused
    "surname", "surnames", "firstname", "lastname", "fullname", "patronymic", "birthdate",
    "birthday", "phone", "phones", "telephone", "mobile", "email", "address", "passport", "iin",
    "document", "documents", "фио", "имя", "имени", "фамилия", "фамилии", "отчество", "отчества",
    "иин", "жсн", "паспорт", "паспорта", "удостоверение", "удостоверения", "документ", "документа",
    "документы", "төлқұжат", "құжат", "жөні", "телефон", "телефона", "телефоны", "почта", "почты",
    "адрес", "адреса", "мекенжай", "мекенжайы",
))  # fmt: skip
PHRASES = (*(word for word in HEADINGS if " " in word), "applicant name", "person name",
           "name of applicant", "name of person", "head name", "name of head")  # fmt: skip
CAPITAL, LETTERS = "A-ZА-ЯЁӘІҢҒҮҰҚӨҺ", r"[^\W\d_]"
PATRONYMIC = "ович|евич|овна|евна|ична|ұлы|қызы|кызы|оглы|ovich|evich|ovna|evna|kyzy|qyzy"
IDENTITY = mark("a national identity number")
PASSPORT = mark("the number of a passport")
LOOKS = {  # what a cell may not look like
    IDENTITY: re.compile(r"(?<![\d.,])\d{6}[ -]?\d{6}(?!\d)"),
    PASSPORT: re.compile(rf"^[{CAPITAL}]{{1,2}} ?\d{{7,9}}$"),
    mark("an e-mail address"): re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    mark("a telephone number"): re.compile(
        r"\+\d[\d ()-]{8,}\d"
        r"|(?<![\d.,])[78][ (-]{0,2}\d{3}[ )-]{0,2}\d{3}[ -]?\d{2}[ -]?\d{2}(?!\d)"
    ),
    mark("the name of a person"): re.compile(
        rf"[{CAPITAL}]{LETTERS}+.* [{CAPITAL}]{LETTERS}+(?:{PATRONYMIC})\b"
        rf"|[{CAPITAL}]{LETTERS}+(?:{PATRONYMIC})\b.* [{CAPITAL}]"
    ),
}
SUSPECT = (  # what every look but that of a passport has; quick to find in many cells
    rf"[0-9]{{11}}|[0-9]{{6}}[ -][0-9]{{6}}|@|\+[0-9]|[0-9][ ()-]+[0-9]| .*(?:{PATRONYMIC})"
    rf"|(?:{PATRONYMIC}).* "
)


def is_personal(heading: str) -> bool:
    """Whether a heading, folded, tells of names, documents, telephones or addresses."""
    words = f" {heading} "
    return (
        heading in HEADINGS
        or not WORDS.isdisjoint(heading.split())
        or any(f" {phrase} " in words for phrase in PHRASES)
    )


def refuse_cells(
    table: pd.DataFrame, bounds: Mapping[str, tuple[float, float]], own: Iterable[str],
    faults: Faults,
) -> None:  # fmt: skip
    """A fault for each column whose cells look like documents, addresses or names.

    bounds : {column of numbers: smallest and largest}; a number within them is one
    own    : columns in which the user numbers people, where a letter and digits are no passport
    """
    for name in table.columns:
        distinct = pd.Series(table[name].unique(), dtype="string")
        quick = SUSPECT if name in own else f"{SUSPECT}|{LOOKS[PASSPORT].pattern}"
        distinct = distinct[distinct.str.contains(quick.replace(r"\d", "[0-9]"), na=False)]
        if name in bounds and len(distinct):
            numbers = pd.to_numeric(distinct, errors="coerce").to_numpy(float, na_value=np.nan)
            low, high = bounds[name]
            distinct = distinct[~((numbers >= low) & (numbers <= high))]
        for what, look in LOOKS.items():
            if not len(distinct) or (what == PASSPORT and name in own):
                continue
            looks = distinct.str.contains(look, na=False)
            if looks.any():
                count = int(table[name].isin(set(distinct[looks])).sum())
                message = say("{n} cells look like {what}", n=count, what=say(what))
                cure = say("take the column out of the file, or number the people yourself")
                faults.add(name, message, cure)
