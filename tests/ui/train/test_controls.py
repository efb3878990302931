"""The buttons of a run: which work and why not, where the focus goes, and figures that agree with each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from svg_studio.ui.train.controls import STATES, Controls


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[Controls]:
    """The buttons with another one behind them, as on the page."""
    page = QWidget()
    bar, after = Controls(), QPushButton("Add to queue")
    box = QVBoxLayout(page)
    box.addWidget(bar)
    box.addWidget(after)
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    yield bar
    page.close()


def focus(bar: Controls) -> str:
    widget = bar.window().focusWidget()
    return next((name for name, made in bar.buttons.items() if made is widget), widget.accessibleName() if widget else "")


def test_that_the_focus_goes_from_start_to_pause_and_back_to_start(bar: Controls, qtbot: QtBot) -> None:
    bar.start.connect(lambda: bar.set_state("preparing"))
    bar.buttons["start"].setFocus()
    qtbot.keyClick(bar.buttons["start"], Qt.Key.Key_Space)
    assert focus(bar) == "pause"
    bar.set_state("running")
    assert focus(bar) == "pause"
    bar.set_state("idle", "finished")
    assert focus(bar) == "start"


def test_that_the_focus_waits_while_a_run_stops_and_is_at_start_then(bar: Controls, qtbot: QtBot) -> None:
    bar.set_state("running")
    bar.stop.connect(lambda: bar.set_state("stopping"))
    bar.buttons["stop"].setFocus()
    qtbot.keyClick(bar.buttons["stop"], Qt.Key.Key_Space)
    assert focus(bar) == "Training", "on nothing that a key presses"
    bar.set_state("idle", "stopped")
    assert focus(bar) == "start"


def test_that_the_focus_comes_back_to_sample_now(bar: Controls, qtbot: QtBot) -> None:
    bar.set_state("running")
    bar.sample.connect(lambda: bar.set_state("sampling"))
    bar.buttons["sample"].setFocus()
    qtbot.keyClick(bar.buttons["sample"], Qt.Key.Key_Space)
    assert focus(bar) == "Training"
    bar.set_state("running")
    assert focus(bar) == "sample"


def test_that_a_focus_elsewhere_stays_there(bar: Controls) -> None:
    after = bar.window().findChildren(QPushButton)[-1]
    after.setFocus()
    for state in (*STATES, "idle"):
        bar.set_state(state)
        assert bar.window().focusWidget() is after


@pytest.mark.parametrize("state", STATES)
def test_that_every_button_that_does_nothing_says_why(bar: Controls, state: str) -> None:
    bar.set_reason("batch_size='many': must be a whole number")
    bar.set_state(state)
    usual = Controls()
    for name, made in bar.buttons.items():
        usual.set_state("running" if name != "start" else "idle")
        if not made.isEnabled():
            assert made.toolTip() != usual.buttons[name].toolTip(), name
            assert made.accessibleDescription(), name
    assert not bar.buttons["start"].isEnabled()
    bar.set_reason("")
    assert bar.buttons["start"].isEnabled() is (state == "idle")


def test_that_the_reason_is_the_one_of_the_state(bar: Controls) -> None:
    said = {}
    for state in STATES:
        bar.set_state(state)
        said[state] = {name: made.toolTip().partition("\n")[0] for name, made in bar.buttons.items() if not made.isEnabled()}
    start = {"start": "A run is training: stop it first, or add this one to the queue"}
    still = {**start, "sample": "The run stands still: resume it first"}
    assert said == {
        "idle": dict.fromkeys(("pause", "stop", "sample"), "No run is training"),
        "preparing": {**start, "sample": "The first step has not been made yet"},
        "running": start,
        "sampling": {**start, "sample": "Previews are made after this step"},
        "pausing": still,
        "paused": still,
        "stopping": {**start, **dict.fromkeys(("pause", "stop", "sample"), "The run is stopping")},
    }


def test_that_steps_and_frames_a_second_are_one_figure(bar: Controls) -> None:
    bar.show_speed(2.5, 15 * 16)
    assert bar.speed.text() == "2.5 steps/s  ·  600 frames/s"
    bar.show_speed(0.125, 300)
    assert bar.speed.text() == "0.125 steps/s  ·  37.5 frames/s"
    bar.show_speed(0.0, 300)
    assert bar.speed.text() == ""


def test_that_the_time_left_is_a_range_until_it_is_sure(bar: Controls) -> None:
    bar.show_time(30, (1200, 2400))
    assert bar.time.text() == "30 s elapsed  ·  20–40 min left"
    bar.show_time(90, (2160, 2160))
    assert bar.time.text() == "2 min elapsed  ·  36 min left"
    bar.show_time(1, None)
    assert bar.time.text() == "1 s elapsed"
