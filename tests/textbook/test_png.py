"""Pages as PNG: what is written is what was drawn.

Authority: Pillow reads the file back, checksums included (PNG specification, third edition).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecast.report.png import write_png


@pytest.mark.parametrize("depth", [3, 4])
def test_pixels_density_and_texts_come_back(tmp_path: Path, depth: int) -> None:
    from PIL import Image

    pixels = np.random.default_rng(1).integers(0, 256, (37, 53, depth), dtype=np.uint8)
    pixels[..., 3:] = 255
    texts = {"Title": "Қазақстан халқы", "Description": "Люди & <места>, 2026–2031"}
    path = tmp_path / "page.png"
    write_png(path, pixels, 300, texts)
    with Image.open(path) as image:
        image.verify()
    with Image.open(path) as image:
        assert (np.asarray(image) == pixels[..., :3]).all()
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        assert dict(image.text) == texts
    first = path.read_bytes()
    write_png(path, pixels, 300, texts)
    assert path.read_bytes() == first
