"""The dialog that asks what to convert and how, driven by its fields."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import ConvertConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.ui.data.convert_dialog import ConvertDialog, propose_name

Open = Callable[..., ConvertDialog]


@pytest.fixture
def open_dialog(qtbot: QtBot, tmp_path: Path) -> Open:
    def make(name: str, *, own_files: bool = True, **options: Any) -> ConvertDialog:
        dialog = ConvertDialog(name, str(tmp_path / "data"), own_files=own_files, **options)
        qtbot.addWidget(dialog)
        with qtbot.waitExposed(dialog):
            dialog.show()
        return dialog

    return make


def shown(dialog: ConvertDialog) -> set[str]:
    return {name for name, field in dialog.form.fields.items() if not field.isHidden()}


def accepted(dialog: ConvertDialog) -> ConvertConfig:
    """What the dialog asks for when Convert is pressed."""
    asked: list[ConvertConfig] = []
    dialog.wanted.connect(asked.append)
    assert dialog.convert_button.isEnabled()
    dialog.convert_button.click()
    assert not dialog.isVisible()
    return asked[0]


@pytest.mark.parametrize("name", [name for name, entry in DATASETS.items() if entry.conversion])
def test_that_only_what_matters_for_the_data_set_is_asked(open_dialog: Open, name: str) -> None:
    assert shown(open_dialog(name)) == set(DATASETS[name].conversion)


def test_that_a_download_is_converted_without_asking_where_it_is(open_dialog: Open, tmp_path: Path) -> None:
    dialog = open_dialog("kth", own_files=False)
    assert "source" not in shown(dialog)
    dialog.form.fields["image_width"].set_value(128)
    assert dialog.target.text() == f"The clips go to {tmp_path / 'data' / 'kth' / 'store-128'}"
    config = accepted(dialog)
    assert config == ConvertConfig(dataset="kth", data_root=str(tmp_path / "data"), image_width=128)


def test_that_own_files_have_to_be_named_and_to_be_there(open_dialog: Open, tmp_path: Path) -> None:
    dialog = open_dialog("bair")
    field = dialog.form.fields["source"]
    assert "bair_robot_pushing_dataset_v0.tar" in field.error
    assert not dialog.convert_button.isEnabled()
    dialog.set_source(str(tmp_path / "gone"))
    assert "there is no such file or folder" in field.error
    dialog.set_source(str(tmp_path))
    assert field.error == ""
    assert accepted(dialog).source == str(tmp_path)


def test_that_a_wrong_number_is_said_beside_its_field(open_dialog: Open, tmp_path: Path) -> None:
    dialog = open_dialog("videos", source=str(tmp_path))
    dialog.form.fields["every"].set_value(0)
    assert "needs at least 1 frame" in dialog.form.fields["every"].error_label.text()
    assert not dialog.convert_button.isEnabled()
    assert "every=0" in dialog.convert_button.toolTip()


def test_that_videos_get_a_name_after_their_folder_until_another_is_written(open_dialog: Open, tmp_path: Path) -> None:
    dialog = open_dialog("videos", source=str(tmp_path / "My cat"))
    store = dialog.form.fields["store"]
    assert store.value() == "My cat"
    dialog.set_source(str(tmp_path / "My dog"))
    assert store.value() == "My dog"
    store.set_value("animals")
    dialog.set_source(str(tmp_path / "My bird"))
    assert store.value() == "animals"


@pytest.mark.parametrize(
    "source, name",
    [
        ("/home/me/My garden", "My garden"),
        ("/home/me/My garden/", "My garden"),
        ("/home/me/walk.of.a.dog.mp4", "walk.of.a.dog"),
        ("/home/me/v1.2", "v1.2"),
        ("/home/me/a: what?", "a- what-"),
        ("/home/me/.hidden.", "hidden"),
        ("/home/me/BAIR", "BAIR-videos"),
        ("/home/me/mnist", "mnist-videos"),
        ("/home/me/con.mp4", "con-videos"),
        ("/home/me/Größe 5", "Größe 5"),
        ("/", "videos"),
        ("/home/me/" + "x" * 300, "x" * 80),
    ],
)
def test_that_a_proposed_name_can_be_a_folder_everywhere(source: str, name: str) -> None:
    assert propose_name(source) == name
    assert ConvertConfig(source=source, store=name).store == name


def test_that_a_store_that_is_there_is_told_at_once_and_can_be_replaced(open_dialog: Open, tmp_path: Path) -> None:
    (tmp_path / "data" / "kth" / "store-64").mkdir(parents=True)
    dialog = open_dialog("kth", own_files=False)
    store = dialog.form.fields["store"]
    assert "is there already; write another name, or tick replace" in store.error_label.text()
    assert not dialog.convert_button.isEnabled()
    dialog.form.fields["image_width"].set_value(128)
    assert store.error == ""
    assert "replace" not in shown(dialog)
    dialog.form.fields["image_width"].set_value(64)
    dialog.form.fields["replace"].set_value(True)
    assert store.error == ""
    assert accepted(dialog).replace is True


def test_that_replace_is_forgotten_where_nothing_is_replaced(open_dialog: Open, tmp_path: Path) -> None:
    (tmp_path / "data" / "kth" / "store-64").mkdir(parents=True)
    dialog = open_dialog("kth", own_files=False)
    dialog.form.fields["replace"].set_value(True)
    dialog.form.fields["store"].set_value("another")
    assert accepted(dialog).replace is False


def test_that_a_conversion_that_was_cut_off_is_offered_first(open_dialog: Open, store: Any, tmp_path: Path, qtbot: QtBot) -> None:
    begun = ConvertConfig(dataset="kth", data_root="/elsewhere", fit="crop", store="mine")
    dialog = open_dialog("kth", own_files=False, stores=(store("mine", finished=False, settings=begun.to_dict()), store("kth")))
    asked: list[ConvertConfig] = []
    dialog.wanted.connect(asked.append)
    [button] = [b for b in dialog.findChildren(QPushButton) if b.text() == "Go on"]
    assert button.accessibleName() == "Go on with mine"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == [ConvertConfig(dataset="kth", data_root=str(tmp_path / "data"), fit="crop", store="mine")]
    assert not dialog.isVisible()


def test_that_starting_anew_in_the_place_of_what_was_cut_off_is_told(open_dialog: Open, store: Any) -> None:
    begun = ConvertConfig(dataset="kth", fit="crop")
    dialog = open_dialog("kth", own_files=False, stores=(store("kth", finished=False, settings=begun.to_dict()),))
    assert "this one starts anew" in dialog.note.text()
    dialog.form.fields["fit"].set_value("crop")
    assert dialog.note.isHidden()


@pytest.mark.parametrize("what", ["folder", "file"])
def test_that_folder_and_file_can_be_chosen(open_dialog: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a: str(tmp_path))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: (str(tmp_path / "a.tar"), ""))
    dialog = open_dialog("bair")
    buttons = {button.accessibleName(): button for button in dialog.findChildren(QToolButton)}
    buttons[f"Choose {what} for source"].click()
    assert dialog.form.fields["source"].value() == str(tmp_path if what == "folder" else tmp_path / "a.tar")


def test_that_enter_converts_and_escape_does_not(open_dialog: Open, qtbot: QtBot) -> None:
    asked: list[ConvertConfig] = []
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        dialog = open_dialog("kth", own_files=False)
        dialog.wanted.connect(asked.append)
        qtbot.keyClick(dialog.form.fields["store"].editor, key)
        assert not dialog.isVisible()
    assert len(asked) == 1
