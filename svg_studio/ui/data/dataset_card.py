"""The card of one data set: what lies on disk, what is being done, and buttons for what can be done."""

from __future__ import annotations

import html
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QProgressBar, QPushButton, QWidget

from svg_studio.engine.data.registry import DatasetEntry
from svg_studio.engine.events import DatasetInspected, Progressed, StoreFound
from svg_studio.ui.converted_sets import describe, summary
from svg_studio.ui.formatting import amount, duration, size
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.cards import Line
from svg_studio.ui.widgets.controls import button, heading, label, named, restyle
from svg_studio.ui.widgets.flow_layout import FlowLayout
from svg_studio.ui.widgets.layouts import column
from svg_studio.ui.widgets.menus import context_menu, entry

MARK_S = 0.25  # between two measurements of the speed
TIPS = {
    "Download": "Fetch the files into the data folder; what is there already is kept and checked",
    "Go on": "Go on with the conversion that was cut off, where it stopped",
    "Convert…": "Turn the files that were downloaded into clips that can be trained on",
    "Use files I have…": "Convert an archive, an unpacked folder or a tree of PNG files that you have already",
    "Remove…": "Put a converted set into the trash, from where it can be brought back",
    "Add videos…": "Convert one or several videos, or a folder of videos or images; they can be dropped on the window too",
    "Verify": "Read the converted clips through and compare counts, sizes and checksums",
    "Show report": "What was left out, and why, and what was noted",
    "Stop and keep": "Stop this; what has been done is kept, and the same button goes on from there",
    "Check again": "Look at the files in the data folder once more",
}


class Card(QFrame):
    """A title, a sentence on its state, and smaller print."""

    def __init__(self, title: str, state: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        name = heading(title)
        name.setWordWrap(True)
        self.state = label(state, wrap=True)
        self.box = column(name, self.state, on=self, gap=6, margins=(14, 12, 14, 12))

    def add_small(self, text: str) -> QLabel:
        small = label(text, "muted", wrap=True)
        self.box.addWidget(small)
        return small


class DatasetCard(Card):
    """One entry of DATASETS. Only the buttons that would do something now are there."""

    download = Signal()
    go_on = Signal()
    convert = Signal()
    use_files = Signal()
    remove = Signal(object)  # StoreFound
    verify = Signal()
    report = Signal()
    cancel = Signal()
    check = Signal()
    show_folder = Signal(str)

    def __init__(self, about: DatasetEntry, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(about.title, "looking…")
        self._entry, self._clock = about, clock
        self.setAccessibleName(about.title)
        self.menu = context_menu(self, self._entries)
        self._marks: deque[tuple[float, int]] = deque(maxlen=40)
        self.found: DatasetInspected | None = None  # what a look at the disk has found
        self.busy = False
        self.lines: Sequence[str] = ()  # of the report, of what was done last
        self.problem, self.result = label(role="error", wrap=True), label(wrap=True)
        self.box.addWidget(self.problem)
        self.box.addWidget(self.result)
        self.stores = self.add_small("")
        self.space = self.add_small("")
        self.note = self.add_small(f"{about.size_note}.")
        self.add_small(f"Licence: {about.licence}")
        self.cite = QLabel(textFormat=Qt.TextFormat.RichText, wordWrap=True)  # the entry's own words, and a link
        self.cite.setProperty("role", "muted")
        self.box.addWidget(self.cite)
        self.cite.setOpenExternalLinks(True)
        self.doing, self.amount = Line(), label(wrap=True)
        self.progress = named(QProgressBar(textVisible=False), f"Progress of {about.title}")
        for widget in (self.doing, self.progress, self.amount):
            self.box.addWidget(widget)
        self._add_buttons()
        theme.follow(self._recolour)
        self._arrange()

    def _add_buttons(self) -> None:
        self.buttons: dict[str, QPushButton] = {}
        flow = FlowLayout()
        self.box.addLayout(flow)

        def add(text: str, signal: SignalInstance | None) -> QPushButton:
            self.buttons[text] = made = button(text, signal, TIPS[text], name=f"{text}: {self._entry.title}")
            flow.addWidget(made)
            return made

        self.download_button = add("Download", self.download)
        self.go_on_button = add("Go on", self.go_on)
        self.convert_button = add("Convert…", self.convert)
        self.use_files_button = add("Use files I have…" if self._entry.downloadable else "Add videos…", self.use_files)
        if self._entry.take:
            self.use_files_button.setToolTip("Take the files from a folder where you have them already, once they are checked")
        self.verify_button = add("Verify", self.verify)
        self.report_button = add("Show report", self.report)
        self.remove_button = add("Remove…", None)
        self._removable = QMenu(self.remove_button)
        self._removable.setToolTipsVisible(True)
        self._removable.aboutToShow.connect(self._list_removable)
        self.remove_button.setMenu(self._removable)
        self.cancel_button = add("Stop and keep", self.cancel)
        self.check_button = add("Check again", self.check)

    def _list_removable(self) -> None:
        self._removable.clear()
        for made in self._removals(""):
            self._removable.addAction(made)
            made.setParent(self._removable)

    def _removals(self, before: str) -> list[QAction]:
        """An entry for each store that there is, with words before its name."""
        tip = "Into the trash, from where it can be brought back"
        return [entry(f"{before}{describe(store)}", partial(self.remove.emit, store), tip) for store in self._stores]

    @property
    def _stores(self) -> Sequence[StoreFound]:
        return self.found.stores if self.found else ()

    def _entries(self) -> list[QAction | None]:
        """The card's menu: what its buttons do that are there, and what is to be done with each store."""
        made: list[QAction | None] = [
            entry(text, choice.click, choice.toolTip())
            for text, choice in self.buttons.items()
            if not choice.isHidden() and choice is not self.remove_button
        ]
        folders = {"": self.found.data_root} if self.found and not self._stores else {}
        folders |= {f" of {store.name}, {store.image_width} px": store.path for store in self._stores}
        made.append(None)
        for of, path in folders.items():
            made.append(
                entry(f"Show folder{of}", partial(self.show_folder.emit, str(path)), f"In the system's file manager: {path}")
            )
        if not self.remove_button.isHidden():
            made += [None, *self._removals("Remove ")]
        return made

    def _recolour(self) -> None:
        """A label keeps the colour that links had when its text was set."""
        url = self._entry.url
        link = f'<a style="color: {theme.colors().accent}" href="{url}">{url.removeprefix("https://")}</a>'
        self.cite.setText(f"{html.escape(self._entry.citation)}. {link if url else ''}".strip())

    def show_state(self, found: DatasetInspected) -> None:
        """What a look at the disk has found."""
        self.found = found
        self.state.setText(summary(found))
        self.stores.setText("\n".join(describe(store) for store in found.stores))
        self.space.setText(f"{size(found.bytes_on_disk)} on disk  ·  {size(found.bytes_free)} free")
        self._arrange()

    # ---- work

    def start_work(self, words: str) -> None:
        """Something was asked for; `words` say what, or that it waits for its turn."""
        self.busy = True
        self._marks.clear()
        self.progress.setRange(0, 1000)
        self.progress.setValue(0)
        self.doing.setText("")
        self.amount.setText(words)
        self._arrange()

    def show_progress(self, event: Progressed) -> None:
        """Bytes with speed and time left once these can be told; anything else as it is."""
        # A progress bar counts in 32 bits; data sets have more bytes than that.
        self.progress.setRange(0, 1000 if event.total else 0)
        self.progress.setValue(round(1000 * event.done / event.total) if event.total else 0)
        self.doing.setText(event.doing)
        self.doing.setVisible(bool(event.doing))
        said = amount(event.done, event.total, event.unit)
        if event.unit != "bytes":
            self.amount.setText(said or event.unit or "working…")
            return
        self._measure(event.done)
        (begun, first), (now, last) = self._marks[0], self._marks[-1]
        words = [said]
        if now > begun and last > first:
            speed = (last - first) / (now - begun)
            words.append(f"{size(round(speed))}/s")
            if event.total:
                words.append(f"{duration((event.total - event.done) / speed)} left")
        self.amount.setText("  ·  ".join(words))

    def _measure(self, done: int) -> None:
        now = self._clock()
        if self._marks and done < self._marks[-1][1]:
            self._marks.clear()  # something else has begun
        if not self._marks or now - self._marks[-1][0] >= MARK_S:
            self._marks.append((now, done))

    def end_work(self) -> None:
        self.busy = False
        self._arrange()

    def tell(self, result: str, problem: str = "") -> None:
        """How it ended: what came of it, and what went wrong; both stay until the next thing is begun."""
        self.result.setText(result)
        self.problem.setText(problem)
        self._arrange()

    def set_lines(self, lines: Sequence[str]) -> None:
        """What the report has beyond the files of finished conversions; more may be added to them."""
        changed = bool(lines) != self.report_button.isVisibleTo(self)
        self.lines = lines
        if changed:
            self._arrange()

    def _arrange(self) -> None:
        found, about = self.found, self._entry
        stores = self._stores
        ready, raw, idle = bool(found and found.ready), bool(found and found.can_convert), not self.busy
        converts, downloads = bool(about.conversion), about.downloadable is not None
        finished = any(store.finished and not store.problem for store in stores)
        shown = {
            self.download_button: bool(found and found.can_download) and idle,
            self.go_on_button: any(not store.finished for store in stores) and idle,
            self.convert_button: converts and downloads and raw and idle,
            # Any number of folders of videos may wait.
            self.use_files_button: (converts and (idle or not downloads)) or (bool(about.take) and idle and not ready),
            self.verify_button: finished and idle,
            self.report_button: finished or bool(self.lines),
            self.remove_button: bool(stores) and idle,
            self.cancel_button: self.busy,
            self.check_button: idle,
        }
        for choice, on in shown.items():
            choice.setVisible(on)
        steps = [self.go_on_button, self.download_button, self.convert_button, self.use_files_button]
        first = None if ready else next((step for step in steps if shown[step]), None)
        for step in steps:
            restyle(step, "primary", step is first)
        for words in (self.problem, self.result, self.stores):
            words.setVisible(bool(words.text()))
        self.note.setVisible(bool(about.size_note) and not raw and not ready)
        for widget in (self.progress, self.amount):
            widget.setVisible(self.busy)
        self.doing.setVisible(self.busy and bool(self.doing.text()))
