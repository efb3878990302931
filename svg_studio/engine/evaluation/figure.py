"""Draws panels of curves with bands, axes and one legend, with Pillow."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from svg_studio.engine.events import Frames, read_only
from svg_studio.engine.export.captions import stamp, text_mask
from svg_studio.engine.utils.files import needing_imageio

Colour = tuple[int, int, int]
Point = tuple[float, float]

# Okabe & Ito 2008 without yellow, which is faint on white: they stay apart for eyes that lack red or green cones.
COLOURS: tuple[Colour, ...] = (
    (0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (86, 180, 233), (230, 159, 0), (60, 60, 60),
)  # fmt: skip
DASHES: dict[str, tuple[float, ...]] = {  # lengths drawn and left out in turn, in pixels; empty: without a gap
    "solid": (),
    "dashed": (9, 5),
    "dotted": (2, 4),
    "dashdot": (11, 4, 2, 4),
}
PANEL = (620, 400)  # width and height in pixels
MARGIN = (64, 20, 58, 46)  # left, right, top, bottom of the axes in a panel
COLUMNS = 2
FINE = 3  # lines are drawn so many times larger and then shrunk, which smooths them
TEXT, SMALL = 15, 13
GREY: Colour = (90, 90, 90)


@dataclass(frozen=True)
class Line:
    """Values at x0, x0 + 1, … with half the width of a band around them; NaN is left out."""

    values: Sequence[float]
    band: Sequence[float] = field(default=())
    colour: Colour = COLOURS[0]
    dash: str = "solid"
    opacity: int = 56  # of the band, of 255


@dataclass(frozen=True)
class Panel:
    """One pair of axes."""

    title: str
    lines: Sequence[Line]
    subtitle: str = ""


def figure(
    panels: Sequence[Panel], legend: Sequence[tuple[str, Line]], *, x0: int = 0, x_label: str = "", note: str = ""
) -> Frames:
    """One picture (H, W, 3): panels in two columns, below them the legend, whose lines give colours and dashes, and a note."""
    with needing_imageio():
        from PIL import Image, ImageDraw
    columns = min(COLUMNS, len(panels))
    places = [(i % columns * PANEL[0], i // columns * PANEL[1]) for i in range(len(panels))]
    width, below = columns * PANEL[0], math.ceil(len(panels) / columns) * PANEL[1]
    rows = _wrapped(legend, width)
    height = below + 26 * (len(rows) + bool(note)) + 12
    image = Image.new("RGB", (width * FINE, height * FINE), (255, 255, 255))
    draw = ImageDraw.Draw(image, "RGBA")
    axes = [_Axes(panel, x, y, x0) for panel, (x, y) in zip(panels, places, strict=True)]
    for one in axes:
        one.draw(draw)
    for row, items in enumerate(rows):
        for x, (_, line) in items:
            middle = below + 26 * row + 13
            _stroke(draw, [(x, middle), (x + 40, middle)], line.colour, line.dash)
    picture = np.asarray(image.resize((width, height), Image.Resampling.BOX)).copy()
    for one in axes:
        one.write(picture, x_label)
    for row, items in enumerate(rows):
        for x, (text, _) in items:
            stamp(picture, below + 26 * row, round(x) + 48, text_mask(text, TEXT, width - round(x) - 60), 26)
    if note:
        stamp(picture, below + 26 * len(rows), 20, text_mask(note, SMALL, width - 40), 26)
    return read_only(picture)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from low to high, `most` of them at most: 1, 2 or 5 times a power of ten apart."""
    step = 10 ** math.floor(math.log10((high - low) / most))
    step = next(step * f for f in (1, 2, 5, 10, 20) if (high - low) / (step * f) <= most - 1)
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]


class _Axes:
    """One panel's place in the picture and its scales."""

    def __init__(self, panel: Panel, x: int, y: int, x0: int) -> None:
        self.panel, self.y, self.x0 = panel, y, x0
        left, right, top, bottom = MARGIN
        self.left, self.right = x + left, x + PANEL[0] - right
        self.top, self.bottom = y + top, y + PANEL[1] - bottom
        self.last = x0 + max([1, *(len(line.values) for line in panel.lines)]) - 1
        edges = [v + s * b for line in panel.lines for v, b in _pairs(line) for s in (-1, 1) if math.isfinite(v)]
        low, high = (min(edges), max(edges)) if edges else (0.0, 1.0)
        pad = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
        self.low, self.high = low - pad, high + pad

    def at(self, x: float, y: float) -> Point:
        """The pixel of a point; one frame alone stands in the middle."""
        share = (x - self.x0 + 0.5) / (self.last - self.x0 + 1)
        rise = (y - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left), self.bottom - rise * (self.bottom - self.top)

    def x_ticks(self) -> list[int]:
        step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500) if (self.last - self.x0) / s <= 12)
        return [t for t in range(self.x0, self.last + 1) if t % step == 0] or [self.x0]

    def draw(self, draw: object) -> None:
        """Everything but text."""
        for value in ticks(self.low, self.high):
            y = self.at(self.x0, value)[1]
            _stroke(draw, [(self.left, y), (self.right, y)], (226, 226, 226), width=1)
        for t in self.x_ticks():
            x = self.at(t, self.low)[0]
            _stroke(draw, [(x, self.bottom), (x, self.bottom + 5)], GREY, width=1)
        for line in self.panel.lines:
            for part in _finite(line):
                edge = [self.at(self.x0 + t, v + b) for t, v, b in part] + [self.at(self.x0 + t, v - b) for t, v, b in part[::-1]]
                if len(part) > 1:
                    draw.polygon([(x * FINE, y * FINE) for x, y in edge], fill=(*line.colour, line.opacity))  # type: ignore[attr-defined]
        for line in self.panel.lines:
            for part in _finite(line):
                points = [self.at(self.x0 + t, v) for t, v, _ in part]
                x, y = points[0]
                _stroke(draw, points if len(points) > 1 else [(x - 3, y), (x + 3, y)], line.colour, line.dash)
        _stroke(draw, [(self.left, self.top), (self.left, self.bottom), (self.right, self.bottom)], GREY, width=1)

    def write(self, picture: Frames, x_label: str) -> None:
        """Title, numbers and label."""
        y = self.y
        stamp(picture, y + 8, self.left, text_mask(self.panel.title, TEXT, PANEL[0] - MARGIN[0] - 4), 22)
        stamp(picture, y + 30, self.left, text_mask(self.panel.subtitle, SMALL, PANEL[0] - MARGIN[0] - 4), 20)
        values = ticks(self.low, self.high)
        digits = max(0, -math.floor(math.log10(values[1] - values[0]) + 1e-9)) if len(values) > 1 else 2
        for value in values:
            mask = text_mask(f"{value:.{digits}f}" if digits < 5 else f"{value:.1e}", SMALL, MARGIN[0] - 8)
            stamp(picture, round(self.at(0, value)[1]) - 9, self.left - 6 - mask.shape[1], mask, 18)
        for t in self.x_ticks():
            mask = text_mask(str(t), SMALL, 60)
            stamp(picture, self.bottom + 6, round(self.at(t, self.low)[0]) - mask.shape[1] // 2, mask, 18)
        mask = text_mask(x_label, SMALL, PANEL[0] - 2 * MARGIN[0])
        stamp(picture, self.bottom + 24, (self.left + self.right - mask.shape[1]) // 2, mask, 18)


def _pairs(line: Line) -> list[tuple[float, float]]:
    band = [*line.band, *(0.0 for _ in range(len(line.values) - len(line.band)))]
    return [(v, b if math.isfinite(b) else 0.0) for v, b in zip(line.values, band, strict=True)]


def _finite(line: Line) -> list[list[tuple[int, float, float]]]:
    """The runs of frames (t, value, band) that have a value."""
    runs: list[list[tuple[int, float, float]]] = [[]]
    for t, (value, band) in enumerate(_pairs(line)):
        if math.isfinite(value):
            runs[-1].append((t, value, band))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _stroke(draw: object, points: Sequence[Point], colour: Colour, dash: str = "solid", width: float = 2) -> None:
    """A line through `points`, in pixels of the finished picture."""
    for piece in _dashes(points, DASHES[dash]):
        fine = [(x * FINE, y * FINE) for x, y in piece]
        draw.line(fine, fill=colour, width=round(width * FINE), joint="curve")  # type: ignore[attr-defined]


def _dashes(points: Sequence[Point], pattern: Sequence[float]) -> list[list[Point]]:
    """`points` cut into the pieces that are drawn."""
    if not pattern:
        return [list(points)]
    pieces: list[list[Point]] = [[points[0]]]
    turn, left = 0, pattern[0]
    for a, b in itertools.pairwise(points):
        length, gone = math.dist(a, b), 0.0
        while length - gone > left:
            gone += left
            at = (a[0] + (b[0] - a[0]) * gone / length, a[1] + (b[1] - a[1]) * gone / length)
            if turn % 2 == 0:
                pieces[-1].append(at)
            else:
                pieces.append([at])
            turn += 1
            left = pattern[turn % len(pattern)]
        left -= length - gone
        if turn % 2 == 0:
            pieces[-1].append(b)
    return [piece for piece in pieces if len(piece) > 1]


def _wrapped(legend: Sequence[tuple[str, Line]], width: int) -> list[list[tuple[float, tuple[str, Line]]]]:
    """The legend's items with their left edges, in as many rows as they need."""
    rows: list[list[tuple[float, tuple[str, Line]]]] = [[]]
    x = 20
    for item in legend:
        needed = 48 + text_mask(item[0], TEXT, width - 80).shape[1] + 28
        if rows[-1] and x + needed > width:
            rows.append([])
            x = 20
        rows[-1].append((x, item))
        x += needed
    return rows
