"""What models have imagined is kept while there is room, and never mixed between clips."""

from pathlib import Path

import numpy as np

from svg_studio.engine.events import FramesImagined, FutureScored, ModelOpened
from svg_studio.ui.futures.compare.results import Results

OPENED = ModelOpened(Path("a.pt"), {}, {}, 4, 10, "CPU", "fp32")


def filled(results: Results, path: str, frames: int = 5) -> None:
    results.open(Path(path), OPENED)
    for t in range(2, frames):
        results.put_frames(Path(path), FramesImagined(t, 2, 5, np.full((2, 8, 8, 1), t, np.uint8)))


def begun(most: int = 10**6) -> Results:
    results = Results(most)
    results.begin([7, 8], 2)
    results.truth = np.zeros((5, 8, 8, 1), np.uint8)
    return results


def test_that_films_grow_frame_by_frame_and_are_done_at_the_end() -> None:
    results = begun()
    filled(results, "a.pt", 4)
    result = results.of(Path("a.pt"))
    assert result is not None
    assert [film.made for film in result.films] == [4, 4]
    assert not results.is_done(Path("a.pt"))
    filled(results, "a.pt")
    assert results.is_done(Path("a.pt"))


def test_that_a_caption_names_seed_and_score() -> None:
    results = begun()
    filled(results, "a.pt")
    results.put_score(Path("a.pt"), FutureScored(1, 8, (float("nan"), float("nan"), 0.5, 0.7, 0.6), ()))
    result = results.of(Path("a.pt"))
    assert result is not None
    assert [film.described(True) for film in result.films] == ["seed 7", "seed 8 · SSIM 0.600"]
    assert result.films[1].described(False) == "8 · 0.600"


def test_that_what_was_given_up_is_forgotten_and_what_is_whole_or_left_out_stays() -> None:
    results = begun()
    filled(results, "half.pt", 4)
    filled(results, "whole.pt")
    results.leave_out(Path("bad.pt"), "bad.pt: no model.")
    results.forget_unfinished()
    assert results.of(Path("half.pt")) is None
    assert results.is_done(Path("whole.pt"))
    assert results.is_done(Path("bad.pt"))


def test_that_the_least_lately_used_ones_go_where_there_is_no_room_but_none_that_is_shown() -> None:
    results = begun(most=2 * 2 * 5 * 64)
    for name in ("a", "b", "c", "d"):
        filled(results, name)
    results.of(Path("b"))
    results.shrink({Path("a")})
    assert [results.of(Path(name)) is not None for name in "abcd"] == [True, True, False, False]


def test_that_another_clip_leaves_nothing_of_the_one_before() -> None:
    results = begun()
    filled(results, "a.pt")
    results.begin([1], 3)
    assert results.of(Path("a.pt")) is None
    assert results.truth is None
