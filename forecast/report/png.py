"""A drawn page as a PNG file.

Pages are flat colours and letters, which pack best unfiltered: half the time of the filters that
image libraries choose row by row, and a smaller file. A batch of scenarios spends a tenth of its
time here.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
INCH = 0.0254  # metres
LEVEL = 3  # of packing: beyond it files hardly get smaller


def write_png(path: Path, pixels: np.ndarray, dpi: float, texts: Mapping[str, str]) -> None:
    """Write the file of `png_bytes`."""
    path.write_bytes(png_bytes(pixels, dpi, texts))


def png_bytes(pixels: np.ndarray, dpi: float, texts: Mapping[str, str]) -> bytes:
    """The file of `pixels`, (row, column, 3 or 4) 8-bit, fully opaque, with texts such as Title.

    The same pixels and texts are the same bytes (PNG specification, third edition, W3C 2025).
    """
    height, width = pixels.shape[:2]
    rows = np.empty((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 0] = 0  # each row begins with its filter: none
    rows[:, 1:] = pixels[:, :, :3].reshape(height, 3 * width)
    density = round(dpi / INCH)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"pHYs", struct.pack(">IIB", density, density, 1)),
        *((b"iTXt", _text(key, text)) for key, text in texts.items()),
        (b"IDAT", zlib.compress(rows.data, LEVEL)),
        (b"IEND", b""),
    ]
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def _text(key: str, text: str) -> bytes:
    """International text, not packed, of no named language."""
    return key.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
