"""OpenCV without its chatter, and frames made square with it; knows no file."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from svg_studio.engine.errors import DataError

Image = npt.NDArray[np.uint8]  # (H, W) grey or (H, W, 3) blue, green, red, as OpenCV has it


class Unusable(Exception):
    """Why nothing can be read from a file; its text goes on after "FILE: " and ends without a full stop."""


@functools.cache
def opencv() -> Any:
    """The module cv2, imported when it is needed, with nothing of its own on stderr. Raises DataError where it is missing."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # FFmpeg's "quiet"; read when the first video is opened
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(1 << 28))
    try:
        import cv2
    except ImportError as error:
        raise DataError("videos and images need OpenCV; run `pip install opencv-python-headless`") from error
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2


@dataclass(frozen=True)
class Fitting:
    """How an image of any size becomes a frame: (width, width) grey, or (width, width, 3) RGB where channels is 3."""

    width: int
    channels: int
    fit: str = "squash"  # the whole image, or its middle square ("crop")

    def empty(self, count: int) -> npt.NDArray[np.uint8]:
        """Room for `count` frames, (count, W, W, C)."""
        return np.empty((count, self.width, self.width, self.channels), np.uint8)

    def into(self, frame: npt.NDArray[np.uint8], image: Image) -> None:
        """Writes `image` into `frame`, (W, W, C)."""
        cv2 = opencv()
        if self.channels == 1 and image.ndim == 3:
            image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)  # first, for one channel is a third of the work
        square = _resized(_middle(image) if self.fit == "crop" else image, self.width)
        if self.channels == 1:
            frame[..., 0] = square
        else:
            cv2.cvtColor(square, cv2.COLOR_BGR2RGB if square.ndim == 3 else cv2.COLOR_GRAY2RGB, dst=frame)


def _middle(image: Image) -> Image:
    """The largest square in the middle."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def _resized(image: Image, width: int) -> Image:
    """(width, width[, 3]): means of areas where an axis shrinks, linear interpolation where it grows."""
    cv2 = opencv()
    # OpenCV is many times faster at 2 × 2 means than at others, and a mean of means is the mean, but for rounding.
    while min(image.shape[:2]) >= 6 * width and not (image.shape[0] % 2 or image.shape[1] % 2):
        image = cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA)
    height, across = image.shape[:2]
    if height > width or across > width:
        # One axis at a time where the other grows: INTER_AREA would interpolate along both.
        image = cv2.resize(image, (min(across, width), min(height, width)), interpolation=cv2.INTER_AREA)
    if image.shape[:2] != (width, width):
        image = cv2.resize(image, (width, width), interpolation=cv2.INTER_LINEAR)
    return image
