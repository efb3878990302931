"""Opens ordinary files only: a named pipe, a device or a socket in a file's place would make the reader wait for ever."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def open_plain(path: Path) -> BufferedReader:
    """The file, open for reading. Raises OSError, also for what is no ordinary file, which is never waited for."""
    _check(path, path.stat().st_mode)  # before it is opened, and again below: it may have changed in between
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    try:
        _check(path, os.fstat(handle).st_mode)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def check_plain(path: Path) -> None:
    """For libraries that open files themselves. Raises OSError as `open_plain` does."""
    open_plain(path).close()


def read_plain(path: Path, most: int) -> bytes:
    """What the file holds. Raises OSError, and ValueError for more than `most` bytes."""
    with open_plain(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"is more than {most:,} bytes long, which no such file is")
    return data


def kind_of(mode: int) -> str:
    """What it is that is no ordinary file, by its mode."""
    return _KINDS.get(stat.S_IFMT(mode), "something else")


def _check(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, f"is {kind_of(mode)}, not a file", str(path))
