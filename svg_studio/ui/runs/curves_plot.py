"""Plots the curves of several runs together, over steps or over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from svg_studio.engine.events import CurvesRead
from svg_studio.engine.utils.wording import shown
from svg_studio.ui.formatting import duration
from svg_studio.ui.plots.axes import WholeAxis
from svg_studio.ui.plots.loss_curves import CURVES, TIPS
from svg_studio.ui.plots.parts import SAMPLE, SMOOTHEST, drawn_line, dress_losses, smoothing_slider
from svg_studio.ui.plots.plot_picture import Entry
from svg_studio.ui.plots.step_series import Floats, ema
from svg_studio.ui.plots.styled_plot import ARROWS, LossView
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import check_box, combo_box, heading, label
from svg_studio.ui.widgets.flow_layout import FlowLayout
from svg_studio.ui.widgets.layouts import boxed, column, row, stack
from svg_studio.ui.widgets.words import literal

REDRAW_MS = 100
NAME_PX = 200
HUES = (0, 1, 2, 3, 4, 6)  # of the theme's series; its sixth is too near to another one for thin lines
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
MAX_DRAWN = len(HUES) * len(STYLES)  # runs that still look different
SMALL = 16  # px of a sample beside a name
NO_DECAY = 0.01  # below it an average is the value itself


@dataclass(frozen=True)
class Shown:
    """A run that is to be drawn."""

    path: Path
    name: str
    beta: float = 0.0  # weight of the KL in the total of its test losses


def line_style(number: int) -> tuple[QColor, Qt.PenStyle]:
    """Colour and dash of the run at place `number` of a selection: colours first, then other dashes of the same ones."""
    hue = HUES[number % len(HUES)]
    return QColor(theme.colors().series[hue]), STYLES[number // len(HUES) % len(STYLES)]


def badge(number: int) -> QIcon:
    """What the curve at place `number` looks like, the same on a row that is selected."""
    icon = QIcon()
    for width in (SAMPLE[0], SMALL):  # tables and heads take the smaller one
        colour, style = line_style(number)
        picture = drawn_line(QPen(colour, 3, style, Qt.PenCapStyle.FlatCap), width)
        for mode in QIcon.Mode:
            icon.addPixmap(picture, mode)
    return icon


class RunCurvesPlot(LossView):
    """`show_runs` says which, `put` brings the newest curves of one; the picture follows a moment later."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._along = WholeAxis("bottom")
        super().__init__("Losses of the selected runs; left and right arrow read them", REDRAW_MS, {"bottom": self._along}, parent)
        self.runs: list[Shown] = []
        self.curves: dict[Path, CurvesRead] = {}
        self.at: float | None = None  # that is being read: a step, or hours
        self.plot.setMinimumHeight(120)
        self.plot.file_name, self.plot.legend, self.plot.values = "runs", self._legend_entries, self._columns
        self.plot.reading.setAccessibleName("Losses under the cursor")
        self._lay_out()
        self.log_axis.setChecked(True)
        self.smoothing.setValue(40)
        theme.follow(self._recolour)

    def show_runs(self, runs: Sequence[Shown]) -> None:
        """These runs, in this order of colours; what is known of them stays drawn."""
        if list(runs) == self.runs:
            return
        self.runs = list(runs)
        self.curves = {run.path: self.curves[run.path] for run in runs if run.path in self.curves}
        for item in self._items.values():
            self.plot.removeItem(item)
        self._items = {}
        for run in runs:
            for layer in ("raw", "smooth", "test"):
                self._add(run.path, layer)
        self.plot.enableAutoRange()
        self._recolour()
        self.redraw()

    def put(self, curves: CurvesRead) -> None:
        """The newest curves of a run; those of one that is not shown are dropped."""
        if any(run.path == curves.run for run in self.runs):
            self.curves[curves.run] = curves
            self.soon()

    def redraw(self) -> None:
        self._timer.stop()
        loss, smooth = self.loss.currentText(), self.smoothing.value() > 0
        for run in self.runs:
            curves = self.curves.get(run.path)
            if curves is None:
                continue
            x, y = self._across(curves), curves.columns[loss]
            self._draw((run.path, "raw"), x, y if smooth else y[:0])
            self._draw((run.path, "smooth"), x, smooth_means(curves.steps, y, self.smoothing.value()))
            steps, tests = self._tests(run, curves)
            self._draw((run.path, "test"), steps, tests if self.tests.isChecked() else tests[:0])
        self._along.set_whole(self._over_steps)
        self.plot.setLabel("bottom", "step" if self._over_steps else "hours of training")
        known = any(len(curves.steps) for curves in self.curves.values())
        self.empty.setText("None of these runs has made a step yet." if self.runs else "Select runs to see their curves.")
        self.pages.setCurrentWidget(self.plot if known else self.empty)
        self._read()

    def values(self) -> list[list[str]]:
        """What is read, as rows of a table: its head, then each run's loss at the nearest point."""
        if self.at is None:
            return []
        where = f"step {round(self.at):,}" if self._over_steps else duration(self.at * 3600)
        rows = [[where, self.loss.currentText()]]
        for run in self.runs:
            curves = self.curves.get(run.path)
            x = self._across(curves) if curves is not None else np.empty(0)
            if curves is not None and len(x) and x[0] <= self.at <= x[-1]:
                place = int(np.abs(x - self.at).argmin())
                rows.append([run.name, f"{curves.columns[self.loss.currentText()][place]:.5g}"])
        return rows

    def read_at(self, x: float | None) -> None:
        """Show the values at `x` of the axis; None: at none."""
        self.at = x
        self._read()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = ARROWS.get(Qt.Key(event.key()))
        low, high = self._extent()
        if way is None or low > high:
            super().keyPressEvent(event)
        elif self.at is None:
            self.read_at(low if way > 0 else high)
        else:
            self.read_at(min(max(self.at + way * (high - low) / 100, low), high))

    @property
    def _over_steps(self) -> bool:
        return bool(self.over.currentData())

    def _across(self, curves: CurvesRead) -> Floats:
        return curves.steps if self._over_steps else curves.seconds / 3600

    def _tests(self, run: Shown, curves: CurvesRead) -> tuple[Floats, Floats]:
        """Where test losses lie along the axis, and what they are."""
        steps = np.array([step for step, _, _ in curves.tests], dtype=float)
        mse, kld = (np.array([test[n] for test in curves.tests], dtype=float) for n in (1, 2))
        x = steps if self._over_steps or not len(curves.steps) else np.interp(steps, curves.steps, self._across(curves))
        return x, {"mse": mse, "kld": kld, "total": mse + run.beta * kld}[self.loss.currentText()]

    def _extent(self) -> tuple[float, float]:
        spans = [self._across(curves) for curves in self.curves.values() if len(curves.steps)]
        return min((x[0] for x in spans), default=1.0), max((x[-1] for x in spans), default=0.0)

    def _set_axis(self) -> None:
        self.at = None
        self.plot.enableAutoRange()
        self.redraw()

    def _read(self) -> None:
        rows = self.values()
        shown = len(rows) > 1
        self.plot.read(self.at if shown else None, rows)

    # ---- what is saved

    def _legend_entries(self) -> list[Entry]:
        return [(None, self.loss.currentText()), *((badge(n).pixmap(QSize(*SAMPLE)), run.name) for n, run in enumerate(self.runs))]

    def _columns(self) -> dict[str, list[str] | list[float]]:
        """The points of all runs below each other, and their tests."""
        read = [(run, self.curves[run.path]) for run in self.runs if run.path in self.curves]
        if not any(len(curves.steps) for _, curves in read):
            return {}
        points = [(run.name, *point) for run, c in read for point in zip(c.steps, c.seconds, *c.columns.values(), strict=True)]
        tests = [(run.name, *test) for run, curves in read for test in curves.tests]
        heads = ("run", "step", "seconds", *CURVES), ("test run", "test step", "test mse", "test kld")
        found: dict[str, list[str] | list[float]] = {}
        for head, rows in zip(heads, (points, tests), strict=True):
            found |= {name: [row[n] for row in rows] for n, name in enumerate(head)}
        return found

    # ---- building

    def _lay_out(self) -> None:
        tips = "\n".join(f"{name}: {tip}" for name, tip in TIPS.items())
        self.loss = combo_box("Loss", ((name, name) for name in CURVES), tips)
        self.over = combo_box("Along", (("over steps", True), ("over time", False)), "Steps, or hours spent on training steps")
        for choice in (self.loss, self.over):
            choice.currentIndexChanged.connect(self._set_axis)
        tip = "Test losses, as rings: a fixed batch of test clips after every epoch"
        self.tests = check_box("Tests", self.redraw, tip, name="Show test losses", checked=True)
        self.log_axis = check_box("Log", self._set_log, "Logarithmic losses", name="Logarithmic axis")
        self.smoothing = smoothing_slider(self.redraw)
        self.smoothing.setFixedWidth(70)
        switches = (self.loss, self.over, self.tests, self.log_axis, label("Smoothing"), self.smoothing)
        legend = QWidget()
        self._legend = FlowLayout(legend)
        self._names: list[QWidget] = []
        self.empty = label(role="muted", wrap=True, centred=True)
        self.pages = stack(self.empty, self.plot)
        top = row(heading("Curves"), None, *switches, gap=8)
        column(top, legend, self.pages, on=self, gap=4, stretch=self.pages)

    def _recolour(self) -> None:
        for number, run in enumerate(self.runs):
            colour, style = line_style(number)
            raw, smooth, test = (self._items[run.path, layer] for layer in ("raw", "smooth", "test"))
            dress_losses(raw, smooth, test, pg.mkPen(colour, width=2, style=style))
        self._write_legend()

    def _write_legend(self) -> None:
        for old in self._names:
            self._legend.removeWidget(old)
            old.deleteLater()
        self._names = []
        for number, run in enumerate(self.runs):
            line, name = QLabel(), label()
            line.setPixmap(badge(number).pixmap(QSize(*SAMPLE)))
            name.setText(self.fontMetrics().elidedText(shown(run.name), Qt.TextElideMode.ElideMiddle, NAME_PX))
            entry = boxed(row(line, name, margins=(0, 0, 8, 0)))
            entry.setToolTip(literal(str(run.path)))
            self._legend.addWidget(entry)
            self._names.append(entry)


def smooth_means(steps: Floats, values: Floats, position: int) -> Floats:
    """The moving average of means over some steps each, as strong as LossCurves's slider at `position` is for single steps."""
    if len(steps) < 2 or position <= 0:
        return values
    decay = (1 - 10 ** (-3 * position / SMOOTHEST)) ** max(1.0, (steps[-1] - steps[0]) / (len(steps) - 1))
    averages: Floats = ema(values[None], float(decay) if decay >= NO_DECAY else 0.0)[0]
    return averages
