"""The navigation rail on the left: one button for each page."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QWidget

from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import IconButton
from svg_studio.ui.widgets.layouts import column


class Navigation(QFrame):
    """Emits `chosen` with the number of a page."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(theme.scaled(84))
        self.buttons = QButtonGroup(self)
        self.buttons.idClicked.connect(self.chosen)
        self._box = column(None, on=self, gap=6, margins=(4, 12, 4, 12))
        theme.follow(self._recolour)

    def add(self, title: str, icon: str) -> None:
        """One more page below the others."""
        number = len(self.buttons.buttons())
        button = IconButton(icon, f"{title} (Ctrl+{number + 1})", name=title, size=24)
        button.setText(title)
        button.setCheckable(True)
        button.setProperty("flat", True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setFixedSize(theme.scaled(75), theme.scaled(58))
        self.buttons.addButton(button, number)
        self._box.insertWidget(number, button)

    def select(self, number: int) -> None:
        """Marks the page that is shown."""
        self.buttons.button(number).setChecked(True)

    def _recolour(self) -> None:
        c = theme.colors()
        self.setStyleSheet(
            f"Navigation {{ background: {c.surface}; border: none; border-right: 1px solid {c.border}; }}"
            f"QToolButton:checked {{ background: {c.raised}; border-color: {c.border}; color: {c.text}; font-weight: 600; }}"
        )
