"""Plots in the window's colours, with a cursor that reads values, and the widget that such a plot stands in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from svg_studio.ui.plots.axes import LossAxis
from svg_studio.ui.plots.parts import rich
from svg_studio.ui.plots.step_series import Floats
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import timer

ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


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

    def _place(self) -> None:
        view = self.getViewBox()
        room, middle = view.mapRectToScene(view.boundingRect()), sum(view.viewRange()[0]) / 2
        x = room.right() - self.reading.width() - 6 if self._at < middle else room.left() + 6
        self.reading.move(max(0, int(x)), int(room.top()) + 4)

    def _hover(self, place: QPointF) -> None:
        if self.sceneBoundingRect().contains(place):
            self.hovered.emit(self.getViewBox().mapSceneToView(place).x())


class CurvesView(QWidget):
    """A ReadPlot that is redrawn a moment after `soon`, however often that is said; who points at nothing reads at None."""

    def __init__(
        self, name: str, redraw_ms: int, axes: dict[str, pg.AxisItem] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.plot = ReadPlot(axes)
        self._timer = timer(self, redraw_ms, self.redraw, once=True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.plot.hovered.connect(self.read_at)

    def soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def redraw(self) -> None:
        """Draw what the buffers hold; the timer's business, and of tests."""
        raise NotImplementedError

    def read_at(self, x: float | None) -> None:
        raise NotImplementedError

    def leaveEvent(self, event: QEvent) -> None:
        self.read_at(None)


class LossView(CurvesView):
    """Losses, on an axis that is logarithmic while `log_axis` is ticked."""

    log_axis: QCheckBox

    def __init__(
        self, name: str, redraw_ms: int, axes: dict[str, pg.AxisItem] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(name, redraw_ms, axes, parent)
        self._items: dict[tuple[object, str], pg.PlotDataItem] = {}

    def _add(self, *key: Any) -> None:
        # "finite": a diverging run's NaNs leave gaps instead of warnings.
        self._items[key] = pg.PlotDataItem([], [], connect="finite", antialias=False)
        self.plot.addItem(self._items[key])

    def _draw(self, key: tuple[object, str], x: Floats, y: Floats) -> None:
        if self.log_axis.isChecked():
            y = np.where(y > 0, y, np.nan)  # a KL of exactly 0 has no logarithm
        self._items[key].setData(x[: len(y)], y)

    def _set_log(self, log: bool) -> None:
        self.plot.setLogMode(x=False, y=log)
        self.redraw()
