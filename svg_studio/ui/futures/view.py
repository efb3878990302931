"""Everything that shows the futures of one clip on one clock: wall, lane, transport and plots; knows events, no job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from svg_studio.engine.events import Frames, FramesImagined, FutureSampled, FutureScored
from svg_studio.ui.futures.references import References
from svg_studio.ui.futures.wall import Wall, WallArea
from svg_studio.ui.video.playback import Playback
from svg_studio.ui.video.transport import Transport


class FuturesView(QWidget):
    """`open_clip`, then `grow`, then frames and futures as they come; `halt` where no more will."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scores: dict[int, FutureScored] = {}
        self.plots: Any = None  # FuturesPlots, once the window has been painted: pyqtgraph takes half a second to import
        self.playback = Playback(self)
        self.references = References()
        self.wall = Wall()
        self.transport = Transport(self.playback)
        self._lay_out()
        self.tile_size.currentIndexChanged.connect(self._resize_tiles)
        self.playback.frame_changed.connect(self._on_frame)
        self.wall.selection_changed.connect(self._on_selection)

    def _lay_out(self) -> None:
        self.tile_size = QComboBox()
        self.tile_size.setAccessibleName("Size of tiles")
        self.tile_size.setToolTip("Enlargement of the tiles on the wall")
        for factor in (0, 1, 2, 3, 4, 6, 8):
            self.tile_size.addItem(f"{factor}×" if factor else "Fit", factor)
        size_word = QLabel("Tiles")
        size_word.setProperty("role", "muted")
        size_word.setBuddy(self.tile_size)
        controls = QHBoxLayout()
        controls.setSpacing(8)
        controls.addWidget(self.transport, 1)
        controls.addSpacing(8)
        controls.addWidget(size_word)
        controls.addWidget(self.tile_size)
        across = QSplitter(Qt.Orientation.Horizontal)
        across.addWidget(self.references)
        across.addWidget(WallArea(self.wall))
        across.setStretchFactor(1, 1)
        across.setSizes([296, 900])
        across.setChildrenCollapsible(False)
        below = QWidget()
        self._below = QVBoxLayout(below)
        self._below.setContentsMargins(0, 0, 0, 0)
        self._below.addLayout(controls)
        self._down = QSplitter(Qt.Orientation.Vertical)
        self._down.addWidget(across)
        self._down.addWidget(below)
        self._down.setStretchFactor(0, 1)
        self._down.setChildrenCollapsible(False)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.addWidget(self._down)

    def make_plots(self) -> None:
        """Adds the plots, with whatever has arrived before they could be made."""
        if self.plots is not None:
            return
        from svg_studio.ui.futures.plots import FuturesPlots

        self.plots = FuturesPlots()
        self.plots.setMinimumHeight(92)
        self._below.addWidget(self.plots, 1)
        self.share_height()
        self.plots.sought.connect(self.scrub)
        self._reset_plots()
        for future in self.wall.futures.values():
            self.plots.put_sigma(future.number, future.sigma)
        for score in self._scores.values():
            self.plots.put_scores(score.number, score.ssim, score.psnr)
        self.plots.select(self.wall.selected)

    def share_height(self) -> None:
        """The wall gets most of it; from then on the person drags."""
        self._box.activate()
        plots = min(max(self.height() // 6, 100), 240) if self.plots is not None else 0
        below = self.transport.sizeHint().height() + 8 + plots
        self._down.setSizes([max(self._down.height() - below, 100), below])

    def _reset_plots(self) -> None:
        if self.plots is not None:
            self.plots.reset(len(self.wall.films), self.playback.n_frames, self.playback.n_past)

    # ---- what there is to be shown

    def open_clip(self, truth: Frames, n_past: int) -> None:
        """Shows another clip's truth in the lane; the futures on the wall stay until `grow`."""
        n_past = min(n_past, len(truth))
        self.references.open_clip(truth, n_past)
        self.playback.set_length(len(truth), n_past)

    def grow(self, seeds: Sequence[int]) -> None:
        """Futures of the clip in the lane take the place of older ones; of each its given frames are there at once."""
        assert self.references.truth is not None, "no clip is open"
        self._scores = {}
        self.wall.grow(self.references.truth, self.references.n_past, seeds)
        self._reset_plots()

    def put_frames(self, imagined: FramesImagined) -> None:
        """One more frame of all futures."""
        self.wall.put_frames(imagined)
        self.references.put_frames(imagined)

    def add(self, future: FutureSampled) -> None:
        """One future is complete."""
        self.wall.add(future)
        if self.plots is not None:
            self.plots.put_sigma(future.number, future.sigma)

    def put_score(self, score: FutureScored) -> None:
        self._scores[score.number] = score
        self.wall.set_score(score)
        if self.plots is not None:
            self.plots.put_scores(score.number, score.ssim, score.psnr)

    def halt(self) -> None:
        """What is not complete stays as it is, and says so."""
        self.wall.halt()
        self.references.halt()

    # ---- time

    def scrub(self, frame: int) -> None:
        """Stands still at `frame`."""
        self.playback.play(False)
        self.playback.seek(frame)

    def step_back(self) -> None:
        self.playback.step(-1)

    def step_forward(self) -> None:
        self.playback.step(1)

    def to_first(self) -> None:
        self.scrub(0)

    def to_last(self) -> None:
        self.scrub(self.playback.n_frames - 1)

    def _on_frame(self, frame: int) -> None:
        self.wall.show_frame(frame)
        self.references.show_frame(frame)
        if self.plots is not None:
            self.plots.set_frame(frame)

    def _on_selection(self, number: int) -> None:
        if self.plots is not None:
            self.plots.select(number)

    def _resize_tiles(self) -> None:
        self.wall.set_factor(self.tile_size.currentData())
