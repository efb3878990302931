"""Lists the runs of this session as they stand now, with buttons to open the newest checkpoint and to resume."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal, SignalInstance
from PySide6.QtGui import QAction, QDesktopServices, QShowEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from svg_studio.ui.run_list import RunList, best_of, inside
from svg_studio.ui.widgets.controls import button, label
from svg_studio.ui.widgets.copy_table import put_text
from svg_studio.ui.widgets.layouts import boxed, column, row
from svg_studio.ui.widgets.menus import context_menu, entry
from svg_studio.ui.widgets.words import literal

NO_CHECKPOINT = "There is no checkpoint yet: one is written after every epoch"
GONE = "This run was deleted, moved to the trash or taken away"


class RunLine(QWidget):
    """One run. Whoever trains it says how it stands until it has ended; from then on the list of runs does."""

    def __init__(self, run: Path, opened: SignalInstance, resumed: SignalInstance, extended: SignalInstance) -> None:
        """opened, resumed, extended: what the buttons emit, with the path of the checkpoint and of the run."""
        super().__init__()
        self._opened, self._resumed, self._extended = opened, resumed, extended
        self.run = run  # where it lies now
        self.checkpoint: Path | None = None
        self.under_way = True
        self.is_gone = self._resumable = self._finished = False
        self._step = 0  # of the checkpoint
        self.name = label()
        self.name.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # but the line's
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.state = label(role="muted")
        self.button = button("Open in Futures", self._open)
        self.resume = button("Resume", self._resume, "Go on from its last checkpoint, in the same folder")
        self.extend = button("Extend…", self._extend, "Give it more epochs: it goes on in the same folder")
        row(self.name, self.state, self.resume, self.extend, self.button, on=self, stretch=self.name)
        self.menu = context_menu(self, self._entries)
        self.move_to(run)

    def set_checkpoint(self, path: Path, step: int) -> None:
        self.checkpoint, self._step = path, step
        self._show()

    def set_resumable(self, resumable: bool) -> None:
        """Whether there is something left to train; nobody does so any more."""
        self._resumable, self._finished, self.under_way = resumable, not resumable, False
        self._show()

    def begin(self) -> None:
        """It is being trained from now on."""
        self.under_way, self._resumable, self._finished, self.is_gone = True, False, False, False
        self._show()

    def move_to(self, run: Path) -> None:
        """It has this folder now."""
        if self.checkpoint is not None:
            self.checkpoint = inside(self.checkpoint, self.run, run) or self.checkpoint
        self.run = run
        self.name.setText(run.name)
        self.name.setToolTip(literal(str(run)))
        self.setAccessibleName(f"Run {run.name}")
        self.button.setAccessibleName(f"Open {run.name} in Futures")
        self.resume.setAccessibleName(f"Resume {run.name}")
        self.extend.setAccessibleName(f"Extend {run.name}")
        self._show()

    def set_gone(self, gone: bool) -> None:
        """Whether its folder was taken away."""
        self.is_gone = gone
        if gone and not self.under_way:
            self.state.setText("deleted")
        self._show()

    def look(self, runs: RunList) -> None:
        """As the list of runs has it, unless it is being trained here."""
        found = runs.row(self.run)
        if found is None or self.under_way:
            return
        self.is_gone = False
        step = f" at step {found.step:,}" if found.step else ""
        self.state.setText(f"{found.state}{step}")
        best = best_of(found)
        self.state.setToolTip(literal(f"Best test mse {best}, at step {found.best_step:,}" if best else ""))
        self.checkpoint = found.checkpoint
        self._resumable = not found.live and found.state not in ("finished", "damaged")
        self._finished = not found.live and found.state == "finished"
        self._show()

    def _why_not(self) -> str:
        return GONE if self.is_gone else "" if self.checkpoint is not None else NO_CHECKPOINT

    def _show(self) -> None:
        why = self._why_not()
        step = f", written at step {self._step:,}; training goes on meanwhile" if self.under_way else ""
        name = self.checkpoint.name if self.checkpoint is not None else ""
        self.button.setEnabled(not why)
        self.button.setToolTip(literal(why or f"Imagine futures with {name}{step}"))
        self.resume.setVisible(self._resumable and not why)
        self.extend.setVisible(self._finished and not why)

    def _entries(self) -> list[QAction | None]:
        resume = self._why_not() or ("" if self._resumable else "It is being trained" if self.under_way else "It has finished")
        extend = self._why_not() or ("" if self._finished else "It has not finished")
        gone = GONE if self.is_gone else ""
        return [
            entry("Open in Futures", self._open, "Imagine futures with its newest checkpoint", why=self._why_not()),
            entry("Resume", self._resume, "Go on from its last checkpoint, in the same folder", why=resume),
            entry("Extend…", self._extend, "Give it more epochs: it goes on in the same folder", why=extend),
            None,
            entry("Show folder", self._show_folder, "In the system's file manager", why=gone),
            entry("Copy name", lambda: put_text(self.run.name), "The name of the run"),
            entry("Copy path", lambda: put_text(str(self.run)), "Where its folder lies"),
        ]

    def _open(self) -> None:
        self._opened.emit(str(self.checkpoint))

    def _resume(self) -> None:
        self._resumed.emit(str(self.run))

    def _extend(self) -> None:
        self._extended.emit(str(self.run))

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.run)))


class SessionRuns(QScrollArea):
    """Newest run first, in `lines`, by the folder in which each began or last went on."""

    opened = Signal(str)  # path of a checkpoint that is to be shown
    resumed = Signal(str)  # folder of a run that is to go on
    extended = Signal(str)  # folder of a run that has finished and is to have more epochs

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: dict[Path, RunLine] = {}
        self._runs: RunList | None = None
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Runs of this session")
        self._empty = label("No run yet in this session.", "muted")
        self._box = column(self._empty, None, gap=4)
        self.setWidget(boxed(self._box))

    def follow(self, runs: RunList) -> None:
        """Show what becomes of the runs, here and on other pages."""
        self._runs = runs
        runs.moved.connect(self._on_moved)
        runs.gone.connect(self._on_gone)
        runs.back.connect(self._on_back)
        runs.listed.connect(self._on_listed)

    def add(self, run: Path) -> None:
        """A run that begins, or goes on."""
        at = next((at for at, line in self.lines.items() if line.run == run), None)
        line = self.lines.pop(at) if at is not None else RunLine(run, self.opened, self.resumed, self.extended)
        self.lines[run] = line
        line.begin()
        self._empty.hide()
        self._box.insertWidget(0, line)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._runs is not None and self.lines:
            self._runs.rescan()

    def _on_moved(self, before: Path, now: Path) -> None:
        for line in self._of(before):
            line.move_to(now)

    def _on_gone(self, run: Path) -> None:
        for line in self._of(run):
            line.set_gone(True)

    def _on_back(self, run: Path) -> None:
        for line in self._of(run):
            line.set_gone(False)
            self._on_listed()

    def _on_listed(self) -> None:
        if self._runs is not None:
            for line in self.lines.values():
                line.look(self._runs)

    def _of(self, run: Path) -> list[RunLine]:
        return [line for line in self.lines.values() if line.run == run]
