"""Opens, prepares, browses and inspects the clips of any data set, by its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from svg_studio.engine.config import DataConfig
from svg_studio.engine.data.registry import Clips, DatasetEntry, entry_of
from svg_studio.engine.data.stored_clips import lengths_of, prepare_stored
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import ClipOpened, DatasetInspected, Events, read_only


def open_clips(data: DataConfig, *, split: str, image_width: int, channels: int, n_frames: int, seed: int) -> Clips:
    """The clips of `split` (one of SPLITS) that `data` describes, `n_frames` long, `image_width` wide and high.

    Reads, never writes and never downloads. Raises DataError for a data set, split, width or number of channels that is
    not offered and for files that are missing or damaged.
    """
    entry = entry_of(data.dataset)
    if split not in entry.splits:
        raise DataError(f"split={split}: {entry.title} has no such clips; choose {_either(entry.splits)}")
    if image_width not in entry.widths:
        raise DataError(f"image_width={image_width}: {entry.title} comes {_either(entry.widths)} px wide")
    if channels not in entry.channels:
        raise DataError(f"channels={channels}: {entry.title} comes with {_either(entry.channels)} channels")
    if n_frames < 1:
        raise DataError(f"n_frames={n_frames}: a clip needs at least 1 frame")
    clips: Clips = entry.load().open_clips(
        data, split=split, image_width=image_width, channels=channels, n_frames=n_frames, seed=seed
    )
    return clips


def prepare(data: DataConfig) -> Events:
    """Brings `data` to where open_clips can read it: downloads what is missing. Raises DownloadError and DataError."""
    entry = entry_of(data.dataset)
    yield from prepare_stored(data) if entry.conversion else entry.load().prepare(data)


def browse(
    data: DataConfig, image_width: int, channels: int, split: str, indices: Iterable[int], n_frames: int, seed: int
) -> Events:
    """Yields ClipOpened for each of `indices`, which have to be below the split's count where it has one.

    A sequence that is shorter than `n_frames` is shown as long as it is.
    """
    lengths = lengths_of(data, image_width, split) if entry_of(data.dataset).conversion else ()  # else as long as asked for
    opened: dict[int, Clips] = {}  # by their number of frames
    for index in indices:
        length = min(n_frames, lengths[index % len(lengths)]) if lengths else n_frames
        if length not in opened:
            opened[length] = open_clips(data, split=split, image_width=image_width, channels=channels, n_frames=length, seed=seed)
        frames = opened[length].batch([index])[:, 0].copy()  # (T, H, W, C)
        yield ClipOpened(split, index, opened[length].source(index), read_only(frames))


def inspect(name: str, data_root: str | Path) -> Events:
    """Yields one DatasetInspected: what of data set `name` lies under `data_root`. Raises DataError where nobody may look."""
    entry, root = entry_of(name), Path(data_root).expanduser()
    try:
        found: DatasetInspected = entry.load().inspect(name, root)
        can_download = _can_download(entry, found)
    except OSError as error:
        raise DataError(f"{error.filename}: cannot be looked into ({error.strerror}); make it readable") from error
    yield replace(found, can_download=can_download)


def _can_download(entry: DatasetEntry, found: DatasetInspected) -> bool:
    if not entry.downloadable or not entry.conversion:
        return entry.downloadable is not None and not found.ready
    from svg_studio.engine.data.download.download import complete

    return not complete(entry.downloadable, found.data_root)


def _either(values: tuple[object, ...]) -> str:
    return " or ".join(map(str, values))
