"""The bar above the runs: log folder, search, three filters and the trash."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QToolButton, QWidget

from svg_studio.ui import recents
from svg_studio.ui.runs.table import STATES
from svg_studio.ui.widgets.controls import IconButton, button, combo_box, heading, named, refill
from svg_studio.ui.widgets.file_dialogs import choose_folder
from svg_studio.ui.widgets.layouts import column, row
from svg_studio.ui.widgets.path_edit import PathEdit
from svg_studio.ui.widgets.words import literal, on_button

MAX_TRASHED = 20  # that the menu names


class RunsToolbar(QWidget):
    """Says what is wished; `show_values` and `show_trash` say what there is to be wished for."""

    folder_changed = Signal()
    searched = Signal(str)
    filtered = Signal(str, str)  # "state", "data" or "prior", and a value or nothing for all
    restore_wanted = Signal(object)  # Path in the trash
    empty_wanted = Signal()

    def __init__(self, folder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder = named(PathEdit(folder), "Log folder", "The folder whose runs are listed (log_dir)")
        self.folder.editingFinished.connect(self._on_folder)
        self._before = folder
        self.recent = IconButton("chevron-down", "Log folders that were opened last", name="Recent log folders", size=14)
        self.recent.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.recent)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._fill_recent)
        self.recent.setMenu(menu)
        self.browse = button("Choose…", self._choose, "Choose another log folder")
        self.trash = button("Trash")
        self._trashed = QMenu(self.trash)
        self.trash.setMenu(self._trashed)
        self.search = QLineEdit(placeholderText="Search name, tags, notes", clearButtonEnabled=True)
        named(self.search, "Search", "Runs that have all of these words in name, tags or notes (Ctrl+F)")
        self.search.textChanged.connect(self.searched)
        QShortcut(QKeySequence.StandardKey.Find, self.search, self._focus_search).setAutoRepeat(False)
        self.filters: dict[str, QComboBox] = {}
        for name, words in (("state", "any state"), ("data", "any data"), ("prior", "any prior")):
            box = combo_box(f"Filter by {name}", ((words, ""),), f"List the runs of one {name} only")
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.currentIndexChanged.connect(self._on_filter)
            self.filters[name] = box
        self.show_values("state", STATES)
        top = row(heading("Runs"), self.folder, self.recent, self.browse, self.trash, stretch=self.folder)
        below = row(self.search, *self.filters.values(), stretch=self.search)
        column(top, below, on=self, gap=6)
        self.show_trash([])

    def show_values(self, name: str, values: Iterable[str]) -> None:
        """What a filter offers; what is chosen stays chosen."""
        box = self.filters[name]
        wanted = list(values)
        if [box.itemData(n) for n in range(1, box.count())] == wanted:
            return
        chosen = box.currentData()
        refill(box, [(box.itemText(0), ""), *((value, value) for value in wanted)])
        if box.currentData() != chosen:
            self.filtered.emit(name, "")

    def show_trash(self, places: Sequence[Path]) -> None:
        """What lies in the trash, newest first."""
        menu = self._trashed
        menu.clear()
        for place in places[:MAX_TRASHED]:
            action = menu.addAction(on_button(f"Bring back {place.name}"))
            action.triggered.connect(lambda _=False, place=place: self.restore_wanted.emit(place))
        menu.addSeparator()
        menu.addAction("Empty the trash…", self.empty_wanted.emit)
        self.trash.setText(f"Trash ({len(places)})" if places else "Trash")
        self.trash.setEnabled(bool(places))
        self.trash.setToolTip("Runs that were deleted; they can be brought back" if places else "Nothing lies in the trash")

    def show_folder(self, folder: str) -> None:
        """Another one, which is listed."""
        self.folder.setText(folder)
        self._on_folder()

    def _fill_recent(self) -> None:
        menu = self.recent.menu()
        menu.clear()
        for folder in recents.recent("runs"):
            action = menu.addAction(on_button(folder))
            action.setToolTip(literal(folder))
            action.triggered.connect(lambda _=False, folder=folder: self.show_folder(folder))
        if menu.isEmpty():
            menu.addAction("None yet").setEnabled(False)

    def _on_filter(self) -> None:
        for name, box in self.filters.items():
            self.filtered.emit(name, box.currentData())

    def set_folder(self, folder: str) -> None:
        """Another log folder."""
        self.folder.setText(folder)
        self._on_folder()

    def _on_folder(self) -> None:
        if self.folder.text() != self._before:
            self._before = self.folder.text()
            self.folder_changed.emit()

    def _choose(self) -> None:
        if folder := choose_folder(self, "Log folder", "runs", self.folder.text()):
            self.set_folder(folder)

    def _focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()
