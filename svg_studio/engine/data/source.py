"""The contract between the readers of file formats and the conversion: a `Source` yields units, pieces, skips and notes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from svg_studio.engine.events import Frames


@dataclass(frozen=True)
class Unit:
    """What is read in one go and, when a conversion was cut off, again: a file, or a folder of images."""

    split: str  # one of SPLITS
    name: str  # for people, and unique within the split
    path: Path
    size: int  # bytes to read, for the progress
    draw: int = -1  # the number that its split was drawn by, for want of a folder that says it; -1: the split is given
    twin: str = ""  # name of a unit before it that has the same bytes

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
    places: Sequence[tuple[int, float]] = field(default=(), repr=False)  # number of each frame, from 0, and its second or NaN


@dataclass(frozen=True)
class Skipped:
    """Something left out: the file, with the place in it where there is one, and why; ends without a full stop.

    damaged: something is wrong with the file, so a conversion that is to stop at damage stops.
    """

    source: str
    reason: str
    damaged: bool = True


@dataclass(frozen=True)
class Noted:
    """Something that a person should know of a file of which nothing was left out, such as a choice that was made for them.

    note: goes on after "FILE: " and ends without a full stop.
    """

    source: str
    note: str


Reading = Piece | Skipped | Noted  # what comes of reading a unit


@dataclass(frozen=True, kw_only=True)
class Source(ABC):
    """The files of one conversion. `read` is called from several threads at once, each with its own unit."""

    units: Sequence[Unit] = field(repr=False)  # in the order that the store will have; the same at every call for the same files
    skipped: Sequence[Skipped] = ()  # what is left out before anything is read, such as a video that is missing
    notes: Sequence[Noted] = ()  # what is known before anything is read
    channels: int  # of the frames
    extras: Mapping[str, int] = field(default_factory=dict)  # numbers kept beside each frame: name → how many
    plan: str = ""  # what decides the content beside settings and files, such as a list of sequences; compared, not read

    @property
    def expected_bytes(self) -> int:
        """About how large the store will be; 0: not known."""
        return sum(unit.size for unit in self.units)

    @abstractmethod
    def read(self, unit: Unit) -> Iterator[Reading]:
        """The unit's sequences. What is wrong with the file is yielded as Skipped, not raised."""
