"""Writes one HTML page with the videos and their player inside; it opens from disk and loads nothing from anywhere.

Each video is one PNG, a sheet of its frames: nothing is lost, and the player draws all tiles by one clock, which video elements
with clocks of their own cannot keep. The page's policy allows its own script and style by their hashes and data: pictures alone,
so that a text that came through as markup could run nothing and call nobody.
"""

from __future__ import annotations

import base64
import hashlib
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from statistics import mean

import numpy as np

from svg_studio import __version__
from svg_studio.engine.config import ExportConfig
from svg_studio.engine.errors import ExportError
from svg_studio.engine.events import Frames
from svg_studio.engine.export.captions import BETWEEN
from svg_studio.engine.export.citation import CITATION
from svg_studio.engine.export.formats.png import encode
from svg_studio.engine.export.formats.wall import plan, wall
from svg_studio.engine.export.grid import GIVEN, IMAGINED, Colour, Tile
from svg_studio.engine.utils.wording import count_of, printable
from svg_studio.paths import resource

MAX_SIDE = 16_000  # pixels of a sheet: what all browsers decode
MAX_PIXELS = 200_000_000  # of all frames: four bytes each while the page is open
SAMPLED, SAMPLED_FRAMES = 4, 9  # tiles, and frames of each, from which the size is guessed
SPEEDS = ((0.25, "¼×"), (0.5, "½×"), (1, "1×"), (2, "2×"), (4, "4×"))


def write(path: Path, config: ExportConfig, tiles: Sequence[Tile]) -> Iterator[int]:
    """Yields how many frames of the longest are done, as a share of the tiles that are."""
    _check_size(tiles)
    n_frames = max(len(tile.frames) for tile in tiles)
    head, foot = _around(config, tiles)
    yield 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(head)
        for number, tile in enumerate(tiles, 1):
            file.write(_figure(config, tile, number))
            yield n_frames * number // len(tiles)
        file.write(foot)


def estimate(config: ExportConfig, tiles: Sequence[Tile]) -> int:
    """From the first few videos, and the page around them."""
    _check_size(tiles)
    middles = [replace(tile, frames=tile.frames[len(tile.frames) // 2 :][:SAMPLED_FRAMES]) for tile in tiles[:SAMPLED]]
    density = mean(len(_figure(config, tile, 1)) / _pixels(tile) for tile in middles)
    return round(sum(len(part.encode()) for part in _around(config, tiles)) + density * sum(map(_pixels, tiles)))


def picture_size(config: ExportConfig, tiles: Sequence[Tile]) -> tuple[tuple[int, int], int]:
    """Height and width of the tiles as they lie side by side where there is room, and how many frames they have."""
    whole = plan(config, tiles)
    return whole.size, whole.n_frames


def pictures(config: ExportConfig, tiles: Sequence[Tile]) -> Iterator[Frames]:
    """The tiles as the page plays them."""
    return wall(config, tiles, MAX_SIDE)


def sheet(frames: Frames) -> tuple[Frames, int]:
    """(T, H, W, C) as one picture (rows · H, columns · W, C), nearly square, read as a text is; and its columns."""
    n_frames, height, width, channels = frames.shape
    columns = math.ceil(math.sqrt(n_frames))
    rows = math.ceil(n_frames / columns)
    whole = np.zeros((rows * columns, height, width, channels), np.uint8)
    whole[:n_frames] = frames
    placed = whole.reshape(rows, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    return placed.reshape(rows * height, columns * width, channels), columns


def _pixels(tile: Tile) -> int:
    return math.prod(tile.frames.shape[:3])


def _check_size(tiles: Sequence[Tile]) -> None:
    """Raises ExportError for what a browser could not open."""
    side = max(math.ceil(math.sqrt(len(tile.frames))) * max(tile.frames.shape[1:3]) for tile in tiles)
    pixels = sum(map(_pixels, tiles))
    if side > MAX_SIDE or pixels > MAX_PIXELS:
        raise ExportError(f"{pixels / 1e6:,.0f} million pixels of video are too many for a page: choose fewer or smaller tiles")


def _figure(config: ExportConfig, tile: Tile, number: int) -> str:
    picture, columns = sheet(tile.frames)
    buffer = io.BytesIO()
    encode(buffer, picture)
    n_frames, height, width = tile.frames.shape[:3]
    caption = _text(tile.caption) if config.captions else ""
    border = " data-border" if config.borders and tile.border else ""
    return (
        f'<figure data-frames="{n_frames}" data-columns="{columns}" data-width="{width}" data-height="{height}" '
        f'data-past="{tile.n_past}"{border}>\n'
        f'<img class="sheet" alt="{caption or f"Tile {number}"}" src="data:image/png;base64,'
        f'{base64.b64encode(buffer.getvalue()).decode()}">\n'
        f"{f'<figcaption>{_parts(tile.caption)}</figcaption>' if caption else ''}</figure>\n"
    )


def _around(config: ExportConfig, tiles: Sequence[Tile]) -> tuple[str, str]:
    """What stands before and after the figures."""
    style = _variables(config, tiles) + resource("player.css").read_text(encoding="utf-8")
    script = resource("player.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    facts = [fact.partition(": ")[::2] for fact in config.about]
    model = next((value for name, value in facts if name == "Model"), "")
    title = _text(f"Futures of {model}") if model else "Futures"
    n_frames = max(len(tile.frames) for tile in tiles)
    past = min(tile.n_past for tile in tiles)
    facts += [
        ("Tiles", str(len(tiles))),
        ("Frames", f"{n_frames}, at {config.fps:g} frames/s"),
        ("Written by", f"SVG Studio {__version__}"),
    ]
    speeds = "".join(f'<option value="{n}"{" selected" if n == 1 else ""}>{words}</option>' for n, words in SPEEDS)
    table = "".join(f'<tr><th scope="row">{_text(name)}</th><td>{_text(value)}</td></tr>\n' for name, value in facts)
    legend = '<p class="legend quiet"><i class="given"></i>given to the model<i></i>imagined by it</p>\n' if config.borders else ""
    head = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="quiet">{_text(count_of(len(tiles), "video"))} on one clock. Space plays and pauses, ← and → go one frame,
Home and End to the ends.</p>
{legend}<div class="bar" id="bar" role="group" aria-label="Player" hidden>
<button type="button" id="play">Play</button>
<button type="button" id="back" aria-label="One frame back" title="One frame back (←)">‹</button>
<button type="button" id="forward" aria-label="One frame forward" title="One frame forward (→)">›</button>
<div class="time">
<input type="range" id="time" min="0" max="{n_frames - 1}" value="0" aria-label="Frame">
{_spans(past, n_frames)}
</div>
<output id="said" for="time" aria-live="off"></output>
<label>Speed <select id="speed">{speeds}</select></label>
<label><input type="checkbox" id="repeat" checked> Repeat</label>
</div>
<noscript><p>With JavaScript the videos play; without it each is shown as a sheet of its frames.</p></noscript>
<p id="trouble" role="alert" hidden>This browser cannot decode a video of this page.</p>
<div id="wall" data-frames="{n_frames}" data-fps="{config.fps:g}" data-past="{past}" data-scale="{config.scale}">
"""
    foot = f"""</div>
<h2>Settings</h2>
<table>
{table}</table>
<h2>Citation</h2>
<pre>{_text(CITATION, lines=True)}</pre>
</main>
<script>{script}</script>
</body>
</html>
"""
    return head, foot


def _variables(config: ExportConfig, tiles: Sequence[Tile]) -> str:
    """The page's measures and colours, of the settings and of the definition that all exports share."""
    whole = plan(config, tiles)
    edge = max(2, config.scale) if config.borders else 0
    width = max(tile.frames.shape[2] for tile in tiles) * config.scale + 2 * edge
    in_a_row = max(map(len, whole.rows))
    columns = f"repeat({config.columns or 'auto-fill'}, {width}px)"
    room = f"{in_a_row * (width + 12) + 4}px"  # with the gaps of player.css
    values = {"given": _css(GIVEN), "imagined": _css(IMAGINED), "edge": f"{edge}px", "columns": columns, "room": room}
    return f":root {{ {' '.join(f'--{name}: {value};' for name, value in values.items())} }}\n"


def _spans(past: int, n_frames: int) -> str:
    """The line under the slider: which part of the time is given. As an SVG picture, for the page allows no style in a tag."""
    given = min(past, n_frames)
    return (
        f'<svg class="spans" viewBox="0 0 {n_frames} 1" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="given" width="{given}" height="1"/>'
        f'<rect class="imagined" x="{given}" width="{n_frames - given}" height="1"/></svg>'
    )


def _css(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _hash(text: str) -> str:
    """As a policy names a script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _parts(caption: str) -> str:
    """A caption that goes on in another line between its parts."""
    return BETWEEN.join(f"<span>{_text(part)}</span>" for part in caption.split(BETWEEN))


def _text(text: str, *, lines: bool = False) -> str:
    """Anybody's text as text between tags or quotes; what cannot be seen, or turns the direction of reading, is written out."""
    seen = "\n".join(map(printable, text.split("\n"))) if lines else printable(text)
    return escape(seen, quote=True)
