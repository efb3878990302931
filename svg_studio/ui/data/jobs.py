"""Runs the Data page's downloads, conversions and verifications one after another, and updates the cards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from svg_studio.engine.config import ConvertConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import (
    Event,
    Failed,
    Finished,
    JobStarted,
    Progressed,
    SourceNoted,
    SourceSkipped,
    Stopped,
    StoreConverted,
    StoreVerified,
)
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.data.dataset_card import DatasetCard
from svg_studio.ui.formatting import count_of, extent
from svg_studio.ui.remedies import sentence_of

MAX_LINES = 10_000  # of what was left out or noted, that are kept to be shown; the report on disk has all


class FileJobs(QObject):
    """Takes wishes by method and the lane's events by `on_event`, and tells the cards."""

    failed = Signal(str)  # a sentence
    ended = Signal(str)  # the data set whose files may have changed
    converted = Signal(str, object)  # data set, StoreConverted
    taken = Signal(str)  # a data set whose files a person had

    def __init__(self, lane: Worker, cards: Mapping[str, DatasetCard], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane, self._cards = lane, cards
        self._jobs: dict[Job, str] = {}  # in the order in which they will run → data set
        self._running: Job | None = None
        self._lines: dict[str, list[str]] = {}
        self._skipped: dict[Job, int] = {}

    def download(self, name: str, data_root: str, mirror: str | None) -> None:
        """Fetch the files of data set `name`."""
        arguments = {"name": DATASETS[name].downloadable, "data_root": data_root, "mirror": mirror}
        self._submit(name, Job("data.download.download:download", arguments, f"Downloading {DATASETS[name].title}"))

    def take(self, name: str, folder: str, data_root: str) -> None:
        """Take the files of data set `name` from a folder of the person's."""
        job = Job(DATASETS[name].take, {"folder": folder, "data_root": data_root}, f"Taking {DATASETS[name].title}")
        self._submit(name, job)

    def convert(self, config: ConvertConfig) -> None:
        """Make a store."""
        store = f" into {config.store}" if config.store else ""
        job = Job("data.convert:convert", {"config": config}, f"Converting {DATASETS[config.dataset].title}{store}")
        self._submit(config.dataset, job)

    def verify(self, name: str, stores: Iterable[Path]) -> None:
        """Read stores of data set `name` through."""
        for path in stores:
            self._submit(name, Job("data.store:verify", {"path": path}, f"Verifying {path.parent.name}"))

    def cancel(self, name: str) -> None:
        """Stop what is done, or waits, for data set `name`; what has been done stays."""
        for job in [job for job, of in self._jobs.items() if of == name]:
            job.stop()
            if job is not self._running:
                self._forget(job)  # the lane says so only when its turn comes, which may be in hours
        if self._running in self._jobs and self._jobs[self._running] == name:
            self._cards[name].amount.setText("stopping…")
        else:
            self._cards[name].end_work()

    def on_event(self, job: Job, event: Event) -> None:
        """What the lane says; jobs of others are passed over."""
        name = self._jobs.get(job)
        if name is None:
            return
        card = self._cards[name]
        match event:
            case JobStarted(title=title):
                self._running = job
                card.start_work(f"{title}…")
                card.set_lines(self._lines.setdefault(name, []))
            case Progressed() if not job.stopping:
                card.show_progress(event)
            case SourceSkipped(source=source, reason=reason):
                self._skipped[job] = self._skipped.get(job, 0) + 1
                self._note(name, f"{source}: {reason}")
                card.tell(f"{self._skipped[job]:,} left out so far")
            case SourceNoted(source=source, note=note):
                self._note(name, f"{source}: {note}")
            case StoreConverted():
                self._lines[name] = []  # all of it is in the report now
                left_out = f"; {event.skipped:,} left out" if event.skipped else "; nothing was left out"
                made = extent(sum(event.sequences.values()), sum(event.frames.values()))
                notes = f"; {count_of(event.notes, 'note')} in the report" if event.notes else ""
                card.tell(f"Converted: {made}{left_out}{notes}.")
                self.converted.emit(name, event)
            case StoreVerified():
                self._on_verified(name, card, event)
            case Finished() | Stopped() | Failed():
                self._end(job, event)

    def _on_verified(self, name: str, card: DatasetCard, event: StoreVerified) -> None:
        """Adds to what was said of the stores that were read before this one."""
        good, bad = card.result.text(), card.problem.text()
        if event.problems:
            for problem in event.problems:
                self._note(name, problem)
            more = f" ({count_of(len(event.problems), 'problem')} in all: see the report)" if len(event.problems) > 1 else ""
            bad = f"{bad}\n{event.problems[0]}{more}; convert it again with replace.".strip()
        else:
            counts = extent(event.sequences, event.frames)
            good = f"{good}\n{event.path.parent.name} verified: {counts}, all as it was converted.".strip()
        card.tell(good, bad)

    def _end(self, job: Job, event: Event) -> None:
        name = self._jobs[job]
        card = self._cards[name]
        if isinstance(event, Failed):
            card.tell("", sentence_of(event))
            self.failed.emit(sentence_of(event))
        elif isinstance(event, Stopped):
            card.tell("Stopped; what has been done is kept.")
        elif DATASETS[name].take and job.target == DATASETS[name].take:
            card.tell(f"Taken from {job.arguments['folder']}.")
            self.taken.emit(name)
        self._forget(job)
        if self._waiting(name):
            card.busy = True
        else:
            card.end_work()
        self.ended.emit(name)

    def _submit(self, name: str, job: Job) -> None:
        self._jobs[job] = name
        if self._waiting(name) == [job]:
            self._lines[name] = []
            self._cards[name].set_lines([])
            self._cards[name].tell("")
            self._cards[name].start_work("waiting for the work before it…")
        self._lane.submit(job)

    def _waiting(self, name: str) -> list[Job]:
        return [job for job, of in self._jobs.items() if of == name]

    def _forget(self, job: Job) -> None:
        self._jobs.pop(job, None)
        self._skipped.pop(job, None)
        if self._running is job:
            self._running = None

    def _note(self, name: str, line: str) -> None:
        lines = self._lines.setdefault(name, [])
        if len(lines) < MAX_LINES:
            lines.append(line)
            self._cards[name].set_lines(lines)
