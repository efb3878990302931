"""The Evaluate page: several models on the same clips, with their curves and figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QByteArray, QSaveFile, QUrl
from PySide6.QtGui import QDesktopServices, QImageWriter, QShowEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from svg_studio.engine.events import (
    CurvesUpdated,
    DatasetInspected,
    EvaluationFinished,
    EvaluationStarted,
    Event,
    Failed,
    Finished,
    JobStarted,
    Logged,
    ModelListed,
    ModelOpened,
    Progressed,
    Stopped,
)
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui import formatting
from svg_studio.ui.evaluate.curves_plot import CurvesPlot
from svg_studio.ui.evaluate.results_file import ResultsError, read
from svg_studio.ui.evaluate.results_table import ResultsTable
from svg_studio.ui.evaluate.settings import EvaluateSettings
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.run_list import RunList
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.banner import Banner
from svg_studio.ui.widgets.cards import Column, Line, card, lay_page
from svg_studio.ui.widgets.controls import button, enable, heading, named, show_text, timer
from svg_studio.ui.widgets.file_dialogs import open_file, save_file
from svg_studio.ui.widgets.layouts import boxed, column, row, split
from svg_studio.ui.widgets.words import literal

REFRESH_MS = 200
UNDER_WAY = "An evaluation is under way: stop it first"
LATER = "stopped: Start goes on from here while folder, models and settings stay as they are"


class EvaluatePage(QWidget):
    """`add_models`, `start` and `stop` do what the buttons do. Every (job, event) of all lanes comes in by `on_event`."""

    def __init__(self, lane: Worker, demo: Path | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lane = lane
        self._job: Job | None = None
        self._folder: Path | None = None  # of what is shown
        self._progress = Progressed(0, 0)
        self._seconds_left: float | None = None
        self._fresh: dict[str, CurvesUpdated] = {}  # what the table does not show yet, by model
        self._notes: list[str] = []
        self._timer = timer(self, REFRESH_MS, self.refresh)
        self.banner = Banner()
        self.settings = EvaluateSettings(demo)
        self.plot = CurvesPlot()
        self.table = ResultsTable()
        self.about = Line("muted", "What is shown")
        self._make_buttons()
        self._lay_out()
        self.settings.changed.connect(self._show_state)
        self._show_state()

    @property
    def is_evaluating(self) -> bool:
        """From Start until the lane has said how it ended."""
        return self._job is not None

    def follow(self, runs: RunList) -> None:
        """Offer these runs, and show what becomes of those that are compared."""
        self.settings.models.follow(runs)

    def add_models(self, paths: Iterable[str | Path]) -> None:
        """Puts checkpoints or run folders on the list, unless an evaluation is under way."""
        if self.is_evaluating:
            self.banner.show_warning("An evaluation is under way: stop it before adding models")
        else:
            self.settings.add(paths)

    def start(self) -> None:
        """Evaluate what the settings say; goes on where the same was stopped."""
        config = self.settings.config
        if self.is_evaluating or config is None:
            return
        self.banner.clear()
        self._notes, self._fresh = [], {}
        self._progress, self._seconds_left = Progressed(0, 0, "", "opening the models"), None
        self._folder = Path(config.log_dir).expanduser()
        self._job = Job("evaluation.evaluate:evaluate", {"config": config, "data": self.settings.data}, "Evaluating")
        self._timer.start()
        self._show_state()
        self.refresh()
        self._lane.submit(self._job)

    def stop(self) -> None:
        """Ends the job after the frame in hand; what is lost is the batch of clips in hand."""
        if self._job is not None:
            self._job.stop()
            self._show_state()
            self.refresh()

    def open_results(self, path: Path) -> None:
        """Shows a finished evaluation again."""
        if self.is_evaluating:
            return
        try:
            results = read(path)
        except ResultsError as error:
            self.banner.show_error(str(error))
            return
        self.banner.clear()
        self._folder = path if path.is_dir() else path.parent
        self._begin(results.started)
        for update in results.updates:
            self._put(update)
        self.plot.redraw()
        self.refresh()
        self.say(f"{path.name} of {self._folder}")
        self._show_state()

    def on_event(self, job: Job, event: Event) -> None:
        """What any lane says; only a look at the disk, an opened model and this page's own job matter here."""
        match event:
            case DatasetInspected():
                self.settings.set_found(event)
            case ModelOpened(path=path, model=model, data=data):
                self.settings.learn(path, model, data)
            case _ if job is self._job:
                self._on_own_event(event)

    def _on_own_event(self, event: Event) -> None:
        match event:
            case JobStarted():
                self.say("opening the models…")
            case EvaluationStarted():
                self._begin(event)
            case Progressed():
                self._progress = event
            case CurvesUpdated():
                self._put(event)
            case Logged(text=text, level="warning"):
                self._notes.append(text)
                self.banner.show_warning("; ".join(self._notes))
            case EvaluationFinished(json=path):
                self._folder = path.parent
            case Finished():
                self._end(f"finished, written to {self._folder}")
                self.settings.propose_folder()
            case Stopped():
                self._end(LATER)
            case Failed():
                self.banner.show_error(sentence_of(event))
                self._end("failed")

    def _begin(self, started: EvaluationStarted) -> None:
        self._fresh = {}
        models = {m.name: _describe(m) for m in started.models}
        self.plot.begin(models, started.metrics, started.n_past, started.n_future, started.samples)
        self.table.begin(tuple(models), started.metrics, started.samples)
        words = [
            f"{formatting.count_of(started.clips, f'{started.split} clip')} × {formatting.count_of(started.samples, 'sample')}",
            f"{started.n_past} frames given, {started.n_future} imagined",
            ", ".join(filter(None, (started.device, started.precision))),
            "no LPIPS" if started.lpips else "",
        ]
        self.about.setText(" · ".join(filter(None, words)))
        self.about.setToolTip(literal(f"{self.about.text()}\n{started.lpips}".strip()))

    def _put(self, update: CurvesUpdated) -> None:
        self._fresh[update.model], self._seconds_left = update, update.seconds_left
        self.plot.put(update.model, update.curves)

    def _end(self, words: str) -> None:
        self._job = None
        self._timer.stop()
        self.refresh()
        self.say(words)
        self._show_state()

    def state(self) -> dict[str, object]:
        """What `restore` takes: plain values."""
        return self.settings.state()

    def restore(self, state: Mapping[str, object]) -> None:
        """As it was left; what is damaged is left out."""
        if not self.is_evaluating:
            self.settings.restore(state)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous() and not self.is_evaluating:
            self.settings.models.list.setFocus()

    # ---- what is shown

    def refresh(self) -> None:
        """Show what came in; the timer's business, and of tests."""
        for update in self._fresh.values():
            self.table.put(update.model, update.clips, update.overall)
        self._fresh = {}
        self._enable_copies()
        if self._job is None:
            return
        done = self._progress
        self.bar.setRange(0, max(done.total, 0))
        self.bar.setValue(done.done)
        words = f"{done.doing} {done.done:,}/{done.total:,} {done.unit}".strip() if done.total else f"{done.doing}…"
        left = f" · {formatting.duration(self._seconds_left)} left" if self._seconds_left is not None else ""
        self.say("stopping after this frame…" if self._job.stopping else words + left)

    def say(self, words: str) -> None:
        """A line above the buttons."""
        show_text(self.says, words)

    def _show_state(self) -> None:
        """Which buttons do something."""
        running, reason = self.is_evaluating, self.settings.reason()
        self.settings.set_enabled(not running, UNDER_WAY)
        enable(self.start_button, not running and not reason, UNDER_WAY if running else reason)
        stopping = self._job is not None and self._job.stopping
        enable(
            self.stop_button, running and not stopping, "It stops after this frame" if stopping else "No evaluation is under way"
        )
        self.bar.setVisible(running)
        enable(self.open_file, not running, UNDER_WAY)
        there = self._folder is not None and self._folder.is_dir()
        enable(self.open_folder, there and not running, UNDER_WAY if running else "No evaluation is shown that lies on the disk")

    def _enable_copies(self) -> None:
        for copy in (self.copy, self.save):
            enable(copy, self.table.rowCount() > 0, "There are no figures yet")

    # ---- buttons

    def _make_buttons(self) -> None:
        tip = "Evaluate; what was stopped goes on in the same folder (Ctrl+Return)"
        self.start_button = button("Start", self.start, tip, key="Ctrl+Return", primary=True)
        tip = "Stop after the frame in hand; Start goes on later with the same folder (Ctrl+.)"
        self.stop_button = button("Stop", self.stop, tip, key="Ctrl+.")
        tip = "Show a finished evaluation (evaluation.json) again"
        self.open_file = button("Open results…", self._choose_results, tip)
        tip = "Show evaluation.json, evaluation.csv and the curves as PNG, PDF and SVG; in these files frames are counted from 0"
        self.open_folder = button("Open folder", self._open_folder, tip)
        tip = "Copy the selected rows, or all, as tab-separated text (Ctrl+C)"
        self.copy = button("Copy table", self.table.copy, tip)
        self.save = button("Save plot…", self._choose_picture, "Save the curves as they are shown, as PNG")
        self.bar = named(QProgressBar(textVisible=False), "Clips evaluated, counted once for each model")
        self.says = Line("muted", "State")
        self.says.hide()
        self._enable_copies()

    def _choose_results(self) -> None:
        folder = str(self._folder or Path(str(self.settings.form.fields["log_dir"].value())).parent)
        if path := open_file(self, "Open results", "evaluation", "Evaluations (*.json);;All files (*)", folder):
            self.open_results(Path(path))

    def _open_folder(self) -> None:
        if self._folder is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder))):
            self.banner.show_error(f"{self._folder}: cannot be shown; open it with your file manager")

    def _choose_picture(self) -> None:
        name = str((self._folder or Path()) / f"{self.plot.shown_metric.key if self.plot.shown_metric else 'curves'}.png")
        if path := save_file(self, "Save plot", "evaluation", name, "PNG (*.png)"):
            self.save_picture(Path(path))

    def save_picture(self, path: Path) -> None:
        """Writes the curves as they are shown, whole or not at all."""
        path = path if path.suffix else path.with_suffix(".png")
        file = QSaveFile(str(path))  # renames when all is written
        writer = QImageWriter(file, QByteArray(b"PNG"))
        whole = file.open(QSaveFile.OpenModeFlag.WriteOnly) and writer.write(self.plot.picture()) and file.commit()
        if whole:
            self.say(f"saved {path}")
        else:
            self.banner.show_error(f"{path}: cannot be written ({file.errorString()}); choose another place")

    @property
    def pictures(self) -> tuple[QWidget, ...]:
        """Over whose feet messages lie: no control is there."""
        return (self.plot,)

    # ---- layout

    def _lay_out(self) -> None:
        buttons = row(self.start_button, self.stop_button)
        run = boxed(column(self.bar, self.says, buttons))  # the buttons stay where they are when the others come and go
        scroll = Column(self.settings)
        left = card(scroll, run, stretch=scroll)
        left.setMinimumWidth(theme.scaled(340))
        head = boxed(row(heading("Figures"), self.about, stretch=self.about))
        foot = boxed(row(self.open_file, self.open_folder, self.copy, self.save, None))
        curves, figures = card(self.plot, stretch=self.plot), card(head, self.table, foot, stretch=self.table)
        right = split(curves, figures, sizes=(460, 240), weights=(2, 1), down=True)
        lay_page(self, (self.banner,), split(left, right, sizes=(344, 828), weights=(0, 1)), lambda: self.pictures)


def _describe(model: ModelListed) -> str:
    """The tip of a model's name."""
    words = f"step {model.step:,} · {model.parameters:,} parameters · {model.prior} prior, trained with n_past={model.n_past}"
    return f"{model.path}\n{words}"
