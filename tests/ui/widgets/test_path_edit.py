"""A path that is too long for its field."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtWidgets import QApplication
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
    field.grab()  # draws it
    field.setFocus()
    assert field.shown_text() == LONG
    field.resize(900, 30)
    field.clearFocus()
    assert field.shown_text() == LONG


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
