"""The list of models to compare, with its buttons: files, runs of the log folder, and each snapshot of a run by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidgetItem, QMenu, QWidget

from svg_studio.engine.events import RunRow
from svg_studio.engine.utils.wording import shown
from svg_studio.ui.futures.compare.models import Model
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import button, enable, heading, named
from svg_studio.ui.widgets.file_dialogs import choose_folder, open_files
from svg_studio.ui.widgets.flow_layout import FlowLayout
from svg_studio.ui.widgets.layouts import column, row
from svg_studio.ui.widgets.menus import entry
from svg_studio.ui.widgets.ordered_list import OrderedList, OrderTools
from svg_studio.ui.widgets.words import literal

FILES = "Checkpoints (*.pt *.pth);;All files (*)"
MOST_RUNS = 30  # in the menu


class CompareList(QWidget):
    """Shows rows and says what a person wants of them; whoever owns it changes them and shows them anew."""

    files_wanted = Signal(list)  # paths of checkpoints
    run_wanted = Signal(object)  # Path of a run's folder
    spread_wanted = Signal(int)  # a row for each of its snapshots
    moved = Signal(int, int)  # row, places
    removed = Signal(int)

    def __init__(self, runs: Callable[[], Sequence[RunRow]], parent: QWidget | None = None) -> None:
        """runs: those of the log folder, asked for when the menu opens."""
        super().__init__(parent)
        self._runs = runs
        self._models: list[Model] = []
        self.list = named(OrderedList(), "Models to compare", "Rows from the top. Delete removes, Alt+↑ and Alt+↓ move.")
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.removed.connect(self._remove)
        self.list.moved.connect(lambda places: self.moved.emit(self.list.currentRow(), places))
        self.list.currentRowChanged.connect(self._tell_spread)
        self.tools = OrderTools(self.list, "model")
        self.add_files = button("Add files…", self._choose_files, "Add checkpoints: files ending in .pt or .pth, several at once")
        self.add_run = button("Add run", tip="A run's snapshots, with a slider through its training; or its newest checkpoint")
        self.menu = QMenu(self.add_run)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.add_run.setMenu(self.menu)
        tip = "Each snapshot of the selected run becomes a row of its own"
        self.spread = button("Snapshots as rows", lambda: self.spread_wanted.emit(self.list.currentRow()), tip)
        buttons = QWidget()
        flow = FlowLayout(buttons)
        for choice in (self.add_files, self.add_run, self.spread):
            choice.setAutoDefault(False)
            flow.addWidget(choice)
        words = heading("Models", self.list)
        column(row(words, self.tools, stretch=words), self.list, buttons, on=self, gap=6, stretch=self.list)
        self._tell_spread()

    def show_models(self, models: Sequence[Model], why: Mapping[Path, str], current: int = -1) -> None:
        """These rows. why: the sentences of those that are left out. current: the row to select; -1: as it was."""
        place = self.list.currentRow() if current < 0 else current
        self._models = list(models)
        self.list.clear()
        for model in models:
            reason = why.get(model.path, "")
            item = QListWidgetItem(shown(f"{model.title}: left out" if reason else model.title))
            item.setToolTip(literal(f"{model.path}\n{reason}".strip()))
            if reason:
                item.setForeground(QColor(theme.colors().error))
            self.list.addItem(item)
        self.list.setCurrentRow(min(place, len(models) - 1))
        self._tell_spread()

    def _tell_spread(self) -> None:
        place = self.list.currentRow()
        can = 0 <= place < len(self._models) and bool(self._models[place].snapshots)
        enable(self.spread, can, "Select a run that has snapshots: it keeps some where snapshots are on while it trains.")

    def _remove(self) -> None:
        if self.list.currentRow() >= 0:
            self.removed.emit(self.list.currentRow())

    def _fill_menu(self) -> None:
        self.menu.clear()
        rows = [run for run in self._runs() if run.checkpoint is not None]
        for run in rows[:MOST_RUNS]:
            made = entry(shown(run.path.name), partial(self.run_wanted.emit, run.path), str(run.path))
            made.setParent(self.menu)
            self.menu.addAction(made)
        if rows:
            self.menu.addSeparator()
        other = entry("Other folder…", self._choose_folder, "The folder of a run that is not in the log folder")
        other.setParent(self.menu)
        self.menu.addAction(other)

    def _choose_files(self) -> None:
        if paths := open_files(self, "Models to compare", "model", FILES):
            self.files_wanted.emit([Path(path) for path in paths])

    def _choose_folder(self) -> None:
        if folder := choose_folder(self, "Run to compare", "runs"):
            self.run_wanted.emit(Path(folder))
