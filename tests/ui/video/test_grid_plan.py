"""Tiles are as large as their number and the room allow, and a little less room makes them a little smaller."""

import pytest
from PySide6.QtCore import QRect, QSize

from svg_studio.ui.video.grid_plan import GAP, MARGIN, WORTH, Plan, plan

SQUARE = QSize(64, 64)


def inside(p: Plan, count: int, room: QSize) -> bool:
    return p.size(count).width() <= room.width() and p.size(count).height() <= room.height()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 12, 16, 30, 60, 100])
@pytest.mark.parametrize("room", [(870, 490), (590, 390), (400, 900), (1500, 800)])
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_that_nothing_larger_would_fit_whatever_the_columns(count: int, room: tuple[int, int], ratio: float) -> None:
    space = QSize(*room)
    p = plan(count, SQUARE, space, ratio, narrowest=8)
    assert inside(p, count, space)
    width = int(p.image.width() * WORTH) + 2  # what a whole factor may have cost
    cell = QSize(width + MARGIN.width(), width + MARGIN.height())
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        assert columns * cell.width() + GAP > room[0] or rows * cell.height() + GAP > room[1], (columns, p)


def test_that_a_little_less_room_makes_tiles_a_little_smaller() -> None:
    before = plan(16, SQUARE, QSize(870, 490), 1.0).image.width()
    for less in range(1, 60):
        now = plan(16, SQUARE, QSize(870, 490 - less), 1.0).image.width()
        assert before * 0.9 < now <= before, "a whole factor less would halve them"
        before = now


def test_that_a_hundred_futures_are_all_there_on_a_common_screen() -> None:
    room = QSize(870, 490)
    p = plan(100, SQUARE, room, 1.0, bar=12, narrowest=32)
    assert inside(p, 100, room)
    assert p.image.width() >= 32


def test_that_where_they_would_be_unreadable_they_scroll_and_fill_the_width() -> None:
    room = QSize(590, 390)
    p = plan(400, SQUARE, room, 1.0, bar=12, narrowest=32)
    assert p.image.width() >= 64
    assert p.size(400).height() > room.height()
    assert room.width() - 12 - p.cell.width() < p.size(400).width() <= room.width() - 12
    assert p.columns == 7


def test_that_a_whole_factor_is_taken_where_little_is_lost_by_it() -> None:
    cell = QSize(128 + MARGIN.width(), 128 + MARGIN.height())
    for more in range(5):
        room = QSize(2 * (cell.width() + more) + 5, 2 * (cell.height() + more) + 5)
        assert (plan(4, SQUARE, room, 1.0).image.width(), plan(4, SQUARE, room, 1.0).factor) == (128, 2.0)
    room = QSize(2 * (cell.width() + 30) + 5, 2 * (cell.height() + 30) + 5)
    assert plan(4, SQUARE, room, 1.0).image.width() == 158


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("factor", [0.5, 0.75, 1.0, 1.5, 3.0])
def test_that_a_chosen_size_is_in_pixels_of_the_screen(factor: float, ratio: float) -> None:
    p = plan(16, SQUARE, QSize(600, 400), ratio, factor=factor)
    assert p.image.width() == round(64 * factor / ratio)


def test_that_tiles_that_are_not_square_keep_their_shape() -> None:
    p = plan(6, QSize(96, 64), QSize(900, 500), 1.0)
    assert abs(p.image.width() / p.image.height() - 1.5) < 0.02
    assert inside(p, 6, QSize(900, 500))


def test_that_cells_lie_side_by_side_and_none_over_another() -> None:
    p = plan(7, SQUARE, QSize(500, 400), 1.0)
    cells = [QRect(p.spot(n), p.cell) for n in range(7)]
    assert not any(a.intersects(b) for n, a in enumerate(cells) for b in cells[:n])
    left, right = cells[0].left(), 500 - max(cell.right() for cell in cells)
    assert abs(left - right) < 8, "in the middle"


def test_that_rows_are_filled_evenly() -> None:
    assert plan(4, SQUARE, QSize(870, 490), 1.0).columns == 2
    assert plan(16, SQUARE, QSize(870, 490), 1.0).columns == 6
