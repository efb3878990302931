"""Figures of an evaluation as text."""

from __future__ import annotations

import math

import pytest

from svg_studio.ui.evaluate.results_table import figure


@pytest.mark.parametrize(
    "mean, interval, text",
    [
        (21.344, 0.451, "21.34 ± 0.45"),
        (0.87654, 0.0123, "0.877 ± 0.012"),
        (101.2, 12.0, "101 ± 12"),
        (0.5, 0.0, "0.5 ± 0"),
        (0.5, math.nan, "0.5"),
        (math.nan, math.nan, "–"),
    ],
)
def test_that_figures_have_two_digits_of_their_interval(mean: float, interval: float, text: str) -> None:
    assert figure(mean, interval) == text
