"""The runs of the log folder as the Evaluate page offers them, and what becomes of those on its list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from support.library_runs import make_run

from svg_studio.engine.events import Finished
from svg_studio.engine.runs.library import scan
from svg_studio.ui.evaluate.page import EvaluatePage
from svg_studio.ui.evaluate.run_dialog import RunDialog
from svg_studio.ui.run_list import RunList

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def runs(quiet_lane: Any, tmp_path: Path) -> RunList:
    folder = tmp_path / "log"
    folder.mkdir()
    return RunList(quiet_lane, folder)


@pytest.fixture
def page(qtbot: QtBot, quiet_lane: Any, runs: RunList) -> EvaluatePage:
    page = EvaluatePage(quiet_lane)
    qtbot.addWidget(page)
    page.follow(runs)
    return page


def look(runs: RunList) -> None:
    runs.rescan()
    lane: Any = runs._studio
    while lane.jobs:
        job = lane.jobs.pop(0)
        for event in (*scan(**job.arguments), Finished()):
            runs.on_event(job, event)


def opened(page: EvaluatePage) -> RunDialog:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    page.settings.models.add_run.click()
    return [dialog for dialog in page.findChildren(RunDialog) if dialog.isVisible()][-1]


def last(runs: RunList, name: str) -> str:
    return str(runs.log_dir / name / "checkpoints" / "last.pt")


def names(dialog: RunDialog) -> list[str]:
    return [dialog.table.item(row, 0).text() for row in range(dialog.table.rowCount())]  # type: ignore[union-attr]


def test_that_several_runs_are_found_and_added_with_the_keyboard_alone(page: EvaluatePage, runs: RunList, qtbot: QtBot) -> None:
    for number, name in enumerate(("kth-1", "kth-2", "digits"), 1):
        make_run(runs.log_dir, name, started=1000.0 * number, state="finished")
    dialog = opened(page)
    assert "Looking into" in dialog.words.text()
    look(runs)
    assert names(dialog) == ["digits", "kth-2", "kth-1"]
    assert dialog.words.text() == f"3 runs in {runs.log_dir}"
    assert [dialog.table.item(0, column).text() for column in (1, 2, 3)] == ["finished", "0.25", "smmnist"]  # type: ignore[union-attr]
    assert not dialog.add.isEnabled()
    assert dialog.add.toolTip() == "Select a run that has a checkpoint"
    qtbot.keyClicks(dialog.search, "kth")
    assert names(dialog) == ["kth-2", "kth-1"]
    assert dialog.words.text().startswith("2 of 3 runs")
    with qtbot.waitActive(dialog):
        dialog.activateWindow()
    dialog.search.setFocus()
    qtbot.keyClick(dialog.search, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert dialog.add.text() == "Add 2 runs"
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    assert page.settings.models.paths == [last(runs, "kth-2"), last(runs, "kth-1")]


def test_that_a_run_without_a_checkpoint_or_on_the_list_cannot_be_chosen_and_says_why(
    page: EvaluatePage, runs: RunList, qtbot: QtBot
) -> None:
    make_run(runs.log_dir, "a", started=3.0)
    make_run(runs.log_dir, "b", started=2.0, checkpoint=False)
    look(runs)
    page.add_models([last(runs, "a")])
    dialog = opened(page)
    tips = [dialog.table.item(row, 0).toolTip() for row in range(2)]  # type: ignore[union-attr]
    assert tips == ["Is on the list already", "There is no checkpoint yet"]
    dialog.table.selectAll()
    assert dialog.table.chosen() == []
    assert not dialog.add.isEnabled()


def test_that_what_was_selected_stays_so_when_the_folder_is_looked_at_again(page: EvaluatePage, runs: RunList) -> None:
    run = make_run(runs.log_dir, "a", started=1.0)
    look(runs)
    dialog = opened(page)
    dialog.table.choose([run])
    make_run(runs.log_dir, "b", started=2.0)
    look(runs)
    assert names(dialog) == ["b", "a"]
    assert [row.path for row in dialog.table.chosen()] == [run]
    dialog.add.click()
    assert page.settings.models.paths == [last(runs, "a")]


def test_that_another_folder_can_be_chosen(page: EvaluatePage, runs: RunList, monkeypatch: pytest.MonkeyPatch) -> None:
    look(runs)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: "far/run")
    dialog = opened(page)
    assert "There is no run in" in dialog.words.text()
    dialog.other.click()
    assert page.settings.models.paths == ["far/run"]
    assert not dialog.isVisible()


def test_that_models_follow_their_runs(page: EvaluatePage, runs: RunList) -> None:
    make_run(runs.log_dir, "a")
    look(runs)
    page.add_models([last(runs, "a"), "elsewhere.pt"])
    models = page.settings.models
    now = runs.rename(runs.log_dir / "a", "b")
    assert models.paths == [last(runs, "b"), "elsewhere.pt"]
    assert models.list.item(0).text() == "b · last"
    assert page.settings.config is not None
    assert page.settings.config.model_path == (last(runs, "b"), "elsewhere.pt")
    place = runs.trash(now)
    assert not page.start_button.isEnabled()
    assert "its run was deleted or taken away" in page.start_button.toolTip()
    assert "not there any more" in models.list.item(0).toolTip()
    runs.bring_back(place)
    assert page.start_button.isEnabled()


def test_that_the_list_of_models_has_a_menu(page: EvaluatePage, qtbot: QtBot) -> None:
    models = page.settings.models
    page.add_models(["a.pt", "b.pt"])
    qtbot.keyClick(models.list, Qt.Key.Key_Menu)
    assert models.menu.menu is not None
    found = {action.text(): action for action in models.menu.menu.actions() if action.text()}
    assert (found["Move up"].isEnabled(), found["Move down"].isEnabled()) == (True, False)
    assert found["Move down"].toolTip() == "It is the last"
    found["Take off the list"].trigger()
    models.menu.menu.close()
    assert models.paths == ["a.pt"]
