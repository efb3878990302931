"""The contract between the readers of file formats and the conversion: a `Source` yields units, pieces and what was skipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from svg_studio.engine.events import Frames


@dataclass(frozen=True)
class Unit:
    """What is read in one go and, when a conversion was cut off, again: a file, or a folder of images."""

    split: str  # "train" or "test"
    name: str  # for people, and unique within the split
    path: Path
    size: int  # bytes to read, for the progress
    first: int = 0  # frames before this one are left out
    last: int = -1  # frames after this one are left out; -1: none

    @property
    def key(self) -> str:
        return f"{self.split}/{self.name}"


@dataclass(frozen=True, eq=False)
class Piece:
    """Some frames, uint8 (T, W, W, C), of sequence `name`; neighbours of the same name in a unit are one sequence."""

    name: str
    frames: Frames = field(repr=False)
    extras: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict, repr=False)  # name → (T, k)
    share: float = 1.0  # of the unit that has been read so far, 0 … 1


@dataclass(frozen=True)
class Skipped:
    """Something left out: the file, with the place in it where there is one, and why; ends without a full stop.

    damaged: something is wrong with the file, so a conversion that is to stop at damage stops.
    """

    source: str
    reason: str
    damaged: bool = True


class Source(Protocol):
    """The files of one conversion. `read` is called from several threads at once, each with its own unit."""

    @property
    def units(self) -> Sequence[Unit]:
        """In the order that the store will have; the same at every call for the same files."""

    @property
    def channels(self) -> int:
        """Of the frames."""

    @property
    def extras(self) -> Mapping[str, int]:
        """Numbers kept beside each frame: name → how many."""

    @property
    def expected_bytes(self) -> int:
        """About how large the store will be; 0: not known."""

    @property
    def plan(self) -> str:
        """What decides the store's content beside the settings and the files, such as a list of sequences; compared, not read."""

    @property
    def skipped(self) -> Sequence[Skipped]:
        """What is left out before anything is read, such as a video that is missing."""

    def read(self, unit: Unit) -> Iterator[Piece | Skipped]:
        """The unit's sequences. What is wrong with the file is yielded as Skipped, not raised."""
