"""Asks the studio lane for the futures of models that are compared, the newest wish first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from svg_studio.engine.config import FuturesConfig
from svg_studio.engine.events import (
    ClipOpened,
    Event,
    Failed,
    Finished,
    FramesImagined,
    FutureSampled,
    FutureScored,
    ModelLeftOut,
    ModelOpened,
    OfModel,
    SnapshotsListed,
    Stopped,
)
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.futures.compare.results import Results
from svg_studio.ui.remedies import sentence_of


class CompareAsking(QObject):
    """`wish` names the models that are to be seen now; what there is of them is in `results`.

    Older wishes that were not met are met when the newest one is, so that going back to them costs nothing.
    """

    clip_opened = Signal(object)  # Frames: the truth
    changed = Signal(object)  # Path: films of a model have begun, or it is done or left out
    framed = Signal(int)  # a frame number has come of a model
    failed = Signal(str)
    listed = Signal(object)  # SnapshotsListed

    def __init__(self, studio: Worker, config: FuturesConfig, seeds: Sequence[int], parent: QObject | None = None) -> None:
        """config: names the clip, its data too; its model does not matter."""
        super().__init__(parent)
        self._studio = studio
        self.config = config
        self.results = Results()
        self.results.begin(seeds, config.n_past)
        self.job: Job | None = None
        self._asked: list[Path] = []  # what of `job` is of which row
        self._wishes: list[Path] = []  # the newest first
        self._shown: list[Path] = []
        self._listing: set[Job] = set()
        studio.happened.connect(self.on_event)

    @property
    def busy(self) -> bool:
        return self.job is not None

    def begin(self, config: FuturesConfig, seeds: Sequence[int]) -> None:
        """Another clip or other seeds: all that is shown is asked for anew."""
        self.cancel()
        self.config = config
        self.results.begin(seeds, config.n_past)
        self._wishes = []
        self.wish(self._shown)

    def wish(self, paths: Sequence[Path]) -> None:
        """These are to be seen. What is being made for nobody who looks now is given up, and made later."""
        self._shown = list(dict.fromkeys(paths))
        self._wishes = [*self._shown, *(path for path in self._wishes if path not in self._shown)]
        self.results.shrink(self._shown)
        missing = [path for path in self._shown if not self.results.is_done(path)]
        if self.job is not None and missing and not set(missing) <= set(self._asked):
            self.cancel()
        self._go_on()

    def keep_to(self, paths: Sequence[Path]) -> None:
        """Older wishes for anything but these are dropped: their models are off the list."""
        self._wishes = [path for path in self._wishes if path in paths]

    def retry(self, path: Path) -> None:
        """Whatever there is of a model, it is asked for again when it is wished for."""
        self.results.forget(path)

    def look_for_snapshots(self, run: Path) -> None:
        """`listed` says which there are of a run."""
        job = Job("runs.snapshots:list_snapshots", {"runs": [run]}, "Looking for snapshots")
        self._listing.add(job)
        self._studio.submit(job)

    def cancel(self) -> None:
        """Gives up what is under way."""
        if self.job is not None:
            self.job.stop()
            self.job = None
            self.results.forget_unfinished()

    def close(self) -> None:
        """Nothing is wished for any more."""
        self._wishes, self._shown = [], []
        self.cancel()
        for job in self._listing:
            job.stop()
        self._studio.happened.disconnect(self.on_event)

    def on_event(self, job: Job, event: Event) -> None:
        """Of all that the lane says, what is about these jobs."""
        if job is self.job:
            self._on_own(event)
        elif job in self._listing:
            match event:
                case SnapshotsListed():
                    self.listed.emit(event)
                case Failed():
                    self.failed.emit(sentence_of(event))
            if isinstance(event, Failed | Finished | Stopped):
                self._listing.discard(job)

    def _go_on(self) -> None:
        """Asks for the newest wish: all that is shown and not there; then, one by one, older ones."""
        if self.job is not None:
            return
        self._wishes = [path for path in self._wishes if not self.results.is_done(path)]
        asked = [path for path in self._wishes if path in self._shown] or self._wishes[:1]
        if not asked:
            return
        self._asked = asked
        truth = self.results.truth
        arguments = {
            "config": replace(self.config, model_path=str(asked[0])),
            "models": asked,
            "seeds": self.results.seeds,
            "shape": None if truth is None else (truth.shape[2], truth.shape[3]),
        }
        self.job = self._studio.submit(Job("sampling.compare:compare", arguments, "Comparing models"))

    def _on_own(self, event: Event) -> None:
        match event:
            case ClipOpened(frames=truth):
                if self.results.truth is None:
                    self.results.truth = truth
                    self.clip_opened.emit(truth)
            case ModelLeftOut(row=row, why=why):
                self.results.leave_out(self._asked[row], why)
                self.changed.emit(self._asked[row])
            case OfModel(row=row, said=said):
                self._on_model(self._asked[row], said)
            case Failed():
                for path in self._asked:  # or it would be asked for without end
                    if not self.results.is_done(path):
                        self.results.leave_out(path, sentence_of(event))
                        self.changed.emit(path)
                self.failed.emit(sentence_of(event))
                self._end()
            case Finished() | Stopped():
                self._end(going_on=isinstance(event, Finished))

    def _on_model(self, path: Path, said: ModelOpened | FramesImagined | FutureSampled | FutureScored) -> None:
        match said:
            case ModelOpened():
                self.results.open(path, said)
            case FramesImagined():
                if self.results.put_frames(path, said):
                    self.changed.emit(path)
                self.framed.emit(said.t)
            case FutureSampled(number=number):
                if number == len(self.results.seeds) - 1:
                    self.changed.emit(path)
            case FutureScored(number=number):
                self.results.put_score(path, said)
                if number == len(self.results.seeds) - 1:
                    self.changed.emit(path)

    def _end(self, *, going_on: bool = True) -> None:
        self.job = None
        self.results.forget_unfinished()
        if going_on:
            self._go_on()
