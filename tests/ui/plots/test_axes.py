"""Axes of plots: whole steps, and numbers on every scale."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from PySide6.QtWidgets import QApplication

from svg_studio.ui.plots.axes import APART, LossAxis, WholeAxis, log_numbers, number

RANGES = [(60, 90), (62, 68), (62.1, 62.4), (9.5, 10.5), (1, 3), (0.02, 0.9), (1e-6, 1e6), (1e-30, 1e30)]


def test_that_ticks_stand_at_whole_frames(qapp: QApplication) -> None:
    axis = WholeAxis("bottom")
    assert all(step >= 1 for step, _ in axis.tickSpacing(5.0, 8.0, 700))
    assert axis.tickSpacing(5.0, 5.2, 700)
    axis.set_whole(False)
    assert any(step < 1 for step, _ in axis.tickSpacing(5.0, 8.0, 700)), "hours have halves"


def test_that_large_steps_are_written_out_with_their_thousands_apart(qapp: QApplication) -> None:
    assert WholeAxis("bottom").tickStrings([0.0, 500.0, 20_000.0, 1_500_000.0], 1.0, 500.0) == ["0", "500", "20,000", "1,500,000"]


@pytest.mark.parametrize("low, high", RANGES)
@pytest.mark.parametrize("size", [72, 150, 600])
def test_that_a_logarithmic_axis_has_two_numbers_at_least_and_none_that_touch(
    low: float, high: float, size: int, qapp: QApplication
) -> None:
    axis = LossAxis("left")
    axis.setLogMode(True)
    found = {}
    for spacing, values in axis.tickValues(math.log10(low), math.log10(high), size):
        found |= {v: word for v, word in zip(values, axis.tickStrings(values, 1.0, spacing), strict=True) if word}  # type: ignore[arg-type]
    assert len(found) >= 2
    assert len(set(found.values())) == len(found)
    assert all(math.log10(low) <= value <= math.log10(high) for value in found)
    places = sorted(value * size / math.log10(high / low) for value in found)
    assert all(b - a >= APART - 1e-6 for a, b in pairwise(places))


def test_that_a_plot_of_a_few_px_keeps_two_numbers() -> None:
    assert len(log_numbers(-3.0, 3.0, 20.0)) == 2
    assert len(log_numbers(math.log10(62), math.log10(68), 20.0)) == 2


def test_that_nothing_is_numbered_where_there_is_no_range(qapp: QApplication) -> None:
    axis = LossAxis("left")
    axis.setLogMode(True)
    assert axis.tickValues(2.0, 2.0, 300) == []
    assert axis.tickValues(math.nan, 2.0, 300) == []


@pytest.mark.parametrize(
    "value, words",
    [(62.5, "62.5"), (0.002, "0.002"), (20_000.0, "20,000"), (1e-5, "10⁻⁵"), (2e7, "2·10⁷"), (0.0, "0"), (1e6, "10⁶")],
)
def test_that_numbers_are_short(value: float, words: str) -> None:
    assert number(value) == words


def test_that_a_linear_axis_keeps_its_thousands_apart_too(qapp: QApplication) -> None:
    assert LossAxis("left").tickStrings([0.4, 20_000.0], 1.0, 0.2) == ["0.4", "20,000"]
