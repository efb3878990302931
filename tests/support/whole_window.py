"""The main window with all its pages, on lanes that run."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from svg_studio.engine.worker import Worker
from svg_studio.ui.shell.main_window import MainWindow

OpenWindow = Callable[..., MainWindow]
Lanes = tuple[Worker, Worker, Worker, Worker]


@pytest.fixture
def lanes(start_lane: Callable[[str], Worker]) -> Lanes:
    return start_lane("training"), start_lane("studio"), start_lane("files"), start_lane("evaluation")


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("svg_studio")
    before = logger.level, list(logger.handlers)
    logger.setLevel(logging.INFO)
    yield logger
    logger.setLevel(before[0])
    logger.handlers[:] = before[1]


@pytest.fixture
def open_window(logger: logging.Logger, qtbot: QtBot) -> Iterator[Callable[..., MainWindow]]:
    """Opens windows that are complete, and leaves them after the test. (qtbot.addWidget would delete them half-way.)"""
    opened: list[MainWindow] = []

    def open_one(lanes: Lanes, **options: Any) -> MainWindow:
        window = MainWindow(*lanes, **options)
        opened.append(window)
        with qtbot.waitSignal(window.painted):
            window.show()
        qtbot.waitUntil(lambda: len(window.pages) == 5)
        return window

    yield open_one
    for window in opened:
        window.leave()
        qtbot.waitUntil(lambda w=window: not w.isVisible(), timeout=10_000)
        window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(lanes: Lanes, open_window: OpenWindow) -> MainWindow:
    return open_window(lanes)
