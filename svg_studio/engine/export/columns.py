"""Where everything of a paper figure lies: rows of frames as wide as a column of print, in units of one pixel of a frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.errors import ExportError
from svg_studio.engine.export.captions import BETWEEN, ELLIPSIS, MOST_LINES
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.utils.paper import width_of
from svg_studio.engine.utils.wording import shown

TEXT, SMALL = 7.0, 6.0  # points
LEADING = 1.25  # from line to line, in heights of letters
CELL, EDGE, GAP, PAD = 0.25, 0.011, 0.025, 0.06  # inches: of a frame at least, of a border, between frames, beside labels
SAMPLE, AXIS = 0.2, 0.36  # inches: of the line that tells a row's curve, of the numbers beside a curve
CURVE, BELOW = 0.95, 0.18  # inches: height of the curves' axes, and of the numbers below them
MOST_PICTURES = 2000


@dataclass(frozen=True)
class Columns:
    """All lengths are whole numbers of pixels of a frame, each `unit` inches, so that a picture of it can be exact."""

    unit: float
    left: int  # width of what stands beside the rows
    frame: tuple[int, int]  # height and width of the largest
    border: int
    gap: int
    above: int
    times: tuple[int, ...]  # the frames that are shown
    labels: tuple[tuple[str, ...], ...]  # lines of each row
    panels: tuple[str, ...]  # "ssim", "psnr"
    height: int
    every: int

    @property
    def pitch(self) -> int:
        """From one column to the next."""
        return self.frame[1] + 2 * self.border + self.gap

    @property
    def step(self) -> int:
        """From one row to the next."""
        return self.frame[0] + 2 * self.border + self.gap

    @property
    def width(self) -> int:
        return self.left + len(self.times) * self.pitch - self.gap

    def x(self, column: int) -> int:
        """Left of a column's frames, border included."""
        return self.left + column * self.pitch

    def y(self, row: int) -> int:
        """Top of a row's frames, border included."""
        return self.above + row * self.step

    @property
    def below(self) -> int:
        """Where the rows end."""
        return self.y(len(self.labels)) - self.gap

    def units(self, inches: float) -> int:
        return math.ceil(inches / self.unit)

    def corner(self, tile: Tile, row: int, column: int) -> tuple[int, int]:
        """Top and left of a frame, which stands in the middle of its cell."""
        (height, width), (h, w) = self.frame, tile.frames.shape[1:3]
        return self.y(row) + self.border + (height - h) // 2, self.x(column) + self.border + (width - w) // 2


def columns(config: ExportConfig, tiles: Sequence[Tile]) -> Columns:
    """The plan of a figure. Raises ExportError for one of too many frames."""
    for most in range(MOST_LINES, 1, -1):
        plan = _with_lines(config, tiles, most)
        if max(map(len, plan.labels)) * TEXT * LEADING / 72 <= plan.step * plan.unit:
            return plan
    return _with_lines(config, tiles, 1)


def _with_lines(config: ExportConfig, tiles: Sequence[Tile], most: int) -> Columns:
    """The plan in which a label has at most so many lines."""
    panels = {"none": (), "both": ("ssim", "psnr")}.get(config.curves, (config.curves,))
    labels = tuple(_lines(tile.caption, most, 0.3 * config.width) if config.captions else () for tile in tiles)
    left = max((width_of(line, TEXT) for lines in labels for line in lines), default=-PAD) + PAD
    if panels:
        left = max(left + SAMPLE, AXIS)
    n_frames = max(len(tile.frames) for tile in tiles)
    every = config.every or math.ceil(n_frames / ((config.width - left) // CELL))
    times = tuple(range(0, n_frames, every))
    if len(times) * len(tiles) > MOST_PICTURES:
        raise ExportError(
            f"{len(times) * len(tiles):,} frames are too many for a figure: show fewer of them or choose fewer futures"
        )
    height, width = (max(tile.frames.shape[axis] for tile in tiles) for axis in (1, 2))
    rough = (config.width - left) / (len(times) * width)  # inches of a pixel, were there no borders
    border, gap = max(1, round(EDGE / rough)) * config.borders, max(1, round(GAP / rough))
    pitch = width + 2 * border + gap
    unit = (config.width - left) / (len(times) * pitch - gap)
    spare = math.ceil(left / unit)
    unit = config.width / (spare + len(times) * pitch - gap)
    above = math.ceil(2 * SMALL * LEADING / 72 / unit)
    rows = len(tiles) * (height + 2 * border + gap) - gap
    whole = above + rows + math.ceil(len(panels) * (CURVE + BELOW) / unit)
    return Columns(unit, spare, (height, width), border, gap, above, times, labels, panels, whole, every)


def _lines(caption: str, most: int, room: float) -> tuple[str, ...]:
    """The parts of a caption in at most so many lines of so many inches: the shortest neighbours share one."""
    parts = [part for part in shown(caption).split(BETWEEN) if part]
    while len(parts) > most:
        first = min(range(len(parts) - 1), key=lambda i: len(parts[i]) + len(parts[i + 1]))
        parts[first : first + 2] = [BETWEEN.join(parts[first : first + 2])]
    return tuple(_cut(part, room) for part in parts)


def _cut(text: str, room: float) -> str:
    if width_of(text, TEXT) <= room:
        return text
    while text and width_of(text.rstrip() + ELLIPSIS, TEXT) > room:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS
