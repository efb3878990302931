"""The dialog that offers the runs of the log folder, of which several are taken at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QDialog, QDialogButtonBox, QHeaderView, QLineEdit, QWidget

from svg_studio.engine.events import RunRow
from svg_studio.ui.formatting import count_of, moment
from svg_studio.ui.run_list import RunList, best_of, state_of
from svg_studio.ui.widgets.controls import dialog_buttons, label, named, resize_on_screen
from svg_studio.ui.widgets.copy_table import CopyTable
from svg_studio.ui.widgets.layouts import column

HEADS = ("Run", "State", "Test mse", "Data", "Last written")
OTHER = "Other folder…"


class RunDialog(QDialog):
    """`chosen(paths)`: the newest checkpoints of the selected runs; `other_wanted()`: of a folder that is not listed here."""

    chosen = Signal(list)
    other_wanted = Signal()

    def __init__(self, runs: RunList, taken: Collection[str], parent: QWidget | None = None) -> None:
        """taken: paths of checkpoints that need not be chosen again."""
        super().__init__(parent)
        self._runs, self._taken = runs, frozenset(taken)
        self.setWindowTitle("Add runs")
        resize_on_screen(self, 720, 420)
        self.search = QLineEdit(placeholderText="Search name, tags, notes", clearButtonEnabled=True)
        named(self.search, "Search runs", "Runs that have all of these words in name, tags or notes")
        self.search.textChanged.connect(self._fill)
        self.table = _Table()
        self.table.itemSelectionChanged.connect(self._show)
        self.table.wanted.connect(self._accept)
        self.words = label(role="muted", name="What is listed")
        self.buttons, self.add = dialog_buttons(self, "Add", self._accept)
        self.other = self.buttons.addButton(OTHER, QDialogButtonBox.ButtonRole.ActionRole)
        self.other.setToolTip("Choose the folder of a run that is not in this log folder")
        self.other.setAutoDefault(False)
        self.other.clicked.connect(self._on_other)
        column(self.search, self.table, self.words, self.buttons, on=self, gap=8, margins=(16, 14, 16, 12), stretch=self.table)
        runs.listed.connect(self._fill)
        self._fill()
        runs.rescan()
        self.search.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.table.setFocus()  # from the search straight to what was found
            if not self.table.chosen():
                self.table.choose([row.path for row in self.table.rows[:1]])
        else:
            super().keyPressEvent(event)

    def _fill(self) -> None:
        wanted = self.search.text().casefold().split()
        found = [row for row in self._runs.rows if all(word in _text(row) for word in wanted)]
        self.table.fill(found, self._taken)
        count, where = len(self._runs.rows), self._runs.log_dir
        if self._runs.listing is None:
            self.words.setText(f"Looking into {where}…")
        elif not count:
            self.words.setText(f"There is no run in {where}: {OTHER} leads to others.")
        else:
            listed = f"{len(found):,} of {count_of(count, 'run')}" if len(found) < count else count_of(count, "run")
            self.words.setText(f"{listed} in {where}")
        self._show()

    def _show(self) -> None:
        count = len(self.table.chosen())
        self.add.setText(f"Add {count_of(count, 'run')}" if count else "Add")
        self.add.setEnabled(count > 0)
        self.add.setToolTip("The newest checkpoint of each" if count else "Select a run that has a checkpoint")

    def _accept(self) -> None:
        if paths := [str(row.checkpoint) for row in self.table.chosen()]:
            self.accept()
            self.chosen.emit(paths)

    def _on_other(self) -> None:
        self.reject()
        self.other_wanted.emit()


class _Table(CopyTable):
    """One row a run; those that cannot be taken say why and cannot be selected."""

    wanted = Signal()  # Return, or a double click

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[RunRow] = []
        self._why: list[str] = []
        named(self, "Runs of the log folder", "Several can be selected; Return adds them")
        self.setColumnCount(len(HEADS))
        self.setHorizontalHeaderLabels(HEADS)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.doubleClicked.connect(self.wanted)

    def fill(self, rows: Sequence[RunRow], taken: Collection[str]) -> None:
        """Other runs; those that were selected stay so."""
        chosen = [row.path for row in self.chosen()]
        self.rows = list(rows)
        self._why = [_why_not(row, taken) for row in rows]
        self.setRowCount(len(rows))
        for number, (row, why) in enumerate(zip(rows, self._why, strict=True)):
            for place, words in enumerate(_cells(row)):
                item = self.write(number, place, words, why or f"{row.path}\n{row.notes}".strip())
                item.setFlags(Qt.ItemFlag.NoItemFlags if why else Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        self.choose(chosen)

    def chosen(self) -> list[RunRow]:
        """The selected runs, from the top."""
        return [self.rows[number] for number in sorted({index.row() for index in self.selectedIndexes()})]

    def choose(self, paths: Collection[object]) -> None:
        """Select the runs in these folders, as far as they can be."""
        wanted = QItemSelection()
        for number, row in enumerate(self.rows):
            if row.path in paths and not self._why[number]:
                wanted.select(self.model().index(number, 0), self.model().index(number, len(HEADS) - 1))
        flags = QItemSelectionModel.SelectionFlag
        if wanted.indexes():
            self.selectionModel().setCurrentIndex(wanted.indexes()[0], flags.NoUpdate)
        self.selectionModel().select(wanted, flags.ClearAndSelect)

    def lines(self) -> Iterable[Sequence[str]]:
        return [HEADS, *(_cells(row) for row in self.chosen() or self.rows)]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.wanted.emit()
        else:
            super().keyPressEvent(event)


def _cells(row: RunRow) -> tuple[str, ...]:
    return row.path.name, state_of(row), best_of(row), row.dataset, moment(row.updated or row.started)


def _text(row: RunRow) -> str:
    return " ".join((row.path.name, *row.tags, row.notes)).casefold()


def _why_not(row: RunRow, taken: Collection[str]) -> str:
    if row.checkpoint is None:
        return "There is no checkpoint yet"
    return "Is on the list already" if str(row.checkpoint) in taken else ""
