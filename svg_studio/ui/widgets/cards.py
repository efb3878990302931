"""Cards, headings, lines and columns in the window's style."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSplitter, QVBoxLayout, QWidget


def card(*widgets: QWidget, stretch: QWidget) -> QFrame:
    """The widgets below each other on a card; `stretch` takes what room is left."""
    frame = QFrame()
    frame.setProperty("card", True)
    box = QVBoxLayout(frame)
    box.setContentsMargins(12, 10, 12, 10)
    box.setSpacing(6)
    for widget in widgets:
        box.addWidget(widget, 1 if widget is stretch else 0)
    return frame


def side_by_side(left: QWidget, right: QWidget, sizes: tuple[int, int]) -> QSplitter:
    """Two columns of a page, `sizes` px wide at first; the right one takes what room is left."""
    columns = QSplitter(Qt.Orientation.Horizontal)
    columns.addWidget(left)
    columns.addWidget(right)
    columns.setStretchFactor(1, 1)
    columns.setSizes(list(sizes))
    columns.setChildrenCollapsible(False)
    columns.setHandleWidth(8)
    return columns


def lay_page(page: QWidget, strips: Iterable[QWidget], body: QWidget) -> None:
    """A page is strips that come and go, such as its banner, above what it shows."""
    box = QVBoxLayout(page)
    box.setContentsMargins(8, 8, 8, 8)
    for strip in strips:
        box.addWidget(strip)
    box.addWidget(body, 1)


def heading(text: str) -> QLabel:
    """A heading as the style sheet dresses it."""
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label


class Line(QLabel):
    """One line of text, cut short in the middle where there is no room for it; its tip has all of it."""

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = self.contentsRect()
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room.width())
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        self.style().drawItemText(painter, room, left, self.palette(), self.isEnabled(), words, self.foregroundRole())
        painter.end()


class Column(QScrollArea):
    """Scrolls up and down only, and is never narrower than what it holds."""

    def __init__(self, inner: QWidget) -> None:
        super().__init__(widgetResizable=True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inner)

    def minimumSizeHint(self) -> QSize:
        width = self.widget().minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(width, super().minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a QScrollArea watches its widget anyway
            self.updateGeometry()
        return super().eventFilter(watched, event)
