"""Chooses a few futures that differ most, and says how many of all each of them stands for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from svg_studio.engine.events import Frames

Floats = npt.NDArray[np.float64]
SIDE = 16  # of the small pictures that are compared: about; fine enough for where things are, and quick for 400 futures


class Distances:
    """How far K futures are from each other, taken up frame by frame."""

    def __init__(self, count: int) -> None:
        self._squares = np.zeros((count, count))  # summed over frames: mean squared difference, in grey levels
        self._frames = 0

    def put_frames(self, frames: Frames) -> None:
        """One more imagined frame of all futures, (K, H, W, C)."""
        flat = small(frames)
        flat -= flat.mean(axis=0)  # distances stay, and sums keep their digits
        products = (flat @ flat.T).astype(np.float64)
        own = np.diagonal(products)
        self._squares += np.maximum(own[:, None] + own[None] - 2 * products, 0) / flat.shape[1]
        self._frames += 1

    @property
    def matrix(self) -> Floats:
        """(K, K): the root of the mean squared difference over pixels of the small pictures and frames, in grey levels."""
        return np.sqrt(self._squares / max(1, self._frames))


def small(frames: Frames) -> npt.NDArray[np.float32]:
    """(K, H, W, C) as K small pictures of about SIDE × SIDE pixels, (K, P): means of the pixels in their places.

    Of the rows that a small picture's row stands for two are looked at.
    """
    count, height, width, channels = frames.shape
    down, right = max(1, height // SIDE), max(1, width // SIDE)
    rows, columns = height // down, width // right
    bands = frames[:, : rows * down].reshape(count, rows, down, width * channels)
    picked = bands[:, :, down // 4].astype(np.float32)
    picked += bands[:, :, down - 1 - down // 4]
    # Row by row, pixels are summed by a product with ones where they belong: many times faster than sums over short axes.
    belongs = np.zeros((width, columns), np.float32)
    belongs[np.arange(columns * right), np.arange(columns * right) // right] = 1 / (2 * right)
    return (picked.reshape(count * rows, -1) @ np.kron(belongs, np.eye(channels, dtype=np.float32))).reshape(count, -1)


def few(distances: Floats, most: int) -> dict[int, int]:
    """Numbers of at most `most` futures, and how many of all each stands for: itself, and those that are nearest to it.

    The first is the one that is nearest to all; each further one is farthest from those that are chosen. Futures that are
    equal to chosen ones add none.
    """
    count = len(distances)
    if not count:
        return {}
    chosen = [int(np.argmin(distances.sum(axis=1)))]
    while len(chosen) < min(most, count):
        nearest = distances[chosen].min(axis=0)
        farthest = int(np.argmax(nearest))
        if nearest[farthest] <= 0:
            break
        chosen.append(farthest)
    stands = np.argmin(distances[chosen], axis=0)
    stands[chosen] = np.arange(len(chosen))  # equal ones stand for themselves
    counts = np.bincount(stands, minlength=len(chosen))
    return {number: int(n) for number, n in zip(chosen, counts, strict=True)}
