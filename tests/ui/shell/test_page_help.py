"""Help for a page, whose keys are those that the page has."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from support.whole_window import *  # noqa: F403

from svg_studio.ui.shell.main_window import PAGES, MainWindow
from svg_studio.ui.shell.page_help import KEYS, MEANS, PageHelp
from svg_studio.ui.style import theme

NATIVE = QKeySequence.SequenceFormat.NativeText


def shown_help(window: MainWindow) -> PageHelp:
    """The help that is open."""
    return next(found for found in reversed(window.findChildren(PageHelp)) if found.isVisible())


def test_that_f1_explains_the_page_that_is_shown(window: MainWindow, qtbot: QtBot) -> None:
    for number, (key, title) in enumerate(PAGES):
        window.show_page(number)
        window.activateWindow()
        QTest.keyClick(window, Qt.Key.Key_F1)
        found = shown_help(window)
        said = found.text.toPlainText()
        assert found.windowTitle() == f"Help: {title}"
        assert all(name in said and words in said for _, name, words in MEANS[key])
        assert all(keys in said and words in said for keys, words in KEYS[key].items())
        for button in window.pages[key].findChildren(QAbstractButton):
            if not button.shortcut().isEmpty():
                assert button.shortcut().toString(NATIVE) in said, button.text()
        for shortcut in window.pages[key].findChildren(QShortcut):
            assert shortcut.whatsThis() in said
        assert "dismiss a message" in said
        assert "F1, ?" in said or "F1; ?" in said, "every key of an entry"
        assert "Full screen" in said, "the keys of the menus are told on every page"
        found.close()


def test_that_there_is_one_help_however_often_it_is_asked_for(window: MainWindow, qtbot: QtBot) -> None:
    for number in (0, 0, 2):
        window.show_page(number)
        window.show_page_help()
    open_ones = [found.windowTitle() for found in window.findChildren(PageHelp) if found.isVisible()]
    assert open_ones == ["Help: Data"]


def test_that_a_question_mark_is_help_but_for_who_is_writing(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page(4)
    assert window.runs is not None
    search = window.runs.bar.search
    search.setFocus()
    QTest.keyClicks(search, "lp?")
    assert search.text() == "lp?"
    assert not [found for found in window.findChildren(PageHelp) if found.isVisible()]


def test_that_every_page_has_help() -> None:
    assert set(KEYS) == set(MEANS) == {key for key, _ in PAGES}


def test_that_keys_of_shortcuts_and_entries_are_told_as_they_are_written(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    QShortcut(QKeySequence("F7"), page).setWhatsThis("smaller <than> before")
    entry = QAction("&Tidy up", page)
    entry.setShortcut("F8")
    worded, pictured = QPushButton("&Sweep it", page), QPushButton(page)
    worded.setAccessibleName("broom")
    pictured.setAccessibleName("Dust")
    worded.setShortcut("F6")
    pictured.setShortcut("F9")
    dialog = PageHelp("runs", "Runs", page, [], page)
    said = dialog.text.toPlainText()
    assert all(words in said for words in ("F6", "Sweep it", "F9", "Dust")), "what is read on a button, or its name"
    assert "broom" not in said
    assert "F7" in said
    assert "smaller <than> before" in said
    assert "F8" in said
    assert "Tidy up" in said


def test_that_help_is_written_anew_in_other_colours_until_it_is_closed(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    dialog = PageHelp("futures", "Futures", page, [], page)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    dialog.text.setPlainText("old colours")
    theme.notifier().changed.emit()
    assert "old colours" not in dialog.text.toPlainText()
    dialog.reject()
    dialog.text.setPlainText("closed")
    theme.notifier().changed.emit()
    assert dialog.text.toPlainText() == "closed"


def test_that_help_that_was_closed_is_gone(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    dialog = PageHelp("futures", "Futures", page, [], page)
    dialog.show()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()


def test_that_help_whose_window_has_gone_hears_of_no_colours(qtbot: QtBot) -> None:
    page = QWidget()
    dialog = PageHelp("futures", "Futures", page, [], page)
    with qtbot.waitSignal(dialog.destroyed):
        page.deleteLater()
    with qtbot.captureExceptions() as raised:
        theme.notifier().changed.emit()
    assert not raised
