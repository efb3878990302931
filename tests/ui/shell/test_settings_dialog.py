"""The settings dialog: what it keeps, what it says, and that the pages of the window follow."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot
from support.whole_window import *  # noqa: F403
from support.whole_window import Lanes, OpenWindow

from svg_studio.paths import default_data_root, default_log_dir
from svg_studio.ui import number_text
from svg_studio.ui.data.mirrors_dialog import MirrorsDialog
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.shell import apply_settings
from svg_studio.ui.shell.remembered import remember
from svg_studio.ui.shell.settings_dialog import NUMBERS, SettingsDialog
from svg_studio.ui.style import theme


@pytest.fixture(autouse=True)
def as_usual() -> None:
    number_text.set_style("point")


@pytest.fixture
def dialog(qtbot: QtBot) -> SettingsDialog:
    made = SettingsDialog(Preferences(), [QAction("Notify", checkable=True, toolTip="Tell of the end")])
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def choose(combo: QComboBox, data: str) -> None:
    """Goes to an entry with the arrow keys, as a person without a mouse does."""
    combo.setFocus()
    way = combo.findData(data) - combo.currentIndex()
    for _ in range(abs(way)):
        QTest.keyClick(combo, Qt.Key.Key_Down if way > 0 else Qt.Key.Key_Up)
    assert combo.currentData() == data


def test_that_what_is_usual_is_shown_first(dialog: SettingsDialog) -> None:
    assert dialog.data_folder.edit.text() == str(default_data_root())
    assert dialog.log_folder.edit.text() == str(default_log_dir())
    assert [one.currentData() for one in (dialog.device, dialog.precision, dialog.numbers)] == ["auto", "auto", "point"]
    assert dialog.scheme.currentData() == "light"  # that of every test


def test_that_every_choice_is_said_and_is_there_the_next_time(dialog: SettingsDialog, qtbot: QtBot, tmp_path: Path) -> None:
    heard: list[str] = []
    for signal in (dialog.device_changed, dialog.precision_changed, dialog.scheme_changed, dialog.data_folder_changed):
        signal.connect(heard.append)
    choose(dialog.device, "cpu")
    choose(dialog.precision, "bf16")
    choose(dialog.scheme, "high contrast")
    choose(dialog.numbers, "system")
    dialog.data_folder.edit.selectAll()
    QTest.keyClicks(dialog.data_folder.edit, str(tmp_path / "sets"))
    QTest.keyClick(dialog.data_folder.edit, Qt.Key.Key_Return)
    assert heard[-1] == str(tmp_path / "sets")
    assert {"cpu", "bf16", "high contrast"} < set(heard)
    assert number_text.notifier().style == "system"
    assert dialog.isVisible()  # Enter ended the path alone
    theme.notifier().scheme = "high contrast"  # as whoever hears it does
    again = SettingsDialog(Preferences())
    qtbot.addWidget(again)
    chosen = [one.currentData() for one in (again.device, again.precision, again.scheme, again.numbers)]
    assert chosen == ["cpu", "bf16", "high contrast", "system"]
    assert again.data_folder.edit.text() == str(tmp_path / "sets")


def test_that_an_empty_folder_is_the_usual_one_and_a_part_of_a_path_is_refused(dialog: SettingsDialog, tmp_path: Path) -> None:
    heard: list[str] = []
    dialog.log_folder_changed.connect(heard.append)
    edit = dialog.log_folder.edit
    for text in ("runs", str(tmp_path), ""):
        edit.clear()
        QTest.keyClicks(edit, text)
        QTest.keyClick(edit, Qt.Key.Key_Return)
        assert dialog.log_folder.error.isVisible() == (text == "runs")
    assert heard == [str(tmp_path), str(default_log_dir())]
    assert edit.text() == str(default_log_dir())
    for text in ("runs", str(tmp_path / "hid\u200bden"), "~nobody-has-this-name/runs"):
        edit.setText(str(tmp_path))
        QTest.keyClick(edit, Qt.Key.Key_Return)
        assert not edit.accessibleDescription().count("name the whole path")
        heard.clear()
        edit.setText(text)
        QTest.keyClick(edit, Qt.Key.Key_Return)
        assert "name the whole path" in edit.accessibleDescription()
        assert edit.property("invalid"), "it is framed as what is wrong is everywhere"
        assert not heard


def test_that_a_folder_is_said_once_and_a_tilde_is_the_persons_own(
    dialog: SettingsDialog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    heard: list[str] = []
    dialog.data_folder_changed.connect(heard.append)
    for text in ("~/sets", str(tmp_path / "sets")):
        dialog.data_folder.edit.setText(text)
        QTest.keyClick(dialog.data_folder.edit, Qt.Key.Key_Return)
        assert dialog.data_folder.edit.text() == str(tmp_path / "sets")
    assert heard == [str(tmp_path / "sets")], "the same folder again is no change"


def test_that_the_home_of_nobody_is_refused(dialog: SettingsDialog) -> None:
    heard: list[str] = []
    dialog.data_folder_changed.connect(heard.append)
    text = "~nobody-of-that-name/sets"
    dialog.data_folder.edit.setText(text)
    QTest.keyClick(dialog.data_folder.edit, Qt.Key.Key_Return)
    assert text in dialog.data_folder.error.text()
    assert not dialog.data_folder.error.isHidden()
    assert heard == []


def test_that_a_folder_can_be_chosen_beginning_at_the_one_that_is_set(
    dialog: SettingsDialog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    starts: list[str] = []
    answers = [str(tmp_path / "chosen"), ""]

    def ask(_parent: object, _title: str, start: str) -> str:
        starts.append(start)
        return answers.pop(0)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", ask)
    heard: list[str] = []
    dialog.log_folder_changed.connect(heard.append)
    (choose_button,) = [one for one in dialog.findChildren(QPushButton) if one.accessibleName() == "Choose log folder"]
    choose_button.click()
    choose_button.click()
    assert starts == [str(default_log_dir()), str(tmp_path / "chosen")]
    assert heard == [str(tmp_path / "chosen")], "and a dialog that was closed changes nothing"
    assert dialog.log_folder.edit.text() == str(tmp_path / "chosen")


def test_that_a_choice_lies_on_the_disk_at_once(dialog: SettingsDialog) -> None:
    file = Path(QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "svg-studio", "window").fileName())
    dialog.device.setCurrentIndex(dialog.device.findData("cpu"))
    assert "device=cpu" in file.read_text(encoding="utf-8"), "a program that is killed has kept it"


def test_that_no_button_takes_enter_from_the_fields_and_close_closes(dialog: SettingsDialog) -> None:
    buttons = {one.text(): one for one in dialog.findChildren(QPushButton)}
    assert not [words for words, one in buttons.items() if one.autoDefault() or one.isDefault()]
    buttons["Close"].click()
    assert not dialog.isVisible()


def test_that_a_box_and_its_entry_in_the_menu_are_one(qtbot: QtBot) -> None:
    entry, on = QAction("Notify", checkable=True), QAction("Stay awake", checkable=True, checked=True)
    dialog = SettingsDialog(Preferences(), [entry, on])
    qtbot.addWidget(dialog)
    assert [box.isChecked() for box in dialog.switches] == [False, True]
    entry.setChecked(True)
    assert dialog.switches[0].isChecked()
    dialog.switches[0].click()
    assert not entry.isChecked()


@pytest.mark.parametrize("value", ["", "purple", "relative/folder", "\x00", "/a\nb", 7, [1, 2]])
def test_that_damaged_settings_are_the_usual_ones(value: object, qtbot: QtBot) -> None:
    store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "svg-studio", "window")
    for name in ("folder/data", "folder/log", "device", "precision", "numbers", "scheme"):
        store.setValue(name, value)
    store.sync()
    dialog = SettingsDialog(Preferences())
    qtbot.addWidget(dialog)
    assert dialog.data_folder.edit.text() == str(default_data_root())
    assert dialog.log_folder.edit.text() == str(default_log_dir())
    assert [one.currentData() for one in (dialog.device, dialog.precision, dialog.numbers)] == ["auto", "auto", "point"]


def test_that_every_field_has_its_name_and_its_tip(dialog: SettingsDialog) -> None:
    for field in (dialog.device, dialog.precision, dialog.scheme, dialog.numbers, dialog.data_folder.edit, dialog.log_folder.edit):
        assert field.accessibleName()
        assert field.toolTip()
    buddies = [words.buddy() for words in dialog.findChildren(QLabel)]
    assert dialog.device in buddies
    assert dialog.data_folder.edit in buddies


def test_that_the_pages_follow_the_dialog_and_the_next_window_too(lanes: Lanes, open_window: OpenWindow, tmp_path: Path) -> None:
    window = open_window(lanes)
    dialog = apply_settings.show(window)
    assert window.train is not None
    assert window.evaluate is not None
    assert window.data is not None
    assert window.runs is not None
    for field, folder in ((dialog.data_folder, "sets"), (dialog.log_folder, "logs")):
        field.edit.setText(str(tmp_path / folder))
        QTest.keyClick(field.edit, Qt.Key.Key_Return)
    choose(dialog.device, "cpu")
    choose(dialog.precision, "fp32")
    choose(dialog.scheme, "dark")
    values = window.train.settings.form.values()
    assert (values["log_dir"], values["data"]["data_root"]) == (str(tmp_path / "logs"), str(tmp_path / "sets"))
    assert (values["device"], values["precision"]) == ("cpu", "fp32")
    assert (window.data.data_root, window.runs.log_dir) == (str(tmp_path / "sets"), tmp_path / "logs")
    assert window.evaluate.settings.form.values()["device"] == "cpu"
    config = window.futures.bar.config(tmp_path / "model.pt", {})
    assert (config.device, config.precision) == ("cpu", "fp32")
    assert theme.colors() is theme.DARK
    assert [entry.data() for entry in window.menus.schemes.actions() if entry.isChecked()] == ["dark"]
    dialog.switches[0].click()
    assert window.notifier.switch.isChecked() == dialog.switches[0].isChecked()
    dialog.mirrors.click()
    assert window.findChild(MirrorsDialog) is not None
    other = open_window(lanes)
    assert other.train is not None
    assert other.train.settings.form.values()["log_dir"] == str(tmp_path / "logs")
    assert other.futures.bar.device == "cpu"
    assert other.data is not None
    assert other.data.data_root == str(tmp_path / "sets")


def test_that_the_next_window_writes_numbers_as_chosen_and_leaves_a_page_its_own_device(
    lanes: Lanes, open_window: OpenWindow
) -> None:
    window = open_window(lanes)
    assert window.train is not None
    window.train.settings.form.fields["device"].set_value("cpu")
    remember(window.settings, "train", window.train)
    window.settings.put(NUMBERS, "system")
    assert number_text.notifier().style == "point"
    other = open_window(lanes)
    assert number_text.notifier().style == "system"
    assert other.train is not None
    assert other.train.settings.form.values()["device"] == "cpu", "the dialog's automatic is not said over it"


def test_that_mirrors_wait_for_the_data_page(lanes: Lanes, open_window: OpenWindow) -> None:
    window = open_window(lanes)
    page, window.data = window.data, None
    dialog = apply_settings.show(window)
    assert not dialog.mirrors.isEnabled()
    assert "still being made" in dialog.mirrors.toolTip()
    window.data = page


def test_that_the_menu_opens_it(lanes: Lanes, open_window: OpenWindow) -> None:
    window = open_window(lanes)
    (entry,) = [one for one in window.findChildren(QAction) if one.text() == "Settings…"]
    assert entry.shortcut().toString() == "Ctrl+,"
    entry.trigger()
    assert window.findChild(SettingsDialog) is not None
