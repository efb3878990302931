"""The queue of runs as a list, and what can be done with it: start, hold, move, remove, edit, try again; knows no job."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QListWidgetItem, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from svg_studio.engine.commands import command_of
from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.run_queue import Queued, RunQueue
from svg_studio.ui import icons, theme
from svg_studio.ui.config_diff import settings
from svg_studio.ui.human import count_of
from svg_studio.ui.ordered_list import OrderedList, OrderTools

EMPTY = "No run waits. Add to queue and Sweep… put runs here, which are trained one after another."
START, HOLD = "Start queue", "Hold queue"
KEY = "Ctrl+Shift+P"
TIPS = {
    START: "Train the runs that wait, one after another; one that fails does not stop the next",
    HOLD: "Let the run in hand go on to its end, and begin none after it",
}


class QueueView(QWidget):
    """Shows and changes a RunQueue. While `going`, whoever trains asks for the next run when one has ended."""

    start_wanted = Signal()  # going was set, and something waits
    edit_wanted = Signal(object)  # TrainConfig that was taken off
    counted = Signal(int)  # how many wait or have failed
    failed = Signal(str)  # a sentence

    def __init__(self, queue: RunQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.queue = queue
        self.going = False
        self.list = OrderedList()
        self.list.setSelectionMode(OrderedList.SelectionMode.ExtendedSelection)
        self.list.setAccessibleName("Queue")
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names end with what was swept
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.words = QLabel(EMPTY, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.words.setProperty("role", "muted")
        self.state = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.state.setProperty("role", "muted")
        self.state.setAccessibleName("State of the queue")
        self.start = QPushButton(START)
        self.edit = QPushButton("Edit", toolTip="Take the selected run off the queue and put its settings into the form")
        self.again = QPushButton("Try again", toolTip="Let the selected runs, which have failed, wait once more")
        self.tools = OrderTools(self.list, "run")
        self._lay_out()
        self.start.clicked.connect(self._start_or_hold)
        self.edit.clicked.connect(self.edit_chosen)
        self.again.clicked.connect(self.retry_chosen)
        self.list.removed.connect(self.remove_chosen)
        self.list.moved.connect(self.move_chosen)
        self.list.itemActivated.connect(self.edit_chosen)
        self.list.itemSelectionChanged.connect(self._enable)
        theme.notifier().changed.connect(self.refresh)
        self.refresh()

    def add(self, configs: Sequence[TrainConfig]) -> bool:
        """Append runs; False, and why, where one cannot wait."""
        try:
            self.queue.add(configs)
        except ConfigError as error:
            self.failed.emit(str(error))
            return False
        self.refresh()
        self.list.scrollToBottom()
        return True

    def next(self) -> Queued | None:
        """The run that is to be trained now, None where none is; the queue is held then."""
        entry = self.queue.take() if self.going else None
        self.set_going(entry is not None)
        return entry

    def set_going(self, going: bool) -> None:
        """Whether a run follows when one has ended."""
        self.going = going
        self.refresh()

    def began(self, run: Path) -> None:
        """The run in hand has a folder."""
        self.queue.began(run)

    def ended(self, reason: str = "") -> None:
        """The run in hand is over; with a reason it has failed."""
        self.queue.ended(reason)
        self.refresh()

    def forget(self, run: str) -> None:
        """Somebody goes on with the run in this folder by hand."""
        self.queue.forget(run)
        self.refresh()

    def remove_chosen(self) -> None:
        """Take the selected ones off."""
        self._change(lambda: self.queue.remove(self.list.chosen))

    def move_chosen(self, places: int) -> None:
        """Move the selected one; nothing happens at either end."""
        if len(self.list.chosen) == 1 and 0 <= (to := self.list.chosen[0] + places) < self.list.count():
            self._change(lambda: self.queue.move(self.list.chosen[0], to), select=to)

    def retry_chosen(self) -> None:
        """Failed ones wait again, and are trained if the queue is going."""
        self._change(lambda: self.queue.retry(self.list.chosen))

    def edit_chosen(self, *_: object) -> None:
        """The selected one into the form."""
        if len(self.list.chosen) == 1:
            config = self.queue.entries[self.list.chosen[0]].config
            self.remove_chosen()
            self.edit_wanted.emit(config)

    def refresh(self, *_: object) -> None:
        """Shows the queue as it is."""
        names = titles(self.queue.entries)
        chosen = self.list.chosen
        self.list.clear()
        for name, entry in zip(names, self.queue.entries, strict=True):
            words = f"{name}  ·  failed: {entry.reason}" if entry.reason else f"{name}  ·  goes on" if entry.run else name
            item = QListWidgetItem(words)
            item.setToolTip(_tip(entry))
            if entry.reason:
                item.setIcon(icons.icon("warning", theme.colors().error))
                item.setForeground(QColor(theme.colors().error))
            self.list.addItem(item)
        for row in chosen:
            if row < self.list.count():
                self.list.item(row).setSelected(True)
        self.pages.setCurrentWidget(self.list if self.queue.entries else self.words)
        self.counted.emit(len(self.queue.entries))
        self._enable()

    def _change(self, act: object, select: int | None = None) -> None:
        act()  # type: ignore[operator]
        self.refresh()
        if select is not None:
            self.list.setCurrentRow(select)

    def _start_or_hold(self) -> None:
        self.set_going(not self.going)
        if self.going:
            self.start_wanted.emit()

    def _enable(self) -> None:
        waiting, chosen = self.queue.waiting, self.list.chosen
        text = HOLD if self.going else START
        if self.start.text() != text or not self.start.toolTip():
            self.start.setText(text)
            self.start.setShortcut(QKeySequence(KEY))  # setText drops it
            self.start.setAccessibleName(text)
            keys = QKeySequence(KEY).toString(QKeySequence.SequenceFormat.NativeText)
            self.start.setToolTip(f"{TIPS[text]} ({keys})")
        self.start.setEnabled(bool(waiting) or self.going)
        self.edit.setEnabled(len(chosen) == 1)
        self.again.setEnabled(any(self.queue.entries[row].reason for row in chosen))
        self.tools.enable()
        self.state.setText(self._say())

    def _say(self) -> str:
        waiting, failed = self.queue.waiting, len(self.queue.entries) - self.queue.waiting
        words = [f"{count_of(waiting, 'run')} to come, {'going' if self.going else 'held'}"] if waiting else []
        words += [f"{failed} failed"] if failed else []
        return self.queue.problem or ", ".join(words)

    def _lay_out(self) -> None:
        self.pages = QStackedWidget()
        self.pages.addWidget(self.words)
        self.pages.addWidget(self.list)
        buttons = QGridLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.start, 0, 0)
        buttons.addWidget(self.tools, 0, 1)
        buttons.addWidget(self.edit, 1, 0)
        buttons.addWidget(self.again, 1, 1)
        side = QVBoxLayout()
        side.addLayout(buttons)
        side.addWidget(self.state)
        side.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 6, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.pages, 1)
        row.addLayout(side)


def titles(entries: Sequence[Queued]) -> list[str]:
    """What the list calls runs: their titles, and then in which settings they differ and how."""
    rows = settings([entry.config.to_dict() for entry in entries])
    rows = {name: values for name, values in rows.items() if len(set(values)) > 1}
    found = []
    for number, entry in enumerate(entries):
        told = [f"{name} {values[number]}" for name, values in rows.items() if f"{name}={values[number]}" not in entry.title]
        found.append("  ·  ".join(filter(None, (entry.title, ", ".join(told)))))
    return found


def _tip(entry: Queued) -> str:
    words = [f"Failed: {entry.reason}"] if entry.reason else []
    words += [f"Goes on in {entry.run}"] if entry.resumes else []
    return "\n".join([*words, command_of(entry.config)])
