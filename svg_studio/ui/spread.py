"""Mean and spread over futures, kept as running sums so that one more future costs one addition; knows no widget."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from svg_studio.engine.events import Frames, read_only

GAIN = 2  # a spread of 127.5, the largest there can be, is shown white


class Spread:
    """The pixelwise mean and standard deviation of uint8 futures (T, H, W, C)."""

    def __init__(self) -> None:
        self.count = 0
        self._sum: npt.NDArray[np.uint32] | None = None
        self._squares: npt.NDArray[np.uint32] | None = None

    def add(self, frames: Frames) -> None:
        """Takes one future in; all have one shape. uint32 holds the squares of 66,000 of them."""
        wide = frames.astype(np.uint32)
        if self._sum is None or self._squares is None:
            self._sum, self._squares = np.zeros_like(wide), np.zeros_like(wide)
        self._sum += wide
        self._squares += wide * wide
        self.count += 1

    def mean(self, t: int | slice) -> Frames:
        """The mean at frame t (H, W, C), or of a slice of frames (T, H, W, C)."""
        assert self._sum is not None, "no future yet"
        return read_only((self._sum[t] / self.count).round().astype(np.uint8))

    def deviation(self, t: int | slice) -> Frames:
        """GAIN times the standard deviation over futures, shaped as `mean`."""
        assert self._sum is not None, "no future yet"
        assert self._squares is not None
        mean = self._sum[t] / self.count
        variance = np.maximum(self._squares[t] / self.count - mean * mean, 0.0)
        return read_only(np.minimum(GAIN * np.sqrt(variance), 255.0).round().astype(np.uint8))
