"""The list of models offers files, runs of the log folder and snapshots, and says why one is left out."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from svg_studio.engine.events import RunRow
from svg_studio.ui.futures.compare import list as compare_list
from svg_studio.ui.futures.compare.list import CompareList
from svg_studio.ui.futures.compare.models import Model

FILE, RUN = Model(Path("/m/a.pt")), Model(Path("/runs/lp"), ((1, Path("/runs/lp/checkpoints/snapshots/step_1.pt")),))
ROW = RunRow(Path("/runs/fp"), "finished", checkpoint=Path("/runs/fp/checkpoints/last.pt"))


@pytest.fixture
def models(qtbot: QtBot) -> CompareList:
    made = CompareList(lambda: [ROW, replace(ROW, path=Path("/runs/new"), checkpoint=None)])
    qtbot.addWidget(made)
    made.show_models([FILE, RUN], {})
    return made


def test_that_one_left_out_says_so_in_words_and_why(models: CompareList) -> None:
    models.show_models([FILE, RUN], {FILE.path: "a.pt: is no checkpoint."})
    assert models.list.item(0).text() == "a.pt: left out"
    assert "is no checkpoint" in models.list.item(0).toolTip()
    assert models.list.item(1).text() == "lp · 1 snapshot"


def test_that_only_a_run_with_snapshots_can_be_spread_out(models: CompareList, qtbot: QtBot) -> None:
    models.list.setCurrentRow(0)
    assert not models.spread.isEnabled()
    assert "Select a run that has snapshots" in models.spread.toolTip()
    models.list.setCurrentRow(1)
    with qtbot.waitSignal(models.spread_wanted) as said:
        models.spread.click()
    assert said.args == [1]


def test_that_the_menu_lists_runs_that_have_a_checkpoint(models: CompareList, qtbot: QtBot) -> None:
    models.menu.aboutToShow.emit()
    assert [made.text() for made in models.menu.actions()] == ["fp", "", "Other folder…"]
    with qtbot.waitSignal(models.run_wanted) as said:
        models.menu.actions()[0].trigger()
    assert said.args == [ROW.path]


def test_that_files_and_another_folder_are_asked_for(models: CompareList, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setattr(compare_list, "open_files", lambda *_: ["/m/x.pt", "/m/y.pt"])
    monkeypatch.setattr(compare_list, "choose_folder", lambda *_: "/runs/other")
    with qtbot.waitSignal(models.files_wanted) as said:
        models.add_files.click()
    assert said.args == [[Path("/m/x.pt"), Path("/m/y.pt")]]
    models.menu.aboutToShow.emit()
    with qtbot.waitSignal(models.run_wanted) as said:
        models.menu.actions()[-1].trigger()
    assert said.args == [Path("/runs/other")]


def test_that_keys_remove_and_move(models: CompareList, qtbot: QtBot) -> None:
    models.list.setCurrentRow(1)
    with qtbot.waitSignal(models.moved) as said:
        qtbot.keyClick(models.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert said.args == [1, -1]
    with qtbot.waitSignal(models.removed) as said:
        qtbot.keyClick(models.list, Qt.Key.Key_Delete)
    assert said.args == [1]
