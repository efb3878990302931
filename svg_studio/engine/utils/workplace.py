"""The lock that lets only one process at a time do a thing in a folder, and says which one that is, and since when."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO

from svg_studio.engine.errors import Busy
from svg_studio.engine.utils.files import is_at, open_own, take_lock
from svg_studio.engine.utils.json_file import read_json
from svg_studio.engine.utils.plain_file import read_plain

MOST = 1000  # bytes of what a lock's file says
TRIES = 5  # somebody who looks whether it is held holds it for an instant


class Workplace:
    """Held from construction to `release`, or as a context. What a killed process leaves of it holds nobody up.

    `place` is what is worked at, `doing` how that is called ("training this run"), `remedy` what a second one is to do.
    Raises Busy, one sentence of these and of whoever holds it, StudioError where the lock's file is a link, and OSError.
    """

    def __init__(self, path: Path, place: Path, doing: str, remedy: str, *, tries: int = TRIES, stays: bool = False) -> None:
        self._path, self._stays = path, stays
        self._file: IO[bytes] | None = None
        self._about = b""  # what the file says of this process, as far as that could be written
        for attempt in range(tries):
            self._file = open_own(path, "r+b")
            if take_lock(self._file) and is_at(self._file, path):  # its last holder may have deleted it in between
                break
            self._file.close()
            if attempt < tries - 1:
                time.sleep(0.02)
        else:
            raise Busy(f"{place}: {_who(path, doing)}; {remedy}")
        with contextlib.suppress(OSError):  # a full disk: the lock holds without saying whose it is
            self._file.truncate(0)
            about = {"host": platform.node(), "pid": os.getpid(), "since": time.time(), "doing": doing}
            self._file.write(said := json.dumps(about).encode())
            self._file.flush()
            self._about = said

    def release(self) -> None:
        """Somebody else may have it from now on. The file goes, unless it `stays` for those who look whether it is held."""
        file, self._file = self._file, None
        if file is None:
            return
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                file.close()  # nobody deletes an open file there
            if not self._stays:
                self._path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            file.close()

    def stands(self, path: Path | None = None) -> bool:
        """Whether the lock's file lies where it was made, or at `path`: False once its folder was moved, deleted or unmounted.

        Some network drives number a file anew whenever they look at it; what it says tells it then.
        """
        file, path = self._file, path or self._path
        if file is None:
            return False
        try:
            return is_at(file, path) or (bool(self._about) and read_plain(path, MOST) == self._about)
        except (OSError, ValueError):
            return False

    def __enter__(self) -> Workplace:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Whether a process that shares this file system's locks holds the lock of that name; False where that cannot be told."""
    try:
        if not path.is_file():
            return False
        with path.open("r+b" if sys.platform == "win32" else "rb") as file:
            return not take_lock(file, shared=True)
    except OSError:
        return False


def holder(path: Path) -> tuple[str, int, float]:
    """(host, process, Unix time) as whoever took the lock last has written; ("", 0, 0) where that cannot be read."""
    try:
        found = read_json(path, MOST)
        host = "".join(c for c in str(found["host"])[:100] if c.isprintable())
        return host, int(found["pid"]), float(found.get("since", 0))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return "", 0, 0.0


def _who(path: Path, doing: str) -> str:
    """Such as "process 12 on server has been training this run since 2026-11-25 11:03:12"."""
    host, pid, since = holder(path)
    who = f"process {pid} on {host}" if pid else "another process"
    with contextlib.suppress(ValueError, OverflowError, OSError):  # a time that no calendar has
        if since > 0:
            return f"{who} has been {doing} since {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(since))}"
    return f"{who} is {doing}"
