"""The queue of runs to be trained one after another, kept in a file from one session to the next."""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.errors import Busy, StudioError
from svg_studio.engine.runs.lock import NAME as LOCK
from svg_studio.engine.runs.lock import RunLock
from svg_studio.engine.runs.naming import stem
from svg_studio.engine.runs.state import one_line
from svg_studio.engine.utils.files import replacing
from svg_studio.engine.utils.json_file import read_json
from svg_studio.engine.utils.workplace import holder

NAME = "queue.json"
MAX_RUNS = 500
MAX_BYTES = 16 << 20
SECOND = (
    "keeps the queue: runs added here are trained by this window and forgotten when it closes. To keep them, add them there, "
    "or close that window, and this one takes its queue over within seconds"
)
LOST = "the queue is lost when the window closes"


@dataclass(frozen=True)
class Queued:
    """One run, with the settings as they were when it was added. Its number is its own for as long as the queue lives."""

    number: int
    config: TrainConfig
    run: str = ""  # its folder, once it has begun
    reason: str = ""  # why it failed; it is passed over until it is to be tried again

    @property
    def title(self) -> str:
        """Its name, or the beginning of the one that it will be given."""
        return self.config.name or stem(self.config)

    @property
    def resumes(self) -> bool:
        """Whether it left a folder that it can go on in. Looks at the disk."""
        try:
            return bool(self.run) and Path(self.run, "config.json").is_file()
        except (OSError, ValueError):
            return False


class RunQueue:
    """`entries` wait in their order; `current` is being trained. With a folder, every change is written there at once.

    `problem` is a sentence where what is done to the queue is not kept, or where not all of it could be read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.entries: tuple[Queued, ...] = ()
        self.current: Queued | None = None
        self.problem = ""
        self._next = 1  # number of the next entry
        self._texts: dict[int, str] = {}  # settings of each entry, as the file has them
        self._file: Path | None = None
        self._lock: RunLock | None = None
        self._elsewhere: Path | None = None  # the folder, while another window keeps the queue in it
        self._seen: tuple[tuple[int, int], int] = ((0, 0), 0)  # the other window's file when it was read last, and its runs
        if folder is not None:
            self._open(folder)

    @property
    def is_kept(self) -> bool:
        """Whether the next window will find it."""
        return self._file is not None

    @property
    def waiting(self) -> int:
        """How many are to be trained, those that failed left out."""
        return sum(not entry.reason for entry in self.entries)

    @property
    def is_elsewhere(self) -> bool:
        """Whether another window keeps the queue; `look` notices when it does no more."""
        return self._elsewhere is not None

    @property
    def others(self) -> int:
        """How many runs the queue of the other window has, that in training among them, as of the last look."""
        return self._seen[1] if self.is_elsewhere else 0

    def look(self) -> bool:
        """Takes the queue over from another window that has closed; else counts its runs. Whether anything is different now."""
        if self._elsewhere is None:
            return False
        before = self.problem, self.others
        self._open(self._elsewhere)
        if self._file is not None and self.problem == before[0]:
            self._write()  # what was added here is kept from now on
        return not self.is_elsewhere or before != (self.problem, self.others)

    def _count_others(self, file: Path) -> None:
        """Reads the other window's file where it has changed since."""
        try:
            found = file.stat()
        except OSError:
            self._seen = ((0, 0), 0)
            return
        stamp = (found.st_mtime_ns, found.st_size)
        if stamp != self._seen[0]:
            self._seen = (stamp, len(_runs_in(file) or []))

    def clash(self, configs: Iterable[TrainConfig], training: TrainConfig | None = None) -> dict[str, str]:
        """Why these cannot be added, setting → sentence: two runs, or one and that which is being trained, with one folder."""
        fresh = list(configs)
        if len(self.entries) + len(fresh) > MAX_RUNS:
            return {"": f"{len(fresh)} more runs: the queue holds at most {MAX_RUNS}"}
        known = [entry.config for entry in (*self.entries, *([self.current] if self.current else []))]
        known += [training] if training is not None else []
        taken = {_folder(config) for config in known if config.name}
        for config in fresh:
            if config.name and _folder(config) in taken:
                return {"name": f"name={config.name}: a run of that name waits or is being trained already; choose another one"}
            taken.add(_folder(config))
        return {}

    def add(self, configs: Iterable[TrainConfig], training: TrainConfig | None = None, run: str = "") -> None:
        """Appends runs, or one that is to go on in the folder `run`. Raises ConfigError, and adds none, where they clash."""
        fresh = list(configs)
        if problems := {} if run else self.clash(fresh, training):
            raise ConfigError(problems)
        self.forget(run)
        self.entries += tuple(self._numbered(config, run) for config in fresh)
        self._write()

    def remove(self, numbers: Collection[int]) -> None:
        """Takes these off."""
        self.entries = tuple(entry for entry in self.entries if entry.number not in numbers)
        self._write()

    def move(self, number: int, places: int) -> None:
        """Moves one of them down, or up by less than nothing, as far as there is room."""
        moved = list(self.entries)
        row = next((row for row, entry in enumerate(moved) if entry.number == number), None)
        if row is not None:
            moved.insert(max(0, row + places), moved.pop(row))
            self.entries = tuple(moved)
            self._write()

    def retry(self, numbers: Collection[int]) -> None:
        """Those that failed wait again."""
        self.entries = tuple(replace(e, reason="") if e.number in numbers else e for e in self.entries)
        self._write()

    def forget(self, run: str) -> None:
        """Drops what waits to go on in the folder `run`, which somebody else goes on with."""
        if run and any(entry.run == run for entry in self.entries):
            self.entries = tuple(entry for entry in self.entries if entry.run != run)
            self._write()

    def take(self) -> Queued | None:
        """The next one that waits, which is `current` from now on; None where there is none."""
        self.current = next((entry for entry in self.entries if not entry.reason), None)
        if self.current is not None:
            self.entries = tuple(entry for entry in self.entries if entry is not self.current)
            self._write()
        return self.current

    def began(self, run: Path) -> None:
        """The current one has a folder."""
        if self.current is not None:
            self.current = replace(self.current, run=str(run))
            self._write()

    def ended(self, reason: str = "") -> None:
        """The current one is over; with a reason it has failed, and stands behind those that failed before it."""
        current, self.current = self.current, None
        if current is not None and reason:
            row = next((row for row, entry in enumerate(self.entries) if not entry.reason), len(self.entries))
            self.entries = (*self.entries[:row], replace(current, reason=reason), *self.entries[row:])
        self._write()

    def put_back(self) -> None:
        """The current one was not trained: it is the next one again."""
        if self.current is not None:
            self.entries, self.current = (self.current, *self.entries), None
            self._write()

    def close(self) -> None:
        """Somebody else may have the file from now on; the current one waits in it, first of all."""
        self._file = self._elsewhere = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _numbered(self, config: TrainConfig, run: str = "", reason: str = "") -> Queued:
        entry = Queued(self._next, config, run, reason)
        self._next += 1
        return entry

    # ---- the file

    def _open(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = RunLock(folder, tries=1)
            weakref.finalize(self, self._lock.release)  # a window that nobody has closed
        except Busy:
            self._elsewhere = folder
            host, pid, _ = holder(folder / LOCK)
            who = f" (process {pid} on {host})" if pid else ""
            self.problem = f"Another window{who} {SECOND}"
            self._count_others(folder / NAME)
            return
        except StudioError as error:
            self.problem = f"{error}; until then {LOST}"
            return
        except OSError as error:
            self.problem = f"{folder}: cannot be written ({error.strerror}), so {LOST}"
            return
        self._elsewhere = None
        self._file = folder / NAME
        plain = _runs_in(self._file)
        entries = [_revived(one, self._numbered) for one in plain or []]
        self.entries = (*(entry for entry in entries if entry is not None), *self.entries)
        if plain is None or None in entries:
            self._put_aside("the file" if plain is None else f"{entries.count(None)} of its runs")

    def _put_aside(self, what: str) -> None:
        """Whatever cannot be read is kept beside the new file, and said."""
        assert self._file is not None
        aside = _free(self._file)
        try:
            self._file.replace(aside)
        except OSError as error:
            self.problem = f"{self._file}: {what} could not be read or renamed ({error.strerror}), so {LOST}"
            self._file = None
            return
        self._write()
        self.problem = f"{self._file}: {what} could not be read; it is kept as {aside.name}"

    def _write(self) -> None:
        if self._elsewhere is not None:
            self._open(self._elsewhere)  # the other window may have been closed; what it has left comes first
        if self._file is None:
            return
        runs = [*([self.current] if self.current else []), *self.entries]
        self._texts = {e.number: self._texts.get(e.number) or json.dumps(e.config.to_dict()) for e in runs}
        heads = (json.dumps({"run": e.run, "reason": e.reason})[:-1] for e in runs)
        lines = [f'{head}, "config": {self._texts[e.number]}}}' for head, e in zip(heads, runs, strict=True)]
        try:
            with replacing(self._file, flush=False, error=None) as part:  # the window's thread waits for it
                part.write_text('{"runs": [\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
            self.problem = ""
        except OSError as error:
            self.problem = f"{self._file}: cannot be written ({error.strerror}), so the queue may be lost when the window closes"


def _runs_in(file: Path) -> list[Any] | None:
    """What stands in the file; None where it cannot be read, nothing where there is none."""
    try:
        runs = read_json(file, MAX_BYTES)["runs"]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return runs if isinstance(runs, list) and len(runs) <= 2 * MAX_RUNS else None


def _revived(plain: Any, numbered: Callable[[TrainConfig, str, str], Queued]) -> Queued | None:
    """What stands in the file, where it makes sense."""
    if not isinstance(plain, dict) or not isinstance(plain.get("config"), dict):
        return None
    run, reason = plain.get("run", ""), plain.get("reason", "")
    if not isinstance(run, str) or not isinstance(reason, str) or "\0" in run:
        return None
    try:
        config = TrainConfig.from_dict(plain["config"])
    except (ConfigError, TypeError, OverflowError):
        return None
    return numbered(config, run, one_line(reason))


def _folder(config: TrainConfig) -> Path:
    return Path(config.log_dir).expanduser() / config.name


def _free(file: Path) -> Path:
    """A name beside `file` that nothing has."""
    number = 1
    while (aside := file.with_name(f"{file.stem}.unreadable-{number}{file.suffix}")).exists():
        number += 1
    return aside
