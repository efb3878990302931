"""Runs that wait to be trained one after another, kept in a file from one day to the next; knows no job and no screen."""

from __future__ import annotations

import contextlib
import json
import weakref
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.run_folder import stem
from svg_studio.engine.run_lock import RunLock

NAME = "queue.json"
MOST_BYTES = 16 << 20
MOST_TEXT = 1000


@dataclass(frozen=True)
class Queued:
    """One run, with the settings as they were when it was added."""

    config: TrainConfig
    run: str = ""  # its folder, once it has begun
    reason: str = ""  # why it failed; it is passed over until it is to be tried again

    @property
    def title(self) -> str:
        """Its name, or the beginning of the one that it will be given."""
        return self.config.name or stem(self.config)

    @property
    def resumes(self) -> bool:
        """Whether it had begun and left something to go on with."""
        return bool(self.run) and any(Path(self.run, "checkpoints").glob("*.pt"))


class RunQueue:
    """`entries` wait in their order; `current` is being trained. With a folder, every change is written there at once.

    `problem` is a sentence where what is done to the queue is not kept, or where not all of it could be read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.entries: tuple[Queued, ...] = ()
        self.current: Queued | None = None
        self.problem = ""
        self._file: Path | None = None
        self._lock: RunLock | None = None
        if folder is not None:
            self._open(folder)

    def add(self, configs: Iterable[TrainConfig]) -> None:
        """Appends runs. Raises ConfigError, and adds none, where two runs would have one folder."""
        fresh = [Queued(config) for config in configs]
        everyone = [*self.entries, *([self.current] if self.current else [])]
        taken = {_folder(entry.config) for entry in everyone if entry.config.name}
        for entry in fresh:
            name = entry.config.name
            if name and _folder(entry.config) in taken:
                raise ConfigError({"name": f"name={name}: a run of that name waits already; choose another one"})
            taken.add(_folder(entry.config))
        self.entries += tuple(fresh)
        self._write()

    def remove(self, rows: Collection[int]) -> None:
        """Takes these off; rows that there are not are passed over."""
        self.entries = tuple(entry for row, entry in enumerate(self.entries) if row not in rows)
        self._write()

    def move(self, row: int, to: int) -> None:
        """Puts one of them in another place."""
        moved = list(self.entries)
        moved.insert(to, moved.pop(row))
        self.entries = tuple(moved)
        self._write()

    def retry(self, rows: Collection[int]) -> None:
        """Those that failed wait again."""
        self.entries = tuple(replace(e, reason="") if row in rows else e for row, e in enumerate(self.entries))
        self._write()

    def forget(self, run: str) -> None:
        """Drops what waits to go on in the folder `run`, which somebody else goes on with."""
        self.entries = tuple(entry for entry in self.entries if not run or entry.run != run)
        self._write()

    @property
    def waiting(self) -> int:
        """How many are to be trained, those that failed left out."""
        return sum(not entry.reason for entry in self.entries)

    def take(self) -> Queued | None:
        """The next one that waits, which is `current` from now on; None where there is none."""
        row = next((row for row, entry in enumerate(self.entries) if not entry.reason), None)
        if row is None:
            return None
        self.current = self.entries[row]
        self.entries = self.entries[:row] + self.entries[row + 1 :]
        self._write()
        return self.current

    def began(self, run: Path) -> None:
        """The current one has a folder."""
        if self.current is not None:
            self.current = replace(self.current, run=str(run))
            self._write()

    def ended(self, reason: str = "") -> None:
        """The current one is over; with a reason it has failed, and stands first again."""
        if self.current is not None and reason:
            self.entries = (replace(self.current, reason=reason), *self.entries)
        self.current = None
        self._write()

    def close(self) -> None:
        """Somebody else may have the file from now on; the current one waits in it, first of all."""
        self._file = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    # ---- the file

    def _open(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = RunLock(folder)
            weakref.finalize(self, self._lock.release)  # a window that nobody has closed
        except StudioError:
            self.problem = "Another window keeps the queue: what is queued in this one is lost when it closes"
            return
        except OSError as error:
            self.problem = f"{folder}: cannot be written ({error.strerror}), so the queue is lost when the window closes"
            return
        self._file = folder / NAME
        self._read(self._file)

    def _read(self, file: Path) -> None:
        """Whatever of it can be read; a file that cannot is put aside and not overwritten."""
        if not file.exists():
            return
        try:
            with file.open("rb") as opened:
                raw = opened.read(MOST_BYTES + 1)
            found = json.loads(raw) if len(raw) <= MOST_BYTES else None
            plain = found["runs"] if isinstance(found, dict) else None
        except (OSError, ValueError, KeyError, RecursionError):
            plain = None
        entries = [_revived(one) for one in plain] if isinstance(plain, list) else []
        self.entries = tuple(entry for entry in entries if entry is not None)
        lost = entries.count(None)
        if plain is None or lost or not isinstance(plain, list):
            what = f"{lost} of its runs" if lost else "it"
            aside = _free(file)
            try:
                file.replace(aside)
                self.problem = f"{file}: {what} could not be read; the file is kept as {aside.name}"
            except OSError as error:
                self._file = None
                self.problem = f"{file}: {what} could not be read ({error.strerror}), so the queue is lost when the window closes"
                return
            self._write()

    def _write(self) -> None:
        if self._file is None:
            return
        runs = [*([self.current] if self.current else []), *self.entries]
        plain = {"runs": [{"config": e.config.to_dict(), "run": e.run, "reason": e.reason} for e in runs]}
        part = self._file.with_name(f".{self._file.name}.part")
        try:
            part.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
            part.replace(self._file)  # not flushed to the disk: the window's thread waits for it
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            self.problem = f"{self._file}: cannot be written ({error.strerror}), so the queue may be lost when the window closes"


def _revived(plain: Any) -> Queued | None:
    """What stands in the file, where it makes sense."""
    if not isinstance(plain, dict):
        return None
    run, reason = plain.get("run", ""), plain.get("reason", "")
    try:
        config = TrainConfig.from_dict(plain.get("config", {}))
    except (ConfigError, TypeError, OverflowError):
        return None
    if not isinstance(run, str) or "\0" in run:
        return None
    return Queued(config, run, " ".join(str(reason)[:MOST_TEXT].split()))


def _folder(config: TrainConfig) -> Path:
    return Path(config.log_dir).expanduser() / config.name


def _free(file: Path) -> Path:
    """A name beside `file` that nothing has."""
    number = 1
    while (aside := file.with_name(f"{file.stem}.unreadable-{number}{file.suffix}")).exists():
        number += 1
    return aside
