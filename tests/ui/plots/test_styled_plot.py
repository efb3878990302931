"""A plot in the window's colours."""

from __future__ import annotations

import math

from svg_studio.ui.plots.styled_plot import LossAxis


def test_that_numbers_of_a_logarithmic_axis_keep_apart() -> None:
    axis = LossAxis("left")
    axis.setLogMode(True)
    values = [math.log10(digit * 10.0**power) for power in (-3, 0, 2) for digit in range(1, 10)]
    words = axis.tickStrings(values, 1.0, 1.0)
    numbered = [value for value, word in zip(values, words, strict=True) if word]
    assert [round(10**value, 6) for value in numbered] == [0.001, 0.002, 0.003, 0.005, 1, 2, 3, 5, 100, 200, 300, 500]
    axis.setLogMode(False)
    assert all(axis.tickStrings([0.4, 0.6, 0.8], 1.0, 0.2))
