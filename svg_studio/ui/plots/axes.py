"""Axes of plots: whole frames and steps, and losses with numbers on every scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import pyqtgraph as pg

DIGITS = ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,))  # of every decade, the densest first
APART = 16  # px between two numbers of an upright axis, from middle to middle
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
Level = tuple[float | None, list[float]]  # the distance of ticks, and where they stand


class WholeAxis(pg.AxisItem):
    """Ticks at whole frames or steps only, thousands apart; `set_whole(False)` where it shows something else, such as hours."""

    whole = True

    def set_whole(self, whole: bool) -> None:
        """Whether what is shown is counted."""
        self.whole = whole
        self.picture = None  # drawn anew
        self.update()

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        levels: list[tuple[float, float]] = super().tickSpacing(minVal, maxVal, size)
        return [level for level in levels if level[0] >= 1] or [(1, 0)] if self.whole else levels

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        words: list[str] = [f"{round(v):,}" for v in values] if self.whole else super().tickStrings(values, scale, spacing)
        return words


class LossAxis(pg.AxisItem):
    """On a logarithmic scale as many numbers as there is room for, and two at least, however little of it is seen."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[Level]:
        levels: list[Level]
        if not self.logMode:
            levels = super().tickValues(minVal, maxVal, size)
            return levels
        low, high = sorted((minVal, maxVal))
        if not (math.isfinite(low) and math.isfinite(high)) or high - low < 1e-9 or size <= 0:
            return []
        numbered = log_numbers(low, high, size)
        between = _digits(low, high, DIGITS[0]) if high - low < 12 else []
        return [(1.0, numbered), (None, [v for v in between if all(abs(v - n) > 1e-9 for n in numbered)])]

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: float | None) -> list[str]:
        return ["" if spacing is None else number(10**value * scale) for value in values]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        words: list[str] = super().tickStrings(values, scale, spacing)
        if self.logMode:
            return words
        return [number(v * scale) if abs(v * scale) >= 1000 else word for v, word in zip(values, words, strict=True)]


def log_numbers(low: float, high: float, size: float) -> list[float]:
    """Logarithms in low … high of what is to be numbered on `size` px: round numbers, APART where there is room for two."""
    gap = APART * (high - low) / size
    for digits in DIGITS:
        if _fit(found := _digits(low, high, digits), gap):
            return found
    decades = range(math.ceil(low), math.floor(high) + 1)
    for every in (2, 3, 5, 10, 20, 50, 100):
        if _fit(found := [float(power) for power in decades if power % every == 0], gap):
            return found
    if len(decades) > 1:  # a plot of a few px
        return [float(decades[0]), float(decades[-1])]
    # Less than a decade, or too low for one: evenly spaced numbers, the ends of them where even these have no room.
    least, most = 10**low, 10**high
    unit = 10.0 ** math.floor(math.log10(most - least))
    found = []
    for step in (unit * part for part in (0.1, 0.2, 0.5, 1, 2, 5)):
        some = [math.log10(n * step) for n in range(max(1, math.ceil(least / step)), math.floor(most / step) + 1)]
        if _fit(some, gap):
            return some
        found = [some[0], some[-1]] if len(some) >= 2 else found
    return found


def number(value: float) -> str:
    """A tick's number: thousands apart, powers of ten where it would be long."""
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        return f"{value:,.6g}"
    digits, _, power = f"{value:.3g}".partition("e")
    if not power:
        return digits
    return f"{'' if digits == '1' else f'{digits}·'}10{str(int(power)).translate(SUPERSCRIPTS)}"


def _digits(low: float, high: float, digits: Sequence[int]) -> list[float]:
    """Logarithms of these digits' multiples of powers of ten."""
    powers = range(math.floor(low), math.floor(high) + 1)
    return [value for power in powers for digit in digits if low <= (value := power + math.log10(digit)) <= high]


def _fit(values: Sequence[float], gap: float) -> bool:
    return len(values) >= 2 and all(b - a >= gap for a, b in pairwise(values))
