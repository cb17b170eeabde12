"""Infrastructure: what people need by kind of facility, and where the stock falls short."""

from __future__ import annotations

from forecast.infrastructure.facilities import (
    Facility,
    load_facilities,
    need,
    read_facilities,
    users,
)
from forecast.infrastructure.needs import load_capacities, needs_frame
from forecast.infrastructure.notes import infrastructure_notes

__all__ = [
    "Facility",
    "infrastructure_notes",
    "load_capacities",
    "load_facilities",
    "need",
    "needs_frame",
    "read_facilities",
    "users",
]
