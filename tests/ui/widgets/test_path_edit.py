"""A path that is too long for its field."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from svg_studio.ui.widgets import path_edit
from svg_studio.ui.widgets.path_edit import FileEdit, PathEdit

LONG = "/a/very/long/way/through/many/folders/to/evaluation-1"


def test_that_a_long_path_shows_both_its_ends_until_it_is_edited(qtbot: QtBot) -> None:
    field = PathEdit(LONG)
    qtbot.addWidget(field)
    field.resize(180, 30)
    with qtbot.waitActive(field):
        field.show()
        field.activateWindow()
    field.clearFocus()
    shown = field.shown_text()
    assert "…" in shown
    assert shown.startswith("/a/")
    assert shown.endswith("-1")
    short = QLineEdit(shown)
    qtbot.addWidget(short)
    short.resize(field.size())
    assert field.grab().toImage() == short.grab().toImage(), "it is drawn as a field is in which the short words stand"
    field.setFocus()
    assert field.shown_text() == LONG
    field.resize(900, 30)
    field.clearFocus()
    assert field.shown_text() == LONG


@pytest.mark.parametrize("text", ["/a", "/a/path/of/some/letters"])
def test_that_a_path_that_fits_is_drawn_as_every_field_draws_it(text: str, qtbot: QtBot) -> None:
    field, usual = PathEdit(text), QLineEdit(text)
    for one in (field, usual):
        qtbot.addWidget(one)
        one.resize(400, 30)
    assert field.grab().toImage() == usual.grab().toImage()


def test_that_the_first_and_the_last_letter_are_seen_at_every_width(qtbot: QtBot) -> None:
    field = PathEdit(LONG)
    qtbot.addWidget(field)
    for width in range(80, 300, 7):
        field.resize(width, 30)
        QApplication.processEvents()
        assert field.fontMetrics().horizontalAdvance(field.shown_text()) <= width - 4


def test_that_the_file_is_seen_where_the_front_is_cut(qtbot: QtBot) -> None:
    field = FileEdit(LONG)
    qtbot.addWidget(field)
    field.resize(180, 30)
    with qtbot.waitExposed(field):
        field.show()
    field.clearFocus()
    assert field.shown_text().startswith("…")
    assert field.shown_text().endswith("/evaluation-1")


def test_that_the_tip_has_all_of_a_path_that_is_cut(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(path_edit.QToolTip, "showText", lambda at, text, widget: told.append(text))
    field = PathEdit(LONG)
    field.setToolTip("A folder")
    qtbot.addWidget(field)
    for width, said in ((180, [f"{LONG}\nA folder"]), (900, [])):
        told.clear()
        field.resize(width, 30)
        QApplication.sendEvent(field, QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 5), QPoint(5, 5)))
        assert [text for text in told if LONG in text] == said


def test_that_a_button_in_the_field_covers_no_letter(qtbot: QtBot) -> None:
    field = PathEdit(LONG)
    qtbot.addWidget(field)
    field.resize(180, 30)
    alone = len(field.shown_text())
    field.addAction(QAction("list", field), PathEdit.ActionPosition.TrailingPosition)
    with qtbot.waitExposed(field):
        field.show()
    field.clearFocus()
    assert len(field.shown_text()) < alone
    field.grab()
