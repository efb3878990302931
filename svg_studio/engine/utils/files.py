"""Writes files whole or not at all, never through links, and explains in one sentence why a file cannot be written."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from svg_studio.engine.errors import DataError, ExportError, StudioError
from svg_studio.engine.utils.plain_file import kind_of

WAIT_S = 5.0  # for another process that writes the same file
RENAMES = 40 if os.name == "nt" else 1
SPARE = 64 << 20  # bytes of a disk that are left alone
_BEYOND = 1 << 30  # the byte that stands for a file on Windows, where what is locked cannot be read
_HERE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_REPARSE_LINKS = (0xA0000003, 0xA000000C)  # Windows' junctions and symbolic links
_KEEPS_NAMES = sys.platform == "win32"  # of files that are open


@contextmanager
def replacing(
    path: Path, *, overwrite: bool = True, flush: bool = True, error: type[StudioError] | None = ExportError
) -> Iterator[Path]:
    """Gives a temporary file beside `path` to write to in its place; it becomes `path` when the block ends well.

    When the block raises or its generator is closed the temporary file goes and `path` is as it was. What a process that was
    killed has left of it goes at the start; a living one that writes the same file is waited for. A link in the place of `path`
    is replaced, what it leads to stays as it is.
    Raises `error`, naming the file and the remedy, for a name that is taken and for whatever the disk refuses; without an
    `error` that is OSError. Without `flush` a machine that fails at once may lose what was written.
    """
    part = part_of(path)
    file: IO[bytes] | None = None
    try:
        with explained(path, error) if error else contextlib.nullcontext():
            _refuse(path, overwrite, error)
            file = _begin(part)
            yield part
            if flush:
                os.fsync(file.fileno())
            _refuse(path, overwrite, error)  # again: it may have come while this one was being written
            if not is_at(file, part):  # on a file system without locks, where nobody can be kept out
                raise BlockingIOError(errno.EAGAIN, "another process writes it, too")
            if _KEEPS_NAMES:
                file.close()
            _rename(part, path)
            if flush:
                _flush_folder(path.parent)
    finally:
        if file is not None:
            _take_away(file, part)


def part_of(path: Path) -> Path:
    """Where a file or a folder gathers until it is whole."""
    return path.with_name(f".{path.name}.part")


def _begin(part: Path) -> IO[bytes]:
    """A new file of that name, locked until it is closed. Raises OSError, also where another process writes it for long."""
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            file = open_own(part, "x+b")
        except FileExistsError:
            if clear_part(part):
                continue
        else:
            if take_lock(file) and is_at(file, part):  # not taken for one that was left, before it was locked
                return file
            file.close()
        if time.monotonic() > deadline:
            raise BlockingIOError(errno.EAGAIN, "another process is writing it")
        time.sleep(0.02)


def clear_part(part: Path) -> bool:
    """Deletes what a process that was killed has left under a name of part_of, never what a living one writes.

    Whether that is gone. A link goes and what it leads to stays. Raises OSError where it cannot be deleted.
    """
    try:
        if not stat.S_ISREG(part.lstat().st_mode):
            part.unlink()
            return True
        with os.fdopen(os.open(part, os.O_RDWR | _HERE), "r+b") as file:
            if not take_lock(file):
                return False
            if not _KEEPS_NAMES and is_at(file, part):
                part.unlink()
        if _KEEPS_NAMES:
            part.unlink()
    except FileNotFoundError:
        pass
    return True


def clear_parts(folder: Path, *patterns: str) -> None:
    """Deletes what `replacing` has left of files with such names in `folder` where their process was killed."""
    for pattern in patterns:
        for part in folder.glob(part_of(Path(pattern)).name):
            if part.is_symlink() or not part.is_dir():
                clear_part(part)


def _take_away(file: IO[bytes], part: Path) -> None:
    """Deletes the part, where it still has that name, and gives its lock back."""
    with contextlib.suppress(OSError):
        if not file.closed and is_at(file, part):
            if _KEEPS_NAMES:
                file.close()
            part.unlink()
    file.close()


def is_at(file: IO[bytes], path: Path) -> bool:
    """Whether the open file is the one of that name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.lstat())
    except FileNotFoundError:
        return False


def open_own(path: Path, mode: str, *, buffering: int = -1) -> IO[bytes]:
    """Opens a file for writing in a folder that somebody else may have made, and makes it where there is none.

    `mode`: "ab", "a+b", "r+b", or "x+b" for a new one. Raises StudioError, and changes nothing, where it is a link, another
    file's second name, or no ordinary file, and OSError.
    """
    if mode != "x+b":
        check_own(path)

    def opened(name: str, flags: int) -> int:
        handle = os.open(name, flags | os.O_CREAT | _HERE, 0o666)
        try:
            _refuse_foreign(path, os.fstat(handle))  # again: it may have changed in between
        except BaseException:
            os.close(handle)
            raise
        return handle

    return open(path, mode, buffering=buffering, opener=opened)  # Path's has no opener


def check_own(path: Path) -> None:
    """Raises StudioError as `open_own` does; what is not there is as it should be."""
    with contextlib.suppress(FileNotFoundError):
        _refuse_foreign(path, path.lstat())


def own_folder(path: Path) -> None:
    """Makes a folder in one that somebody else may have made. Raises StudioError where it is a link or a file, and OSError."""
    with contextlib.suppress(FileExistsError):
        path.mkdir()
    check_own_folder(path)


def check_own_folder(path: Path) -> None:
    """Raises StudioError where `path` is a link or a file; what is not there is as it should be."""
    with contextlib.suppress(FileNotFoundError):
        found = path.lstat()
        _refuse_link(path, found, "put the folder itself in its place, or link the one that it lies in")
        if not stat.S_ISDIR(found.st_mode):
            raise StudioError(f"{path}: is a file where a folder is wanted; move it away")


def is_own_folder(path: Path) -> bool:
    """Whether it is a folder itself, not a link to one."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and not _is_link(found)


def _refuse_foreign(path: Path, found: os.stat_result) -> None:
    _refuse_link(path, found, "delete it, or put the file itself in its place")
    if not stat.S_ISREG(found.st_mode):
        raise StudioError(f"{path}: is {kind_of(found.st_mode)}, not a file; move it away")
    if found.st_nlink > 1:
        raise StudioError(f"{path}: is a hard link, whose other name would be written as well; put a copy in its place")


def _refuse_link(path: Path, found: os.stat_result, remedy: str) -> None:
    if _is_link(found):
        raise StudioError(f"{path}: is a link, and nothing is written through those inside such a folder; {remedy}")


def _is_link(found: os.stat_result) -> bool:
    return stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) in _REPARSE_LINKS


def remove_tree(path: Path) -> None:
    """Deletes a folder or a file, where there is one and as far as that is allowed; of a link the link alone."""
    if is_own_folder(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


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
    if os.path.lexists(path) and not overwrite:
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
    if isinstance(error, BlockingIOError):
        return f"{path}: {error.strerror}; wait for that one or choose another name"
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
