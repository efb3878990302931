"""The navigation on the left: one button a page; knows no page."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout, QWidget

from svg_studio.ui.style import icons, theme


class Navigation(QFrame):
    """Emits `chosen` with the number of a page."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(84)
        self._icons: list[tuple[QToolButton, str]] = []
        self.buttons = QButtonGroup(self)
        self.buttons.idClicked.connect(self.chosen)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(4, 12, 4, 12)
        self._box.setSpacing(6)
        self._box.addStretch(1)
        theme.notifier().changed.connect(self._recolour)

    def add(self, title: str, icon: str) -> None:
        """One more page below the others."""
        number = len(self._icons)
        button = QToolButton(text=title, checkable=True, toolTip=f"{title} (Ctrl+{number + 1})")
        button.setProperty("flat", True)
        button.setAccessibleName(title)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(22, 22))
        button.setFixedSize(75, 58)
        self.buttons.addButton(button, number)
        self._icons.append((button, icon))
        self._box.insertWidget(number, button)
        self._recolour()

    def select(self, number: int) -> None:
        """Marks the page that is shown."""
        self.buttons.button(number).setChecked(True)

    def _recolour(self) -> None:
        c = theme.colors()
        self.setStyleSheet(
            f"Navigation {{ background: {c.surface}; border: none; border-right: 1px solid {c.border}; }}"
            f"QToolButton:checked {{ background: {c.raised}; border-color: {c.border}; color: {c.text}; font-weight: 600; }}"
        )
        for button, name in self._icons:
            button.setIcon(icons.icon(name, c.text, 22))
