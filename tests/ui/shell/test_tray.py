"""Where a window hides while a model trains, and what the icon there says."""

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from pytestqt.qtbot import QtBot
from support.desktop import TRAINING, Icon, Window

from svg_studio.engine.events import Failed, Finished, Paused, RunStarted, StepFinished, Stopped
from svg_studio.ui.shell import tray as tray_module
from svg_studio.ui.shell.tray import Tray


def test_that_a_window_goes_into_the_tray_and_comes_back(
    window: Window, has_tray: list[Icon], qapp: QApplication, qtbot: QtBot
) -> None:
    tray = Tray(window)
    assert tray.available
    assert not has_tray, "no icon unless there is a use for it"
    tray.take()
    (icon,) = has_tray
    assert icon.isVisible()
    assert not window.isVisible()
    assert not qapp.quitOnLastWindowClosed(), "a box that closes now must not end the program"
    tray.take()
    icon.activated.emit(QSystemTrayIcon.ActivationReason.Context)
    assert not window.isVisible(), "that was for the menu"
    tray.open_action.trigger()
    assert window.isVisible()
    assert not icon.isVisible()
    assert qapp.quitOnLastWindowClosed()
    assert len(has_tray) == 1


def test_that_a_click_on_the_icon_or_its_message_brings_the_window_back(
    window: Window, has_tray: list[Icon], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    tray = Tray(window)
    for click in (
        lambda icon: icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger),
        lambda icon: icon.messageClicked.emit(),
    ):
        tray.take()
        assert not window.isVisible()
        click(has_tray[0])
        assert window.isVisible()


def test_that_quitting_from_the_tray_shows_the_window_first(window: Window, has_tray: list[Icon], qapp: QApplication) -> None:
    tray = Tray(window)
    tray.take()
    tray.quit_action.trigger()
    assert window.isVisible(), "a hidden window that closes does not end the program"
    assert qapp.quitOnLastWindowClosed()
    assert window.closed == 1


def test_that_without_a_tray_the_window_is_minimised(window: Window, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    monkeypatch.setattr(Icon, "isSystemTrayAvailable", staticmethod(lambda: False))
    monkeypatch.setattr(tray_module, "QSystemTrayIcon", Icon)
    tray = Tray(window)
    tray.take()
    assert window.isMinimized()
    assert qapp.quitOnLastWindowClosed()
    tray.back()
    assert not window.isMinimized()
    assert window.isVisible()
    assert not tray.say("title", "text")


def test_that_the_icon_tells_how_training_goes_and_its_menu_stops_it(window: Window, has_tray: list[Icon], qtbot: QtBot) -> None:
    tray = Tray(window)
    assert not tray.stop_action.isEnabled()
    tray.on_event(TRAINING, RunStarted(Path("runs/a"), {}, 1, "CPU", "fp32", 5000))
    tray.take()
    (icon,) = has_tray
    assert icon.toolTip() == "SVG Studio: training"
    for n in (1230, 1231):
        tray.on_event(TRAINING, StepFinished(n, 0, 1.0, 1.0, 1.0, 1.0, 1.0))
        assert icon.toolTip() == "SVG Studio: step 1,230 of 5,000"
    tray.on_event(TRAINING, Paused())
    assert icon.toolTip() == "SVG Studio: training is paused"
    with qtbot.waitSignal(tray.stop_wanted, timeout=1000):
        tray.stop_action.trigger()
    for event, word in ((Stopped(), "stopped"), (Finished(), "finished"), (Failed("x"), "failed")):
        tray.on_event(TRAINING, RunStarted(Path("runs/a"), {}, 1, "CPU", "fp32", 5000))
        assert tray.stop_action.isEnabled()
        tray.on_event(TRAINING, event)
        assert icon.toolTip() == f"SVG Studio: training has {word}"
        assert not tray.stop_action.isEnabled()


def test_that_an_icon_that_only_spoke_goes_again(
    window: Window, has_tray: list[Icon], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(tray_module, "SPOKEN_MS", 1)
    tray = Tray(window)
    assert tray.say("title", "text", failed=True)
    (icon,) = has_tray
    assert icon.messages == [("title", "text", QSystemTrayIcon.MessageIcon.Warning)]
    qtbot.waitUntil(lambda: not icon.isVisible())
    tray.take()
    assert tray.say("title", "text")
    assert icon.messages[1][2] == QSystemTrayIcon.MessageIcon.Information
    with qtbot.waitSignal(tray._hush.timeout, timeout=1000):
        pass
    assert icon.isVisible(), "the window is still behind it"


def test_that_a_notification_holds_no_markup(window: Window, has_tray: list[Icon]) -> None:
    assert Tray(window).say("<b>a</b>\x1b", "<img src=x> & \u202e")
    assert has_tray[0].messages[0][:2] == (r"‹b›a‹/b›\x1b", r"‹img src=x› & \u202e")
