"""What the window's title says, which task bars and window lists show too: the run that is being trained, and how far it is."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from svg_studio.engine.events import Event, Failed, Finished, Paused, Resumed, RunStarted, StepFinished, Stopped
from svg_studio.engine.worker import Job
from svg_studio.ui.widgets.words import on_window

NAME = "SVG Studio"


class Title:
    """Follows the training lane's events."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._job: Job | None = None
        self._run, self._steps, self._percent, self._paused = "", 0, 0, False
        self._show()

    def on_event(self, job: Job, event: Event) -> None:
        match event:
            case RunStarted(run=run, steps=steps):
                self._job, self._run, self._steps, self._percent, self._paused = job, run.name, steps, 0, False
            case StepFinished(step=step) if job is self._job:
                percent = 100 * step // max(self._steps, 1)
                if percent == self._percent and not self._paused:
                    return
                self._percent, self._paused = percent, False
            case Paused() | Resumed() if job is self._job:
                self._paused = isinstance(event, Paused)
            case Stopped() | Finished() | Failed() if job is self._job:
                self._job = None
            case _:
                return
        self._show()

    def _show(self) -> None:
        state = " (paused)" if self._paused else ""
        title = f"{self._run} · {self._percent} %{state} – {NAME}" if self._job is not None else NAME
        self._window.setWindowTitle(on_window(title))
