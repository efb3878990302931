"""Paints one frame of a clip by whole factors, nearest neighbour."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QImage, QMoveEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from svg_studio.engine.events import Frames
from svg_studio.ui.video.tile_grid import to_image


class FrameCanvas(QWidget):
    """As large as a frame times the greatest whole factor that fits the `room` given; `placed` says that it has moved or grown."""

    placed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.frames: Frames | None = None
        self.t = 0
        self.factor = 1
        self._room = 0
        self._image: QImage | None = None

    def set_frames(self, frames: Frames | None) -> None:
        """Show a clip (T, H, W, C), going on from the frame number that is shown, or nothing."""
        self.frames = frames
        self.show_frame(self.t if frames is not None else 0)
        self._rescale()

    def set_room(self, width: int) -> None:
        """How many pixels wide the canvas may become."""
        self._room = width
        self._rescale()

    def show_frame(self, t: int) -> None:
        if self.frames is None:
            self._image = None
        else:
            self.t = t % len(self.frames)
            self._image = to_image(self.frames[self.t])
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, 0) if self._image is None else self._image.size() * self.factor

    def moveEvent(self, event: QMoveEvent) -> None:
        self.placed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is not None:
            painter = QPainter(self)
            painter.drawImage(QRect(0, 0, self.sizeHint().width(), self.sizeHint().height()), self._image)
            painter.end()

    def _rescale(self) -> None:
        if self._image is not None:
            self.factor = max(1, self._room // self._image.width())
        self.setFixedSize(self.sizeHint())
        self.placed.emit()
