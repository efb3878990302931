"""A table to read, whose cells are copied as tab-separated text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QTableView, QTableWidget, QTableWidgetItem, QWidget

from svg_studio.engine.utils.wording import shown
from svg_studio.ui.widgets.words import literal


def dress(table: QTableView, row: int) -> None:
    """A table to read, without lines between its cells. row: px above and below the text of a row, together."""
    table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + row)
    table.horizontalHeader().setHighlightSections(False)


class CopyTable(QTableWidget):
    """Ctrl+C copies the rows that `lines` gives."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        dress(self, 8)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def lines(self) -> Iterable[Sequence[str]]:
        """What is to be copied, its head first."""
        raise NotImplementedError

    def text(self) -> str:
        """The lines with tabs between their cells."""
        return "".join("\t".join(line) + "\n" for line in self.lines())

    def copy(self) -> None:
        """Put `text` on the clipboard."""
        QGuiApplication.clipboard().setText(self.text())

    def write(self, row: int, column: int, text: str, tip: str) -> None:
        """What a cell says, shortly and at length."""
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.setItem(row, column, item)
        item.setText(shown(text))
        item.setToolTip(literal(tip))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)
