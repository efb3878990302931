"""The window that compares models: one clip, the same seeds, one clock, and a slider through a run's training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QWidget

from svg_studio.engine.config import FuturesConfig
from svg_studio.engine.events import CheckpointSaved, Event, Frames, RunRow, SnapshotsListed
from svg_studio.engine.runs.snapshots import run_of_snapshot, step_of
from svg_studio.engine.worker import Worker
from svg_studio.ui.futures.compare.asking import CompareAsking
from svg_studio.ui.futures.compare.grid import CompareGrid, frame_of
from svg_studio.ui.futures.compare.list import CompareList
from svg_studio.ui.futures.compare.models import Model, Models
from svg_studio.ui.video.grid_area import GridArea
from svg_studio.ui.video.playback import Playback
from svg_studio.ui.video.tile_grid import Film, TileGrid, play
from svg_studio.ui.video.transport import Transport
from svg_studio.ui.widgets.banner import Banner
from svg_studio.ui.widgets.controls import label, resize_on_screen, slider, spin_box, timer
from svg_studio.ui.widgets.layouts import boxed, column, row, split

MOST_SEEDS = 16
WAIT_MS = 250  # after the last change of a number, until it is asked for


class CompareDialog(QDialog):
    """Rows are `models.rows`, columns the seeds that count on from the first one; closing it gives up what is under way."""

    def __init__(
        self, studio: Worker, config: FuturesConfig, runs: Callable[[], Sequence[RunRow]], parent: QWidget | None = None
    ) -> None:
        """config: the first model, and the clip with its data; runs: those of the log folder."""
        super().__init__(parent)
        self.setWindowTitle("Compare models")
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.models = Models()
        self.playback = Playback(self)
        self.transport = Transport(self.playback)
        self.banner = Banner()
        self.list = CompareList(runs)
        self.grid = CompareGrid()
        self.truth = TileGrid()
        self.truth.setAccessibleName("The truth")
        self.index = spin_box("Clip", 0, 999_999_999, config.index, "Number of the clip (index)")
        self.seed = spin_box("First seed", 0, 2_000_000_000, config.seed, "Seed of the first column; the others count on (seed)")
        count = min(config.n_futures, 4)
        self.count = spin_box("Number of seeds", 1, MOST_SEEDS, count, "Futures of each model (n_futures)")
        tip = "Moves through the training of the runs: each shows its last snapshot up to this step. ↑ and ↓ move it."
        self.training = slider("Step of training", tip, self._on_training)
        self.step = label(name="Step of training shown")
        self.asking = CompareAsking(studio, config, self._seeds(), self)
        self._wait = timer(self, WAIT_MS, self._begin, once=True)
        self._lay_out()
        self._connect()
        if (run := _run_of(Path(config.model_path))) is not None:
            self.asking.look_for_snapshots(run)
        self.add([Model(Path(config.model_path))])
        self.playback.play()

    def _lay_out(self) -> None:
        numbers = (("Clip", self.index), ("First seed", self.seed), ("Seeds", self.count))
        for _, spin in numbers:
            spin.setFixedWidth(120)
        fields = [row(label(words, "muted", buddy=spin), None, spin, gap=6) for words, spin in numbers]
        self.truth.setMinimumSize(120, 130)
        left = boxed(column(self.list, *fields, self.truth, gap=8, stretch=self.list))
        self._course = boxed(row(label("Training", "muted", buddy=self.training), self.training, self.step, gap=8))
        self._course.hide()
        right = boxed(column(GridArea(self.grid), self.transport, self._course, gap=8))
        across = split(left, right, sizes=(240, 860), weights=(0, 1))
        column(across, on=self, margins=(14, 12, 14, 12), stretch=across)
        self.banner.float_over(self)
        resize_on_screen(self, 1120, 720)

    def _connect(self) -> None:
        self.list.files_wanted.connect(lambda paths: self.add([Model(path) for path in paths]))
        self.list.run_wanted.connect(self.add_run)
        self.list.spread_wanted.connect(self._spread_out)
        self.list.moved.connect(self._move)
        self.list.removed.connect(self._remove)
        for spin in (self.index, self.seed, self.count):
            spin.valueChanged.connect(self._wait.start)
        self.asking.clip_opened.connect(self._on_clip)
        self.asking.changed.connect(self._on_changed)
        self.asking.framed.connect(self.grid.show_made)
        self.asking.failed.connect(self.banner.show_error)
        self.asking.listed.connect(self._on_listed)
        self.playback.frame_changed.connect(self.grid.show_frame)
        self.playback.frame_changed.connect(self.truth.show_frame)
        keys = {
            Qt.Key.Key_Space: self.playback.toggle,
            Qt.Key.Key_Left: self.transport.back.click,
            Qt.Key.Key_Right: self.transport.forward.click,
            Qt.Key.Key_Home: self.transport.first.click,
            Qt.Key.Key_End: self.transport.last.click,
        }
        for key, act in keys.items():
            QShortcut(QKeySequence(key), self, act)

    # ---- the rows

    def add(self, models: Sequence[Model]) -> None:
        """Further rows."""
        if why := self.models.add(models):
            self.banner.show_info(why)
        self._show()

    def add_run(self, run: Path) -> None:
        """A run: its snapshots, or where it has none its newest checkpoint."""
        self.asking.look_for_snapshots(run)
        self.add([Model(run)])

    def _spread_out(self, place: int) -> None:
        if why := self.models.spread_out(place):
            self.banner.show_info(why)
        self._show()

    def _move(self, place: int, places: int) -> None:
        self._show(self.models.move(place, places))

    def _remove(self, place: int) -> None:
        self.asking.retry(self.models.rows.pop(place).path)
        self._show()

    def _on_listed(self, event: SnapshotsListed) -> None:
        """What a run has: its row goes through them from now on. Where the window began with its checkpoint, one is added."""
        for place, model in enumerate(self.models.rows):
            if event.snapshots and model.path == event.run:
                at_end = self.training.value() == self.training.maximum()
                self.models.rows[place] = replace(model, snapshots=event.snapshots)
                self._show(follow=at_end)
                return
        first = self.models.rows[:1]
        if event.snapshots and first and _run_of(first[0].path) == event.run and event.run not in self._paths():
            self.models.rows.insert(1, Model(event.run, event.snapshots))
            self._show(follow=True)

    def _paths(self) -> list[Path]:
        return [model.path for model in self.models.rows]

    def on_training(self, event: Event) -> None:
        """What a run says that trains meanwhile: a snapshot that is new is one more place of the slider."""
        if isinstance(event, CheckpointSaved) and event.kind == "snapshot":
            run = run_of_snapshot(event.path)
            if run is not None and run in self._paths():
                self.asking.look_for_snapshots(run)

    # ---- what is asked for

    def _seeds(self) -> tuple[int, ...]:
        return tuple(range(self.seed.value(), self.seed.value() + self.count.value()))

    def _begin(self) -> None:
        """Another clip or other seeds."""
        self.grid.set_stale(True)
        self.asking.begin(replace(self.asking.config, index=self.index.value()), self._seeds())

    def at(self) -> int:
        """The step of training that the slider stands at."""
        steps = self.models.steps
        return steps[min(self.training.value(), len(steps) - 1)] if steps else 0

    def _on_training(self) -> None:
        self._tell_step()
        self._wish()

    def _tell_step(self) -> None:
        steps = self.models.steps
        words = f"step {self.at():,} of {steps[-1]:,}" if steps else ""
        self.step.setText(words)
        self.training.setAccessibleDescription(words)

    def _wish(self) -> None:
        self.asking.wish(self.models.paths_at(self.at()))
        self._show_grid()

    # ---- what is shown

    def _show(self, current: int = -1, *, follow: bool = False) -> None:
        """The rows have changed. follow: the slider goes to the newest step."""
        steps, before = self.models.steps, self.at()
        with QSignalBlocker(self.training):
            self.training.setMaximum(max(len(steps) - 1, 0))
            newest = len(steps) - 1
            place = newest if follow else next((n for n, step in enumerate(steps) if step >= before), newest)
            self.training.setValue(max(place, 0))
        self._course.setVisible(len(steps) > 1)
        self._tell_step()
        known = [path for model in self.models.rows for path in (model.path, *(path for _, path in model.snapshots))]
        self.asking.keep_to(known)
        self._wish()
        self._show_list(current)

    def _show_list(self, current: int = -1) -> None:
        shown = zip(self.models.rows, self.models.paths_at(self.at()), strict=True)
        found = {model.path: self.asking.results.of(path) for model, path in shown}
        self.list.show_models(self.models.rows, {path: result.why for path, result in found.items() if result is not None}, current)

    def _show_grid(self) -> None:
        heads, rows, results = [], [], self.asking.results
        for model, path in zip(self.models.rows, self.models.paths_at(self.at()), strict=True):
            result = results.of(path)
            if result is not None and result.why:
                continue  # the list says why
            step = result.opened.step if result is not None and result.opened is not None else step_of(path)
            heads.append((model.name, "…" if step is None else f"step {step:,}"))
            rows.append(result.films if result is not None else [])
        self.grid.set_stale(False)
        self.grid.show_rows(heads, rows, len(results.seeds), frame_of(results.truth))

    def _on_clip(self, truth: Frames) -> None:
        n_past = self.asking.config.n_past
        self.truth.set_films([Film(play(truth), len(truth), "the truth")], frame_of(truth))
        self.playback.set_length(len(truth), n_past)

    def _on_changed(self, path: Path) -> None:
        result = self.asking.results.of(path)
        if path in self.models.paths_at(self.at()):
            self._show_grid()
            if result is not None and result.why:
                self.banner.show_error(result.why)
                self._show_list()

    def done(self, result: int) -> None:
        """However it is closed, what is under way is given up."""
        self._wait.stop()
        self.playback.play(False)
        self.asking.close()
        super().done(result)


def _run_of(path: Path) -> Path | None:
    """The run that a checkpoint lies in, itself or as a snapshot."""
    if (run := run_of_snapshot(path)) is not None:
        return run
    return path.parent.parent if path.parent.name == "checkpoints" else None
