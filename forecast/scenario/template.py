"""The file that `forecast init` writes: a scenario that runs as it is, and what else may stand."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from forecast.words import mark, say

WIDTH = 96  # of comments

# What a beginner may want next, in the order of the guide: the comment and the line that it is of.
OPTIONAL_KEYS = (
    (mark("Workers on the site while it is built: a level, 0 after its last year. They live in "
          "camps and bring no family."), "construction_jobs: {{{y1}: 2000, {y2}: 2000}}"),
    (mark("Where the workers live, if not in the region of the jobs."),
     'homes: {{"{region}": 0.8, "{other}": 0.2}}'),
    (mark("Share of the jobs that people take who live there already and have no work."),
     "local_fill: 0.3"),
    (mark("Share of the point that the baseline does not contain already."), "additional: 0.8"),
    (mark("What is published instead of jobs: dwellings, or people of the place."),
     "driver: people"),
    (None, "existing: {{people: 50000}}"),
    (None, "people: {{between: line, values: {{{y0}: 50000, {y4}: 80000}}}}"),
    (mark("What the plan itself claims, to be held against the forecast."),
     "plan: {{population: {{{y4}: 80000}}, source: ...}}"),
)  # fmt: skip


def template(name: str, region: str, regions: Sequence[str], base_year: int) -> str:
    """The text of a new scenario file with comments in the language of now.

    region    : name of the region of the example
    regions   : names of all regions, for the comment
    base_year : first year of a run
    """
    example = say("example figures: put the publisher and address here")
    others = [one for one in regions if one != region] or [region]
    values: dict[str, object] = {f"y{ahead}": base_year + ahead for ahead in range(6)}
    values |= {"region": region, "other": others[0]}
    lines = [
        *_comment([
            say("A scenario: what is planned, laid over the baseline."),
            say("Figures here are examples: put your own in their place, each with its source."),
            say("'forecast check {name}' says what is wrong, 'forecast run {name}' runs it, "
                "'forecast schema --guide' lists every key.", name=name),
        ]),
        f"title: {_quoted(name)}",
        "extends: baseline",
        *_comment([say("Overlays change what nobody chooses; two may not contradict each other.")]),
        "# with: [fertility-high, internal-level-2025]",
        *_comment([say("Last calendar year of the run.")]),
        f"# until: {base_year + 9}",
        "",
        "growth_points:",
        *_comment([say("An id of your own: small Latin letters, digits, dashes.")], 2),
        "  new-plant:",
        *_comment([
            say("By name in English, Russian or Kazakh, or by code. Regions: {names}.",
                names=", ".join(regions)),
        ], 4),
        f"    region: {_quoted(region)}",
        *_comment([
            say("Permanent jobs, a level: a year means from 1 January on, the last value holds. "
                "Their change calls workers and those who come with them."),
        ], 4),
        f"    jobs: {{{values['y2']}: 500, {values['y4']}: 1200}}",
        *_comment([say("Sections of activity with a sum of 1.")], 4),
        "    sectors: {manufacturing: 1}",
        *_comment([
            say("How much of the plan comes and how late: low, most likely, high."),
        ], 4),
        "    delivery: {share: [0.5, 1, 1], slip_years: [0, 0, 2]}",
        f"    source: {_quoted(example)}",
        "",
    ]  # fmt: skip
    for comment, line in OPTIONAL_KEYS:
        if comment is not None:
            lines += _comment([say(comment)], 4)
        lines.append("    # " + line.format(**values))
    lines += _beyond_points(values, region, others[0])
    return "\n".join(lines) + "\n"


def _beyond_points(values: Mapping[str, object], region: str, other: str) -> list[str]:
    """What may stand beside growth points, as comments."""
    return [
        "",
        *_comment([
            say("What draws people, against the baseline: jobs and income as shares, unemployment "
                "in points. People follow a year later."),
        ]),
        "# drivers:",
        f"#   income: {{{_quoted(region)}: {{{values['y1']}: 0.05, {values['y3']}: 0.1}}}}",
        "",
        *_comment([say("What policy chooses.")]),
        "# levers:",
        f"#   family_support: {{tfr_effect: {{{values['y1']}: 0.03}}}}",
        f"#   memoranda: [{{from: {_quoted(other)}, to: {_quoted(region)}, "
        f"persons: {{{values['y1']}: 500}}}}]",
    ]  # fmt: skip


def _comment(texts: Iterable[str], indent: int = 0) -> list[str]:
    """Texts as comment lines of the file."""
    head = " " * indent + "# "
    return [line for text in texts for line in textwrap.wrap(
        text, WIDTH, initial_indent=head, subsequent_indent=head, break_on_hyphens=False,
        break_long_words=False,
    )]  # fmt: skip


def _quoted(text: str) -> str:
    """Text in double quotes, which YAML reads as JSON does."""
    return json.dumps(text, ensure_ascii=False)
