"""Draws the wall of tiles that an export asks for, or a small part of it from which to guess the file's size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.errors import ExportError
from svg_studio.engine.events import Frames
from svg_studio.engine.export.grid import BoardOptions, Layout, Tile, iter_board, layout

SAMPLED_TILES = 9
MAX_PIXELS = 100_000_000  # of one picture: 300 MB while it is written


def plan(config: ExportConfig, tiles: Sequence[Tile]) -> Layout:
    """Where the tiles lie."""
    return layout(tiles, config.columns, **board_options(config))


def board_options(config: ExportConfig) -> BoardOptions:
    """What a board of tiles takes of the settings."""
    return BoardOptions(scale=config.scale, border=int(config.borders), captions=config.captions)


def wall(config: ExportConfig, tiles: Sequence[Tile], max_side: int) -> Iterator[Frames]:
    """The frames (H', W', 3) to write. Raises ExportError for a wall of more than `max_side` pixels a side."""
    check_size(plan(config, tiles).size, max_side)
    return iter_board(tiles, config.columns, **board_options(config))


def check_size(size: tuple[int, int], max_side: int) -> None:
    """Raises ExportError for a picture of H', W' that the format or the memory cannot hold."""
    height, width = size
    if max(size) > max_side or height * width > MAX_PIXELS:
        raise ExportError(f"{width} × {height} pixels are too many for this format: lower the enlargement or choose fewer tiles")


def sample(config: ExportConfig, tiles: Sequence[Tile], times: Sequence[int]) -> tuple[Iterator[Frames], float]:
    """The frames at `times` of a wall of the first tiles, and how many times larger the whole wall is."""
    few = [Tile(np.stack([tile.at(t) for t in times]), 1, tile.caption, tile.border) for tile in tiles[:SAMPLED_TILES]]
    part, whole = plan(config, few).size, plan(config, tiles).size
    check_size(part, max(part))
    return wall(config, few, max(part)), whole[0] * whole[1] / (part[0] * part[1])
