"""The wall draws the right frame of the right future, whole factors large, with the right border."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from svg_studio.engine.address import path_of
from svg_studio.engine.events import FutureSampled, FutureScored
from svg_studio.ui.futures.wall import Wall
from svg_studio.ui.style import theme
from svg_studio.ui.video.grid_area import GridArea
from svg_studio.ui.video.grid_plan import BORDER


@pytest.fixture
def wall(qtbot: QtBot, video: Callable[..., np.ndarray]) -> Wall:
    """Six futures of 8 frames of 16 px; future k's pixels are 10·(k+1) + t; three frames are given."""
    wall = Wall()
    area = GridArea(wall)
    qtbot.addWidget(area)
    area.resize(600, 400)
    area.show()
    wall.area = area  # type: ignore[attr-defined]  # keeps it alive
    wall.grow(video(100, width=16), 3, [path_of(seed) for seed in range(7, 13)])
    for k in range(6):
        wall.add(FutureSampled(k, 7 + k, 3, video(10 * (k + 1), width=16), (1.0,) * 8))
    return wall


def color_at(wall: Wall, point: QPoint) -> QColor:
    image = wall.grab().toImage()
    return image.pixelColor(point * image.devicePixelRatio())


def test_that_each_tile_shows_its_own_frame(wall: Wall) -> None:
    for t in (0, 5):
        wall.show_frame(t)
        for k in range(6):
            assert color_at(wall, wall.pictures[k].center()).red() == 10 * (k + 1) + t


def test_that_the_border_is_green_while_given_and_red_once_imagined(wall: Wall) -> None:
    edge = wall.pictures[4].topLeft() - QPoint(1, 1)
    wall.show_frame(2)
    assert color_at(wall, edge).name() == theme.colors().given
    wall.show_frame(3)
    assert color_at(wall, edge).name() == theme.colors().imagined


def test_that_borders_follow_the_scheme(wall: Wall, qapp: object) -> None:
    theme.apply(qapp, "dark")  # type: ignore[arg-type]
    edge = wall.pictures[4].topLeft() - QPoint(1, 1)
    assert color_at(wall, edge).name() == theme.DARK.given


def test_that_pixels_are_enlarged_by_a_whole_factor_and_not_smoothed(wall: Wall) -> None:
    checkers = np.zeros((8, 16, 16, 1), np.uint8)
    checkers[:, ::2, ::2] = 255
    wall.add(FutureSampled(0, 7, 3, checkers, (1.0,) * 8))
    wall.set_factor(4)
    factor = 4
    rect = wall.pictures[0]
    assert rect.width() == 16 * factor
    image = wall.grab().toImage()
    drawn = [[image.pixelColor(rect.left() + x, rect.top() + y).red() for x in range(16 * factor)] for y in range(16 * factor)]
    expected = np.kron(checkers[0, :, :, 0], np.ones((factor, factor), np.uint8))
    assert np.array_equal(np.array(drawn), expected)


@pytest.mark.parametrize("factor", [1.5, 2.5])
def test_that_at_a_fraction_pixels_keep_their_edges_and_differ_by_one_at_most(wall: Wall, factor: float) -> None:
    stripes = np.zeros((8, 16, 16, 1), np.uint8)
    stripes[:, :, ::2] = 255
    wall.add(FutureSampled(0, 7, 3, stripes, (1.0,) * 8))
    wall.set_factor(factor)
    rect = wall.pictures[0]
    assert rect.width() == 16 * factor
    image = wall.grab().toImage()
    line = [image.pixelColor(rect.left() + x, rect.top() + 3).red() for x in range(rect.width())]
    assert set(line) == {0, 255}, "nothing is blended"
    edges = [0, *(x for x in range(1, len(line)) if line[x] != line[x - 1]), len(line)]
    widths = [right - left for left, right in itertools.pairwise(edges)]
    assert len(widths) == 16
    assert set(widths) == {int(factor), int(factor) + 1}


def test_that_made_smaller_every_pixel_still_counts(wall: Wall) -> None:
    stripes = np.zeros((8, 16, 16, 1), np.uint8)
    stripes[:, :, ::2] = 255
    wall.add(FutureSampled(0, 7, 3, stripes, (1.0,) * 8))
    wall.set_factor(0.5)
    middle = color_at(wall, wall.pictures[0].center()).red()
    assert 60 < middle < 200, "neither the black nor the white stripes alone"


def test_that_too_many_tiles_get_a_scroll_bar_and_keep_their_size(qtbot: QtBot, video: Callable[..., np.ndarray]) -> None:
    wall = Wall()
    area = GridArea(wall)
    qtbot.addWidget(area)
    area.resize(400, 300)
    area.show()
    wall.grow(video(100, width=64), 3, [path_of(seed) for seed in range(100)])
    assert wall.plan.image.width() >= 64
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    assert area.horizontalScrollBar().maximum() == 0
    assert wall.height() >= wall.cell(99).bottom()


def test_that_a_click_selects_and_a_double_click_opens_and_pins_nothing(wall: Wall, qtbot: QtBot) -> None:
    assert wall.selected == 0, "the first future is selected by itself"
    with qtbot.waitSignal(wall.selection_changed) as selected:
        qtbot.mouseClick(wall, Qt.MouseButton.LeftButton, pos=wall.cell(3).center())
    assert selected.args == [3]
    with qtbot.waitSignal(wall.opened):
        QTest.mouseDClick(wall, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, wall.cell(3).center())
    assert wall.pinned == []


def test_that_arrow_keys_move_the_selection_and_p_pins(wall: Wall, qtbot: QtBot) -> None:
    wall.set_factor(8)
    columns = wall.plan.columns
    assert 1 < columns < 6
    for key, expected in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Down, 1 + columns), (Qt.Key.Key_Up, 1), (Qt.Key.Key_Left, 0)):
        qtbot.keyClick(wall, key)
        assert wall.selected == expected
    qtbot.keyClick(wall, Qt.Key.Key_Left)
    assert wall.selected == 0, "there is nothing before the first"
    qtbot.keyClick(wall, Qt.Key.Key_P)
    assert wall.pinned == [0]


def test_that_the_selected_future_is_told_to_screen_readers(wall: Wall) -> None:
    wall.select(2)
    assert wall.accessibleDescription() == "Selected: future 3, seed 9"
    wall.pin(2)
    assert wall.accessibleDescription() == "Selected: future 3, seed 9, pinned"


def test_that_the_caption_carries_seed_and_mean_ssim_of_imagined_frames(wall: Wall) -> None:
    wall.set_score(FutureScored(1, 8, (math.nan, math.nan, math.nan, 0.9, 0.8, 0.7, 0.6, 0.5), (math.nan,) * 8))
    film = wall.films[1]
    assert film is not None
    assert "8" in film.caption
    assert "0.70" in film.caption


def test_that_captions_have_words_where_there_is_room_and_keep_their_figure_where_there_is_none(wall: Wall) -> None:
    wall.set_score(FutureScored(1, 8, (math.nan, math.nan, math.nan, 0.9, 0.8, 0.7, 0.6, 0.5), (math.nan,) * 8))
    captions = {}
    for width, height in ((1200, 900), (300, 200), (1200, 900)):
        wall.area.resize(width, height)  # type: ignore[attr-defined]
        wall.arrange()
        captions[wall.roomy] = [film.caption for film in wall.films[:2] if film is not None]
    assert captions == {True: ["seed 7", "seed 8 · SSIM 0.700"], False: ["7", "8 · 0.700"]}


def test_that_a_future_keeps_its_last_frame_when_the_clock_runs_on(wall: Wall) -> None:
    wall.show_frame(50)
    assert color_at(wall, wall.pictures[0].center()).red() == 10 + 7


def test_that_the_border_is_as_wide_as_it_says(wall: Wall) -> None:
    wall.show_frame(0)
    corner = wall.pictures[5].topLeft()
    assert color_at(wall, corner - QPoint(BORDER, BORDER)).name() == theme.colors().given
    assert color_at(wall, corner - QPoint(BORDER + 1, BORDER + 1)).name() != theme.colors().given
