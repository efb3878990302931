"""The lock that lets only one process write a run folder, and says which one holds it."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import IO

from svg_studio.engine.errors import StudioError
from svg_studio.engine.utils.files import take_lock
from svg_studio.engine.utils.json_file import is_count, read_json

NAME = "run.lock"
TRIES = 5  # somebody who looks whether it is held holds it for an instant


class RunLock:
    """Held from construction to `release`. Raises StudioError, naming host and process, where another one holds it."""

    def __init__(self, folder: Path, *, tries: int = TRIES) -> None:
        path = folder / NAME
        self._file: IO[bytes] | None = path.open("r+b" if path.exists() else "w+b")
        for attempt in range(tries):
            if take_lock(self._file):
                break
            if attempt < tries - 1:
                time.sleep(0.02)
        else:
            self.release()
            host, pid = holder(folder)
            who = f"process {pid} on {host}" if pid else "another process"
            raise StudioError(f"{folder}: {who} is training this run; stop it there first, or watch it on the Runs page")
        with contextlib.suppress(OSError):  # a full disk: the lock holds without saying whose it is
            self._file.truncate(0)
            self._file.write(json.dumps({"host": platform.node(), "pid": os.getpid()}).encode())
            self._file.flush()

    def release(self) -> None:
        """The file stays: who removes it might remove the next one's."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None


def is_held(folder: Path) -> bool:
    """Whether a process that shares this file system's locks writes the run; False where that cannot be told."""
    path = folder / NAME
    try:
        if not path.is_file():
            return False
        with path.open("r+b" if sys.platform == "win32" else "rb") as file:
            return not take_lock(file, shared=True)
    except OSError:
        return False


def holder(folder: Path) -> tuple[str, int]:
    """(host, process) as whoever took the lock last has written; ("", 0) where that cannot be read."""
    try:
        found = read_json(folder / NAME, 1000)
        host, pid = found["host"], found["pid"]
    except (OSError, ValueError, KeyError, TypeError):
        return "", 0
    return (host[:100], pid) if isinstance(host, str) and is_count(pid) else ("", 0)
