"""A grid that does not fit has scroll bars, until there is room for it."""

import numpy as np
from PySide6.QtCore import QSize, Qt
from pytestqt.qtbot import QtBot

from svg_studio.ui.video.grid_area import GridArea
from svg_studio.ui.video.tile_grid import Film, TileGrid, play


def test_that_a_grid_is_arranged_anew_where_only_the_height_of_its_room_changes(qtbot: QtBot) -> None:
    grid = TileGrid()
    area = GridArea(grid)
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # as bars that lie over what they scroll
    qtbot.addWidget(area)
    area.resize(400, 200)
    area.show()
    frames = np.zeros((2, 64, 64, 1), np.uint8)
    grid.set_films([Film(play(frames), 1) for _ in range(60)], QSize(64, 64))
    assert grid.height() > area.viewport().height(), "it scrolls"
    small = grid.plan.image.width()
    area.resize(400, 2000)
    large = grid.plan.image.width()
    assert large > small
    area.resize(400, 1000)
    assert grid.plan.image.width() < large, "its own least size does not keep it as it was"
