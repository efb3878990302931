"""The transport: buttons, a slider that shows given and imagined frames, speed and loop, all for one `Playback`."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QToolButton, QWidget

from svg_studio.ui.style import theme
from svg_studio.ui.video.playback import SPEEDS, Playback
from svg_studio.ui.widgets.controls import Act, IconButton, label, named
from svg_studio.ui.widgets.layouts import row

SPEED_NAMES = dict(zip(SPEEDS, ("¼×", "½×", "1×", "2×"), strict=True))
MARGIN = 9  # room for half a handle on either side


class FrameSlider(QWidget):
    """A line of frames, the given ones apart from the imagined ones. Press or drag anywhere to go there."""

    sought = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frame = 0
        self.n_frames = 0
        self.n_past = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Frame")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.notifier().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(320, 36)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, 36)

    def set_length(self, n_frames: int, n_past: int) -> None:
        self.n_frames, self.n_past = n_frames, n_past
        self.update()

    def set_frame(self, frame: int) -> None:
        self.frame = frame
        self.update()

    def x_of(self, frame: float) -> float:
        """Where a frame lies, in pixels from the left."""
        return MARGIN + frame * (self.width() - 2 * MARGIN) / max(self.n_frames - 1, 1)

    def frame_at(self, x: float) -> int:
        """The frame nearest to `x`."""
        frame = round((x - MARGIN) * max(self.n_frames - 1, 1) / max(self.width() - 2 * MARGIN, 1))
        return max(0, min(frame, self.n_frames - 1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.n_frames:
            self.sought.emit(self.frame_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self.n_frames:
            self.sought.emit(self.frame_at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_PageDown: 5, Qt.Key.Key_PageUp: -5}.get(Qt.Key(event.key()))
        if step is None or not self.n_frames:
            super().keyPressEvent(event)  # arrows, Home, End and space belong to the page
        else:
            self.sought.emit(max(0, min(self.frame + step, self.n_frames - 1)))

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        line = self.height() / 2 + 6
        if not self.n_frames:
            painter.setBrush(QColor(c.border))
            painter.drawRoundedRect(QRectF(MARGIN, line - 2, self.width() - 2 * MARGIN, 4), 2, 2)
            return
        if self.n_past >= self.n_frames:  # a clip, of which nothing is imagined
            painter.setBrush(QColor(c.given))
            painter.drawRoundedRect(QRectF(MARGIN, line - 3, self.width() - 2 * MARGIN, 6), 3, 3)
            self._paint_handle(painter, line)
            return
        # The border lies half way between the last frame given and the first imagined; shape tells them apart too.
        middle = self.x_of(min(self.n_past, self.n_frames) - 0.5)
        end = self.x_of(self.n_frames - 1)
        painter.setBrush(QColor(c.given))
        painter.drawRoundedRect(QRectF(MARGIN, line - 4, max(middle - MARGIN - 1, 2), 8), 3, 3)
        painter.setBrush(QColor(c.imagined))
        painter.drawRoundedRect(QRectF(middle + 1, line - 2, max(end - middle - 1, 0), 4), 2, 2)
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        painter.setPen(QColor(c.muted))
        words = painter.fontMetrics()
        start: float = MARGIN
        if words.horizontalAdvance("given") + 8 < middle - MARGIN or self.width() > 220:
            painter.drawText(QPointF(start, line - 10), "given")
            start = max(middle + 2, MARGIN + words.horizontalAdvance("given") + 8)
        painter.drawText(QPointF(start, line - 10), "imagined")
        self._paint_handle(painter, line)

    def _paint_handle(self, painter: QPainter, line: float) -> None:
        c = theme.colors()
        here = QPointF(self.x_of(self.frame), line)
        painter.setPen(QPen(QColor(c.accent if self.hasFocus() else c.text), 2))
        painter.setBrush(QColor(c.surface))
        painter.drawEllipse(here, 7, 7)


class Transport(QWidget):
    """Shows and steers a Playback."""

    def __init__(self, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.playback = playback
        self.slider = FrameSlider()
        self.counter = label("–/–", name="Frame shown")
        self.counter.setMinimumWidth(self.counter.fontMetrics().horizontalAdvance("1000/1000 imagined "))
        self.first = _button("first", "First frame (Home)", lambda: self.scrub(0))
        self.back = _button("back", "One frame back (←)", lambda: playback.step(-1))
        self.play = _button("play", "Play or pause (space)", playback.toggle)
        self.forward = _button("forward", "One frame on (→)", lambda: playback.step(1))
        self.last = _button("last", "Last frame (End)", lambda: self.scrub(playback.n_frames - 1))
        self.loop = _button("loop", "Play in a loop", self._set_loop)
        self.loop.setCheckable(True)
        self.loop.setChecked(playback.loop)
        self.speeds = QButtonGroup(self)
        self.speeds.idClicked.connect(self._choose_speed)
        speeds: list[QToolButton] = []
        for number, speed in enumerate(SPEEDS):
            button = named(QToolButton(), f"Speed {speed:g}", f"{10 * speed:g} frames a second")
            button.setText(SPEED_NAMES[speed])
            button.setCheckable(True)
            button.setChecked(speed == playback.speed)
            self.speeds.addButton(button, number)
            speeds.append(button)
        steps = (self.first, self.back, self.play, self.forward, self.last)
        row(*steps, 6, self.slider, self.counter, *speeds, 4, self.loop, on=self, gap=4, stretch=self.slider)
        self.slider.sought.connect(self.scrub)
        playback.frame_changed.connect(self._on_frame)
        playback.length_changed.connect(self._on_length)
        playback.playing_changed.connect(self._on_playing)
        self._on_playing(playback.playing)

    def set_speed(self, speed: float) -> None:
        """Plays at one of SPEEDS."""
        if speed in SPEEDS:
            self.speeds.button(SPEEDS.index(speed)).setChecked(True)
            self.playback.set_speed(speed)

    def scrub(self, frame: int) -> None:
        """Stands still at `frame`."""
        self.playback.play(False)
        self.playback.seek(frame)

    def _set_loop(self, on: bool) -> None:
        self.playback.loop = on

    def _choose_speed(self, number: int) -> None:
        self.set_speed(SPEEDS[number])

    def _on_frame(self, frame: int) -> None:
        self.slider.set_frame(frame)
        p = self.playback
        where = "" if p.n_past >= p.n_frames else " given" if frame < p.n_past else " imagined"
        self.counter.setText(f"{frame + 1}/{p.n_frames}{where}" if p.n_frames else "–/–")

    def _on_length(self, n_frames: int, n_past: int) -> None:
        self.slider.set_length(n_frames, n_past)
        self._on_frame(self.playback.frame)

    def _on_playing(self, playing: bool) -> None:
        self.play.show_icon("pause" if playing else "play")
        self.play.setAccessibleName("Pause" if playing else "Play")


def _button(icon: str, tip: str, act: Act) -> IconButton:
    return IconButton(icon, tip, act, name=tip.partition(" (")[0])
