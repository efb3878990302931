"""Writes the folder of one training run: config.json, metrics.jsonl, checkpoints, previews and log.txt."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import EpochFinished, StepFinished
from svg_studio.engine.models.registry import prior_of
from svg_studio.engine.runs.lock import NAME as LOCK
from svg_studio.engine.runs.lock import RunLock
from svg_studio.engine.utils.file_names import check_name
from svg_studio.engine.utils.files import check_own, check_own_folder, clear_parts, explain, open_own, own_folder, replacing
from svg_studio.engine.utils.json_file import MAX_LINE, is_count, lines_in, object_in
from svg_studio.engine.utils.plain_file import open_plain
from svg_studio.engine.utils.wording import count_of

FOLDERS, FILES = ("checkpoints", "previews"), ("tests.jsonl", "log.txt")  # that are written in their place
# All that a run whose start failed may have left behind.
OURS = {"config.json", "metrics.jsonl", "tests.jsonl", "log.txt", "checkpoints", "previews", "state.json", "run.lock"}


class RunFolder:
    """A run's folder, which nobody else writes until `close`; `begin` makes it ready for steps.

    Raises StudioError where it cannot be written, where another process is writing it, and where something in it is a link:
    the folder may be somebody else's.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._metrics: Lines | None = None
        self._tests: Lines | None = None
        self._log: Lines | None = None
        try:
            self._lock = RunLock(path)
        except OSError as error:
            raise StudioError(f"{path}: cannot be written ({error.strerror}); choose another log folder") from error
        try:
            for name in FOLDERS:
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
            path = Path(config.log_dir).expanduser() / config.name if config.name else _fresh(config)
            taken = _holds_a_run(path)
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudioError(f"{config.log_dir}: cannot be written ({error.strerror}); choose another log folder") from error
        run = None if taken else cls(path)
        if run is None or _holds_a_run(path):  # again: another process may have had the lock in between
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
            for folder in (self.path, self.checkpoints, self.previews):
                clear_parts(folder, "*")
            with replacing(self.path / "config.json") as part:
                part.write_text(config.to_json(), encoding="utf-8")
            there, others = self._cut_back(step)
            self._metrics, self._tests = Lines(self.path / "metrics.jsonl"), Lines(self.path / "tests.jsonl")
            self._log = Lines(self.path / "log.txt")
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

    def record(self, step: StepFinished) -> None:
        """One line of metrics.jsonl. Raises StudioError where the disk does not take it; `sync` tries again."""
        if self._metrics:
            self._metrics.add(json.dumps(asdict(step)))

    def record_test(self, test: EpochFinished) -> None:
        """One line of tests.jsonl, and one of log.txt. Raises StudioError where the disk does not take it."""
        if self._tests:
            self._tests.add(json.dumps(asdict(test)))
        self.log(f"epoch {test.epoch}: step {test.step}, test mse {test.test_mse:.6f}, test kld {test.test_kld:.4f}")

    def log(self, text: str) -> None:
        """One line of log.txt. Raises StudioError where the disk does not take it."""
        if self._log:
            self._log.add(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {text}")

    def sync(self) -> None:
        """Has every line of metrics.jsonl on disk, so that no checkpoint is ahead of them. Raises StudioError."""
        if self._metrics:
            self._metrics.sync()

    def close(self) -> None:
        for file in (self._metrics, self._tests, self._log):
            if file:
                file.close()
        self._lock.release()

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
        self._metrics = self._tests = self._log = None


class Lines:
    """A file that grows by whole lines: what the disk refuses is kept and comes before whatever is added later."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] = open_own(path, "ab", buffering=0)
        self._left = b""

    def add(self, line: str) -> None:
        """Raises StudioError where the disk does not take it."""
        self._left += line.encode() + b"\n"
        self._write()

    def sync(self) -> None:
        """All of it is on the disk itself afterwards. Raises StudioError."""
        self._write()
        with contextlib.suppress(OSError):  # a file system that cannot say so
            os.fsync(self._file.fileno())

    def close(self) -> None:
        with contextlib.suppress(OSError, StudioError):  # what could not be written was said when it was tried
            self._write()
        with contextlib.suppress(OSError):
            self._file.close()

    def _write(self) -> None:
        try:
            while self._left:
                written: int = self._file.write(self._left)
                self._left = self._left[written:]
        except OSError as error:
            raise StudioError(f"{explain(error, self._path)}, then resume the run") from error


def run_of(resume: str) -> Path:
    """The run folder that is named, itself or by one of its checkpoints."""
    path = Path(resume).expanduser()
    return path.parent.parent if path.is_file() else path


def _steps(metrics: Path) -> Iterator[tuple[int | None, bytes]]:
    """(step, line) of each line; None for one that tells of no step. A last one that a kill has torn is passed over."""
    if not metrics.is_file():
        return
    with open_plain(metrics) as file:
        for line in lines_in(file):
            if line.endswith(b"\n") or len(line) >= MAX_LINE:
                step = object_in(line).get("step")
                yield (step if is_count(step) else None), line


def _holds_a_run(folder: Path) -> bool:
    """Whether anything was learned there, or it holds what is no run's; a start that failed leaves its name free."""
    if not folder.exists():
        return False
    names = {entry.name for entry in folder.iterdir() if not entry.name.endswith(".part")}
    foreign = bool(names - OURS) or (bool(names) and LOCK not in names)  # which every start of a run makes first
    metrics = folder / "metrics.jsonl"
    return foreign or any((folder / "checkpoints").glob("*.pt")) or (metrics.is_file() and metrics.stat().st_size > 0)


def stem(config: TrainConfig) -> str:
    """What data, which model, which prior: the beginning of the name of a run that was given none."""
    model, data = config.model, config.data
    what = f"{data.dataset}-{data.digits}{data.num_digits}" if data.dataset == "smmnist" else data.store or data.dataset
    return f"{what}-{model.backbone}{model.image_width}-{prior_of(model).abbreviation}"


def _fresh(config: TrainConfig) -> Path:
    """A new folder, named by the stem and when, with a number where two runs start in one second. Raises OSError."""
    base = f"{stem(config)}-{time.strftime('%Y%m%d-%H%M%S')}"
    path, n = Path(config.log_dir).expanduser() / base, 2
    while True:
        try:
            path.mkdir(parents=True)
            return path
        except FileExistsError:
            if not os.path.lexists(path):  # one of the folders above is a file
                raise
            path, n = path.with_name(f"{base}-{n}"), n + 1
