"""The bar at the foot of the window: device, memory, and each lane's job with progress, time left and a way to end it."""

from __future__ import annotations

import time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from svg_studio.engine.events import (
    Event,
    Failed,
    Finished,
    JobStarted,
    ModelOpened,
    Paused,
    Progressed,
    Resumed,
    RunStarted,
    StepFinished,
    Stopped,
)
from svg_studio.engine.worker import Job
from svg_studio.ui import formatting
from svg_studio.ui.widgets.cards import Line
from svg_studio.ui.widgets.controls import IconButton, button, enable, label, named, timer
from svg_studio.ui.widgets.layouts import row
from svg_studio.ui.widgets.words import literal

REFRESH_MS = 100
MESSAGE_MS = 10_000
APPEAR_MS = 300  # a job that is over sooner is not worth a flicker
LANES = ("training", "studio", "files", "evaluation")
STOPPING = "Stopping after this step"


KEEPS = ("training.train:train",)  # jobs whose end keeps what they have; of the others nothing is left, or all that is needed


class JobStrip(QWidget):
    """One lane's running job; hidden while there is none. Where there are several, each says less; its tip says all of it."""

    came_or_went = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.job: Job | None = None
        self._done = self._total = self._steps = 0
        self._title = self._doing = self._unit = ""
        self._since = 0.0
        self._run_left: tuple[float, float] | None = None  # of a run in training, as the run itself estimates it
        self._first: tuple[float, int, str] | None = None  # when the first progress came, how much was done then, and of what
        self._compact = False
        self.label = Line()
        self.label.setMaximumWidth(340)
        self.progress = named(QProgressBar(textVisible=False), "Progress")
        self.progress.setMinimumWidth(48)  # four lanes may be at work in a narrow window
        self.progress.setMaximumWidth(120)
        self.left = Line("muted")
        self.cancel = button("Cancel", self.stop)
        self.cross = IconButton("close", "Cancel", self.stop, size=14)
        self.cross.hide()
        row(self.label, self.progress, self.left, self.cancel, self.cross, on=self, gap=8)
        self._timer = timer(self, REFRESH_MS, self.refresh)
        self.hide()

    def set_compact(self, compact: bool) -> None:
        """Whether others have to share the bar."""
        if compact != self._compact:
            self._compact = compact
            self.cancel.setHidden(compact)
            self.cross.setVisible(compact)
            self.label.setMaximumWidth(130 if compact else 340)
            self.progress.setMaximumWidth(56 if compact else 120)
            self.refresh()

    def stop(self) -> None:
        """Asks the job to stop, and says so at once."""
        if self.job is not None:
            self.job.stop()
            self.refresh()

    def on_event(self, job: Job, event: Event) -> None:
        """Keeps what `event` says; the timer shows it."""
        match event:
            case JobStarted(title=title):
                self.job, self._title, self._doing, self._unit = job, title, title, ""
                self._done = self._total = self._steps = 0
                self._run_left = None
                self._since, self._first = time.monotonic(), None
                self._name_ways(job)
                self._timer.start()
            case Progressed(done=done, total=total, unit=unit, doing=doing):
                self._progress(done, total, unit)
                self._doing = f"{self._title}: {doing}" if doing and unit == "bytes" else doing or self._doing  # a file's name
            case RunStarted(steps=steps):  # one that goes on does not begin at 0
                self._steps, self._first = steps, None
            case StepFinished(step=step, left=left):  # a preview may have come between, with a progress of its own
                self._doing, self._run_left = job.title, left
                self._progress(step, self._steps, "steps")
            case Paused() | Resumed():
                self._first = None  # time that stood still says nothing about what is left
            case Stopped() | Finished() | Failed() if job is self.job:
                self.job = None
                self._timer.stop()
                self.hide()
                self.came_or_went.emit()

    def _name_ways(self, job: Job) -> None:
        keeps = job.target in KEEPS
        word, tip = (
            ("Stop and keep", "End the run after the step in hand and keep a checkpoint") if keeps else ("Cancel", "End this job")
        )
        self.cancel.setText(word)
        for one in (self.cancel, self.cross):
            named(one, f"{word}: {self._title}", f"{word}: {tip[0].lower()}{tip[1:]}" if one is self.cross else tip)

    def _progress(self, done: int, total: int, unit: str) -> None:
        self._done, self._total, self._unit = done, total, unit
        if self._first is None or done < self._first[1] or unit != self._first[2]:
            self._first = (time.monotonic(), done, unit)

    def _left(self) -> tuple[float, float] | None:
        """The run's own estimate, which the Train page shows too; beside its steps, such as in a preview, none."""
        if self._steps:
            return self._run_left if self._unit == "steps" else None
        left = self.seconds_left()
        return None if left is None else (left, left)

    def seconds_left(self) -> float | None:
        """From the pace so far; None while there is none."""
        if self._first is None or not self._total or self._done <= self._first[1]:
            return None
        pace = (time.monotonic() - self._first[0]) / (self._done - self._first[1])
        return pace * (self._total - self._done)

    def refresh(self) -> None:
        """Shows how far the job is."""
        if self.job is None:
            return
        stopping = self.job.stopping
        doing = self._title if self._compact else self._doing
        self.label.setText(STOPPING if stopping else f"{doing} (paused)" if self.job.paused else doing)
        for way in (self.cancel, self.cross):
            enable(way, not stopping, "It is stopping already.")
        # A progress bar counts in 32 bits; data sets have more bytes than that.
        most = min(self._total, 1_000_000)
        self.progress.setRange(0, most)
        self.progress.setValue(self._done * most // self._total if self._total else 0)
        words = f"{self._done:,}/{self._total:,} {self._unit}".strip() if self._total else ""
        if self._unit == "bytes":
            words = formatting.amount(self._done, self._total, "bytes")
        short = f"{self._done * 100 // self._total} %" if self._total else ""
        if not stopping and not self.job.paused and (left := self._left()) is not None:
            words += f" · {formatting.time_left(left)}"
            short += f" · {formatting.span(*left)}"
        self.left.setText(short if self._compact else words)
        self.left.setMinimumWidth(self.left.sizeHint().width() if self._compact else 0)  # names can be cut, figures not
        if self._compact:
            self.label.setToolTip(literal(f"{self.label.text()}: {self._doing}\n{words}"))
            self.left.setToolTip(literal(words))
        if self.isHidden() and (stopping or time.monotonic() - self._since > APPEAR_MS / 1000):
            self.show()
            self.came_or_went.emit()


class StatusBar(QWidget):
    """Takes every event of all lanes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.training, self.studio, self.files, self.evaluation = (JobStrip() for _ in LANES)
        self._strips = dict(zip(LANES, (self.training, self.studio, self.files, self.evaluation), strict=True))
        self.message = Line(name="Message")
        self._message_timer = timer(self, MESSAGE_MS, self.hush, once=True)
        self.device = Line("muted", "Device")
        self.memory = label(role="muted", name="Memory", tip="Memory this program holds")
        shown = (*self._strips.values(), self.message, None, self.device, self.memory)
        row(*shown, on=self, gap=18, margins=(14, 1, 14, 1))
        for strip in self._strips.values():
            strip.came_or_went.connect(self._share)
        self.message.hide()
        self.setMinimumHeight(34)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._timer = timer(self, 1000, self.measure)

    def _share(self) -> None:
        for strip in self._strips.values():
            strip.set_compact(self._at_work() > 1)
        self.device.setVisible(self._at_work() < 3)

    def _at_work(self) -> int:
        return sum(not strip.isHidden() for strip in self._strips.values())

    def watch_memory(self) -> None:
        """Begins to show memory; not before the window is painted, since psutil has to be imported."""
        self.measure()
        self._timer.start()

    def measure(self) -> None:
        import psutil

        self.memory.setText(formatting.size(psutil.Process().memory_info().rss))

    def say(self, sentence: str) -> None:
        """Shows a sentence for some seconds."""
        self.message.setText(sentence)
        self.message.show()
        self._message_timer.start()

    def hush(self) -> None:
        """Says nothing any more."""
        self.message.hide()

    def on_event(self, job: Job, event: Event, *, lane: str) -> None:
        """`lane` says which one it came from."""
        self._strips[lane].on_event(job, event)
        match event:
            case ModelOpened(device=device, precision=precision) | RunStarted(device=device, precision=precision):
                self.device.setText(f"{device} · {precision}")
