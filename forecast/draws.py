"""Random streams of a run with draws: one for each component, by its name.

A stream depends on the seed and the name alone, so two scenarios share the draws of every
component (common random numbers) and differ by what the scenario changes and by nothing else.
Numbers are drawn with the draw axis first: more draws continue the earlier ones.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecast.errors import InputError
from forecast.words import say

if TYPE_CHECKING:
    from forecast.scenario.values import Triple

Array = NDArray[np.float64]

FEWEST, MOST = 2, 20_000
BLOCK = 50  # draws that go through a year together: they fit into the cache of a processor


@dataclass(frozen=True)
class Draws:
    """How many draws, from which seed."""

    count: int
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("count", "seed"):  # any kind of whole number, but not True
            value = getattr(self, name)
            if isinstance(value, np.integer):
                object.__setattr__(self, name, int(value))
            elif not isinstance(value, int) or isinstance(value, bool):
                raise InputError(f"--{'draws' if name == 'count' else name}",
                                 say("'{text}' is no whole number", text=value))  # fmt: skip
        if not FEWEST <= self.count <= MOST:
            message = say(
                "{n} draws; write a whole number from 2 to {most}", n=self.count, most=MOST
            )
            raise InputError("--draws", message)
        if not 0 <= self.seed < 2**63:
            message = say("{n} is no seed; write a whole number from 0 up", n=self.seed)
            raise InputError("--seed", message)

    @classmethod
    def of(cls, count: int | None, seed: int) -> Draws | None:
        """The draws that are asked for; None without a number, but a wrong seed is told as well."""
        drawn = cls(FEWEST if count is None else count, seed)
        return None if count is None else drawn

    @property
    def in_blocks(self) -> Draws:
        """The same draws and as many more as fill the last block.

        Blocks are always full: sums and products of arrays of another width may differ in their
        last digit, and no number shall depend on how many draws there are or who carries them.
        """
        return Draws(-(-self.count // BLOCK) * BLOCK, self.seed)

    def stream(self, name: str) -> np.random.Generator:
        """The numbers of the component `name`."""
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
        words = np.random.SeedSequence(self.seed, spawn_key=(key >> 32, key & 0xFFFFFFFF))
        return np.random.Generator(np.random.PCG64DXSM(words))

    def normals(self, name: str, *shape: int) -> Array:
        """(*shape, draw) standard normal numbers of the component `name`."""
        numbers = self.stream(name).standard_normal((self.count, *shape))
        return np.ascontiguousarray(np.moveaxis(numbers, 0, -1))


def triangular(chance: Array, triple: Triple) -> Array:
    """Values of a triangular distribution (low, mode, high) at the given probabilities."""
    width = triple.high - triple.low
    if width == 0:
        return np.full(len(chance), float(triple.mode))
    split = (triple.mode - triple.low) / width
    below = triple.low + width * np.sqrt(chance * split)
    above = triple.high - width * np.sqrt((1 - chance) * (1 - split))
    values: Array = np.where(chance < split, below, above)
    return values
