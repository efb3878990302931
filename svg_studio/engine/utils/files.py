"""Writes files whole or not at all, and explains in one sentence why a file cannot be written."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from svg_studio.engine.errors import DataError, ExportError

RENAMES = 40 if os.name == "nt" else 1


@contextmanager
def replacing(path: Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Gives a temporary name beside `path` to write under; it becomes `path` when the block ends well.

    When the block raises or its generator is closed the temporary file goes and `path` is as it was.
    Raises ExportError, naming the file and the remedy, for a name that is taken and for whatever the disk refuses.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        _refuse(path, overwrite)
        yield part
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        _refuse(path, overwrite)  # again: it may have come while this one was being written
        _rename(part, path)
        _flush_folder(path.parent)
    except OSError as error:
        raise ExportError(explain(error, path)) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


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


def lock(file: IO[Any], sentence: str) -> None:
    """Keeps a second process from writing to the same open file. Raises DataError with `sentence` if another one does.

    Windows lets nobody rename or delete a file that is open, which is enough there.
    """
    if os.name == "nt":
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DataError(sentence) from error


def free_bytes(folder: Path) -> int:
    """Bytes free on the disk that holds `folder`, or would hold it."""
    there = Path(folder).absolute()
    while not there.is_dir() and there != there.parent:
        there = there.parent
    return shutil.disk_usage(there).free


def _refuse(path: Path, overwrite: bool) -> None:
    if path.is_dir():
        raise ExportError(f"{path} is a folder: name a file")
    if path.exists() and not overwrite:
        raise ExportError(f"{path} exists: choose another name or allow it to be replaced")


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
def needing_imageio() -> Iterator[None]:
    """Around the import of Pillow or imageio-ffmpeg, which imageio[ffmpeg] brings: says how to get them."""
    try:
        yield
    except (ImportError, RuntimeError) as error:  # imageio-ffmpeg without its ffmpeg raises RuntimeError
        raise ExportError("pictures and videos need imageio: pip install 'imageio[ffmpeg]'") from error
