"""Writes chosen clips as GIF, MP4, PNG or NPZ and reads previews back; knows no model, no widget and no format's inside.

A new format is one file under formats/ and one entry here. Reading EXPORTERS imports nothing but NumPy.
"""

from __future__ import annotations

import importlib
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from svg_studio.engine.compose import Tile
from svg_studio.engine.config import ExportConfig
from svg_studio.engine.errors import ExportError
from svg_studio.engine.events import Event, FileExported, Frames, PreviewOpened, Progressed, SizeEstimated, read_only
from svg_studio.engine.writing import needing_imageio, replacing


@dataclass(frozen=True)
class Exporter:
    """What a form needs to know of a format, and the module that writes it."""

    title: str
    suffix: str
    purpose: str
    implementation: str  # a module with write(path, config, tiles) and estimate(config, tiles)
    fps_choices: tuple[float, ...] = ()  # rates it can express; empty: any, or none where there is no time
    moving: bool = True  # shows the frames one after the other, so fps means something

    def load(self) -> Any:
        return importlib.import_module(self.implementation)


# Whole hundredths of a second a frame; browsers slow anything faster than 50 down.
GIF_RATES = tuple(round(100 / delay, 2) for delay in (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 50, 100))

EXPORTERS = {
    "gif": Exporter(
        "GIF animation",
        ".gif",
        "Plays in pages, slides and chats, for ever repeated; greys are kept, colours reduced to 254 a frame.",
        "svg_studio.engine.formats.gif",
        fps_choices=GIF_RATES,
    ),
    "mp4": Exporter(
        "MP4 video (H.264)",
        ".mp4",
        "Small and smooth; plays in browsers and players, at any rate.",
        "svg_studio.engine.formats.mp4",
    ),
    "png": Exporter(
        "PNG strip",
        ".png",
        "One picture for a paper: time runs to the right, one clip a row; nothing is lost.",
        "svg_studio.engine.formats.png",
        moving=False,
    ),
    "npz": Exporter(
        "NumPy arrays",
        ".npz",
        "frames (N, T, H, W, C), captions and n_past for further work, as the model made them.",
        "svg_studio.engine.formats.npz",
        moving=False,
    ),
}


def exporter(name: str) -> Exporter:
    """The entry of EXPORTERS. Raises ExportError for a name that is not there."""
    if name not in EXPORTERS:
        raise ExportError(f"format={name}: choose one of {', '.join(EXPORTERS)}")
    return EXPORTERS[name]


def target(config: ExportConfig) -> Path:
    """The file that `export` writes: config.path, with the format's suffix in place of another format's or added."""
    suffix, path = exporter(config.format).suffix, Path(config.path).expanduser()
    if path.name in ("", ".."):
        raise ExportError(f"path={config.path}: name the file to write")
    if path.suffix.lower() == suffix:
        return path
    if path.suffix.lower() in {entry.suffix for entry in EXPORTERS.values()}:
        return path.with_suffix(suffix)
    return path.with_name(path.name + suffix)


def export(config: ExportConfig, tiles: tuple[Tile, ...]) -> Generator[Event, str | None, None]:
    """Writes the tiles as one file: frames done on the way, FileExported at the end.

    Closed or failing half-way it leaves no file, and one that was there as it was. Raises ExportError.
    """
    path, entry, total = target(config), exporter(config.format), n_frames(tiles)
    doing = f"Writing {path.name}"
    yield Progressed(0, total, "frames", doing)
    with replacing(path, overwrite=config.overwrite) as part, closing(entry.load().write(part, config, tiles)) as written:
        for done in written:
            yield Progressed(done, total, "frames", doing)
    yield FileExported(path, path.stat().st_size)


def estimate_size(config: ExportConfig, tiles: tuple[Tile, ...]) -> Generator[Event, str | None, None]:
    """`estimate` as a job."""
    yield SizeEstimated(estimate(config, tiles))


def estimate(config: ExportConfig, tiles: tuple[Tile, ...]) -> int:
    """About how many bytes `export` would write, guessed from a few frames; exact for NPZ. Raises ExportError."""
    n_frames(tiles)
    size: int = exporter(config.format).load().estimate(config, tiles)
    return size


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


def open_preview(path: Path, step: int) -> Generator[Event, str | None, None]:
    """Reads a preview GIF back: PreviewOpened with its frames (T, H, W, 3). Raises ExportError for a missing or damaged file."""
    with needing_imageio():
        from PIL import Image, ImageSequence
    try:
        with Image.open(path, formats=["GIF"]) as image:
            frames = np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)])
    except FileNotFoundError as error:
        raise ExportError(f"{path}: no such preview; it was moved or deleted, choose another step") from error
    except (OSError, EOFError, SyntaxError, ValueError, IndexError, Image.DecompressionBombError) as error:
        raise ExportError(f"{path}: a damaged preview; delete it or choose another step") from error
    yield PreviewOpened(step, path, read_only(frames))
