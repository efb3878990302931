"""The data sets by name and the jobs that look into them; knows no file format, no model and no screen.

A new data set is one file and one entry in DATASETS. This module imports neither torch nor NumPy, so forms and the
command line may read the entries at once.
"""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from svg_studio.engine.config import DataConfig
from svg_studio.engine.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from svg_studio.engine.events import DatasetInspected, Event

SPLITS = ("train", "test")


@dataclass(frozen=True, kw_only=True)
class DatasetEntry:
    """What is known about a data set before it is opened; `implementation` is "module:function" with open_clips' arguments."""

    title: str
    channels: tuple[int, ...]
    widths: tuple[int, ...]
    options: tuple[str, ...]  # names of the DataConfig fields that matter
    licence: str
    citation: str
    url: str
    downloadable: str | None  # key of engine.download.DOWNLOADS
    implementation: str
    conversion: tuple[str, ...] = ()  # names of the ConvertConfig fields that matter; empty: needs no conversion
    size_note: str = ""  # what it takes on the network and on the disk, in words


DATASETS: dict[str, DatasetEntry] = {
    "smmnist": DatasetEntry(
        title="Stochastic Moving MNIST",
        channels=(1, 3),
        widths=(64, 128),
        options=("digits", "num_digits", "deterministic"),
        licence="MNIST: Creative Commons Attribution-ShareAlike 3.0; drawn digits: as this program",
        citation="Denton & Fergus, Stochastic Video Generation with a Learned Prior, ICML 2018",
        url="https://arxiv.org/abs/1802.07687",
        downloadable="mnist",
        implementation="svg_studio.engine.datasets.smmnist:open_clips",
        size_note="11.6 MB to download, 66 MB on the disk",
    ),
    "bair": DatasetEntry(
        title="BAIR robot pushing",
        channels=(3,),
        widths=(64,),
        options=("store",),
        licence="published by the Berkeley AI Research lab for research, without a licence text",
        citation="Ebert, Finn, Lee & Levine, Self-Supervised Visual Planning with Temporal Skip Connections, CoRL 2017",
        url="https://arxiv.org/abs/1710.05268",
        downloadable="bair",
        implementation="svg_studio.engine.datasets.bair:open_clips",
        conversion=("source", "store", "camera", "damaged", "png"),
        size_note="32.3 GB to download, 65 GB on the disk while it is unpacked, then 32 GB and 16 GB for the converted set",
    ),
    "kth": DatasetEntry(
        title="KTH actions",
        channels=(1,),
        widths=(64, 128),
        options=("store",),
        licence="published by KTH for research, without a licence text",
        citation="Schüldt, Laptev & Caputo, Recognizing Human Actions: A Local SVM Approach, ICPR 2004",
        url="https://www.csc.kth.se/cvap/actions/",
        downloadable="kth",
        implementation="svg_studio.engine.datasets.kth:open_clips",
        conversion=("source", "store", "image_width", "fit", "damaged", "png"),
        size_note="1.1 GB to download; converted about 1.2 GB at 64 px",
    ),
    "videos": DatasetEntry(
        title="Own videos",
        channels=(1, 3),
        widths=(64, 128),
        options=("store",),
        licence="as your files",
        citation="Any video that OpenCV decodes, or folders of images",
        url="",
        downloadable=None,
        implementation="svg_studio.engine.datasets.videos:open_clips",
        conversion=("source", "store", "image_width", "grey", "fit", "every", "test_percent", "damaged"),
    ),
}


class Clips(Protocol):
    """Clips of one split, addressed by index; the same index gives the same clip at every visit, in every thread and process."""

    @property
    def count(self) -> int:
        """How many there are; 0: as many as asked for. Index + count is the same sequence, of which it may be another window."""

    @property
    def usable(self) -> npt.NDArray[np.int64] | None:
        """The indices below count whose sequences are long enough, in order; None: every index."""

    @property
    def n_frames(self) -> int:
        """Frames of each clip."""

    def batch(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """The clips `indices` as C-contiguous uint8 (T, B, H, W, C). Raises DataError for an index that is not there."""

    def source(self, index: int) -> str:
        """Where clip `index` comes from, in words."""


def open_clips(data: DataConfig, *, split: str, image_width: int, channels: int, n_frames: int, seed: int) -> Clips:
    """The clips of `split` ("train" or "test") that `data` describes, `n_frames` long, `image_width` wide and high.

    Reads, never writes and never downloads. Raises DataError for a data set, split, width or number of channels that is
    not offered and for files that are missing or damaged.
    """
    entry = _entry(data.dataset)
    if split not in SPLITS:
        raise DataError(f"split={split}: choose one of {', '.join(SPLITS)}")
    if image_width not in entry.widths:
        raise DataError(f"image_width={image_width}: {entry.title} comes {_either(entry.widths)} px wide")
    if channels not in entry.channels:
        raise DataError(f"channels={channels}: {entry.title} comes with {_either(entry.channels)} channels")
    if n_frames < 1:
        raise DataError(f"n_frames={n_frames}: a clip needs at least 1 frame")
    clips: Clips = _function(entry.implementation, "open_clips")(
        data, split=split, image_width=image_width, channels=channels, n_frames=n_frames, seed=seed
    )
    return clips


def prepare(data: DataConfig) -> Generator[Event, str | None, None]:
    """Brings `data` to where open_clips can read it: downloads what is missing. Raises DownloadError and DataError."""
    yield from _function(_entry(data.dataset).implementation, "prepare")(data)


def browse(
    data: DataConfig, image_width: int, channels: int, split: str, indices: Iterable[int], n_frames: int, seed: int
) -> Generator[Event, str | None, None]:
    """Yields ClipOpened for each of `indices`, which have to be below the split's count where it has one.

    A sequence that is shorter than `n_frames` is shown as long as it is.
    """
    from svg_studio.engine.events import ClipOpened, read_only

    lengths = _lengths(data, image_width, split)
    opened: dict[int, Clips] = {}  # by their number of frames
    for index in indices:
        length = min(n_frames, lengths[index % len(lengths)]) if lengths else n_frames
        if length not in opened:
            opened[length] = open_clips(data, split=split, image_width=image_width, channels=channels, n_frames=length, seed=seed)
        frames = opened[length].batch([index])[:, 0].copy()  # (T, H, W, C)
        yield ClipOpened(split, index, opened[length].source(index), read_only(frames))


def inspect(name: str, data_root: str | Path) -> Generator[Event, str | None, None]:
    """Yields one DatasetInspected: what of data set `name` lies under `data_root`. Raises DataError where nobody may look."""
    entry, root = _entry(name), Path(data_root).expanduser()
    try:
        found: DatasetInspected = _function(entry.implementation, "inspect")(name, root)
        can_download = _can_download(entry, found)
    except OSError as error:
        raise DataError(f"{error.filename}: cannot be looked into ({error.strerror}); make it readable") from error
    yield replace(found, can_download=can_download)


def _can_download(entry: DatasetEntry, found: DatasetInspected) -> bool:
    if not entry.downloadable or not entry.conversion:
        return entry.downloadable is not None and not found.ready
    from svg_studio.engine.download import complete

    return not complete(entry.downloadable, found.data_root)


def free_bytes(folder: Path) -> int:
    """Bytes free on the disk that holds `folder`, or would hold it."""
    there = Path(folder).absolute()
    while not there.is_dir() and there != there.parent:
        there = there.parent
    return shutil.disk_usage(there).free


def _entry(name: str) -> DatasetEntry:
    if name not in DATASETS:
        raise DataError(f"dataset={name}: not known; choose one of {', '.join(DATASETS)}")
    return DATASETS[name]


def _function(implementation: str, name: str) -> Any:
    """The function `name` beside the one that `implementation` names."""
    return getattr(importlib.import_module(implementation.partition(":")[0]), name)


def _lengths(data: DataConfig, image_width: int, split: str) -> Sequence[int]:
    """Frames of each sequence of `split`; empty where clips are as long as asked for."""
    if not _entry(data.dataset).conversion:
        return ()
    from svg_studio.engine.stored_clips import lengths_of

    return lengths_of(data, image_width, split)


def _either(values: tuple[int, ...]) -> str:
    return " or ".join(map(str, values))
