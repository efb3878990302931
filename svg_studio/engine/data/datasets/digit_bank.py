"""A bank of still digits at the size in which they move."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

DIGIT_WIDTH = 32  # MNIST's 28 px are enlarged to 32 (as the original)


@dataclass(frozen=True, eq=False)
class DigitBank:
    """`images` (N, 32, 32) and `labels` (N,), both uint8 and read-only; `name` says in words what they are."""

    name: str
    images: npt.NDArray[np.uint8] = field(repr=False)
    labels: npt.NDArray[np.uint8] = field(repr=False)

    def __post_init__(self) -> None:
        self.images.setflags(write=False)
        self.labels.setflags(write=False)


def enlarge(images: npt.NDArray[np.uint8], width: int = DIGIT_WIDTH) -> npt.NDArray[np.uint8]:
    """Bilinear enlargement (N, h, h) → (N, width, width), rounded after the rows and after the columns as Pillow does."""
    weights = _bilinear(images.shape[-1], width)  # (width, h)
    out = np.empty((len(images), width, width), np.uint8)
    chunk = 1024  # a few MB at a time stay in the cache
    for start in range(0, len(images), chunk):
        part = images[start : start + chunk].astype(np.float32)
        rows = np.floor(part @ weights.T + 0.5)  # (n, h, width)
        out[start : start + chunk] = weights @ rows + 0.5
    return out


def _bilinear(size: int, width: int) -> npt.NDArray[np.float32]:
    """The matrix (width, size) that enlarges a line, pixel centres at half coordinates, edges held."""
    at = np.clip((np.arange(width) + 0.5) * size / width - 0.5, 0, size - 1)
    weights: npt.NDArray[np.float32] = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(size))).astype(np.float32)
    return weights
