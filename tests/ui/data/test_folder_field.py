"""The field of the data folder: what is seen of a long path, and where its arrow is."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from svg_studio.ui.data.folder_field import FolderField
from svg_studio.ui.style import theme

LONG = "/a/very/long/way/through/many/folders/to/data"


def test_that_a_long_folder_is_cut_with_an_ellipsis_and_its_arrow_is_in_the_middle(qtbot: QtBot, qapp: object) -> None:
    theme.apply(qapp, "light")  # type: ignore[arg-type]
    field = FolderField(LONG)
    qtbot.addWidget(field)
    field.resize(200, 30)
    with qtbot.waitExposed(field):
        field.show()
    field.clearFocus()
    assert field.shown_text().startswith("/a/")
    assert "…" in field.shown_text()
    arrow = field.findChild(QToolButton)
    assert abs(arrow.geometry().center().y() - field.rect().center().y()) <= 1
    assert field.rect().contains(arrow.geometry())
