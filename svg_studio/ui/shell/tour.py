"""A tour of five steps: a bubble beside the thing it speaks of, which can be left at any of them. Everything goes on working."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QWidget

from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import button, label
from svg_studio.ui.widgets.layouts import column, row

if TYPE_CHECKING:
    from svg_studio.ui.shell.main_window import MainWindow

WIDTH, GAP, FOLLOW_MS = 380, 12, 100


@dataclass(frozen=True)
class Step:
    title: str
    words: str
    target: Callable[[], QWidget | None]  # what it points at, once its page is shown


class _Ring(QWidget):
    """A line around what is spoken of; clicks go through it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.colors().accent), 3))
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 8, 8)


class Tour(QFrame):
    """Begins when it is made; `leave` ends it, as Escape does."""

    def __init__(self, window: QWidget, steps: list[Step]) -> None:
        super().__init__(window)
        self._window, self._steps = window, steps
        self.number = -1
        self.setAccessibleName("Tour")
        self.setProperty("card", True)
        self.setFixedWidth(WIDTH)
        self.place = label(role="muted")
        self.title = label(role="heading")
        self.words = label(wrap=True)
        self.end = button("End the tour", self.leave, "Leave the tour; Help has it again (Esc)")
        self.back = button("Back", lambda: self.show_step(self.number - 1), "The step before")
        self.next = button("Next", lambda: self.show_step(self.number + 1), "The next step", primary=True)
        buttons = row(self.end, None, self.back, self.next, gap=8)
        column(row(self.title, None, self.place), self.words, buttons, on=self, gap=10, margins=(16, 14, 16, 14))
        self._ring = _Ring(window)
        self._timer = QTimer(self, interval=FOLLOW_MS)  # what is pointed at may move or go
        self._timer.timeout.connect(self._settle)
        self._timer.start()
        window.installEventFilter(self)
        self.show_step(0)

    def show_step(self, number: int) -> None:
        """Step `number`; behind the last one the tour is over."""
        if number >= len(self._steps):
            self.leave()
            return
        self.number = max(0, number)
        step = self._steps[self.number]
        self.title.setText(step.title)
        self.words.setText(step.words)
        self.place.setText(f"{self.number + 1} of {len(self._steps)}")
        self.setAccessibleDescription(f"{step.title}. {step.words}")
        self.back.setEnabled(self.number > 0)
        self.next.setText("Done" if self.number == len(self._steps) - 1 else "Next")
        self._settle()
        self.show()
        self.next.setFocus()

    def leave(self) -> None:
        """Over, for now."""
        self._timer.stop()
        self._window.removeEventFilter(self)
        self._ring.hide()
        self._ring.deleteLater()
        self.hide()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            next((one for one in (self.end, self.back) if one.hasFocus()), self.next).click()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._settle()
        return False

    def _settle(self) -> None:
        """Beside what is spoken of, inside the window."""
        target = self._steps[self.number].target()
        height = max(self.heightForWidth(WIDTH), self.sizeHint().height())
        room = self._window.rect().adjusted(GAP, GAP, -GAP, -GAP)
        if target is None or not target.isVisible():
            self._ring.hide()
            spot = room.center() - QPoint(WIDTH // 2, height // 2)
        else:
            there = QRect(target.mapTo(self._window, QPoint(0, 0)), target.size()).intersected(self._window.rect())
            self._ring.setGeometry(there.adjusted(-4, -4, 4, 4))
            self._ring.show()
            self._ring.raise_()
            spot = _beside(there, WIDTH, height, room)
        self.setGeometry(spot.x(), spot.y(), WIDTH, height)
        self.raise_()


def steps(window: MainWindow) -> list[Step]:
    """Of the five things that a newcomer wants to know first."""
    futures = window.futures
    return [
        Step(
            "Many futures of one clip",
            "Each tile goes on from the same given frames in its own way. A green border: the frame was given. Red: it was "
            "imagined. Click a tile to select it, P pins it.",
            lambda: futures.wall,
        ),
        Step(
            "One clock for all of it",
            "Space plays and holds, the arrow keys step, dragging the slider or a plot goes anywhere. On the left: what really "
            "came next, and the average and spread of all futures.",
            lambda: futures.transport,
        ),
        Step(
            "Other clips, other seeds",
            "Choose another clip, how many frames are given and imagined, and how many futures. A future is its seed: the same "
            "number is the same future tomorrow.",
            lambda: futures.bar,
        ),
        Step(
            "Take one with you",
            "Export writes the selected future, the pinned ones or the whole wall as a video, a page, a picture or arrays.",
            lambda: futures.bar.export_button,
        ),
        Step(
            "Your own model",
            "Data turns videos, even a few from a phone, into clips. Train learns from them and shows what it imagines meanwhile; "
            "Runs and Evaluate compare. F1 explains each page.",
            lambda: window.navigation,
        ),
    ]


def _beside(there: QRect, width: int, height: int, room: QRect) -> QPoint:
    """Where a bubble covers nothing of `there`: below, above, right, left, or else in its corner."""
    middle = QPoint(there.center().x() - width // 2, there.center().y() - height // 2)
    for spot in (
        QPoint(middle.x(), there.bottom() + GAP),
        QPoint(middle.x(), there.top() - GAP - height),
        QPoint(there.right() + GAP, middle.y()),
        QPoint(there.left() - GAP - width, middle.y()),
        QPoint(there.right() - width - GAP, there.bottom() - height - GAP),
    ):
        x = min(max(spot.x(), room.left()), room.right() - width)
        y = min(max(spot.y(), room.top()), room.bottom() - height)
        if not QRect(x, y, width, height).intersects(there):
            return QPoint(x, y)
    return QPoint(x, y)
