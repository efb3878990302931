"""Turns images of any size into square frames of one size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from svg_studio.engine.data.decode import area_resize
from svg_studio.engine.data.decode.opencv import opencv

Image = npt.NDArray[np.uint8]  # (H, W) grey or (H, W, 3) blue, green, red, as OpenCV has it


@dataclass(frozen=True)
class Fitting:
    """What frames are to be: (width, width, channels), grey or RGB; fit: of the whole image, or its middle square ("crop")."""

    width: int
    channels: int
    fit: str = "squash"


class Block:
    """Takes images one by one and gives them as frames together."""

    def __init__(self, fitting: Fitting, most: int) -> None:
        self._fitting = fitting
        self._frames = np.empty((most, fitting.width, fitting.width, fitting.channels), np.uint8)
        self._count = 0
        self._waiting: list[Image] = []  # grey images of one size, which are shrunk together

    def add(self, image: Image) -> None:
        """One image more, of the `most` there may be."""
        cv2, fitting = opencv(), self._fitting
        if fitting.channels == 1 and image.ndim == 3:
            image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)  # first, for one channel is a third of the work
        if fitting.fit == "crop":
            image = _middle(image)
        if self._waiting and self._waiting[0].shape != image.shape:
            self._shrink()
        if fitting.channels == 1 and area_resize.suits(image.shape[0], image.shape[1], fitting.width):
            self._waiting.append(image)
            return
        square = _resized(image, fitting.width)
        frame = self._frames[self._count]
        self._count += 1
        if fitting.channels == 1:
            frame[..., 0] = square
        else:
            cv2.cvtColor(square, cv2.COLOR_BGR2RGB if square.ndim == 3 else cv2.COLOR_GRAY2RGB, dst=frame)

    def frames(self) -> npt.NDArray[np.uint8]:
        """(T, W, W, C) of all images added."""
        self._shrink()
        return self._frames[: self._count]

    def _shrink(self) -> None:
        if self._waiting:
            end = self._count + len(self._waiting)
            self._frames[self._count : end, ..., 0] = area_resize.shrink(np.stack(self._waiting), self._fitting.width)
            self._count, self._waiting = end, []


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
