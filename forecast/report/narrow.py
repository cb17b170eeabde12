"""What a figure leaves out or moves where its sheet is narrow, so that no words touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecast.report import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DIAGRAM = 3.2  # cm that bars need at least to be compared
KEY_ROW = 0.45  # height of one row of a key, cm
X_TITLE = 0.62  # from an axis down to its words, cm
GAP = 0.25  # between two columns of a list, cm
Entry = tuple[str, Mapping[str, Any]]


def is_narrow() -> bool:
    """Whether the sheet is nearer to a column than to a page."""
    return style.width() < 12.5


def fitting(columns: Sequence[style.Column], left: float) -> list[style.Column]:
    """The columns of numbers that leave room for the diagram, those in bold first.

    left : cm that the names beside the diagram take
    """
    kept = list(columns)
    while len(kept) > 1 and style.width() - left - style.columns_width(kept) < DIAGRAM:
        plain = [k for k, column in enumerate(kept) if not column.bold]
        del kept[plain[-1] if plain else -1]
    return kept


@dataclass(frozen=True)
class Key:
    """A key above a diagram, in as many rows as the sheet needs.

    rows   : how many entries stand in each
    raised : cm of its last row above the usual place, so that it clears the headings of columns
    """

    entries: Sequence[Entry]
    rows: Sequence[int]
    raised: float

    @property
    def above(self) -> float:
        """Room above the axes, cm."""
        return 0.5 + self.raised + KEY_ROW * len(self.rows)

    def draw(self, ax: Axes, start: float) -> None:
        """Draw the rows from `start` cm of the left edge of the axes."""
        place = 0
        for k, count in enumerate(self.rows):
            raised = self.raised + KEY_ROW * (len(self.rows) - 1 - k)
            style.key(ax, self.entries[place : place + count], start, raised)
            place += count


def key_of(entries: Sequence[Entry], columns: Sequence[style.Column] = ()) -> Key:
    """The key of these entries above a diagram with these columns of numbers beside it."""
    words = [word for word, _ in entries]
    rows = style.key_rows(words, style.width() - 0.6)
    heading = max((len(column.lines) for column in columns), default=0)
    taken = sum(0.67 + style.text_width(word, style.LABEL) + 0.45 for word in words)
    room = style.width() - 0.3 - (style.columns_width(columns) if columns else 0.0)
    beside = len(rows) == 1 and taken <= room
    tall = style.height_of(heading, style.SMALL)
    return Key(entries, rows, 0.0 if beside or not heading else tall + 0.1)


def x_title(ax: Axes, text: str) -> None:
    """Words below the axis, in its middle but never beyond the page; smaller if they must."""
    figure = ax.get_figure(root=True)
    assert figure is not None, "axes stand in a figure"
    width, height = style.size_of(ax)
    page = figure.bbox.width / figure.dpi / style.CM
    start = ax.get_window_extent().x0 / figure.dpi / style.CM  # of the axes on the page
    size = style.LABEL * min(1.0, (page - 0.3) / style.text_width(text, style.LABEL))
    half = style.text_width(text, size) / 2
    centre = min(max(width / 2, half + 0.15 - start), page - start - half - 0.15)
    ax.text(centre / width, -X_TITLE / height, text, transform=ax.transAxes, ha="center", va="top",
            fontsize=size)  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """A list of numbered regions below a figure: number, name, what stands for it.

    size : points; columns side by side; height in cm
    """

    rows: Sequence[tuple[str, str, str]]
    size: float
    columns: int

    @property
    def height(self) -> float:
        """Room of the list, cm."""
        return style.height_of(-(-len(self.rows) // self.columns), self.size) + 0.15

    def draw(self, ax: Axes, below: float) -> None:
        """Write it from `below` cm under the axes on."""
        width, height = style.size_of(ax)
        wide = (style.width() - 0.4 - (self.columns - 1) * GAP) / self.columns
        tag = max(style.text_width(row[0], self.size, bold=True) for row in self.rows)
        lines = -(-len(self.rows) // self.columns)
        for k, (number, name, value) in enumerate(self.rows):
            x = (k // lines) * (wide + GAP)
            y = -(below + style.height_of(k % lines + 1, self.size)) / height
            for at, text, ha, weight in (
                (x + tag, number, "right", "bold"),
                (x + tag + 0.15, name, "left", "normal"),
                (x + wide, value, "right", "normal"),
            ):
                ax.text(at / width, y, text, transform=ax.transAxes, ha=ha, va="baseline",
                        fontsize=self.size, fontweight=weight)  # fmt: skip


def listed(rows: Sequence[tuple[str, str, str]], size: float = 7.0) -> Listed:
    """The list in two columns where they have room for it, else in one."""
    longest = max(
        style.text_width(number, size, bold=True) + 0.15 + style.text_width(name, size) + 0.3
        + style.text_width(value, size)
        for number, name, value in rows
    )  # fmt: skip
    room = style.width() - 0.4
    for columns in (3, 2):
        if longest * columns + GAP * (columns - 1) <= room:
            return Listed(rows, size, columns)
    return Listed(rows, size * min(1.0, room / longest), 1)


@dataclass(frozen=True)
class Labels:
    """What stands in a figure for each region, and the list of them below where it is a number.

    lines : lines of each label by region id
    """

    lines: Mapping[str, tuple[str, ...]]
    listed: Listed | None

    @property
    def below(self) -> float:
        """Room of the list, cm."""
        return 0.0 if self.listed is None else self.listed.height

    def draw(self, ax: Axes, below: float) -> None:
        """Write the list, if there is one, from `below` cm under the axes on."""
        if self.listed is not None:
            self.listed.draw(ax, below)


def labels_of(names: Mapping[str, str], values: Mapping[str, str], *, narrow: bool) -> Labels:
    """Name and value of each region where they have room, else its number in a list."""
    if not narrow:
        return Labels({key: (names[key], value) for key, value in values.items()}, None)
    numbered = {key: str(k) for k, key in enumerate(values, start=1)}
    rows = [(number, names[key], values[key]) for key, number in numbered.items()]
    return Labels({key: (number,) for key, number in numbered.items()}, listed(rows))


def years_in(ax: Axes) -> int:
    """How many years stand along the bottom of axes without touching, at most eight."""
    return max(min(int(style.size_of(ax)[0] / 1.0), 8), 2)
