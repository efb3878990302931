"""The Futures page: asks for the futures of one clip and plays them side by side; knows events, no model and no file format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from svg_studio.engine.compose import Tile
from svg_studio.engine.config import ConfigError, DataConfig, FuturesConfig
from svg_studio.engine.events import (
    CheckpointSaved,
    ClipOpened,
    DatasetInspected,
    Event,
    Failed,
    Finished,
    Frames,
    FramesImagined,
    FutureSampled,
    FutureScored,
    ModelOpened,
    PosteriorReconstructed,
    Stopped,
)
from svg_studio.engine.worker import Engine, Job
from svg_studio.ui.banner import Banner
from svg_studio.ui.empty_state import EmptyState
from svg_studio.ui.export_dialog import ExportDialog
from svg_studio.ui.futures_bar import OWN, FuturesBar
from svg_studio.ui.futures_lane import Lane
from svg_studio.ui.playback import Playback
from svg_studio.ui.stores import Offer, misfit, offer_of, offers
from svg_studio.ui.transport import Transport
from svg_studio.ui.wall import Wall, WallArea

DEBOUNCE_MS = 250
MODEL_FILES = "Checkpoints (*.pt *.pth);;All files (*)"


class FuturesPage(QWidget):
    """`open_model` and `show_clip` start sampling; whatever the studio lane then says arrives through `on_event`."""

    train_wanted = Signal()

    def __init__(self, studio: Engine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.model_path: Path | None = None
        self.job: Job | None = None
        self._own: dict[str, Any] = {}  # the model's DataConfig, as plain data
        self._opened: ModelOpened | None = None  # the last model that could be opened
        self._config: FuturesConfig | None = None  # what the job in hand was asked for
        self._fresh = False  # the wall is not of the job in hand yet
        self._started = False
        self._scores: dict[int, FutureScored] = {}
        self._found: dict[str, DatasetInspected] = {}  # what lies on disk, by data set
        self._awaits_model = False  # a clip was chosen that no open model takes
        self.plots: Any = None  # FuturesPlots, once the window has been painted: pyqtgraph takes half a second to import
        self.playback = Playback(self)
        self.banner = Banner()
        self.bar = FuturesBar()
        self.empty = EmptyState(
            "No model open",
            "Open a checkpoint (.pt, or the authors' .pth), or drop one anywhere on this window, to see the futures it imagines. "
            "Or train a model first: a small one shows shapes within minutes.",
        )
        self.lane = Lane()
        self.wall = Wall()
        self.transport = Transport(self.playback)
        self._debounce = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._build()
        self._connect()

    def _build(self) -> None:
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
        across.addWidget(self.lane)
        across.addWidget(WallArea(self.wall))
        across.setStretchFactor(1, 1)
        across.setSizes([296, 900])
        across.setChildrenCollapsible(False)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(across)
        self.below = QWidget()
        below = QVBoxLayout(self.below)
        below.setContentsMargins(0, 0, 0, 0)
        below.addLayout(controls)
        self.down = QSplitter(Qt.Orientation.Vertical)
        self.down.addWidget(self.stack)
        self.down.addWidget(self.below)
        self.down.setStretchFactor(0, 1)
        self.down.setChildrenCollapsible(False)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 10, 14, 6)
        box.setSpacing(8)
        box.addWidget(self.banner)
        box.addWidget(self.bar)
        box.addWidget(self.down, 1)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._show_content(False)

    def _connect(self) -> None:
        self.bar.changed.connect(self._on_bar)
        self._debounce.timeout.connect(self.sample)
        self.bar.sample.connect(self.sample)
        self.bar.open_model.connect(self.choose_model)
        self.bar.export.connect(self.export)
        self.empty.add_action("Open model…", self.choose_model, primary=True)
        self.empty.add_action("Train a model", self.train_wanted.emit)
        self.tile_size.currentIndexChanged.connect(self._resize_tiles)
        self.playback.frame_changed.connect(self._on_frame)
        self.wall.selection_changed.connect(self._on_selection)
        for key, act in (
            (Qt.Key.Key_Left, self._step_back),
            (Qt.Key.Key_Right, self._step_forward),
            (Qt.Key.Key_Home, self._to_first),
            (Qt.Key.Key_End, self._to_last),
        ):
            # Fields that edit text keep these keys for themselves; everywhere else on the page they move through time.
            QShortcut(QKeySequence(key), self, act, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def make_plots(self) -> None:
        """Adds the plots, with whatever has arrived before they could be made."""
        if self.plots is not None:
            return
        from svg_studio.ui.futures_plots import FuturesPlots

        self.plots = FuturesPlots()
        self.plots.setMinimumHeight(92)
        self.below.layout().addWidget(self.plots, 1)
        self._share_height()
        self.plots.sought.connect(self._scrub)
        self._reset_plots()
        for future in self.wall.futures.values():
            self.plots.put_sigma(future.number, future.sigma)
        for score in self._scores.values():
            self.plots.put_scores(score.number, score.ssim, score.psnr)
        self.plots.select(self.wall.selected)

    # ---- what is asked for

    def choose_model(self) -> None:
        """Asks for a checkpoint."""
        folder = str(self.model_path.parent) if self.model_path else ""
        path, _ = QFileDialog.getOpenFileName(self, "Open model", folder, MODEL_FILES)
        if path:
            self.open_model(path)

    def open_model(self, path: str | Path, source: str = OWN) -> None:
        """Samples from the checkpoint at `path`, clips from its own data or from another `source` of the bar."""
        self.model_path = Path(path)
        self._own = {}
        self.bar.set_model(self.model_path, "")
        self.bar.sample_button.setEnabled(True)
        if not (self._awaits_model and source == OWN):
            self.bar.choose_source(source)
        self._awaits_model = False
        self.sample()

    def show_clip(self, data: DataConfig, split: str, index: int) -> None:
        """Samples futures of one clip that another page shows; the next model takes it where this one cannot."""
        self.bar.show_clip(data, split, index)
        self._count_clips()
        if self.model_path is None:
            self._awaits_model = True
            self.banner.show_info("Open a model to see how it goes on from this clip.")
        elif misfit := self._misfit():
            self._awaits_model = True
            self.cancel()
            self.wall.set_stale(True)
            self.banner.show_error(misfit)
        else:
            self.sample()

    def sample(self) -> None:
        """Asks for the futures the bar describes; an older request is given up."""
        self._debounce.stop()
        if self.model_path is None:
            return
        try:
            config = self.bar.config(self.model_path, self._own)
        except ConfigError as error:
            self.banner.show_error(str(error))
            return
        self.cancel()
        self.banner.clear()
        self._config, self._fresh = config, True
        self.wall.set_stale(True)
        if not self.wall.imagined:
            self.empty.show_text("Opening the model", f"{self.model_path.name}: its futures appear here in a moment.", busy=True)
        self.job = self.studio.submit(Job("explore:explore", {"config": config}, "Sampling"))

    def cancel(self) -> None:
        """Gives up the request in hand."""
        if self.job is not None:
            self.job.stop()
            self.job = None
            self.wall.halt()

    # ---- what is heard

    def on_event(self, job: Job, event: Event) -> None:
        """Everything any job says passes here; most of it is not for this page."""
        match event:
            case DatasetInspected():
                self._on_found(event)
            case CheckpointSaved(path=path, step=step) if path == self.model_path:
                self.bar.set_model(path, f"step {step} is saved; Sample takes it")
            case _ if job is self.job:
                self._on_own_event(event)

    def _on_own_event(self, event: Event) -> None:
        match event:
            case ModelOpened():
                self._on_model(event)
            case ClipOpened(frames=truth):
                self._on_clip(truth)
            case FramesImagined():
                self._begin_anew()
                self.wall.put_frames(event)
            case FutureSampled():
                self._on_future(event)
            case PosteriorReconstructed(frames=frames):
                self.lane.set_posterior(frames)
            case FutureScored(number=number, ssim=ssim, psnr=psnr):
                self._scores[number] = event
                self.wall.set_score(event)
                if self.plots is not None:
                    self.plots.put_scores(number, ssim, psnr)
            case Failed(sentence=sentence):
                self._go_back()
                self._end()
                self.banner.show_error(self._misfit() or sentence)
            case Stopped() | Finished():
                self._end()

    def _on_model(self, event: ModelOpened) -> None:
        self.model_path, self._opened = event.path, event
        self._name_model(event)
        self._own = event.data
        self.bar.offer_sources(event.model, event.data)
        self._count_clips()
        if self._config is not None and self.bar.data(self._own) != self._config.data:
            self.sample()  # what was asked for did not know yet how many digits the model was trained on

    def _name_model(self, event: ModelOpened) -> None:
        words = f"step {event.step:,} · {event.parameters:,} parameters · {event.device}, {event.precision}"
        self.bar.set_model(event.path, f"{words}\n{event.note}".strip())

    def _on_clip(self, truth: Frames) -> None:
        assert self._config is not None
        n_past = min(self._config.n_past, len(truth))
        self.lane.open_clip(truth, n_past)
        self.playback.set_length(len(truth), n_past)
        if not self.wall.imagined:
            self._begin_anew()  # the given frames move while the others are still being imagined
        if not self._started:
            self._started = True
            self.playback.play()  # the first clip plays at once; from then on the person decides

    def _begin_anew(self) -> None:
        """The futures of the job in hand take the place of older ones, once."""
        if not self._fresh:
            return
        assert self._config is not None
        assert self.lane.truth is not None
        self._fresh = False
        self._scores = {}
        self.bar.export_button.setEnabled(False)
        self.wall.grow(self.lane.truth, self.lane.n_past, self._config.seeds)
        self._reset_plots()
        self._show_content(True)

    def _on_future(self, future: FutureSampled) -> None:
        self._begin_anew()
        self.bar.export_button.setEnabled(True)
        self.wall.add(future)
        self.lane.add_future(future.frames)
        if self.plots is not None:
            self.plots.put_sigma(future.number, future.sigma)

    def _go_back(self) -> None:
        """A file that could not be opened leaves the model before it in place."""
        if self._opened is not None and self.model_path != self._opened.path:
            self.model_path = self._opened.path
            self._name_model(self._opened)

    def _end(self) -> None:
        self.job = None
        self.wall.halt()
        self.wall.set_stale(False)
        if not self.wall.imagined:
            self.empty.show_default()
            self._show_content(False)
            self.playback.set_length(0, 0)

    def _show_content(self, on: bool) -> None:
        self.stack.setCurrentIndex(1 if on else 0)
        if on != self.below.isVisibleTo(self):
            self.below.setVisible(on)
            self._share_height()

    def _share_height(self) -> None:
        """The wall gets most of it; from then on the person drags."""
        plots = min(max(self.height() // 7, 100), 240) if self.plots is not None else 0
        below = self.transport.sizeHint().height() + 8 + plots
        self.down.setSizes([max(self.down.height() - below, 100), below])

    def _reset_plots(self) -> None:
        if self.plots is not None:
            self.plots.reset(len(self.wall.films), self.playback.n_frames, self.playback.n_past)

    # ---- what there is to choose from

    def _on_bar(self) -> None:
        self._count_clips()
        self._debounce.start()

    def _on_found(self, found: DatasetInspected) -> None:
        if any(other.data_root != found.data_root for other in self._found.values()):
            self._found.clear()
        self._found[found.name] = found
        self.bar.set_offers([o for f in self._found.values() for o in offers(f)], str(found.data_root))
        opened = self._opened
        self.bar.offer_sources(opened.model if opened else {}, opened.data if opened else {})
        self._count_clips()

    def _chosen(self) -> tuple[DataConfig, Offer | None]:
        """The clips chosen, and the converted set that they are of, where it is known."""
        try:
            data = self.bar.data(self._own) or DataConfig.from_dict(self._own)
        except ConfigError:
            data = DataConfig()
        model = self._opened.model if self._opened else {}
        return data, offer_of(data, self.bar.offers.values(), self.bar.data_root, model)

    def _count_clips(self) -> None:
        _, offer = self._chosen()
        self.bar.limit_index(offer.clips.get(self.bar.split.currentText(), 0) if offer else 0)

    def _misfit(self) -> str:
        """Why the open model cannot go on from the clips that are chosen; nothing where it can, or where that is not known."""
        if self._opened is None or self._opened.path != self.model_path:
            return ""
        data, offer = self._chosen()
        return misfit(data.dataset, offer, self._opened.model)

    # ---- time

    def _on_frame(self, frame: int) -> None:
        self.wall.show_frame(frame)
        self.lane.show_frame(frame)
        if self.plots is not None:
            self.plots.set_frame(frame)

    def _on_selection(self, number: int) -> None:
        if self.plots is not None:
            self.plots.select(number)

    def _scrub(self, frame: int) -> None:
        self.playback.play(False)
        self.playback.seek(frame)

    def _step_back(self) -> None:
        self.playback.step(-1)

    def _step_forward(self) -> None:
        self.playback.step(1)

    def _to_first(self) -> None:
        self._scrub(0)

    def _to_last(self) -> None:
        self._scrub(self.playback.n_frames - 1)

    def _resize_tiles(self) -> None:
        self.wall.set_factor(self.tile_size.currentData())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.playback.toggle()
        else:
            super().keyPressEvent(event)

    # ---- export

    def tiles(self) -> dict[str, tuple[Tile, ...]]:
        """What can be exported, by title: selected future, pinned ones, all with truth and posterior."""
        futures = self.wall.futures
        made = {n: Tile(f.frames, f.n_past, self._caption(n)) for n, f in sorted(futures.items())}
        choices: dict[str, tuple[Tile, ...]] = {}
        if self.wall.selected in made:
            choices[f"Selected future (seed {futures[self.wall.selected].seed})"] = (made[self.wall.selected],)
        pinned = tuple(made[n] for n in self.wall.pinned if n in made)
        if pinned:
            choices[f"Pinned futures ({len(pinned)})"] = pinned
        lane: list[Tile] = []
        if self.lane.truth is not None:
            lane.append(Tile(self.lane.truth, len(self.lane.truth), "truth"))
        if self.lane.posterior is not None:
            lane.append(Tile(self.lane.posterior, self.lane.n_past, "posterior"))
        if made:
            choices["Whole wall, with truth and posterior"] = (*lane, *made.values())
        return choices

    def _caption(self, number: int) -> str:
        film = self.wall.films[number]
        return film.caption if film is not None else ""

    def export(self) -> None:
        """Opens the export dialog for what is on the wall."""
        choices = self.tiles()
        if not choices:
            self.banner.show_info("There are no futures to export yet; press Sample first.")
            return
        dialog = ExportDialog(self.studio, choices, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
