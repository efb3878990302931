"""Notifies a person who is looking at something else that a long job has ended."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from svg_studio.engine.events import Event, Failed, Finished, JobStarted, RunFinished, Stopped
from svg_studio.engine.worker import Job
from svg_studio.ui.formatting import duration
from svg_studio.ui.preferences import Preferences, Switch
from svg_studio.ui.shell.tray import Tray

TRAINING = "training.train:train"
LONG_S = 30.0  # nobody turns away from a shorter job


class Notifications(QObject):
    """Takes every event of all lanes. Tells of a training run's end or failure, and of other long jobs', by the desktop's
    notifications, or by the mark of the window in the task bar where there is no tray. `switch` belongs into a menu.
    """

    def __init__(self, window: QWidget, tray: Tray, settings: Preferences, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(window)
        self._window, self._tray, self._clock = window, tray, clock
        self._begun: dict[Job, float] = {}
        self._runs: dict[Job, str] = {}
        self.switch = Switch(settings, "notify", "Notify when a job ends", self)
        self.switch.setToolTip("Tell of the end of a training run or another long job while another window is in use")

    def on_event(self, job: Job, event: Event) -> None:
        """Tells of an end that is worth it. A job that was stopped was stopped by a person, who knows."""
        match event:
            case JobStarted():
                self._begun[job] = self._clock()
            case RunFinished(run=run, step=step):
                self._runs[job] = f"{run.name}: {step:,} steps"
            case Finished() | Failed() | Stopped():
                seconds = self._clock() - self._begun.pop(job, self._clock())
                words = self._runs.pop(job, "")
                if isinstance(event, Stopped) or not (job.target == TRAINING or seconds >= LONG_S):
                    return
                title = job.title or job.target
                if isinstance(event, Failed):
                    self._tell(f"{title} failed", event.sentence, failed=True)
                else:
                    self._tell(f"{title} has finished", ", ".join(filter(None, (words, f"after {duration(seconds)}"))))

    def _tell(self, title: str, text: str, *, failed: bool = False) -> None:
        if not self.switch.isChecked() or QApplication.activeWindow() is not None:
            return
        if not self._tray.say(title, text, failed=failed):
            QApplication.alert(self._window)
