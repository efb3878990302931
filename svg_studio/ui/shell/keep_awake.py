"""Keeps the computer awake while a model trains, where the platform allows it."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import sys
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QObject

from svg_studio.engine.events import Event, Failed, Finished, JobStarted, Paused, Resumed, Stopped
from svg_studio.engine.worker import Job
from svg_studio.ui.preferences import Preferences, Switch

log = logging.getLogger("svg_studio")
TRAINING = "training.train:train"
RELEASE_S = 1.0  # how long a child is given to end by itself
# Its command ends when the pipe it reads from is closed, by this program or, if that is killed, by the system.
LINUX = ("systemd-inhibit", "--what=idle:sleep", "--who=SVG Studio", "--why=A model is being trained", "--mode=block", "cat")
ES_CONTINUOUS, ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001  # winbase.h


class Wakefulness(Protocol):
    """What a platform offers. Neither raises; both may be called twice."""

    def hold(self) -> None: ...

    def release(self) -> None: ...


class KeepAwake(QObject):
    """Takes every event of all lanes. `switch` belongs into a menu."""

    def __init__(self, settings: Preferences, parent: QObject | None = None, *, platform: str = sys.platform) -> None:
        super().__init__(parent)
        self.switch = Switch(settings, "awake", "Stay awake while training", self)
        self.switch.setToolTip("Keep the computer from falling asleep while a model trains")
        self._training = False
        self._means = means(platform)
        self.switch.toggled.connect(self._apply)
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.release)

    def on_event(self, job: Job, event: Event) -> None:
        """Holds while a training job is under way and not paused."""
        if job.target != TRAINING:
            return
        match event:
            case JobStarted() | Resumed():
                self._training = True
            case Paused() | Finished() | Stopped() | Failed():
                self._training = False
            case _:
                return
        self._apply()

    def release(self) -> None:
        """Lets the computer fall asleep again."""
        self._means.release()

    def _apply(self) -> None:
        if self._training and self.switch.isChecked():
            self._means.hold()
        else:
            self.release()


def means(platform: str) -> Wakefulness:
    """How `platform`, a value of sys.platform, is kept awake."""
    if platform == "win32":
        return ThreadState()
    if platform == "darwin":
        return Child(("caffeinate", "-i", "-w", str(os.getpid())), by_signal=True)  # ends with this process by itself
    return Child(LINUX)


class Child:
    """A child process that keeps the computer awake for as long as it lives; it ends with this process, however that ends."""

    def __init__(self, words: tuple[str, ...], *, by_signal: bool = False) -> None:
        self._words, self._by_signal = words, by_signal
        self._process: subprocess.Popen[bytes] | None = None

    def hold(self) -> None:
        if self._process is not None:
            return
        try:
            # In a session of its own, Ctrl+C in the terminal does not reach it, and it can be ended with all it has started.
            self._process = subprocess.Popen(
                self._words,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            log.info("the computer may fall asleep while a model trains: %s: %s", self._words[0], error.strerror)

    def release(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        if self._by_signal:
            process.terminate()
        try:
            process.wait(RELEASE_S)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class ThreadState:
    """Windows counts it for the thread that says so, which is the window's."""

    def hold(self) -> None:
        self._say(ES_CONTINUOUS | ES_SYSTEM_REQUIRED)

    def release(self) -> None:
        self._say(ES_CONTINUOUS)

    def _say(self, state: int) -> None:
        kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  # on Windows alone
        if not kernel.SetThreadExecutionState(ctypes.c_uint(state)):
            log.info("the computer may fall asleep while a model trains: Windows refuses")
