"""Plots the losses of one run over its steps while it trains."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import drawSymbol
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from svg_studio.ui.plots.axes import WholeAxis
from svg_studio.ui.plots.parts import SAMPLE, SMOOTHEST, drawn_line, dress_losses, mixed, smoothing_slider
from svg_studio.ui.plots.plot_picture import Entry
from svg_studio.ui.plots.step_series import StepSeries, peaks
from svg_studio.ui.plots.styled_plot import ARROWS, LossView
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import check_box, heading, label
from svg_studio.ui.widgets.layouts import column, row, stack

CURVES = ("mse", "kld", "total")
TIPS = {
    "mse": "Squared error of the predicted frames, summed over t = 1…T-1 and divided by T",
    "kld": "KL(q‖p) in nats, summed over the latent and over t, divided by T",
    "total": "What is minimised: mse + β · kld",
}
# Where beta · kld is small, mse lies on the total: this one is broad and pale behind the others, its marks around theirs.
LINES = {"mse": (Qt.PenStyle.SolidLine, 2), "kld": (Qt.PenStyle.DashLine, 2), "total": (Qt.PenStyle.SolidLine, 7)}
DRAWN = {"mse": "solid", "kld": "dashed", "total": "as a broad band behind the others"}
MARKS = {"mse": ("o", 8), "kld": ("t", 8), "total": ("s", 13)}
PALE = 0.5  # how much of the ground is in the colour of the total
REDRAW_MS = 100
BINS = 500  # of the visible steps; each is drawn as its least and greatest value


class LossCurves(LossView):
    """`add_step` and `add_test` cost a few microseconds; the picture follows at most ten times a second."""

    def __init__(self, parent: QWidget | None = None) -> None:
        name = "Losses over steps; left and right arrow read the curves"
        super().__init__(name, REDRAW_MS, {"bottom": WholeAxis("bottom")}, parent)
        self.series = StepSeries(CURVES)
        self.tests = StepSeries(CURVES)
        self.redraws = 0
        self.place: int | None = None  # in `series`, that the reading is of
        self.reading = label(name="Losses at the cursor")
        self.plot.setLimits(xMin=0)
        self.plot.setMinimumHeight(140)
        self.plot.file_name, self.plot.legend, self.plot.values = "losses", self._legend, self._values
        self.plot.setLabel("bottom", "step")
        self.pages = stack(label("The curves begin with the first step of a run.", "muted", centred=True), self.plot)
        top = row(heading("Losses"), None, self.reading)
        column(top, self._controls(), self.pages, on=self, gap=4, stretch=self.pages)
        for layer in ("raw", "smooth", "test"):
            for name in CURVES:
                self._add(layer, name)
        self.smoothing.setValue(40)
        self.log_axis.setChecked(True)
        self.plot.getViewBox().sigXRangeChanged.connect(self.soon)
        theme.follow(self._recolour)

    def add_step(self, step: int, mse: float, kld: float, total: float) -> None:
        self.series.append(step, (mse, kld, total))
        self.soon()

    def add_test(self, step: int, mse: float, kld: float, total: float) -> None:
        """Losses on test clips, drawn as single points."""
        self.tests.append(step, (mse, kld, total))
        self.soon()

    def clear(self) -> None:
        self.series, self.tests = StepSeries(CURVES, self.series.decay), StepSeries(CURVES)
        self.place = None
        self.plot.enableAutoRange()
        self.redraw()

    def redraw(self) -> None:
        self._timer.stop()
        self.redraws += 1
        low, high = self.plot.getViewBox().viewRange()[0]
        follows = self.plot.getViewBox().autoRangeEnabled()[0]
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
        way = ARROWS.get(Qt.Key(event.key()))
        if way is None or not len(self.series):
            super().keyPressEvent(event)
            return
        # A hundredth of what is visible, so that a long run is crossed in seconds.
        low, high = self.plot.getViewBox().viewRange()[0]
        hop = 1 if event.modifiers() & Qt.KeyboardModifier.ControlModifier else max(1, int((high - low) / 100))
        here = len(self.series) - 1 if self.place is None else self.place
        self.place = min(max(here + way * hop, 0), len(self.series) - 1)
        self._read()

    def _controls(self) -> QHBoxLayout:
        self.shown: dict[str, QCheckBox] = {}
        for name in CURVES:
            tip = f"{TIPS[name]}. Drawn {DRAWN[name]}; test losses as marks."
            self.shown[name] = check_box(name, self._show_curves, tip, name=f"Show {name}", checked=True)
            self.shown[name].setIconSize(QSize(*SAMPLE))
        self.smoothing = smoothing_slider(self._smoothen)
        self.smoothing.setMinimumWidth(70)
        self.smoothing.setMaximumWidth(140)
        words = label("Smoothing", buddy=self.smoothing)
        tip = "Logarithmic losses, so that mse and kld can be seen together"
        self.log_axis = check_box("Log axis", self._set_log, tip)
        return row(*self.shown.values(), None, words, self.smoothing, self.log_axis, gap=10)

    def _legend(self) -> list[Entry]:
        return [(box.icon().pixmap(QSize(*SAMPLE)), name) for name, box in self.shown.items() if box.isChecked()]

    def _values(self) -> dict[str, list[float]]:
        """Every step and every test that there is."""
        if not len(self.series):
            return {}
        return {
            "step": self.series.steps.tolist(),
            **{name: self.series.raw(name).tolist() for name in CURVES},
            "test step": self.tests.steps.tolist(),
            **{f"test {name}": self.tests.raw(name).tolist() for name in CURVES},
        }

    def _smoothen(self) -> None:
        self._show_curves()
        self.soon()

    def _show_curves(self) -> None:
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
            raw, smooth, test = (self._items[layer, name] for layer in ("raw", "smooth", "test"))
            (style, width), (mark, size) = LINES[name], MARKS[name]
            dress_losses(raw, smooth, test, pg.mkPen(QColor(c.series[i]), width=width, style=style), mark, size)
            if name == "total":
                smooth.setPen(pg.mkPen(mixed(c.series[i], c.surface, PALE), width=width))
                for item, depth in ((raw, -3), (smooth, -2), (test, -1)):
                    item.setZValue(depth)
            self.shown[name].setIcon(_sample(smooth.opts["pen"], test.opts))
            self.shown[name].setMinimumWidth(self.shown[name].sizeHint().width())


def _sample(pen: QPen, mark: dict[str, Any]) -> QIcon:
    """What a curve and its test losses look like: a line and a mark."""
    width, height = SAMPLE
    picture = drawn_line(pen, width)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(width / 2, height / 2)
    drawSymbol(
        painter, mark["symbol"], min(mark["symbolSize"], height - 4), pg.mkPen(mark["symbolPen"]), pg.mkBrush(mark["symbolBrush"])
    )
    painter.end()
    return QIcon(picture)
