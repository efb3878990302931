"""Files of a run that grow line by line, and what of them is remembered in case their folder vanishes."""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from svg_studio.engine.errors import StudioError
from svg_studio.engine.utils.files import explain, open_own
from svg_studio.engine.utils.plain_file import open_plain

PIECE = 1 << 20  # bytes read at once
MOST = 256 << 20  # bytes of an earlier file that are remembered; a million steps have 160 MB


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


class Memory:
    """What a growing file holds, packed to about a third: with the folder the file goes, and the run goes on elsewhere."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(1)
        self._packed: list[bytes] = []

    def take(self, path: Path) -> None:
        """All that stands in a file already. Raises OSError."""
        if path.is_file():
            with open_plain(path) as file:
                while (piece := file.read(PIECE)) and file.tell() <= MOST:
                    self._put(piece)

    def add(self, line: str) -> None:
        self._put(line.encode() + b"\n")

    def pieces(self) -> Iterator[bytes]:
        """All of it, in pieces."""
        unpacker = zlib.decompressobj()
        for packed in (*self._packed, self._packer.copy().flush()):
            yield unpacker.decompress(packed)

    def _put(self, text: bytes) -> None:
        if packed := self._packer.compress(text):  # nothing, most of the time
            self._packed.append(packed)
