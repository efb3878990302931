"""The tray icon: hides the window there while a model trains, and shows messages."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon, QWidget

from svg_studio.engine.events import Event, Failed, Finished, Paused, RunStarted, StepFinished, Stopped
from svg_studio.engine.utils.wording import SENTENCE, shown
from svg_studio.engine.worker import Job
from svg_studio.ui.style import theme
from svg_studio.ui.style.icons import icon
from svg_studio.ui.widgets.controls import action, timer

NAME = "SVG Studio"
SPOKEN_MS = 30_000  # how long the icon stays after it has spoken for a window that is not hidden
TIP_EVERY = 10  # steps; some desktops redraw the whole tray


class Tray(QObject):
    """`take` puts the window out of sight, `back` brings it back. Takes the training lane's events, for what its icon says."""

    stop_wanted = Signal()  # the run is to stop and keep a checkpoint

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._icon: QSystemTrayIcon | None = None  # made when it is needed first: it asks the desktop
        self._steps = 0
        self._tip = NAME
        self._quits = True
        self.holds = False  # whether the window is hidden in the tray
        self.menu = QMenu()
        self.stop_action = action(self, "Stop and keep", self.stop_wanted.emit)
        self.open_action = action(self, f"Open {NAME}", self.back)
        self.quit_action = action(self, "Quit", self._quit)
        self.menu.addActions([self.open_action, self.stop_action, self.quit_action])
        self.stop_action.setEnabled(False)
        self._hush = timer(self, SPOKEN_MS, self._tidy, once=True)

    @property
    def available(self) -> bool:
        """Whether this desktop has a tray now."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def take(self) -> None:
        """Hides the window behind an icon in the tray; minimises it where there is none."""
        if not self.available:
            self._window.showMinimized()
            return
        if not self.holds:
            self.holds = True
            self._quits = QApplication.quitOnLastWindowClosed()
            QApplication.setQuitOnLastWindowClosed(False)  # a dialog that closes now would be the last window
        self._shown_icon()
        self._window.hide()

    def back(self) -> None:
        """Brings the window into sight, and before the others. A hidden window that is to close has to come back first."""
        if self.holds:
            self.holds = False
            QApplication.setQuitOnLastWindowClosed(self._quits)
        self._tidy()
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def say(self, title: str, text: str, *, failed: bool = False) -> bool:
        """Shows a notification, a click on which brings the window back; False where the desktop shows none."""
        if not self.available or not QSystemTrayIcon.supportsMessages():
            return False
        kind = QSystemTrayIcon.MessageIcon.Warning if failed else QSystemTrayIcon.MessageIcon.Information
        self._shown_icon().showMessage(_unmarked(title), _unmarked(text), kind)
        self._hush.start()
        return True

    def on_event(self, job: Job, event: Event) -> None:
        """What the training lane says."""
        match event:
            case RunStarted(steps=steps):
                self._steps = steps
                self.stop_action.setEnabled(True)
                self._tell("training")
            case StepFinished(step=step) if step % TIP_EVERY == 0:
                self._tell(f"step {step:,} of {self._steps:,}")
            case Paused():
                self._tell("training is paused")
            case Finished() | Stopped() | Failed() if self.stop_action.isEnabled():
                self.stop_action.setEnabled(False)
                self._tell(f"training has {_ended(event)}")

    def _tell(self, words: str) -> None:
        self._tip = f"{NAME}: {words}"
        if self._icon is not None:
            self._icon.setToolTip(self._tip)

    def _shown_icon(self) -> QSystemTrayIcon:
        if self._icon is None:
            self._icon = QSystemTrayIcon(icon("train", theme.colors().accent, 32), self)
            self._icon.setContextMenu(self.menu)
            self._icon.setToolTip(self._tip)
            self._icon.activated.connect(self._on_click)
            self._icon.messageClicked.connect(self.back)
        self._icon.show()
        return self._icon

    def _on_click(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason != QSystemTrayIcon.ActivationReason.Context and sys.platform != "darwin":  # any click opens the menu there
            self.back()

    def _tidy(self) -> None:
        """The icon goes when nothing is hidden behind it."""
        self._hush.stop()
        if self._icon is not None and not self.holds:
            self._icon.hide()

    def _quit(self) -> None:
        self.back()
        self._window.close()


def _unmarked(text: str) -> str:
    """Some desktops take what notifications say for markup, others do not: what looks like it has neither of its brackets."""
    return shown(text, SENTENCE).replace("<", "‹").replace(">", "›")


def _ended(event: Event) -> str:
    return {Finished: "finished", Stopped: "stopped"}.get(type(event), "failed")
