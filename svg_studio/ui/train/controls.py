"""The buttons that control a training run, and the figures beside them: step, speed, time, memory and device."""

from __future__ import annotations

from collections import deque

import psutil
from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QProgressBar, QPushButton, QWidget

from svg_studio.ui.formatting import amount, duration, size
from svg_studio.ui.widgets.controls import Act, button, label, named, restyle, show_text, with_key
from svg_studio.ui.widgets.layouts import column

# What the page says in each state, and which buttons do something in it.
STATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "idle": ("", ("start",)),
    "preparing": ("preparing…", ("stop",)),
    "running": ("training", ("pause", "stop", "sample")),
    "sampling": ("previews after this step…", ("pause", "stop")),
    "pausing": ("pausing after this step…", ("pause", "stop")),
    "paused": ("paused", ("pause", "stop")),
    "stopping": ("stopping after this step…", ()),
}
# name: text, key, tip
BUTTONS = {
    "start": ("Start", "Ctrl+Return", "Train a new model with these settings"),
    "pause": ("Pause", "Ctrl+P", "Stand still after the step in hand, or go on"),
    "stop": ("Stop and keep", "Ctrl+.", "End the run after the step in hand and keep a checkpoint"),
    "sample": ("Sample now", "Ctrl+B", "Make previews after the step in hand"),
}


class Pace:
    """Steps a second over the last steps, and what that leaves to be waited."""

    def __init__(self) -> None:
        self._marks: deque[tuple[int, float]] = deque(maxlen=200)

    def add(self, step: int, seconds: float) -> None:
        self._marks.append((step, seconds))

    def reset(self) -> None:
        """Forget what lies before a pause."""
        self._marks.clear()

    @property
    def steps_per_s(self) -> float:
        """0 while there is too little to tell."""
        if len(self._marks) < 2:
            return 0.0
        (first, begun), (last, now) = self._marks[0], self._marks[-1]
        return (last - first) / (now - begun) if now > begun else 0.0

    def seconds_for(self, steps: int) -> float | None:
        """How long `steps` more will take, None while there is too little to tell."""
        return steps / self.steps_per_s if self.steps_per_s else None


class Controls(QWidget):
    """One signal a button; `set_state` says which of them work and why."""

    start = Signal()
    pause = Signal()
    resume = Signal()
    stop = Signal()
    sample = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = "idle"
        self.reason = ""  # why there is nothing to start
        self._process = psutil.Process()
        self.buttons: dict[str, QPushButton] = {}
        acts: dict[str, Act] = {
            "start": self.start,
            "pause": self._pause_or_resume,
            "stop": self.stop,
            "sample": self.sample,
        }
        grid = QGridLayout()
        grid.setSpacing(6)
        for i, (name, (text, key, tip)) in enumerate(BUTTONS.items()):
            made = button(text, acts[name], with_key(tip, key), name=text, key=key, primary=name == "start")
            grid.addWidget(made, i // 2, i % 2)
            self.buttons[name] = made
        self.status = label(name="State of the training", wrap=True)
        self.progress = named(QProgressBar(textVisible=False), "Steps done")
        self.progress.setMaximumHeight(8)
        names = ("Step and epoch", "Speed", "Time", "Memory and device")
        self.figures = tuple(label(role="muted", name=name, wrap=True) for name in names)
        self.place, self.speed, self.time, self.cost = self.figures
        # The buttons are below all that comes and goes, so that none moves away from under the pointer.
        column(self.status, self.progress, *self.figures, grid, on=self, gap=4)
        self._grid = grid
        self.clear_figures()
        self.set_state("idle")

    def add_row(self, left: QWidget, right: QWidget) -> None:
        """Two more buttons, below the others."""
        for place, widget in enumerate((left, right)):
            self._grid.addWidget(widget, len(BUTTONS) // 2, place)

    def set_state(self, state: str, words: str = "") -> None:
        """Go to one of STATES; `words` replace what it usually says."""
        self.state = state
        said, able = STATES[state]
        for name, made in self.buttons.items():
            made.setEnabled(name in able and not (name == "start" and self.reason))
        on_hold = state in ("paused", "pausing")
        if self.buttons["pause"].text() != (text := "Resume" if on_hold else "Pause"):
            self.buttons["pause"].setText(text)
            self.buttons["pause"].setAccessibleName(text)
            self.buttons["pause"].setShortcut(QKeySequence(BUTTONS["pause"][1]))  # setText drops it
        self.say(words or said)

    def set_reason(self, reason: str) -> None:
        """Why Start cannot be pressed; nothing where it can."""
        self.reason = reason
        self.set_state(self.state, "" if self.state == "idle" else self.status.text())

    def say(self, words: str) -> None:
        waits = self.state == "idle" and self.reason
        show_text(self.status, f"Cannot start: {self.reason}" if waits else words)
        restyle(self.status, "role", "error" if waits else "")

    def show_progress(self, done: int, total: int, unit: str, doing: str) -> None:
        """What is under way beside the steps: "MNIST: 3.1 MB of 11.6 MB", "Preview: 3 of 25 frames"."""
        self.say(": ".join(filter(None, (doing, amount(done, total, unit)))) or "working…")

    def show_place(self, step: int, steps: int, epoch: int, epochs: int) -> None:
        """Step from 1 of all steps, epoch from 0 of all epochs."""
        self.progress.show()
        self.progress.setMaximum(max(steps, 1))
        self.progress.setValue(step)
        show_text(self.place, f"step {step:,} of {steps:,}  ·  epoch {epoch + 1} of {epochs}")

    def show_speed(self, steps_per_s: float, frames_per_s: float) -> None:
        show_text(self.speed, f"{steps_per_s:.3g} steps/s  ·  {frames_per_s:,.0f} frames/s" if steps_per_s else "")

    def show_time(self, seconds: float, left: float | None) -> None:
        """Seconds since the run began, and those to come if that can be told."""
        show_text(self.time, f"{duration(seconds)} elapsed" + ("" if left is None else f"  ·  {duration(left)} left"))

    def show_cost(self, where: str) -> None:
        """Memory of this program, and where the model runs."""
        show_text(self.cost, f"{size(self._process.memory_info().rss)} memory  ·  {where}")

    def clear_figures(self) -> None:
        self.progress.setValue(0)
        self.progress.hide()
        for figure in self.figures:
            show_text(figure, "")

    def _pause_or_resume(self) -> None:
        (self.resume if self.state in ("paused", "pausing") else self.pause).emit()
