"""A field for a path, which says with an ellipsis what it leaves out of one that is too long while nobody writes in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QHelpEvent, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame, QStylePainter, QToolButton, QToolTip, QWidget

from svg_studio.ui.widgets.words import above

SIDE = 2  # px beside the letters, as Qt's own has it


class PathEdit(QLineEdit):
    """A QLineEdit whose text is cut in its middle, never through a letter. Its tip has all of it then."""

    elision = Qt.TextElideMode.ElideMiddle

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setCursorPosition(0)

    def shown_text(self) -> str:
        """What is seen of the text."""
        if self.hasFocus():
            return self.text()
        return self.fontMetrics().elidedText(self.text(), self.elision, self._room(self._option()).width())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.shown_text() != self.text():
            QToolTip.showText(event.globalPos(), above(self.text(), self.toolTip()), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        words = self.shown_text()
        if words == self.text():
            super().paintEvent(event)
            return
        option = self._option()
        painter = QStylePainter(self)
        painter.drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, option)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        room = self._room(option)
        self.style().drawItemText(painter, room, flags, option.palette, self.isEnabled(), words, self.foregroundRole())
        painter.end()

    def _option(self) -> QStyleOptionFrame:
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        return option

    def _room(self, option: QStyleOptionFrame) -> QRect:
        """For letters: what is left of the field beside its own buttons, which are at its end."""
        room = self.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, self).adjusted(SIDE, 0, -SIDE, 0)
        buttons = [button.x() for button in self.findChildren(QToolButton) if not button.isHidden()]
        room.setRight(min([room.right(), *(x - SIDE for x in buttons)]))
        return room


class FileEdit(PathEdit):
    """Cuts the front off, so that the name of the file is seen."""

    elision = Qt.TextElideMode.ElideLeft
