"""Context menus: every way to open one, what is in it at that moment, and why an entry is disabled."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QListWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from svg_studio.ui.widgets.menus import ContextMenu, context_menu, entry

ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def rows(qtbot: QtBot) -> QListWidget:
    rows = QListWidget()
    rows.addItems(["a", "b"])
    qtbot.addWidget(rows)
    rows.show()
    qtbot.waitExposed(rows)
    return rows


def offer(rows: QListWidget, done: list[str]) -> ContextMenu:
    def entries() -> list[QAction | None]:
        item = rows.currentItem()
        name = item.text() if item is not None else ""
        return [entry(f"Open {name} & go", lambda: done.append(name)), None, entry("Never", lambda: None, why="It is & was <no>")]

    return context_menu(rows, entries)


def test_that_the_menu_key_shift_f10_and_the_mouse_open_it_for_the_row_at_hand(rows: QListWidget, qtbot: QtBot) -> None:
    done: list[str] = []
    menu = offer(rows, done)
    for row, way in enumerate(("key", "shift", "mouse", "key")):
        rows.setCurrentRow(row % 2)
        match way:
            case "key":
                qtbot.keyClick(rows, Qt.Key.Key_Menu)
            case "shift":
                qtbot.keyClick(rows, Qt.Key.Key_F10, SHIFT)
            case "mouse":
                place = rows.visualItemRect(rows.item(row % 2)).center()
                wish = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, rows.viewport().mapToGlobal(place))
                QApplication.sendEvent(rows.viewport(), wish)
        assert menu.menu is not None
        assert menu.menu.isVisible()
        qtbot.keyClick(menu.menu, Qt.Key.Key_Down)
        qtbot.keyClick(menu.menu, Qt.Key.Key_Return)
        assert menu.menu is None
    assert done == ["a", "b", "a", "b"]


def test_that_a_disabled_entry_says_why_and_other_peoples_texts_are_text(rows: QListWidget, qtbot: QtBot) -> None:
    menu = offer(rows, [])
    rows.setCurrentRow(0)
    qtbot.keyClick(rows, Qt.Key.Key_Menu)
    assert menu.menu is not None
    first, line, never = menu.menu.actions()
    assert (first.text(), line.isSeparator(), never.isEnabled()) == ("Open a && go", True, False)
    assert "It is &amp; was &lt;no&gt;" in never.toolTip()
    assert menu.menu.toolTipsVisible()


def test_that_a_menu_is_not_opened_twice_by_one_key_nor_by_others(rows: QListWidget, qtbot: QtBot) -> None:
    menu = offer(rows, [])
    for key, more in ((Qt.Key.Key_F10, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_F10, ALT), (Qt.Key.Key_A, SHIFT)):
        qtbot.keyClick(rows, key, more)
        assert menu.menu is None
    qtbot.keyClick(rows, Qt.Key.Key_Menu)
    opened = menu.menu
    wish = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), rows.mapToGlobal(QPoint(1, 1)))
    QApplication.sendEvent(rows, wish)  # as X11 sends it after the key
    assert menu.menu is opened
    assert opened is not None
    opened.close()


def test_that_entries_go_with_their_menu_and_an_empty_one_is_not_shown(rows: QListWidget, qtbot: QtBot) -> None:
    made: list[QAction] = []
    gone: list[bool] = []

    def entries() -> list[QAction | None]:
        made.append(entry("One", lambda: None))
        made[-1].destroyed.connect(lambda: gone.append(True))
        return [made[-1]]

    menu = context_menu(rows, entries)
    qtbot.keyClick(rows, Qt.Key.Key_Menu)
    assert menu.menu is not None
    menu.menu.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert gone == [True]
    nothing = context_menu(rows, list)
    nothing.open(QPoint(0, 0))
    assert nothing.menu is None


def test_that_it_opens_at_the_mouse_below_the_row_at_hand_or_in_the_middle(rows: QListWidget, qtbot: QtBot) -> None:
    rows.addItems([str(number) for number in range(50)])
    rows.setGeometry(60, 50, 200, 150)
    rows.setAccessibleName("Rows")
    area = rows.viewport()
    menu = offer(rows, [])

    def opened_at(row: int) -> QPoint:
        rows.setCurrentRow(row)
        rows.scrollToTop()
        qtbot.keyClick(rows, Qt.Key.Key_Menu)
        assert menu.menu is not None
        at = menu.menu.pos()
        menu.menu.close()
        return at

    assert opened_at(1) == area.mapToGlobal(rows.visualItemRect(rows.item(1)).bottomLeft())
    assert opened_at(40) == opened_at(-1) == area.mapToGlobal(area.rect().center()), "out of sight, or none"
    place = QPoint(30, 20)
    QApplication.sendEvent(area, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, area.mapToGlobal(place)))
    assert menu.menu is not None
    assert menu.menu.pos() == area.mapToGlobal(place)
    assert menu.menu.accessibleName() == "Menu of Rows"
    menu.menu.close()


def test_that_the_key_goes_no_further_and_may_be_one_of_the_keypads(qtbot: QtBot) -> None:
    heard: list[int] = []

    class Page(QWidget):
        def keyPressEvent(self, event: QKeyEvent) -> None:
            heard.append(event.key())

    page, rows = Page(), QListWidget()
    qtbot.addWidget(page)
    QVBoxLayout(page).addWidget(rows)
    page.show()
    menu = offer(rows, [])
    keypad = Qt.KeyboardModifier.KeypadModifier
    for key, modifier in ((Qt.Key.Key_Menu, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_F10, SHIFT | keypad)):
        qtbot.keyClick(rows, key, modifier)
        assert menu.menu is not None
        menu.menu.close()
    assert not {Qt.Key.Key_Menu, Qt.Key.Key_F10} & set(heard)


def test_that_an_entry_shows_its_key_without_taking_it_and_has_its_tip(qtbot: QtBot) -> None:
    made = entry("Take off", lambda: None, "The file <stays>", key="Del")
    assert made.shortcut().toString() == "Del"
    assert made.shortcutContext() == Qt.ShortcutContext.WidgetShortcut
    assert "The file &lt;stays&gt;" in made.toolTip()
