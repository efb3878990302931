"""The Data page: cards of the data sets with what can be done to them, and a browser of clips."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from svg_studio.engine.config import ConvertConfig, DataConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import ClipOpened, DatasetInspected, Event, Failed, Finished, Stopped, StoreFound
from svg_studio.engine.worker import Job, Worker
from svg_studio.paths import default_data_root
from svg_studio.ui.data.clip_browser import ClipBrowser
from svg_studio.ui.data.convert_dialog import ConvertDialog, begun_config
from svg_studio.ui.data.dataset_card import Card, DatasetCard
from svg_studio.ui.data.jobs import FileJobs
from svg_studio.ui.data.mirrors_dialog import Mirrors, MirrorsDialog
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.widgets.banner import Banner
from svg_studio.ui.widgets.cards import Column, lay_page
from svg_studio.ui.widgets.controls import button, heading, named, open_dialog
from svg_studio.ui.widgets.layouts import boxed, column, row, split
from svg_studio.ui.widgets.text_dialog import TextDialog, compose

N_FRAMES = 30  # as long as the longest clips of the literature that the model is shown with
REPORT = "report.txt"  # in the folder of a store
SEED = 1  # the same as where futures are imagined, so that a clip is found again by its number


class DataPage(QWidget):
    """Every (job, event) of the lanes comes in by `on_event`. Nothing is read before the page is first shown."""

    open_clip_in_futures = Signal(object, str, int)  # DataConfig, split, index
    data_root_changed = Signal(str)

    def __init__(self, studio: Worker, files: Worker, parent: QWidget | None = None) -> None:
        """studio: the lane that looks at files; files: the one for what takes minutes and hours."""
        super().__init__(parent)
        self._studio = studio
        self._mirrors = Mirrors(Preferences())
        self._inspections: dict[Job, str] = {}
        self._browsing: Job | None = None
        self._looking: Job | None = None  # for the dialog
        self._looked = self._shown = False
        self.dialog: ConvertDialog | None = None  # the one that is open
        self.banner = Banner()
        tip = "Folder that holds the data sets (data_root)"
        self.folder = named(QLineEdit(str(default_data_root())), "Data folder", tip)
        self.cards: dict[str, DatasetCard] = {}
        self.work = FileJobs(files, self.cards, self)
        self.browser = ClipBrowser()
        self.browser.data_root = self.data_root
        self._lay_out()
        self.folder.editingFinished.connect(self._on_folder)
        self.work.failed.connect(self.banner.show_error)
        self.work.ended.connect(self._inspect)
        self.browser.wanted.connect(self._browse)
        self.browser.opened.connect(self.open_clip_in_futures)

    @property
    def data_root(self) -> str:
        """The folder of the data sets."""
        return self.folder.text().strip()

    def set_data_root(self, folder: str) -> None:
        self.folder.setText(folder)
        self._on_folder()

    def inspect(self) -> None:
        """Look at what of every data set is on disk."""
        for name in DATASETS:
            self._inspect(name)

    def download(self, name: str) -> None:
        """Fetch the files of data set `name`."""
        self.banner.clear()
        self.work.download(name, self.data_root, self._mirrors.address(name) or None)

    def convert(self, config: ConvertConfig) -> None:
        """Make clips of files."""
        self.banner.clear()
        self.work.convert(config)

    def go_on(self, name: str) -> None:
        """Go on with the first conversion of data set `name` that was cut off."""
        for store in self._stores(name):
            if not store.finished:
                if (config := begun_config(store, self.data_root)) is not None:
                    self.convert(config)
                else:
                    self.ask_convert(name)
                return

    def verify(self, name: str) -> None:
        """Read all that is converted of data set `name` through."""
        self.banner.clear()
        self.work.verify(name, [s.path for s in self._stores(name) if s.finished and not s.problem])

    def ask_convert(self, name: str, *, own_files: bool = False, sources: Sequence[str] = ()) -> None:
        """Open the dialog that asks how to convert data set `name`, in the place of one that is open."""
        if self.dialog is not None:
            self.dialog.reject()
        self.dialog = dialog = ConvertDialog(name, self.data_root, own_files=own_files, stores=self._stores(name), parent=self)
        dialog.wanted.connect(self.convert)
        dialog.look_wanted.connect(self._look)
        dialog.look_unwanted.connect(self._look_no_more)
        dialog.finished.connect(self._on_dialog_closed)
        if sources:
            dialog.set_sources(sources)
        open_dialog(dialog)

    def _look(self, config: ConvertConfig) -> None:
        """Look at what a conversion would read, for the dialog."""
        self._look_no_more()
        self._looking = Job("data.look:look", {"config": config}, "Looking at videos")
        self._studio.submit(self._looking)

    def _look_no_more(self) -> None:
        if self._looking is not None:
            self._looking.stop()
            self._looking = None

    def _on_dialog_closed(self) -> None:
        self.dialog = None

    def show_report(self, name: str) -> None:
        """Show what conversions left out of data set `name`, and what they noted."""
        reports = [s.path / REPORT for s in self._stores(name) if s.finished]
        open_dialog(TextDialog(f"Report: {DATASETS[name].title}", compose(self.cards[name].lines, reports), self))

    def on_event(self, job: Job, event: Event) -> None:
        """What a lane says; jobs of other pages are passed over."""
        if job is self._browsing:
            self._on_browsing(event)
        elif job is self._looking:
            if self.dialog is not None:
                self.dialog.preview.on_event(event)
        elif job in self._inspections:
            self._on_inspecting(job, event)
        else:
            self.work.on_event(job, event)

    def inspect_once(self) -> None:
        """The first look at what is on disk, once."""
        if not self._looked:
            self._looked = True
            self.inspect()

    def showEvent(self, event: QShowEvent) -> None:
        if not self._shown:
            self._shown = True
            self.inspect_once()
            self.browser.reload()

    def _on_browsing(self, event: Event) -> None:
        match event:
            case ClipOpened():
                self.browser.put(event)
            case Failed():
                self._browsing = None
                self.browser.refuse(sentence_of(event))
            case Finished() | Stopped():
                self._browsing = None

    def _on_inspecting(self, job: Job, event: Event) -> None:
        match event:
            case DatasetInspected() if job.arguments["data_root"] == self.data_root:
                self.cards[event.name].show_state(event)
                self.browser.set_found(event)
            case Failed():
                self.cards[self._inspections.pop(job)].state.setText(sentence_of(event))
            case Finished() | Stopped():
                del self._inspections[job]

    def _inspect(self, name: str) -> None:
        arguments = {"name": name, "data_root": self.data_root}
        job = Job("data.clips:inspect", arguments, f"Looking at {DATASETS[name].title}")
        self._inspections[job] = name
        self._studio.submit(job)

    def _browse(self, data: DataConfig, image_width: int, channels: int, split: str, indices: tuple[int, ...]) -> None:
        if self._browsing is not None:
            self._browsing.stop()  # a page nobody looks at any more
        arguments = {
            "data": data,
            "image_width": image_width,
            "channels": channels,
            "split": split,
            "indices": indices,
            "n_frames": N_FRAMES,
            "seed": SEED,
        }
        self._browsing = Job("data.clips:browse", arguments, "Opening clips")
        self._studio.submit(self._browsing)

    def _on_folder(self) -> None:
        if self.data_root and self.data_root != self.browser.data_root:
            self.browser.data_root = self.data_root
            self.data_root_changed.emit(self.data_root)
            self.inspect()

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder that holds the data sets", self.data_root)
        if folder:
            self.set_data_root(folder)

    def _ask_mirrors(self) -> None:
        open_dialog(MirrorsDialog(self._mirrors, self))

    def _stores(self, name: str) -> tuple[StoreFound, ...]:
        found = self.cards[name].found
        return found.stores if found else ()

    def _lay_out(self) -> None:
        choose = button("Choose…", self._choose_folder, name="Choose data folder")
        tip = "Addresses to download from instead of the usual ones"
        mirrors = button("Mirrors…", self._ask_mirrors, tip)
        cards = column(gap=8, margins=(0, 0, 6, 0))
        for name, entry in DATASETS.items():
            card = DatasetCard(entry)
            card.download.connect(partial(self.download, name))
            card.go_on.connect(partial(self.go_on, name))
            card.convert.connect(partial(self.ask_convert, name))
            card.use_files.connect(partial(self.ask_convert, name, own_files=True))
            card.verify.connect(partial(self.verify, name))
            card.report.connect(partial(self.show_report, name))
            card.cancel.connect(partial(self.work.cancel, name))
            card.check.connect(partial(self._inspect, name))
            self.cards[name] = card
            cards.addWidget(card)
        drawn = Card("Drawn digits", "Always ready: the program draws these digits itself, so nothing needs downloading.")
        drawn.add_small("Varied by slant, weight, scale, rotation and noise, so that no two are the same.")
        cards.addWidget(drawn)
        cards.addStretch(1)
        words = heading("Data folder", self.folder)
        folder = row(self.folder, choose, mirrors, stretch=self.folder)
        scroll = Column(boxed(cards))
        left = boxed(column(words, folder, scroll, gap=8, stretch=scroll))
        left.setMinimumWidth(290)
        self.browser.setContentsMargins(4, 0, 0, 0)
        lay_page(self, (self.banner,), split(left, self.browser, sizes=(340, 850), weights=(0, 1)))
