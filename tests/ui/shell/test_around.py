"""Around a run: its command, notifications, the tray, the question at the end."""

import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox, QPushButton, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from svg_studio.cli import main as cli
from svg_studio.cli import train as train_command
from svg_studio.engine.config import TrainConfig
from svg_studio.engine.events import Failed, Finished, JobStarted, Paused, RunFinished, RunStarted, StepFinished, Stopped
from svg_studio.engine.worker import Job
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.shell import close_dialog, notifications
from svg_studio.ui.shell import tray as tray_module
from svg_studio.ui.shell.close_dialog import Answer
from svg_studio.ui.shell.notifications import LONG_S, Notifications
from svg_studio.ui.shell.tray import Tray
from svg_studio.ui.train import copy_command
from svg_studio.ui.train.copy_command import CopyCommand

TRAINING = Job("training.train:train", title="Training")


class Window(QMainWindow):
    """Counts how often it was closed, and stays."""

    closed = 0

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed += 1
        event.ignore()


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    window = Window()
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.hide()


class Icon(QSystemTrayIcon):
    """A tray icon on a desktop that has a tray, which notes what it is told."""

    made: "list[Icon]" = []  # noqa: RUF012  # emptied for every test

    def __init__(self, icon: QIcon, parent: object) -> None:
        super().__init__(icon, parent)
        self.messages: list[tuple[str, str, object]] = []
        Icon.made.append(self)

    @staticmethod
    def isSystemTrayAvailable() -> bool:
        return True

    @staticmethod
    def supportsMessages() -> bool:
        return True

    def showMessage(self, title: str, text: str, kind: object) -> None:  # type: ignore[override]
        assert self.isVisible(), "Windows and others show no message of a hidden icon"
        self.messages.append((title, text, kind))


@pytest.fixture
def has_tray(monkeypatch: pytest.MonkeyPatch) -> list[Icon]:
    """The icons that come into the tray."""
    monkeypatch.setattr(Icon, "made", [])
    monkeypatch.setattr(tray_module, "QSystemTrayIcon", Icon)
    return Icon.made


@pytest.fixture(autouse=True)
def quits(qapp: QApplication) -> Iterator[None]:
    yield
    qapp.setQuitOnLastWindowClosed(True)


# ---- the command


def test_that_the_button_copies_the_command_of_the_config(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_command, "ON_WINDOWS", False)
    button = CopyCommand()
    qtbot.addWidget(button)
    QGuiApplication.clipboard().setText("before")
    assert not button.isEnabled()
    button.copy()
    assert QGuiApplication.clipboard().text() == "before"
    config = TrainConfig(lr=0.25, name="my run")
    button.show_config(config)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    words = shlex.split(QGuiApplication.clipboard().text())
    assert words[words.index("train") :] == ["train", "--lr", "0.25", "--name", "my run"]
    assert train_command.train_config(cli.build_parser().parse_args(words[words.index("train") :])) == config
    assert button.text() == copy_command.DONE
    button.show_config(replace(config, lr=0.5))
    assert button.text() == copy_command.TEXT, "it has not copied that one"
    button.show_config(None)
    assert not button.isEnabled()


def test_that_the_button_says_again_what_it_does(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_command, "DONE_MS", 1)
    button = CopyCommand()
    qtbot.addWidget(button)
    button.show_config(TrainConfig())
    button.copy()
    qtbot.waitUntil(lambda: button.text() == copy_command.TEXT)


def test_that_the_command_starts_the_program_as_it_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, expected in {
        "main.py": (sys.executable, str(tmp_path / "main.py")),
        "svg-studio": (str(tmp_path / "svg-studio"),),
        "svg-studio.exe": (str(tmp_path / "svg-studio.exe"),),
        "pytest": ("python", "main.py"),
    }.items():
        (tmp_path / name).touch()
        monkeypatch.setattr(sys, "argv", [name])
        assert copy_command.program() == expected
    monkeypatch.setattr(sys, "argv", ["elsewhere/main.py"])
    assert copy_command.program() == ("python", "main.py")


# ---- the question


@pytest.mark.parametrize("tray", [True, False])
@pytest.mark.parametrize("press, expected", [("keep", Answer.KEEP), ("stop", Answer.STOP), ("cancel", Answer.CANCEL)])
def test_that_each_button_gives_its_answer(window: Window, tray: bool, press: str, expected: Answer) -> None:
    words = {
        "keep": close_dialog.KEEP_IN_TRAY if tray else close_dialog.KEEP_MINIMISED,
        "stop": close_dialog.STOP,
        "cancel": "Cancel",
    }
    assert answer_with(window, tray, lambda box: buttons(box)[words[press]].click()) == expected


def test_that_escape_leaves_everything_as_it_was(window: Window, qtbot: QtBot) -> None:
    assert answer_with(window, True, lambda box: qtbot.keyClick(box, Qt.Key.Key_Escape)) == Answer.CANCEL


def test_that_the_question_tells_of_a_queue(window: Window, qtbot: QtBot) -> None:
    texts: list[str] = []

    def read(box: QMessageBox) -> None:
        texts.append(box.text() + box.informativeText())
        qtbot.keyClick(box, Qt.Key.Key_Escape)

    for waiting in (0, 3):
        answer_with(window, True, read, waiting=waiting)
    assert "queue" not in texts[0]
    assert "The queue (3 runs) goes on with it" in texts[1]


def answer_with(window: Window, tray: bool, act: Callable[[QMessageBox], None], waiting: int = 0) -> Answer:
    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert len(buttons(box)) == 3
        act(box)

    QTimer.singleShot(0, press)
    return close_dialog.ask(window, tray=tray, waiting=waiting)


def buttons(box: QMessageBox) -> dict[str, QPushButton]:
    return {button.text(): button for button in box.findChildren(QPushButton)}


# ---- the tray


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


# ---- notifications


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Windows that were marked in the task bar; no window of the program is active."""
    marked: list[str] = []
    monkeypatch.setattr(QApplication, "alert", staticmethod(lambda window, *_: marked.append("alert")))
    monkeypatch.setattr(QApplication, "activeWindow", staticmethod(lambda: None))
    return marked


def run(notifier: Notifications, job: Job, seconds: float, now: list[float], *events: Any) -> None:
    notifier.on_event(job, JobStarted(job.title))
    now[0] += seconds
    for event in events:
        notifier.on_event(job, event)


def test_that_the_end_of_training_is_told_by_the_tray(
    window: Window, has_tray: list[Icon], told: list[str], now: list[float]
) -> None:
    notifier = Notifications(window, Tray(window), Preferences(), clock=lambda: now[0])
    run(notifier, TRAINING, 7500, now, RunFinished(Path("runs/first"), 12_000), Finished())
    run(notifier, TRAINING, 2, now, Failed("no space left; free some"))
    assert has_tray[0].messages == [
        ("Training has finished", "first: 12,000 steps, after 2 h 05 min", QSystemTrayIcon.MessageIcon.Information),
        ("Training failed", "no space left; free some", QSystemTrayIcon.MessageIcon.Warning),
    ]
    assert not told


def test_that_without_a_tray_the_window_is_marked(window: Window, told: list[str], now: list[float]) -> None:
    notifier = Notifications(window, Tray(window), Preferences(), clock=lambda: now[0])
    run(notifier, TRAINING, 1, now, Finished())
    assert told == ["alert"]


def test_that_only_long_jobs_and_ends_nobody_asked_for_are_told(window: Window, told: list[str], now: list[float]) -> None:
    notifier = Notifications(window, Tray(window), Preferences(), clock=lambda: now[0])
    job = Job("data.convert:convert", title="Converting")
    run(notifier, job, LONG_S - 1, now, Finished())
    run(notifier, job, LONG_S - 1, now, Failed("x"))
    run(notifier, job, LONG_S + 1, now, Stopped())
    run(notifier, TRAINING, LONG_S + 1, now, Stopped())
    notifier.on_event(Job("x:y"), Stopped())  # a lane that shuts down says so of a job that never began
    assert told == []
    run(notifier, job, LONG_S + 1, now, Finished())
    run(notifier, job, LONG_S + 1, now, Failed("x"))
    assert told == ["alert", "alert"]


def test_that_nothing_is_told_to_a_person_who_looks_or_does_not_want_it(
    window: Window, told: list[str], now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Preferences()
    notifier = Notifications(window, Tray(window), settings, clock=lambda: now[0])
    monkeypatch.setattr(notifications.QApplication, "activeWindow", staticmethod(lambda: window))
    run(notifier, TRAINING, 1, now, Finished())
    assert told == []
    monkeypatch.setattr(notifications.QApplication, "activeWindow", staticmethod(lambda: None))
    notifier.switch.trigger()
    run(notifier, TRAINING, 1, now, Finished())
    assert told == []
    settings.save()
    again = Notifications(window, Tray(window), Preferences(), clock=lambda: now[0])
    assert not again.switch.isChecked(), "it is remembered"
    again.switch.trigger()
    run(again, TRAINING, 1, now, Finished())
    assert told == ["alert"]
