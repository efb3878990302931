"""Turns images of any size into square frames of one size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from svg_studio.engine.data.decode.opencv import opencv

Image = npt.NDArray[np.uint8]  # (H, W) grey or (H, W, 3) blue, green, red, as OpenCV has it
AnyImage = npt.NDArray[Any]  # an Image, or (H, W, 4) with opacity, of 8 bits (uint8) or 16 (uint16)


@dataclass(frozen=True)
class Fitting:
    """What frames are to be: (width, width, channels), grey or RGB; fit: of the whole image, or its middle square ("crop")."""

    width: int
    channels: int
    fit: str = "squash"
    background: str = "#000000"  # RGB of what shows through where an image is transparent
    depth: int = 16  # bits that are in use of those of 16-bit images


class Block:
    """Takes images one by one and gives them as frames together. `brightest` is the largest value of 16-bit images."""

    def __init__(self, fitting: Fitting, most: int, brightest: int = 0) -> None:
        self._fitting = fitting
        self._frames = np.empty((most, fitting.width, fitting.width, fitting.channels), np.uint8)
        self.brightest = brightest
        self._count = 0

    def add(self, image: AnyImage, aspect: float = 1.0) -> None:
        """One image more, of the `most` there may be; `aspect` is how wide a pixel is by its height."""
        cv2, fitting = opencv(), self._fitting
        if image.dtype == np.uint16:
            self.brightest = max(self.brightest, int(image[..., :3].max() if image.ndim == 3 else image.max()))
        image = plain(image, fitting)
        if fitting.channels == 1 and image.ndim == 3:
            image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)  # first, for one channel is a third of the work
        if fitting.fit == "crop":
            image = _middle(image, aspect)
        square = _resized(image, fitting.width)
        frame = self._frames[self._count]
        self._count += 1
        if fitting.channels == 1:
            frame[..., 0] = square
        else:
            cv2.cvtColor(square, cv2.COLOR_BGR2RGB if square.ndim == 3 else cv2.COLOR_GRAY2RGB, dst=frame)

    def frames(self) -> npt.NDArray[np.uint8]:
        """(T, W, W, C) of all images added."""
        return self._frames[: self._count]


def plain(image: AnyImage, fitting: Fitting) -> Image:
    """8 bits of 16, and what is transparent on its ground."""
    if image.dtype == np.uint16:
        most = (1 << fitting.depth) - 1
        image = ((np.minimum(image, most).astype(np.uint32) * 255 + most // 2) // most).astype(np.uint8)
    if image.ndim == 3 and image.shape[2] == 4:
        return on_colour(image, fitting.background)
    return image


def on_colour(image: Image, colour: str) -> Image:
    """(H, W, 4) BGR and opacity as (H, W, 3) on a ground of a colour such as "#ffffff"."""
    opaque = image[..., 3:].astype(np.uint16)
    shown = image[..., :3] * opaque
    if ground := int(colour.removeprefix("#"), 16):
        shown += (255 - opaque) * np.array([ground & 255, ground >> 8 & 255, ground >> 16 & 255], np.uint16)
    return ((shown + 127) // 255).astype(np.uint8)


def _middle(image: Image, aspect: float) -> Image:
    """The largest part in the middle that is shown as a square."""
    height, width = image.shape[:2]
    side = min(height, width * aspect)
    high, wide = max(1, round(side)), max(1, round(side / aspect))
    top, left = (height - high) // 2, (width - wide) // 2
    return image[top : top + high, left : left + wide]


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
