"""Plots in the window's colours, one of them with a cursor that reads values."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QLabel

from svg_studio.ui.plots.parts import rich
from svg_studio.ui.style import theme

NUMBERED = (1, 2, 3, 5, 10)  # 10 is 1, rounded


class LossAxis(pg.AxisItem):
    """On a logarithmic scale, numbers at 1, 2, 3 and 5 times a power of ten only: those between would run into each other."""

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        words = super().logTickStrings(values, scale, spacing)
        return [word if round(10 ** (value % 1)) in NUMBERED else "" for value, word in zip(values, words, strict=True)]


class StyledPlot(pg.PlotWidget):
    """Without menu, buttons and grid: pyqtgraph takes 16 ms to paint a grid's lines, and the window would wait for it."""

    def __init__(self, axes: dict[str, pg.AxisItem] | None = None) -> None:
        super().__init__(axisItems={"left": LossAxis("left"), **(axes or {})})
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMenuEnabled(False)
        self.hideButtons()
        for side in ("bottom", "left"):
            self.getAxis(side).enableAutoSIPrefix(False)
        theme.follow(self.recolour)

    def recolour(self) -> None:
        """Takes the colours of the scheme."""
        c = theme.colors()
        self.setBackground(c.surface)
        for side in ("left", "bottom"):
            self.getAxis(side).setPen(c.border)
            self.getAxis(side).setTextPen(c.muted)


class ReadPlot(StyledPlot):
    """`hovered` says where the mouse is along the bottom axis; `read` puts a line there and a table of values beside it."""

    hovered = Signal(float)

    def __init__(self, axes: dict[str, pg.AxisItem] | None = None) -> None:
        self.cursor_line = pg.InfiniteLine(angle=90, movable=False)
        self.reading = QLabel(textFormat=Qt.TextFormat.RichText)
        super().__init__(axes)
        self.cursor_line.hide()
        self.addItem(self.cursor_line, ignoreBounds=True)
        self.reading.setParent(self)
        self.reading.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.reading.hide()
        self._at = 0.0
        self.scene().sigMouseMoved.connect(self._hover)
        self.getViewBox().sigResized.connect(self._place)

    def read(self, x: float | None, rows: Sequence[Sequence[str]] = ()) -> None:
        """Shows a line at `x` and a table, its head first, on the side where it hides less; None: neither."""
        self.cursor_line.setVisible(x is not None)
        shown = x is not None and bool(rows)
        self.reading.setVisible(shown)
        self.reading.setText(rich(rows) if shown else "")
        if x is not None:
            self._at = x
            self.cursor_line.setValue(x)
            self.reading.adjustSize()
            self._place()

    def recolour(self) -> None:
        super().recolour()
        c = theme.colors()
        self.cursor_line.setPen(pg.mkPen(c.muted, width=1))
        self.reading.setStyleSheet(
            f"background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; border-radius: 4px; "
            "padding: 2px 4px; font-size: 11px;"
        )

    def _place(self, *_: object) -> None:
        view = self.getViewBox()
        room, middle = view.mapRectToScene(view.boundingRect()), sum(view.viewRange()[0]) / 2
        x = room.right() - self.reading.width() - 6 if self._at < middle else room.left() + 6
        self.reading.move(max(0, int(x)), int(room.top()) + 4)

    def _hover(self, place: QPointF) -> None:
        if self.sceneBoundingRect().contains(place):
            self.hovered.emit(self.getViewBox().mapSceneToView(place).x())
