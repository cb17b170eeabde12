"""The report of a run in the format that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pandas as pd

from forecast.errors import Faults, InputError, collect, did_you_mean
from forecast.report.document import contents
from forecast.report.document.model import Story
from forecast.report.document.shared import Remembered, order
from forecast.report.extract import Result
from forecast.scenario.places import region_of
from forecast.scenario.read import Keys
from forecast.words import LANGUAGES, language, say, speaking

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.space import Space

FORMATS = ("docx", "xlsx", "html", "pdf")
CHECKS = ("change", "official", "un")  # of what is published, those that project


def write_report(
    projection: Result,
    path: str | Path,
    kind: str,
    *,
    lang: str | None = None,
    regions: Sequence[str] = (),
    dataset: Dataset | None = None,
    told_in: str | None = None,
) -> Path:
    """Write the report of a run to `path` and return it.

    kind    : one of FORMATS; xlsx is the workbook of all tables
    lang    : en, ru or kk; the language of now without it
    regions : regions, by any of their names, whose passports and figures alone are told
    dataset : the data package, whose official projections then stand beside the run
    told_in : language in which the run was made, that of its assumptions
    The same projection gives the same bytes. Raises InputError for a format or language that does
    not exist, OSError when the file cannot be written.
    """
    if kind not in FORMATS:
        message = say("no format '{name}'", name=kind)
        raise InputError("--format", message + "; " + did_you_mean(kind, FORMATS))
    if lang is not None and lang not in LANGUAGES:
        raise InputError("lang", did_you_mean(lang, LANGUAGES))
    with collect("") as faults:
        ids = regions_of(projection.space, regions, faults)
    path = Path(path)
    with speaking(lang or language()):
        if kind == "xlsx":
            from forecast.report.excel import write_tables

            return write_tables(projection, path)
        story = tell(projection, ids, dataset, told_in or language())
        path.write_bytes(_writer(kind)(projection, story))
    return path


def regions_of(space: Space, words: Sequence[str], faults: Faults) -> tuple[str, ...]:
    """The ids of regions, once each; the nation is no region."""

    def refuse(keys: Keys, message: str, cure: str = "") -> None:
        faults.add("--region", message, cure)

    found = []
    for word in words:
        wrong = len(faults)
        region = region_of(word, space, (), refuse, nation=True)
        if region == space.nation:
            faults.add("--region", say("'{name}' is the whole country; leave --region out",
                                       name=word))  # fmt: skip
        elif len(faults) == wrong:
            found.append(region)
    return tuple(dict.fromkeys(found))


def tell(
    projection: Result, regions: Sequence[str], dataset: Dataset | None, told_in: str
) -> Story:
    """The content of the report in the language of now."""
    beside = published(projection, dataset)
    projection = cast(Result, Remembered(projection))
    if regions:
        return contents.of_regions(projection, regions, beside, told_in)
    return contents.whole(projection, beside, told_in)


def published(projection: Result, dataset: Dataset | None) -> pd.DataFrame:
    """Official projections beside the run; none without a data package of the same regions."""
    from forecast.realism import COLUMNS, reality_frame

    nothing = pd.DataFrame(columns=list(COLUMNS))
    if dataset is None or dataset.space.ids != projection.space.ids:
        return nothing
    frame = reality_frame(projection, dataset)  # type: ignore[arg-type]
    chosen = frame["check"].isin(CHECKS) & (frame["measure"] != "change_so_far")
    found = frame[chosen & frame["published"].notna()]
    place = {region: k for k, region in enumerate(order(projection))}
    ranked = found.assign(place=found["region"].map(place))
    ranked = ranked.sort_values(["place", "year", "check", "measure"], kind="stable")
    return ranked.drop(columns="place").reset_index(drop=True)


def _writer(kind: str) -> Callable[[Result, Story], bytes]:
    if kind == "docx":
        from forecast.report.document.word import docx

        return docx
    if kind == "html":
        from forecast.report.document.web import html

        return html
    from forecast.report.document.portable import pdf

    return pdf
