"""Where the data packages, scenarios and cards that come with forecast are found."""

from __future__ import annotations

from pathlib import Path

ROOM = Path(__file__).parent


def shipped(kind: str) -> Path:
    """The folder of what is shipped: `kind` is data, scenarios or cards.

    A checkout keeps it beside the package; an installed wheel carries it inside. Where
    neither exists the path inside the package is given, so that a message can name it.
    """
    beside = ROOM.parent / kind
    checkout = (ROOM.parent / "pyproject.toml").is_file()
    return beside if checkout and beside.is_dir() else ROOM / "_shipped" / kind


def inside_wheel(path: Path) -> bool:
    """Whether a package belongs to an installation, not to a checkout or a planner's folder."""
    return (ROOM / "_shipped").resolve() in path.resolve().parents
