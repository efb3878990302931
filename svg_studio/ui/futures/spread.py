"""Mean and spread over futures at one frame, in whole numbers for as long as that is exact."""

from __future__ import annotations

import numpy as np

from svg_studio.engine.events import Frames

GAIN = 2  # a spread of 127.5, the largest there can be, is shown white


def mean_and_spread(frames: Frames) -> tuple[Frames, Frames]:
    """The pixelwise mean, and GAIN times the standard deviation, over K futures: (K, H, W, C) → two times (H, W, C)."""
    wide = frames.astype(np.uint32)  # holds the sum of 66,000 squares
    mean = wide.sum(axis=0, dtype=np.uint32) / len(frames)
    wide *= wide
    variance = np.maximum(wide.sum(axis=0, dtype=np.uint32) / len(frames) - mean * mean, 0.0)
    spread = np.minimum(GAIN * np.sqrt(variance), 255.0)
    return mean.round().astype(np.uint8), spread.round().astype(np.uint8)
