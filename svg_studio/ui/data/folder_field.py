"""The field of the data folder, which offers those that were used last."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from svg_studio.ui import recents
from svg_studio.ui.style import icons, theme
from svg_studio.ui.widgets.controls import named
from svg_studio.ui.widgets.menus import entry
from svg_studio.ui.widgets.path_edit import PathEdit

TIP = "Folder that holds the data sets (data_root). The down arrow lists those used last."


class FolderField(PathEdit):
    """`chosen` is a folder from the list that its arrow, or the key Down, opens."""

    chosen = Signal(str)

    def __init__(self, folder: str, parent: QWidget | None = None) -> None:
        super().__init__(folder, parent)
        named(self, "Data folder", TIP)
        self._menu = QMenu(self)
        self._menu.setAccessibleName("Data folders used last")
        self._arrow = QAction("Data folders used last", self)
        self._arrow.triggered.connect(self.open_list)
        self.addAction(self._arrow, QLineEdit.ActionPosition.TrailingPosition)
        theme.follow(self._recolour)

    def open_list(self) -> None:
        """The folders used last, below the field."""
        self._menu.clear()
        for folder in recents.recent("data"):
            made = entry(folder, partial(self.chosen.emit, folder), why="This one is open." if folder == self.text() else "")
            made.setParent(self._menu)
            self._menu.addAction(made)
        if self._menu.isEmpty():
            self._menu.addAction("No other folder was used yet").setEnabled(False)
        self._menu.popup(self.mapToGlobal(QPoint(0, self.height())))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.open_list()
        else:
            super().keyPressEvent(event)

    def _recolour(self) -> None:
        self._arrow.setIcon(icons.icon("chevron-down", theme.colors().muted, 12))
