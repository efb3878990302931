"""A list whose rows can be moved and removed with keys and buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QToolButton, QWidget

from svg_studio.ui.widgets.controls import Act, IconButton, enable
from svg_studio.ui.widgets.layouts import row

INSET = 3  # px between the frame and the rows
WAYS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class OrderedList(QListWidget):
    """Says which keys were pressed on it; whoever owns it moves and removes."""

    removed = Signal()
    moved = Signal(int)  # places, downwards

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setViewportMargins(*[INSET] * 4)

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
        self._rows, self._noun = rows, noun
        self._row = row(on=self, gap=4)
        self.up = self.add("chevron-up", f"Move the selected {noun} up (Alt+↑)", lambda: rows.moved.emit(-1))
        self.down = self.add("chevron-down", f"Move the selected {noun} down (Alt+↓)", lambda: rows.moved.emit(1))
        self.drop = self.add("trash", f"Take the selected {noun} off the list (Delete)", rows.removed.emit)
        for signal in (rows.itemSelectionChanged, rows.model().rowsInserted, rows.model().rowsRemoved):
            signal.connect(self.enable)
        self.enable()

    def add(self, icon: str, tip: str, act: Act) -> QToolButton:
        """A further button at the end."""
        button = IconButton(icon, tip, act, size=14)
        self._row.addWidget(button)
        return button

    def enable(self) -> None:
        """As the list and its selection stand now."""
        chosen, count = self._rows.chosen, self._rows.count()
        none = "" if chosen else f"Select a {self._noun} first"
        one = none or ("" if len(chosen) == 1 else f"Select one {self._noun} alone")
        first, last = (f"It is the {place}" if chosen[:1] == [row] else "" for place, row in (("first", 0), ("last", count - 1)))
        for button, why in ((self.up, one or first), (self.down, one or last), (self.drop, none)):
            enable(button, not why, why)
