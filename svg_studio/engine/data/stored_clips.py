"""Reads clips from a frame store, and tells the window which stores lie on disk."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from svg_studio.engine.config import SPLITS, WIDTHS, DataConfig
from svg_studio.engine.data import store as stores
from svg_studio.engine.data.registry import DATASETS, Clips
from svg_studio.engine.data.store import Store
from svg_studio.engine.data.store_writer import unfinished
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import DatasetInspected, Events, Remedy, StoreFound
from svg_studio.engine.utils import counter_rng
from svg_studio.engine.utils.files import free_bytes, part_of
from svg_studio.engine.utils.wording import count_of

_is_dir = os.path.isdir  # unlike Path.is_dir False, too, for what nobody may look at
_MORE = {
    "train": "convert with files to train on",
    "test": "convert with test_percent above 0, or with a folder test",
    "val": "choose train or test, or convert with a folder val",
}
_SALT = 0x53544F5245  # "STORE": another data set with the same seed draws other numbers


@dataclass(frozen=True)
class StoredClips:
    """Windows of `n_frames` frames (see registry.Clips): index i is sequence i mod count, as long as it is long enough.

    Where `windows`, a window begins anywhere in its sequence, by a draw keyed by (seed, split, index); else at its start.
    """

    store: Store = field(repr=False)
    split: str
    n_frames: int
    seed: int
    windows: bool
    usable: npt.NDArray[np.int64] = field(repr=False)
    _frames: npt.NDArray[np.uint8] = field(repr=False)  # (N, H, W, C)
    _first: npt.NDArray[np.int64] = field(repr=False)
    _length: npt.NDArray[np.int64] = field(repr=False)
    _hold: stores.Hold | None = field(default=None, repr=False, compare=False)

    @property
    def count(self) -> int:
        return len(self._first)

    def batch(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """(T, B, H, W, C) uint8, C-contiguous."""
        at = np.asarray(indices, np.int64).reshape(-1)
        first = self._starts(at)
        clips = np.empty((self.n_frames, len(at), *self._frames.shape[1:]), np.uint8)
        rows = first + np.arange(self.n_frames)[:, None]  # (T, B)
        # Frames as single items of their bytes: NumPy then copies each with one memcpy.
        item = np.dtype((np.void, self._frames[:1].nbytes))
        np.take(
            self._frames.reshape(len(self._frames), -1).view(item)[:, 0],
            rows,
            out=clips.view(np.uint8).reshape(self.n_frames, len(at), -1).view(item)[..., 0],
            mode="clip",
        )
        return clips

    def source(self, index: int) -> str:
        """Such as "person01_boxing_d1 1-95, frames 12-41" (from 0)."""
        start = int(self._starts(np.array([index]))[0])
        sequence = self.store.sequences[self.split][index % self.count]
        return f"{sequence.name}, frames {start - sequence.first}-{start - sequence.first + self.n_frames - 1}"

    def _starts(self, at: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The row of each clip's first frame."""
        if at.size and at.min() < 0:
            raise DataError(f"clip {at.min()}: clips are counted from 0")
        number = at % self.count
        spare = self._length[number] - self.n_frames  # where a window may begin, beside the sequence's start
        if (spare < 0).any():
            short = int(number[spare < 0][0])
            sequence = self.store.sequences[self.split][short]
            raise DataError(
                f"clip {short} ({sequence.name}) has {sequence.length} frames, not {self.n_frames}; "
                "choose another clip or fewer frames"
            )
        if not self.windows:
            return self._first[number]
        bits = counter_rng.draws(counter_rng.keys(_SALT, self.seed, SPLITS.index(self.split), at), 0, 1)[:, 0]
        return self._first[number] + counter_rng.below(bits, (spare + 1).astype(np.uint64))


def open_stored(data: DataConfig, *, split: str, image_width: int, channels: int, n_frames: int, seed: int, windows: bool) -> Clips:
    """See clips.open_clips. Raises DataError for a store that is missing, damaged, of another kind, or too short."""
    folder = folder_of(data, image_width)
    others = sorted(other.name for other in folder.parent.glob("store-*") if other != folder)
    if others and not folder.exists():
        raise DataError(f"no clips in {folder}, only in {', '.join(others)}", remedy(data, image_width))
    found = stores.open_store(folder)
    if found.dataset != data.dataset:
        raise DataError(f"{found.path}: holds {found.dataset}, not {data.dataset}; choose another store or convert {data.dataset}")
    if (found.image_width, found.channels) != (image_width, channels):
        raise DataError(
            f"{found.path}: its frames are {found.image_width} px wide with {count_of(found.channels, 'channel')}, "
            f"the model takes {image_width} px with {count_of(channels, 'channel')}; "
            "set image_width and channels as the store has them"
        )
    sequences = found.sequences.get(split, ())
    if not sequences:
        raise DataError(f"{found.path}: has no {split} sequences; {_MORE[split]}")
    length = np.array([s.length for s in sequences], np.int64)
    usable = np.flatnonzero(length >= n_frames)
    if not len(usable):
        longest = f"the longest has {length.max()} frames, {n_frames} are needed"
        raise DataError(f"{found.path}: no {split} sequence is long enough ({longest}); lower n_past or n_future, or add videos")
    first = np.array([s.first for s in sequences], np.int64)
    try:
        hold = stores.Hold(found.path)
    except OSError:  # it has just been moved; its frames are open or refused below
        hold = None
    return StoredClips(found, split, n_frames, seed, windows, usable, found.frames(split), first, length, hold)


def folder_of(data: DataConfig, image_width: int) -> Path:
    """Where the store lies that `data` names."""
    return Path(data.data_root).expanduser() / (data.store or data.dataset) / f"store-{image_width}"


def lengths_of(data: DataConfig, image_width: int, split: str) -> list[int]:
    """Frames of each sequence of a store's `split`. Raises DataError where there is no store."""
    return [sequence.length for sequence in stores.open_store(folder_of(data, image_width)).sequences.get(split, ())]


def prepare_stored(data: DataConfig) -> Events:
    """Nothing is fetched or converted unasked, for that may take hours; says so where there is no store of any width."""
    folder = Path(data.data_root).expanduser() / (data.store or data.dataset)
    if not any(folder.glob("store-*/")):
        raise DataError(f"no clips in {folder}", remedy(data))
    yield from ()


def remedy(data: DataConfig, image_width: int = 0) -> Remedy:
    """What to do where a data set is not converted, or not at this width."""
    root = {"data_root": data.data_root}
    settings = {
        **root,
        **({"store": data.store} if data.store else {}),
        **({"image_width": str(image_width)} if image_width else {}),
    }
    if not DATASETS[data.dataset].downloadable:
        return Remedy(jobs=(("convert", data.dataset, {"source": "FOLDER", **settings}),))
    convert = ("convert", data.dataset, settings)
    return Remedy(jobs=(convert,) if image_width else (("download", data.dataset, root), convert))


def inspect_stored(name: str, data_root: Path, *, raw: str, missing: str, raw_bytes: int = 0) -> DatasetInspected:
    """What of data set `name` lies under `data_root`: every store of it, and the files to convert where `raw` says they are there.

    raw, missing: a sentence on the files that a conversion would read, or on what is to be done where there are none.
    """
    found = tuple(store for dataset, store in map(_found, _store_folders(data_root)) if dataset == name)
    ready = [s for s in found if s.finished and not s.problem]
    words = [f"{s.name}: {s.image_width} px, {sum(s.clips.values()):,} sequences" for s in ready]
    words += [f"{s.name} is not finished; Convert goes on with it" for s in found if not s.finished]
    words += [s.problem for s in found if s.problem]
    state = "; ".join(words) or raw or missing
    size = raw_bytes + sum(s.size for s in found)
    clips = ready[0].clips if ready else {}
    return DatasetInspected(name, data_root, bool(ready), state, size, free_bytes(data_root), clips, bool(raw), found)


def _store_folders(data_root: Path) -> Iterable[Path]:
    try:
        sets = sorted(filter(_is_dir, data_root.iterdir()))
    except OSError:
        return
    for store in (folder / f"store-{width}" for folder in sets for width in WIDTHS):
        yield from filter(_is_dir, (store, part_of(store)))


def _found(folder: Path) -> tuple[str, StoreFound]:
    """(data set, what there is) of a store's folder, or of one that is being made."""
    nothing = {"train": 0, "test": 0}
    name, width = folder.parent.name, int(folder.name.removeprefix(".").split("-")[1].removesuffix(".part"))
    dataset = name if name in DATASETS else "videos"
    found = StoreFound(name, folder, width, 0, nothing, nothing, _size(folder))
    if folder.suffix == ".part":
        try:
            config = unfinished(folder)
        except DataError:  # killed before it had said what it is; Convert begins it anew
            return dataset, replace(found, finished=False)
        return config.dataset, replace(found, finished=False, settings=config.to_dict())
    try:
        store = stores.open_store(folder)
        for split in store.sequences:
            store.frames(split)  # opened, not read
    except (DataError, OSError) as error:
        problem = str(error) if isinstance(error, DataError) else f"{folder}: cannot be read ({error.strerror}); make it readable"
        return dataset, replace(found, problem=problem)
    clips = {split: len(sequences) for split, sequences in store.sequences.items()}
    frames = {split: store.count(split) for split in clips}
    return store.dataset, replace(found, channels=store.channels, clips=clips, frames=frames, settings=store.settings)


def _size(folder: Path) -> int:
    """Bytes in it; 0 where nobody may look, or where it has just got another name."""
    try:
        return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    except OSError:
        return 0
