"""Brings what the hand wishes to the lane: the newest wish only, and what the lane says of it back."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from svg_studio.engine.address import Path
from svg_studio.engine.config import FuturesConfig
from svg_studio.engine.events import Event, Failed, Finished, FramesImagined, FutureSampled, LatentUse, Stopped
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.remedies import sentence_of

STEER, MEASURE = "sampling.steering:steer", "sampling.latent_use:measure"


class Steering(QObject):
    """At most one job is in hand and one wish waits. A newer wish drops the job, once the frame it is looked at for is there.

    The use of z is measured while nothing is wished for, and goes on later where a wish came between.
    """

    imagined = Signal(object)  # FramesImagined of the newest wish that the lane has begun
    completed = Signal(object)  # FutureSampled
    used = Signal(object)  # LatentUse
    failed = Signal(str)
    unmeasured = Signal(str)
    changed = Signal()  # whether something is in hand

    def __init__(self, studio: Worker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.job: Job | None = None
        self._waiting: tuple[Job, int] | None = None  # the wish that is next, and the frame that has to be there
        self._until = 0  # the job in hand is not dropped before this frame is there
        self._shown = -1  # its last frame so far
        self._unmeasured: FuturesConfig | None = None

    @property
    def busy(self) -> bool:
        """Whether a wish is on its way."""
        return self._waiting is not None or (self.job is not None and self.job.target == STEER and not self.job.stopping)

    def wish(self, config: FuturesConfig, path: Path, sha256: str, until: int) -> None:
        """The future of `path`; a newer wish waits until its frame `until` is there, so that a quick hand sees something."""
        job = Job(STEER, {"config": config, "path": path, "sha256": sha256}, "Steering")
        self._waiting = job, until
        if self.job is None:
            self._go_on()
        elif self.job.target != STEER or self._shown >= self._until:
            self.job.stop()
        self.changed.emit()

    def measure(self, config: FuturesConfig) -> None:
        """Says `used` once it is known how much each latent dimension carries."""
        self._unmeasured = config
        if self.job is None:
            self._go_on()

    def make_way(self) -> None:
        """Another job of the page waits for the lane, and what is being measured goes behind it."""
        if self.job is not None and self.job.target == MEASURE:
            self.job.stop()

    def drop(self) -> None:
        """Nothing is wished for any more, and nothing needs to be measured."""
        self._waiting = self._unmeasured = None
        if self.job is not None:
            self.job.stop()
        self.changed.emit()

    def on_event(self, job: Job, event: Event) -> None:
        """Everything any job says passes here."""
        if job is not self.job:
            return
        match event:
            case FramesImagined(t=t) if not job.stopping:
                self._shown = t
                self.imagined.emit(event)
                if self._waiting is not None and t >= self._until:
                    job.stop()
            case FutureSampled() if not job.stopping:
                self.completed.emit(event)
            case LatentUse() if not job.stopping:
                self._unmeasured = None
                self.used.emit(event)
            case Failed() if not job.stopping:
                if job.target == MEASURE:
                    self._unmeasured = None
                    self.unmeasured.emit(sentence_of(event))
                else:
                    self.failed.emit(sentence_of(event))
                self._end()
            case Finished() if job.target == MEASURE and not job.stopping:
                self._unmeasured = None  # it has said what it had to say
                self._end()
            case Stopped() | Finished() | Failed():
                self._end()

    def _end(self) -> None:
        self.job = None
        self._go_on()
        self.changed.emit()

    def _go_on(self) -> None:
        self._shown = -1
        if self._waiting is not None:
            (job, self._until), self._waiting = self._waiting, None
            self.job = self._studio.submit(job)
        elif self._unmeasured is not None:
            self.job = self._studio.submit(Job(MEASURE, {"config": self._unmeasured}, "Measuring the use of z"))
