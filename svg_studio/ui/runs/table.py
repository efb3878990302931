"""The table of runs: its cells, its sorting, and the search and filters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QAction, QColor, QIcon, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from svg_studio.engine.events import RunRow
from svg_studio.engine.utils.wording import shown
from svg_studio.ui import formatting
from svg_studio.ui.formatting import moment
from svg_studio.ui.run_list import best_of, state_of
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import timer
from svg_studio.ui.widgets.copy_table import as_tabs, copy_entries, dress, put_text
from svg_studio.ui.widgets.menus import context_menu
from svg_studio.ui.widgets.table_looks import Room
from svg_studio.ui.widgets.words import literal

Index = QModelIndex | QPersistentModelIndex
# key: title, width in px at most (the name takes what is left), tip
COLUMNS: dict[str, tuple[str, int, str]] = {
    "name": ("Name", 202, "The run's folder; F2 renames it"),
    "state": ("State", 150, "How it stands, as its own folder says"),
    "step": ("Step", 116, "Steps done of those that were planned"),
    "best": ("Test mse", 84, "Lowest at the end of an epoch, on a fixed batch of test clips"),
    "data": ("Data", 82, "Data set, or the name of the converted set"),
    "prior": ("Prior", 76, "learned: SVG-LP; fixed: SVG-FP"),
    "backbone": ("Model", 64, "Encoder and decoder family"),
    "tags": ("Tags", 76, "Your own words; Ctrl+T writes them"),
    "seconds": ("Time", 88, "Spent on training steps"),
    "updated": ("Last written", 138, "When its folder last said something"),
    "size": ("Size", 74, "On disk, all its files together"),
}
KEYS = tuple(COLUMNS)
NAME = KEYS.index("name")
LEAST_NAME, MOST_NAME = 190, 300  # px that it has at least, however short and long the names are
RIGHT = ("step", "best", "seconds", "size")
STATES = ("running", "paused", "finished", "stopped", "failed", "crashed", "damaged")


class RunsModel(QAbstractTableModel):
    """One row a run, in no order of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[RunRow] = []
        self._icons: dict[Path, QIcon] = {}

    def put(self, rows: Sequence[RunRow]) -> None:
        """Makes these the rows; those that stay keep their place, and with it whether they are selected."""
        fresh = {row.path: row for row in rows}
        for number in reversed(range(len(self.rows))):
            if self.rows[number].path not in fresh:
                self.beginRemoveRows(QModelIndex(), number, number)
                del self.rows[number]
                self.endRemoveRows()
        for number, old in enumerate(self.rows):
            if (new := fresh.pop(old.path)) != old:
                self.rows[number] = new
                self.dataChanged.emit(self.index(number, 0), self.index(number, len(KEYS) - 1))
        if fresh:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(fresh) - 1)
            self.rows.extend(fresh.values())
            self.endInsertRows()

    def mark(self, icons: Mapping[Path, QIcon]) -> None:
        """Shows these beside the names of these runs, and none beside others."""
        self._icons = dict(icons)
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, 0), [Qt.ItemDataRole.DecorationRole])

    def sort_key(self, row: int, column: int) -> Any:
        """What a row is sorted by in a column; a run without a figure comes after those with one."""
        run, key = self.rows[row], KEYS[column]
        if key == "best":
            return math.inf if run.best_mse is None else run.best_mse
        if key == "state":
            return STATES.index(run.state), run.step
        if key in ("step", "seconds", "updated", "size"):
            return getattr(run, key)
        return words(run, key).casefold()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(KEYS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            title, _, tip = COLUMNS[KEYS[section]]
            side = Qt.AlignmentFlag.AlignRight if KEYS[section] in RIGHT else Qt.AlignmentFlag.AlignLeft
            found = {
                Qt.ItemDataRole.DisplayRole: title,
                Qt.ItemDataRole.ToolTipRole: tip,
                Qt.ItemDataRole.TextAlignmentRole: int(side | Qt.AlignmentFlag.AlignVCenter),
            }
            return found.get(Qt.ItemDataRole(role))
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run, key = self.rows[index.row()], KEYS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return shown(words(run, key))
            case Qt.ItemDataRole.ToolTipRole:
                return literal(tip(run, key))
            case Qt.ItemDataRole.DecorationRole if key == "name":
                return self._icons.get(run.path)
            case Qt.ItemDataRole.TextAlignmentRole if key in RIGHT:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case Qt.ItemDataRole.ForegroundRole if key == "state":
                c = theme.colors()
                return QColor(
                    {"failed": c.error, "damaged": c.error, "crashed": c.warning, "running": c.accent}.get(run.state, c.text)
                )
        return None


class RunsFilter(QSortFilterProxyModel):
    """Leaves the runs that have every word of a search in name, tags or notes, and the state, data and prior chosen."""

    def __init__(self, model: RunsModel) -> None:
        super().__init__(model)
        self._model = model
        self._words: list[str] = []
        self._wanted: dict[str, str] = {}
        self.setSourceModel(model)
        self.setDynamicSortFilter(True)

    def run(self, number: int) -> RunRow:
        """The one in a row of what is left."""
        return self._model.rows[self.mapToSource(self.index(number, 0)).row()]

    def search(self, text: str) -> None:
        self._words = text.casefold().split()
        self.invalidate()

    def only(self, column: str, value: str) -> None:
        """Leave the rows that have `value` in "state", "data" or "prior"; empty: all."""
        self._wanted[column] = value
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        run = self._model.rows[source_row]
        has = {"state": run.state, "data": run.dataset, "prior": run.prior}
        text = " ".join((run.path.name, *run.tags, run.notes)).casefold()
        return all(value in ("", has[column]) for column, value in self._wanted.items()) and all(w in text for w in self._words)

    def lessThan(self, source_left: Index, source_right: Index) -> bool:
        column = source_left.column()
        return bool(self._model.sort_key(source_left.row(), column) < self._model.sort_key(source_right.row(), column))


MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class RunsTable(QTableView):
    """Several runs can be selected; its actions are also its context menu, which copies too."""

    def __init__(self, model: RunsFilter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filter = model
        self.setModel(model)
        self.setAccessibleName("Runs")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        dress(self, 9)
        self.menu = context_menu(self, self._entries)
        self.setSortingEnabled(True)
        self.sortByColumn(KEYS.index("updated"), Qt.SortOrder.DescendingOrder)
        self.verticalHeader().hide()
        self._by_hand: set[int] = set()  # columns that a person has drawn
        self._room = Room(self, {NAME: LEAST_NAME})
        self._soon = timer(self, 0, self._share, once=True)
        self.horizontalHeader().sectionResized.connect(self._on_resized)
        for changed in (model.rowsInserted, model.rowsRemoved, model.modelReset, model.dataChanged):
            changed.connect(self._share_soon)
        theme.follow(self._recolour)

    def _share(self) -> None:
        """Columns as wide as what they say, so that names have what is left."""
        header = self.horizontalHeader()
        for number, (_, most, _) in enumerate(COLUMNS.values()):
            if number and number not in self._by_hand:
                needed = max(self.sizeHintForColumn(number), header.sectionSizeHint(number))
                self.setColumnWidth(number, min(needed, max(theme.scaled(most), header.sectionSizeHint(number))))
        if NAME not in self._by_hand:
            least, others = theme.scaled(LEAST_NAME), sum(header.sectionSize(n) for n in range(1, len(KEYS)))
            if others + least > self.viewport().width():  # it scrolls anyway
                least = max(least, min(self.sizeHintForColumn(NAME), theme.scaled(MOST_NAME)))
            self._room.share({NAME: least})

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._soon.start()

    def _share_soon(self) -> None:
        self._soon.start()

    def _on_resized(self, column: int) -> None:
        if self.horizontalHeader().cursor().shape() == Qt.CursorShape.SplitHCursor:
            self._by_hand.add(column)

    def _recolour(self) -> None:
        c = theme.colors()  # a selection on which the samples of curves can still be told apart
        self.setStyleSheet(f"QTableView {{ selection-background-color: {c.raised}; selection-color: {c.text}; }}")
        self._soon.start()  # letters may have another size

    def lines(self) -> list[list[str]]:
        """What is copied: the selected rows, or all, with a head."""
        rows = self.chosen() or [self._filter.run(number) for number in range(self._filter.rowCount())]
        return [[title for title, _, _ in COLUMNS.values()], *([words(run, key) for key in KEYS] for run in rows)]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            put_text(as_tabs(self.lines()))
            return
        super().keyPressEvent(event)
        if event.key() in MOVES and not self.selectionModel().hasSelection() and self.currentIndex().isValid():
            self.selectRow(self.currentIndex().row())  # the focus alone made it the current one

    def _entries(self) -> list[QAction | None]:
        return [*self.actions(), None, *copy_entries(self, self.lines)]

    def chosen(self) -> list[RunRow]:
        """The selected runs, from top to bottom."""
        return [self._filter.run(index.row()) for index in sorted(self.selectionModel().selectedRows())]

    def choose(self, paths: Sequence[Path]) -> None:
        """Select the rows of these runs that are shown, and no others."""
        model, wanted, last = self._filter, QItemSelection(), QModelIndex()
        for number in range(model.rowCount()):
            index = model.index(number, 0)
            if model.run(number).path in paths:
                wanted.select(index, index)
                last = index
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(last, flags.NoUpdate)
        self.selectionModel().select(wanted, flags.ClearAndSelect | flags.Rows)


def words(run: RunRow, key: str) -> str:
    """What a cell says."""
    match key:
        case "name":
            return run.path.name
        case "state":
            return state_of(run)
        case "step":
            return f"{run.step:,} / {run.steps:,}" if run.steps else ""
        case "best":
            return best_of(run)
        case "data":
            return run.dataset
        case "tags":
            return ", ".join(run.tags)
        case "seconds":
            return formatting.duration(run.seconds) if run.seconds else ""
        case "updated":
            return moment(run.updated or run.started)
        case "size":
            return formatting.size(run.size)
    return str(getattr(run, key))


def tip(run: RunRow, key: str) -> str:
    """What a cell says at length."""
    match key:
        case "name":
            return "\n".join(filter(None, (str(run.path), run.notes)))
        case "state":
            return explain(run)
        case "best":
            return "" if run.best_mse is None else f"{run.best_mse:.8g} at step {run.best_step:,}"
        case "seconds":
            where = " · ".join(filter(None, (run.host, run.device, run.precision)))
            return "\n".join(filter(None, (where, f"{run.frames_per_s:,.0f} frames/s" if run.frames_per_s else "")))
    return words(run, key)


def explain(run: RunRow) -> str:
    """One sentence on how a run stands."""
    where = f" on {run.host}" if run.host else ""
    left = "Resume goes on from its last checkpoint" if run.checkpoint else "there is no checkpoint to go on from"
    match run.state:
        case "running" | "paused":
            doing = "is being trained" if run.state == "running" else "is paused"
            return f"{run.path.name} {doing}{where}: it can be watched here, and neither renamed, deleted nor resumed."
        case "crashed":
            return f"{run.path.name} was interrupted at step {run.step:,}: {left}."
        case "failed":
            return f"{run.path.name} failed at step {run.step:,}: {run.reason or 'no reason is given'}"
        case "damaged":
            return f"{run.path.name} is damaged: {run.reason}"
        case "stopped":
            return f"{run.path.name} was stopped at step {run.step:,}: {left}."
    return f"{run.path.name} finished after {run.step:,} steps."
