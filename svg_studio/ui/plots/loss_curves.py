"""Plots the losses of one run over its steps while it trains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import drawSymbol
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from svg_studio.ui.plots.parts import SAMPLE, SMOOTHEST, FrameAxis, arrow, drawn_line, dress_losses, smoothing_slider
from svg_studio.ui.plots.step_series import Floats, StepSeries, peaks
from svg_studio.ui.plots.styled_plot import ReadPlot
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import check_box, heading, label, timer
from svg_studio.ui.widgets.layouts import column, row, stack

CURVES = ("mse", "kld", "total")
TIPS = {
    "mse": "Squared error of the predicted frames, summed over t = 1…T-1 and divided by T",
    "kld": "KL(q‖p) in nats, summed over the latent and over t, divided by T",
    "total": "What is minimised: mse + β · kld",
}
DASHES = {"mse": Qt.PenStyle.SolidLine, "kld": Qt.PenStyle.DashLine, "total": Qt.PenStyle.DotLine}
MARKS = {"mse": "o", "kld": "t", "total": "s"}
REDRAW_MS = 100
BINS = 500  # of the visible steps; each is drawn as its least and greatest value


class LossCurves(QWidget):
    """`add_step` and `add_test` cost a few microseconds; the picture follows at most ten times a second."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.series = StepSeries(CURVES)
        self.tests = StepSeries(CURVES)
        self.place: int | None = None  # in `series`, that the reading is of
        self.redraws = 0
        self._items: dict[tuple[str, str], pg.PlotDataItem] = {}
        self._timer = timer(self, REDRAW_MS, self.redraw, once=True)
        self.reading = label(name="Losses at the cursor", plain=True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Losses over steps; left and right arrow read the curves")
        self.plot = ReadPlot({"bottom": FrameAxis("bottom")})
        self.plot.getPlotItem().getViewBox().setLimits(xMin=0)
        self.plot.setMinimumHeight(140)
        self.plot.hovered.connect(self.read_at)
        self.pages = stack(label("The curves begin with the first step of a run.", "muted", centred=True), self.plot)
        top = row(heading("Losses"), None, self.reading)
        column(top, self._controls(), self.pages, on=self, gap=4, stretch=self.pages)
        self._make_items()
        self.smoothing.setValue(40)
        self.log_axis.setChecked(True)
        self.plot.getPlotItem().getViewBox().sigXRangeChanged.connect(self._schedule)
        theme.follow(self._recolour)

    def add_step(self, step: int, mse: float, kld: float, total: float) -> None:
        self.series.append(step, (mse, kld, total))
        self._schedule()

    def add_test(self, step: int, mse: float, kld: float, total: float) -> None:
        """Losses on test clips, drawn as single points."""
        self.tests.append(step, (mse, kld, total))
        self._schedule()

    def clear(self) -> None:
        self.series, self.tests = StepSeries(CURVES, self.series.decay), StepSeries(CURVES)
        self.place = None
        self.plot.getPlotItem().getViewBox().enableAutoRange()
        self.redraw()

    def redraw(self) -> None:
        """Draw what the buffers hold; the timer's business, and of tests."""
        self._timer.stop()
        self.redraws += 1
        low, high = self.plot.getPlotItem().getViewBox().viewRange()[0]
        follows = self.plot.getPlotItem().getViewBox().autoRangeEnabled()[0]
        shown = slice(0, len(self.series)) if follows else self.series.window(low, high)
        steps = self.series.steps[shown]
        stride = max(1, -(-len(steps) // BINS))
        if self.series.decay != (decay := 1 - 10 ** (-3 * self.smoothing.value() / SMOOTHEST)):
            self.series.smoothen(decay)
        for name in CURVES:
            self._draw(("raw", name), *peaks(steps, self.series.raw(name)[shown], BINS))
            self._draw(("smooth", name), steps[::stride], self.series.smooth(name)[shown][::stride])
            self._items["smooth", name].setSymbol("o" if len(steps) == 1 else None)  # a line of one point is none
            self._draw(("test", name), self.tests.steps, self.tests.raw(name))
        self._read()

    def read_at(self, step: float | None) -> None:
        """Put the reading on the step nearest to `step`; None: on the newest."""
        self.place = None if step is None else self.series.nearest(step)
        self._read()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = arrow(event)
        if move is None or not len(self.series):
            super().keyPressEvent(event)
            return
        # A hundredth of what is visible, so that a long run is crossed in seconds.
        low, high = self.plot.getPlotItem().getViewBox().viewRange()[0]
        hop = 1 if event.modifiers() & Qt.KeyboardModifier.ControlModifier else max(1, int((high - low) / 100))
        here = len(self.series) - 1 if self.place is None else self.place
        self.place = min(max(here + move * hop, 0), len(self.series) - 1)
        self._read()

    def leaveEvent(self, event: QEvent) -> None:
        self.read_at(None)

    def _controls(self) -> QHBoxLayout:
        self.shown: dict[str, QCheckBox] = {}
        for name in CURVES:
            tip = f"{TIPS[name]}. Drawn {_dash_name(name)}; test losses as marks."
            self.shown[name] = check_box(name, self._show_curves, tip, name=f"Show {name}", checked=True)
            self.shown[name].setIconSize(QSize(*SAMPLE))
        self.smoothing = smoothing_slider(self._smoothen)
        self.smoothing.setMinimumWidth(70)
        self.smoothing.setMaximumWidth(140)
        words = label("Smoothing", buddy=self.smoothing)
        tip = "Logarithmic losses, so that mse and kld can be seen together"
        self.log_axis = check_box("Log axis", self._set_log, tip)
        return row(*self.shown.values(), None, words, self.smoothing, self.log_axis, gap=10)

    def _make_items(self) -> None:
        item = self.plot.getPlotItem()
        for layer in ("raw", "smooth", "test"):
            for name in CURVES:
                # "finite": a diverging run's NaNs leave gaps instead of warnings.
                data = pg.PlotDataItem([], [], connect="finite", antialias=False)
                item.addItem(data)
                self._items[layer, name] = data
        item.setLabel("bottom", "step")

    def _draw(self, key: tuple[str, str], x: Floats, y: Floats) -> None:
        if self.log_axis.isChecked():
            y = np.where(y > 0, y, np.nan)  # a KL of exactly 0 has no logarithm
        self._items[key].setData(x, y)

    def _schedule(self, *_: Any) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _smoothen(self, position: int) -> None:
        self._show_curves()
        self._schedule()

    def _set_log(self, log: bool) -> None:
        self.plot.getPlotItem().setLogMode(x=False, y=log)
        self.redraw()

    def _show_curves(self, *_: Any) -> None:
        smooth = self.smoothing.value() > 0
        for (layer, name), item in self._items.items():
            item.setVisible(self.shown[name].isChecked() and (layer != "raw" or smooth))

    def _read(self) -> None:
        """Write the values under the cursor, or the newest ones."""
        n = len(self.series)
        self.pages.setCurrentIndex(1 if n else 0)
        if not n:
            self.plot.read(None)
            self.reading.setText("")
            return
        place = n - 1 if self.place is None else min(self.place, n - 1)
        step = self.series.steps[place]
        self.plot.read(None if self.place is None else float(step))
        values = "   ".join(f"{name} {self.series.raw(name)[place]:.5g}" for name in CURVES)
        self.reading.setText(f"step {int(step):,}   {values}")

    def _recolour(self) -> None:
        c = theme.colors()
        for i, name in enumerate(CURVES):
            test = self._items["test", name]
            pen = pg.mkPen(QColor(c.series[i]), width=2, style=DASHES[name])
            dress_losses(self._items["raw", name], self._items["smooth", name], test, pen, MARKS[name])
            self.shown[name].setIcon(_sample(self._items["smooth", name].opts["pen"], test.opts))
            self.shown[name].setMinimumWidth(self.shown[name].sizeHint().width())


def _sample(pen: QPen, mark: dict[str, Any]) -> QIcon:
    """What a curve and its test losses look like: a line and a mark."""
    width, height = SAMPLE
    picture = drawn_line(pen, width)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(width / 2, height / 2)
    drawSymbol(painter, mark["symbol"], mark["symbolSize"], pg.mkPen(mark["symbolPen"]), pg.mkBrush(mark["symbolBrush"]))
    painter.end()
    return QIcon(picture)


def _dash_name(name: str) -> str:
    return {Qt.PenStyle.SolidLine: "solid", Qt.PenStyle.DashLine: "dashed"}.get(DASHES[name], "dotted")
