"""The Data page: cards of the data sets with what can be done to them, and a browser of clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QFile, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QWidget

from svg_studio.engine.config import ConvertConfig, DataConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import (
    ClipOpened,
    DatasetInspected,
    Event,
    Failed,
    Finished,
    Stopped,
    StoreConverted,
    StoreFound,
    StoreRemoved,
)
from svg_studio.engine.worker import Job, Worker
from svg_studio.paths import default_data_root
from svg_studio.ui import recents
from svg_studio.ui.converted_sets import Offer, offers
from svg_studio.ui.data.clip_browser import ClipBrowser
from svg_studio.ui.data.convert_dialog import ConvertDialog, begun_config
from svg_studio.ui.data.dataset_card import Card, DatasetCard
from svg_studio.ui.data.folder_field import FolderField
from svg_studio.ui.data.jobs import FileJobs
from svg_studio.ui.data.mirrors_dialog import Mirrors, MirrorsDialog
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.widgets import file_dialogs
from svg_studio.ui.widgets.action_banner import ActionBanner
from svg_studio.ui.widgets.banner import Banner
from svg_studio.ui.widgets.cards import Column, lay_page
from svg_studio.ui.widgets.controls import button, heading, open_dialog
from svg_studio.ui.widgets.layouts import boxed, column, row, split
from svg_studio.ui.widgets.text_dialog import TextDialog, compose

N_FRAMES = 30  # as long as the longest clips of the literature that the model is shown with
REPORT = "report.txt"  # in the folder of a store
SEED = 1  # the same as where futures are imagined, so that a clip is found again by its number


class DataPage(QWidget):
    """Every (job, event) of the lanes comes in by `on_event`. Nothing is read before the page is first shown."""

    open_clip_in_futures = Signal(object, str, int)  # DataConfig, split, index
    train_wanted = Signal(object)  # DataConfig
    data_root_changed = Signal(str)

    def __init__(self, studio: Worker, files: Worker, parent: QWidget | None = None) -> None:
        """studio: the lane that looks at files; files: the one for what takes minutes and hours."""
        super().__init__(parent)
        self._studio = studio
        self._mirrors = Mirrors(Preferences())
        self._inspections: dict[Job, str] = {}
        self._browsing: Job | None = None
        self._looking: Job | None = None  # for the dialog
        self._fresh: dict[str, StoreConverted] = {}  # by data set: what has just been converted, and is not looked at yet
        self._removing: dict[Job, tuple[str, StoreFound]] = {}  # stores on their way into the trash, or back
        self._looked = self._shown = False
        self.dialog: ConvertDialog | None = None  # the one that is open
        self.banner = Banner()
        self.done_strip, self.undo_strip = ActionBanner(), ActionBanner()
        self.folder = FolderField(str(default_data_root()))
        self.cards: dict[str, DatasetCard] = {}
        self.work = FileJobs(files, self.cards, self)
        self.browser = ClipBrowser()
        self.browser.data_root = self.data_root
        self._lay_out()
        self.folder.editingFinished.connect(self._on_folder)
        self.folder.chosen.connect(self.set_data_root)
        self.work.failed.connect(self.banner.show_error)
        self.work.ended.connect(self._inspect)
        self.work.converted.connect(self._on_converted)
        self.work.taken.connect(self._on_taken)
        self.browser.wanted.connect(self._browse)
        self.browser.opened.connect(self.open_clip_in_futures)

    @property
    def pictures(self) -> tuple[QWidget, ...]:
        """Over whose feet messages lie: no control is there."""
        return (self.browser.pages,)

    @property
    def data_root(self) -> str:
        """The folder of the data sets."""
        return self.folder.text().strip()

    def set_data_root(self, folder: str) -> None:
        self.folder.setText(folder)
        self._on_folder()

    def state(self) -> dict[str, Any]:
        """What is looked at and how, as plain data for `restore`."""
        return {"data_root": self.data_root, **self.browser.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """As it was when `state` was asked for; what is damaged in it, or not there any more, is passed over."""
        folder = state.get("data_root")
        if isinstance(folder, str) and folder.strip() and folder.isprintable():
            self.set_data_root(folder)
        self.browser.restore(state)

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

    def use_files(self, name: str, sources: Sequence[str] = ()) -> None:
        """Convert files of data set `name` that a person has, or take them, where they need no conversion; asks which."""
        if not DATASETS[name].take:
            self.ask_convert(name, own_files=True, sources=sources)
            return
        title = f"Folder that holds the files of {DATASETS[name].title}"
        if folder := next(iter(sources), "") or file_dialogs.choose_folder(self, title, "data"):
            self.banner.clear()
            self.work.take(name, folder, self.data_root)

    def _on_taken(self, name: str) -> None:
        if "digits" in DATASETS[name].options:
            self.browser.show_digits("mnist")

    def _on_converted(self, name: str, event: StoreConverted) -> None:
        """Shown once a look at the disk has found it."""
        self._fresh[name] = event

    def _show_fresh(self, found: DatasetInspected) -> None:
        """Leads on from a conversion that has ended: its clips play, and a strip says what can be done with them."""
        event = self._fresh.get(found.name)
        stores = [store for store in found.stores if event is not None and store.path == event.path]
        offer = next((offer for store in stores for offer in offers(replace(found, stores=(store,)))), None)
        if event is None or offer is None:
            return
        del self._fresh[found.name]
        self.browser.show_set(offer.key, ("train", "test", "val"))  # most of them are there
        counts = " and ".join(f"{count:,} {split}" for split, count in offer.clips.items() if count)
        answers = {
            "Train on these": lambda: self.train_wanted.emit(offer.data(self.data_root)),
            "Open in Futures": lambda: self._open_first(offer),
            "Close": _nothing,
        }
        several = sum(count > 0 for count in offer.clips.values()) > 1
        where = f". The {self.browser.split.currentData()} clips are shown here." if several else ", which are shown here."
        self.done_strip.make(f"{offer.title} is converted: {counts} clips{where}", answers)

    def _open_first(self, offer: Offer) -> None:
        """The clip that is selected, where the set is still looked at, else the first one of the set."""
        browser = self.browser
        if browser.offer == offer and browser.wall.selected >= 0:
            browser.open_button.click()
            return
        split = next(split for split in ("test", *offer.clips) if offer.clips.get(split))
        self.open_clip_in_futures.emit(offer.data(self.data_root), split, 0)

    # ---- the trash

    def remove(self, name: str, store: StoreFound) -> None:
        """Put a store of data set `name` into the trash, from where the strip that comes then brings it back."""
        self.banner.clear()
        job = Job("data.remove:remove", {"path": store.path, "trash": _to_trash}, f"Removing {store.name}")
        self._removing[job] = name, store
        self._studio.submit(job)

    def _put_back(self, name: str, store: StoreFound, place: str) -> None:
        job = Job("data.remove:put_back", {"place": place, "path": store.path}, f"Bringing {store.name} back")
        self._removing[job] = name, store
        self._studio.submit(job)

    def _on_removing(self, job: Job, event: Event) -> None:
        name, store = self._removing[job]
        match event:
            case StoreRemoved(place=place, system=system):
                where = "the trash" if system else f"the trash of the data folder, {place and place.parent}"
                undo = {"Undo": partial(self._put_back, name, store, str(place))} if place is not None else {}
                self.undo_strip.make(f"{store.name}, {store.image_width} px, is in {where}.", {**undo, "Close": _nothing})
                self.done_strip.withdraw()  # which may offer what is gone
            case Failed():
                self.banner.show_error(sentence_of(event))
        if isinstance(event, Failed | Finished | Stopped):
            del self._removing[job]
            self._inspect(name)

    def _show_folder(self, path: str) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(path)):
            self.banner.show_info(f"This system opens no folders; it is {path}")

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
        elif job in self._removing:
            self._on_removing(job, event)
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
            self.browser.wall.setFocus()  # not in the path, which comes first

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
                self._show_fresh(event)
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
            recents.note("data", self.data_root)
            self.data_root_changed.emit(self.data_root)
            self.inspect()

    def _choose_folder(self) -> None:
        if folder := file_dialogs.choose_folder(self, "Folder that holds the data sets", "data", self.data_root):
            self.set_data_root(folder)

    def ask_mirrors(self) -> None:
        """Open the dialog of the addresses to download from."""
        open_dialog(MirrorsDialog(self._mirrors, self))

    def _stores(self, name: str) -> tuple[StoreFound, ...]:
        found = self.cards[name].found
        return found.stores if found else ()

    def _lay_out(self) -> None:
        choose = button("Choose…", self._choose_folder, name="Choose data folder")
        tip = "Addresses to download from instead of the usual ones"
        mirrors = button("Mirrors…", self.ask_mirrors, tip)
        cards = column(gap=8, margins=(0, 0, 6, 0))
        for name, entry in DATASETS.items():
            card = DatasetCard(entry)
            card.download.connect(partial(self.download, name))
            card.go_on.connect(partial(self.go_on, name))
            card.convert.connect(partial(self.ask_convert, name))
            card.use_files.connect(partial(self.use_files, name))
            card.remove.connect(partial(self.remove, name))
            card.show_folder.connect(self._show_folder)
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
        strips = (self.banner, self.done_strip, self.undo_strip)
        lay_page(self, strips, split(left, self.browser, sizes=(340, 850), weights=(0, 1)), lambda: self.pictures)


def _to_trash(path: str) -> tuple[bool, str]:
    """Moves a folder into the system's trash: whether that went, and where it is there; run on a lane."""
    file = QFile(path)
    moved = file.moveToTrash()
    place = file.fileName()  # where it is now, as far as the system says so
    return moved, place if moved and place != path else ""


def _nothing() -> None:
    """The answer of who has read a strip."""
