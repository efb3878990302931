"""The one list of the runs of a log folder, which all pages read: how each stands, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from svg_studio.engine.events import Event, Failed, Finished, RunRow, RunsListed, RunStarted, Stopped
from svg_studio.engine.runs import edit
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.remedies import sentence_of

LOUD = ("training.train:train", "runs.edit:empty_trash")  # jobs after which the folder is another


class RunList(QObject):
    """`rows` are what is known. Renames and the trash go through it; what happens outside is seen at the next look.

    Whoever owns it passes on every (job, event) of the lanes.
    """

    listed = Signal()  # `rows` and `trashed` are others, or were looked at again
    moved = Signal(object, object)  # Path before, Path now: a run has another name
    gone = Signal(object)  # Path of a run that was deleted, or taken away
    back = Signal(object)  # Path of one that is there again
    failed = Signal(str)  # why there is no look
    ended = Signal()  # of a look, whatever it found

    def __init__(self, studio: Worker, log_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio, self.log_dir = studio, log_dir
        self._looking: Job | None = None
        self._again = False  # the folder has changed since the look began
        self._late = False  # what the look says was so before something that was done here
        self._gone: set[Path] = set()
        self.listing: RunsListed | None = None  # None: nobody has looked into this folder

    @property
    def rows(self) -> tuple[RunRow, ...]:
        """What was listed last, the newest first."""
        return self.listing.rows if self.listing is not None else ()

    @property
    def trashed(self) -> tuple[Path, ...]:
        """What can be brought back."""
        return self.listing.trashed if self.listing is not None else ()

    @property
    def is_looking(self) -> bool:
        """From the wish until the lane has said how it ended."""
        return self._looking is not None

    @property
    def is_behind(self) -> bool:
        """Whether another look follows, for the folder has changed."""
        return self._again

    def row(self, path: Path) -> RunRow | None:
        """What is known of one run."""
        return next((row for row in self.rows if row.path == path), None)

    def set_folder(self, log_dir: Path) -> None:
        """List another log folder."""
        other = log_dir != self.log_dir
        if other:
            self.log_dir, self.listing = log_dir, None
            self._gone.clear()
        self.rescan()
        if other:
            self.listed.emit()  # that nothing is known yet

    def rescan(self) -> None:
        """Look; once more, if that is being done."""
        self._again = self._looking is not None
        if self._looking is None:
            arguments = {"log_dir": self.log_dir, "known": self.rows}
            self._looking = Job("runs.library:scan", arguments, "Looking for runs")
            self._studio.submit(self._looking)

    def on_event(self, job: Job, event: Event) -> None:
        """What the lanes say; its own looks, and that a run began or ended, matter here."""
        match event:
            case RunsListed() if job is self._looking:
                self._take(event)
            case Failed() if job is self._looking:
                self.failed.emit(sentence_of(event))
                self._end()
            case Finished() | Stopped() if job is self._looking:
                self._end()
            case RunStarted(run=run) if run.parent == self.log_dir:
                self.rescan()
            case Finished() | Failed() | Stopped() if job.target in LOUD:
                self.rescan()

    # ---- what a person does; each raises StudioError where it cannot be done

    def rename(self, path: Path, name: str) -> Path:
        """Gives a run another name."""
        target = edit.rename(path, name)
        if target != path:
            self._replace(_moved(row, target) if row.path == path else row for row in self.rows)
            self.moved.emit(path, target)
        return target

    def describe(self, path: Path, tags: Sequence[str], notes: str) -> None:
        """A person's words into the run's folder."""
        edit.describe(path, tags, notes)
        self._look_again()

    def trash(self, path: Path) -> Path:
        """Puts a run into the trash, and says where it is now."""
        place = edit.trash(path)
        self._replace(row for row in self.rows if row.path != path)
        self._tell_gone(path)
        return place

    def bring_back(self, place: Path) -> Path:
        """Out of the trash again."""
        path = edit.restore(place)
        self._look_again()
        self._gone.discard(path)
        self.back.emit(path)
        return path

    # ---- what is found

    def _take(self, event: RunsListed) -> None:
        if event.log_dir != self.log_dir.expanduser() or self._late:
            return  # the next look follows
        before, self.listing = self.rows, event
        known, now = {row.path for row in before}, {row.path for row in event.rows}
        lost = [row for row in before if row.path not in now]
        fresh = [row for row in event.rows if row.path not in known]
        for old, new in _same(lost, fresh):
            self.moved.emit(old.path, new.path)
            lost.remove(old)
        for row in lost:
            self._tell_gone(row.path)
        for path in self._gone & now:
            self._gone.discard(path)
            self.back.emit(path)
        self.listed.emit()

    def _tell_gone(self, path: Path) -> None:
        if path not in self._gone:
            self._gone.add(path)
            self.gone.emit(path)

    def _replace(self, rows: Iterable[RunRow]) -> None:
        """Other rows at once: the lane may be busy for a while."""
        if self.listing is not None:
            self.listing = replace(self.listing, rows=tuple(rows))
            self.listed.emit()
        self._look_again()

    def _look_again(self) -> None:
        self._late = self._looking is not None
        self.rescan()

    def _end(self) -> None:
        self._looking, self._late = None, False
        self.ended.emit()
        if self._again:
            self.rescan()


def state_of(run: RunRow) -> str:
    """How a run stands, in a word or four."""
    return f"crashed at step {run.step:,}" if run.state == "crashed" else run.state


def best_of(run: RunRow) -> str:
    """Its best test loss; empty where there is none."""
    return "" if run.best_mse is None else f"{run.best_mse:.5g}"


def inside(path: Path, run: Path, now: Path) -> Path | None:
    """Where what lay at `path` is since the folder `run` became `now`; None where it did not lie in there."""
    return now / path.relative_to(run) if path.is_relative_to(run) else None


def _moved(row: RunRow, target: Path) -> RunRow:
    checkpoint = row.checkpoint and inside(row.checkpoint, row.path, target)
    return replace(row, path=target, checkpoint=checkpoint, seen=())  # read anew at the next look


def _same(lost: Sequence[RunRow], fresh: Sequence[RunRow]) -> list[tuple[RunRow, RunRow]]:
    """Runs that were renamed outside: they began at one moment on one machine, which says so of no other."""
    pairs = []
    for old in lost:
        alike = [[row for row in rows if (row.started, row.host) == (old.started, old.host)] for rows in (lost, fresh)]
        if old.started > 0 and [len(rows) for rows in alike] == [1, 1]:
            pairs.append((old, alike[1][0]))
    return pairs
