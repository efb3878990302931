"""A grid of moving tiles, enlarged by whole factors and drawn by one widget."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from svg_studio.engine.events import Frames
from svg_studio.ui.style import icons, theme

BORDER = 3  # logical pixels of green or red
RING = 2  # the selected tile's frame outside it
GAP = 5
CAPTION = 16
VEIL = 120  # of 255: how much of the background lies over a picture whose own frame is not there yet
NARROWEST = 64  # logical pixels; a tile is never drawn smaller than this where there is a scroll bar instead


@dataclass(eq=False)
class Film:
    """One tile: `at(t)` gives frame t as uint8 (H, W, C). Before frame n_past it was given, from there on imagined.

    Of a film that is not complete there are `made` frames so far; at those that are not there it gives the last one that is.
    """

    at: Callable[[int], Frames]
    n_past: int
    caption: str = ""
    pinned: bool = False
    made: int | None = None  # None: all

    def lacks(self, t: int) -> bool:
        """Whether frame t is not there."""
        return self.made is not None and t >= self.made


def play(frames: Frames) -> Callable[[int], Frames]:
    """`at` for frames (T, H, W, C); a clip that has ended holds its last frame."""
    return lambda t: frames[min(t, len(frames) - 1)]


def to_image(frame: Frames) -> QImage:
    """A uint8 frame (H, W, C) as an image of its own."""
    frame = np.ascontiguousarray(frame)
    height, width, channels = frame.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    # The conversion copies, so the image outlives the array; 32 bit is also what Qt enlarges fastest.
    return QImage(frame.data, width, height, width * channels, kind).convertToFormat(QImage.Format.Format_RGB32)


@dataclass(frozen=True)
class Plan:
    """Where the cells of a grid lie, in logical pixels."""

    factor: int  # device pixels a frame's pixel
    columns: int
    cell: QSize
    image: QSize

    def spot(self, number: int) -> QPoint:
        """Top left corner of cell `number`."""
        row, column = divmod(number, self.columns)
        return QPoint(GAP // 2 + column * self.cell.width(), GAP // 2 + row * self.cell.height())

    def size(self, count: int) -> QSize:
        """What `count` cells cover."""
        rows = math.ceil(count / self.columns)
        return QSize(self.columns * self.cell.width() + GAP, rows * self.cell.height() + GAP)


def plan(count: int, frame: QSize, room: QSize, ratio: float, factor: int = 0, bar: int = 0, narrowest: int = NARROWEST) -> Plan:
    """The largest whole `factor` at which `count` tiles fit into `room`; the least one, and a scroll bar, where none does."""

    def at(k: int, width: int) -> Plan:
        image = QSize(round(k * frame.width() / ratio), round(k * frame.height() / ratio))
        margin = 2 * (BORDER + RING) + GAP
        cell = QSize(image.width() + margin, image.height() + margin + CAPTION - RING)
        return Plan(k, max(1, min(count, (width - GAP) // cell.width())), cell, image)

    def fits(p: Plan) -> bool:
        size = p.size(count)
        return size.height() <= room.height() and size.width() <= room.width()

    if factor:
        wished = at(factor, room.width())
        return wished if fits(wished) else at(factor, room.width() - bar)
    least = max(1, math.ceil(narrowest * ratio / frame.width()))
    for k in range(max(least, int(room.width() * ratio / frame.width())), least - 1, -1):
        if fits(p := at(k, room.width())):
            return p
    return at(least, room.width() - bar)


class TileGrid(QWidget):
    """Draws its films at one frame, with a line around them while it has the focus. Inside a QScrollArea it asks for the
    height it needs.
    """

    narrowest = NARROWEST  # logical pixels of a tile
    focus_line = 2  # their width

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.films: list[Film | None] = []
        self.frame = 0
        self.frame_size = QSize(64, 64)
        self.selected = -1
        self.stale = False  # shown faint, since something newer is on its way
        self.factor = 0  # 0: whatever fits
        self.plan = plan(1, self.frame_size, QSize(200, 200), 1.0)
        self.pictures: list[QRect] = []  # where the picture of each tile is drawn
        self._still: QPixmap | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme.notifier().changed.connect(self.refresh)

    def set_films(self, films: list[Film | None], frame_size: QSize) -> None:
        """Shows these; None is a tile still to come."""
        self.films, self.frame_size = films, frame_size
        self.arrange()

    def show_frame(self, t: int) -> None:
        self.frame = t
        self.update()

    def set_stale(self, stale: bool) -> None:
        self.stale = stale
        self.update()

    def set_factor(self, factor: int) -> None:
        """Enlarges by `factor`; 0: as much as fits."""
        self.factor = factor
        self.arrange()

    def refresh(self) -> None:
        """Draws everything anew, captions too."""
        self._still = None
        self.update()

    def scroll_area(self) -> QScrollArea | None:
        """The scroll area it is in, if it is in one."""
        viewport = self.parentWidget()
        area = viewport.parentWidget() if viewport is not None else None
        return area if isinstance(area, QScrollArea) else None

    def room(self) -> tuple[QSize, int]:
        """The space there is, and what a scroll bar would take of its width."""
        if (area := self.scroll_area()) is not None:
            return area.maximumViewportSize(), area.verticalScrollBar().sizeHint().width()
        return self.size(), 0

    def arrange(self) -> None:
        """Chooses the enlargement anew."""
        room, bar = self.room()
        count = max(1, len(self.films))
        self.plan = plan(count, self.frame_size, room, self.devicePixelRatioF(), self.factor, bar, self.narrowest)
        if bar:
            self.setMinimumSize(self.plan.size(count))
        inset = QPoint(GAP // 2 + RING + BORDER, GAP // 2 + RING + BORDER)
        self.pictures = [QRect(self.plan.spot(i) + inset, self.plan.image) for i in range(len(self.films))]
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()

    def cell(self, number: int) -> QRect:
        """The tile with its border, ring and caption."""
        return QRect(self.plan.spot(number), self.plan.cell)

    def number_at(self, point: QPoint) -> int:
        """The tile under `point`, or -1."""
        return next((i for i in range(len(self.films)) if self.cell(i).contains(point)), -1)

    # ---- painting: what stands still is kept as one pixmap, so that a new frame costs its pictures only

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._still is None or self._still.devicePixelRatio() != self.devicePixelRatioF():
            self._still = self._paint_still()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._still)
        painter.setOpacity(0.4 if self.stale else 1.0)
        c = theme.colors()
        given, imagined, lacking, veil = QColor(c.given), QColor(c.imagined), QColor(c.border), QColor(c.window)
        veil.setAlpha(VEIL)
        exposed = event.rect()
        for film, picture in zip(self.films, self.pictures, strict=True):
            if film is not None and exposed.intersects(picture):
                border, lacks = picture.adjusted(-BORDER, -BORDER, BORDER, BORDER), film.lacks(self.frame)
                painter.fillRect(border, lacking if lacks else given if self.frame < film.n_past else imagined)
                painter.drawImage(picture, to_image(film.at(self.frame)))
                if lacks:
                    painter.fillRect(picture, veil)
        if self.hasFocus():
            painter.setOpacity(1.0)
            painter.setPen(QPen(QColor(c.accent), self.focus_line))
            painter.drawRoundedRect(self.visibleRegion().boundingRect().adjusted(1, 1, -1, -1), 6, 6)

    def caption_font(self) -> QFont:
        """What captions are written in."""
        font = QFont(self.font())
        font.setPixelSize(11)
        return font

    def _paint_still(self) -> QPixmap:
        c, ratio = theme.colors(), self.devicePixelRatioF()
        still = QPixmap(self.size() * ratio)
        still.setDevicePixelRatio(ratio)
        still.fill(QColor(c.window))
        painter = QPainter(still)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.caption_font())
        for number, (film, picture) in enumerate(zip(self.films, self.pictures, strict=True)):
            frame = picture.adjusted(-BORDER, -BORDER, BORDER, BORDER)
            if number == self.selected:
                ring = QPainterPath()
                reach = RING + GAP // 2  # into the gap, which is nobody's
                ring.addRoundedRect(QRectF(frame.adjusted(-reach, -reach, reach, reach)), 4, 4)
                painter.fillPath(ring, QColor(c.accent))
            if film is None:
                painter.fillRect(frame, QColor(c.raised))
                painter.setPen(QColor(c.muted))
                painter.drawText(picture, Qt.AlignmentFlag.AlignCenter, "…")
                continue
            below = QRect(frame.left(), frame.bottom() + RING, frame.width(), CAPTION)
            if film.pinned:
                icons.paint(painter, "star", QRectF(below.right() - 13, below.top() + 3, 13, 13), c.warning)
                below.setRight(below.right() - 15)
            painter.setPen(QColor(c.text if number == self.selected else c.muted))
            painter.drawText(below, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, film.caption)
        painter.end()
        return still
