"""The Data page: what data sets are on disk, and a browser of their clips; turns the lane's events into calls of its views."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from svg_studio.engine.config import DataConfig
from svg_studio.engine.datasets import DATASETS
from svg_studio.engine.events import ClipOpened, DatasetInspected, Event, Failed, Finished, Progressed, Stopped
from svg_studio.engine.worker import Engine, Job
from svg_studio.paths import default_data_root
from svg_studio.ui.banner import Banner
from svg_studio.ui.cards import Column, heading
from svg_studio.ui.clip_browser import ClipBrowser
from svg_studio.ui.dataset_card import Card, DatasetCard

N_FRAMES = 30  # as long as the longest clips of the literature that the model is shown with
SEED = 1  # the same as where futures are imagined, so that a clip is found again by its number


class DataPage(QWidget):
    """Every (job, event) of the lanes comes in by `on_event`. Nothing is read before the page is first shown."""

    open_clip_in_futures = Signal(object, str, int)  # DataConfig, split, index
    data_root_changed = Signal(str)

    def __init__(self, studio: Engine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._inspections: dict[Job, str] = {}
        self._downloads: dict[Job, str] = {}
        self._browsing: Job | None = None
        self._shown = False
        self.banner = Banner()
        self.folder = QLineEdit(str(default_data_root()))
        self.cards: dict[str, DatasetCard] = {}
        self.browser = ClipBrowser()
        self.browser.data_root = self.data_root
        self._lay_out()
        self.folder.editingFinished.connect(self._on_folder)
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
        self.cards[name].start_download()
        arguments = {"name": DATASETS[name].downloadable, "data_root": self.data_root, "mirror": None}
        job = Job("download:download", arguments, f"Downloading {DATASETS[name].title}")
        self._downloads[job] = name
        self._studio.submit(job)

    def cancel(self, name: str) -> None:
        """Stop the download of data set `name`; what has arrived stays."""
        for job, downloading in self._downloads.items():
            if downloading == name:
                job.stop()
                self.cards[name].amount.setText("stopping…")

    def on_event(self, job: Job, event: Event) -> None:
        """What a lane says; jobs of other pages are passed over."""
        if job is self._browsing:
            self._on_browsing(event)
        elif job in self._downloads:
            self._on_downloading(job, event)
        elif job in self._inspections:
            self._on_inspecting(job, event)

    def showEvent(self, event: QShowEvent) -> None:
        if not self._shown:
            self._shown = True
            self.inspect()
            self.browser.reload()

    def _on_browsing(self, event: Event) -> None:
        match event:
            case ClipOpened():
                self.browser.put(event)
            case Failed():
                self._browsing = None
                self.browser.refuse(event.sentence)
            case Finished() | Stopped():
                self._browsing = None

    def _on_downloading(self, job: Job, event: Event) -> None:
        name = self._downloads[job]
        match event:
            case Progressed() if not job.stopping:
                self.cards[name].show_progress(event)
            case Finished() | Stopped() | Failed():
                del self._downloads[job]
                self.cards[name].end_download()
                if isinstance(event, Failed):
                    self.banner.show_error(event.sentence)
                self._inspect(name)

    def _on_inspecting(self, job: Job, event: Event) -> None:
        match event:
            case DatasetInspected() if job.arguments["data_root"] == self.data_root:
                self.cards[event.name].show_state(event)
                self.browser.set_ready(event.name, event.ready, event.clips)
            case Failed():
                self.cards[self._inspections.pop(job)].state.setText(event.sentence)
            case Finished() | Stopped():
                del self._inspections[job]

    def _inspect(self, name: str) -> None:
        arguments = {"name": name, "data_root": self.data_root}
        job = Job("datasets:inspect", arguments, f"Looking at {DATASETS[name].title}")
        self._inspections[job] = name
        self._studio.submit(job)

    def _browse(self, data: DataConfig, split: str, indices: tuple[int, ...]) -> None:
        if self._browsing is not None:
            self._browsing.stop()  # a page nobody looks at any more
        entry = DATASETS[data.dataset]
        arguments = {
            "data": data,
            "image_width": entry.widths[0],
            "channels": entry.channels[0],
            "split": split,
            "indices": indices,
            "n_frames": N_FRAMES,
            "seed": SEED,
        }
        self._browsing = Job("datasets:browse", arguments, "Opening clips")
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

    def _lay_out(self) -> None:
        self.folder.setAccessibleName("Data folder")
        self.folder.setToolTip("Folder that holds the data sets (data_root)")
        choose = QPushButton("Choose…")
        choose.setAccessibleName("Choose data folder")
        choose.clicked.connect(self._choose_folder)
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(choose)
        inner = QWidget()
        cards = QVBoxLayout(inner)
        cards.setContentsMargins(0, 0, 6, 0)
        cards.setSpacing(8)
        label = heading("Data folder")
        label.setBuddy(self.folder)
        cards.addWidget(label)
        cards.addLayout(row)
        for name, entry in DATASETS.items():
            card = DatasetCard(entry)
            card.download.connect(partial(self.download, name))
            card.cancel.connect(partial(self.cancel, name))
            card.check.connect(partial(self._inspect, name))
            self.cards[name] = card
            cards.addWidget(card)
        drawn = Card("Drawn digits", "Always ready: the program draws these digits itself, so nothing needs downloading.")
        drawn.add_small("Varied by slant, weight, scale, rotation and noise, so that no two are the same.")
        cards.addWidget(drawn)
        cards.addStretch(1)
        scroll = Column(inner)
        scroll.setMinimumWidth(290)
        self.browser.setContentsMargins(4, 0, 0, 0)
        columns = QSplitter(Qt.Orientation.Horizontal)
        columns.addWidget(scroll)
        columns.addWidget(self.browser)
        columns.setStretchFactor(1, 1)
        columns.setSizes([340, 850])
        columns.setChildrenCollapsible(False)
        columns.setHandleWidth(8)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.addWidget(self.banner)
        box.addWidget(columns, 1)
