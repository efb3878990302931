"""The dialog that asks what to convert and how, driven by its fields."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import ConvertConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import ClipOpened, Failed, SourcesCounted
from svg_studio.ui import recents
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
    dialog = open_dialog(name)
    assert shown(dialog) == set(DATASETS[name].conversion) - {"source"}
    assert dialog.source.isVisible()


def test_that_a_download_is_converted_without_asking_where_it_is(open_dialog: Open, tmp_path: Path) -> None:
    dialog = open_dialog("kth", own_files=False)
    assert not dialog.source.isVisible()
    dialog.form.fields["image_width"].set_value(128)
    assert dialog.target.text() == f"The clips go to {tmp_path / 'data' / 'kth' / 'store-128'}"
    config = accepted(dialog)
    assert config == ConvertConfig(dataset="kth", data_root=str(tmp_path / "data"), image_width=128)


def test_that_own_files_have_to_be_named_and_to_be_there(open_dialog: Open, tmp_path: Path) -> None:
    dialog = open_dialog("bair")
    dialog.convert_button.click()
    assert "bair_robot_pushing_dataset_v0.tar" in dialog.source.error
    assert not dialog.convert_button.isEnabled()
    dialog.set_sources([str(tmp_path / "gone")])
    assert "there is no such file or folder" in dialog.source.error
    dialog.set_sources([str(tmp_path)])
    assert dialog.source.error == ""
    assert accepted(dialog).source == str(tmp_path)


def test_that_a_wrong_number_is_said_beside_its_field(open_dialog: Open, tmp_path: Path) -> None:
    dialog = open_dialog("videos", sources=[str(tmp_path)])
    dialog.form.fields["every"].set_value(0)
    assert "needs at least 1 frame" in dialog.form.fields["every"].error_label.text()
    assert not dialog.convert_button.isEnabled()
    assert "every=0" in dialog.convert_button.toolTip()


def test_that_videos_get_a_name_after_their_folder_until_another_is_written(open_dialog: Open, tmp_path: Path) -> None:
    dialog = open_dialog("videos", sources=[str(tmp_path / "My cat")])
    store = dialog.form.fields["store"]
    assert store.value() == "My cat"
    dialog.set_sources([str(tmp_path / "My dog")])
    assert store.value() == "My dog"
    store.set_value("animals")
    dialog.set_sources([str(tmp_path / "My bird")])
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
    assert "is there already: write another name, or tick replace" in dialog.note.text()
    assert store.error == "", "nobody has written anything yet"
    dialog.convert_button.click()
    assert "is there already; write another name, or tick replace" in store.error_label.text()
    assert dialog.note.isHidden()
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
    (dialog.source.folder_button if what == "folder" else dialog.source.files_button).click()
    assert dialog.source.paths() == (str(tmp_path if what == "folder" else tmp_path / "a.tar"),)
    assert recents.place("data") == str(tmp_path)


# ---- own videos


def test_that_nothing_is_called_wrong_before_anything_was_written(open_dialog: Open) -> None:
    dialog = open_dialog("videos")
    assert dialog.source.error == dialog.form.fields["store"].error == ""
    assert not [words for words in dialog.findChildren(QLabel) if words.property("role") == "error" and words.isVisible()]
    assert dialog.convert_button.isEnabled()
    dialog.convert_button.click()
    assert dialog.isVisible()
    assert dialog.source.error == f"Choose {DATASETS['videos'].source_note}."
    assert not dialog.convert_button.isEnabled()
    assert dialog.convert_button.toolTip() == dialog.source.error


def test_that_a_path_that_is_being_written_is_judged_only_after_a_pause(open_dialog: Open, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog("videos")
    qtbot.keyClicks(dialog.source.lines, str(tmp_path / "gon"))
    assert dialog.source.error == ""
    qtbot.waitUntil(lambda: "no such file or folder" in dialog.source.error)
    qtbot.keyClicks(dialog.source.lines, "e")
    assert dialog.source.error == ""


def test_that_several_files_chosen_are_one_conversion(open_dialog: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    paths = [str(tmp_path / f"IMG_{n}.mp4") for n in range(5)]
    for path in paths:
        Path(path).touch()
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *a: (paths, ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a: str(tmp_path))
    dialog = open_dialog("videos")
    dialog.source.files_button.click()
    assert dialog.form.fields["store"].value() == "IMG_0 and 4 more"
    dialog.source.folder_button.click()
    dialog.source.files_button.click()  # once more: each is there once
    assert dialog.source.paths() == (*paths, str(tmp_path))
    dialog.source.clear_button.click()
    assert not dialog.source.clear_button.isEnabled()
    dialog.source.files_button.click()
    asked = accepted(dialog)
    assert asked.source == tuple(paths)
    assert asked.store == "IMG_0 and 4 more"


def test_that_files_can_be_written_pasted_and_dropped_one_a_line(open_dialog: Open, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog("videos")
    lines = dialog.source.lines
    assert lines.hasFocus()
    qtbot.keyClicks(lines, "/a/b.mp4")
    qtbot.keyClick(lines, Qt.Key.Key_Return)
    assert dialog.isVisible(), "Return makes another line"
    qtbot.keyClicks(lines, '"/c d/e.mp4"')
    assert dialog.source.paths() == ("/a/b.mp4", "/c d/e.mp4")
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile("/f.mp4"), QUrl.fromLocalFile("/a/b.mp4")])
    lines.insertFromMimeData(dropped)
    assert dialog.source.paths() == ("/a/b.mp4", "/c d/e.mp4", "/f.mp4")
    lines.setPlainText("file:///g%20h.mp4\n\n")
    assert dialog.source.paths() == ("/g h.mp4",)


def test_that_own_videos_are_cropped_unless_somebody_wants_them_squashed(open_dialog: Open, tmp_path: Path) -> None:
    assert accepted(open_dialog("videos", sources=[str(tmp_path)])).fit == "crop"
    dialog = open_dialog("videos", sources=[str(tmp_path)])
    dialog.form.fields["fit"].set_value("squash")
    assert accepted(dialog).fit == "squash"
    assert accepted(open_dialog("kth", own_files=False)).fit == "squash", "as the literature has it"
    assert ConvertConfig(source="a").fit == "squash", "as the command line has always done"


def test_that_a_look_at_the_files_is_asked_for_once_for_all_that_was_changed(
    open_dialog: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = open_dialog("videos")
    looks: list[ConvertConfig] = []
    dialog.look_wanted.connect(looks.append)
    dialog.source.set_paths([str(tmp_path)])
    dialog.form.fields["grey"].set_value(True)
    dialog.form.fields["image_width"].set_value(128)
    assert looks == []
    qtbot.waitUntil(lambda: bool(looks))
    [config] = looks
    assert (config.sources, config.grey, config.image_width, config.fit) == ((str(tmp_path),), True, 128, "crop")
    assert dialog.preview.words.text() == "Looking…"
    dialog.form.fields["store"].set_value("another name")
    dialog._settle()
    assert len(looks) == 1, "the name of the store changes no frame"
    dialog.form.fields["every"].set_value(2)
    dialog._settle()
    assert looks[1].every == 2


def test_that_the_preview_counts_and_shows_and_forgets(open_dialog: Open, tmp_path: Path) -> None:
    dialog = open_dialog("videos", sources=[str(tmp_path)])
    counts = SourcesCounted(12, 1, 1250, 15_400_000, 83_000_000_000, 2, {"train": 10, "test": 3})
    dialog.preview.on_event(counts)
    assert dialog.preview.words.text() == (
        "12 videos and 1 folder of pictures, about 1,250 frames: 15.4 MB of 83.0 GB free. 10 to train on and 3 to test with. "
        "2 other things left out."
    )
    for n in range(3):
        dialog.preview.on_event(ClipOpened("train", n, f"clip {n}.mp4", np.full((16, 64, 64, 3), 50 * n, np.uint8)))
    tiles = dialog.preview.tiles
    picture = tiles.grab().toImage()
    for n in range(3):
        middle = tiles.pictures[n].center() * picture.devicePixelRatio()
        assert picture.pixelColor(middle).red() == 50 * n
    dialog.preview.on_event(Failed("mine: holds nothing to convert"))
    assert dialog.preview.words.text() == "mine: holds nothing to convert"
    dialog.source.clear_button.click()
    dialog._settle()
    assert dialog.preview.words.text().startswith("Choose files")
    assert tiles.films == []


@pytest.mark.parametrize("width", [64, 128])
def test_that_the_tiles_of_the_preview_have_room(open_dialog: Open, width: int) -> None:
    dialog = open_dialog("videos")
    tiles = dialog.preview.tiles
    dialog.preview.begin(width)
    for n in range(6):
        dialog.preview.on_event(ClipOpened("train", n, f"clip {n}.mp4", np.zeros((16, width, width, 3), np.uint8)))
    dialog.adjustSize()
    assert len(tiles.films) >= 3
    assert all(tiles.rect().contains(tiles.cell(n)) for n in range(len(tiles.films)))


def test_that_enter_converts_and_escape_does_not(open_dialog: Open, qtbot: QtBot) -> None:
    asked: list[ConvertConfig] = []
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        dialog = open_dialog("kth", own_files=False)
        dialog.wanted.connect(asked.append)
        qtbot.keyClick(dialog.form.fields["store"].editor, key)
        assert not dialog.isVisible()
    assert len(asked) == 1


def test_that_the_dialog_shows_all_of_itself_where_the_screen_has_room(open_dialog: Open, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog("videos")
    files = []
    for number in range(6):
        files.append(str(tmp_path / f"clip {number}.mp4"))
        Path(files[-1]).touch()
    dialog.set_sources(files)
    room = dialog.screen().availableGeometry().height()

    def whole() -> bool:
        lines, area = dialog.source.lines, dialog.area
        seen = lines.verticalScrollBar().maximum() == 0 and area.verticalScrollBar().maximum() == 0
        return dialog.height() <= room and (seen or dialog.height() >= room - 100)  # offscreen windows have a frame, too

    qtbot.waitUntil(whole)
    high = dialog.height()
    dialog.form._folds[""].set_open(True)
    qtbot.waitUntil(lambda: whole() and (dialog.height() > high or dialog.height() >= room - 100))


def test_that_a_height_that_was_drawn_by_hand_stays(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog("videos")
    qtbot.waitUntil(lambda: dialog._needed > 0)
    dialog.resize(dialog.width(), dialog.minimumSizeHint().height())
    low = dialog.height()
    dialog.layout().invalidate()
    qtbot.waitUntil(lambda: not dialog._soon.isActive())
    assert dialog.height() == low


def test_that_what_may_be_chosen_is_said_as_it_is(open_dialog: Open) -> None:
    dialog = open_dialog("videos")
    texts = [words.text() for words in dialog.findChildren(QLabel)]
    assert any(text.startswith("Choose one or several videos, or folders") for text in texts)
