"""The menus: what was opened last can be opened again, and the window can fill the screen."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from support.whole_window import *  # noqa: F403
from support.whole_window import Lanes, OpenWindow

from svg_studio.ui import recents
from svg_studio.ui.shell.main_window import PAGES, MainWindow
from svg_studio.ui.style import theme

ACTS = {
    "Open model…": "choose_model",
    "Export futures…": "export",
    "Open export…": "choose_export",
    "Compare models…": "compare",
    "Settings…": "show_settings",
    "Help for this page": "show_page_help",
    "Guide": "show_guide",
    "Tour of five steps": "start_tour",
    "About SVG Studio": "show_about",
    "Log": "show_log",
    "Full screen": "fill_screen",
}
KEYS = {
    "Open model…": "Ctrl+O",
    "Export futures…": "Ctrl+E",
    "Open export…": "Ctrl+Shift+E",
    "Compare models…": "Ctrl+M",
    "Settings…": "Ctrl+,",
    "Quit": "Ctrl+Q",
    "Log": "Ctrl+L",
    "Full screen": "F11",
    "Help for this page": "F1",
}


def recent_entries(window: MainWindow) -> list[QAction]:
    window.menus.recent.aboutToShow.emit()
    return [act for act in window.menus.recent.actions() if not act.isSeparator()]


def entries(window: MainWindow) -> dict[str, QAction]:
    """The entries of the three menus by their words."""
    menus = [menu for menu in window.menuBar().findChildren(QMenu) if menu.parent() is window.menuBar()]
    return {act.text(): act for menu in menus for act in menu.actions() if act.text()}


def test_that_every_entry_does_what_it_says_and_has_its_key(
    lanes: Lanes, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for name in ACTS.values():
        monkeypatch.setattr(MainWindow, name, lambda *_, name=name: done.append(name))
    window = open_window(lanes)
    found = entries(window)
    for words, name in ACTS.items():
        done.clear()
        found[words].trigger()
        assert done == [name], words
    keys = {words: act.shortcut().toString() for words, act in found.items() if not act.shortcut().isEmpty()}
    assert keys == KEYS | {title: f"Ctrl+{number}" for number, (_, title) in enumerate(PAGES, start=1)}
    assert {window.notifier.switch.text(), window.awake.switch.text()} <= set(found)
    for number, (_, title) in enumerate(PAGES):
        found[title].trigger()
        assert window.stack.currentIndex() == number


def test_that_the_demo_is_offered_only_where_there_is_one(lanes: Lanes, open_window: OpenWindow, tmp_path: Path) -> None:
    assert "Open the demo" not in entries(open_window(lanes))
    demo = tmp_path / "demo.pt"
    demo.touch()
    assert entries(open_window(lanes, demo=demo))["Open the demo"].shortcut().toString() == "Ctrl+Shift+O"


def test_that_one_theme_is_ticked_whichever_is_chosen(window: MainWindow) -> None:
    schemes = window.menus.schemes.actions()
    assert [act.data() for act in schemes if act.isChecked()] == [theme.notifier().scheme]
    for act in schemes:
        act.trigger()
        assert [one.data() for one in schemes if one.isChecked()] == [act.data()] == [theme.notifier().scheme]


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
    for kind in recents.KINDS:
        recents.note(kind, "/somewhere/model.pt")
    recent_entries(window)[-1].trigger()
    assert [recents.recent(kind) for kind in recents.KINDS] == [[], [], []]


def test_that_a_long_path_is_shown_by_its_end_and_in_full_by_its_tip(window: MainWindow) -> None:
    path = f"/{'folder/' * 20}<b>my videos"
    for kind in recents.KINDS:
        recents.forget(kind)
    recents.note("data", path)
    entry, _clear = recent_entries(window)
    assert entry.text() == f"…{path[-59:]}"
    assert "&lt;b&gt;my videos" in entry.toolTip(), "a path is text, whatever is in it"
    assert window.menus.recent.toolTipsVisible()
    heads = [act.text() for act in window.menus.recent.actions() if act.isSeparator() and act.text()]
    assert heads == ["Data folders"], "and of what was not opened there is no head"


def test_that_f11_fills_the_screen_and_gives_it_back(window: MainWindow, qtbot: QtBot) -> None:
    window.showMaximized()
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    qtbot.waitUntil(window.isFullScreen)
    assert window.menus.full_screen.isChecked()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: not window.isFullScreen())
    assert not window.menus.full_screen.isChecked()
    assert window.isMaximized(), "as it was before"
    window.fill_screen(True)
    assert window.menus.full_screen.isChecked(), "the menu says how it is, whoever asked for it"
    window.fill_screen(False)
