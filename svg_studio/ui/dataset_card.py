"""A card that tells of one data set what lies on disk and what can be done about it; knows no job."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from svg_studio.engine.datasets import DatasetEntry
from svg_studio.engine.events import DatasetInspected, Progressed
from svg_studio.ui import theme
from svg_studio.ui.human import duration, size


class Card(QFrame):
    """A title, a sentence on its state, and smaller print."""

    def __init__(self, title: str, state: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(14, 12, 14, 12)
        self.box.setSpacing(6)
        heading = QLabel(title, wordWrap=True)
        heading.setProperty("role", "heading")
        self.state = QLabel(state, wordWrap=True)
        self.box.addWidget(heading)
        self.box.addWidget(self.state)

    def add_small(self, text: str) -> QLabel:
        label = QLabel(text, wordWrap=True)
        label.setProperty("role", "muted")
        self.box.addWidget(label)
        return label


class DatasetCard(Card):
    """One entry of DATASETS. Only the buttons that would do something now are there."""

    download = Signal()
    cancel = Signal()
    check = Signal()

    def __init__(self, entry: DatasetEntry, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(entry.title, "looking…")
        self._clock = clock
        self._downloadable = entry.downloadable is not None
        self._marks: deque[tuple[float, int]] = deque(maxlen=40)
        self.ready = False
        self.downloading = False
        self.space = self.add_small("")
        self.add_small(f"Licence: {entry.licence}")
        self._entry = entry
        self.cite = self.add_small("")
        self.cite.setOpenExternalLinks(True)
        self.progress = QProgressBar(textVisible=False)
        self.progress.setAccessibleName(f"Download of {entry.title}")
        self.amount = QLabel(wordWrap=True)
        self.download_button = QPushButton("Download")
        self.download_button.setProperty("primary", True)
        self.download_button.setToolTip("Fetch the files into the data folder; what is there already is kept and checked")
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip("Stop the download; what has arrived is kept, and Download goes on from there")
        self.check_button = QPushButton("Check again")
        self.check_button.setToolTip("Look at the files in the data folder once more")
        row = QHBoxLayout()
        signals = {self.download_button: self.download, self.cancel_button: self.cancel, self.check_button: self.check}
        for button, signal in signals.items():
            button.setAccessibleName(f"{button.text()}: {entry.title}")
            button.clicked.connect(signal)
            row.addWidget(button)
        row.addStretch(1)
        self.box.addWidget(self.progress)
        self.box.addWidget(self.amount)
        self.box.addLayout(row)
        theme.notifier().changed.connect(self._recolor)
        self._recolor()
        self._arrange()

    def _recolor(self) -> None:
        """A label keeps the colour that links had when its text was set."""
        link = f'<a style="color: {theme.colors().accent}" href="{self._entry.url}">{self._entry.url.removeprefix("https://")}</a>'
        self.cite.setText(f"{self._entry.citation}. {link}")

    def show_state(self, found: DatasetInspected) -> None:
        """What a look at the disk has found."""
        self.ready = found.ready
        sentence = found.state[:1].upper() + found.state[1:]
        self.state.setText(sentence)
        self.space.setText(f"{size(found.bytes_on_disk)} on disk  ·  {size(found.bytes_free)} free")
        self._arrange()

    def start_download(self) -> None:
        self.downloading = True
        self._marks.clear()
        self.progress.setRange(0, 0)
        self.amount.setText("connecting…")
        self._arrange()

    def show_progress(self, event: Progressed) -> None:
        """Bytes of all files together, with speed and time left once these can be told; anything else as it is."""
        # A progress bar counts in 32 bits; data sets have more bytes than that.
        self.progress.setRange(0, 1000 if event.total else 0)
        self.progress.setValue(round(1000 * event.done / event.total) if event.total else 0)
        if event.unit != "bytes":
            self.amount.setText(event.doing or "working…")
            return
        self._marks.append((self._clock(), event.done))
        (begun, first), (now, last) = self._marks[0], self._marks[-1]
        words = [f"{size(event.done)} of {size(event.total)}" if event.total else size(event.done)]
        if now > begun and last > first:
            speed = (last - first) / (now - begun)
            words.append(f"{size(round(speed))}/s")
            if event.total:
                words.append(f"{duration((event.total - event.done) / speed)} left")
        self.amount.setText("  ·  ".join(words))

    def end_download(self) -> None:
        self.downloading = False
        self._arrange()

    def _arrange(self) -> None:
        self.download_button.setVisible(self._downloadable and not self.ready and not self.downloading)
        self.cancel_button.setVisible(self.downloading)
        self.check_button.setVisible(not self.downloading)
        self.progress.setVisible(self.downloading)
        self.amount.setVisible(self.downloading)
