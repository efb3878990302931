"""Mean and spread over futures."""

import numpy as np

from svg_studio.ui.futures.spread import mean_and_spread


def test_that_mean_and_spread_are_numpys() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (9, 5, 6, 3), dtype=np.uint8)
    frames[:8, 0], frames[8, 0] = 255, 0  # squares that a sum must have room for
    mean, spread = mean_and_spread(frames)
    assert np.array_equal(mean, frames.mean(axis=0).round().astype(np.uint8))
    expected = np.minimum(2 * frames.astype(float).std(axis=0), 255).round()
    assert np.abs(spread.astype(float) - expected).max() <= 1
