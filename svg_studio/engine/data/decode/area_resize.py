"""Shrinks many grey frames at once by area averaging: the values of OpenCV's INTER_AREA in a third of its time.

Where an axis of n pixels becomes one of d (a fraction in lowest terms, such as 15 becoming 8), a new pixel covers n pieces of
which an old pixel has d. All sums are of whole pieces, so they are exact; with an odd number of them no mean is a tie.
"""

from __future__ import annotations

from functools import cache
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt

from svg_studio.engine.data.decode.opencv import opencv

_MOST = 15  # pieces of a new pixel along an axis: 15 · 15 · 255 and half of 15 · 15 more are below 2¹⁶
_LARGEST = 1 << 18  # pixels of a frame


@cache
def suits(height: int, width: int, new: int) -> bool:
    """Whether `shrink` can make (height, width) into (new, new), and many at once are no burden on the memory."""
    return height * width <= _LARGEST and all(
        size >= new and (n := size // gcd(size, new)) % 2 and n <= _MOST for size in (height, width)
    )


def shrink(frames: npt.NDArray[np.uint8], new: int) -> npt.NDArray[np.uint8]:
    """(T, H, W) → (T, new, new), for T ≥ 1 and sizes that suit."""
    count, height, width = frames.shape
    cv2 = opencv()
    rows = _summed(frames, new)  # (T, new, W)
    columns = cv2.transpose(rows.reshape(-1, width))  # (W, T · new): what is added up next lies together again
    sums = _summed(columns[None], new)[0]  # (new, T · new)
    pieces = np.uint16(height // gcd(height, new) * (width // gcd(width, new)))
    sums += pieces // 2
    sums //= pieces
    means: npt.NDArray[np.uint8] = cv2.transpose(sums.astype(np.uint8)).reshape(count, new, new)
    return means


def _summed(frames: npt.NDArray[Any], new: int) -> npt.NDArray[np.uint16]:
    """(T, H, X) → sums of pieces (T, new, X)."""
    count, height, across = frames.shape
    repeats = gcd(height, new)  # the pattern of weights begins anew so often
    patterns = frames.reshape(count * repeats, height // repeats, across)
    sums = np.empty((count * repeats, new // repeats, across), np.uint16)
    term = np.empty((count * repeats, across), np.uint16)
    for j, weights in enumerate(_weights(height // repeats, new // repeats)):
        (first, weight), *others = weights
        total = sums[:, j]
        np.multiply(patterns[:, first], np.uint16(weight), out=total)
        for pixel, weight in others:
            np.multiply(patterns[:, pixel], np.uint16(weight), out=term)
            total += term
    return sums.reshape(count, new, across)


@cache
def _weights(n: int, d: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Old pixels and their pieces in each of `d` new pixels that `n` old ones become."""
    spans = [range(j * n, (j + 1) * n) for j in range(d)]
    return tuple(
        tuple((p, sum(piece // d == p for piece in span)) for p in sorted({piece // d for piece in span})) for span in spans
    )
