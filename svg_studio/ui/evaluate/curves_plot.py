"""Plots the curves of an evaluation over frames with their 95 % bands."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QGraphicsPathItem, QWidget

from svg_studio.engine.events import Key, MetricListed
from svg_studio.engine.utils.wording import shown
from svg_studio.ui.evaluate.results_table import ALONE, TIPS, figure
from svg_studio.ui.plots.axes import WholeAxis
from svg_studio.ui.plots.parts import SAMPLE, band, sample, wrapped
from svg_studio.ui.plots.plot_picture import Entry
from svg_studio.ui.plots.styled_plot import ARROWS, CurvesView
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import check_box, combo_box, heading, label, refill
from svg_studio.ui.widgets.flow_layout import FlowLayout
from svg_studio.ui.widgets.layouts import column, row, stack

DASHES = {
    "best": (Qt.PenStyle.SolidLine, "solid"),
    "average": (Qt.PenStyle.DashLine, "dashed"),
    "worst": (Qt.PenStyle.DotLine, "dotted"),
    "posterior": (Qt.PenStyle.DashDotLine, "dash-dotted"),
}
DIVERSITY = "diversity"  # drawn by itself, for it is compared with nothing
STYLES = {name: style for name, (style, _) in DASHES.items()} | dict.fromkeys(sorted(ALONE), Qt.PenStyle.SolidLine)
OPACITY = dict.fromkeys(("best", *ALONE), 56)  # of bands, of 255; the others' are faint, so that these stay legible
FAINT = 22
REDRAW_MS = 150
NAME_PX = 220  # of a model's name in the legend
SMALL = 0.84  # of the letters of the axis title are those below it, about
LOWEST = 100  # px of a plot, which is not laid out yet where it has fewer
TICKS = 50  # px for the numbers beside the title of the axis
SHARP = 2  # pixels of a saved picture to one of the screen, each way
Curve = tuple[Sequence[float], Sequence[float]]  # means and half intervals, a value each frame


class CurvesPlot(CurvesView):
    """`begin` says what there will be, `put` brings the newest curves of a model; the picture follows a moment later."""

    def __init__(self, parent: QWidget | None = None) -> None:
        name = "Curves over frames; left and right arrow read them"
        super().__init__(name, REDRAW_MS, {"bottom": WholeAxis("bottom")}, parent)
        self.redraws = 0
        self.frame: int | None = None  # that is being read
        self._metrics: dict[str, MetricListed] = {}
        self._n_past = self._n_future = 0
        self._curves: dict[str, Mapping[Key, Curve]] = {}
        self._lines: dict[tuple[str, str], pg.PlotDataItem] = {}
        self._bands: dict[tuple[str, str], QGraphicsPathItem] = {}
        self.models: dict[str, QCheckBox] = {}
        self.plot.setMinimumHeight(150)
        self.plot.file_name, self.plot.legend, self.plot.values = "curves", self._legend_entries, self._columns
        self.plot.getPlotItem().layout.setContentsMargins(2, 8, 10, 2)  # room for half a number above the axis and beside it
        self.plot.reading.setAccessibleName("Values at the frame under the cursor, mean ± half the 95 % interval")
        self._lines_of_title: list[str] = []
        self._lay_out()
        self.plot.getViewBox().sigResized.connect(self._on_height)
        theme.follow(self._recolour)

    @property
    def shown_metric(self) -> MetricListed | None:
        """The one that is drawn."""
        return self._metrics.get(self._view[0])

    @property
    def _view(self) -> tuple[str, bool]:
        """Key of the metric, and whether it is its diversity that is drawn."""
        view: tuple[str, bool] = self.choice.currentData() or ("", False)
        return view

    def begin(self, models: Mapping[str, str], metrics: Sequence[MetricListed], n_past: int, n_future: int, samples: int) -> None:
        """Curves of `models` (name → tip) over n_future frames after the first n_past will come; those before go.

        Frames are counted from 1 here, as everywhere in the window.
        """
        self._metrics, self._n_past, self._n_future = {m.key: m for m in metrics}, n_past, n_future
        self._curves, self.frame = {}, None
        self._offer_metrics(metrics)
        for name, check in self.statistics.items():
            check.setText(f"{name} of {samples:,}" if name in ("best", "worst") else name)
        self._make_items(models)
        self._choose()

    def put(self, model: str, curves: Mapping[Key, Curve]) -> None:
        """The newest curves of one of the models; costs nothing until the timer draws them."""
        self._curves[model] = curves
        self.soon()

    def redraw(self) -> None:
        self._timer.stop()
        self.redraws += 1
        metric, _ = self._view
        frames = np.arange(self._first, self._last + 1, dtype=float)
        for (model, statistic), line in self._lines.items():
            curve = self._curves.get(model, {}).get((metric, statistic))
            shown = curve is not None and self._is_shown(model, statistic)
            line.setVisible(shown)
            area = self._bands[model, statistic]
            area.setVisible(shown and self.bands.isChecked())
            if curve is not None and shown:
                mean, interval = (np.asarray(part, dtype=float) for part in curve)
                area.setPath(band(frames, mean, interval))
                line.setData(frames, mean, symbol="o" if self._n_future == 1 else None)
        self.pages.setCurrentWidget(self.paper if self._curves else self.empty)
        self._read()

    def read_at(self, frame: float | None) -> None:
        """Show the values at the frame nearest to `frame`; None: at none."""
        if frame is not None and math.isfinite(frame) and self._n_future:
            self.frame = min(max(round(frame), self._first), self._last)
        else:
            self.frame = None
        self._read()

    def values(self) -> list[list[str]]:
        """What is read, as rows of a table: its head, then mean ± half interval of every model that is shown."""
        metric = self.shown_metric
        if self.frame is None or metric is None:
            return []
        at, statistics = self.frame - self._first, [s for s in STYLES if any(self._is_shown(m, s) for m in self._curves)]
        rows = [[f"frame {self.frame}", *statistics]]
        for model, curves in self._curves.items():
            found = [curves.get((metric.key, s)) for s in statistics]
            if self.models[model].isChecked():
                rows.append([model, *(figure(c[0][at], c[1][at]) if c is not None else "–" for c in found)])
        return rows

    def picture(self) -> QImage:
        """Legend and plot as they are shown, without what is being read, at twice the sharpness."""
        before, self.frame = self.frame, None
        self._read()
        image = QImage(self.paper.size() * SHARP, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(SHARP)
        image.fill(QColor(theme.colors().surface))
        self.paper.render(image)
        self.frame = before
        self._read()
        return image

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = ARROWS.get(Qt.Key(event.key()))
        if way is None or not self._curves:
            super().keyPressEvent(event)
        elif self.frame is None:
            self.read_at(self._first if way > 0 else self._last)
        else:
            self.read_at(self.frame + way)

    @property
    def _first(self) -> int:
        """The first frame that was imagined."""
        return self._n_past + 1

    @property
    def _last(self) -> int:
        return self._n_past + self._n_future

    # ---- what is shown

    def _is_shown(self, model: str, statistic: str) -> bool:
        metric, diversity = self.shown_metric, self._view[1]
        if metric is None or statistic not in metric.statistics or (statistic == DIVERSITY) != diversity:
            return False
        return self.models[model].isChecked() and (statistic in ALONE or self.statistics[statistic].isChecked())

    def _offer_metrics(self, metrics: Sequence[MetricListed]) -> None:
        titles, items = [m.title for m in metrics], []
        for m in metrics:
            words = f"{m.title}, {m.convention}" if titles.count(m.title) > 1 else m.title
            if set(m.statistics) - {DIVERSITY}:
                items.append((words, (m.key, False)))
            if DIVERSITY in m.statistics:
                items.append((f"Diversity: {words}", (m.key, True)))
        refill(self.choice, items)
        self.choice.setEnabled(bool(items))

    def _choose(self) -> None:
        self._label()
        self.plot.enableAutoRange()
        self.redraw()

    def _label(self) -> None:
        """The axis says in which convention it is."""
        metric, diversity = self.shown_metric, self._view[1]
        for name, check in self.statistics.items():
            check.setEnabled(metric is not None and not diversity and name in metric.statistics)
        if metric is None:
            return
        unit = f" ({shown(metric.unit)})" if metric.unit else ""
        compared = not diversity and not set(metric.statistics) <= ALONE
        arrow = f", {'higher' if metric.higher_is_better else 'lower'} is better" if compared else ""
        title = html.escape(f"{'Diversity: ' if diversity else ''}{shown(metric.title)}{unit}{arrow}")
        self._lines_of_title = self._wrap(metric)
        convention = "<br>".join(map(html.escape, self._lines_of_title))
        item, muted = self.plot.getPlotItem(), theme.colors().muted
        item.setLabel("left", f"<center>{title}<br><small>{convention}</small></center>", color=muted)
        axis = item.getAxis("left")
        axis.setWidth(round(axis.label.boundingRect().height()) + TICKS)  # lest the title's lines lie on the numbers
        axis.resizeEvent()  # in the middle again
        item.setLabel("bottom", f"frame; the first {self._n_past} were given", color=muted)

    def _wrap(self, metric: MetricListed) -> list[str]:
        """The convention in as few lines as there is room for beside the plot."""
        axis = self.plot.getPlotItem().getAxis("left")
        letters, room = QFontMetricsF(axis.label.font()), max(self.plot.getViewBox().height(), LOWEST)
        return wrapped(shown(metric.convention), lambda line: letters.horizontalAdvance(line) * SMALL <= room)

    def _on_height(self) -> None:
        if self.shown_metric is not None and self._wrap(self.shown_metric) != self._lines_of_title:
            self._label()

    def _read(self) -> None:
        """Write the values at the frame that is being read."""
        is_read = self.frame is not None and bool(self._curves)
        self.plot.read(self.frame if is_read else None, self.values())

    # ---- what is saved

    def _drawn(self) -> list[tuple[str, str, Curve]]:
        """Model, statistic and curve of all that is shown."""
        metric, _ = self._view
        found = ((m, s, self._curves.get(m, {}).get((metric, s))) for m, s in self._lines if self._is_shown(m, s))
        return [(model, statistic, curve) for model, statistic, curve in found if curve is not None]

    def _legend_entries(self) -> list[Entry]:
        drawn, size = self._drawn(), QSize(*SAMPLE)
        models, statistics = dict.fromkeys(m for m, _, _ in drawn), dict.fromkeys(s for _, s, _ in drawn)
        entries: list[Entry] = [(self.models[model].icon().pixmap(size), model) for model in models]
        return entries + [(sample(QColor(theme.colors().text), STYLES[name]).pixmap(size), name) for name in statistics]

    def _columns(self) -> dict[str, Sequence[float]]:
        """Frames, from 0 as in the files of an evaluation, then mean and half the 95 % interval of everything that is shown."""
        found: dict[str, Sequence[float]] = {}
        for model, statistic, (mean, interval) in self._drawn():
            found |= {f"{model} {statistic}": mean, f"{model} {statistic} ±": interval}
        return {"frame, from 0": range(self._n_past, self._n_past + self._n_future), **found} if found else {}

    # ---- building

    def _make_items(self, models: Mapping[str, str]) -> None:
        item = self.plot.getPlotItem()
        for old in (*self._lines.values(), *self._bands.values()):
            item.removeItem(old)
        for check in self.models.values():
            self._legend.removeWidget(check)
            check.deleteLater()
        self._lines, self._bands, self.models = {}, {}, {}
        for name, tip in models.items():
            words = self.fontMetrics().elidedText(shown(name), Qt.TextElideMode.ElideMiddle, NAME_PX).replace("&", "&&")
            check = self._switch(words, name, tip)
            self.models[name] = check
            self._legend.addWidget(check)
            for statistic in STYLES:
                area, line = QGraphicsPathItem(), pg.PlotDataItem([], [], connect="finite", antialias=True)
                item.addItem(area)
                item.addItem(line)
                self._bands[name, statistic], self._lines[name, statistic] = area, line
        self._recolour()

    def _lay_out(self) -> None:
        self.choice = combo_box("Metric", tip="What is drawn over the imagined frames")
        self.choice.setEnabled(False)
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(18)
        self.choice.currentIndexChanged.connect(self._choose)
        self.bands = check_box("95 % band", self.redraw, "Mean ± 1.96 · std / √n over the n clips", checked=True)
        top = row(heading("Curves"), self.choice, self.bands, gap=10, stretch=self.choice)
        legend, styles = QWidget(), QWidget()
        self._legend, switches = FlowLayout(legend), FlowLayout(styles)
        self.statistics: dict[str, QCheckBox] = {}
        for name, (_, drawn) in DASHES.items():
            self.statistics[name] = self._switch(name, name, f"{TIPS[name]}. Drawn {drawn}.")
            switches.addWidget(self.statistics[name])
        self.paper = QWidget()
        column(legend, styles, self.plot, on=self.paper, gap=4, stretch=self.plot)
        words = "Add models and press Start: the curves appear after the first clips and grow more certain with every batch."
        self.empty = label(words, "muted", wrap=True, centred=True)
        self.pages = stack(self.empty, self.paper)
        column(top, self.pages, on=self, gap=6, stretch=self.pages)

    def _switch(self, text: str, name: str, tip: str) -> QCheckBox:
        check = check_box(text, self.redraw, tip, name=f"Show {name}", checked=True)
        check.setIconSize(QSize(*SAMPLE))
        return check

    def _recolour(self) -> None:
        c = theme.colors()
        for number, (model, check) in enumerate(self.models.items()):
            colour = QColor(c.series[number % len(c.series)])
            check.setIcon(sample(colour, Qt.PenStyle.SolidLine))
            for statistic, style in STYLES.items():
                self._lines[model, statistic].setPen(pg.mkPen(colour, width=2, style=style))
                self._lines[model, statistic].setSymbolBrush(pg.mkBrush(colour))
                tint = QColor(colour)
                tint.setAlpha(OPACITY.get(statistic, FAINT))
                self._bands[model, statistic].setBrush(pg.mkBrush(tint))
                self._bands[model, statistic].setPen(pg.mkPen(None))
        for name, check in self.statistics.items():
            check.setIcon(sample(QColor(c.text), STYLES[name]))
        self._label()
