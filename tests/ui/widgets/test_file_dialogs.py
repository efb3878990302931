"""File dialogs open where the person was last, each kind in its own place."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from svg_studio.ui.widgets import file_dialogs


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def test_that_a_dialog_opens_where_the_one_before_it_ended(
    parent: QWidget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    starts: list[str] = []
    answers = [str(tmp_path / "a" / "model.pt"), "", str(tmp_path / "b" / "x.pt")]

    def ask(_parent: QWidget, _title: str, start: str, *_: object) -> tuple[str, str]:
        starts.append(start)
        return answers.pop(0), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", ask)
    assert file_dialogs.open_file(parent, "Open", "model").endswith("model.pt")
    assert file_dialogs.open_file(parent, "Open", "model") == ""
    file_dialogs.open_file(parent, "Open", "weights")
    answers[:] = [""] * 2
    file_dialogs.open_file(parent, "Open", "model", start="/given")
    file_dialogs.open_file(parent, "Open", "model")
    assert starts == [str(Path.home()), str(tmp_path / "a"), str(Path.home()), "/given", str(tmp_path / "a")]


def test_that_several_files_are_asked_for_where_the_first_of_the_last_ones_lay(
    parent: QWidget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    starts: list[str] = []
    chosen = [str(tmp_path / "a" / "1.mp4"), str(tmp_path / "b" / "2.mp4")]
    answers = [chosen, [], []]

    def ask(_parent: QWidget, _title: str, start: str, *_: object) -> tuple[list[str], str]:
        starts.append(start)
        return answers.pop(0), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", ask)
    assert file_dialogs.open_files(parent, "Open", "data") == chosen
    assert file_dialogs.open_files(parent, "Open", "data") == []
    file_dialogs.open_files(parent, "Open", "data", start="/given")
    assert starts == [str(Path.home()), str(tmp_path / "a"), "/given"]


def test_that_a_file_to_write_is_offered_in_the_folder_of_last_time(
    parent: QWidget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    starts: list[str] = []
    more: list[tuple[str, bool]] = []
    answers = [str(tmp_path / "out" / "plot.png"), "", ""]

    def ask(_parent: QWidget, _title: str, start: str, kinds: str, _kind: str, options: QFileDialog.Option) -> tuple[str, str]:
        starts.append(start)
        more.append((kinds, bool(options & QFileDialog.Option.DontConfirmOverwrite)))
        return answers.pop(0), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    file_dialogs.save_file(parent, "Save", "export", "a.png", "PNG (*.png)")
    file_dialogs.save_file(parent, "Save", "export", "a.png")
    file_dialogs.save_file(parent, "Save", "export", "/elsewhere/a.png", confirm=False)
    assert more == [("PNG (*.png)", False), (file_dialogs.ALL, False), (file_dialogs.ALL, True)]
    assert starts == [str(Path.home() / "a.png"), str(tmp_path / "out" / "a.png"), "/elsewhere/a.png"]


def test_that_a_chosen_folder_is_itself_the_place(parent: QWidget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    starts: list[str] = []
    answers = [str(tmp_path), "", ""]

    def ask(_parent: QWidget, _title: str, start: str) -> str:
        starts.append(start)
        return answers.pop(0)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", ask)
    assert file_dialogs.choose_folder(parent, "Folder", "data") == str(tmp_path)
    file_dialogs.choose_folder(parent, "Folder", "data", start="/given")
    file_dialogs.choose_folder(parent, "Folder", "data")
    assert starts == [str(Path.home()), "/given", str(tmp_path)], "a dialog that was closed leaves the place"
