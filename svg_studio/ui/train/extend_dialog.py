"""Asks how many more epochs a run that has finished is to be trained for."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QWidget

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.runs.state import RunState
from svg_studio.ui.formatting import count_of, duration
from svg_studio.ui.widgets.controls import dialog_buttons, label, spin_box
from svg_studio.ui.widgets.layouts import column
from svg_studio.ui.widgets.words import on_window

MOST = 1_000_000  # epochs


class ExtendDialog(QDialog):
    """`extended(epochs)` when it is accepted: how many there are to be in all."""

    extended = Signal(int)

    def __init__(
        self, name: str, config: TrainConfig, state: RunState | None, *, waits: bool, parent: QWidget | None = None
    ) -> None:
        """state: how the run ended, None where nobody knows. waits: another run is in training, after which this one goes on."""
        super().__init__(parent)
        self._had, self._size = config.niter, config.epoch_size
        self._per_step = state.seconds / state.step if state is not None and state.step and state.seconds else 0.0
        self.setWindowTitle(on_window(f"Extend {name}"))
        self.setMinimumWidth(420)
        took = f" in {duration(state.seconds)} of training" if state is not None and state.seconds else ""
        was = f"It was trained for {count_of(self._had, 'epoch')}, {count_of(self._had * self._size, 'step')}{took}."
        tip = "Further epochs; the run goes on from its last checkpoint, in its own folder (sets niter)"
        self.more = spin_box("More epochs", 1, MOST - self._had, min(self._had, MOST - self._had), tip, suffix=" epochs")
        self.sum = label(role="muted", name="What it comes to", wrap=True)
        then = label("A run is training: this one goes on after those that wait in the queue." if waits else "", "muted", wrap=True)
        then.setVisible(waits)
        form = QFormLayout()
        form.addRow(label("More epochs", buddy=self.more), self.more)
        buttons, self.accept_button = dialog_buttons(self, "Add to queue" if waits else "Extend", self._accept)
        column(label(was, wrap=True), form, self.sum, then, buttons, on=self, gap=12, margins=(20, 16, 20, 16))
        self.more.setKeyboardTracking(True)
        self.more.valueChanged.connect(self._show_sum)
        self._show_sum()
        self.more.setFocus()
        self.more.selectAll()

    def _show_sum(self) -> None:
        more = self.more.value()
        steps = count_of((self._had + more) * self._size, "step")
        time = f"; about {duration(more * self._size * self._per_step)} more" if self._per_step else ""
        self.sum.setText(f"{self._had:,} + {more:,} = {count_of(self._had + more, 'epoch')}, {steps}{time}")

    def _accept(self) -> None:
        self.extended.emit(self._had + self.more.value())
        self.accept()
