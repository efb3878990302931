"""Boards and strips: where tiles, borders and captions lie."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from svg_studio.engine.events import Frames
from svg_studio.engine.export.captions import lines_of, text_mask
from svg_studio.engine.export.grid import BACKGROUND, GIVEN, IMAGINED, Tile, board, grid, iter_board, layout, strip


def clip(n_frames: int = 4, height: int = 6, width: int = 8, channels: int = 1, seed: int = 0) -> Frames:
    """Noise that is nowhere the background."""
    return np.random.default_rng(seed).integers(100, 256, (n_frames, height, width, channels), dtype=np.uint8)


def test_that_a_frame_is_enlarged_pixel_by_pixel_inside_its_border() -> None:
    frames = clip(channels=3)
    video = board([Tile(frames, n_past=2)], scale=3, gap=2)
    assert video.shape == (4, 3 * (2 + 1 + 6 + 1 + 2), 3 * (2 + 1 + 8 + 1 + 2), 3)
    inner = video[:, 9:27, 9:33]
    for dy in range(3):
        for dx in range(3):
            np.testing.assert_array_equal(inner[:, dy::3, dx::3], frames)


def test_that_the_border_is_green_while_given_and_red_from_n_past_on() -> None:
    video = board([Tile(clip(), n_past=2)], gap=1)
    for t, colour in enumerate([GIVEN, GIVEN, IMAGINED, IMAGINED]):
        ring = [*video[t, 1, 1:11], *video[t, 8, 1:11], *video[t, 1:9, 1], *video[t, 1:9, 10]]
        assert all(tuple(pixel) == colour for pixel in ring)
        assert tuple(video[t, 0, 0]) == BACKGROUND


def test_that_a_tile_given_as_a_whole_stays_green() -> None:
    tile = Tile(clip(), n_past=4)
    assert {tile.colour(t) for t in range(4)} == {GIVEN}


@pytest.mark.parametrize("border", [0, 1])
def test_that_a_tile_can_go_without_border(border: int) -> None:
    plain = board([Tile(clip(), n_past=2, border=False)], border=border)
    bordered = board([Tile(clip(), n_past=2)], border=0)
    for video in (plain, bordered):
        assert not (video == GIVEN).all(-1).any()
        assert not (video == IMAGINED).all(-1).any()
    np.testing.assert_array_equal(np.sort(plain[plain >= 100]), np.sort(np.repeat(clip(), 3)))


def test_that_grey_clips_without_border_make_a_grey_board() -> None:
    video = board([Tile(clip(), 2, "a caption", border=False)], scale=8)
    np.testing.assert_array_equal(video, video[..., :1].repeat(3, -1))


def test_that_a_shorter_clip_holds_its_last_frame() -> None:
    long, short = clip(5, seed=1), clip(2, seed=2)
    video = board([[Tile(long, 1), Tile(short, 1)]], gap=0)
    assert len(video) == 5
    for t in range(5):
        np.testing.assert_array_equal(video[t, 1:7, 11:19], short[min(t, 1)].repeat(3, -1))
        np.testing.assert_array_equal(video[t, 1:7, 1:9], long[t].repeat(3, -1))


def test_that_tiles_fill_rows_in_order() -> None:
    tiles = [Tile(clip(1, seed=k), 1) for k in range(5)]
    video = board(tiles, columns=3, gap=1)
    for k, tile in enumerate(tiles):
        y, x = 2 + k // 3 * 9, 2 + k % 3 * 11
        np.testing.assert_array_equal(video[0, y : y + 6, x : x + 8], tile.frames[0].repeat(3, -1))
    assert (video[0, 10:, 23:] == BACKGROUND).all()


@pytest.mark.parametrize("n, rows, columns", [(1, 1, 1), (2, 1, 2), (16, 4, 4), (18, 4, 5), (100, 10, 10)])
def test_that_a_board_is_nearly_square_unless_told(n: int, rows: int, columns: int) -> None:
    made = grid([Tile(clip(1), 1)] * n)
    assert (len(made), len(made[0])) == (rows, columns)
    assert sum(map(len, made)) == n


def test_that_smaller_tiles_stand_in_the_middle_of_their_cell() -> None:
    small = clip(1, 2, 4)
    video = board([[Tile(clip(1), 1), Tile(small, 1)]], gap=0)
    np.testing.assert_array_equal(video[0, 3:5, 13:17], small[0].repeat(3, -1))
    assert tuple(video[0, 2, 12]) == GIVEN


def test_that_the_layout_foretells_the_size() -> None:
    tiles = [Tile(clip(3, 20, 30), 1, "seed 1"), Tile(clip(4, 24, 20), 1)]
    for captions in (False, True):
        plan = layout(tiles, 1, scale=2, captions=captions)
        video = board(tiles, 1, scale=2, captions=captions)
        assert video.shape == (plan.n_frames, *plan.size, 3)


def test_that_frames_come_one_by_one() -> None:
    tiles = [Tile(clip(), 2, "seed 1")]
    np.testing.assert_array_equal(np.stack(list(iter_board(tiles, scale=2))), board(tiles, scale=2))


def test_that_captions_stand_below_their_own_tile_and_nowhere_else() -> None:
    empty, told = (board([Tile(clip(1, 64, 64), 1, c), Tile(clip(1, 64, 64), 1, "x")], 2) for c in ("", "seed 1"))
    rows, columns = np.nonzero((empty != told).any(-1)[0])
    assert rows.min() >= 4 + 66
    assert columns.min() >= 4
    assert columns.max() < 4 + 66
    assert told[0, 70:].max() > 150  # light letters on the dark background


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_that_a_caption_is_written_whole_at_every_enlargement(scale: int) -> None:
    text = "seed 3 · SSIM 0.87"
    plan = layout([Tile(clip(2, 64, 64), 1, text)], scale=scale)
    lines = lines_of(text, plan.font_size, plan.cell[1])
    assert " · ".join(lines) == text
    masks = [text_mask(words, plan.font_size, plan.cell[1]) for words in lines]
    assert [mask.shape for mask in masks] == [text_mask(words, plan.font_size, 10_000).shape for words in lines], "none is cut"
    picture = board([Tile(clip(2, 64, 64), 1, text)], scale=scale)[0]
    assert picture.shape[:2] == plan.size
    below = picture[4 * scale + plan.cell[0] :]
    for number, mask in enumerate(masks):
        row = below[number * plan.line :][: plan.line]
        assert (row.max(axis=(1, 2)) > 100).any(), f"line {number} is written"
        assert mask.any()


def test_that_captions_of_one_line_take_no_more_room_than_that() -> None:
    one, two = (layout([Tile(clip(2, 64, 64), 1, text)]) for text in ("seed 3", "seed 3 · SSIM 0.87"))
    assert (one.captioned, two.captioned) == (one.line, 2 * one.line)


def test_that_captions_can_be_left_out() -> None:
    tiles = [Tile(clip(), 2, "seed 1")]
    np.testing.assert_array_equal(board(tiles, captions=False), board([Tile(clip(), 2)]))


def test_that_a_caption_too_long_ends_in_an_ellipsis() -> None:
    full, cut = text_mask("a caption much too long", 12, 10_000), text_mask("a caption much too long", 12, 60)
    assert cut.shape[1] <= 60
    np.testing.assert_array_equal(cut[:, :30], full[:, :30])
    dots = text_mask("…", 12, 100)
    ends = [cut[:, -dots.shape[1] - k :][:, : dots.shape[1]] for k in range(3)]
    assert any(np.array_equal(end > 128, dots > 128) for end in ends)


def test_that_letters_the_font_lacks_lose_their_accents() -> None:
    np.testing.assert_array_equal(text_mask("é ×", 12, 100), text_mask("e x", 12, 100))


@pytest.mark.parametrize("width", [1, 5, 12])
def test_that_no_tile_is_too_narrow_for_a_caption(width: int) -> None:
    assert board([Tile(clip(1, 64, width), 1, "seed 1")]).shape[2] == width + 2 + 8


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((2, 4, 4), np.uint8),
        np.zeros((2, 4, 4, 1), np.float32),
        np.zeros((2, 4, 4, 2), np.uint8),
        np.zeros((0, 4, 4, 1), np.uint8),
    ],
)
def test_that_a_tile_refuses_what_is_no_clip(frames: Frames) -> None:
    with pytest.raises(ValueError, match="uint8"):
        Tile(frames, 1)


def test_that_a_strip_shows_time_to_the_right_and_a_clip_a_row() -> None:
    rows = [clip(3, seed=1), clip(3, seed=2)]
    picture = strip(rows, gap=2)
    assert picture.shape == (2 + 2 * (6 + 2), 2 + 3 * (8 + 2), 3)
    for i, row in enumerate(rows):
        for t in range(3):
            y, x = 2 + 8 * i, 2 + 10 * t
            np.testing.assert_array_equal(picture[y : y + 6, x : x + 8], row[t].repeat(3, -1))


def test_that_a_strip_turns_red_where_imagining_begins() -> None:
    picture = strip([Tile(clip(3), 2)], gap=0)
    assert [tuple(picture[0, x]) for x in (0, 10, 20)] == [GIVEN, GIVEN, IMAGINED]


def test_that_a_strips_captions_stand_left_of_their_rows() -> None:
    tiles = [Tile(clip(2, 32, 32), 1, caption) for caption in ("truth", "seed 1")]
    plain, told = strip(tiles, captions=False), strip(tiles)
    left = told.shape[1] - plain.shape[1]
    assert left > 20
    np.testing.assert_array_equal(told[:, left:], plain)
    for rows in (slice(0, 35), slice(35, None)):
        assert told[rows, :left].max() > 150


def test_that_boards_need_numpy_alone() -> None:
    code = (
        "import sys; sys.modules['PIL'] = None\n"
        "import numpy as np; from svg_studio.engine.export.grid import Tile, board, strip\n"
        "tile = Tile(np.zeros((2, 4, 4, 1), np.uint8), 1); board([tile]); strip([tile])\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'PySide6', 'av', 'cv2')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("text, seen", [("a\nb", r"a\nb"), ("\x1b[2J", r"\x1b[2J"), ("\u202ex", r"\u202ex"), ("<b>", "<b>")])
def test_that_captions_say_what_cannot_be_seen(text: str, seen: str) -> None:
    np.testing.assert_array_equal(text_mask(text, 12, 200), text_mask(seen, 12, 200))


def test_that_a_caption_may_be_endless() -> None:
    assert text_mask("W" * 100_000, 12, 60).shape[1] <= 60
