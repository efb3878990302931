"""The question at the end, when a window closes in the middle of training."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot
from support.desktop import Window

from svg_studio.engine.events import RunVanished
from svg_studio.ui.shell import close_dialog
from svg_studio.ui.shell.close_dialog import Answer


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


@pytest.mark.parametrize(
    "press, expected", [(close_dialog.LOSE, Answer.STOP), (close_dialog.STAY, Answer.CANCEL), ("", Answer.CANCEL)]
)
def test_that_what_cannot_be_kept_is_not_said_to_be_kept(window: Window, qtbot: QtBot, press: str, expected: Answer) -> None:
    seen: list[object] = []

    def act() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.extend((box.text(), set(buttons(box)), box.defaultButton().text()))
        buttons(box)[press].click() if press else qtbot.keyClick(box, Qt.Key.Key_Escape)

    QTimer.singleShot(0, act)
    assert close_dialog.ask_lost(window, RunVanished(Path("run"), 900, 400)) == expected
    assert "its steps after step 400 are in memory alone and would be lost" in str(seen[0])
    assert "checkpoint" not in str(seen[0])
    assert seen[1:] == [{close_dialog.LOSE, close_dialog.STAY}, close_dialog.STAY]


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
