"""The export formats by name: EXPORTERS, and the name of the file that an export writes.

A new format is one file under formats/ and one entry here; reading the entries imports no encoder.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.errors import ExportError


@dataclass(frozen=True)
class Exporter:
    """What a form needs to know of a format, and the module that writes it."""

    title: str
    suffix: str
    purpose: str
    implementation: (
        str  # a module with write(path, config, tiles) and estimate(config, tiles); for a preview picture_size and pictures
    )
    fps_choices: tuple[float, ...] = ()  # rates it can express; empty: any, or none where there is no time
    streams: bool = False  # its module has write_frames(path, frames, fps) too, which takes frames one by one: `generate` wants it
    moving: bool = True  # shows the frames one after the other, so fps means something
    kinds: tuple[
        str, ...
    ] = ()  # the suffixes, without their dot, of which `kind` of the settings chooses one; empty: only `suffix`

    def suffix_of(self, kind: str) -> str:
        """Of a file of that kind."""
        return f".{kind}" if kind in self.kinds else self.suffix

    def load(self) -> Any:
        return importlib.import_module(self.implementation)


# Whole hundredths of a second a frame; browsers slow anything faster than 50 down.
GIF_RATES = tuple(round(100 / delay, 2) for delay in (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 50, 100))

EXPORTERS = {
    "gif": Exporter(
        "GIF animation",
        ".gif",
        "Plays in pages, slides and chats, repeated without end; greys are kept, colours reduced to 254 a frame.",
        "svg_studio.engine.export.formats.gif",
        fps_choices=GIF_RATES,
        streams=True,
    ),
    "mp4": Exporter(
        "MP4 video (H.264)",
        ".mp4",
        "Small and smooth; plays in browsers and players, at any rate.",
        "svg_studio.engine.export.formats.mp4",
        streams=True,
    ),
    "html": Exporter(
        "Page with player (HTML)",
        ".html",
        "One file to share: opens in any browser, without a network; plays and scrubs all tiles on one clock; nothing is lost.",
        "svg_studio.engine.export.formats.html",
    ),
    "png": Exporter(
        "PNG strip",
        ".png",
        "One picture for a paper: time runs to the right, one clip a row; nothing is lost.",
        "svg_studio.engine.export.formats.png",
        moving=False,
    ),
    "figure": Exporter(
        "Paper figure (PDF, SVG, PNG)",
        ".pdf",
        "As wide as a column: a row for each tile, every n-th frame, labels as text, curves below if wished.",
        "svg_studio.engine.export.formats.figure",
        moving=False,
        kinds=("pdf", "svg", "png"),
    ),
    "npz": Exporter(
        "NumPy arrays",
        ".npz",
        "frames (N, T, H, W, C), captions and n_past for further work, as the model made them.",
        "svg_studio.engine.export.formats.npz",
        moving=False,
    ),
}


def exporter(name: str) -> Exporter:
    """The entry of EXPORTERS. Raises ExportError for a name that is not there."""
    if name not in EXPORTERS:
        raise ExportError(f"format={name}: choose one of {', '.join(EXPORTERS)}")
    return EXPORTERS[name]


def suffixes() -> set[str]:
    """Of all formats."""
    return {suffix for entry in EXPORTERS.values() for suffix in (entry.suffix, *map(entry.suffix_of, entry.kinds))}


def target(config: ExportConfig) -> Path:
    """The file that `export` writes: config.path, with the format's suffix in place of another format's or added."""
    suffix, path = exporter(config.format).suffix_of(config.kind), Path(config.path).expanduser()
    if path.name in ("", ".."):
        raise ExportError(f"path={config.path}: name the file to write")
    if path.suffix.lower() == suffix:
        return path
    if path.suffix.lower() in suffixes():
        return path.with_suffix(suffix)
    return path.with_name(path.name + suffix)
