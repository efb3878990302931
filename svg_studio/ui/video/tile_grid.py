"""A grid of moving tiles, as large as there is room for and drawn by one widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from svg_studio.engine.events import Frames
from svg_studio.ui.style import icons, theme
from svg_studio.ui.video.grid_plan import BORDER, CAPTION, GAP, NARROWEST, RING, Plan, plan

FAINT = 150  # of 255: how much of the background lies over a tile that something newer is to take the place of
VEIL = 120  # of 255: how much of the background lies over a picture whose own frame is not there yet


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


class TileGrid(QWidget):
    """Draws its films at one frame, with a line around them while it has the focus. Inside a QScrollArea it asks for the
    height it needs.
    """

    narrowest = NARROWEST  # logical pixels of a tile; it is never drawn smaller: there is a scroll bar instead
    focus_line = 2  # their width

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.films: list[Film | None] = []  # by number
        self.order: list[int] = []  # the number in each place
        self.frame = 0
        self.frame_size = QSize(64, 64)
        self.selected = -1
        self.pointed = -1  # the tile of the last press
        self.stale = False  # shown faint, since something newer is on its way
        self.factor = 0.0  # 0: whatever fits
        self.plan = plan(1, self.frame_size, QSize(200, 200), 1.0)
        self.pictures: list[QRect] = []  # where the picture of each number is drawn; empty where it is not
        self._still: QPixmap | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme.notifier().changed.connect(self.refresh)

    def set_films(self, films: list[Film | None], frame_size: QSize) -> None:
        """Shows these, in this order; None is a tile still to come."""
        self.films, self.frame_size = films, frame_size
        self.order = list(range(len(films)))
        self.arrange()

    def set_order(self, order: list[int]) -> None:
        """From now on the tiles of these numbers are shown, one place after another; the others are not."""
        if order != self.order:
            self.order = order
            self.arrange()

    def show_frame(self, t: int) -> None:
        self.frame = t
        self.update()

    def set_stale(self, stale: bool) -> None:
        self.stale = stale
        self.update()

    def set_factor(self, factor: float) -> None:
        """Enlarges by `factor`, device pixels a frame's pixel; 0: as much as fits."""
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
        count = max(1, len(self.order))
        self.plan = self.planned(count, room, bar)
        if bar:
            self.setMinimumSize(self.plan.size(count))
        inset = QPoint(GAP // 2 + RING + BORDER, GAP // 2 + RING + BORDER)
        self.pictures = [QRect()] * len(self.films)
        for place, number in enumerate(self.order):
            self.pictures[number] = QRect(self.plan.spot(place) + inset, self.plan.image)
        self.refresh()

    def planned(self, count: int, room: QSize, bar: int) -> Plan:
        """Where so many tiles lie in the room there is, of which a scroll bar would take `bar`."""
        return plan(count, self.frame_size, room, self.devicePixelRatioF(), self.factor, bar, self.narrowest)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()

    def cell(self, number: int) -> QRect:
        """The tile with its border, ring and caption; empty where it is not shown."""
        return QRect(self.plan.spot(self.order.index(number)), self.plan.cell) if number in self.order else QRect()

    def number_at(self, point: QPoint) -> int:
        """The number of the tile under `point`, or -1."""
        return next((n for place, n in enumerate(self.order) if QRect(self.plan.spot(place), self.plan.cell).contains(point)), -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pointed = self.number_at(event.position().toPoint())
        super().mousePressEvent(event)

    # ---- painting: what stands still is kept as one pixmap, so that a new frame costs its pictures only

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._still is None or self._still.devicePixelRatio() != self.devicePixelRatioF():
            self._still = self._paint_still()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._still)
        c = theme.colors()
        given, imagined, lacking, veil = QColor(c.given), QColor(c.imagined), QColor(c.border), QColor(c.window)
        veil.setAlpha(VEIL)
        faint = QColor(c.window)
        faint.setAlpha(FAINT)
        # Enlarged, pixels keep their edges; made smaller, none of them is passed over.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.plan.factor < 1)
        exposed = event.rect()
        for film, picture in zip(self.films, self.pictures, strict=True):
            if film is not None and exposed.intersects(picture):
                border, lacks = picture.adjusted(-BORDER, -BORDER, BORDER, BORDER), film.lacks(self.frame)
                painter.fillRect(border, lacking if lacks else given if self.frame < film.n_past else imagined)
                painter.drawImage(picture, to_image(film.at(self.frame)))
                if lacks:
                    painter.fillRect(picture, veil)
                if self.stale:
                    painter.fillRect(border, faint)
        if self.hasFocus():
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
        for number in self.order:
            film, picture = self.films[number], self.pictures[number]
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
            caption = painter.fontMetrics().elidedText(film.caption, Qt.TextElideMode.ElideRight, below.width())
            painter.drawText(below, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, caption)
        painter.end()
        return still
