"""A window that counts its closings, and a desktop that has a tray."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QCloseEvent, QIcon
from PySide6.QtWidgets import QApplication, QMainWindow, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from svg_studio.engine.worker import Job
from svg_studio.ui.shell import tray as tray_module

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
