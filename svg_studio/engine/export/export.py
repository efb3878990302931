"""Writes chosen clips in one of the formats, estimates the size of the file beforehand, and reads previews back."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.errors import ExportError
from svg_studio.engine.events import Events, FileExported, Frames, PreviewOpened, Progressed, SizeEstimated, read_only
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.export.registry import EXPORTERS, exporter, target
from svg_studio.engine.recipe import LAYOUT, MOST_BESIDE, MOST_BYTES, MOST_FUTURES, MOST_LETTERS, Recipe
from svg_studio.engine.utils.files import needing_encoders, replacing


def export(config: ExportConfig, tiles: tuple[Tile, ...]) -> Events:
    """Writes the tiles as one file: frames done on the way, FileExported at the end.

    Closed or failing half-way it leaves no file, and one that was there as it was. Raises ExportError.
    """
    path, entry, total = target(config), exporter(config.format), n_frames(tiles)
    config = carrying(config, tiles)
    doing = f"Writing {path.name}"
    yield Progressed(0, total, "frames", doing)
    with replacing(path, overwrite=config.overwrite) as part, closing(entry.load().write(part, config, tiles)) as written:
        for done in written:
            yield Progressed(done, total, "frames", doing)
    yield FileExported(path, path.stat().st_size)


def estimate_size(config: ExportConfig, tiles: tuple[Tile, ...]) -> Events:
    """About how many bytes `export` would write, guessed from a few frames; exact for NPZ. Raises ExportError."""
    n_frames(tiles)
    yield SizeEstimated(exporter(config.format).load().estimate(carrying(config, tiles), tiles))


def carrying(config: ExportConfig, tiles: tuple[Tile, ...]) -> ExportConfig:
    """`config` with what the file is to carry: the futures among the tiles, what stands beside them, and how they are laid out.

    Nothing where no tile is such a future, or where there are so many that no reader would take it.
    """
    futures = tuple(replace(tile.future, caption=tile.caption[:MOST_LETTERS]) for tile in tiles if tile.future is not None)
    if not 0 < len(futures) <= MOST_FUTURES:
        return replace(config, recipe="")
    beside = tuple(tile.caption[:MOST_LETTERS] for tile in tiles if tile.future is None)[:MOST_BESIDE]
    layout = {name: getattr(config, name) for name in LAYOUT}
    recipe = Recipe(futures, beside, config.fps, layout).to_json()
    return replace(config, recipe=recipe if len(recipe) <= MOST_BYTES else "")


def n_frames(tiles: tuple[Tile, ...]) -> int:
    """Frames of the longest tile. Raises ExportError where there is no tile."""
    if not tiles:
        raise ExportError("nothing to export: choose a future or pin some first")
    return max(len(tile.frames) for tile in tiles)


def write_video(path: Path, frames: Iterable[Frames], fps: float, format: str) -> None:
    """Writes frames (H, W, C), taken one by one, as "gif" or "mp4", whole or not at all. Raises ExportError."""
    frames = iter(frames)
    with replacing(Path(path)) as part, closing(exporter(format).load().write_frames(part, frames, fps)) as written:
        if not sum(1 for _ in written):
            raise ExportError(f"{path}: a video needs at least one frame")


def write_png(path: Path, image: Frames) -> None:
    """Writes one picture (H, W), (H, W, 1) or (H, W, 3), whole or not at all. Raises ExportError."""
    with replacing(Path(path)) as part, part.open("wb") as file:
        EXPORTERS["png"].load().encode(file, image)


def open_preview(path: Path, step: int) -> Events:
    """Reads a preview GIF back: PreviewOpened with its frames (T, H, W, 3). Raises ExportError for a missing or damaged file."""
    with needing_encoders():
        from PIL import Image, ImageSequence
    try:
        with Image.open(path, formats=["GIF"]) as image:
            frames = np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)])
    except FileNotFoundError as error:
        raise ExportError(f"{path}: no such preview; it was moved or deleted, choose another step") from error
    except (OSError, EOFError, SyntaxError, ValueError, IndexError, Image.DecompressionBombError) as error:
        raise ExportError(f"{path}: a damaged preview; delete it or choose another step") from error
    yield PreviewOpened(step, path, read_only(frames))
