"""The Futures page: asks for the futures of one clip and plays them side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QWidget

from svg_studio.engine.config import ConfigError, DataConfig, FuturesConfig
from svg_studio.engine.data.registry import DATASETS
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
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.converted_sets import OWN, Offer, misfit
from svg_studio.ui.futures.export_choices import choices
from svg_studio.ui.futures.export_dialog import ExportDialog
from svg_studio.ui.futures.toolbar import FuturesToolbar
from svg_studio.ui.futures.view import FuturesView
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.run_list import inside
from svg_studio.ui.widgets.banner import Banner
from svg_studio.ui.widgets.controls import open_dialog, timer
from svg_studio.ui.widgets.empty_state import EmptyState
from svg_studio.ui.widgets.layouts import column, stack

if TYPE_CHECKING:
    from svg_studio.ui.futures.plots import FuturesPlots

DEBOUNCE_MS = 250
MODEL_FILES = "Checkpoints (*.pt *.pth);;All files (*)"


class FuturesPage(QWidget):
    """`open_model` and `show_clip` start sampling; whatever the studio lane then says arrives through `on_event`."""

    train_wanted = Signal()

    def __init__(self, studio: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.model_path: Path | None = None
        self.job: Job | None = None
        self._own: dict[str, Any] = {}  # the model's DataConfig, as plain data
        self._opened: ModelOpened | None = None  # the last model that could be opened
        self._config: FuturesConfig | None = None  # what the job in hand was asked for
        self._fresh = False  # the wall is not of the job in hand yet
        self._started = False
        self._awaits_model = False  # a clip was chosen that no open model takes
        self.banner = Banner()
        self.bar = FuturesToolbar()
        self.empty = EmptyState(
            "No model open",
            "Open a checkpoint (.pt, or the authors' .pth), or drop one anywhere on this window, to see the futures it imagines. "
            "Or train a model first: a small one shows shapes within minutes.",
        )
        self.view = FuturesView()
        self.wall, self.references = self.view.wall, self.view.references
        self.playback, self.transport = self.view.playback, self.view.transport
        self._debounce = timer(self, DEBOUNCE_MS, self.sample, once=True)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.stack = stack(self.empty, self.view)
        column(self.bar, self.stack, on=self, gap=8, margins=(14, 10, 14, 6), stretch=self.stack)
        self.banner.float_over(self)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def _connect(self) -> None:
        self.bar.changed.connect(self._on_bar)
        self.bar.sample.connect(self.sample)
        self.bar.open_model.connect(self.choose_model)
        self.bar.export.connect(self.export)
        self.empty.add_action("Open model…", self.choose_model, primary=True)
        self.empty.add_action("Train a model", self.train_wanted.emit)
        for key, step in (
            (Qt.Key.Key_Left, self.transport.back),
            (Qt.Key.Key_Right, self.transport.forward),
            (Qt.Key.Key_Home, self.transport.first),
            (Qt.Key.Key_End, self.transport.last),
        ):
            # Fields that edit text keep these keys for themselves; everywhere else on the page they move through time.
            QShortcut(QKeySequence(key), self, step.click, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def make_plots(self) -> None:
        """Adds the plots, once the window has been painted."""
        self.view.make_plots()

    @property
    def plots(self) -> FuturesPlots | None:
        """FuturesPlots, or None before `make_plots`."""
        return self.view.plots

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

    def run_moved(self, before: Path, now: Path) -> None:
        """The folder of a run has another name: what is open of it lies there from now on."""
        if self.model_path is None or (path := inside(self.model_path, before, now)) is None:
            return
        if self._opened is not None and self._opened.path == self.model_path:
            self._opened = replace(self._opened, path=path)
            self._name_model(self._opened)
        else:
            self.bar.set_model(path, "")
        self.model_path = path

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
        self.job = self.studio.submit(Job("sampling.futures:explore", {"config": config}, "Sampling"))

    def cancel(self) -> None:
        """Gives up the request in hand."""
        if self.job is not None:
            self.job.stop()
            self.job = None
            self.view.halt()

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
                self.view.put_frames(event)
            case FutureSampled():
                self._on_future(event)
            case PosteriorReconstructed(frames=frames):
                self.references.set_posterior(frames)
            case FutureScored():
                self.view.put_score(event)
            case Failed():
                self._go_back()
                self._end()
                self.banner.show_error(self._misfit() or sentence_of(event))
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
        self.view.open_clip(truth, self._config.n_past)
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
        self._fresh = False
        self.bar.export_button.setEnabled(False)
        self.view.grow(self._config.seeds)
        if self.stack.currentWidget() is not self.view:
            self.view.resize(self.stack.size())  # nothing has told it so far
            self.stack.setCurrentWidget(self.view)
            self.view.share_height()

    def _on_future(self, future: FutureSampled) -> None:
        self._begin_anew()
        self.bar.export_button.setEnabled(True)
        self.view.add(future)

    def _go_back(self) -> None:
        """A file that could not be opened leaves the model before it in place, or none."""
        if self._opened is not None and self.model_path != self._opened.path:
            self.model_path = self._opened.path
            self._name_model(self._opened)
        elif self._opened is None:
            self.model_path = None
            self.bar.forget_model()

    def _end(self) -> None:
        self.job = None
        self.view.halt()
        self.wall.set_stale(False)
        if not self.wall.imagined:
            self.empty.show_default()
            self.stack.setCurrentWidget(self.empty)
            self.playback.set_length(0, 0)

    # ---- what there is to choose from

    def _on_bar(self) -> None:
        self._count_clips()
        self._debounce.start()

    def _on_found(self, found: DatasetInspected) -> None:
        self.bar.sets.put(found)
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
        return data, self.bar.sets.offer_of(data, model)

    def _count_clips(self) -> None:
        data, offer = self._chosen()
        entry = DATASETS.get(data.dataset)
        self.bar.offer_splits(offer.clips if offer else entry.splits if entry else ())
        self.bar.limit_index(offer.clips.get(self.bar.split.currentText(), 0) if offer else 0)

    def _misfit(self) -> str:
        """Why the open model cannot go on from the clips that are chosen; nothing where it can, or where that is not known."""
        if self._opened is None or self._opened.path != self.model_path:
            return ""
        data, offer = self._chosen()
        return misfit(data.dataset, offer, self._opened.model)

    # ---- keys and export

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.playback.toggle()
        else:
            super().keyPressEvent(event)

    def export(self) -> None:
        """Opens the export dialog for what is on the wall."""
        found = choices(self.wall, self.references)
        if not found:
            words = "No future on the wall is complete" if self.wall.imagined else "There are no futures to export yet"
            self.banner.show_info(
                f"{words}; wait for the one in hand, or press Sample." if self.job else f"{words}; press Sample first."
            )
            return
        open_dialog(ExportDialog(self.studio, found, self))
