"""A made-up format: a line of text, then the bytes of all frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.events import Frames
from svg_studio.engine.export.grid import Tile


def write(path: Path, config: ExportConfig, tiles: Sequence[Tile]) -> Iterator[int]:
    with path.open("wb") as file:
        file.write(f"{len(tiles)} clips\n".encode())
        for tile in tiles:
            file.write(tile.frames.tobytes())
        yield max(len(tile.frames) for tile in tiles)


def write_frames(path: Path, frames: Iterable[Frames], fps: float) -> Iterator[int]:
    with path.open("wb") as file:
        for done, frame in enumerate(frames, 1):
            file.write(frame.tobytes())
            yield done


def estimate(config: ExportConfig, tiles: Sequence[Tile]) -> int:
    return sum(tile.frames.nbytes for tile in tiles)
