"""Lists the runs of this session, with buttons to open the newest checkpoint and to resume."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from svg_studio.ui.widgets.controls import button, label
from svg_studio.ui.widgets.layouts import boxed, column, row
from svg_studio.ui.widgets.words import literal


class RunLine(QWidget):
    """One run."""

    def __init__(self, run: Path, opened: SignalInstance, resumed: SignalInstance) -> None:
        """opened, resumed: what the buttons emit, with the path of the checkpoint and of the run."""
        super().__init__()
        self.checkpoint: Path | None = None
        self.name = label(run.name, tip=str(run))
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.state = label(role="muted")
        tip = "There is no checkpoint yet: one is written after every epoch"
        self.button = button("Open in Futures", lambda: opened.emit(str(self.checkpoint)), tip, name=f"Open {run.name} in Futures")
        self.button.setEnabled(False)
        tip = "Go on from its last checkpoint, in the same folder"
        self.resume = button("Resume", lambda: resumed.emit(str(run)), tip, name=f"Resume {run.name}")
        self.resume.hide()
        row(self.name, self.state, self.resume, self.button, on=self, stretch=self.name)

    def set_checkpoint(self, path: Path, step: int) -> None:
        self.checkpoint = path
        self.button.setEnabled(True)
        self.button.setToolTip(literal(f"Imagine futures with {path.name}, written at step {step:,}; training goes on meanwhile"))

    def set_resumable(self, resumable: bool) -> None:
        """Whether there is something left to train and nobody does so."""
        self.resume.setVisible(resumable and self.checkpoint is not None)


class SessionRuns(QScrollArea):
    """Newest run first, in `lines`. `opened(path)` asks for a checkpoint to be shown, `resumed(path)` for a run to go on."""

    opened = Signal(str)
    resumed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: dict[Path, RunLine] = {}
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Runs of this session")
        self._empty = label("No run yet in this session.", "muted")
        self._box = column(self._empty, None, gap=4)
        self.setWidget(boxed(self._box))

    def add(self, run: Path) -> None:
        """A run that begins, or goes on."""
        line = self.lines.get(run)
        if line is None:
            self.lines[run] = line = RunLine(run, self.opened, self.resumed)
        line.set_resumable(False)
        self._empty.hide()
        self._box.insertWidget(0, line)
