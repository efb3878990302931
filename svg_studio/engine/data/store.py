"""The frame store: uint8 frames of many sequences in one memory-mapped file a split, with a manifest; knows no data set.

A store is a folder: `train.npy` and `test.npy` hold the frames (N, H, W, C) of all sequences one after another,
`<split>.<extra>.npy` numbers beside each frame (N, k) such as a robot's actions, and `manifest.json` says what they are.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Events, Progressed, StoreVerified

FORMAT = 1  # of the manifest and the files it names
MANIFEST, REPORT = "manifest.json", "report.txt"
SPLITS = ("train", "test")
_EXTRA = re.compile(r"[a-z][a-z_]{0,40}")  # names of numbers beside the frames, which become file names
_CHECKED_AT_ONCE = 1 << 24  # bytes


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
    sequences: dict[str, tuple[Sequence, ...]] = field(repr=False)  # split → sequences in the order of their frames
    extras: dict[str, int]  # name → numbers a frame
    extras_crc32: dict[str, int] = field(repr=False)  # "<split>.<name>" → of all its bytes
    settings: dict[str, Any]  # of the conversion
    sources: tuple[str, ...] = field(repr=False)  # files that were read
    skipped: tuple[tuple[str, str], ...] = field(repr=False)  # what was left out, and why

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
            array: npt.NDArray[Any] = np.load(path, mmap_mode="r" if shape[0] else None, allow_pickle=False)
        except (OSError, ValueError, EOFError, SyntaxError) as error:
            raise DataError(f"{path}: {_reason(error)}; run Convert again with replace") from error
        if not isinstance(array, np.ndarray):
            array.close()
            raise DataError(f"{path}: is an archive, not one array; run Convert again with replace")
        if array.dtype != dtype or array.shape != shape or not array.flags.c_contiguous:
            raise DataError(f"{path}: holds {array.dtype} {array.shape}, not {dtype} {shape}; run Convert again with replace")
        if isinstance(array, np.memmap) and path.stat().st_size != array.offset + array.nbytes:
            raise DataError(f"{path}: has more bytes than its frames take; run Convert again with replace")
        return array


def open_store(path: Path) -> Store:
    """The store in folder `path`. Raises DataError where there is none, or one whose manifest cannot be relied on."""
    file = path / MANIFEST
    try:
        stat = file.stat()
    except OSError:
        return _read(path)
    return _read_once(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)


@lru_cache(maxsize=8)
def _read_once(path: Path, *_: int) -> Store:
    """A manifest of tens of thousands of sequences takes a while, and every wall of futures asks for it."""
    return _read(path)


def _read(path: Path) -> Store:
    file = path / MANIFEST
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"no clips in {path}; run Convert") from error
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{file}: {_reason(error)}; run Convert again with replace") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise DataError(f"{file}: is of another format than {FORMAT}; run Convert again with replace")
    try:
        store = _from_plain(path, data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{file}: is damaged ({error}); run Convert again with replace") from error
    return store


def to_plain(store: Store) -> dict[str, Any]:
    """What manifest.json holds."""
    return {
        "format": FORMAT,
        "dataset": store.dataset,
        "image_width": store.image_width,
        "channels": store.channels,
        "settings": store.settings,
        "extras": store.extras,
        "extras_crc32": store.extras_crc32,
        "sources": list(store.sources),
        "skipped": [list(pair) for pair in store.skipped],
        "sequences": {split: [list(sequence) for sequence in store.sequences[split]] for split in SPLITS},
    }


def verify(path: str | Path) -> Events:
    """Reads a store through: counts, sizes and checksums against its manifest. Yields Progressed in bytes and StoreVerified.

    Raises DataError where there is no store.
    """
    store = open_store(Path(path).expanduser())
    problems: list[str] = []
    total = sum(store.count(split) for split in SPLITS) * store.image_width**2 * store.channels
    done = 0
    for split in SPLITS:
        try:
            frames = store.frames(split)
        except DataError as error:
            problems.append(str(error))
            continue
        for sequence in store.sequences[split]:
            crc = 0
            step = max(1, _CHECKED_AT_ONCE // frames[:1].nbytes)
            for start in range(sequence.first, sequence.first + sequence.length, step):
                part = frames[start : min(start + step, sequence.first + sequence.length)]
                crc = zlib.crc32(part.data, crc)
                done += part.nbytes
                yield Progressed(done, total, "bytes", f"Checking {split}")
            if crc != sequence.crc32:
                problems.append(f"{store.path / split}.npy: the frames of {sequence.name} have changed since they were converted")
        problems += _verify_extras(store, split)
    sequences = sum(len(store.sequences[split]) for split in SPLITS)
    yield StoreVerified(store.path, sequences, sum(store.count(split) for split in SPLITS), tuple(problems))


def _verify_extras(store: Store, split: str) -> Generator[str]:
    for name in store.extras:
        try:
            if zlib.crc32(np.ascontiguousarray(store.extra(split, name)).data) != store.extras_crc32[f"{split}.{name}"]:
                yield f"{store.path / split}.{name}.npy: has changed since it was converted"
        except DataError as error:
            yield str(error)


def _from_plain(path: Path, data: Mapping[str, Any]) -> Store:
    """Raises KeyError, TypeError, ValueError or AttributeError for what no writer of ours has written."""
    extras = {str(name): _whole(k, 1, 10_000) for name, k in data["extras"].items()}
    if bad := [name for name in extras if not _EXTRA.fullmatch(name)]:
        raise ValueError(f"extras {bad[0]!r}")
    sequences = {split: tuple(_sequence(row) for row in data["sequences"][split]) for split in SPLITS}
    for split in SPLITS:
        expected = 0
        for sequence in sequences[split]:
            if sequence.first != expected:
                raise ValueError(f"{split} sequence {sequence.name} does not follow the one before")
            expected += sequence.length
    return Store(
        path=path,
        dataset=str(data["dataset"]),
        image_width=_whole(data["image_width"], 1, 4096),
        channels=_whole(data["channels"], 1, 4),
        sequences=sequences,
        extras=extras,
        extras_crc32={f"{split}.{name}": _whole(data["extras_crc32"][f"{split}.{name}"]) for split in SPLITS for name in extras},
        settings=dict(data["settings"]),
        sources=tuple(map(str, data["sources"])),
        skipped=tuple((str(source), str(reason)) for source, reason in data["skipped"]),
    )


def _sequence(row: Any) -> Sequence:
    name, first, length, crc32 = row
    return Sequence(str(name), _whole(first), _whole(length, 1), _whole(crc32))


def _whole(value: Any, least: int = 0, most: int = 1 << 62) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"{value!r} is no whole number in {least} … {most}")
    return value


def _reason(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return "is missing"
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).splitlines()[0]
