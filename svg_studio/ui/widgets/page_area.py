"""Holds the pages of the window, and scrolls where the window, or the screen, has less room than they need."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from svg_studio.ui.style import theme

MARGIN = 8  # px beside what has the focus
SMALLEST = (868, 520)  # px at which every page can be used, with letters of the usual size


class PageArea(QScrollArea):
    """Its widget has all the room there is, and SMALLEST at least, more with larger letters. Tab scrolls to what it reaches."""

    def __init__(self, inner: QWidget) -> None:
        super().__init__(widgetResizable=True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inner)
        self._adapt()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)  # any window can be made smaller than its page

    def focusNextPrevChild(self, next: bool) -> bool:
        went = super().focusNextPrevChild(next)
        QTimer.singleShot(0, self._show_focus)  # again once areas inside this one have scrolled, which comes after it
        return went

    def _show_focus(self) -> None:
        at, inner = QApplication.focusWidget(), self.widget()
        if at is not None and inner is not None and inner.isAncestorOf(at):
            middle = at.mapTo(inner, at.rect().center())
            self.ensureVisible(middle.x(), middle.y(), at.width() // 2 + MARGIN, at.height() // 2 + MARGIN)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._adapt()

    def _adapt(self) -> None:
        inner = self.widget()
        if inner is not None:
            inner.setMinimumSize(*map(theme.scaled, SMALLEST))
