"""The Futures page: asks for the futures of one clip and plays them side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

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
from svg_studio.paths import resource
from svg_studio.ui import recents
from svg_studio.ui.converted_sets import OWN, Offer, colour, misfit
from svg_studio.ui.futures.export_choices import choices, companions, stem_of
from svg_studio.ui.futures.export_dialog import ExportDialog
from svg_studio.ui.futures.origin import model_name, origin_of, own_data, spelt_out
from svg_studio.ui.futures.toolbar import FuturesToolbar
from svg_studio.ui.futures.view import FuturesView
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.run_list import inside
from svg_studio.ui.widgets.banner import Banner
from svg_studio.ui.widgets.controls import open_dialog, timer
from svg_studio.ui.widgets.empty_state import EmptyState
from svg_studio.ui.widgets.file_dialogs import open_file
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
        self._truth: Frames | None = None  # the clip of the job in hand, until the wall is of it too
        self._started = False
        self._awaits_model = False  # a clip was chosen that no open model takes
        self._opening = False  # a model that was just named, whose clips have not come yet
        self._carried = False  # its clips were chosen before it
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
        self.view.whose.back.connect(self.go_back)
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
        if path := open_file(self, "Open model", "model", MODEL_FILES, str(self.model_path.parent) if self.model_path else ""):
            self.open_model(path)

    def open_model(self, path: str | Path, source: str = OWN) -> None:
        """Samples from the checkpoint at `path`, clips from its own data or from another `source` of the bar."""
        self.model_path = Path(path)
        self._own = self._opened.data if self._opened is not None and self._opened.path == self.model_path else {}
        self.bar.set_model(self.model_path, "")
        self.bar.sample_button.setEnabled(True)
        self._carried = self._awaits_model and source == OWN
        if not self._carried:
            self.bar.choose_source(source)
        self._awaits_model = False
        self._opening = True
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
            self._compare()
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
            self._compare()
            return
        self.cancel()
        self.banner.clear()
        self._config, self._fresh, self._truth = config, True, None
        if not self.wall.imagined:
            self.empty.show_text("Opening the model", f"{self.model_path.name}: its futures appear here in a moment.", busy=True)
        self.job = self.studio.submit(Job("sampling.futures:explore", {"config": config}, "Sampling"))
        self._compare()

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
                self.bar.set_model(path, f"step {step:,} is saved; Sample takes it")
            case _ if job is self.job:
                self._on_own_event(event)

    def _on_own_event(self, event: Event) -> None:
        match event:
            case ModelOpened():
                self._on_model(event)
            case ClipOpened(frames=truth):
                self._on_clip(truth)
            case FramesImagined():
                self._on_frames(event)
            case FutureSampled():
                self._on_future(event)
            case PosteriorReconstructed(frames=frames):
                self.references.set_posterior(frames)
            case FutureScored():
                self.view.put_score(event)
            case Failed():
                self._on_failure(event)
            case Stopped() | Finished():
                self._end()

    def _on_model(self, event: ModelOpened) -> None:
        self.model_path, self._opened = event.path, event
        self._name_model(event)
        self._own = event.data
        if event.path != resource("demo.pt"):
            recents.note("models", event.path)
        chosen, title = self.bar.source.currentData(), self.bar.source.currentText()
        self.bar.offer_sources(event.model, event.data)
        self._count_clips()
        if self.bar.source.currentData() != chosen or (self._opening and self._misfit()):
            takes = f"{event.model['image_width']} px, {colour(event.model['channels'])}"
            self._take_own(f"{title} does not fit {model_name(event.path)}, which takes {takes}")
        elif self._config is not None and self.bar.data(self._own) != self._config.data:
            self.sample()  # what was asked for did not know yet how many digits the model was trained on

    def _take_own(self, why: str) -> None:
        """Samples from the model's own data in the place of what was chosen, and says so."""
        self._opening = self._carried = False
        self.bar.choose_source(OWN)
        self._count_clips()
        self.sample()
        self.banner.show_info(f"{why}: these are clips of its own data.")

    def _on_failure(self, failed: Failed) -> None:
        sentence = sentence_of(failed)
        opened = self._opened is not None and self._opened.path == self.model_path
        if opened and self._opening and self._truth is None and self.bar.source.currentData() != OWN:
            self._take_own(f"{self.bar.source.currentText()}: {sentence.rstrip('.')}")
            return
        if not opened:
            self._leave_file()
        self._end()
        self.banner.show_error(self._misfit() or sentence)

    def _leave_file(self) -> None:
        """A file that could not be opened leaves the model before it in place, or none."""
        self._opening, self._awaits_model = False, self._carried or self._awaits_model
        before, origin = self._opened, self.wall.origin
        if before is None:
            self.model_path = None
            self.bar.forget_model()
        elif origin is not None and origin.path == before.path and not self._carried:
            self.go_back()
        else:
            self.model_path, self._own = before.path, before.data
            self._name_model(before)

    def go_back(self) -> None:
        """Names again what is on the wall."""
        origin = self.wall.origin
        if origin is None:
            return
        self._debounce.stop()
        self.cancel()
        self.banner.clear()
        self._fresh = self._opening = self._awaits_model = False
        self.model_path, self._opened, self._own = origin.path, origin.opened, origin.opened.data
        self._name_model(origin.opened)
        self.bar.sample_button.setEnabled(True)
        self.bar.offer_sources(origin.opened.model, self._own)
        self.bar.put(origin.config, self._own)
        self._count_clips()
        self._compare()

    def _name_model(self, event: ModelOpened) -> None:
        words = f"step {event.step:,} · {event.parameters:,} parameters · {event.device}, {event.precision}"
        self.bar.set_model(event.path, f"{words}\n{event.note}".strip())

    def _on_clip(self, truth: Frames) -> None:
        self._truth, self._opening = truth, False
        if not self.wall.imagined:
            self._begin_anew()  # the given frames move while the others are still being imagined
        if not self._started:
            self._started = True
            self.playback.play()  # the first clip plays at once; from then on the person decides

    def _begin_anew(self) -> None:
        """The clip of the job in hand and its futures take the place of older ones, once and all together."""
        if not self._fresh:
            return
        assert self._config is not None
        assert self._truth is not None
        self._fresh = False
        self.view.open_clip(self._truth, self._config.n_past)
        self.view.grow(self._config.seeds, origin_of(self._opened, self._config) if self._opened is not None else None)
        if self.stack.currentWidget() is not self.view:
            self.view.resize(self.stack.size())  # nothing has told it so far
            self.stack.setCurrentWidget(self.view)
            self.view.share_height()
        self._compare()

    def _on_frames(self, event: FramesImagined) -> None:
        begun = self._fresh
        self._begin_anew()
        self.view.put_frames(event)
        if begun:
            self._tell_export()

    def _on_future(self, future: FutureSampled) -> None:
        self._begin_anew()
        self.view.add(future)
        self._tell_export()

    def _end(self) -> None:
        self.job = None
        self.view.halt()
        if not self.wall.imagined:
            self.wall.origin = None
            self._show_empty()
            self.playback.set_length(0, 0)
        self._compare()

    def _show_empty(self) -> None:
        self.stack.setCurrentWidget(self.empty)
        if self.model_path is None:
            self.empty.show_default()
        else:
            self.empty.show_text(
                "No futures yet", f"{model_name(self.model_path)}: press Sample to see the futures that it imagines."
            )

    # ---- whether what is named is what is on the wall

    def _named(self) -> FuturesConfig | None:
        """What is named above the wall, as an Origin has it; None where it contradicts itself."""
        try:
            return spelt_out(self.bar.config(self.model_path or Path(), self._own), self._own)
        except ConfigError:
            return None

    @property
    def differs(self) -> bool:
        """Whether the wall is of another model, clip or setting than those named."""
        origin, opened = self.wall.origin, self._opened
        if origin is None:
            return False
        newer = opened is not None and opened.path == origin.path and opened.step != origin.step
        return newer or self._named() != origin.config

    def _compare(self) -> None:
        """What belongs to something else than is named looks faint, says whose it is, and is not exported."""
        self.view.set_whose(self.wall.origin if self.differs else None, waiting=self.job is not None and self._fresh)
        self._tell_export()

    def _tell_export(self) -> None:
        why = self._why_no_export()
        self.bar.allow_export(not why, why)

    def _why_no_export(self) -> str:
        """A sentence, or nothing where futures can be exported."""
        if self.differs and self.wall.origin is not None:
            return f"The wall is still that of {self.wall.origin.words}: press Sample, or go back to these."
        if not self.wall.futures:
            words = "No future on the wall is complete" if self.wall.imagined else "There are no futures to export yet"
            return f"{words}; wait for the one in hand, or press Sample." if self.job else f"{words}; press Sample first."
        return ""

    # ---- what there is to choose from

    def _on_bar(self) -> None:
        self._count_clips()
        self._compare()
        self._debounce.start()

    def _on_found(self, found: DatasetInspected) -> None:
        self.bar.sets.put(found)
        opened = self._opened
        self.bar.offer_sources(opened.model if opened else {}, opened.data if opened else {})
        self._count_clips()
        self._compare()

    def _chosen(self) -> tuple[DataConfig, Offer | None]:
        """The clips chosen, and the converted set that they are of, where it is known."""
        data = self.bar.data(self._own) or own_data(self._own)
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
        if why := self._why_no_export():
            self.banner.show_info(why)
        else:
            beside, stem = companions(self.references), stem_of(self.wall.origin)
            open_dialog(ExportDialog(self.studio, choices(self.wall), self, beside=beside, stem=stem))
