"""Grey frames shrink to the very values of OpenCV's INTER_AREA."""

import cv2
import numpy as np
import pytest

from svg_studio.engine.data.decode.area_resize import shrink, suits

SIZES = [
    (120, 160, 64),
    (120, 120, 64),
    (240, 320, 64),
    (64, 64, 64),
    (192, 192, 64),
    (64, 192, 64),
    (64, 960, 64),
    (640, 384, 128),
]


@pytest.mark.parametrize("height,width,new", SIZES)
def test_that_frames_are_those_of_inter_area(height: int, width: int, new: int) -> None:
    assert suits(height, width, new)
    frames = np.random.default_rng(height + width).integers(0, 256, (5, height, width), np.uint8)
    frames[0], frames[1, : height // 2] = 255, 255
    wanted = np.stack([cv2.resize(frame, (new, new), interpolation=cv2.INTER_AREA) for frame in frames])
    assert np.array_equal(shrink(frames, new), wanted)


def test_that_a_view_of_larger_frames_is_read_as_it_is() -> None:
    frames = np.random.default_rng(1).integers(0, 256, (7, 120, 160), np.uint8)
    assert np.array_equal(shrink(frames[1::2, :, 20:140], 64), shrink(frames[1::2, :, 20:140].copy(), 64))


@pytest.mark.parametrize(
    "height,width,new",
    [
        (120, 160, 128),  # one axis grows
        (480, 640, 64),  # an even number of pieces has ties
        (128, 128, 64),
        (65, 160, 64),  # too many pieces for 16 bits
        (1088, 1088, 64),
        (960, 960, 64),  # too large to wait for others
    ],
)
def test_that_sizes_that_would_not_be_exact_are_declined(height: int, width: int, new: int) -> None:
    assert not suits(height, width, new)
