"""A list whose rows can be moved and removed with keys and buttons."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QToolButton, QWidget

from svg_studio.ui.style import icons, theme

WAYS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class OrderedList(QListWidget):
    """Says which keys were pressed on it; whoever owns it moves and removes."""

    removed = Signal()
    moved = Signal(int)  # places, downwards

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = WAYS.get(Qt.Key(event.key()))
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        elif way and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.moved.emit(way)
        else:
            super().keyPressEvent(event)

    @property
    def chosen(self) -> list[int]:
        """The selected rows, from the top."""
        return sorted(self.row(item) for item in self.selectedItems())


class OrderTools(QWidget):
    """Buttons that do to a list what its keys do, each as long as it can."""

    def __init__(self, rows: OrderedList, noun: str) -> None:
        """noun: what a row is, for the tips."""
        super().__init__()
        self._rows = rows
        self._icons: dict[QToolButton, str] = {}
        self._box = QHBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(4)
        self.up = self.add("chevron-up", f"Move the selected {noun} up (Alt+↑)", lambda: rows.moved.emit(-1))
        self.down = self.add("chevron-down", f"Move the selected {noun} down (Alt+↓)", lambda: rows.moved.emit(1))
        self.drop = self.add("trash", f"Take the selected {noun} off the list (Delete)", rows.removed.emit)
        for signal in (rows.itemSelectionChanged, rows.model().rowsInserted, rows.model().rowsRemoved):
            signal.connect(self.enable)
        theme.notifier().changed.connect(self._recolour)
        self._recolour()
        self.enable()

    def add(self, icon: str, tip: str, act: object) -> QToolButton:
        """A further button at the end."""
        button = QToolButton(toolTip=tip)
        button.setAccessibleName(tip)
        button.setIconSize(QSize(14, 14))
        button.setIcon(icons.icon(icon, theme.colors().text, 14))
        button.clicked.connect(act)
        self._icons[button] = icon
        self._box.addWidget(button)
        return button

    def enable(self, *_: object) -> None:
        """As the list and its selection stand now."""
        chosen, count = self._rows.chosen, self._rows.count()
        self.up.setEnabled(len(chosen) == 1 and chosen[0] > 0)
        self.down.setEnabled(len(chosen) == 1 and chosen[0] < count - 1)
        self.drop.setEnabled(bool(chosen))

    def _recolour(self) -> None:
        for button, icon in self._icons.items():
            button.setIcon(icons.icon(icon, theme.colors().text, 14))
