"""The runs of this session, one line each: name, state, ways to its newest checkpoint and to go on with it; knows no job."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget


class RunLine(QWidget):
    """One run."""

    opened = Signal(str)
    resumed = Signal(str)

    def __init__(self, run: Path) -> None:
        super().__init__()
        self.run = run
        self.checkpoint: Path | None = None
        self.name = QLabel(run.name)
        self.name.setToolTip(str(run))
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.state = QLabel()
        self.state.setProperty("role", "muted")
        self.button = QPushButton("Open in Futures", enabled=False)
        self.button.setAccessibleName(f"Open {run.name} in Futures")
        self.button.setToolTip("There is no checkpoint yet: one is written after every epoch")
        self.button.clicked.connect(self._open)
        self.resume = QPushButton("Resume", toolTip="Go on from its last checkpoint, in the same folder")
        self.resume.setAccessibleName(f"Resume {run.name}")
        self.resume.clicked.connect(self._resume)
        self.resume.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.name, 1)
        row.addWidget(self.state)
        row.addWidget(self.resume)
        row.addWidget(self.button)

    def set_checkpoint(self, path: Path, step: int) -> None:
        self.checkpoint = path
        self.button.setEnabled(True)
        self.button.setToolTip(f"Imagine futures with {path.name}, written at step {step:,}; training goes on meanwhile")

    def set_resumable(self, resumable: bool) -> None:
        """Whether there is something left to train and nobody does so."""
        self.resume.setVisible(resumable and self.checkpoint is not None)

    def _resume(self) -> None:
        self.resumed.emit(str(self.run))

    def _open(self) -> None:
        self.opened.emit(str(self.checkpoint))


class SessionRuns(QScrollArea):
    """Newest run first. `opened(path)` asks for a checkpoint to be shown, `resumed(path)` for a run to go on."""

    opened = Signal(str)
    resumed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: dict[Path, RunLine] = {}
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Runs of this session")
        inner = QWidget()
        self._box = QVBoxLayout(inner)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(4)
        self._empty = QLabel("No run yet in this session.")
        self._empty.setProperty("role", "muted")
        self._box.addWidget(self._empty)
        self._box.addStretch(1)
        self.setWidget(inner)

    def add(self, run: Path) -> None:
        """A run that begins, or goes on."""
        line = self.lines.get(run)
        if line is None:
            self.lines[run] = line = RunLine(run)
            line.opened.connect(self.opened)
            line.resumed.connect(self.resumed)
        line.set_resumable(False)
        self._empty.hide()
        self._box.insertWidget(0, line)

    def set_state(self, run: Path, words: str) -> None:
        self.lines[run].state.setText(words)

    def set_checkpoint(self, run: Path, path: Path, step: int) -> None:
        self.lines[run].set_checkpoint(path, step)

    def set_resumable(self, run: Path, resumable: bool) -> None:
        self.lines[run].set_resumable(resumable)
