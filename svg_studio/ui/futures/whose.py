"""A strip over the head of the wall that says whose futures are on it, while others are named above."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import button, label
from svg_studio.ui.widgets.layouts import row

INSET = 6  # logical pixels from the wall's edges


class Whose(QFrame):
    """Lies over `wall` without taking room from it; `back` where the person wants to name again what is on it."""

    back = Signal()

    def __init__(self, wall: QWidget) -> None:
        super().__init__(wall)
        self._wall = wall
        self.words = label(wrap=True, name="Whose futures these are")
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.button = button("Back to these", self.back, "Names again what is on the wall: its model, clip and settings")
        row(self.words, self.button, on=self, gap=10, margins=(10, 5, 6, 5), stretch=self.words)
        wall.installEventFilter(self)
        theme.follow(self._recolour)
        self.hide()

    def say(self, whose: str, *, coming: bool) -> None:
        """`whose`: what the futures were made of. coming: whether those that are named are on their way."""
        self.words.setText(f"These are still the futures of {whose}." + (" What is named above is on its way." if coming else ""))
        self.show()
        self._settle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._settle()
        return False

    def _settle(self) -> None:
        width = self._wall.width() - 2 * INSET
        self.setGeometry(INSET, INSET, width, max(self.heightForWidth(width), self.minimumSizeHint().height()))
        self.raise_()

    def _recolour(self) -> None:
        c = theme.colors()
        self.setStyleSheet(f"Whose {{ background: {c.surface}; border: 1px solid {c.warning}; border-radius: 6px; }}")
