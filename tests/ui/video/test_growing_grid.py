"""Tiles grow with the frames that arrive, and nobody can take one that is not complete for one that is."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QSize
from PySide6.QtGui import QColor, QPaintEvent
from pytestqt.qtbot import QtBot

from svg_studio.engine.address import path_of
from svg_studio.engine.events import FramesImagined, FutureSampled, read_only
from svg_studio.ui.futures.wall import Wall
from svg_studio.ui.style import theme
from svg_studio.ui.video.grid_area import GridArea
from svg_studio.ui.video.growing_grid import GrowingFilm


class CountingWall(Wall):
    """A wall that counts how often it is painted."""

    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1
        super().paintEvent(event)


@pytest.fixture
def wall(qtbot: QtBot, video: Callable[..., np.ndarray]) -> CountingWall:
    """Three futures of seeds 7, 8, 9, of whose 8 frames three are given, 100 + t, and none is imagined yet."""
    wall = CountingWall()
    area = GridArea(wall)
    qtbot.addWidget(area)
    area.resize(900, 300)
    area.show()
    wall.area = area  # type: ignore[attr-defined]  # keeps it alive
    wall.grow(video(100, width=16), 3, [path_of(seed) for seed in (7, 8, 9)])
    return wall


def imagined(t: int, n_futures: int = 3) -> FramesImagined:
    """Frame t of futures whose pixels are 10·(k+1) + t."""
    frames = np.stack([np.full((16, 16, 1), 10 * (k + 1) + t, np.uint8) for k in range(n_futures)])
    return FramesImagined(t, 3, 8, read_only(frames))


def whole(number: int, video: Callable[..., np.ndarray]) -> FutureSampled:
    return FutureSampled(number, 7 + number, 3, video(10 * (number + 1), width=16), (1.0,) * 8)


def color_at(wall: Wall, point: QPoint) -> QColor:
    image = wall.grab().toImage()
    return image.pixelColor(point * image.devicePixelRatio())


def edge(wall: Wall, number: int) -> str:
    return color_at(wall, wall.pictures[number].topLeft() - QPoint(1, 1)).name()


def captions(wall: Wall) -> list[str]:
    return [film.caption for film in wall.films if film is not None]


def test_that_given_frames_are_there_at_once(wall: CountingWall) -> None:
    for t in range(3):
        wall.show_frame(t)
        for k in range(3):
            assert color_at(wall, wall.pictures[k].center()).red() == 100 + t
            assert edge(wall, k) == theme.colors().given
    assert not wall.imagined
    assert not wall.futures


def test_that_each_tile_shows_its_own_frame_as_soon_as_it_comes(wall: CountingWall) -> None:
    for t in (3, 4):
        wall.put_frames(imagined(t))
    assert wall.imagined
    for t in (3, 4):
        wall.show_frame(t)
        for k in range(3):
            assert color_at(wall, wall.pictures[k].center()).red() == 10 * (k + 1) + t
            assert edge(wall, k) == theme.colors().imagined


def test_that_a_tile_holds_the_last_frame_that_it_has_veiled_and_with_neither_border(wall: CountingWall) -> None:
    for t in (3, 4):
        wall.put_frames(imagined(t))
    wall.show_frame(5)
    film = wall.films[1]
    assert film is not None
    assert film.at(5)[0, 0, 0] == film.at(7)[0, 0, 0] == 24
    assert edge(wall, 1) == theme.colors().border
    veiled = color_at(wall, wall.pictures[1].center()).red()
    assert 24 + 50 < veiled < QColor(theme.colors().window).red(), "between the picture and what is behind it"


def test_that_the_caption_says_whether_more_is_to_come(wall: CountingWall) -> None:
    assert captions(wall) == ["seed 7 · making…", "seed 8 · making…", "seed 9 · making…"]
    wall.put_frames(imagined(3))
    wall.halt()
    assert captions(wall) == ["seed 7 · 4/8", "seed 8 · 4/8", "seed 9 · 4/8"]


def test_that_narrow_tiles_say_it_in_short(wall: CountingWall) -> None:
    wall.set_factor(4)
    assert captions(wall) == ["7 …", "8 …", "9 …"]
    wall.set_factor(8)
    assert captions(wall)[0] == "seed 7 · making…"
    wall.halt()
    wall.set_factor(4)
    assert captions(wall)[0] == "7 · 3/8"


def test_that_a_complete_future_takes_the_place_of_its_growing_one(wall: CountingWall, video: Callable[..., np.ndarray]) -> None:
    for t in range(3, 8):
        wall.put_frames(imagined(t))
    wall.pin(1)
    wall.add(whole(1, video))
    assert captions(wall) == ["seed 7 · making…", "seed 8", "seed 9 · making…"]
    assert wall.pinned == [1]
    wall.halt()
    assert captions(wall)[1] == "seed 8", "what is complete stays so"
    assert list(wall.futures) == [1]
    wall.show_frame(7)
    assert edge(wall, 1) == theme.colors().imagined
    assert not any(film is not None and film.lacks(7) for film in wall.films)


def test_that_screen_readers_hear_which_future_is_not_complete(wall: CountingWall, video: Callable[..., np.ndarray]) -> None:
    wall.select(1)
    assert wall.accessibleDescription() == "Selected: future 2, seed 8, not complete"
    wall.add(whole(1, video))
    assert wall.accessibleDescription() == "Selected: future 2, seed 8"
    wall.grow(video(100, width=16), 3, [path_of(50), path_of(51)])
    assert wall.accessibleDescription() == "Selected: future 2, seed 51, not complete"


def test_that_a_frame_out_of_turn_is_left_out(video: Callable[..., np.ndarray]) -> None:
    film = GrowingFilm(video(100), 3, "seed 7", "7")
    frame = np.full((8, 8, 1), 9, np.uint8)
    for t in (5, 2, -1):
        film.put(t, frame)
    assert (film.made, film.at(7)[0, 0, 0]) == (3, 102)
    for t in range(3, 9):
        film.put(t, frame)
    assert (film.made, film.complete) == (8, True)


def test_that_frames_go_into_room_made_before(video: Callable[..., np.ndarray]) -> None:
    truth = video(100)
    film = GrowingFilm(truth, 3, "seed 7", "7")
    room = film.frames
    frame = np.full((8, 8, 1), 9, np.uint8)
    film.put(3, frame)
    frame += 1
    assert film.frames is room
    assert (room.shape, room[3, 0, 0, 0], truth[3, 0, 0, 0]) == (truth.shape, 9, 103)


def test_that_a_frame_is_painted_where_it_was_waited_for_and_nowhere_else(wall: CountingWall, qtbot: QtBot) -> None:
    wall.show_frame(4)
    qtbot.waitUntil(lambda: wall.painted > 0)
    QCoreApplication.processEvents()
    before = wall.painted
    wall.put_frames(imagined(3))
    qtbot.waitUntil(lambda: wall.painted > before)
    wall.show_frame(2)
    qtbot.waitUntil(lambda: wall.painted > before + 1)
    QCoreApplication.processEvents()
    before = wall.painted
    wall.put_frames(imagined(4))
    QCoreApplication.processEvents()
    assert wall.painted == before, "frame 2 shows nothing new"


def test_that_a_future_too_many_is_left_out(wall: CountingWall) -> None:
    wall.put_frames(imagined(3, n_futures=9))
    assert [film.made for film in wall.growing] == [4, 4, 4]
    assert wall.frame_size == QSize(16, 16)
