"""The steered tile: the future that it comes from, until there are frames of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from svg_studio.ui.futures.steer.tiles import SteerTiles
from svg_studio.ui.video.tile_grid import Film, play


@pytest.fixture
def tiles(qtbot: QtBot, video: Callable[..., np.ndarray]) -> SteerTiles:
    made = SteerTiles()
    qtbot.addWidget(made)
    made.resize(300, 160)
    made.show()
    made.begin(Film(play(video(10)), 3), QSize(8, 8))
    return made


def pixels(tiles: SteerTiles) -> list[int]:
    assert tiles.steered is not None
    return [int(tiles.steered.at(t)[0, 0, 0]) for t in range(8)]


def frame(value: int) -> np.ndarray:
    return np.full((8, 8, 1), value, np.uint8)


def test_that_it_grows_over_what_was_there(tiles: SteerTiles) -> None:
    film = tiles.steered
    assert film is not None
    assert pixels(tiles) == [10, 11, 12, 13, 14, 15, 16, 17]
    assert not film.lacks(7)
    for t in (3, 4):
        tiles.put(t, frame(100 + t), 8)
    assert pixels(tiles)[:5] == [10, 11, 12, 103, 104]
    assert [film.lacks(t) for t in range(8)] == [False] * 5 + [True] * 3
    for t in (5, 6, 7):
        tiles.put(t, frame(100 + t), 8)
    assert pixels(tiles) == [10, 11, 12, 103, 104, 105, 106, 107]
    assert not film.lacks(7)


def test_that_frames_of_the_last_wish_stay_below_a_veil_until_newer_ones_come(tiles: SteerTiles) -> None:
    for t in range(3, 8):
        tiles.put(t, frame(100 + t), 8)
    tiles.put(3, frame(203), 8)
    assert pixels(tiles) == [10, 11, 12, 203, 104, 105, 106, 107]
    assert tiles.steered is not None
    assert [tiles.steered.lacks(t) for t in (3, 4)] == [False, True]


def test_that_it_says_what_it_is_to_screen_readers(tiles: SteerTiles) -> None:
    tiles.tell("steered, making…")
    assert tiles.accessibleDescription() == "Steered: steered, making…"
    tiles.end()
    assert tiles.steered is None
    tiles.put(3, frame(1), 8)
    tiles.tell("nothing")
    tiles.grab()
