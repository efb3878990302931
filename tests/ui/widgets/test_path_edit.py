"""A path that is too long for its field."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from svg_studio.ui.widgets.path_edit import PathEdit

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
