"""Stands in for a data set's files in tests of the conversion and the store: frames are a function of sequence and number."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from svg_studio.engine.config import ConvertConfig, DataConfig
from svg_studio.engine.data import registry
from svg_studio.engine.data.convert import convert
from svg_studio.engine.data.source import Noted, Piece, Reading, Skipped, Unit
from svg_studio.engine.data.stored_clips import inspect_stored, open_stored
from svg_studio.engine.events import DatasetInspected, Event

WIDTH = 64


def frames_of(name: str, length: int, channels: int = 1) -> np.ndarray:
    """What the store should hold of sequence `name`."""
    rng = np.random.default_rng(sum(name.encode()))
    return rng.integers(0, 256, (length, WIDTH, WIDTH, channels), np.uint8)


def actions_of(name: str, length: int) -> np.ndarray:
    return frames_of(name, length)[:, 0, :3, 0].astype(np.float32)


@dataclass
class FakeSource:
    """Units of two sequences, told in pieces of 5 frames; `broken` ones say so after their first sequence, `noted` ones before."""

    lengths: dict[str, int] = field(default_factory=lambda: {f"seq{n}": 8 + n for n in range(8)})
    broken: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    notes: tuple[Noted, ...] = ()
    reads: list[str] = field(default_factory=list)
    channels: int = 1
    extras: dict[str, int] = field(default_factory=lambda: {"action": 3})
    expected_bytes: int = 0
    plan: str = ""
    paths: dict[str, Path] = field(default_factory=dict)
    made: list[Unit] = field(default_factory=list)  # units of one sequence each, in the place of the others

    @property
    def units(self) -> list[Unit]:
        if self.made:
            return self.made
        names = list(self.lengths)
        pairs = ["+".join(names[i : i + 2]) for i in range(0, len(names), 2)]
        return [
            Unit("test" if i == 0 else "train", name, self.paths.get(name, Path(__file__)), 100) for i, name in enumerate(pairs)
        ]

    @property
    def skipped(self) -> list[Skipped]:
        return [Skipped(name, "is missing", damaged=False) for name in self.missing]

    def read(self, unit: Unit) -> Iterator[Reading]:
        self.reads.append(unit.name)
        if unit.name in self.noted:
            yield Noted(unit.name, "was sorted by its numbers")
        names = unit.name.split("+")
        for number, name in enumerate(names):
            frames, actions = frames_of(name, self.lengths[name], self.channels), actions_of(name, self.lengths[name])
            for start in range(0, len(frames), 5):
                part = slice(start, start + 5)
                extras = {"action": actions[part]} if self.extras else {}
                yield Piece(name, frames[part], extras, share=(number + start / len(frames)) / len(names))
            if unit.name in self.broken:
                yield Skipped(unit.name, "is broken at byte 7")
                return


current = FakeSource()


def install(monkeypatch: pytest.MonkeyPatch, source: FakeSource) -> FakeSource:
    """Makes `source` what a conversion of own videos reads."""
    entry = replace(registry.DATASETS["videos"], implementation="support.fake_source")
    monkeypatch.setitem(registry.DATASETS, "videos", entry)
    monkeypatch.setattr("support.fake_source.current", source)
    return source


def small_store(monkeypatch: pytest.MonkeyPatch, data_root: Path, *splits: str, length: int = 9) -> DataConfig:
    """A converted set with two grey sequences, `<split>0` and `<split>1`, in each of `splits`."""
    names = [f"{split}{n}" for split in splits for n in range(2)]
    source = install(monkeypatch, FakeSource(lengths=dict.fromkeys(names, length)))
    source.made = [Unit(name[:-1], name, data_root, 100) for name in names]
    list(convert(ConvertConfig(data_root=str(data_root), source="there")))
    return DataConfig(dataset="videos", data_root=str(data_root))


def unpack(config: ConvertConfig) -> Generator[Event, None, ConvertConfig]:
    yield from ()
    return config


def source(config: ConvertConfig) -> FakeSource:
    return current


def open_clips(data: DataConfig, **where: object) -> object:
    return open_stored(data, **where, windows=True)  # type: ignore[arg-type]


def inspect(name: str, data_root: Path) -> DatasetInspected:
    return inspect_stored(name, data_root, raw="", missing="none yet")
