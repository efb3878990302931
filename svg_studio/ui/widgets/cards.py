"""Cards, headings, lines and columns in the window's style."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from svg_studio.ui.widgets.banner import Parts, Strip
from svg_studio.ui.widgets.layouts import column
from svg_studio.ui.widgets.words import Words, literal


def card(*widgets: QWidget, stretch: QWidget) -> QFrame:
    """The widgets below each other on a card; `stretch` takes what room is left."""
    frame = QFrame()
    frame.setProperty("card", True)
    column(*widgets, on=frame, gap=6, margins=(12, 10, 12, 10), stretch=stretch)
    return frame


def lay_page(page: QWidget, strips: Iterable[Strip], body: QWidget, over: Parts | None = None) -> None:
    """A page is what it shows, and strips that come and go over the foot of it, or of the parts that `over` names: no controls."""
    column(body, on=page, margins=(8, 8, 8, 8), stretch=body)
    for strip in strips:
        strip.float_over(page, over)


class Line(Words):
    """One line that may become very short; its tip has all of it."""

    def __init__(self, role: str = "", name: str = "") -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setAccessibleName(name)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(literal(text))

    def minimumSizeHint(self) -> QSize:
        return QSize(40, super().minimumSizeHint().height())


class Column(QScrollArea):
    """Scrolls up and down only, and is never narrower than what it holds."""

    def __init__(self, inner: QWidget) -> None:
        super().__init__(widgetResizable=True)
        self._inner = inner
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inner)

    def minimumSizeHint(self) -> QSize:
        width = self._inner.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(width, super().minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a QScrollArea watches its widget anyway
            self.updateGeometry()
        return super().eventFilter(watched, event)
