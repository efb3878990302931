"""The Runs page: what the log folder holds, followed while it changes, and what can be done about it."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot
from support.library_runs import make_run, metrics_line

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.events import Failed, Finished, RunRow, RunStarted, Stopped
from svg_studio.engine.runs.library import scan
from svg_studio.engine.runs.lock import RunLock
from svg_studio.engine.runs.state import RunState
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui import recents
from svg_studio.ui.runs import page as runs_page
from svg_studio.ui.runs.notes_dialog import NotesDialog
from svg_studio.ui.runs.page import RunsPage
from svg_studio.ui.runs.rename_dialog import RenameDialog
from svg_studio.ui.runs.table import KEYS

LOUD = {"resume", "extend", "rename", "delete"}  # what a live run is spared


@pytest.fixture
def log_dir(tmp_path: Path) -> Path:
    """Where the page looks unless it is told otherwise."""
    folder = tmp_path / "home" / "runs"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def page(quiet_lane: Any, qtbot: QtBot, log_dir: Path) -> Iterator[RunsPage]:
    page = RunsPage(quiet_lane)
    qtbot.addWidget(page)
    yield page
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def work(page: RunsPage) -> list[str]:
    """Does what was asked of the lane, until nothing is; the jobs that were done."""
    lane, done = page._studio, []
    while lane.jobs:  # type: ignore[attr-defined]
        job = lane.jobs.pop(0)  # type: ignore[attr-defined]
        module, _, function = job.target.partition(":")
        for event in getattr(importlib.import_module(f"svg_studio.engine.{module}"), function)(**job.arguments):
            page.on_event(job, event)
        page.on_event(job, Finished())
        done.append(job.target)
    return done


def look(page: RunsPage) -> None:
    page.rescan()
    work(page)


def choose(page: RunsPage, *runs: Path) -> None:
    look(page)
    page.table.choose(list(runs))
    assert {row.path for row in page.table.chosen()} == set(runs)
    work(page)


def able(page: RunsPage) -> set[str]:
    return {name for name, action in page.actions_.all.items() if action.isEnabled()}


def do(page: RunsPage, name: str) -> None:
    page.actions_.all[name].trigger()
    work(page)


def names(page: RunsPage) -> set[str]:
    return {row.path.name for row in page.rows}


# ---- what is listed and followed


@pytest.mark.parametrize("updated", [500.0, 1500.0, 2500.0, 3500.0])
def test_that_selected_runs_stay_selected_when_another_comes_among_them(page: RunsPage, log_dir: Path, updated: float) -> None:
    runs = [make_run(log_dir, name, updated=1000.0 * number) for number, name in enumerate("abc", 1)]
    look(page)
    for row in range(3):  # one by one, as with the control key held
        flags = QItemSelectionModel.SelectionFlag
        page.table.selectionModel().select(page.filter.index(row, 0), flags.Select | flags.Rows)
    make_run(log_dir, "new", updated=updated, state="running")
    look(page)
    assert names(page) == {"a", "b", "c", "new"}
    assert {row.path for row in page.table.chosen()} == set(runs)
    assert [run.path for run in page.curves.runs] == runs[::-1]  # from top to bottom, the newest first


def test_that_the_runs_of_the_log_folder_are_listed_when_the_page_is_shown(page: RunsPage, log_dir: Path, qtbot: QtBot) -> None:
    make_run(log_dir, "one")
    make_run(log_dir, "two")
    with qtbot.waitExposed(page):
        page.show()
    assert page._timer.isActive()
    work(page)
    assert names(page) == {"one", "two"}
    assert page.words.text() == "2 runs."
    page.hide()
    assert not page._timer.isActive()


def test_that_an_empty_folder_says_where_runs_come_from(page: RunsPage) -> None:
    look(page)
    assert "the Train page makes the first one" in page.words.text()


def test_that_a_look_waits_for_the_one_before_it_and_the_timer_for_both(page: RunsPage) -> None:
    page.rescan()
    page.rescan()
    page._timer.timeout.emit()
    assert len(page._studio.jobs) == 1  # type: ignore[attr-defined]
    assert work(page) == ["runs.library:scan"] * 2
    page._timer.timeout.emit()
    page._timer.timeout.emit()
    assert work(page) == ["runs.library:scan"]


def test_that_curves_and_settings_of_the_selected_runs_are_shown_in_the_colours_of_their_rows(
    page: RunsPage, log_dir: Path
) -> None:
    runs = [make_run(log_dir, name, step=step) for name, step in (("a", 3), ("b", 4))]
    config = json.loads((runs[1] / "config.json").read_text())
    (runs[1] / "config.json").write_text(json.dumps({**config, "lr": 0.5}))
    choose(page, *runs)
    assert {path.name: len(curves.steps) for path, curves in page.curves.curves.items()} == {"a": 3, "b": 4}
    assert page.diff.table.verticalHeaderItem(0).text() == "lr"
    assert page.words.text() == "2 of 2 runs selected."
    shown = [page.table.model().index(n, 0).data(Qt.ItemDataRole.DecorationRole) for n in range(2)]
    legend = [entry.layout().itemAt(0).widget().pixmap().toImage() for entry in page.curves._names]  # type: ignore[union-attr]
    assert [icon.pixmap(28, 14).toImage() for icon in shown] == legend
    assert legend[0] != legend[1]
    page.table.clearSelection()
    assert page.curves.runs == []
    assert page.table.model().index(0, 0).data(Qt.ItemDataRole.DecorationRole) is None


def test_that_a_growing_run_is_followed_from_its_folder_alone(page: RunsPage, log_dir: Path) -> None:
    run = make_run(log_dir, step=3, state="running", host="elsewhere", updated=time.time())
    choose(page, run)
    assert "is being trained on elsewhere" in page.words.text()
    assert page.words.text().endswith("nor resumed.")
    with (run / "metrics.jsonl").open("a") as file:
        file.write(metrics_line(4))
    RunState(state="running", step=4, host="elsewhere", updated=time.time()).write(run)
    page.rescan()
    assert work(page) == ["runs.library:scan", "runs.curves:follow"]
    assert page.rows[0].step == 4
    assert page.curves.curves[run].steps.tolist() == [1, 2, 3, 4]
    page.rescan()
    assert work(page) == ["runs.library:scan"], "nothing has changed"


def test_that_a_run_selected_while_others_are_read_is_read_next(page: RunsPage, log_dir: Path) -> None:
    runs = [make_run(log_dir, name) for name in ("a", "b")]
    look(page)
    page.table.choose(runs[:1])
    page.table.choose(runs)
    assert len(page._studio.jobs) == 1  # type: ignore[attr-defined]
    work(page)
    assert set(page.curves.curves) == set(runs)


def test_that_search_and_filters_leave_what_was_asked_for(page: RunsPage, log_dir: Path) -> None:
    make_run(log_dir, "alpha", state="failed")
    make_run(log_dir, "beta")
    look(page)
    page.bar.search.setText("alp")
    assert page.table.model().rowCount() == 1
    page.bar.search.clear()
    state = page.bar.filters["state"]
    state.setCurrentIndex(state.findData("failed"))
    assert page.table.model().index(0, 0).data() == "alpha"
    assert page.table.model().rowCount() == 1
    data = page.bar.filters["data"]
    assert [data.itemText(n) for n in range(data.count())] == ["any data", "smmnist"]


def test_that_a_filter_whose_value_is_gone_filters_no_more(page: RunsPage, log_dir: Path) -> None:
    run = make_run(log_dir, "a")
    config = json.loads((run / "config.json").read_text())
    config["data"]["dataset"] = "kth"
    (run / "config.json").write_text(json.dumps(config))
    make_run(log_dir, "b")
    look(page)
    data = page.bar.filters["data"]
    data.setCurrentIndex(data.findData("kth"))
    assert page.table.model().rowCount() == 1
    choose(page, run)
    do(page, "delete")
    assert data.currentData() == ""
    assert page.table.model().rowCount() == 1


def test_that_another_folder_can_be_named(page: RunsPage, log_dir: Path, tmp_path: Path) -> None:
    make_run(log_dir, "here")
    make_run(tmp_path / "other", "there")
    look(page)
    page.bar.folder.setText(str(tmp_path / "other"))
    page.bar.folder.editingFinished.emit()
    work(page)
    assert names(page) == {"there"}


def test_that_a_folder_named_while_another_is_looked_at_is_looked_at_next(page: RunsPage, log_dir: Path, tmp_path: Path) -> None:
    make_run(log_dir, "here")
    make_run(tmp_path / "other", "there")
    look(page)
    page.rescan()
    page.bar.folder.setText(str(tmp_path / "other"))
    page.bar.folder.editingFinished.emit()
    assert work(page) == ["runs.library:scan"] * 2
    assert names(page) == {"there"}


def test_that_a_folder_that_cannot_be_read_is_said_once(page: RunsPage) -> None:
    page._timer.start()
    page.rescan()
    page.on_event(page._studio.jobs.pop(), Failed("runs: cannot be read; choose another log folder"))  # type: ignore[attr-defined]
    assert "choose another log folder" in page.banner.text
    assert not page._timer.isActive()
    page.bar.folder.setText("/elsewhere")
    page.bar.folder.editingFinished.emit()
    assert page.banner.text == ""
    assert page._timer.isActive()
    assert len(page._studio.jobs) == 1  # type: ignore[attr-defined]


def test_that_the_folder_is_looked_at_when_a_run_begins_and_ends(page: RunsPage, log_dir: Path) -> None:
    training = Job("training.train:train")
    started = RunStarted(log_dir / "a", TrainConfig().to_dict(), 1, "CPU", "fp32", 10)
    for event in (started, Stopped(), Finished(), Failed("x")):
        page.on_event(training, event)
        assert work(page) == ["runs.library:scan"]
    page.on_event(Job("other:job"), Finished())
    assert work(page) == []
    page.on_event(training, RunStarted(Path("/far/a"), TrainConfig().to_dict(), 1, "CPU", "fp32", 10))
    assert "a is written in" in page.banner.text


# ---- what can be done


@pytest.mark.parametrize("state", ["stopped", "finished", "failed", "running"])
def test_that_everything_can_be_done_with_a_run_that_nobody_writes(page: RunsPage, log_dir: Path, state: str) -> None:
    choose(page, make_run(log_dir, state=state))
    left, why = ("resume", "Extend… gives it") if state == "finished" else ("extend", "Resume goes on with it")
    assert able(page) == set(page.actions_.all) - {left}
    assert why in page.actions_.all[left].toolTip()


def test_that_a_live_run_can_be_watched_and_neither_renamed_deleted_nor_resumed(page: RunsPage, log_dir: Path) -> None:
    run = make_run(log_dir, state="running")
    lock = RunLock(run)
    try:
        choose(page, run)
        assert able(page) == set(page.actions_.all) - LOUD
        assert all("run is being written by a training run" in page.actions_.all[name].toolTip() for name in LOUD)
    finally:
        lock.release()
    look(page)
    assert able(page) == set(page.actions_.all) - {"extend"}
    assert "was interrupted at step 5: Resume goes on from its last checkpoint" in page.words.text()


def test_that_without_a_checkpoint_there_is_nothing_to_go_on_from(page: RunsPage, log_dir: Path) -> None:
    choose(page, make_run(log_dir, checkpoint=False))
    assert able(page) == {"duplicate", "rename", "describe", "reveal", "delete"}
    assert page.actions_.all["resume"].toolTip() == "There is no checkpoint yet"


def test_that_nothing_and_several_runs_allow_what_makes_sense(page: RunsPage, log_dir: Path) -> None:
    assert able(page) == set()
    choose(page, make_run(log_dir, "a"), make_run(log_dir, "b"))
    assert able(page) == {"evaluate", "delete"}


def test_that_a_damaged_run_can_be_looked_at_and_deleted(page: RunsPage, log_dir: Path) -> None:
    run = make_run(log_dir)
    (run / "config.json").write_text("{")
    choose(page, run)
    assert able(page) == {"futures", "evaluate", "rename", "describe", "reveal", "delete"}
    assert "is damaged" in page.words.text()
    assert page.curves.curves[run].steps.tolist() == [1, 2, 3, 4, 5]


def test_that_resume_asks_for_the_run(page: RunsPage, log_dir: Path, qtbot: QtBot) -> None:
    run = make_run(log_dir)
    choose(page, run)
    with qtbot.waitSignal(page.actions_.resume_wanted) as asked:
        do(page, "resume")
    assert asked.args == [str(run), 0]


def test_that_extend_asks_for_a_run_that_has_finished(page: RunsPage, log_dir: Path, qtbot: QtBot) -> None:
    run = make_run(log_dir, state="finished", step=10)
    choose(page, run)
    with qtbot.waitSignal(page.actions_.extend_wanted) as asked:
        do(page, "extend")
    assert asked.args == [str(run)]


def test_that_duplicate_gives_the_runs_settings(page: RunsPage, log_dir: Path, qtbot: QtBot) -> None:
    choose(page, make_run(log_dir))
    with qtbot.waitSignal(page.actions_.duplicate_wanted) as asked:
        do(page, "duplicate")
    assert asked.args[0].niter == 2


def test_that_settings_of_another_version_are_said_and_not_given(page: RunsPage, log_dir: Path, qtbot: QtBot) -> None:
    run = make_run(log_dir)
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps({**config, "flux": 1}))
    choose(page, run)
    with qtbot.assertNotEmitted(page.actions_.duplicate_wanted):
        do(page, "duplicate")
    assert "flux: no such setting" in page.banner.text


def test_that_checkpoints_are_opened_and_evaluated(page: RunsPage, log_dir: Path, qtbot: QtBot) -> None:
    runs = [make_run(log_dir, name) for name in ("a", "b")]
    choose(page, runs[0])
    with qtbot.waitSignal(page.actions_.open_in_futures) as opened:
        page.table.doubleClicked.emit(page.table.model().index(0, 0))
    assert opened.args == [str(runs[0] / "checkpoints" / "last.pt")]
    choose(page, *runs)
    with qtbot.waitSignal(page.actions_.evaluate_wanted) as asked:
        do(page, "evaluate")
    assert sorted(asked.args[0]) == [str(run / "checkpoints" / "last.pt") for run in runs]


def rename(page: RunsPage, qtbot: QtBot, name: str) -> RenameDialog:
    """What a person does; the dialog stays where the name is none."""
    page.actions_.all["rename"].trigger()
    dialog = [dialog for dialog in page.findChildren(RenameDialog) if dialog.isVisible()][-1]
    dialog.name.selectAll()
    qtbot.keyClicks(dialog.name, name)
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    return dialog


def test_that_a_renamed_run_stays_selected(page: RunsPage, log_dir: Path, qtbot: QtBot) -> None:
    choose(page, make_run(log_dir))
    page.rescan()
    events = list(scan(log_dir))  # of a look that ends after the change
    job = page._studio.jobs.pop()  # type: ignore[attr-defined]
    assert not rename(page, qtbot, "run-new").isVisible()
    for ended in (False, True):
        assert names(page) == {"run-new"}, "at once, and whatever the look says that began before"
        assert [row.path.name for row in page.table.chosen()] == ["run-new"]
        if not ended:
            for event in (*events, Finished()):
                page.on_event(job, event)
            work(page)
    assert page.rows[0].checkpoint == log_dir / "run-new" / "checkpoints" / "last.pt"
    make_run(log_dir, "run-new-new")
    dialog = rename(page, qtbot, "run-new-new")
    assert dialog.isVisible()
    assert "there is a run of that name already" in dialog.reason.text()
    dialog.reject()
    assert {path.name for path in log_dir.iterdir()} == {"run-new", "run-new-new"}


def test_that_tags_and_notes_are_written_and_found(page: RunsPage, log_dir: Path) -> None:
    run = make_run(log_dir)
    choose(page, run)
    do(page, "describe")
    dialog = page.findChild(NotesDialog)
    assert dialog is not None
    dialog.tags.setText(" sweep , , β")
    dialog.notes.setPlainText("why not")
    dialog.buttons.accepted.emit()
    work(page)
    assert json.loads((run / "about.json").read_text()) == {"tags": ["sweep", "β"], "notes": "why not"}
    assert (page.rows[0].tags, page.rows[0].notes) == (("sweep", "β"), "why not")
    assert "why not" in page.words.text()
    page.bar.search.setText("β not")
    assert page.table.model().rowCount() == 1


def test_that_the_folder_is_shown_by_the_system(page: RunsPage, log_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", shown.append)
    run = make_run(log_dir, "a b")
    choose(page, run)
    do(page, "reveal")
    assert [Path(url.toLocalFile()) for url in shown] == [run]


def test_that_deleted_runs_come_back_by_undo(page: RunsPage, log_dir: Path) -> None:
    runs = [make_run(log_dir, name) for name in ("a", "b")]
    make_run(log_dir, "kept")
    choose(page, *runs)
    do(page, "delete")
    assert names(page) == {"kept"}
    assert page.offer.text.startswith("2 runs: moved to the trash")
    assert page.bar.trash.text() == "Trash (2)"
    page.offer.buttons["Undo"].click()
    work(page)
    assert names(page) == {"a", "b", "kept"}
    assert {row.path for row in page.table.chosen()} == set(runs)
    assert page.offer.text == ""
    assert not page.bar.trash.isEnabled()


def test_that_a_run_deleted_long_ago_comes_back_from_the_trashs_menu(page: RunsPage, log_dir: Path) -> None:
    choose(page, make_run(log_dir))
    do(page, "delete")
    page.offer.buttons["Dismiss"].click()
    assert names(page) == set()
    back = page.bar.trash.menu().actions()[0]
    assert back.text() == "Bring back run"
    back.trigger()
    work(page)
    assert names(page) == {"run"}


@pytest.mark.parametrize("yes", [True, False])
def test_that_the_trash_is_emptied_only_after_a_question(
    page: RunsPage, log_dir: Path, monkeypatch: pytest.MonkeyPatch, yes: bool
) -> None:
    questions: list[str] = []
    monkeypatch.setattr(runs_page, "confirm", lambda parent, title, question, *rest, **more: questions.append(question) or yes)
    choose(page, make_run(log_dir))
    do(page, "delete")
    page.bar.trash.menu().actions()[-1].trigger()
    work(page)
    assert questions[0].startswith("1 run in the trash")
    assert page.bar.trash.isEnabled() is not yes
    assert list((log_dir / ".trash").iterdir()) == [] if yes else (page.offer.text != "")


def test_that_every_action_has_a_button_a_menu_entry_and_a_key(page: RunsPage, log_dir: Path, qtbot: QtBot) -> None:
    actions = list(page.actions_.all.values())
    assert [button.defaultAction() for button in page.findChildren(QToolButton) if button.defaultAction() in actions] == actions
    assert page.table.actions() == actions
    assert len({action.shortcut().toString() for action in actions} - {""}) == len(actions)
    choose(page, make_run(log_dir))
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    page.table.setFocus()
    with qtbot.waitSignal(page.actions_.open_in_futures):
        qtbot.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    assert page.offer.isVisible()
    page.bar.search.setFocus()
    page.bar.search.setText("x")
    qtbot.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.bar.search.selectedText() == "x"


# ---- after a crash


def test_that_crashes_of_this_machine_are_told_at_the_first_look_alone(page: RunsPage, log_dir: Path) -> None:
    told: list[list[RunRow]] = []
    page.crashes_found.connect(told.append)
    make_run(log_dir, "old", state="running", started=1.0)
    make_run(log_dir, "new", state="paused", started=2.0)
    make_run(log_dir, "hopeless", state="running", checkpoint=False)
    make_run(log_dir, "elsewhere", state="running", host="elsewhere", updated=1.0)
    make_run(log_dir, "fine")
    look(page)
    assert [[row.path.name for row in rows] for rows in told] == [["new", "old"]]
    make_run(log_dir, "later", state="running")
    look(page)
    assert len(told) == 1


def test_that_a_real_lane_lists_and_reads(qtbot: QtBot, start_lane: Callable[[str], Worker], log_dir: Path) -> None:
    run = make_run(log_dir, step=8)
    lane = start_lane("studio")
    page = RunsPage(lane)
    qtbot.addWidget(page)
    lane.happened.connect(page.on_event)
    with qtbot.waitExposed(page):
        page.show()
    qtbot.waitUntil(lambda: names(page) == {"run"})
    page.table.choose([run])
    qtbot.waitUntil(lambda: run in page.curves.curves)
    assert len(page.curves.curves[run].steps) == 8
    page.hide()
    lane.happened.disconnect(page.on_event)


# ---- as it was left, and the keyboard


def test_that_the_page_is_as_it_was_left(page: RunsPage, log_dir: Path, tmp_path: Path, quiet_lane: Any, qtbot: QtBot) -> None:
    make_run(tmp_path / "other", "there")
    page.bar.show_folder(str(tmp_path / "other"))
    page.bar.search.setText("the")
    page.table.sortByColumn(KEYS.index("best"), Qt.SortOrder.AscendingOrder)
    page.diff.all.setChecked(True)
    kept = json.loads(json.dumps(page.state()))
    work(page)
    again = RunsPage(quiet_lane)
    qtbot.addWidget(again)
    again.restore(kept)
    work(again)
    assert names(again) == {"there"}
    assert again.state() == kept
    assert again.diff.all.isChecked()


@pytest.mark.parametrize("odd", [None, 7, "", "\0", [], {"a": 1}, "x" * 100_000])
def test_that_a_damaged_memory_of_the_page_is_left_out(page: RunsPage, odd: object) -> None:
    before = page.state()
    page.restore(dict.fromkeys(("sort", "descending", "all_settings"), odd))
    page.restore({})
    assert page.state() == {**before, "all_settings": False}
    page.restore({"log_dir": odd if not isinstance(odd, str) else "", "search": odd})
    assert page.state()["log_dir"] == before["log_dir"]
    assert len(page.bar.search.text()) <= 200


def test_that_log_folders_are_remembered_and_offered(page: RunsPage, log_dir: Path, tmp_path: Path) -> None:
    make_run(log_dir, "here")
    make_run(tmp_path / "other", "there")
    look(page)
    page.bar.show_folder(str(tmp_path / "other"))
    work(page)
    assert recents.recent("runs") == [str(tmp_path / "other"), str(log_dir)]
    menu = page.bar.recent.menu()
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == recents.recent("runs")
    menu.actions()[1].trigger()
    work(page)
    assert names(page) == {"here"}
    assert page.bar.folder.text() == str(log_dir)


def test_that_runs_of_a_folder_before_are_not_shown_under_another_ones_name(page: RunsPage, log_dir: Path, tmp_path: Path) -> None:
    make_run(log_dir, "here")
    look(page)
    page.bar.show_folder(str(tmp_path / "other"))
    assert names(page) == set()
    assert "Looking into" in page.words.text()


def test_that_the_focus_is_in_the_table_when_the_page_is_shown(page: RunsPage, qtbot: QtBot) -> None:
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    assert page.focusWidget() is page.table
    page.bar.folder.setFocus()
    page.hide()
    page.show()
    assert page.focusWidget() is page.table


def test_that_the_menu_of_the_table_has_what_the_buttons_have_and_copies(page: RunsPage, log_dir: Path, qtbot: QtBot) -> None:
    choose(page, make_run(log_dir, "a, b", state="finished"))
    page.show()
    page.table.selectionModel().setCurrentIndex(page.table.model().index(0, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
    qtbot.keyClick(page.table, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    menu = page.table.menu.menu
    assert menu is not None
    actions = menu.actions()
    assert actions[: len(page.actions_.all)] == list(page.actions_.all.values())
    assert [action.isEnabled() for action in actions[:2]] == [False, True], actions[1].toolTip()  # Resume, and Extend… in its place
    assert "Extend… gives it" in actions[0].toolTip()
    found = {action.text(): action for action in actions}
    found["Copy row as CSV"].trigger()
    menu.close()
    head, row = QGuiApplication.clipboard().text().splitlines()
    assert head.startswith("Name,State,Step,Test mse,Data")
    assert row.startswith('"a, b",finished,5 / 10,0.25,smmnist')
    qtbot.keyClick(page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().splitlines()[1].startswith("a, b\tfinished\t")


def test_that_buttons_end_in_an_ellipsis_where_a_question_follows(page: RunsPage) -> None:
    texts = {button.text() for button in page.findChildren(QToolButton) if button.defaultAction()}
    assert {"Rename…", "Extend…", "Tags and notes…", "Move to trash", "Show folder"} <= texts


def test_that_a_folder_that_cannot_be_shown_is_said(page: RunsPage, log_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    choose(page, make_run(log_dir))
    do(page, "reveal")
    assert "cannot be shown; open it with your file manager" in page.banner.text
