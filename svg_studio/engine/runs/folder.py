"""Writes the folder of one training run: config.json, metrics.jsonl, checkpoints, previews and log.txt, wherever it goes."""

from __future__ import annotations

import errno
import json
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.errors import CheckpointError, StudioError
from svg_studio.engine.events import EpochFinished, StepFinished
from svg_studio.engine.runs.lines import Lines, Memory
from svg_studio.engine.runs.lock import NAME as LOCK
from svg_studio.engine.runs.lock import RunLock
from svg_studio.engine.runs.naming import free, fresh, holds_a_run
from svg_studio.engine.runs.snapshots import FOLDER as SNAPSHOTS
from svg_studio.engine.runs.snapshots import cut_back
from svg_studio.engine.runs.state import RunState
from svg_studio.engine.utils.file_names import check_name
from svg_studio.engine.utils.files import check_own, check_own_folder, clear_parts, own_folder, remove_tree, replacing
from svg_studio.engine.utils.json_file import MAX_LINE, is_count, lines_in, object_in
from svg_studio.engine.utils.plain_file import open_plain
from svg_studio.engine.utils.wording import count_of

FOLDERS, FILES = ("checkpoints", "previews"), ("tests.jsonl", "log.txt")  # that are written in their place
GROWING = ("metrics.jsonl", *FILES)
SAID = ("step", "epoch", "loss", "mse", "kld", "frames_per_s", "seconds")  # of a step, in metrics.jsonl
LOOK_S = 1.0  # between two looks whether the folder is where it was
# What a disk says that was pulled out or has become read-only, and a server that has gone.
GONE = {
    getattr(errno, name, errno.EIO) for name in ("EIO", "ENODEV", "ENXIO", "ESTALE", "ENOTCONN", "EROFS", "EHOSTDOWN", "ETIMEDOUT")
}


class RunFolder:
    """A run's folder, which nobody else writes until `close`; `begin` makes it ready for steps.

    Raises StudioError where it cannot be written, where another process is writing it, and where something in it is a link:
    the folder may be somebody else's.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = TrainConfig()
        self._files: dict[str, Lines] = {}
        self._said: dict[str, Memory] = {}
        self._lost, self._looked = False, 0.0
        try:
            self._lock = RunLock(path)
        except OSError as error:
            raise StudioError(f"{path}: cannot be written ({error.strerror}); choose another log folder") from error
        try:
            for name in (*FOLDERS, f"checkpoints/{SNAPSHOTS}"):
                check_own_folder(path / name)
            for name in FILES:
                check_own(path / name)
        except BaseException:
            self._lock.release()
            raise

    @classmethod
    def new(cls, config: TrainConfig) -> RunFolder:
        """The folder of a new run. Raises StudioError where its name is taken."""
        check_name("name", config.name)
        try:
            path = Path(config.log_dir).expanduser() / config.name if config.name else fresh(config)
            taken = holds_a_run(path)
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudioError(f"{config.log_dir}: cannot be written ({error.strerror}); choose another log folder") from error
        run = None if taken else cls(path)
        if run is None or holds_a_run(path):  # again: another process may have had the lock in between
            if run is not None:
                run.close()
            raise StudioError(f"{path}: a run of that name is there already; choose another name")
        return run

    def begin(self, config: TrainConfig, step: int = 0) -> str:
        """Makes room for what follows on `step`: of the metrics there, those of steps 1..step stay.

        Says in a sentence what of them is missing or was no step's; nothing where all is well.
        """
        try:
            for folder in (self.checkpoints, self.previews):
                own_folder(folder)
            for folder in (self.path, self.checkpoints, self.checkpoints / SNAPSHOTS, self.previews):
                clear_parts(folder, "*")
            with replacing(self.path / "config.json") as part:
                part.write_text(config.to_json(), encoding="utf-8")
            there, others = self._cut_back(step)
            cut_back(self.path, step)
            self.config = config
            self._files = {name: Lines(self.path / name) for name in GROWING}
            for name in GROWING:
                self._said[name] = Memory()
                self._said[name].take(self.path / name)
        except OSError as error:
            raise StudioError(f"{self.path}: cannot be written ({error.strerror}); choose another log folder") from error
        problems = [f"{step - there} of the first {step} steps are missing or unreadable"] if there < step else []
        problems += [f"what told of no step was left out ({count_of(others, 'line')})"] if others else []
        said = f"metrics.jsonl: {', and '.join(problems)}" if problems else ""
        if said:
            self.log(said)
        return said

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def previews(self) -> Path:
        return self.path / "previews"

    def make_room_for_snapshots(self) -> None:
        """Their folder, where that of checkpoints still is. Raises CheckpointError."""
        folder = self.checkpoints / SNAPSHOTS
        try:
            own_folder(folder)
        except OSError as error:
            raise CheckpointError(f"{folder}: cannot be written ({error.strerror}); choose another log folder") from error

    def record(self, step: StepFinished) -> None:
        """One line of metrics.jsonl. Raises StudioError where the disk does not take it; `sync` tries again."""
        self._add("metrics.jsonl", json.dumps({name: getattr(step, name) for name in SAID}))

    def record_test(self, test: EpochFinished) -> None:
        """One line of tests.jsonl, and one of log.txt. Raises StudioError where the disk does not take it."""
        self._add("tests.jsonl", json.dumps(asdict(test)))
        self.log(f"epoch {test.epoch}: step {test.step}, test mse {test.test_mse:.6f}, test kld {test.test_kld:.4f}")

    def log(self, text: str) -> None:
        """One line of log.txt. Raises StudioError where the disk does not take it."""
        self._add("log.txt", f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {text}")

    def sync(self) -> None:
        """Has every line of metrics.jsonl on disk, so that no checkpoint is ahead of them. Raises StudioError."""
        if metrics := self._files.get("metrics.jsonl"):
            metrics.sync()

    def close(self) -> None:
        for file in self._files.values():
            file.close()
        self._lock.release()

    # ---- a folder that vanishes while it is written

    def is_lost(self, *, now: bool = False) -> bool:
        """Whether the folder has been moved, deleted or unmounted; looks once a second at most, or `now`.

        What is open goes on to be written wherever it is, so that writing alone would not tell.
        """
        if not self._lost and (now or time.monotonic() - self._looked >= LOOK_S):
            self._looked = time.monotonic()
            self._lost = not self._lock.stands()
        return self._lost

    def has_lost(self, error: BaseException) -> bool:
        """Whether that is why something could not be written."""
        cause: BaseException | None = error
        while cause is not None and not (isinstance(cause, OSError) and cause.errno in GONE):
            cause = cause.__cause__ or cause.__context__
        self._lost = self._lost or cause is not None
        return self.is_lost(now=True)

    def come_back(self) -> None:
        """Goes on in the folder that was lost, where it is there again. Raises StudioError where it is not."""
        if not os.path.lexists(self.path / "config.json"):
            raise StudioError(f"{self.path}: is still not there")
        try:
            same = TrainConfig.load(self.path / "config.json") == self.config
        except ConfigError:
            same = False
        state = RunState.read(self.path)
        if not same or (state is not None and (state.host, state.pid) != (platform.node(), os.getpid())):
            raise StudioError(f"{self.path}: another run, or another process, has been there since; choose another folder")
        self._take_up(self.path, self.config)

    def move_to(self, log_dir: Path) -> bool:
        """Goes on in another log folder: where the lost one lies there (or is this one) in it, which is True, else in a new one.

        A new folder gets config.json and all lines written so far; earlier checkpoints and previews stay with the lost one.
        Raises StudioError where it cannot be written.
        """
        found = next((path for path in (log_dir, log_dir / self.path.name) if self._lock.stands(path / LOCK)), None)
        path = found or free(log_dir / self.path.name)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudioError(f"{path}: cannot be written ({error.strerror}); choose another folder") from error
        try:
            self._take_up(path, replace(self.config, log_dir=str(path.parent), name=path.name if self.config.name else ""))
        except BaseException:
            if found is None:
                remove_tree(path)
            raise
        return found is not None

    def _take_up(self, path: Path, config: TrainConfig) -> None:
        """Writes all that is remembered of the run at `path`, which is its folder from now on. Raises StudioError."""
        if self._lock.stands(path / LOCK):
            self._lock.release()  # or it would keep this very process out
        lock: RunLock | None = None
        try:
            lock = RunLock(path)
            for name in FOLDERS:
                own_folder(path / name)
            with replacing(path / "config.json") as part:
                part.write_text(config.to_json(), encoding="utf-8")
            for name in GROWING:
                with replacing(path / name) as part, part.open("wb") as file:
                    file.writelines(self._said[name].pieces())
            files = {name: Lines(path / name) for name in GROWING}
        except BaseException as error:
            if lock is not None:
                lock.release()
            if isinstance(error, OSError):
                raise StudioError(f"{path}: cannot be written ({error.strerror}); choose another folder") from error
            raise
        before, self._files = self._files, files
        for old in before.values():
            old.close()
        self._lock.release()
        self.path, self.config, self._lock, self._lost = path, config, lock, False

    def _add(self, name: str, line: str) -> None:
        """A line of a growing file; where the folder is lost it is remembered alone."""
        if (file := self._files.get(name)) is None:
            return
        self._said[name].add(line)
        try:
            file.add(line)
        except StudioError as error:
            if not self.has_lost(error):
                raise

    def _cut_back(self, step: int) -> tuple[int, int]:
        """Leaves the metrics of steps 1..step, so that the steps made again are not there twice.

        Says how many there are, and how many lines told of no step.
        """
        last = count = others = 0
        metrics = self.path / "metrics.jsonl"
        with replacing(metrics) as part, part.open("wb") as kept:
            for number, line in _steps(metrics):
                if number is None:
                    others += 1
                elif last < number <= step:
                    kept.write(line)
                    last, count = number, count + 1
        return count, others


class Bystander(RunFolder):
    """The folder of a run for processes that take part in it and do not write it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files = {}

    def is_lost(self, *, now: bool = False) -> bool:
        return False


def _steps(metrics: Path) -> Iterator[tuple[int | None, bytes]]:
    """(step, line) of each line; None for one that tells of no step. A last one that a kill has torn is passed over."""
    if not metrics.is_file():
        return
    with open_plain(metrics) as file:
        for line in lines_in(file):
            if line.endswith(b"\n") or len(line) >= MAX_LINE:
                step = object_in(line).get("step")
                yield (step if is_count(step) else None), line
