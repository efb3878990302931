"""Tables to read: what their menus copy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from svg_studio.ui.widgets.copy_table import CopyTable, copy_entries

CELLS = [["a, b", "1"], ['c "d"', "2"], ["e", "3"]]


class Table(CopyTable):
    """Two columns of which whole rows are chosen."""

    def __init__(self, cells: Sequence[Sequence[str]]) -> None:
        super().__init__()
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setColumnCount(2)
        self.setRowCount(len(cells))
        self._cells = cells
        for row, line in enumerate(cells):
            for column, words in enumerate(line):
                self.write(row, column, words, words)

    def lines(self) -> Iterable[Sequence[str]]:
        chosen = {index.row() for index in self.selectedIndexes()} or range(len(self._cells))
        return [["name", "n"], *(line for row, line in enumerate(self._cells) if row in chosen)]


def copied(table: CopyTable, qtbot: QtBot, number: int) -> tuple[str, str]:
    """The words of entry `number` of its menu, and what it puts on the clipboard."""
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(table, Qt.Key.Key_Menu)
    assert table.menu.menu is not None
    action = table.menu.menu.actions()[number]
    words = action.text()
    action.trigger()
    table.menu.menu.close()
    return words, QGuiApplication.clipboard().text()


@pytest.mark.parametrize("cells", [CELLS, []])
def test_that_the_menu_copies_a_cell_the_rows_and_csv(cells: Sequence[Sequence[str]], qtbot: QtBot) -> None:
    table = Table(cells)
    qtbot.addWidget(table)
    table.show()
    if not cells:
        assert copied(table, qtbot, 1) == ("Copy all rows", "")
        return
    assert copied(table, qtbot, 2) == ("Copy all rows as CSV", 'name,n\n"a, b",1\n"c ""d""",2\ne,3\n')
    table.setCurrentCell(1, 0)
    assert copied(table, qtbot, 0) == ("Copy cell", 'c "d"')
    assert copied(table, qtbot, 1) == ("Copy row", 'name\tn\nc "d"\t2\n')
    qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert copied(table, qtbot, 2) == ("Copy 2 rows as CSV", 'name,n\n"c ""d""",2\ne,3\n')


def test_that_a_cell_is_copied_only_once_one_is_chosen_and_ctrl_c_copies_rows(qtbot: QtBot) -> None:
    table = Table(CELLS)
    qtbot.addWidget(table)
    table.show()
    cell = copy_entries(table, table.lines)[0]
    assert not cell.isEnabled()
    assert "Choose a cell first" in cell.toolTip()
    table.setCurrentCell(2, 0)
    assert copy_entries(table, table.lines)[0].isEnabled()
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "name\tn\ne\t3\n"


def test_that_other_peoples_words_are_text_in_cells_and_tips(qtbot: QtBot) -> None:
    table = Table(CELLS)
    qtbot.addWidget(table)
    made = table.write(0, 0, "two\nlines", "<b>tip</b>")
    assert "\n" not in made.text()
    assert "&lt;b&gt;tip" in made.toolTip()
    assert table.write(0, 0, "again", "tip") is made
