"""The digits that the program draws itself: the same each time, no two alike, and as bright and large as MNIST's."""

import cv2
import numpy as np
import pytest

from svg_studio.engine.data.datasets.drawn_digits import COUNTS, drawn_digits
from svg_studio.engine.data.datasets.make_glyphs import FONTS, MASTER_HEIGHT, MASTER_WIDTH, STEPS_PER_PX, masters
from svg_studio.engine.errors import DataError
from svg_studio.paths import resource


def shipped() -> np.ndarray:
    with np.load(resource("glyphs.npz")) as file:
        return file["masters"]


def test_that_opencv_draws_the_masters_that_are_shipped() -> None:
    if int(cv2.__version__.split(".")[0]) >= 5:  # no longer has the fonts, and says so
        with pytest.raises(DataError, match="opencv-python-headless 4"):
            masters()
    else:
        apart = np.abs(masters().astype(int) - shipped())
        assert apart.max() <= STEPS_PER_PX  # 1 px of 64
        assert apart.mean() < 0.5


def test_that_a_master_is_a_line_with_the_distance_to_it() -> None:
    fields = shipped()
    assert fields.shape == (len(FONTS), 10, MASTER_WIDTH, MASTER_WIDTH)
    steps = np.abs(np.diff(fields.astype(int), axis=-1))
    assert steps.max() <= 1.5 * STEPS_PER_PX  # a distance grows by at most 1 px a px
    lines = fields < 1.5 * STEPS_PER_PX
    for line in lines.reshape(-1, MASTER_WIDTH, MASTER_WIDTH):
        rows = np.nonzero(line.any(1))[0]
        assert MASTER_HEIGHT - 2 <= np.ptp(rows) <= MASTER_HEIGHT + 4
        assert abs(rows.mean() - (MASTER_WIDTH - 1) / 2) <= 1


@pytest.mark.parametrize("split", COUNTS)
def test_that_no_two_drawn_digits_are_the_same(split: str) -> None:
    bank = drawn_digits(split)
    assert bank.images.shape == (COUNTS[split], 32, 32)
    assert len({image.tobytes() for image in bank.images}) == COUNTS[split]
    assert (np.bincount(bank.labels) == COUNTS[split] // 10).all()
    for digit in range(10):  # nor nearly the same: the nearest two of a class differ by more than a shade
        some = bank.images[bank.labels == digit][:80].astype(float)
        distance = np.abs(some[:, None] - some).mean((2, 3)) + 255 * np.eye(len(some))
        assert distance.min() > 2


def test_that_the_digits_are_the_same_each_time_they_are_drawn() -> None:
    before = drawn_digits("test").images.copy()
    drawn_digits.cache_clear()
    np.testing.assert_array_equal(drawn_digits("test").images, before)
    assert drawn_digits("test") is drawn_digits("test")


def test_that_drawn_digits_are_as_bright_and_as_large_as_mnists() -> None:
    images = drawn_digits("train").images
    assert 36 < images.mean() < 43  # MNIST's at 32 px: 33.4; a little bolder, for a narrow model blurs thin strokes
    assert images.max((1, 2)).min() > 150
    assert 230 < images.max((1, 2)).mean() <= 255  # 253
    for axis in (1, 2):
        ink = images.max(axis) > 64
        extent = 32 - ink.argmax(1) - ink[:, ::-1].argmax(1)
        assert (10 if axis == 1 else 19) < extent.mean() < 26
    edge = np.concatenate([images[:, [0, -1]].ravel(), images[:, :, [0, -1]].ravel()])
    assert (edge > 128).mean() < 0.003  # hardly any is cut off


def test_that_a_class_keeps_its_shape() -> None:
    """A digit is nearer to its own class's mean than to the others' in most cases, across the splits."""
    train, test = drawn_digits("train"), drawn_digits("test")
    means = np.stack([train.images[train.labels == digit].mean(0) for digit in range(10)])
    nearest = ((test.images[:, None].astype(float) - means) ** 2).sum((2, 3)).argmin(1)
    assert (nearest == test.labels).mean() > 0.8


def test_that_a_bank_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        drawn_digits("test").images[0] = 0
