"""The runs of this session: what becomes of them on other pages and outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from pytestqt.qtbot import QtBot
from support.library_runs import make_run

from svg_studio.engine.events import Finished
from svg_studio.engine.runs.library import scan
from svg_studio.engine.runs.lock import RunLock
from svg_studio.engine.runs.state import RunState
from svg_studio.ui.run_list import RunList
from svg_studio.ui.train.session_runs import GONE, NO_CHECKPOINT, RunLine, SessionRuns


@pytest.fixture
def runs(quiet_lane: Any, tmp_path: Path) -> RunList:
    return RunList(quiet_lane, tmp_path)


@pytest.fixture
def session(qtbot: QtBot, runs: RunList) -> SessionRuns:
    session = SessionRuns()
    qtbot.addWidget(session)
    session.follow(runs)
    session.show()
    return session


def look(runs: RunList) -> None:
    runs.rescan()
    lane: Any = runs._studio
    while lane.jobs:
        job = lane.jobs.pop(0)
        for event in (*scan(**job.arguments), Finished()):
            runs.on_event(job, event)


def ended(session: SessionRuns, run: Path, state: str = "stopped at step 5") -> RunLine:
    """A run that was trained here, as the Train page tells it."""
    session.add(run)
    line = session.lines[run]
    line.set_checkpoint(run / "checkpoints" / "last.pt", 5)
    line.state.setText(state)
    line.set_resumable(True)
    return line


def test_that_a_renamed_run_is_opened_and_resumed_where_it_lies_now(
    session: SessionRuns, runs: RunList, tmp_path: Path, qtbot: QtBot
) -> None:
    line = ended(session, make_run(tmp_path, "a"))
    look(runs)
    now = runs.rename(tmp_path / "a", "b")
    assert line.name.text() == "b"
    assert line.name.toolTip() == str(now)
    with qtbot.waitSignal(session.opened) as opened:
        qtbot.mouseClick(line.button, Qt.MouseButton.LeftButton)
    assert opened.args == [str(now / "checkpoints" / "last.pt")]
    with qtbot.waitSignal(session.resumed) as resumed:
        qtbot.mouseClick(line.resume, Qt.MouseButton.LeftButton)
    assert resumed.args == [str(now)]
    session.add(now)
    assert list(session.lines) == [now]
    assert session.lines[now] is line
    assert line.resume.isHidden()


def test_that_a_deleted_run_says_so_until_it_is_brought_back(session: SessionRuns, runs: RunList, tmp_path: Path) -> None:
    line = ended(session, make_run(tmp_path, "a"))
    look(runs)
    place = runs.trash(tmp_path / "a")
    assert line.state.text() == "deleted"
    assert not line.button.isEnabled()
    assert "deleted" in line.button.toolTip()
    assert line.resume.isHidden()
    runs.bring_back(place)
    look(runs)
    assert line.state.text() == "stopped at step 5"
    assert line.button.isEnabled()
    assert not line.resume.isHidden()


def test_that_what_happens_to_a_run_elsewhere_is_shown(session: SessionRuns, runs: RunList, tmp_path: Path) -> None:
    run = make_run(tmp_path, "a")
    line = ended(session, run)
    RunState(state="finished", step=10, started=1000.0).write(run)  # somebody went on with it in a terminal
    look(runs)
    assert line.state.text() == "finished at step 10"
    assert line.resume.isHidden()
    run.rename(tmp_path / "b")
    look(runs)
    assert line.name.text() == "b"


def test_that_the_page_has_the_word_while_it_trains(session: SessionRuns, runs: RunList, tmp_path: Path) -> None:
    run = make_run(tmp_path, "a", state="stopped")
    session.add(run)
    session.lines[run].state.setText("training")
    look(runs)
    assert session.lines[run].state.text() == "training"


def test_that_the_list_is_looked_at_again_when_it_is_shown(session: SessionRuns, runs: RunList, tmp_path: Path) -> None:
    line = ended(session, make_run(tmp_path, "a"))
    look(runs)
    session.hide()
    (tmp_path / "a").rename(tmp_path / "b")
    session.show()
    assert runs.is_looking
    look(runs)
    assert line.name.text() == "b"


def test_that_a_line_has_a_menu_that_keys_open(
    session: SessionRuns, runs: RunList, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", shown.append)
    line = ended(session, make_run(tmp_path, "a"))

    def entries() -> dict[str, Any]:
        line.button.setFocus()
        qtbot.keyClick(line.button, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
        assert line.menu.menu is not None
        return {action.text(): action for action in line.menu.menu.actions() if action.text()}

    found = entries()
    assert list(found) == ["Open in Futures", "Resume", "Extend…", "Show folder", "Copy name", "Copy path"]
    assert [text for text, action in found.items() if not action.isEnabled()] == ["Extend…"], "it has not finished"
    found["Show folder"].trigger()
    found["Copy path"].trigger()
    assert [Path(url.toLocalFile()) for url in shown] == [tmp_path / "a"]
    assert QGuiApplication.clipboard().text() == str(tmp_path / "a")
    assert line.menu.menu is not None
    line.menu.menu.close()
    look(runs)
    runs.trash(tmp_path / "a")
    line.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # its buttons are disabled
    qtbot.keyClick(line, Qt.Key.Key_Menu)
    assert line.menu.menu is not None
    disabled = [action.text() for action in line.menu.menu.actions() if action.text() and not action.isEnabled()]
    assert disabled == ["Open in Futures", "Resume", "Extend…", "Show folder"]


def test_that_a_line_says_why_it_cannot_be_opened_resumed_or_extended(session: SessionRuns, runs: RunList, tmp_path: Path) -> None:
    run = make_run(tmp_path, "a")
    session.add(run)
    line = session.lines[run]

    def whys() -> dict[str, str]:
        entries = {action.text(): action for action in line._entries() if action is not None}
        names = ("Open in Futures", "Resume", "Extend…")
        return {name: entries[name].toolTip().partition("\n")[0] for name in names if not entries[name].isEnabled()}

    assert line.button.toolTip() == NO_CHECKPOINT
    assert whys() == dict.fromkeys(("Open in Futures", "Resume", "Extend…"), NO_CHECKPOINT)
    line.set_checkpoint(run / "checkpoints" / "last.pt", 5)
    assert "last.pt, written at step 5" in line.button.toolTip()
    assert whys() == {"Resume": "It is being trained", "Extend…": "It has not finished"}
    line.set_resumable(True)
    assert whys() == {"Extend…": "It has not finished"}
    line.set_resumable(False)
    assert whys() == {"Resume": "It has finished"}
    assert not line.extend.isHidden()
    line.set_gone(True)
    assert whys() == dict.fromkeys(("Open in Futures", "Resume", "Extend…"), GONE)
    assert line.button.toolTip() == GONE
    assert line.extend.isHidden()


def test_that_a_run_that_has_finished_is_extended_unless_it_goes_on(session: SessionRuns, runs: RunList, tmp_path: Path) -> None:
    run = make_run(tmp_path, "a", state="finished")
    line = ended(session, run)
    assert line.extend.isHidden()
    look(runs)
    assert not line.extend.isHidden()
    session.add(run)
    assert line.extend.isHidden(), "it is trained here again"
    line.set_resumable(False)
    assert not line.extend.isHidden()


def test_that_a_finished_run_that_another_process_goes_on_with_is_not_extended(
    session: SessionRuns, runs: RunList, tmp_path: Path
) -> None:
    run = make_run(tmp_path, "a", state="finished")
    line = ended(session, run)
    lock = RunLock(run)
    look(runs)
    assert line.extend.isHidden()
    lock.release()
    look(runs)
    assert not line.extend.isHidden()
