"""A table to read, whose cells are copied as tab-separated text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QTableView, QTableWidget, QTableWidgetItem, QWidget

from svg_studio.engine.utils.wording import shown
from svg_studio.ui.widgets.menus import context_menu, entry
from svg_studio.ui.widgets.table_looks import Cells, Rows
from svg_studio.ui.widgets.words import literal

Lines = Callable[[], Iterable[Sequence[str]]]  # what is copied of a table, its head first


def dress(table: QTableView, row: int) -> None:
    """A table to read, without lines between its cells. row: px above and below the text of a row, together."""
    table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # the ends of names tell runs apart
    table.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
    table.setItemDelegate(Cells(table))
    table.setCornerButtonEnabled(False)
    Rows(table, row)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)


def as_tabs(lines: Iterable[Sequence[str]]) -> str:
    """The lines with tabs between their cells."""
    return "".join("\t".join(line) + "\n" for line in lines)


def as_csv(lines: Iterable[Sequence[str]]) -> str:
    """The lines with commas between their cells, which are quoted where they have to be."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def copy_entries(table: QTableView, lines: Lines) -> list[QAction]:
    """Entries of a menu that copy one cell, or what `lines` gives: the selected rows, or all where none is selected."""
    words = str(table.currentIndex().data() or "")
    rows = len({chosen.row() for chosen in table.selectedIndexes()})
    which = "row" if rows == 1 else f"{rows} rows" if rows else "all rows"
    why = "" if table.model().rowCount() else "The table is empty"
    tip = "With a head and tabs between the cells, as spreadsheets take it"
    return [
        entry("Copy cell", lambda: put_text(words), "What this cell says", why=why or ("" if words else "Choose a cell first")),
        entry(f"Copy {which}", lambda: put_text(as_tabs(lines())), tip, key="Ctrl+C", why=why),
        entry(f"Copy {which} as CSV", lambda: put_text(as_csv(lines())), "With a head and commas between the cells", why=why),
    ]


def put_text(text: str) -> None:
    """Onto the clipboard."""
    QGuiApplication.clipboard().setText(text)


class CopyTable(QTableWidget):
    """Ctrl+C copies the rows that `lines` gives."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        dress(self, 8)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.menu = context_menu(self, lambda: copy_entries(self, self.lines))

    def lines(self) -> Iterable[Sequence[str]]:
        """What is to be copied, its head first."""
        raise NotImplementedError

    def text(self) -> str:
        """The lines with tabs between their cells."""
        return as_tabs(self.lines())

    def copy(self) -> None:
        """Put `text` on the clipboard."""
        put_text(self.text())

    def write(self, row: int, column: int, text: str, tip: str) -> QTableWidgetItem:
        """What a cell says, shortly and at length; gives the cell."""
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.setItem(row, column, item)
        item.setText(shown(text))
        item.setToolTip(literal(tip))
        return item

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)
