"""Writes animated GIFs frame by frame, with exact greys and border colours.

Pillow compresses each frame; the container is put together here (GIF89a specification), because Pillow's own writer
keeps all frames until the end, drops a frame that equals the one before, and imageio's passes on no palette.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.errors import ExportError
from svg_studio.engine.events import Frames
from svg_studio.engine.export.formats.wall import plan, sample, wall
from svg_studio.engine.export.grid import GIVEN, IMAGINED, Tile
from svg_studio.engine.utils.files import needing_encoders

MAX_SIDE = 65_535
BORDERS = (GIVEN, IMAGINED)  # the last entries of every palette
GREYS = [g for g in range(256) if g not in (1, 254)]  # these two make room for the borders and are shown one level off
PALETTE_PIXELS = 20_000  # choosing colours from more takes long and gains little
PALETTE = np.array([[g, g, g] for g in GREYS] + [list(c) for c in BORDERS], np.uint8)
NEAREST_GREY = np.array([GREYS.index({1: 0, 254: 255}.get(g, g)) for g in range(256)], np.uint8)


def write(path: Path, config: ExportConfig, tiles: Sequence[Tile]) -> Iterator[int]:
    yield from write_frames(path, wall(config, tiles, MAX_SIDE), config.fps, config.recipe)


def picture_size(config: ExportConfig, tiles: Sequence[Tile]) -> tuple[tuple[int, int], int]:
    """Height and width of a frame, and how many there are."""
    whole = plan(config, tiles)
    return whole.size, whole.n_frames


def pictures(config: ExportConfig, tiles: Sequence[Tile]) -> Iterator[Frames]:
    """The frames as a preview shows them."""
    return wall(config, tiles, MAX_SIDE)


def estimate(config: ExportConfig, tiles: Sequence[Tile]) -> int:
    n_frames = plan(config, tiles).n_frames
    frames, ratio = sample(config, tiles, [n_frames // 3, 2 * n_frames // 3])
    blocks = [len(encode(frame, 10)) for frame in frames]
    return round(len(header(1, 1, config.recipe)) + 1 + sum(blocks) / len(blocks) * n_frames * ratio)


def write_frames(path: Path, frames: Iterable[Frames], fps: float, comment: str = "") -> Iterator[int]:
    """Writes frames (H, W, C) as they come, repeated without end; yields how many are written. comment: ASCII."""
    delay = centiseconds(fps)
    done = 0
    with path.open("wb") as file:
        for frame in frames:
            if not done:
                size = frame.shape[:2]
                file.write(header(size[0], size[1], comment))
            assert frame.shape[:2] == size, "all frames of a video are of one size"
            file.write(encode(frame, delay))
            done += 1
            yield done
        file.write(b"\x3b")


def centiseconds(fps: float) -> int:
    """How long a frame of `fps` stands. Raises ExportError for a rate that whole centiseconds cannot express."""
    delay = min(max(round(100 / fps), 2), 65_535)  # browsers show a delay of 1 as 10
    if abs(100 / delay - fps) > 0.0051:  # rates are named with two digits
        near = sorted({max(2, int(100 / fps)), int(100 / fps) + 1} if fps < 50 else {2})
        rates = " or ".join(f"{100 / n:.4g}" for n in near)
        raise ExportError(f"fps={fps:g}: a GIF shows each frame for whole hundredths of a second; choose {rates}")
    return delay


def header(height: int, width: int, comment: str = "") -> bytes:
    """Everything before the first frame: size, the palette of greys and borders, the wish to be repeated, and the comment."""
    screen = struct.pack("<6sHHBBB", b"GIF89a", width, height, 0xF7, 0, 0)  # 0xF7: a palette of 256 colours follows
    return screen + PALETTE.tobytes() + b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00" + _comment(comment.encode("ascii"))


def _comment(text: bytes) -> bytes:
    """A comment extension, in sub-blocks of at most 255 bytes; nothing for no text."""
    parts = [text[i : i + 255] for i in range(0, len(text), 255)]
    return b"\x21\xfe" + b"".join(bytes([len(part)]) + part for part in parts) + b"\x00" if parts else b""


def encode(frame: Frames, delay: int) -> bytes:
    """One frame (H, W, C) that stands for `delay` centiseconds; it brings its own palette if it shows more than greys."""
    indices, palette = quantise(frame)
    with needing_encoders():
        from PIL import Image
    buffer = io.BytesIO()
    Image.fromarray(indices).save(buffer, "GIF", optimize=False, interlace=0)  # as a grey picture: indices stay as they are
    single = buffer.getvalue()
    start = 13 + 3 * 2 ** ((single[10] & 7) + 1)  # after the screen's palette
    block = single[start:-1]  # image descriptor of 10 bytes, then compressed data
    if block[0] != 0x2C:
        raise ExportError("this version of Pillow writes GIF files of an unknown layout: install another")
    control = struct.pack("<4sHBB", b"\x21\xf9\x04\x04", delay, 0, 0)  # leave the frame in place
    if palette is None:
        return control + block
    return control + block[:9] + b"\x87" + palette.tobytes() + block[10:]  # 0x87: a palette of 256 colours follows


def quantise(frame: Frames) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8] | None]:
    """Palette indices (H, W) and the palette (256, 3), None for the common one.

    A frame of greys and border colours alone takes the common palette and is kept, but for two greys that are one
    level off; any other gets the best 254 colours for it, undithered, beside the border colours.
    """
    red, green, blue = (frame[..., c] for c in (0, min(1, frame.shape[-1] - 1), frame.shape[-1] - 1))
    borders = [(red == r) & (green == g) & (blue == b) for r, g, b in BORDERS]
    palette = None
    if np.all((red == green) & (green == blue) | borders[0] | borders[1]):
        indices = NEAREST_GREY[red]
    else:
        with needing_encoders():
            from PIL import Image
        pixels = np.ascontiguousarray(frame).reshape(1, -1, 3)
        some = np.ascontiguousarray(pixels[:, :: pixels.shape[1] // PALETTE_PIXELS | 1])  # odd steps visit all columns
        chosen = Image.fromarray(some).quantize(256 - len(BORDERS), Image.Quantize.MEDIANCUT, kmeans=1)
        indices = np.array(Image.fromarray(frame).quantize(palette=chosen, dither=Image.Dither.NONE))
        found = np.array(chosen.getpalette(), np.uint8).reshape(-1, 3)[: 256 - len(BORDERS)]
        palette = PALETTE.copy()
        palette[: len(found)] = found
    for i, mask in enumerate(borders):
        indices[mask] = 256 - len(BORDERS) + i
    return indices, palette
