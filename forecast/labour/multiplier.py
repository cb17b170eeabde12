"""How many jobs of market services live on one job of a growth point.

A plan that counts only the jobs on its site leaves out the shops, hauliers and repairers that
follow. Teachers, doctors and officials are never among them: norms count those, and they would be
counted twice.

With a table of inputs (norms/input_output: jobs of a supplying section for each job of a using
one, in the nation) the coefficients are made regional by Flegg's location quotient

    FLQ_ij = CILQ_ij [log2(1 + E_r / E_n)]^delta,   CILQ_ij = (E_ri / E_ni) / (E_rj / E_nj)

(Flegg & Tohmo 2013, Regional Studies 47; on the diagonal the simple quotient), never above 1, and
k = 1 + the market services in the columns of (I - R)^-1 - I. Without the table the economic base
tells: k = (basic + market services) / basic, where basic is agriculture, industry, construction
and what a region has of market services beyond the nation's share (Isserman 1977), held between
two bounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import InputError, collect, did_you_mean
from forecast.labour.sections import Sections
from forecast.words import say

Array = NDArray[np.float64]

TABLE = "norms/input_output"


@dataclass(frozen=True)
class Multipliers:
    """Jobs of market services for the jobs of a growth point.

    jobs   : (region, section) of the base year
    market : (section,) whether a section is a market service
    k      : (region, section) jobs in all for one job of the section
    table  : whether they come of a table of inputs; otherwise of the economic base
    """

    jobs: Array
    market: NDArray[np.bool_]
    k: Array
    table: bool

    def of_region(self, region: int, sections: Array) -> float:
        """Jobs in all for one job of the plan; sections (section,) shares that sum to 1."""
        return float(self.k[region] @ sections)

    def market_shares(self, region: int) -> Array:
        """(section,) how the induced jobs spread: as the market services of the region do."""
        served = np.where(self.market, self.jobs[region], 0.0)
        shares: Array = served / served.sum()
        return shares


def multipliers(
    jobs: Array,
    sections: Sections,
    bounds: tuple[float, float],
    inputs: Array | None = None,
    delta: float = 0.3,
) -> Multipliers:
    """The multipliers of every region and section.

    jobs   : (region, section) of the base year
    bounds : smallest and largest multiplier of the economic base
    inputs : (supplier, user) jobs of the supplier for one job of the user, in the nation
    delta  : exponent of the quotient, 0.25 to 0.3 in most tests
    """
    if inputs is None:
        k = np.clip(economic_base(jobs, sections), *bounds)
        return Multipliers(jobs, sections.market, np.repeat(k[:, None], jobs.shape[1], 1), False)
    found = np.stack([
        1 + of_inputs(inputs * np.minimum(quotients(jobs, region, delta), 1.0), sections.market)
        for region in range(len(jobs))
    ])  # fmt: skip
    return Multipliers(jobs, sections.market, found, True)


def economic_base(jobs: Array, sections: Sections) -> Array:
    """(region,) jobs for one basic job, those of the public services left out."""
    basic = ~sections.market & ~sections.public
    expected = jobs.sum(axis=1, keepdims=True) * (jobs.sum(axis=0) / jobs.sum())
    beyond = np.where(sections.market, np.maximum(jobs - expected, 0.0), 0.0).sum(axis=1)
    base = jobs[:, basic].sum(axis=1) + beyond
    counted = jobs[:, ~sections.public].sum(axis=1)
    k: Array = counted / base
    return k


def quotients(jobs: Array, region: int, delta: float) -> Array:
    """(supplier, user) Flegg's location quotients of one region."""
    own, nation = jobs[region], jobs.sum(axis=0)
    part = own / nation
    cross = part[:, None] / part[None, :]
    simple = (own / own.sum()) / (nation / nation.sum())
    np.fill_diagonal(cross, simple)
    found: Array = cross * np.log2(1 + own.sum() / nation.sum()) ** delta
    return found


def of_inputs(regional: Array, market: NDArray[np.bool_]) -> Array:
    """(user,) jobs of market services that one job of each section calls, round after round."""
    whole = np.linalg.inv(np.eye(len(regional)) - regional) - np.eye(len(regional))
    called: Array = whole[market].sum(axis=0)
    return called


def read_inputs(table: pd.DataFrame, sections: Sections) -> Array:
    """(supplier, user) of the table norms/input_output: supplier, user, value.

    A pair without a row supplies nothing. Raises InputError with every fault.
    """
    places = {letter: place for place, letter in enumerate(sections.letters)}
    inputs = np.zeros((len(places), len(places)))
    with collect(TABLE) as faults:
        values = pd.to_numeric(table["value"], errors="coerce").to_numpy(dtype=float)
        for row, line in enumerate(table.to_dict("records")):
            where = say("row {n}", n=row + 2)
            for column in ("supplier", "user"):
                if line[column] not in places:
                    message = say("no section of activity '{name}'", name=line[column])
                    cure = did_you_mean(str(line[column]), places)
                    faults.add(f"{where}, {column}", message, cure)
            if not values[row] >= 0:
                message = say("'{text}' is not a number from 0 up", text=line["value"])
                faults.add(f"{where}, value", message)
            if not faults:
                inputs[places[line["supplier"]], places[line["user"]]] = values[row]
    heavy = np.flatnonzero(inputs.sum(axis=0) >= 1)
    if len(heavy):
        names = ", ".join(sections.letters[place] for place in heavy)
        message = say("one job calls as many again or more in the sections {names}", names=names)
        raise InputError(TABLE, message)
    return inputs
