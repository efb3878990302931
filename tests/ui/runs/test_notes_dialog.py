"""The dialog for tags and notes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from svg_studio.ui.runs.notes_dialog import NotesDialog


def test_that_the_dialog_begins_with_what_was_written_before(qtbot: QtBot) -> None:
    dialog = NotesDialog("a", ("x", "y"), "notes")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(dialog.written) as written:
        dialog.buttons.accepted.emit()
    assert written.args == [("x", "y"), "notes"]
