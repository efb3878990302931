"""The Train page: settings, one run at a time, its curves and previews; turns the lanes' events into calls of its views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from svg_studio.engine.config import DataConfig, TrainConfig
from svg_studio.engine.datasets import DATASETS
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import (
    CheckpointSaved,
    CurvesRead,
    DatasetInspected,
    EpochFinished,
    Event,
    Failed,
    Finished,
    ModelOpened,
    Paused,
    PreviewOpened,
    PreviewSaved,
    Progressed,
    Resumed,
    RunStarted,
    StepFinished,
    Stopped,
)
from svg_studio.engine.library import read_config
from svg_studio.engine.models import BACKBONES
from svg_studio.engine.run_curves import Followed
from svg_studio.engine.worker import Engine, Job
from svg_studio.paths import default_data_root, default_log_dir
from svg_studio.presets import DEFAULT_PRESET, PRESETS
from svg_studio.ui.banner import Banner
from svg_studio.ui.cards import Column, card, heading, lay_page, side_by_side
from svg_studio.ui.copy_command import CopyCommand
from svg_studio.ui.form import ConfigForm
from svg_studio.ui.loss_plot import LossPlot
from svg_studio.ui.memory_line import MemoryLine
from svg_studio.ui.preset_chooser import PresetChooser
from svg_studio.ui.previews_view import PreviewsView
from svg_studio.ui.run_bar import Pace, RunBar
from svg_studio.ui.runs_view import RunsView
from svg_studio.ui.setting_field import Choice
from svg_studio.ui.stores import Offer, offers

BASIC = {
    *("dataset", "digits", "num_digits", "store"),
    *("backbone", "prior", "n_past", "n_future", "z_dim", "rnn_size", "base_width", "beta"),
    *("batch_size", "lr", "niter", "epoch_size", "log_dir"),
}
OPTIONS = frozenset(name for entry in DATASETS.values() for name in entry.options)
# As the training lays the mosaic out.
COLUMNS = {
    "learned": ("truth", "best of 20", "random", "random", "random", "random"),
    "fixed": ("truth", *(f"future {k}" for k in range(1, 6))),
}
FIGURES_MS = 250


class TrainPage(QWidget):
    """`start(config)`, `resume(run)` and `stop()` do what the buttons do. Every (job, event) of both lanes comes by `on_event`."""

    open_in_futures = Signal(str)  # path of a checkpoint

    def __init__(self, training: Engine, studio: Engine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._training, self._studio = training, studio
        self._job: Job | None = None  # the run under way
        self._run: Path | None = None  # its folder, once it has one
        self._earlier: Job | None = None  # reads the curve of a run that is to go on
        self._reading: dict[Job, int] = {}  # previews asked for again → step
        self._started: RunStarted | None = None
        self._last: StepFinished | None = None
        self._asked = 0  # step at which previews were asked for
        self._pace = Pace()
        self.banner = Banner()
        self.presets = PresetChooser()
        titles = {name: entry.title for name, entry in DATASETS.items()}
        backbones = {name: entry.title for name, entry in BACKBONES.items()}
        self._found: dict[str, DatasetInspected] = {}  # what lies on disk, by data set
        self.form = ConfigForm(
            TrainConfig,
            basic=BASIC,
            own_title="Training",
            choices={"dataset": titles, "backbone": backbones},
            check=self._misfits,
        )
        self.memory = MemoryLine()
        self.command = CopyCommand()
        self.bar = RunBar()
        self.plot = LossPlot()
        self.previews = PreviewsView()
        self.runs = RunsView()
        self._figures = QTimer(self, interval=FIGURES_MS)
        self._figures.timeout.connect(self._show_figures)
        self._lay_out()
        self._connect()
        data = DataConfig(data_root=str(default_data_root()))
        self.form.set_values(TrainConfig(data=data, log_dir=str(default_log_dir())).to_dict())
        self.choose_preset(DEFAULT_PRESET)

    @property
    def is_training(self) -> bool:
        """From Start until the run has ended and its checkpoint lies on disk."""
        return self._job is not None

    def start(self, config: TrainConfig) -> None:
        """Train with `config`; its curves and previews take the place of those of the run before."""
        if self._make_room(config):
            self._begin(Job("training:train", {"config": config}, "Training"))

    def resume(self, run: str | Path, epochs: int = 0) -> None:
        """Go on with an earlier run in its own folder, its earlier curve first; `epochs` in all, 0: as many as were planned."""
        folder = Path(run)
        try:
            config = self._here(read_config(folder))
        except StudioError as error:
            self.banner.show_error(str(error))
            return
        config = replace(config, niter=epochs or config.niter)
        if self._make_room(config):
            # On the same lane, so that it has been drawn when the first step comes.
            self._earlier = Job("run_curves:follow", {"runs": [Followed(folder)]}, "Reading the earlier curve")
            self._training.submit(self._earlier)
            self._begin(Job("training:train", {"config": config, "resume": str(folder)}, "Training"))

    def take(self, config: TrainConfig) -> None:
        """The settings of an earlier run into the form, for a new one in the form's own log folder."""
        log_dir = str(self.form.fields["log_dir"].value())
        self.form.set_values(replace(self._here(config), name="", log_dir=log_dir).to_dict())

    def _here(self, config: TrainConfig) -> TrainConfig:
        """A config from another machine, whose data folder this one has not: with the form's."""
        if _is_folder(config.data.data_root):
            return config
        return replace(config, data=replace(config.data, data_root=str(self.form.fields["data_root"].value())))

    def _make_room(self, config: TrainConfig) -> bool:
        """Empty views for a run; False, and why, while one is training."""
        if self.is_training:
            self.banner.show_error("A run is training: stop it before starting another one")
            return False
        self.banner.clear()
        self.plot.clear()
        self.previews.clear()
        self.previews.set_columns(COLUMNS[config.model.prior])
        self.bar.clear_figures()
        self._pace.reset()
        self._run = self._started = self._last = None
        return True

    def _begin(self, job: Job) -> None:
        self.bar.set_state("preparing")
        self._job = job
        self._training.submit(job)

    def stop(self) -> None:
        """Stop and keep: takes effect after the step in hand."""
        if self._job is not None:
            self._job.stop()
            self._set_state("stopping")

    def pause(self) -> None:
        if self._job is not None:
            self._job.pause()
            self._set_state("pausing")

    def go_on(self) -> None:
        """After a pause."""
        if self._job is not None:
            self._job.resume()
            self._set_state("running")

    def sample(self) -> None:
        """Previews after the step in hand."""
        if self._job is not None:
            self._job.request("preview")
            self._asked = self._last.step if self._last else 0
            self.bar.set_state("sampling")

    def choose_preset(self, name: str) -> None:
        """Fill the form with a preset; where runs and data lie and where the model runs stay as they are."""
        self.presets.show_preset(name)
        preset, values = PRESETS[name], self.form.values()
        config = preset.config.to_dict()
        config |= {kept: values[kept] for kept in ("log_dir", "name", "device", "precision")}
        config["data"] |= {"data_root": values["data"]["data_root"]}
        self.form.set_values(config)

    def set_data_root(self, folder: str) -> None:
        """The folder of data sets, as chosen on another page."""
        self.form.fields["data_root"].set_value(folder)

    def on_event(self, job: Job, event: Event) -> None:
        """What either lane says; jobs of other pages are passed over."""
        if job is self._job:
            self._on_training(event)
        elif job is self._earlier and isinstance(event, CurvesRead):
            self._draw_earlier(event)
        elif job in self._reading:
            self._on_reading(job, event)
        elif isinstance(event, ModelOpened):
            self.memory.set_machine(event.device, event.precision)  # models are opened where "auto" leads to
        elif isinstance(event, DatasetInspected):
            self._found[event.name] = event
            self._suggest_stores()
            self.form.recheck()

    def _on_training(self, event: Event) -> None:
        match event:
            case StepFinished():
                self._last = event
                self._pace.add(event.step, event.seconds)
                self.plot.add_step(event.step, event.mse, event.kld, event.loss)
                if self.bar.state == "sampling" and event.step > self._asked + 2:
                    self._set_state("running")  # the wish came while other previews were being made
            case Progressed() if self.bar.state in ("preparing", "running", "sampling"):
                self.bar.show_progress(event.done, event.total, event.unit, event.doing)
            case RunStarted():
                self._run, self._started = event.run, event
                self.runs.add(event.run)
                self._set_state("running")
                self._figures.start()
            case EpochFinished():
                self.plot.add_test(event.step, event.test_mse, event.test_kld, event.test_loss)
            case PreviewSaved():
                self.previews.add(event.step, event.gif, event.frames)
                self._set_state("running" if self.bar.state == "sampling" else self.bar.state)
            case CheckpointSaved() if self._run is not None:
                self.runs.set_checkpoint(self._run, event.path, event.step)
            case Paused():
                self._pace.reset()
                self._set_state("paused")
            case Resumed():
                self._set_state("running")
            case Finished():
                self._end("finished", "finished")
            case Stopped():
                self._keep_last()
                self._end("stopped, checkpoint kept" if self._run else "stopped before the first step", "stopped")
            case Failed():
                self.banner.show_error(event.sentence)
                self._end("failed", "failed")

    def _draw_earlier(self, curves: CurvesRead) -> None:
        columns = zip(*(curves.columns[name].tolist() for name in ("mse", "kld", "total")), strict=True)
        for step, losses in zip(curves.steps.tolist(), columns, strict=True):
            self.plot.add_step(int(step), *losses)
        assert self._job is not None
        beta = self._job.arguments["config"].model.beta
        for at, mse, kld in curves.tests:
            self.plot.add_test(at, mse, kld, mse + beta * kld)

    def _on_reading(self, job: Job, event: Event) -> None:
        match event:
            case PreviewOpened():
                self.previews.fill(event.step, event.frames)
            case Failed():
                self.banner.show_error(event.sentence)
                del self._reading[job]
            case Finished() | Stopped():
                del self._reading[job]

    def _end(self, words: str, state: str) -> None:
        if self._run is not None:
            step = f" at step {self._last.step:,}" if self._last else ""
            self.runs.set_state(self._run, f"{state}{step}")
            self.runs.set_resumable(self._run, state != "finished")
        self._figures.stop()
        self._show_figures()
        self._job = None
        self.bar.set_state("idle", words)

    def _keep_last(self) -> None:
        """A run that is stopped keeps a checkpoint, but a closed generator can no longer say so."""
        if self._run is not None:
            self.runs.set_checkpoint(self._run, self._run / "checkpoints" / "last.pt", self._last.step if self._last else 0)

    def _set_state(self, state: str) -> None:
        if self._job is not None and self._job.stopping:
            state = "stopping"  # whatever comes in meanwhile
        elif self._job is not None and self._job.paused and state == "running":
            state = "pausing"
        self.bar.set_state(state)
        if self._run is not None:
            self.runs.set_state(self._run, "training" if state == "running" else state)

    def _show_figures(self) -> None:
        if self._started is None or self._last is None:
            return
        config, last, steps = self._started.config, self._last, self._started.steps
        self.bar.show_place(last.step, steps, last.epoch, config["niter"])
        self.bar.show_speed(self._pace.steps_per_s, last.frames_per_s)
        self.bar.show_time(last.seconds, self._pace.seconds_for(steps - last.step))
        self.bar.show_cost(f"{self._started.device}, {self._started.precision}")
        if self.bar.state == "running":
            self.bar.say("training")

    def _read_preview(self, step: int, path: Path) -> None:
        if step not in self._reading.values():
            job = Job("export:open_preview", {"path": path, "step": step}, "Reading a preview")
            self._reading[job] = step
            self._studio.submit(job)

    def _start_from_form(self) -> None:
        if isinstance(self.form.config, TrainConfig):
            self.start(self.form.config)

    def _on_form(self) -> None:
        self.bar.set_reason(self.form.reason())
        config = self.form.config if isinstance(self.form.config, TrainConfig) else None
        self.memory.show_config(config)
        self.command.show_config(config)

    def _show_options(self) -> None:
        dataset = str(self.form.fields["dataset"].value())
        entry = DATASETS.get(dataset)
        self.form.show_only("data", {"dataset", "data_root", *(entry.options if entry else OPTIONS)})
        self._suggest_stores()

    def _suggest_stores(self) -> None:
        self.form.fields["store"].suggest([offer.name for offer in self._offers(str(self.form.fields["dataset"].value()))])

    def _offers(self, dataset: str) -> list[Offer]:
        """What is converted of a data set in the data folder of the form, as far as it is known."""
        found = self._found.get(dataset)
        folder = Path(str(self.form.fields["data_root"].value())).expanduser()
        return offers(found) if found is not None and found.data_root == folder else []

    def _misfits(self, config: TrainConfig) -> dict[str, str]:
        """Where width or channels are not those of the data; field → sentence."""
        entry, data, model = DATASETS.get(config.data.dataset), config.data, config.model
        if entry is None:
            return {}
        problems = {}
        if model.image_width not in entry.widths:
            problems["image_width"] = f"image_width={model.image_width}: {entry.title} comes {_either(entry.widths)} px wide"
        if model.channels not in entry.channels:
            problems["channels"] = f"channels={model.channels}: {entry.title} comes with {_either(entry.channels)}"
        known = self._found.get(data.dataset)
        if problems or not entry.conversion or known is None or known.data_root != Path(data.data_root).expanduser():
            return problems
        name = data.store or data.dataset
        stores = [offer for offer in self._offers(data.dataset) if offer.name == name]
        widths = tuple(offer.image_width for offer in stores)
        if not stores:
            problems["store"] = f"store={data.store}: there is no {name} in {data.data_root}; convert it on the Data page"
        elif model.image_width not in widths:
            problems["image_width"] = f"image_width={model.image_width}: {name} is {_either(widths)} px wide"
        else:
            channels = next(offer.channels for offer in stores if offer.image_width == model.image_width)
            if model.channels != channels:
                problems["channels"] = f"channels={model.channels}: {name} has {channels}"
        return problems

    def _adapt_to_data(self) -> None:
        """Another data set was chosen by hand: width, channels and store become what there is of it."""
        fields, dataset = self.form.fields, str(self.form.fields["dataset"].value())
        entry, converted = DATASETS[dataset], self._offers(dataset)
        fields["store"].set_value("")
        if converted:
            offer = next((o for o in converted if o.image_width == fields["image_width"].value()), converted[0])
            fields["store"].set_value(offer.data("").store)
            wanted = {"image_width": (offer.image_width,), "channels": (offer.channels,)}
        else:
            wanted = {"image_width": entry.widths, "channels": entry.channels}
        for name, possible in wanted.items():
            if fields[name].value() not in possible:
                fields[name].set_value(possible[0])

    def _connect(self) -> None:
        self.form.changed.connect(self._on_form)
        self.form.fields["dataset"].changed.connect(self._show_options)
        dataset = self.form.fields["dataset"].editor
        assert isinstance(dataset, Choice)
        dataset.activated.connect(self._adapt_to_data)
        self._show_options()
        self.presets.chosen.connect(self.choose_preset)
        self.previews.wanted.connect(self._read_preview)
        self.runs.opened.connect(self.open_in_futures)
        self.runs.resumed.connect(self.resume)
        handlers: dict[Any, Callable[[], None]] = {
            self.bar.start: self._start_from_form,
            self.bar.pause: self.pause,
            self.bar.resume: self.go_on,
            self.bar.stop: self.stop,
            self.bar.sample: self.sample,
        }
        for signal, handler in handlers.items():
            signal.connect(handler)

    def _lay_out(self) -> None:
        inner = QWidget()
        room = QVBoxLayout(inner)
        room.setContentsMargins(0, 0, 8, 0)
        room.addWidget(self.form)
        self.scroll = Column(inner)
        left = card(self.presets, self.scroll, self.memory, self.command, self.bar, stretch=self.scroll)
        left.setMinimumWidth(340)
        right = QSplitter(Qt.Orientation.Vertical)
        runs = card(heading("Runs of this session"), self.runs, stretch=self.runs)
        for part, weight in ((card(self.plot, stretch=self.plot), 5), (card(self.previews, stretch=self.previews), 6), (runs, 1)):
            right.addWidget(part)
            right.setStretchFactor(right.count() - 1, weight)
        right.setSizes([300, 360, 90])
        right.setChildrenCollapsible(False)
        right.setHandleWidth(8)
        lay_page(self, self.banner, side_by_side(left, right, (372, 800)))


def _is_folder(path: str) -> bool:
    try:
        return Path(path).expanduser().is_dir()
    except OSError:
        return False


def _either(values: tuple[int, ...]) -> str:
    return " or ".join(map(str, values))
