"""The button beside the name of a converted set that lists those there are, with their sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from svg_studio.engine.events import StoreFound
from svg_studio.ui.converted_sets import describe
from svg_studio.ui.widgets.controls import IconButton
from svg_studio.ui.widgets.menus import entry

NAME = "Choose a converted set"
TIP = "Choose one of the converted sets in the data folder; its width and channels are taken over"
NONE = "Nothing of this data set is converted in the data folder yet: the Data page does that"


class StoreButton(IconButton):
    """Opens a menu of what `stores` returns then; `choose(store)` is told which one was taken."""

    def __init__(self, stores: Callable[[], Sequence[StoreFound]], choose: Callable[[StoreFound], None]) -> None:
        super().__init__("chevron-down", TIP, self.open, name=NAME, size=14)
        self._stores, self._choose = stores, choose
        self.opened: QMenu | None = None

    def open(self) -> None:
        """Shows them, each in a line."""
        menu = self.opened = QMenu(self)
        menu.setToolTipsVisible(True)
        for store in self._stores():
            made = entry(describe(store), partial(self._choose, store))
            menu.addAction(made)
            made.setParent(menu)
        if menu.isEmpty():
            made = entry("Nothing is converted yet", lambda: None, why=NONE)
            menu.addAction(made)
            made.setParent(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))
