"""A field for a path, which shows the beginning and the end of one that is too long while nobody writes in it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame, QStylePainter

SIDE = 2  # px beside the letters, as Qt's own has it


class PathEdit(QLineEdit):
    """A QLineEdit whose text is cut in its middle, never through a letter."""

    def shown_text(self) -> str:
        """What is seen of the text."""
        if self.hasFocus():
            return self.text()
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        room = self.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, self).width() - 2 * SIDE
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        words = self.shown_text()
        if words == self.text():
            super().paintEvent(event)
            return
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        painter = QStylePainter(self)
        painter.drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, option)
        room = self.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, self).adjusted(SIDE, 0, -SIDE, 0)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        self.style().drawItemText(painter, room, flags, option.palette, self.isEnabled(), words, self.foregroundRole())
        painter.end()
