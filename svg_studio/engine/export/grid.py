"""Lays clips side by side in one video or one picture, with borders and captions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypedDict, Unpack

import numpy as np
import numpy.typing as npt

from svg_studio.engine.events import Frames
from svg_studio.engine.export.captions import lines_of, stamp, text_mask
from svg_studio.engine.recipe import Future

# Green and red that stay apart, in hue and in lightness, for eyes that lack red or green cones.
GIVEN = (0, 190, 140)  # the model was given this frame
IMAGINED = (220, 50, 32)  # the model imagined it
BACKGROUND = (28, 28, 28)
GAP = 4  # native pixels between tiles and around the board
LEAST_LEFT = 160  # px that a caption beside a strip may take, however small its frames are

Colour = tuple[int, int, int]
Placed = tuple["Tile", int, int]  # a tile and the top left corner of its frame, border excluded


@dataclass(frozen=True, eq=False)
class Tile:
    """One clip on a board: frames uint8 (T, H, W, C), C = 1 or 3, of which the first n_past were given.

    The border is green before frame n_past and red from there on; n_past >= T means always green.
    """

    frames: Frames = field(repr=False)
    n_past: int
    caption: str = ""
    border: bool = True
    ssim: tuple[float, ...] = ()  # against the truth, by frame; empty where it is not known
    psnr: tuple[float, ...] = ()
    future: Future | None = field(default=None, repr=False)  # what names it, where it is a future that can be imagined again

    def __post_init__(self) -> None:
        if self.frames.dtype != np.uint8 or self.frames.ndim != 4 or self.frames.shape[3] not in (1, 3) or not self.frames.size:
            raise ValueError(f"frames {self.frames.dtype} {self.frames.shape}: a tile needs uint8 (T, H, W, C) with C 1 or 3")

    def at(self, t: int) -> Frames:
        """Frame t as (H, W, C); a clip that has ended holds its last frame."""
        frame: Frames = self.frames[min(t, len(self.frames) - 1)]
        return frame

    def colour(self, t: int) -> Colour:
        """The border's colour at frame t."""
        return GIVEN if t < self.n_past else IMAGINED


Rows = Sequence[Sequence[Tile]]


def grid(tiles: Sequence[Tile], columns: int = 0) -> list[list[Tile]]:
    """`tiles` in rows of `columns`; 0 columns: nearly square."""
    columns = columns or math.ceil(math.sqrt(len(tiles)))
    return [list(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]


class BoardOptions(TypedDict, total=False):
    """What `Layout` takes beside its rows."""

    scale: int
    gap: int
    border: int
    captions: bool


@dataclass(frozen=True)
class Layout:
    """Where everything of a board lies, in enlarged pixels; all cells are as large as the largest tile asks for."""

    rows: Rows
    scale: int = 1
    gap: int = GAP
    border: int = 1
    captions: bool = True

    @property
    def n_frames(self) -> int:
        return max(len(tile.frames) for row in self.rows for tile in row)

    @property
    def cell(self) -> tuple[int, int]:
        """Height and width of a tile with its border."""
        shapes = [tile.frames.shape for row in self.rows for tile in row]
        height, width = (self.scale * (max(s[axis] for s in shapes) + 2 * self.border) for axis in (1, 2))
        return height, width

    @property
    def font_size(self) -> int:
        """In pixels, such as suits captions below a tile of this width."""
        return min(max(round(self.cell[1] / 10), 10), 20)

    @property
    def line(self) -> int:
        """Height of one line of a caption."""
        return round(1.5 * self.font_size)

    @cached_property
    def captioned(self) -> int:
        """Height of the captions below every tile, which have as many lines as the longest needs; 0 where there is none."""
        texts = {tile.caption for row in self.rows for tile in row if tile.caption} if self.captions else ()
        return self.line * max((len(lines_of(text, self.font_size, self.cell[1])) for text in texts), default=0)

    @property
    def size(self) -> tuple[int, int]:
        """H', W' of the board."""
        (height, width), gap = self.cell, self.gap * self.scale
        return gap + len(self.rows) * (height + self.captioned + gap), gap + max(map(len, self.rows)) * (width + gap)

    def corners(self) -> Iterator[tuple[Tile, int, int]]:
        """Every tile with the top left corner of its cell."""
        (height, width), gap = self.cell, self.gap * self.scale
        for i, row in enumerate(self.rows):
            for j, tile in enumerate(row):
                yield tile, gap + i * (height + self.captioned + gap), gap + j * (width + gap)

    def frames(self) -> Iterator[Placed]:
        """Every tile with the top left corner of its frame, which stands in the middle of its cell."""
        height, width = self.cell
        for tile, y, x in self.corners():
            h, w = (self.scale * n for n in tile.frames.shape[1:3])
            yield tile, y + (height - h) // 2, x + (width - w) // 2


def layout(tiles: Rows | Sequence[Tile], columns: int = 0, **options: Unpack[BoardOptions]) -> Layout:
    """The plan of `board` with the same arguments, whose `size` and `n_frames` cost little to ask for."""
    flat = [tile for tile in tiles if isinstance(tile, Tile)]
    rows = grid(flat, columns) if flat else [list(row) for row in tiles if not isinstance(row, Tile)]
    if not any(rows):
        raise ValueError("a board needs at least one tile")
    return Layout(rows, **options)


def board(tiles: Rows | Sequence[Tile], columns: int = 0, **options: Unpack[BoardOptions]) -> Frames:
    """One video (T, H', W', 3) of all tiles on one clock.

    `tiles` are rows of tiles, or one flat sequence that is cut into rows of `columns` (0: nearly square).
    Frames are enlarged `scale` times, nearest neighbour; `gap` and `border` are in native pixels and grow with them.
    Captions stand below the tiles, in as many lines as they need; a part that is too long for a line is cut with an ellipsis.
    """
    return np.stack(list(iter_board(tiles, columns, **options)))


def iter_board(tiles: Rows | Sequence[Tile], columns: int = 0, **options: Unpack[BoardOptions]) -> Iterator[Frames]:
    """The frames (H', W', 3) of `board` one after the other, so that a large wall never lies in memory as a whole."""
    plan = layout(tiles, columns, **options)
    empty = _captioned(plan)
    placed = list(plan.frames())
    for t in range(plan.n_frames):
        picture = empty.copy()
        for tile, y, x in placed:
            paste(picture, tile, t, y, x, plan.scale, plan.border * plan.scale)
        yield picture


def paste(picture: Frames, tile: Tile, t: int, y: int, x: int, scale: int, border: int) -> None:
    """Draws frame t of `tile` into `picture` at (y, x), and around it its border, `border` pixels thick."""
    frame = tile.at(t).repeat(scale, axis=0).repeat(scale, axis=1)  # (scale·H, scale·W, C)
    h, w = frame.shape[:2]
    if tile.border:
        picture[y - border : y + h + border, x - border : x + w + border] = tile.colour(t)
    picture[y : y + h, x : x + w] = frame


def _captioned(plan: Layout) -> Frames:
    """The board without its frames: background and captions."""
    picture = np.empty((*plan.size, 3), np.uint8)
    picture[:] = BACKGROUND
    if plan.captioned:
        height, width = plan.cell
        for tile, y, x in plan.corners():
            for number, words in enumerate(lines_of(tile.caption, plan.font_size, width)):
                mask = text_mask(words, plan.font_size, width)
                stamp(picture, y + height + number * plan.line, x, mask, plan.line)
    return picture


def strip(rows: Sequence[Tile | Frames], *, scale: int = 1, gap: int = 1, border: int = 1, captions: bool = True) -> Frames:
    """One picture (H', W', 3) in which time runs to the right, one clip a row; captions stand left of the rows.

    A row is a tile, or bare frames (T, H, W, C), which get neither border nor caption.
    """
    plan = strip_layout(rows, scale=scale, gap=gap, border=border)
    picture = next(iter_board(plan.rows, scale=scale, gap=gap, border=plan.border, captions=False))
    masks, left = _beside(rows, plan) if captions else ([], 0)
    if not left:
        return picture
    picture = np.concatenate([np.empty((len(picture), left, 3), np.uint8), picture], axis=1)
    picture[:, :left] = BACKGROUND
    height = plan.cell[0]
    for i, mask in enumerate(masks):
        stamp(picture, gap * scale + i * (height + gap * scale), plan.font_size // 2, mask, height)
    return picture


def strip_size(
    rows: Sequence[Tile | Frames], *, scale: int = 1, gap: int = 1, border: int = 1, captions: bool = True
) -> tuple[int, int]:
    """H', W' of `strip` with the same arguments."""
    plan = strip_layout(rows, scale=scale, gap=gap, border=border)
    height, width = plan.size
    return height, width + (_beside(rows, plan)[1] if captions else 0)


def _beside(rows: Sequence[Tile | Frames], plan: Layout) -> tuple[list[npt.NDArray[np.uint8]], int]:
    """The captions of a strip, and how wide it becomes by them: 0 where there is none."""
    texts = [row.caption if isinstance(row, Tile) else "" for row in rows]
    if not any(texts):
        return [], 0
    masks = [text_mask(text, plan.font_size, max(3 * plan.cell[1], LEAST_LEFT)) for text in texts]
    return masks, max(mask.shape[1] for mask in masks) + 2 * (plan.font_size // 2)


def strip_layout(rows: Sequence[Tile | Frames], *, scale: int = 1, gap: int = 1, border: int = 1) -> Layout:
    """The plan of `strip`, captions left out: a board of one-frame tiles, a row of them for each clip."""
    clips = [row if isinstance(row, Tile) else Tile(row, len(row), border=False) for row in rows]
    tiles = [
        [Tile(clip.frames[t : t + 1], n_past=int(t < clip.n_past), border=clip.border) for t in range(len(clip.frames))]
        for clip in clips
    ]
    return layout(tiles, scale=scale, gap=gap, border=border if any(clip.border for clip in clips) else 0, captions=False)
