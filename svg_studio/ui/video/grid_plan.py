"""Finds how large tiles may be so that all of them fit into a room, and where each of them lies."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QPoint, QSize

BORDER = 3  # logical pixels of green or red
RING = 2  # the selected tile's frame outside it
GAP = 5
CAPTION = 16
NARROWEST = 64  # logical pixels of a picture where there is a scroll bar
MARGIN = QSize(2 * (BORDER + RING) + GAP, 2 * (BORDER + RING) + GAP + CAPTION - RING)  # of a cell around its picture
WORTH = 1.06  # a whole factor, at which all pixels are equally large, is taken where no more than this is lost


@dataclass(frozen=True)
class Plan:
    """Where the cells of a grid lie, in logical pixels."""

    factor: float  # device pixels a frame's pixel
    columns: int
    cell: QSize
    image: QSize
    left: int = 0  # of all cells, so that they lie in the middle

    def spot(self, place: int) -> QPoint:
        """Top left corner of the cell in `place`."""
        row, column = divmod(place, self.columns)
        return QPoint(self.left + GAP // 2 + column * self.cell.width(), GAP // 2 + row * self.cell.height())

    def size(self, count: int) -> QSize:
        """What `count` cells cover."""
        rows = math.ceil(count / self.columns)
        return QSize(self.columns * self.cell.width() + GAP, rows * self.cell.height() + GAP)


def plan(count: int, frame: QSize, room: QSize, ratio: float, factor: float = 0, bar: int = 0, narrowest: int = NARROWEST) -> Plan:
    """The largest size at which `count` tiles fit into `room`, or that of `factor`.

    Where they would be narrower than `narrowest`, they fill the width, less that of a scroll `bar`, and are NARROWEST at least.
    """

    def at(width: int, room_width: int) -> Plan:
        image = QSize(width, max(1, round(width * frame.height() / frame.width())))
        cell = QSize(image.width() + MARGIN.width(), image.height() + MARGIN.height())
        return Plan(width * ratio / frame.width(), max(1, min(count, (room_width - GAP) // cell.width())), cell, image)

    def fits(p: Plan) -> bool:
        size = p.size(count)
        return size.height() <= room.height() and size.width() <= room.width()

    def snapped(width: int) -> int:
        whole = round(int(width * ratio / frame.width()) * frame.width() / ratio)
        return whole if whole <= width <= WORTH * whole else width

    if factor:
        width = max(1, round(factor * frame.width() / ratio))
        wished = at(width, room.width())
        return wished if fits(wished) else at(width, room.width() - bar)
    widest = max(_width_in(columns, count, frame, room) for columns in range(1, count + 1))
    if widest >= narrowest and fits(p := at(snapped(widest), room.width())):
        # As many columns as fill the rows evenly: four are two rows of two, not one of three and one of one.
        p = replace(p, columns=math.ceil(count / math.ceil(count / p.columns)))
        return replace(p, left=(room.width() - p.size(count).width()) // 2)
    least = max(narrowest, NARROWEST)
    left = room.width() - bar - GAP
    columns = min(count, max(1, left // (least + MARGIN.width())))
    return at(max(least, snapped(left // columns - MARGIN.width())), room.width() - bar)


def _width_in(columns: int, count: int, frame: QSize, room: QSize) -> int:
    """How wide a picture may be where so many cells lie side by side."""
    rows = math.ceil(count / columns)
    across = (room.width() - GAP) // columns - MARGIN.width()
    down = (room.height() - GAP) // rows - MARGIN.height()
    return min(across, down * frame.width() // frame.height())
