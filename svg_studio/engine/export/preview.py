"""Composes the first frames of an export as they would be written, small enough to be shown while it is being set up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.events import Events, ExportPreviewed, Frames, read_only
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.export.registry import exporter

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_FRAMES = 48
MOST_PIXELS = 2_000_000  # of a frame that is composed, about: what is larger is composed at a smaller scale
Size = tuple[int, int]  # height and width


def preview(config: ExportConfig, tiles: tuple[Tile, ...], room: Size) -> Events:
    """Yields ExportPreviewed for each frame, at most `room` large; nothing for a format that is no picture."""
    module = exporter(config.format).load()
    plan: Callable[[ExportConfig, tuple[Tile, ...]], tuple[Size, int]] | None = getattr(module, "picture_size", None)
    if plan is None or not tiles:
        return
    (height, width), n_frames = plan(config, tiles)
    extent = module.extent(config, tiles) if hasattr(module, "extent") else ""
    pictures: Iterator[Frames] = module.pictures(smaller(config, height * width), tiles)
    for t, picture in enumerate(islice(pictures, MOST_FRAMES)):
        yield ExportPreviewed(t, read_only(fitted(picture, room)), (height, width), n_frames, extent)


def smaller(config: ExportConfig, pixels: int) -> ExportConfig:
    """The same at an enlargement at which a frame of `pixels` has at most MOST_PIXELS, as far as whole ones allow."""
    wished = config.scale * min(1.0, (MOST_PIXELS / pixels) ** 0.5)
    return replace(config, scale=max(1, int(wished)))


def fitted(picture: Frames, room: Size) -> Frames:
    """(H, W, 3) as (H', W', 3) that fits into `room`, every pixel the mean of those that it stands for; never enlarged."""
    height, width = picture.shape[:2]
    scale = min(1.0, room[0] / height, room[1] / width)
    if scale == 1:
        return picture
    from PIL import Image

    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.array(Image.fromarray(picture).resize(size, Image.Resampling.BOX))
