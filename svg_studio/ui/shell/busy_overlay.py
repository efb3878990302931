"""Covers the window while something must be waited for, and says what."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import label


class BusyOverlay(QWidget):
    """Covers `parent` while it is shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self.label = label(role="title", centred=True)
        QVBoxLayout(self).addWidget(self.label)
        parent.installEventFilter(self)
        self.hide()

    def cover(self, text: str) -> None:
        """Covers everything, and says `text`."""
        self.label.setText(text)
        self.setAccessibleName(text)
        self.resize(self._covered.size())
        self.raise_()
        self.show()
        self.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.resize(self._covered.size())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        veil = QColor(theme.colors().window)
        veil.setAlpha(225)
        QPainter(self).fillRect(self.rect(), veil)
