"""How tables look: text below its header, rows as high as their letters, and no gap beside the last column."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QApplication, QStyledItemDelegate, QStyleOptionViewItem, QTableWidget, QTableWidgetItem
from pytestqt.qtbot import QtBot

from svg_studio.ui.style import theme
from svg_studio.ui.widgets.copy_table import dress
from svg_studio.ui.widgets.table_looks import SIDE, Room


def table_of(qtbot: QtBot, *words: str) -> QTableWidget:
    table = QTableWidget(1, len(words))
    qtbot.addWidget(table)
    dress(table, 8)
    table.setHorizontalHeaderLabels(words)
    for column, word in enumerate(words):
        table.setItem(0, column, QTableWidgetItem(word))
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.resize(600, 200)
    table.show()
    QApplication.processEvents()
    return table


def first_ink(picture: QImage, ground: QColor) -> int:
    """The first column of pixels that is not all ground, beside frames."""
    for x in range(2, picture.width()):
        if any(abs(picture.pixelColor(x, y).lightness() - ground.lightness()) > 60 for y in range(4, picture.height() - 4)):
            return x
    raise AssertionError("nothing is written")


def test_that_a_cell_begins_where_its_header_does(qtbot: QtBot) -> None:
    table = table_of(qtbot, "HI", "HI")
    cell = table.viewport().grab(table.visualItemRect(table.item(0, 0))).toImage()  # type: ignore[arg-type]
    head = table.horizontalHeader().viewport().grab().toImage()
    c = theme.colors()
    assert abs(first_ink(cell, QColor(c.surface)) - first_ink(head, QColor(c.window))) <= 1


def test_that_the_columns_end_at_the_frame_however_wide_the_table_is(qtbot: QtBot) -> None:
    table = table_of(qtbot, "a", "b", "c", "d")
    Room(table, {0: 150, 1: 100})
    header = table.horizontalHeader()
    for width in (700, 901, 1200):
        table.resize(width, 200)
        QApplication.processEvents()
        assert header.length() == table.viewport().width()
        assert abs((header.sectionSize(0) - 150) - (header.sectionSize(1) - 100)) <= 1
    table.resize(300, 200)
    QApplication.processEvents()
    assert (header.sectionSize(0), header.sectionSize(1)) == (150, 100), "and never narrower than they can be read"
    table.resize(900, 200)
    QApplication.processEvents()
    header.resizeSection(2, 40)
    QApplication.processEvents()
    assert header.length() == table.viewport().width()


def test_that_rows_grow_with_their_letters(qtbot: QtBot) -> None:
    table = table_of(qtbot, "gypq")
    before = table.verticalHeader().defaultSectionSize()
    assert before == table.fontMetrics().height() + 8
    font = table.font()
    font.setPixelSize(40)
    table.setFont(font)
    QApplication.processEvents()
    assert table.verticalHeader().defaultSectionSize() >= table.fontMetrics().height() + 8 > before


def test_that_the_heads_of_rows_have_room_for_descenders(qtbot: QtBot) -> None:
    table = table_of(qtbot, "a")
    table.setVerticalHeaderLabels(["num_digits gypq"])
    QApplication.processEvents()
    picture = table.verticalHeader().viewport().grab().toImage()
    bottom = table.verticalHeader().sectionSize(0)
    ground, across = QColor(theme.colors().window).lightness(), range(picture.width())
    ink = [y for y in range(bottom - 2) if any(abs(picture.pixelColor(x, y).lightness() - ground) > 60 for x in across)]
    assert ink[-1] - ink[0] + 1 >= table.fontMetrics().tightBoundingRect("num_digits gypq").height()


def test_that_the_current_cell_is_framed_where_no_selection_shows_it(qtbot: QtBot) -> None:
    table = table_of(qtbot, "a", "b")
    table.activateWindow()
    table.setFocus()
    qtbot.waitUntil(table.hasFocus)

    def at(x: int, y: int) -> str:
        corner = table.visualRect(table.model().index(0, 0)).topLeft()
        return table.viewport().grab().toImage().pixelColor(corner + QPoint(x, y)).name()

    table.selectionModel().setCurrentIndex(table.model().index(0, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
    assert at(0, 6) == QColor(theme.colors().accent).name()
    assert at(2, 6) != at(0, 6)
    table.selectionModel().setCurrentIndex(table.model().index(0, 0), QItemSelectionModel.SelectionFlag.Select)
    chosen = table.palette().color(QPalette.ColorGroup.Active, QPalette.ColorRole.Highlight).name()
    assert (at(0, 6), at(2, 6)) == (chosen, chosen), "the ground says it, to the very edge"


def test_that_a_column_as_wide_as_its_words_has_room_for_the_sides_too(qtbot: QtBot) -> None:
    table = table_of(qtbot, "some words")
    option = QStyleOptionViewItem()
    option.initFrom(table)
    index = table.model().index(0, 0)
    delegate = table.itemDelegate()
    assert delegate.sizeHint(option, index).width() == QStyledItemDelegate.sizeHint(delegate, option, index).width() + 2 * SIDE


def test_that_a_column_drawn_by_hand_stays_and_the_others_share_the_rest(qtbot: QtBot) -> None:
    table = table_of(qtbot, "a", "b", "c")
    room, header = Room(table, {0: 100, 1: 100, 7: 100}), table.horizontalHeader()
    told: list[bool] = []
    room.given.connect(lambda: told.append(True))
    room.give()
    assert told
    header.resizeSection(0, 333)  # by the program
    QApplication.processEvents()
    assert abs(header.sectionSize(0) - header.sectionSize(1)) <= 1
    header.setCursor(Qt.CursorShape.SplitHCursor)  # as while a person draws its edge
    header.resizeSection(0, 333)
    header.unsetCursor()
    table.resize(800, 200)
    QApplication.processEvents()
    assert header.sectionSize(0) == 333
    assert header.length() == table.viewport().width()
    room.share({2: 50})
    assert header.length() == table.viewport().width()
    assert header.sectionSize(0) == 333
    table.resize(1000, 200)
    before = header.sectionSize(1)
    QApplication.processEvents()
    assert header.sectionSize(1) == before, "which takes no more part"
