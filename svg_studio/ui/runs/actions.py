"""The actions for selected runs, with their keys, and the reasons why one is not possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QWidget

from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import RunRow
from svg_studio.engine.runs.library import read_config
from svg_studio.ui.run_list import RunList
from svg_studio.ui.runs.notes_dialog import NotesDialog
from svg_studio.ui.runs.rename_dialog import RenameDialog
from svg_studio.ui.widgets.action_banner import ActionBanner
from svg_studio.ui.widgets.controls import action, open_dialog, with_key
from svg_studio.ui.widgets.words import literal

# method of RunActions: text, key, tip
ACTIONS = {
    "resume": ("Resume", "Ctrl+R", "Go on training from its last checkpoint"),
    "extend": ("Extend…", "Ctrl+Shift+R", "Give a run that has finished more epochs"),
    "duplicate": ("Duplicate", "Ctrl+D", "Put its settings into the form of the Train page, for a new run"),
    "futures": ("Open in Futures", "Return", "Imagine futures with its newest checkpoint"),
    "evaluate": ("Evaluate", "Ctrl+Shift+E", "Add the newest checkpoints to the Evaluate page"),
    "rename": ("Rename…", "F2", "Give it another name, which is its folder's"),
    "describe": ("Tags and notes…", "Ctrl+T", "Your own words about it, which the search finds"),
    "reveal": ("Show folder", "Ctrl+Shift+F", "Show its folder in the system's file manager"),
    "delete": ("Move to trash", "Del", "Put it into the log folder's trash, from which it can be brought back"),
}
FOR_MANY = ("evaluate", "delete")
LIVE = "is being written by a training run: it can be watched, and neither renamed, deleted nor resumed"
T = TypeVar("T")


class RunActions(QObject):
    """`show(rows)` says which runs are selected. What takes another page is asked for by a signal."""

    resume_wanted = Signal(str, int)  # run folder, epochs in all or 0 for as many as were planned
    extend_wanted = Signal(str)  # folder of a run that has finished
    duplicate_wanted = Signal(object)  # TrainConfig
    open_in_futures = Signal(str)  # path of a checkpoint
    evaluate_wanted = Signal(list)  # paths of checkpoints
    changed = Signal(list)  # paths of the runs that were changed, and are to be selected
    failed = Signal(str)  # a sentence
    done = Signal()  # whatever had failed before

    def __init__(self, parent: QWidget, runs: RunList, offer: ActionBanner) -> None:
        super().__init__(parent)
        self._window, self._runs, self._offer = parent, runs, offer
        self._rows: list[RunRow] = []
        self.all: dict[str, QAction] = {}
        for name, (text, key, _) in ACTIONS.items():
            self.all[name] = action(self, text, getattr(self, name), key)
            self.all[name].setIconText(text)  # which buttons show; Qt's own has no ellipsis
            self.all[name].setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.show([])

    def show(self, rows: Sequence[RunRow]) -> None:
        """Enables what can be done with these runs; the tips of the others say why not."""
        self._rows = list(rows)
        for name, (_, key, tip) in ACTIONS.items():
            reason = why_not(name, self._rows)
            self.all[name].setEnabled(not reason)
            self.all[name].setToolTip(literal(reason or with_key(tip, key)))

    def resume(self) -> None:
        """Go on with the run."""
        self.resume_wanted.emit(str(self._rows[0].path), 0)

    def extend(self) -> None:
        """More epochs for a run that has finished."""
        self.extend_wanted.emit(str(self._rows[0].path))

    def duplicate(self) -> None:
        """The run's settings into a new form."""
        path = self._rows[0].path
        if (config := self._try(lambda: read_config(path))) is not None:
            self.duplicate_wanted.emit(config)

    def futures(self) -> None:
        """The run's newest checkpoint in Futures."""
        self.open_in_futures.emit(str(self._rows[0].checkpoint))

    def evaluate(self) -> None:
        """The runs' newest checkpoints on the Evaluate page."""
        self.evaluate_wanted.emit([str(row.checkpoint) for row in self._rows if row.checkpoint is not None])

    def rename(self) -> None:
        """Ask for another name."""
        path = self._rows[0].path
        open_dialog(RenameDialog(path, lambda name: self._renamed(path, name), self._window))

    def _renamed(self, path: Path, name: str) -> None:
        """Raises StudioError, which the dialog shows."""
        target = self._runs.rename(path, name)
        self.done.emit()
        self.changed.emit([target])

    def describe(self) -> None:
        """Open the dialog for tags and notes."""
        row = self._rows[0]
        dialog = NotesDialog(row.path.name, row.tags, row.notes, self._window)
        dialog.written.connect(lambda tags, notes: self.write_about(row.path, tags, notes))
        open_dialog(dialog)

    def write_about(self, path: Path, tags: Sequence[str], notes: str) -> None:
        """A person's words into the run's folder."""
        self._try(lambda: self._runs.describe(path, tags, notes))
        self.changed.emit([path])

    def reveal(self) -> None:
        """Show the run's folder outside."""
        path = self._rows[0].path
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self.failed.emit(f"{path}: cannot be shown; open it with your file manager")

    def delete(self) -> None:
        """The runs into the trash, with a way back."""
        found = [self._try(partial(self._runs.trash, row.path)) for row in self._rows]
        places = [place for place in found if place is not None]
        if places:
            what = places[0].name if len(places) == 1 else f"{len(places)} runs"
            answers: dict[str, Callable[[], object]] = {"Undo": lambda: self.bring_back(places), "Dismiss": lambda: None}
            self._offer.make(f"{what}: moved to the trash of {places[0].parents[2]}.", answers)
            self.changed.emit([])

    def bring_back(self, places: Sequence[Path]) -> None:
        """Out of the trash again."""
        found = [self._try(partial(self._runs.bring_back, place)) for place in places]
        self._offer.withdraw()
        self.changed.emit([path for path in found if path is not None])

    def _try(self, act: Callable[[], T]) -> T | None:
        """What `act` gives, or nothing where it fails, which is said."""
        try:
            result = act()
        except StudioError as error:
            self.failed.emit(str(error))
            return None
        self.done.emit()
        return result


def why_not(name: str, rows: Sequence[RunRow]) -> str:
    """Why an action cannot be done with these runs; nothing where it can."""
    if not rows:
        return "Select a run first"
    if len(rows) > 1 and name not in FOR_MANY:
        return "Select one run alone"
    live = next((row for row in rows if row.live), None)
    if live is not None and name in ("resume", "extend", "rename", "delete"):
        return f"{live.path.name} {LIVE}"
    if name in ("resume", "extend", "futures", "evaluate") and not any(row.checkpoint for row in rows):
        return "There is no checkpoint yet"
    if name in ("resume", "extend", "duplicate") and rows[0].state == "damaged":
        return rows[0].reason
    if name == "resume" and rows[0].state == "finished":
        return f"{rows[0].path.name} has finished: Extend… gives it more epochs"
    if name == "extend" and rows[0].state != "finished":
        return f"{rows[0].path.name} has not finished: Resume goes on with it"
    return ""
