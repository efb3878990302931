"""The dialog for a new name: what is typed is checked while it is typed."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from support.library_runs import make_run

from svg_studio.engine.errors import StudioError
from svg_studio.ui.runs.rename_dialog import RenameDialog


@pytest.fixture
def wishes() -> list[str]:
    return []


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path, wishes: list[str]) -> RenameDialog:
    make_run(tmp_path, "taken")
    dialog = RenameDialog(make_run(tmp_path, "run"), wishes.append)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


@pytest.mark.parametrize(
    "name, reason",
    [
        ("", "the name is empty"),
        ("   ", "the name is empty"),
        ("a/b", "'a/b': a folder name without /"),
        ("..", "a folder name without"),
        ("taken", "taken: there is a run of that name already"),
        (".hidden", "no dot at either end"),
        ("con", "Windows has no such folder"),
        ("ä" * 128, "has 256 bytes, and a folder's name at most 255"),
        ("a\u202eb", "a name has letters"),
    ],
)
def test_that_what_is_no_name_is_said_while_it_is_typed(
    dialog: RenameDialog, qtbot: QtBot, wishes: list[str], name: str, reason: str
) -> None:
    dialog.name.setText(name) if len(name) > 100 or not name.isprintable() else type_in(dialog, qtbot, name)
    assert reason in dialog.reason.text()
    assert reason in dialog.name.accessibleDescription()
    assert not dialog.ok.isEnabled()
    assert reason in html.unescape(dialog.ok.toolTip())
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert wishes == []
    type_in(dialog, qtbot, "better")
    assert dialog.reason.text() == ""
    assert dialog.ok.isEnabled()
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert wishes == ["better"]
    assert not dialog.isVisible()


def type_in(dialog: RenameDialog, qtbot: QtBot, name: str) -> None:
    dialog.name.selectAll()
    qtbot.keyClick(dialog.name, Qt.Key.Key_Delete)
    qtbot.keyClicks(dialog.name, name)


def test_that_the_name_it_has_is_no_other_one(dialog: RenameDialog) -> None:
    assert dialog.reason.text() == ""
    assert not dialog.ok.isEnabled()
    assert dialog.ok.toolTip() == "It has this name already"


def test_that_the_dialog_stays_where_the_disk_says_no(qtbot: QtBot, tmp_path: Path) -> None:
    def refuse(name: str) -> None:
        raise StudioError("run: is being trained and cannot be renamed; stop it first")

    dialog = RenameDialog(make_run(tmp_path), refuse)
    qtbot.addWidget(dialog)
    dialog.show()
    type_in(dialog, qtbot, "other")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert "is being trained" in dialog.reason.text()
