"""The queue of runs as a list, with buttons to start, hold, move, remove, edit and try again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QGridLayout, QListWidgetItem, QWidget

from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.runs.command_line import command_of
from svg_studio.engine.runs.run_queue import Queued, RunQueue
from svg_studio.engine.utils.wording import shown
from svg_studio.ui.config_text import differing
from svg_studio.ui.formatting import count_of
from svg_studio.ui.style import icons, theme
from svg_studio.ui.widgets import menus
from svg_studio.ui.widgets.cards import Line
from svg_studio.ui.widgets.controls import button, enable, label, named, timer
from svg_studio.ui.widgets.layouts import column, row, stack
from svg_studio.ui.widgets.ordered_list import OrderedList, OrderTools
from svg_studio.ui.widgets.words import literal

EMPTY = "No run waits. Add to queue and Sweep… put runs here, which are trained one after another."
LOOK_MS = 2_000  # between two looks at the queue that another window keeps
START, HOLD = "Start queue", "Hold queue"
KEY = "Ctrl+Shift+P"
TIPS = {
    START: f"Train the runs that wait, one after another; one that fails does not stop the next ({KEY})",
    HOLD: f"Let the run in hand go on to its end, and begin none after it ({KEY})",
}
ROW = 300  # letters of a row
NUMBER = Qt.ItemDataRole.UserRole


class QueueView(QWidget):
    """Shows and changes a RunQueue. While `going`, whoever trains asks for the next run when one has ended."""

    start_wanted = Signal()  # going was set, and something waits
    edit_wanted = Signal(object)  # TrainConfig that was taken off
    counted = Signal(int)  # how many wait or have failed
    failed = Signal(str)  # a sentence
    settled = Signal(str)  # that sentence is true no more

    def __init__(self, queue: RunQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.queue = queue
        self.going = False
        self._told = ""  # the problem that was told last
        self.list = named(OrderedList(), "Queue")
        self.list.setSelectionMode(OrderedList.SelectionMode.ExtendedSelection)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setSpacing(2)  # also between the first row and the border
        self.words = label(EMPTY, "muted", wrap=True, centred=True)
        self.now = Line(name="Run in hand")
        self.state = label(role="muted", name="State of the queue", wrap=True)
        self.start = button(START, self._start_or_hold)
        tip = "Take the selected run off the queue and put its settings into the form"
        self.edit = button("Edit", self.edit_chosen, tip)
        self.again = button("Try again", self.retry_chosen, "Let the selected runs, which have failed, wait once more")
        self.tools = OrderTools(self.list, "run")
        self.menu = menus.context_menu(self.list, self._menu_entries)
        self._lay_out()
        self.list.removed.connect(self.remove_chosen)
        self.list.moved.connect(self.move_chosen)
        self.list.itemSelectionChanged.connect(self._enable)
        theme.notifier().changed.connect(self.refresh)
        self._looks = timer(self, LOOK_MS, self.look)
        if queue.is_elsewhere:
            self._looks.start()
        self.refresh()
        self._told = ""  # nobody has heard yet

    def add(self, configs: Sequence[TrainConfig], training: TrainConfig | None = None, run: str = "") -> bool:
        """Append runs, or one that goes on in the folder `run`; False, and why, where one cannot wait beside that in training."""
        try:
            self.queue.add(configs, training, run)
        except ConfigError as error:
            self.failed.emit(str(error))
            return False
        self.refresh()
        self.list.scrollToBottom()
        return True

    def look(self) -> None:
        """What has become of the queue that another window keeps."""
        if self.queue.look():
            self.refresh()
        if not self.queue.is_elsewhere:
            self._looks.stop()

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
        self.refresh()

    def ended(self, reason: str = "") -> None:
        """The run in hand is over; with a reason it has failed."""
        self.queue.ended(reason)
        self.refresh()

    def put_back(self) -> None:
        """The run in hand was not trained."""
        self.queue.put_back()
        self.refresh()

    def forget(self, run: str) -> None:
        """Somebody goes on with the run in this folder by hand."""
        self.queue.forget(run)
        self.refresh()

    def discard(self, config: TrainConfig) -> None:
        """A run that has failed with these settings is trained in another way."""
        self.queue.remove([entry.number for entry in self.queue.entries if entry.reason and entry.config == config])
        self.refresh()

    def remove_chosen(self) -> None:
        """Take the selected ones off."""
        self.queue.remove(self._chosen)
        self.refresh()

    def move_chosen(self, places: int) -> None:
        """Move the selected one; nothing happens at either end."""
        if len(self._chosen) == 1:
            self.queue.move(self._chosen[0], places)
            self.refresh()

    def retry_chosen(self) -> None:
        """Failed ones wait again, and are trained if the queue is going."""
        self.queue.retry(self._chosen)
        self.refresh()

    def edit_chosen(self) -> None:
        """The selected one into the form."""
        if len(self._chosen) == 1:
            entry = self._entries[self._chosen[0]]
            self.remove_chosen()
            self.edit_wanted.emit(entry.config)

    def _menu_entries(self) -> list[QAction | None]:
        """What the buttons beside the list do."""
        tools = self.tools
        made = {"Edit": self.edit, "Try again": self.again, "Move up": tools.up, "Move down": tools.down, "Take off": tools.drop}
        keys = {"Move up": "Alt+Up", "Move down": "Alt+Down", "Take off": "Del"}
        why = {text: "" if one.isEnabled() else one.toolTip().partition("\n")[0] for text, one in made.items()}
        return [menus.entry(text, one.click, one.toolTip(), key=keys.get(text, ""), why=why[text]) for text, one in made.items()]

    def refresh(self) -> None:
        """Shows the queue as it is; what was selected stays so, or what stands in the place of what is gone is.

        The focus of a button that does nothing any more goes to the list, not on to the next button.
        """
        focused = self.window().focusWidget()
        held = focused if focused is not None and focused is not self.list and self.isAncestorOf(focused) else None
        if held is not None:
            self.setFocus()
        self._refresh()
        if held is not None:
            (held if held.isEnabled() else self.list if self.queue.entries else self).setFocus()

    def _refresh(self) -> None:
        chosen, row = self._chosen, self.list.currentRow()
        before = self.list.item(row).data(NUMBER) if row >= 0 else 0
        hand = (self.queue.current,) if self.queue.current is not None else ()
        words = describe((*hand, *self.queue.entries))
        now, waiting = words[: len(hand)], words[len(hand) :]
        with QSignalBlocker(self.list):
            self.list.clear()
            for entry, said in zip(self.queue.entries, waiting, strict=True):
                self.list.addItem(_Item(entry, shown("  ·  ".join((*_state(entry), said)), ROW)))
            self._select(chosen, before, row)
        self.now.setText("".join(f"now: {said}" for said in now))
        self.now.setVisible(bool(now))
        self.pages.setCurrentWidget(self.list if self.queue.entries else self.words)
        others = self.queue.others
        self.words.setText(f"{_elsewhere(others)}. They are shown here once that window has closed." if others else EMPTY)
        self.counted.emit(len(self.queue.entries) or others)
        self._enable()
        if self.queue.problem != self._told:
            before, self._told = self._told, self.queue.problem
            if self._told:
                self.failed.emit(self._told)
            else:
                self.settled.emit(before)

    def _select(self, chosen: Sequence[int], current: int, row: int) -> None:
        rows = {entry.number: place for place, entry in enumerate(self.queue.entries)}
        again = [rows[number] for number in chosen if number in rows]
        if chosen and not again and rows:
            again = [min(max(row, 0), len(rows) - 1)]
        self.list.setCurrentRow(rows.get(current, again[0] if again else -1))
        self.list.clearSelection()
        for place in again:
            self.list.item(place).setSelected(True)

    @property
    def _entries(self) -> dict[int, Queued]:
        return {entry.number: entry for entry in self.queue.entries}

    @property
    def _chosen(self) -> list[int]:
        """Numbers of the selected entries, from the top."""
        return [self.list.item(row).data(NUMBER) for row in self.list.chosen]

    def _start_or_hold(self) -> None:
        self.set_going(not self.going)
        if self.going:
            self.start_wanted.emit()

    def _enable(self) -> None:
        entries, chosen = self._entries, self._chosen
        text = HOLD if self.going else START
        self.start.setText(text)
        named(self.start, text, TIPS[text])
        failed = any(entries[number].reason for number in chosen if number in entries)
        enable(self.start, bool(self.queue.waiting) or self.going, "No run waits: add one first")
        enable(self.edit, len(chosen) == 1, "Select one run of the queue first")
        enable(self.again, failed, "Select a run that has failed first")
        self.tools.enable()
        self.state.setText(self._say())
        self.state.setToolTip(literal("" if self.queue.is_kept else self.queue.problem))

    def _say(self) -> str:
        waiting, failed = self.queue.waiting, len(self.queue.entries) - self.queue.waiting
        words = [f"{count_of(waiting, 'run')} to come, {'going' if self.going else 'held'}"] if waiting else []
        words += [f"{failed} failed"] if failed else []
        words += [_elsewhere(self.queue.others)] if self.queue.others else []
        words += [] if self.queue.is_kept else ["not kept for the next time"]
        return ", ".join(words)

    def _lay_out(self) -> None:
        self.pages = stack(self.words, self.list)
        left = column(self.now, self.pages, gap=4, stretch=self.pages)
        buttons = QGridLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.start, 0, 0)
        buttons.addWidget(self.tools, 0, 1)
        buttons.addWidget(self.edit, 1, 0)
        buttons.addWidget(self.again, 1, 1)
        row(left, column(buttons, self.state, None), on=self, gap=10, margins=(0, 6, 0, 0), stretch=left)


class _Item(QListWidgetItem):
    """One entry; its tip, a whole command line, is made when somebody wants to see it."""

    def __init__(self, entry: Queued, words: str) -> None:
        super().__init__(words)
        self._entry = entry
        self.setData(NUMBER, entry.number)
        if entry.reason:
            self.setIcon(icons.icon("warning", theme.colors().error))
            self.setForeground(QColor(theme.colors().error))

    def data(self, role: int) -> Any:
        if role == Qt.ItemDataRole.ToolTipRole:
            return literal(tip(self._entry))
        return super().data(role)


def describe(entries: Sequence[Queued]) -> list[str]:
    """In which settings runs differ from each other, and how, and then what they are."""
    rows = differing([entry.config for entry in entries])
    found = []
    for number, entry in enumerate(entries):
        told = ", ".join(f"{name} {values[number]}" for name, values in rows.items())
        found.append("  ·  ".join(filter(None, (told, entry.title))))
    return found


def _elsewhere(count: int) -> str:
    """Of a queue that another window keeps, the run in training among them."""
    return f"{count_of(count, 'run')} in the other window's queue"


def _state(entry: Queued) -> list[str]:
    """Why it failed, or that it goes on."""
    return [f"failed: {entry.reason}"] if entry.reason else ["goes on"] if entry.run else []


def tip(entry: Queued) -> str:
    """All there is to say of one."""
    words = [f"Failed: {entry.reason}"] if entry.reason else []
    words += [f"Goes on in {entry.run}"] if entry.run else []
    return "\n".join([*words, command_of(entry.config)])
