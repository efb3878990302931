"""Shows how an export will look: its first frames at its own rate, made smaller where they do not fit."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QHideEvent, QImage, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from svg_studio.engine.events import ExportPreviewed
from svg_studio.engine.utils.wording import count_of
from svg_studio.ui.style import theme
from svg_studio.ui.video.tile_grid import to_image
from svg_studio.ui.widgets.controls import heading, label, named, timer
from svg_studio.ui.widgets.layouts import column

SIDE = 320  # logical px that pictures have at most
QUICKEST_MS = 20  # between two pictures


class Canvas(QWidget):
    """Draws one picture in its middle, a pixel of it on a pixel of the screen."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "Preview of the export", "How the file will look")
        self.setFixedSize(SIDE, SIDE)
        self.picture: QImage | None = None

    def show_picture(self, picture: QImage | None) -> None:
        """This one from now on."""
        self.picture = picture
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.colors().surface))
        if self.picture is not None:
            ratio = self.devicePixelRatioF()
            width, height = round(self.picture.width() / ratio), round(self.picture.height() / ratio)
            painter.drawImage(QRect((SIDE - width) // 2, (SIDE - height) // 2, width, height), self.picture)
        painter.end()


class ExportPreview(QWidget):
    """`begin`, then `put` for each frame as it comes, then `end`; what was shown before stays until the first one is there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas()
        self.words = label(role="muted", wrap=True, name="What the file will be")
        self.words.setMinimumHeight(3 * self.words.fontMetrics().lineSpacing())
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.pictures: list[QImage] = []
        self.fps = 10.0
        self._at = 0
        self._told: ExportPreviewed | None = None
        self._clock = timer(self, 100, self._advance)
        column(heading("Preview", self.canvas), self.canvas, self.words, None, on=self, gap=6)

    @property
    def room(self) -> tuple[int, int]:
        """Height and width in pixels of the screen that a picture may have."""
        side = int(SIDE * self.devicePixelRatioF())
        return side, side

    def set_rate(self, fps: float) -> None:
        """Plays at this rate from now on."""
        self.fps = fps
        self._clock.setInterval(max(QUICKEST_MS, round(1000 / fps)))
        self._describe()

    def begin(self) -> None:
        """Other pictures will come."""
        self._told = None

    def put(self, previewed: ExportPreviewed) -> None:
        """One more picture."""
        if self._told is None:
            self.pictures, self._at = [], 0
        self._told = previewed
        self.pictures.append(to_image(previewed.frame))
        if len(self.pictures) == 1:
            self.canvas.show_picture(self.pictures[0])
        self._describe()

    def end(self, problem: str = "") -> None:
        """No more will come; where none has, there is none to be shown, or `problem` says why."""
        if self._told is None:
            self.pictures = []
            self.canvas.show_picture(None)
            self.words.setText(problem or "Numbers, and no picture.")

    def _describe(self) -> None:
        told = self._told
        if told is None:
            return
        height, width = told.size
        words = [told.extent or f"{width:,} × {height:,} pixels"]
        if told.n_frames > 1:
            words += [count_of(told.n_frames, "frame"), f"{told.n_frames / self.fps:.3g} s"]
        notes = []
        if told.frame.shape[:2] != told.size and not told.extent:
            notes.append("shown smaller")
        if len(self.pictures) < told.n_frames:
            notes.append(f"the first {len(self.pictures)} are shown")
        self.words.setText(" · ".join(words) + (f"\n{'; '.join(notes)}" if notes else ""))

    def _advance(self) -> None:
        if len(self.pictures) > 1:
            self._at = (self._at + 1) % len(self.pictures)
            self.canvas.show_picture(self.pictures[self._at])

    def showEvent(self, event: QShowEvent) -> None:
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._clock.stop()
