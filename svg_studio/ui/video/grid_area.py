"""Scroll bars for a grid of tiles."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea

from svg_studio.ui.video.tile_grid import TileGrid


class GridArea(QScrollArea):
    """Has scroll bars for when not even the least size of the grid's tiles fits."""

    def __init__(self, grid: TileGrid) -> None:
        super().__init__(widgetResizable=True)
        self._grid = grid
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(grid)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grid.arrange()
