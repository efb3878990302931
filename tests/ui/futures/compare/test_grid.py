"""Rows of the grid are models, with their name and step before them, and columns are seeds, whatever the room."""

import numpy as np
import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from svg_studio.ui.futures.compare.grid import HEADS, NARROW, CompareGrid, frame_of
from svg_studio.ui.futures.compare.results import ComparedFilm
from svg_studio.ui.video.grid_area import GridArea

GIVEN = np.zeros((5, 64, 64, 1), np.uint8)


def films(count: int) -> list[ComparedFilm]:
    return [ComparedFilm(GIVEN, 2, f"seed {n}", str(n)) for n in range(count)]


@pytest.fixture
def grid(qtbot: QtBot) -> CompareGrid:
    grid = CompareGrid()
    area = GridArea(grid)
    qtbot.addWidget(area)
    grid.area = area  # type: ignore[attr-defined]  # kept alive
    area.resize(700, 500)
    area.show()
    return grid


@pytest.mark.parametrize("size", [(700, 500), (300, 900), (1400, 300)])
def test_that_each_model_has_a_row_and_each_seed_a_column(grid: CompareGrid, size: tuple[int, int]) -> None:
    grid.area.resize(*size)  # type: ignore[attr-defined]
    grid.show_rows([("lp", "step 1"), ("fp", "step 2"), ("new", "…")], [films(4), films(4), []], 4, QSize(64, 64))
    assert [film is None for film in grid.films] == [False] * 8 + [True] * 4
    lefts = {grid.pictures[row * 4 + column].left() for row in range(3) for column in (2,)}
    tops = [grid.pictures[row * 4].top() for row in range(3)]
    assert len(lefts) == 1
    assert sorted(set(tops)) == tops
    assert grid.pictures[0].left() >= HEADS
    assert grid.plan.image.width() >= NARROW
    assert [grid.head(row).top() <= tops[row] <= grid.head(row).bottom() for row in range(3)] == [True] * 3


def test_that_tiles_grow_with_the_room(grid: CompareGrid) -> None:
    grid.area.resize(420, 300)  # type: ignore[attr-defined]
    grid.show_rows([("lp", "step 1")], [films(2)], 2, QSize(64, 64))
    small = grid.plan.image.width()
    grid.area.resize(1400, 900)  # type: ignore[attr-defined]
    assert grid.plan.image.width() > small


def test_that_headings_are_painted_and_said(grid: CompareGrid) -> None:
    grid.show_rows([("", "")], [films(2)], 2, QSize(64, 64))
    without = grid.grab(grid.head(0)).toImage()
    grid.show_rows([("lp", "step 1")], [films(2)], 2, QSize(64, 64))
    assert grid.grab(grid.head(0)).toImage() != without
    assert grid.accessibleDescription() == "Rows: lp, step 1"


def test_that_the_size_of_frames_is_that_of_the_clip() -> None:
    assert frame_of(np.zeros((3, 32, 48, 1), np.uint8)) == QSize(48, 32)
    assert frame_of(None) == QSize(64, 64)
