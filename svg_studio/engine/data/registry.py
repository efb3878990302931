"""The data sets by name: DATASETS, what is known of each before it is opened, and the contract `Clips` that all follow.

A new data set is one file and one entry in DATASETS. This module imports neither torch nor NumPy, so forms and the
command line may read the entries at once.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from svg_studio.engine.config import SPLITS, WIDTHS
from svg_studio.engine.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, kw_only=True)
class Traces:
    """By which names a file or folder is known to be a data set's; patterns are of whole names, in any case."""

    whole: str = ""  # pattern of a file that is all of the set
    among: str = ""  # pattern of files whose folder is the set's
    folders: tuple[str, ...] = ()  # what the set's folder is called or holds
    parts: tuple[str, ...] = ()  # of these the set's folder holds several


@dataclass(frozen=True, kw_only=True)
class DatasetEntry:
    """What is known about a data set before it is opened; `implementation` is its module, with open_clips and inspect."""

    title: str
    channels: tuple[int, ...]
    widths: tuple[int, ...]
    options: tuple[str, ...]  # names of the DataConfig fields that matter
    splits: tuple[str, ...] = ("train", "test")  # that there can be
    licence: str
    citation: str
    url: str
    downloadable: str | None  # key of DOWNLOADS in engine/data/download/catalog.py
    implementation: str
    conversion: tuple[str, ...] = ()  # names of the ConvertConfig fields that matter; empty: needs no conversion
    size_note: str = ""  # what it takes on the network and on the disk, in words
    source_note: str = ""  # what can be chosen as the source of a conversion, in words
    traces: Traces = Traces()
    take: str = ""  # job that takes the files a person has, as Job's target, where they are not converted

    def load(self) -> Any:
        return importlib.import_module(self.implementation)


_KTH_ACTIONS = "walking|jogging|running|boxing|handwaving|handclapping"

DATASETS: dict[str, DatasetEntry] = {
    "smmnist": DatasetEntry(
        title="Stochastic Moving MNIST",
        channels=(1, 3),
        widths=WIDTHS,
        options=("digits", "num_digits", "deterministic"),
        licence="MNIST: Creative Commons Attribution-ShareAlike 3.0; drawn digits: as this program",
        citation="Denton & Fergus, Stochastic Video Generation with a Learned Prior, ICML 2018",
        url="https://arxiv.org/abs/1802.07687",
        downloadable="mnist",
        implementation="svg_studio.engine.data.datasets.smmnist",
        size_note="11.6 MB to download, 66 MB on the disk",
        traces=Traces(
            among=r"(train|t10k)-(images|labels)[-.]idx[13]-ubyte(\.gz)?",
            folders=("MNIST/raw", "raw/train-images-idx3-ubyte", "raw/train-images-idx3-ubyte.gz"),
        ),
        take="data.datasets.mnist_files:take",
    ),
    "bair": DatasetEntry(
        title="BAIR robot pushing",
        channels=(3,),
        widths=(64,),
        options=("store",),
        splits=SPLITS,
        licence="published by the Berkeley AI Research lab for research, without a licence text",
        citation="Ebert, Finn, Lee & Levine, Self-Supervised Visual Planning with Temporal Skip Connections, CoRL 2017",
        url="https://arxiv.org/abs/1710.05268",
        downloadable="bair",
        implementation="svg_studio.engine.data.datasets.bair",
        conversion=("source", "store", "camera", "damaged", "png"),
        source_note="the archive bair_robot_pushing_dataset_v0.tar, the folder softmotion30_44k, "
        "or the original's tree of PNG files",
        traces=Traces(
            whole=r"bair.*\.(zip|tar|tgz|tar\.(gz|xz|bz2))", among=r".*\.tfrecords", folders=("softmotion30_44k", "processed_data")
        ),
        size_note="32.3 GB to download, 65 GB on the disk while it is unpacked, then 32 GB and 16 GB for the converted set",
    ),
    "kth": DatasetEntry(
        title="KTH actions",
        channels=(1,),
        widths=WIDTHS,
        options=("store",),
        licence="published by KTH for research, without a licence text",
        citation="Schüldt, Laptev & Caputo, Recognizing Human Actions: A Local SVM Approach, ICPR 2004",
        url="https://www.csc.kth.se/cvap/actions/",
        downloadable="kth",
        implementation="svg_studio.engine.data.datasets.kth",
        conversion=("source", "store", "image_width", "fit", "damaged", "png"),
        source_note="the folder with the six archives, with the videos, or the original's tree of PNG files",
        traces=Traces(
            among=rf"00sequences\.txt|({_KTH_ACTIONS})\.zip|person\d\d_({_KTH_ACTIONS})_.*",
            folders=("raw/00sequences.txt",),
            parts=(*(parts := _KTH_ACTIONS.split("|")), *(f"{part}.zip" for part in parts)),
        ),
        size_note="1.1 GB to download; converted about 1.2 GB at 64 px",
    ),
    "videos": DatasetEntry(
        title="Own videos",
        channels=(1, 3),
        widths=WIDTHS,
        options=("store",),
        splits=SPLITS,
        licence="as your files",
        citation="Any video that FFmpeg decodes, or folders of images",
        url="",
        downloadable=None,
        implementation="svg_studio.engine.data.datasets.videos",
        conversion=("source", "store", "image_width", "grey", "fit", "background", "depth", "every", "test_percent", "damaged"),
        source_note="one or several videos, or folders of videos or of folders of images",
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


def entry_of(name: str) -> DatasetEntry:
    """The entry called `name`. Raises DataError where there is none."""
    if name not in DATASETS:
        raise DataError(f"dataset={name}: not known; choose one of {', '.join(DATASETS)}")
    return DATASETS[name]
