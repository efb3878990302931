"""Plots in the window's colours, with a cursor that reads values, and the widget that such a plot stands in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from svg_studio.ui.plots.axes import LossAxis
from svg_studio.ui.plots.parts import rich
from svg_studio.ui.plots.plot_menu import menu_of
from svg_studio.ui.plots.plot_picture import Entry
from svg_studio.ui.plots.step_series import Floats
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import timer

Cell = str | int | float
ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class StyledPlot(pg.PlotWidget):
    """Without pyqtgraph's own menu, buttons and grid: it takes 16 ms to paint a grid's lines, and the window would wait for it.

    A right click, or the menu key, opens the menu of all plots. Whoever makes a plot says what its `legend` and `values` are.
    """

    def __init__(self, axes: dict[str, pg.AxisItem] | None = None) -> None:
        self.legend: Callable[[], list[Entry]] = list  # what a picture says of its curves
        self.values: Callable[[], Mapping[str, Sequence[Cell]]] = dict  # columns by their heads
        self.pointers: list[pg.GraphicsObject] = []  # lines that are no part of a picture
        self.file_name = "plot"  # that is proposed, without a suffix
        self._framed = False  # whether what it stands in has the focus
        super().__init__(axisItems={"left": LossAxis("left"), **(axes or {})})
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMenuEnabled(False)
        self.hideButtons()
        for side in ("bottom", "left"):
            self.getAxis(side).enableAutoSIPrefix(False)
        self.scene().sigMouseClicked.connect(self._on_click)
        theme.follow(self.recolour)

    @property
    def zooms(self) -> bool:
        """Whether wheel and mouse zoom and move it."""
        return any(self.getViewBox().mouseEnabled())

    @property
    def zoomed(self) -> bool:
        """Whether it does not show everything."""
        return not all(self.getViewBox().autoRangeEnabled())

    def reset_zoom(self) -> None:
        """Everything is shown again, also what comes."""
        self.enableAutoRange()

    def show_focus(self, on: bool) -> None:
        """A line around it while the widget that it stands in has the focus."""
        self._framed = on
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._framed:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(QColor(theme.colors().accent), 2))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
            painter.end()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        # Of a mouse it comes with the press, and with a drag the right button zooms: see _on_click.
        if event.reason() != QContextMenuEvent.Reason.Mouse:
            menu_of(self).popup(self.mapToGlobal(self.rect().center()))
        event.accept()

    def _on_click(self, event: pg.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        if event.button() == Qt.MouseButton.RightButton:
            menu_of(self).popup(event.screenPos().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.zooms:
            self.reset_zoom()

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
        self.pointers = [self.cursor_line]
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


class PlotHolder(QWidget):
    """A widget around one plot, which the keyboard reaches in its place."""

    plot: StyledPlot

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.plot.show_focus(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.plot.show_focus(False)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu key opens the plot's menu."""
        self.plot.contextMenuEvent(event)


class CurvesView(PlotHolder):
    """A ReadPlot that is redrawn a moment after `soon`, however often that is said; who points at nothing reads at None."""

    def __init__(
        self, name: str, redraw_ms: int, axes: dict[str, pg.AxisItem] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.plot: ReadPlot = ReadPlot(axes)
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
        self.plot.getPlotItem().layout.setContentsMargins(2, 8, 10, 2)  # room for half a number above the axis and beside it
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
