"""The buttons that control a training run, and the figures beside them: step, speed, time, memory and device."""

from __future__ import annotations

from collections.abc import Collection

import psutil
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QProgressBar, QPushButton, QWidget

from svg_studio.ui.formatting import amount, duration, size, time_left
from svg_studio.ui.widgets.controls import Act, button, enable, label, named, restyle, show_text, with_key
from svg_studio.ui.widgets.layouts import column

# What the page says in each state, and which buttons do something in it.
STATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "idle": ("", ("start",)),
    "preparing": ("preparing…", ("pause", "stop")),
    "running": ("training", ("pause", "stop", "sample")),
    "sampling": ("previews after this step…", ("pause", "stop")),
    "pausing": ("pausing after this step…", ("pause", "stop")),
    "paused": ("paused", ("pause", "stop")),
    "stopping": ("stopping after this step…", ()),
}
# Why a button does nothing in a state, or in any other one.
REASONS: dict[str, dict[str, str]] = {
    "start": {"idle": "", "": "A run is training: stop it first, or add this one to the queue"},
    "pause": {"idle": "No run is training", "": "The run is stopping"},
    "stop": {"idle": "No run is training", "": "The run is stopping"},
    "sample": {
        "idle": "No run is training",
        "preparing": "The first step has not been made yet",
        "sampling": "Previews are made after this step",
        "stopping": "The run is stopping",
        "": "The run stands still: resume it first",
    },
}
# name: text, key, tip
BUTTONS = {
    "start": ("Start", "Ctrl+Return", "Train a new model with these settings"),
    "pause": ("Pause", "Ctrl+P", "Stand still after the step in hand, or go on"),
    "stop": ("Stop and keep", "Ctrl+.", "End the run after the step in hand and keep a checkpoint"),
    "sample": ("Sample now", "Ctrl+B", "Make previews after the step in hand"),
}


class Controls(QWidget):
    """One signal a button; `set_state` says which of them work and why.

    The keyboard's focus stays here: from Start it goes to Pause, and at the end of a run back to Start; from another button that
    does nothing for a while it comes back to that one. It never goes on to what is next, which the same key would then press.
    """

    start = Signal()
    pause = Signal()
    resume = Signal()
    stop = Signal()
    sample = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Training")
        self._origin = ""  # the button that the focus came from while it waits
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
        able = tuple(name for name in able if not (name == "start" and self.reason))
        for name in able:
            enable(self.buttons[name], True)
        self._hand_on(able)
        for name in self.buttons.keys() - set(able):
            why = self.reason if name == "start" and state == "idle" else REASONS[name].get(state, REASONS[name][""])
            enable(self.buttons[name], False, why)
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

    def show_speed(self, steps_per_s: float, frames: int) -> None:
        """Steps a second, and what that makes with so many frames in a step."""
        words = f"{steps_per_s:.3g} steps/s  ·  {_count(steps_per_s * frames)} frames/s"
        show_text(self.speed, words if steps_per_s else "")

    def show_time(self, seconds: float, left: tuple[float, float] | None) -> None:
        """Seconds since the run began, and those to come, at least and at most, if that can be told."""
        show_text(self.time, f"{duration(seconds)} elapsed" + ("" if left is None else f"  ·  {time_left(left)}"))

    def show_cost(self, where: str) -> None:
        """Memory of this program, and where the model runs."""
        show_text(self.cost, f"{size(self._process.memory_info().rss)} memory  ·  {where}")

    def clear_figures(self) -> None:
        self.progress.setValue(0)
        self.progress.hide()
        for figure in self.figures:
            show_text(figure, "")

    def _hand_on(self, able: Collection[str]) -> None:
        """The focus, from a button that is not among those that work, to one that does; with none of them here it waits."""
        focused = self.window().focusWidget()
        origin = self._origin if focused is self else next((n for n, made in self.buttons.items() if made is focused), "")
        if not origin or (focused is not self and origin in able):
            return
        heir = "start" if self.state == "idle" else "pause" if origin == "start" else origin
        self._origin = origin
        (self.buttons[heir] if heir in able else self).setFocus(Qt.FocusReason.OtherFocusReason)

    def _pause_or_resume(self) -> None:
        (self.resume if self.state in ("paused", "pausing") else self.pause).emit()


def _count(rate: float) -> str:
    """A rate with as many figures as the other one has."""
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"
