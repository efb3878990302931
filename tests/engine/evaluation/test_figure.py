"""Lines, bands, ticks and legends stand where their values say."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from svg_studio.engine.evaluation.figure import COLOURS, DASHES, MARGIN, PANEL, Line, Panel, _dashes, figure, ticks

LEFT, RIGHT, TOP, BOTTOM = MARGIN[0], PANEL[0] - MARGIN[1], MARGIN[2], PANEL[1] - MARGIN[3]  # of the axes


def inside(picture: np.ndarray) -> np.ndarray:
    return picture[TOP : BOTTOM - 2, LEFT + 3 : RIGHT]


def rows_of(picture: np.ndarray, colour: tuple[int, int, int], x: int) -> list[int]:
    """The rows at column x in which a line of this colour stands."""
    return np.flatnonzero((picture[:BOTTOM, x] == colour).all(-1)).tolist()


@pytest.mark.parametrize(
    "low,high,expected",
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.31, 0.69, [0.4, 0.5, 0.6]),
        (11, 27.3, [15, 20, 25]),
        (-3e-4, 9e-4, [0, 5e-4]),
        (999.9, 1000.1, [999.9, 999.95, 1000, 1000.05, 1000.1]),
    ],
)
def test_that_ticks_are_round_and_few(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected, abs=1e-12)


def test_that_every_range_has_ticks() -> None:
    rng = np.random.default_rng(0)
    for low, width in zip(rng.normal(0, 100, 300), 10 ** rng.uniform(-6, 6, 300), strict=True):
        found = ticks(low, low + width)
        assert 2 <= len(found) <= 6
        assert all(low - 1e-6 * width <= v <= low + (1 + 1e-6) * width for v in found)


def test_that_a_line_rises_with_its_values() -> None:
    picture = figure([Panel("", [Line([1.0, 2.0, 4.0], colour=COLOURS[1])])], [], x0=7)
    assert picture.shape[1:] == (PANEL[0], 3)
    columns = [LEFT + round((RIGHT - LEFT) * share) for share in (1 / 6, 3 / 6, 5 / 6)]
    low, middle, high = (np.mean(rows_of(picture, COLOURS[1], x)) for x in (columns[0] + 2, columns[1], columns[2] - 2))
    assert low > middle > high  # rows count from the top
    assert (low - middle) / (middle - high) == pytest.approx(0.5, abs=0.05)
    assert not rows_of(picture, COLOURS[1], columns[0] - 6)


def test_that_a_band_spans_its_interval() -> None:
    line = Line([2.0] * 4, [1.0] * 4, COLOURS[0])
    picture = figure([Panel("", [line])], [])
    x = (LEFT + RIGHT) // 2 + 11
    column = picture[TOP : BOTTOM - 2, x].astype(int)
    shaded = np.flatnonzero((column[:, 2] - column[:, 0]) > 20)  # bluish
    span = (shaded.max() - shaded.min()) / (BOTTOM - TOP)
    assert span == pytest.approx(1 / 1.1, abs=0.02)  # of an axis with 5 % of air above and below


@pytest.mark.parametrize("interval", [math.nan, 0.0])
def test_that_what_has_no_interval_has_no_band(interval: float) -> None:
    picture = figure([Panel("", [Line([1.0, 2.0], [interval] * 2, COLOURS[0])])], [])
    assert (inside(picture) == COLOURS[0]).all(-1).any()
    column = inside(picture)[:, (RIGHT - LEFT) // 2].astype(int)
    assert ((column[:, 2] - column[:, 0]) > 20).sum() < 8  # the line alone


def test_that_a_line_is_broken_where_a_value_is_missing() -> None:
    picture = figure([Panel("", [Line([1.0, 1.0, math.nan, 1.0, 1.0])])], [])
    at = [LEFT + round((RIGHT - LEFT) * (t + 0.5) / 5) for t in range(5)]
    assert rows_of(picture, COLOURS[0], (at[0] + at[1]) // 2)
    assert not rows_of(picture, COLOURS[0], at[2])
    assert rows_of(picture, COLOURS[0], (at[3] + at[4]) // 2)


@pytest.mark.parametrize("values", [[], [math.nan], [math.nan, math.inf], [0.0], [5.0, 5.0]])
def test_that_nothing_and_constants_can_be_drawn(values: list[float]) -> None:
    assert figure([Panel("nothing", [Line(values)])], [("a", Line(()))], note="n").dtype == np.uint8


@pytest.mark.parametrize("dash", [d for d in DASHES if d != "solid"])
def test_that_dashes_have_their_lengths_around_corners(dash: str) -> None:
    pattern = DASHES[dash]
    pieces = _dashes([(0, 0), (30, 0), (30, 40)], pattern)
    lengths = [sum(math.dist(p, q) for p, q in itertools.pairwise(piece)) for piece in pieces]
    assert lengths[:-1] == pytest.approx([pattern[2 * i % len(pattern)] for i in range(len(pieces) - 1)])
    share = sum(pattern[::2]) / sum(pattern)
    assert sum(lengths) == pytest.approx(70 * share, abs=max(pattern))


def test_that_panels_stand_in_two_columns_and_the_legend_below() -> None:
    legend = [(f"a rather long name of a model, number {i}", Line((), colour=COLOURS[i])) for i in range(7)]
    picture = figure([Panel("t", [Line([1.0, 2.0])])] * 3, legend)
    assert picture.shape[1] == 2 * PANEL[0]
    below = picture[2 * PANEL[1] :]
    tops = [np.flatnonzero((below == colour).all(-1).any(1)).min() for colour in COLOURS[:6]]  # text is grey too
    assert tops == sorted(tops)
    assert tops[-1] > tops[0] + 20  # in several rows
    assert len(set(COLOURS)) == 7


def test_that_numbers_stand_beside_their_lines() -> None:
    picture = figure([Panel("", [Line([11.0, 27.3])])], [])
    grey = np.flatnonzero((picture[TOP : BOTTOM - 2, LEFT + 10] < 240).all(-1)) + TOP  # grid lines
    inked = np.flatnonzero((picture[TOP:BOTTOM, : LEFT - 4] < 128).all(-1).any(1)) + TOP
    assert len(grey) == 3  # 15, 20, 25
    for row in grey:
        assert np.abs(inked - row).min() <= 4
    between = [(a + b) // 2 for a, b in itertools.pairwise(grey)]
    assert not set(between) & set(inked.tolist())
