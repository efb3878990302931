"""One frame of a clip, enlarged by whole factors."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from svg_studio.engine.events import Frames
from svg_studio.ui.video.frame_canvas import FrameCanvas


def mosaic(value: int, length: int = 4, channels: int = 3) -> Frames:
    frames = np.full((length, 12, 18, channels), value, np.uint8)
    frames[:, 0, 0] = np.arange(length)[:, None]
    return frames


@pytest.mark.parametrize("channels", [1, 3])
def test_that_frames_are_enlarged_by_whole_factors_without_blending(qtbot: QtBot, channels: int) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 5, 7, channels), dtype=np.uint8)
    canvas = FrameCanvas()
    qtbot.addWidget(canvas)
    canvas.set_frames(frames)
    canvas.set_room(7 * 3 + 6)
    assert canvas.factor == 3
    canvas.show_frame(1)
    image = canvas.grab().toImage()
    ratio = image.width() // 21
    assert (image.width(), image.height()) == (21 * ratio, 15 * ratio)
    for y in range(image.height()):
        for x in range(image.width()):
            wanted = frames[1, y // (3 * ratio), x // (3 * ratio)]
            assert image.pixelColor(x, y).getRgb()[:3] == tuple(int(v) for v in np.broadcast_to(wanted, 3))


def test_that_a_mosaic_wider_than_the_room_keeps_its_size(qtbot: QtBot) -> None:
    canvas = FrameCanvas()
    qtbot.addWidget(canvas)
    canvas.set_frames(mosaic(1))
    canvas.set_room(5)
    assert canvas.factor == 1
    assert canvas.width() == 18
