"""The menus: what was opened last can be opened again, and the window can fill the screen."""

from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot
from support.whole_window import *  # noqa: F403

from svg_studio.ui import recents
from svg_studio.ui.shell.main_window import MainWindow


def recent_entries(window: MainWindow) -> list[QAction]:
    window.menus.recent.aboutToShow.emit()
    return [act for act in window.menus.recent.actions() if not act.isSeparator()]


def test_that_nothing_opened_is_said(window: MainWindow) -> None:
    recents.forget("data")
    recents.forget("runs")
    (only,) = recent_entries(window)
    assert not only.isEnabled()


def test_that_what_was_opened_last_opens_again(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(window.futures, "open_model", opened.append)
    checkpoint = tmp_path / "a&b" / "checkpoints" / "best.pt"
    recents.note("models", checkpoint)
    recents.note("runs", tmp_path / "my runs")
    recents.note("data", tmp_path / "my data")
    entries = {act.toolTip(): act for act in recent_entries(window)}
    by_words = {act.text(): act for act in entries.values()}
    assert "a&&b · best.pt" in by_words, "the run is named, and its & is no key"
    by_words["a&&b · best.pt"].trigger()
    assert opened == [str(checkpoint)]
    assert window.stack.currentIndex() == 0
    entries[str(tmp_path / "my runs")].trigger()
    assert window.runs is not None
    assert window.stack.currentWidget() is window.runs
    assert window.runs.log_dir == tmp_path / "my runs"
    entries[str(tmp_path / "my data")].trigger()
    assert window.data is not None
    assert window.stack.currentWidget() is window.data
    assert window.data.data_root == str(tmp_path / "my data")


def test_that_the_list_can_be_cleared(window: MainWindow) -> None:
    recents.note("models", "/somewhere/model.pt")
    recent_entries(window)[-1].trigger()
    assert recents.recent("models") == []


def test_that_f11_fills_the_screen_and_gives_it_back(window: MainWindow, qtbot: QtBot) -> None:
    window.menus.full_screen.trigger()
    qtbot.waitUntil(window.isFullScreen)
    window.menus.full_screen.trigger()
    qtbot.waitUntil(lambda: not window.isFullScreen())
    assert not window.menus.full_screen.isChecked()
