"""The Train page: settings, the queue of runs, curves and previews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTabWidget, QWidget

from svg_studio.engine.config import DataConfig, TrainConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import (
    CheckpointSaved,
    DatasetInspected,
    EpochFinished,
    Event,
    Failed,
    Finished,
    ModelOpened,
    Paused,
    PreviewSaved,
    Progressed,
    Remedy,
    Resumed,
    RunMoved,
    RunStarted,
    RunVanished,
    StepFinished,
    Stopped,
)
from svg_studio.engine.models.registry import PRIORS
from svg_studio.engine.runs.library import read_config
from svg_studio.engine.runs.run_queue import RunQueue
from svg_studio.engine.runs.state import RunState
from svg_studio.engine.worker import Job, Worker
from svg_studio.paths import default_data_root, default_log_dir, queue_folder
from svg_studio.ui.plots.loss_curves import LossCurves
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.style import theme
from svg_studio.ui.train.controls import Controls
from svg_studio.ui.train.extend_dialog import ExtendDialog
from svg_studio.ui.train.lost_folder import LostFolder
from svg_studio.ui.train.on_disk import OnDisk
from svg_studio.ui.train.previews import Previews
from svg_studio.ui.train.queue_view import KEY, QueueView
from svg_studio.ui.train.session_runs import SessionRuns
from svg_studio.ui.train.settings import TrainSettings
from svg_studio.ui.widgets.action_banner import ActionBanner
from svg_studio.ui.widgets.banner import Banner
from svg_studio.ui.widgets.cards import card, lay_page
from svg_studio.ui.widgets.controls import open_dialog, timer
from svg_studio.ui.widgets.layouts import split

FIGURES_MS = 250
LOST = "paused: the run's folder has vanished"


class TrainPage(QWidget):
    """`start(config)`, `resume(run)` and `stop()` do what the buttons do. Every (job, event) of both lanes comes by `on_event`."""

    open_in_futures = Signal(str)  # path of a checkpoint

    def __init__(self, training: Worker, studio: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._training, self._studio = training, studio
        self._job: Job | None = None  # the run under way
        self._run: Path | None = None  # its folder, once it has one
        self._ended: Job | None = None  # the run before
        self._goes_on = False  # the queue was started after the run in hand was told to stop
        self._started: RunStarted | None = None
        self._last: StepFinished | None = None
        self._asked = 0  # step at which previews were asked for
        self.banner = Banner()
        self.offer = ActionBanner()
        self._lost = LostFolder(self, self.offer, self._go_on_at)
        data = DataConfig(data_root=str(default_data_root()))
        self.settings = TrainSettings(TrainConfig(data=data, log_dir=str(default_log_dir())))
        self.bar = Controls()
        self.plot = LossCurves()
        self.previews = Previews()
        self._on_disk = OnDisk(training, studio, self.plot, self.previews, self.banner)
        self.runs = SessionRuns()
        self.queue = QueueView(RunQueue(queue_folder()))
        self._figures = timer(self, FIGURES_MS, self._show_figures)
        self._lay_out()
        self._connect()
        self.queue.refresh()  # now that there is somebody who hears of its problems

    @property
    def pictures(self) -> tuple[QWidget, ...]:
        """Over whose feet messages lie: no control is there."""
        return (self.previews.pages,)

    @property
    def is_training(self) -> bool:
        """From Start until the run has ended and its checkpoint lies on disk."""
        return self._job is not None

    @property
    def lost(self) -> RunVanished | None:
        """What is known of the run's folder where it has vanished and nothing can be kept, until that is settled."""
        return self._lost.event

    def start(self, config: TrainConfig) -> None:
        """Train with `config`; its curves and previews take the place of those of the run before."""
        if self._is_free():
            self._begin(config)

    def resume(self, run: str | Path, epochs: int = 0, changes: Mapping[str, int | float] | None = None) -> None:
        """Go on with an earlier run in its own folder, its earlier curve first.

        epochs: in all; 0: as many as were planned. changes: settings that are to be other ones, such as lr.
        """
        try:
            config = self.settings.here(read_config(Path(run)))
        except StudioError as error:
            self.banner.show_error(str(error))
            return
        config = _with(config, {**(changes or {}), "niter": epochs or config.niter})
        if self.is_training:
            self.add_to_queue([config], str(run))
        elif self._is_free():
            self.queue.forget(str(run))
            self._begin(config, str(run))

    def extend(self, run: str | Path) -> None:
        """Asks how many more epochs a run that has finished is to have, and goes on with it."""
        try:
            config = read_config(Path(run))
        except StudioError as error:
            self.banner.show_error(str(error))
            return
        dialog = ExtendDialog(Path(run).name, config, RunState.read(Path(run)), waits=self.is_training, parent=self)
        dialog.extended.connect(lambda epochs: self.resume(run, epochs))
        open_dialog(dialog)

    def train_on(self, data: DataConfig) -> None:
        """These clips into the form, with settings that fit them; Start is one key away."""
        self.settings.train_on(data)
        self.settings.area.verticalScrollBar().setValue(0)
        self.bar.buttons["start"].setFocus()

    def state(self) -> dict[str, str]:
        """The form as it stands, for `restore` in the next session."""
        return {"form": self.settings.state()}

    def restore(self, state: Mapping[str, object]) -> None:
        """The form as it was left; what is damaged is passed over."""
        if isinstance(form := state.get("form"), str):
            self.settings.restore(form)

    def add_to_queue(self, configs: Sequence[TrainConfig], run: str = "") -> None:
        """Train with these one after another, or go on in the folder `run`, when those that wait already have ended."""
        if self.queue.add(configs, self._job.arguments["config"] if self._job else None, run):
            self.lists.setCurrentWidget(self.queue)

    def leave(self) -> None:
        """Stop and keep, for the window closes; the queue stays as it is, the run in hand first."""
        self.queue.queue.close()
        self.stop()

    def _is_free(self) -> bool:
        """Whether a run can begin; says why not."""
        if self.is_training:
            self.banner.show_error("A run is training: stop it before starting another one, or add this one to the queue")
            return False
        self.banner.clear()
        self.offer.withdraw()
        return True

    def _start_queue(self) -> None:
        if self._job is None:
            self.banner.clear()
            self._train_next()
        else:
            self._goes_on = self._job.stopping  # who stops a run and starts the queue wants the next one

    def _train_next(self) -> None:
        """The queue's next run, if it is going and has one."""
        if (entry := self.queue.next()) is not None:
            self._begin(entry.config, entry.run if entry.resumes else "")

    def _begin(self, config: TrainConfig, resume: str = "") -> None:
        """With empty views; in the run folder `resume` with its earlier curve."""
        self.plot.clear()
        self.previews.clear()
        self.previews.set_columns(("truth", *PRIORS[config.model.prior].previews.titles))
        self.bar.clear_figures()
        self._run = self._started = self._last = None
        self._on_disk.clear()
        self._goes_on = False
        arguments: dict[str, Any] = {"config": config}
        if resume:
            self._on_disk.read_curve(resume, config.model.beta)
            arguments["resume"] = resume
        if not self.queue.queue.waiting:
            self.queue.set_going(True)  # what is added from now on follows
        self.bar.set_state("preparing")
        self._job = Job("training.train:train", arguments, "Training")
        self._training.submit(self._job)

    def stop(self) -> None:
        """Stop and keep: takes effect after the step in hand."""
        if self._job is not None:
            self._job.stop()
            self._set_state("stopping")
            self.queue.set_going(False)  # who stops a run does not want the next one

    def pause(self) -> None:
        if self._job is not None:
            self._job.pause()
            self._set_state("pausing")

    def go_on(self) -> None:
        """After a pause."""
        if self._job is not None:
            self._go_on_at("")

    def _go_on_at(self, place: str) -> None:
        """After a pause; where the run's folder was lost, in the log folder `place`, or where it was."""
        if self._job is not None:
            self._job.control.resume(place)
            self._set_state("running" if self._started is not None else "preparing")

    def sample(self) -> None:
        """Previews after the step in hand."""
        if self._job is not None:
            self._job.control.ask_for_preview()
            self._asked = self._last.step if self._last else 0
            self.bar.set_state("sampling")

    def on_event(self, job: Job, event: Event) -> None:
        """What either lane says; jobs of other pages are passed over."""
        self._on_disk.on_event(job, event)
        if job is self._job:
            self._on_training(event)
        elif isinstance(event, ModelOpened):
            self.settings.memory.set_machine(event.precision, gpu=event.gpu)  # models are opened where "auto" leads to
        elif isinstance(event, DatasetInspected):
            self.settings.set_found(event)

    def _on_training(self, event: Event) -> None:
        match event:
            case StepFinished():
                self._last = event
                self.plot.add_step(event.step, event.mse, event.kld, event.loss)
                if self.bar.state == "sampling" and event.step > self._asked + 2:
                    self._set_state("running")  # the wish came while other previews were being made
            case Progressed() if self.bar.state in ("preparing", "running", "sampling"):
                self.bar.show_progress(event.done, event.total, event.unit, event.doing)
            case RunStarted():
                self._run, self._started = event.run, event
                self.runs.add(event.run)
                self.queue.began(event.run)
                self._set_state("running")
                self._figures.start()
            case EpochFinished():
                self.plot.add_test(event.step, event.test_mse, event.test_kld, event.test_loss)
            case PreviewSaved():
                self.previews.add(event.step, event.gif, event.frames)
                self._set_state("running" if self.bar.state == "sampling" else self.bar.state)
            case CheckpointSaved(kind=kind) if self._run is not None and kind != "snapshot":
                self.runs.lines[self._run].set_checkpoint(event.path, event.step)
            case RunVanished():
                self._lost.ask(event)
            case RunMoved():
                self._lost.withdraw()
                self._move(event)
            case Paused():
                self._set_state("paused")
            case Resumed():
                self._set_state("running" if self._started is not None else "preparing")
            case Finished():
                self._end("finished", "finished")
                self.queue.ended()
                self._follow()
            case Stopped():
                kept = self._keep_last()
                self._end("stopped, checkpoint kept" if kept else "stopped before the first step", "stopped")
                self.queue.put_back() if self._last is None else self.queue.ended()
                self._follow()
            case Failed():
                given_up = self._ended_by_hand()
                self._end("stopped, no checkpoint kept" if given_up else "failed", "stopped" if given_up else "failed")
                self.queue.ended(event.sentence)
                self._follow()
                self.banner.show_error(sentence_of(event) + ("; the queue goes on with its next run" if self.is_training else ""))
                if event.remedy is not None and event.remedy.changes:
                    self._offer_remedy(event.remedy)

    def _end(self, words: str, state: str) -> None:
        if self._run is not None:
            step = f" at step {self._last.step:,}" if self._last else ""
            line = self.runs.lines[self._run]
            line.state.setText(f"{state}{step}")
            line.set_resumable(state != "finished")
        self._figures.stop()
        self._show_figures()
        if self._last is not None:
            self.bar.show_time(self._last.seconds, None)
        self._lost.withdraw()
        self._ended, self._job = self._job, None
        self.bar.set_state("idle", words)

    def _follow(self) -> None:
        """After the end of a run: the queue's next one, unless the run was stopped and nobody has asked for another since."""
        assert self._ended is not None
        if self._ended.stopping and not self._goes_on:
            self.queue.set_going(False)
        self._train_next()

    def _offer_remedy(self, remedy: Remedy) -> None:
        """To train the run that has failed with other settings, now or after the runs that wait."""
        assert self._ended is not None
        config: TrainConfig = self._ended.arguments["config"]
        words = " and ".join(f"{name} {value:g}" for name, value in remedy.changes.items())

        def accept() -> None:
            self.queue.discard(config)  # where it stands as failed
            if remedy.resume:
                self.resume(remedy.resume, changes=remedy.changes)
            else:
                name = "-".join([config.name, *(f"{name}={value:g}" for name, value in remedy.changes.items())])
                again = _with(config, {**remedy.changes, "name": name if config.name else ""})
                self.add_to_queue([again]) if self.is_training else self.start(again)

        way = "Resume" if remedy.resume else "Start again"
        self.offer.make(f"{way} with {words}?", {f"{way} with {words}": accept, "Not now": self.banner.clear})

    def _move(self, event: RunMoved) -> None:
        """The run has another folder, or its old one again."""
        self._run = event.run
        if event.run != event.old:
            if (line := self.runs.lines.get(event.old)) is not None:
                line.set_resumable(False)
                line.set_gone(True)
                line.state.setText("its folder has vanished")
            self.runs.add(event.run)
            self.queue.began(event.run)
        self.banner.show_info(f"The run goes on in {event.run}")
        self._set_state("running")

    def _ended_by_hand(self) -> bool:
        """Whether a run that failed was told to stop before, and could only not keep what it had."""
        return self._job is not None and self._job.stopping

    def _keep_last(self) -> bool:
        """A run that is stopped keeps a checkpoint, but a closed generator can no longer say so. False where it has none."""
        if self._run is None:
            return False
        last = self._run / "checkpoints" / "last.pt"
        if self._last is None and not last.is_file():
            return False
        self.runs.lines[self._run].set_checkpoint(last, self._last.step if self._last else 0)
        return True

    def _set_state(self, state: str) -> None:
        if self._job is not None and self._job.stopping:
            state = "stopping"  # whatever comes in meanwhile
        elif self._job is not None and self._job.paused and state == "running":
            state = "pausing"
        self.bar.set_state(state, LOST if state == "paused" and self._lost.event is not None else "")
        if self._run is not None:
            self.runs.lines[self._run].state.setText("training" if state == "running" else state)

    def _show_figures(self) -> None:
        if self._started is None or self._last is None:
            return
        if self._job is not None and self._job.stopping and self.bar.state != "stopping":
            self._set_state("stopping")  # by the status bar's button
        config, last, steps = self._started.config, self._last, self._started.steps
        self.bar.show_place(last.step, steps, last.epoch, config["niter"])
        model = config["model"]
        self.bar.show_speed(last.steps_per_s, (model["n_past"] + model["n_future"]) * config["batch_size"])
        self.bar.show_time(last.seconds, last.left)
        self.bar.show_cost(f"{self._started.device}, {self._started.precision}")
        if self.bar.state == "running":
            self.bar.say("training")

    def _start_from_form(self) -> None:
        if self.settings.config is not None:
            self.start(self.settings.config)

    def _on_settings(self) -> None:
        self.bar.set_reason(self.settings.reason)

    def _on_settled(self, sentence: str) -> None:
        if self.banner.text == sentence:
            self.banner.clear()

    def _on_counted(self, count: int) -> None:
        self.lists.setTabText(self.lists.indexOf(self.queue), f"Queue ({count})" if count else "Queue")

    def _clash(self, configs: Sequence[TrainConfig]) -> dict[str, str]:
        return self.queue.queue.clash(configs, self._job.arguments["config"] if self._job else None)

    def _edit(self, config: TrainConfig) -> None:
        self.settings.form.set_values(config.to_dict())

    def _connect(self) -> None:
        self.settings.changed.connect(self._on_settings)
        self.settings.queue_wanted.connect(self.add_to_queue)
        self.queue.start_wanted.connect(self._start_queue)
        self.queue.edit_wanted.connect(self._edit)
        self.queue.failed.connect(self.banner.show_error)
        self.queue.settled.connect(self._on_settled)
        self.queue.counted.connect(self._on_counted)
        QShortcut(QKeySequence(KEY), self, self.queue.start.click)
        self.settings.check_queue = self._clash
        self.runs.opened.connect(self.open_in_futures)
        self.runs.resumed.connect(self.resume)
        self.runs.extended.connect(self.extend)
        self.bar.start.connect(self._start_from_form)
        self.bar.pause.connect(self.pause)
        self.bar.resume.connect(self.go_on)
        self.bar.stop.connect(self.stop)
        self.bar.sample.connect(self.sample)

    def _lay_out(self) -> None:
        self.bar.add_row(self.settings.add, self.settings.sweep)
        left = card(self.settings, self.bar, stretch=self.settings)
        left.setMinimumWidth(theme.scaled(340))
        self.lists = QTabWidget(documentMode=True)
        self.lists.addTab(self.runs, "Runs of this session")
        self.lists.addTab(self.queue, "Queue")
        if self.queue.queue.entries:
            self.lists.setCurrentWidget(self.queue)  # what was left the last time
        curves, previews, lists = (card(part, stretch=part) for part in (self.plot, self.previews, self.lists))
        right = split(curves, previews, lists, sizes=(290, 340, 130), weights=(5, 6, 1), down=True)
        lay_page(self, (self.banner, self.offer), split(left, right, sizes=(372, 800), weights=(0, 1)), lambda: self.pictures)


def _with(config: TrainConfig, changes: Mapping[str, object]) -> TrainConfig:
    """The settings, some of them others."""
    return TrainConfig.from_dict({**config.to_dict(), **changes})
