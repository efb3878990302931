"""Tiles as large as fits, and frames as images."""

import numpy as np
import pytest

from svg_studio.ui.video.tile_grid import to_image


@pytest.mark.parametrize("channels", [1, 3])
def test_that_frames_become_images_without_loss(channels: int) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    image = to_image(frame)
    for y in range(5):
        for x in range(7):
            assert image.pixelColor(x, y).getRgb()[:3] == tuple(int(v) for v in np.broadcast_to(frame[y, x], 3))
