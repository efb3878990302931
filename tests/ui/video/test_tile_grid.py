"""Tiles as large as fits, and frames as images."""

import numpy as np
import pytest
from PySide6.QtCore import QSize

from svg_studio.ui.video.tile_grid import plan, to_image


@pytest.mark.parametrize("count", [1, 16, 100])
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_that_the_largest_factor_that_fits_is_chosen(count: int, ratio: float) -> None:
    room = QSize(1000, 900)
    chosen = plan(count, QSize(64, 64), room, ratio, bar=10)
    assert chosen.size(count).width() <= room.width()
    assert chosen.image.width() == round(64 * chosen.factor / ratio), "a frame's pixel is a whole number of screen pixels"
    larger = plan(count, QSize(64, 64), room, ratio, factor=chosen.factor + 1, bar=10)
    assert larger.size(count).height() > room.height() or larger.size(count).width() > room.width()


@pytest.mark.parametrize("channels", [1, 3])
def test_that_frames_become_images_without_loss(channels: int) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    image = to_image(frame)
    for y in range(5):
        for x in range(7):
            assert image.pixelColor(x, y).getRgb()[:3] == tuple(int(v) for v in np.broadcast_to(frame[y, x], 3))
