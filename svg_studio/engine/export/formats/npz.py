"""Writes NPZ arrays for further work in NumPy: the frames without borders, captions or enlargement."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.errors import ExportError
from svg_studio.engine.events import Frames
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.export.read_back import NPZ_MEMBER


def write(path: Path, config: ExportConfig, tiles: Sequence[Tile]) -> Iterator[int]:
    """`frames` uint8 (N, T, H, W, C), `captions` (N,), `n_past` (N,); no pickle. Shorter clips hold their last frame.

    `recipe`, bytes of JSON, opens the file again.
    """
    shape = _shape(tiles)
    yield 0
    frames = np.empty(shape, np.uint8)
    for i, tile in enumerate(tiles):
        frames[i, : len(tile.frames)] = tile.frames
        frames[i, len(tile.frames) :] = tile.frames[-1]
    with path.open("wb") as file:
        _save(file, frames, tiles, config.recipe)
    yield shape[1]


def estimate(config: ExportConfig, tiles: Sequence[Tile]) -> int:
    """Exact: NPZ is not compressed."""
    buffer = io.BytesIO()
    _save(buffer, np.empty((0, *_shape(tiles)[1:]), np.uint8), tiles, config.recipe)
    return buffer.tell() + int(np.prod(_shape(tiles)))


def _save(file: BinaryIO, frames: Frames, tiles: Sequence[Tile], recipe: str) -> None:
    captions, n_past = np.array([tile.caption for tile in tiles]), np.array([tile.n_past for tile in tiles])
    # First, where whoever opens the file again finds it without a look at the rest; bytes of ASCII.
    carried: dict[str, Any] = {NPZ_MEMBER: np.frombuffer(recipe.encode("ascii"), np.uint8)} if recipe else {}
    np.savez(file, **carried, frames=frames, captions=captions, n_past=n_past)


def _shape(tiles: Sequence[Tile]) -> tuple[int, ...]:
    sizes = {tile.frames.shape[1:3] for tile in tiles}
    if len(sizes) > 1:
        raise ExportError("clips of different sizes do not fit into one array: export them one by one or choose another format")
    longest, channels = (max(tile.frames.shape[axis] for tile in tiles) for axis in (0, 3))
    return (len(tiles), longest, *sizes.pop(), channels)
