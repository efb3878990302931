"""The frame store: uint8 frames of many sequences in one memory-mapped file per split, with a manifest.

A store is a folder: `train.npy` and `test.npy`, and `val.npy` where the set has one, hold the frames (N, H, W, C) of all
sequences one after another, `<split>.<extra>.npy` numbers beside each frame (N, k) such as a robot's actions, and
`manifest.json` says what they are.
"""

from __future__ import annotations

import os
import re
import warnings
import zlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from svg_studio.engine.config import SPLITS
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Events, Progressed, Remedy, StoreVerified
from svg_studio.engine.utils.files import take_lock
from svg_studio.engine.utils.json_file import read_json
from svg_studio.engine.utils.plain_file import open_plain

FORMAT = 1  # of the manifest and the files it names
MANIFEST, REPORT = "manifest.json", "report.txt"
_EXTRA = re.compile(r"[a-z][a-z_]{0,40}")  # names of numbers beside the frames, which become file names
_CHECKED_AT_ONCE = 1 << 24  # bytes
_MAX_MANIFEST = 1 << 26  # bytes; tens of thousands of sequences take some millions
_MAX_HEADER = 10_000  # bytes of a .npy file's header, which is Python that has to be parsed; ours has 118
_BEGINNING = 1 << 16  # bytes of a .npy file in which a header of that length ends, whatever it claims
_NO_HEADER = (ValueError, TypeError, SyntaxError, TokenError, MemoryError, RecursionError, OverflowError)

AGAIN = Remedy(other=("replace",))  # a conversion that takes the store's place


class Sequence(NamedTuple):
    """Frames first … first + length - 1 of a split; crc32 (zlib's) covers their bytes."""

    name: str
    first: int
    length: int
    crc32: int


@dataclass(frozen=True)
class Store:
    """What a manifest says. The frames are opened by `frames`, not by opening the store."""

    path: Path
    dataset: str
    image_width: int
    channels: int
    sequences: dict[str, tuple[Sequence, ...]] = field(
        repr=False
    )  # split → sequences in the order of their frames; val is not in every store
    extras: dict[str, int]  # name → numbers a frame
    extras_crc32: dict[str, int] = field(repr=False)  # "<split>.<name>" → of all its bytes
    settings: dict[str, Any]  # of the conversion
    sources: tuple[str, ...] = field(repr=False)  # files that were read
    skipped: tuple[tuple[str, str], ...] = field(repr=False)  # what was left out, and why
    notes: tuple[tuple[str, str], ...] = field(repr=False)  # what else was to be known of a file

    def count(self, split: str) -> int:
        """Frames of `split`."""
        return sum(sequence.length for sequence in self.sequences[split])

    def frames(self, split: str) -> npt.NDArray[np.uint8]:
        """(N, H, W, C), read-only and read from disk when looked at. Raises DataError when the file is not what it should be."""
        width = self.image_width
        return self._open(f"{split}.npy", np.dtype(np.uint8), (self.count(split), width, width, self.channels))

    def extra(self, split: str, name: str) -> npt.NDArray[np.float32]:
        """(N, k) numbers beside the frames. Raises DataError."""
        return self._open(f"{split}.{name}.npy", np.dtype(np.float32), (self.count(split), self.extras[name]))

    def _open(self, name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
        path = self.path / name
        try:
            with open_plain(path) as file:
                start, found, by_columns, held = _header(file.read(_BEGINNING))
                if (held, found, by_columns) != (dtype, shape, False):
                    raise ValueError(f"holds {held} {found}, not {dtype} {shape}"[:200])
                size, there = start + dtype.itemsize * prod(shape), os.fstat(file.fileno()).st_size
                if there != size:
                    raise ValueError(f"is {there:,} bytes long, where its header tells of {size:,}")
                return np.memmap(file, dtype, "r", start, shape) if shape[0] else np.empty(shape, dtype)
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: {_reason(error)}", AGAIN) from error


def _header(beginning: bytes) -> tuple[int, tuple[int, ...], bool, np.dtype[Any]]:
    """Where the numbers of a .npy file begin, their shape, whether they lie column by column, and their kind. Raises ValueError."""
    file = BytesIO(beginning)
    try:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"version {version}")
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        with warnings.catch_warnings(action="ignore"):  # of a header by Python 2
            shape, by_columns, dtype = read(file, max_header_size=_MAX_HEADER)
    except _NO_HEADER as error:
        raise ValueError("does not begin as an array of NumPy does, or is damaged there") from error
    return file.tell(), shape, by_columns, dtype


def open_store(path: Path) -> Store:
    """The store in folder `path`. Raises DataError where there is none, or one whose manifest cannot be relied on."""
    try:
        stat = (path / MANIFEST).stat()
        return _read(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"no clips in {path}; convert the data set first") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path / MANIFEST}: {_reason(error)}", AGAIN) from error


@lru_cache(maxsize=8)  # a manifest of tens of thousands of sequences takes a while, and every wall of futures asks for it
def _read(path: Path, *_: int) -> Store:
    data = read_json(path / MANIFEST, _MAX_MANIFEST)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"is of another format than {FORMAT}")
    try:
        return _from_plain(path, data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"is damaged ({_short(str(error))})") from error


class Hold:
    """Keeps the store in folder `path` from being removed as long as this is there, as far as its file system has locks."""

    def __init__(self, path: Path) -> None:
        self._file = open_plain(path / MANIFEST)
        take_lock(self._file, shared=True)

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()


def is_held(path: Path) -> bool:
    """Whether somebody, in this process or another, holds the store."""
    try:
        with open_plain(path / MANIFEST) as file:
            return not take_lock(file)
    except OSError:
        return False


def to_plain(store: Store) -> dict[str, Any]:
    """What manifest.json holds; there a tuple is a list."""
    names = ("dataset", "image_width", "channels", "settings", "extras", "extras_crc32", "sources", "skipped", "notes", "sequences")
    return {"format": FORMAT, **{name: getattr(store, name) for name in names}}


def verify(path: str | Path) -> Events:
    """Reads a store through: counts, sizes and checksums against its manifest. Yields Progressed in bytes and StoreVerified.

    Raises DataError where there is no store.
    """
    store = open_store(Path(path).expanduser())
    problems: list[str] = []
    frames_of_all = sum(map(store.count, store.sequences))
    done, total = 0, frames_of_all * store.image_width**2 * store.channels
    for split in store.sequences:
        try:
            frames = store.frames(split)
        except DataError as error:
            problems.append(str(error))
            continue
        for sequence in store.sequences[split]:
            crc, end = 0, sequence.first + sequence.length
            step = max(1, _CHECKED_AT_ONCE // frames[:1].nbytes)
            for start in range(sequence.first, end, step):
                part = frames[start : min(start + step, end)]
                crc = zlib.crc32(part.data, crc)
                done += part.nbytes
                yield Progressed(done, total, "bytes", f"Checking {split}")
            if crc != sequence.crc32:
                problems.append(f"{store.path / split}.npy: the frames of {sequence.name} have changed since they were converted")
        problems += _verify_extras(store, split)
    yield StoreVerified(store.path, sum(map(len, store.sequences.values())), frames_of_all, tuple(problems))


def _verify_extras(store: Store, split: str) -> Generator[str]:
    for name in store.extras:
        try:
            if zlib.crc32(np.ascontiguousarray(store.extra(split, name)).data) != store.extras_crc32[f"{split}.{name}"]:
                yield f"{store.path / split}.{name}.npy: has changed since it was converted"
        except DataError as error:
            yield str(error)


def _from_plain(path: Path, data: Mapping[str, Any]) -> Store:
    """Raises KeyError, TypeError, ValueError or AttributeError for what no writer of ours has written."""
    extras = {str(name): whole(k, 1, 10_000) for name, k in data["extras"].items()}
    if bad := [name for name in extras if not _EXTRA.fullmatch(name)]:
        raise ValueError(f"extras {bad[0]!r}")
    splits = [split for split in SPLITS if split != "val" or split in data["sequences"]]
    sequences = {split: tuple(sequence_of(row) for row in data["sequences"][split]) for split in splits}
    for split in splits:
        expected = 0
        for sequence in sequences[split]:
            if sequence.first != expected:
                raise ValueError(f"{split} sequence {sequence.name} does not follow the one before")
            expected += sequence.length
    return Store(
        path=path,
        dataset=str(data["dataset"]),
        image_width=whole(data["image_width"], 1, 4096),
        channels=whole(data["channels"], 1, 4),
        sequences=sequences,
        extras=extras,
        extras_crc32={f"{split}.{name}": whole(data["extras_crc32"][f"{split}.{name}"]) for split in splits for name in extras},
        settings=dict(data["settings"]),
        sources=tuple(map(str, data["sources"])),
        skipped=tuple((str(source), str(reason)) for source, reason in data["skipped"]),
        notes=tuple((str(source), str(note)) for source, note in data.get("notes", ())),  # version 0.1.0 wrote none
    )


def sequence_of(row: Any) -> Sequence:
    """What a manifest or a journal says of one sequence. Raises TypeError and ValueError for what no writer of ours has written."""
    name, first, length, crc32 = row
    return Sequence(str(name), whole(first), whole(length, 1), whole(crc32))


def whole(value: Any, least: int = 0, most: int = 1 << 62) -> int:
    """A number that was read. Raises ValueError for one that cannot be."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"{_short(value)} is no whole number in {least} … {most}")
    return value


def _reason(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return "is missing"
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).splitlines()[0]


def _short(value: Any) -> str:
    """As much of a value as a sentence takes."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
