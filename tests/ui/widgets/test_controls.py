"""What is locked says why, to the eye and to screen readers."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import TrainConfig
from svg_studio.ui.widgets.controls import button, combo_box, dialog_buttons, enable, resize_on_screen
from svg_studio.ui.widgets.form import ConfigForm
from svg_studio.ui.widgets.layouts import column


@pytest.fixture
def start(qtbot: QtBot) -> QPushButton:
    made = button("Start", tip="Start training")
    made.setAccessibleDescription("The run of the form")
    qtbot.addWidget(made)
    return made


def test_that_a_locked_button_says_why(start: QPushButton) -> None:
    enable(start, False, "Another run is training.")
    assert not start.isEnabled()
    assert start.toolTip() == "Another run is training.\nStart training"
    assert start.accessibleDescription() == "Another run is training. The run of the form"


def test_that_a_button_that_is_free_again_says_what_it_said(start: QPushButton) -> None:
    for why in ("Another run is training.", "The form has errors.", ""):
        enable(start, False, why)
        enable(start, False, why)
    enable(start, True)
    assert start.isEnabled()
    assert start.toolTip() == "Start training"
    assert start.accessibleDescription() == "The run of the form"
    enable(start, True, "which is of no matter")
    assert start.toolTip() == "Start training"


def test_that_the_newest_reason_is_the_one_that_is_said(start: QPushButton) -> None:
    enable(start, False, "Another run is training.")
    enable(start, False, "The form has errors.")
    assert start.toolTip() == "The form has errors.\nStart training"


def test_that_a_tip_which_was_changed_meanwhile_stays(start: QPushButton) -> None:
    enable(start, False, "Another run is training.")
    start.setToolTip("Start the next run")
    enable(start, True)
    assert start.toolTip() == "Start the next run"
    enable(start, False, "No.")
    assert start.toolTip() == "No.\nStart the next run"


def test_that_reasons_are_text_and_tips_may_be_markup(start: QPushButton) -> None:
    start.setToolTip("<b>Start</b><br>training")
    enable(start, False, "a<b & c is busy")
    assert "a&lt;b &amp; c is busy" in start.toolTip()
    assert start.toolTip().endswith("<br><b>Start</b><br>training")


def test_that_entries_of_menus_say_it_too(qtbot: QtBot) -> None:
    entry = QAction("Resume")
    enable(entry, False, "The run is training.")
    assert entry.toolTip() == "The run is training.\nResume"
    enable(entry, True)
    assert entry.toolTip() == "Resume"


def test_that_the_fields_of_a_locked_form_say_why(qtbot: QtBot) -> None:
    form = ConfigForm(TrainConfig)
    qtbot.addWidget(form)
    before = form.fields["lr"].editor.toolTip()
    form.set_enabled(False, "A run is training.")
    assert "A run is training." in form.fields["lr"].editor.toolTip()
    assert not form.fields["lr"].editor.isEnabled()
    form.set_enabled(True)
    assert form.fields["lr"].editor.toolTip() == before
    assert form.fields["lr"].editor.isEnabled()


def test_that_enter_does_what_the_dialog_is_for_whatever_stands_before(qtbot: QtBot) -> None:
    done: list[str] = []
    dialog = QDialog()
    qtbot.addWidget(dialog)
    words = combo_box("What", [("one", 1), ("two", 2)])
    box, _ = dialog_buttons(dialog, "Export", lambda: done.append("export"))
    column(words, button("Choose…", lambda: done.append("choose")), box, on=dialog)
    dialog.show()
    dialog.activateWindow()
    words.setFocus()
    QTest.keyClick(words, Qt.Key.Key_Return)
    assert done == ["export"]


def test_that_a_list_drops_down_whole_where_there_is_room(qtbot: QtBot) -> None:
    names = combo_box("Data set", [(f"set {n}", n) for n in range(8)])
    qtbot.addWidget(names)
    names.move(50, 50)
    names.show()
    names.showPopup()
    rows = names.view()
    last = rows.visualRect(rows.model().index(7, 0))
    assert rows.viewport().rect().contains(last), "its last line, too"
    assert not rows.verticalScrollBar().isVisible()
    names.hidePopup()


@pytest.mark.parametrize("room, size", [((1000, 700), (980, 640)), ((1920, 1080), (1120, 720)), ((1000, 1080), (980, 720))])
def test_that_a_window_is_no_larger_than_its_screen(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, room: tuple[int, int], size: tuple[int, int]
) -> None:
    window = QWidget()
    qtbot.addWidget(window)

    class Screen:
        def availableGeometry(self) -> QRect:
            return QRect(0, 0, *room)

    monkeypatch.setattr(window, "screen", Screen)
    resize_on_screen(window, 1120, 720)
    assert (window.width(), window.height()) == size
