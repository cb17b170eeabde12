"""Infrastructure: what people need by kind of facility, and where the stock falls short."""

from __future__ import annotations

from forecast.infrastructure.closure import dwelling_led
from forecast.infrastructure.facilities import (
    Facility,
    load_facilities,
    need,
    read_facilities,
    users,
)
from forecast.infrastructure.needs import needs_frame
from forecast.infrastructure.notes import infrastructure_notes
from forecast.infrastructure.orders import orders_frame
from forecast.infrastructure.stock import Flows, capacity_path, load_capacities, load_flows

__all__ = [
    "Facility",
    "Flows",
    "capacity_path",
    "dwelling_led",
    "infrastructure_notes",
    "load_capacities",
    "load_facilities",
    "load_flows",
    "need",
    "needs_frame",
    "orders_frame",
    "read_facilities",
    "users",
]
