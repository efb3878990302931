"""A made-up data set: sequences of stripes that move, read from a file that says how many there are."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from svg_studio.engine.config import ConvertConfig, DataConfig
from svg_studio.engine.data.registry import Clips, DatasetEntry, Traces
from svg_studio.engine.data.source import Noted, Piece, Skipped, Unit
from svg_studio.engine.data.stored_clips import inspect_stored, open_stored
from svg_studio.engine.events import DatasetInspected, Event

ENTRY = DatasetEntry(
    title="Moving stripes",
    channels=(1,),
    widths=(64,),
    options=("store",),
    licence="made up",
    citation="nobody",
    url="",
    downloadable=None,
    implementation="support.made_up.dataset",
    conversion=("source", "store", "damaged"),
    source_note="the folder with the .stripes files",
    traces=Traces(among=r".*\.stripes"),
)


@dataclass
class Stripes:
    """A unit a file, a sequence of 20 frames each."""

    files: list[Path]
    channels: int = 1
    expected_bytes: int = 0
    plan: str = ""
    extras: dict[str, int] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[Noted] = field(default_factory=list)

    @property
    def units(self) -> list[Unit]:
        return [Unit("test" if n < 2 else "train", path.stem, path, path.stat().st_size) for n, path in enumerate(self.files)]

    def read(self, unit: Unit) -> Iterator[Piece | Skipped]:
        period = int(unit.path.read_text())
        t, x = np.arange(20)[:, None], np.arange(64)[None]
        rows = (255 * ((x + t) // period % 2)).astype(np.uint8)  # (T, W)
        yield Piece(unit.name, np.repeat(rows[:, None, :, None], 64, axis=1), {}, share=0.0)


def source(config: ConvertConfig) -> Stripes:
    return Stripes(sorted(Path(config.source).glob("*.stripes")))


def unpack(config: ConvertConfig) -> Generator[Event, None, ConvertConfig]:
    yield from ()
    return config


def open_clips(data: DataConfig, *, split: str, image_width: int, channels: int, n_frames: int, seed: int) -> Clips:
    return open_stored(data, split=split, image_width=image_width, channels=channels, n_frames=n_frames, seed=seed, windows=True)


def inspect(name: str, data_root: Path) -> DatasetInspected:
    return inspect_stored(name, data_root, raw="", missing="no stripes yet")
