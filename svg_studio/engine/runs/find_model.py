"""Finds a checkpoint by its SHA-256 among the files that a person has: a name says little of what is in a file."""

from __future__ import annotations

import hashlib
import os
import re
from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from svg_studio.engine.errors import CheckpointError
from svg_studio.engine.events import Event, Events, ModelSought, Progressed
from svg_studio.engine.utils.plain_file import open_plain

SUFFIXES = (".pt", ".pth")
MOST_FILES = 2000  # that are looked at
MOST_RUNS = 2000  # of a log folder
MOST_BYTES = 64 << 30  # that are read for one search
PIECE = 8 << 20  # bytes between two moments at which a search can be stopped
KEPT = 4000  # digests
_STEP = re.compile(r"step_\d+")
_known: OrderedDict[tuple[str, int, int], str] = OrderedDict()  # by path, time and size of the file


def find_model(sha256: str, name: str = "", files: Sequence[str] = (), folders: Sequence[str] = ()) -> Events:
    """ModelSought with the first checkpoint of those bytes, or without any.

    Looked at are `files` and all checkpoints of the runs in `folders`, those called `name` first.
    """
    found = list(islice(dict.fromkeys([*map(_whole, files), *_of_runs(folders)]), MOST_FILES))
    found.sort(key=lambda path: path.name != name)  # the order stays as it was otherwise
    left = MOST_BYTES
    for number, path in enumerate(found):
        yield Progressed(number, len(found), "checkpoints", "Looking for the model")
        try:
            size = path.stat().st_size
            if size > left:
                continue
            left -= size
            digest = yield from _digest(path)
        except OSError:  # recent models may be gone, and disks too
            continue
        if digest == sha256:
            yield ModelSought(sha256, path, digest)
            return
    yield ModelSought(sha256, None, "")


def identify(path: str | Path, sha256: str) -> Events:
    """ModelSought with the checkpoint at `path`, whatever its bytes are. Raises CheckpointError where it cannot be read."""
    file = _newest(Path(path).expanduser())
    try:
        digest = yield from _digest(file)
    except OSError as error:
        raise CheckpointError(f"{file}: {error.strerror or error}; choose another file") from error
    yield ModelSought(sha256, file, digest)


def _digest(path: Path) -> Generator[Event, None, str]:
    """SHA-256 of a file, from memory where the file is as it was. Raises OSError."""
    stat = path.stat()
    key = (str(path.absolute()), stat.st_mtime_ns, stat.st_size)
    if key not in _known:
        digest = hashlib.sha256()
        with open_plain(path) as file:
            done = 0
            while done <= stat.st_size and (piece := file.read(PIECE)):
                digest.update(piece)
                done += len(piece)
                yield Progressed(done, stat.st_size, "bytes", f"Reading {path.name}")
        _known[key] = digest.hexdigest()
    _known.move_to_end(key)
    while len(_known) > KEPT:
        _known.popitem(last=False)
    return _known[key]


def _whole(path: str) -> Path:
    """Absolute, so that one file is looked at once."""
    return Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100  follows no links, which a path may name


def _newest(path: Path) -> Path:
    """A file, or the newest checkpoint of a run folder."""
    return next(iter(_checkpoints(path)), path) if path.is_dir() else path


def _of_runs(folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        try:
            with os.scandir(_whole(folder)) as entries:
                runs = sorted(entry.path for entry in islice(entries, MOST_RUNS) if entry.is_dir())
        except OSError:
            continue
        for run in runs:
            yield from _checkpoints(Path(run))


def _checkpoints(run: Path) -> list[Path]:
    """Those of a run, the ones that people use before the many of single steps."""
    try:
        with os.scandir(run / "checkpoints") as entries:
            found = [Path(e.path) for e in islice(entries, MOST_FILES) if e.name.endswith(SUFFIXES) and not e.name.startswith(".")]
    except OSError:
        return []
    return sorted(found, key=lambda path: (bool(_STEP.fullmatch(path.stem)), path.name != "last.pt", path.name))
