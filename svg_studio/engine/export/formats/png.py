"""Writes PNG pictures, and the strip of frames that an export writes as one picture."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.events import Frames
from svg_studio.engine.export.formats.wall import check_size
from svg_studio.engine.export.grid import Tile, strip, strip_layout, strip_size
from svg_studio.engine.export.read_back import PNG_KEYWORD
from svg_studio.engine.utils.files import needing_encoders

MAX_SIDE = 100_000
SAMPLED = 4  # rows, and frames of each, from which the size is guessed


def write(path: Path, config: ExportConfig, tiles: Sequence[Tile]) -> Iterator[int]:
    check_size(strip_layout(tiles, scale=config.scale, border=int(config.borders)).size, MAX_SIDE)
    yield 0
    picture = next(pictures(config, tiles))
    with path.open("wb") as file:
        encode(file, picture, config.recipe)
    yield max(len(tile.frames) for tile in tiles)


def picture_size(config: ExportConfig, tiles: Sequence[Tile]) -> tuple[tuple[int, int], int]:
    """Height and width of the picture, which is one."""
    check_size(strip_layout(tiles, scale=config.scale, border=int(config.borders)).size, MAX_SIDE)
    return strip_size(tiles, scale=config.scale, border=int(config.borders), captions=config.captions), 1


def pictures(config: ExportConfig, tiles: Sequence[Tile]) -> Iterator[Frames]:
    """The picture."""
    yield strip(tiles, scale=config.scale, border=int(config.borders), captions=config.captions)


def estimate(config: ExportConfig, tiles: Sequence[Tile]) -> int:
    few = [Tile(tile.frames[len(tile.frames) // 2 :][:SAMPLED], 1, border=tile.border) for tile in tiles[:SAMPLED]]
    part, whole = (strip_layout(rows, scale=config.scale, border=int(config.borders)).size for rows in (few, tiles))
    buffer = io.BytesIO()
    encode(buffer, strip(few, scale=config.scale, border=int(config.borders)))
    return len(config.recipe) + round(buffer.tell() * whole[0] * whole[1] / (part[0] * part[1]))


def encode(file: BinaryIO, picture: Frames, carried: str = "") -> None:
    """Writes (H, W), (H, W, 1) or (H, W, 3) as PNG; a picture of greys alone takes one channel. carried: ASCII, as text in it."""
    with needing_encoders():
        from PIL import Image
        from PIL.PngImagePlugin import PngInfo
    info = PngInfo()
    if carried:
        info.add_text(PNG_KEYWORD, carried)
    if picture.ndim == 3 and np.all(picture == picture[..., :1]):
        picture = picture[..., 0]
    Image.fromarray(picture).save(file, "PNG", pnginfo=info)
