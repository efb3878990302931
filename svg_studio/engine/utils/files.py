"""Writes files whole or not at all, and explains in one sentence why a file cannot be written."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from svg_studio.engine.errors import DataError, ExportError, StudioError

RENAMES = 40 if os.name == "nt" else 1
SPARE = 64 << 20  # bytes of a disk that are left alone
_BEYOND = 1 << 30  # the byte that stands for a file on Windows, where what is locked cannot be read


@contextmanager
def replacing(
    path: Path, *, overwrite: bool = True, flush: bool = True, error: type[StudioError] | None = ExportError
) -> Iterator[Path]:
    """Gives a temporary name beside `path` to write under; it becomes `path` when the block ends well.

    When the block raises or its generator is closed the temporary file goes and `path` is as it was.
    Raises `error`, naming the file and the remedy, for a name that is taken and for whatever the disk refuses; without an
    `error` that is OSError. Without `flush` a machine that fails at once may lose what was written.
    """
    part = part_of(path)
    try:
        with explained(path, error) if error else contextlib.nullcontext():
            _refuse(path, overwrite, error)
            yield part
            if flush:
                with part.open("r+b") as file:
                    os.fsync(file.fileno())
            _refuse(path, overwrite, error)  # again: it may have come while this one was being written
            _rename(part, path)
            if flush:
                _flush_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """Where a file or a folder gathers until it is whole."""
    return path.with_name(f".{path.name}.part")


def _rename(part: Path, path: Path) -> None:
    """Windows refuses it while somebody reads `path`, who is given time to finish."""
    for left in reversed(range(RENAMES)):
        try:
            part.replace(path)
            return
        except PermissionError:
            if not left:
                raise
            time.sleep(0.05)


def _flush_folder(folder: Path) -> None:
    """Has the new name on disk, too, where the platform lets a folder be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def take_lock(file: IO[Any], *, shared: bool = False) -> bool:
    """Whether the lock on an open file was to be had; closing the file gives it back."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(_BEYOND)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(0)
        return True
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: nobody can be kept out of it
        return True
    return True


def lock(file: IO[Any], sentence: str, error: type[StudioError] = DataError) -> None:
    """Keeps a second process from writing to the same open file. Raises `error` with `sentence` if another one does.

    Windows lets nobody rename or delete a file that is open, which is enough there.
    """
    if sys.platform != "win32" and not take_lock(file):
        raise error(sentence)


def free_bytes(folder: Path) -> int:
    """Bytes free on the disk that holds `folder`, or would hold it."""
    there = Path(folder).absolute()
    while not there.is_dir() and there != there.parent:
        there = there.parent
    return shutil.disk_usage(there).free


def check_room(
    what: object, need: int, folder: Path, remedy: str, error: type[StudioError] = DataError, spare: int = SPARE
) -> None:
    """Raises `error` unless the disk that holds `folder`, or would hold it, takes `need` bytes more and keeps `spare` free."""
    need, free = need + spare, free_bytes(folder)
    if need > free:
        raise error(f"{what}: needs {need / 1e6:,.0f} MB, the disk has {free / 1e6:,.0f} MB free; {remedy}")


def _refuse(path: Path, overwrite: bool, error: type[StudioError] | None) -> None:
    if path.is_dir() and error:
        raise error(f"{path} is a folder: name a file")
    if path.exists() and not overwrite:
        raise (error or FileExistsError)(f"{path} exists: choose another name or allow it to be replaced")


@contextmanager
def explained(path: Path, error: type[StudioError] = DataError) -> Iterator[None]:
    """Turns what the disk refuses while `path` is being written into a sentence. Raises `error`."""
    try:
        yield
    except OSError as problem:
        raise error(explain(problem, path)) from problem


def explain(error: OSError, path: Path) -> str:
    """One sentence on why `path` could not be written, with the remedy."""
    folder = path.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC):
        return f"{path}: the disk is full; free some space or choose another folder"
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return f"{path}: cannot be written here; choose another folder"
    if isinstance(error, NotADirectoryError | FileExistsError):
        return f"{error.filename or folder}: is a file where a folder is wanted; choose another folder"
    if not folder.is_dir():
        return f"{folder}: no such folder; make it or choose another"
    return f"{path}: could not be written ({error.strerror or error}); choose another name or folder"


@contextmanager
def needing_encoders() -> Iterator[None]:
    """Around the import of Pillow or PyAV: says how to get them."""
    try:
        yield
    except ImportError as error:
        raise ExportError("pictures and videos need Pillow and PyAV: pip install pillow av") from error
