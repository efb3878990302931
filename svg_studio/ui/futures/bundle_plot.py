"""Plots one figure of every future over frames, with a playhead that is dragged from anywhere in the plot."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QWidget

from svg_studio.ui.plots.axes import WholeAxis
from svg_studio.ui.plots.parts import drawn_line
from svg_studio.ui.plots.plot_picture import Entry
from svg_studio.ui.plots.step_series import Floats
from svg_studio.ui.plots.styled_plot import PlotHolder, StyledPlot
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import label
from svg_studio.ui.widgets.layouts import column

AXIS_PX = 56  # room for numbers such as 0.0025, which pyqtgraph leaves out otherwise
NEAR_PX = 6  # left of the first frame that still belongs to it
SEEK = "Press or drag anywhere to go to that frame"


class ScrubPlot(StyledPlot):
    """Press or drag anywhere over its frames to go there; `scrubbed` says where that is along the bottom axis."""

    scrubbed = Signal(float)

    def __init__(self) -> None:
        super().__init__({"bottom": WholeAxis("bottom")})
        self.setMouseEnabled(x=False, y=False)
        self._scrubbing = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._is_over_frames(event.position().x()):
            self._scrubbing = True
            self._scrub(event)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._scrubbing and event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub(event)
            return
        shape = Qt.CursorShape.SizeHorCursor if self._is_over_frames(event.position().x()) else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._scrubbing and event.button() == Qt.MouseButton.LeftButton:
            self._scrubbing = False
        else:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)  # the second press of two quick ones goes there too

    def _is_over_frames(self, x: float) -> bool:
        """Whether `x`, in px from the left, is not over the numbers beside the plot."""
        view = self.getViewBox()
        return bool(x >= view.mapRectToScene(view.boundingRect()).left() - NEAR_PX)

    def _scrub(self, event: QMouseEvent) -> None:
        self.scrubbed.emit(self.getViewBox().mapSceneToView(self.mapToScene(event.position().toPoint())).x())
        event.accept()


class BundlePlot(PlotHolder):
    """One figure of every future over time: thin lines, the selected one strong, the mean bold. Frames count from 1 here,
    as in the transport; a press or a drag anywhere in it seeks.
    """

    sought = Signal(int)

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.values: Floats = np.full((0, 1), np.nan)
        self.selected = -1
        self.caption = label(name, "muted", tip=f"{tip}. Mean of all futures, and the selected one, at this frame")
        self.plot: ScrubPlot = ScrubPlot()
        self.plot.setAccessibleName(f"{tip}. {SEEK}")
        self.plot.setToolTip(SEEK)
        self.plot.setMinimumSize(QSize(120, 72))
        self.plot.getAxis("left").setWidth(AXIS_PX)
        self.plot.getAxis("bottom").setHeight(20)
        self.plot.getPlotItem().layout.setContentsMargins(0, 7, 0, 0)  # half a figure of the axis is above the plot
        self._thin = self.plot.plot(connect="finite")
        self._mean = self.plot.plot(connect="finite")
        self._strong = self.plot.plot(connect="finite")
        self._past = pg.InfiniteLine(angle=90)
        self._playhead = pg.InfiniteLine(angle=90)
        self.plot.addItem(self._past, ignoreBounds=True)
        self.plot.addItem(self._playhead, ignoreBounds=True)
        self.plot.scrubbed.connect(self._seek)
        self.plot.pointers.append(self._playhead)
        self.plot.file_name = name.partition(" (")[0].lower().replace(" ", "-")
        self.plot.legend, self.plot.values = self._legend, self._columns
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"Plot of {name}")
        column(self.caption, self.plot, on=self, gap=2, stretch=self.plot)
        theme.follow(self.recolour)

    def reset(self, count: int, n_frames: int, n_past: int) -> None:
        """Forgets everything; there will be `count` futures of `n_frames` frames."""
        self.values = np.full((count, n_frames), np.nan)
        self._past.setValue(n_past + 0.5)
        self.plot.setXRange(1, max(n_frames, 2), padding=0.02)

    def put(self, number: int, values: tuple[float, ...]) -> None:
        if 0 <= number < len(self.values):
            n = min(len(values), self.values.shape[1])
            self.values[number, :n] = values[:n]

    def mean(self) -> Floats:
        """Mean over futures per frame; NaN where none has a value."""
        known = np.isfinite(self.values)
        total = np.where(known, self.values, 0.0).sum(axis=0)
        count = known.sum(axis=0)
        mean: Floats = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
        return mean

    def redraw(self, frame: int) -> None:
        count, n_frames = self.values.shape
        x = np.arange(1, n_frames + 1, dtype=np.float64)
        # One item for all thin lines: a NaN after each future keeps it from being joined to the next.
        gaps = np.full((count, 1), np.nan)
        self._thin.setData(np.tile(np.append(x, np.nan), count), np.hstack([self.values, gaps]).ravel())
        self._mean.setData(x, self.mean())
        chosen = self.values[self.selected] if 0 <= self.selected < count else np.full(n_frames, np.nan)
        self._strong.setData(x, chosen)
        self.set_frame(frame)

    def select(self, number: int) -> None:
        """This future's curve is the strong one from the next `redraw` on."""
        self.selected = number

    def set_frame(self, frame: int) -> None:
        """Moves the playhead and reads the values under it."""
        self._playhead.setValue(frame + 1)
        words, short = self.said(frame)
        if self.caption.fontMetrics().horizontalAdvance(words) > self.plot.width():
            words = short
        if words != self.caption.text():
            self.caption.setText(words)

    def said(self, frame: int) -> tuple[str, str]:
        """The name and the values at a frame, and the same in fewer words: mean and selected, as the tip says."""
        count, n_frames = self.values.shape
        words = self.name if np.isfinite(self.values).any() else f"{self.name}   …"
        short = self.name
        if frame < n_frames:
            here = self.values[:, frame]
            known = here[np.isfinite(here)]
            if known.size:
                words += f"   mean {known.mean():.3g}"
                short += f"   {known.mean():.3g}"
            if 0 <= self.selected < count and np.isfinite(here[self.selected]):
                words += f"   selected {here[self.selected]:.3g}"
                short += f" · {here[self.selected]:.3g}"
        return words, short

    def recolour(self) -> None:
        c = theme.colors()
        faint = QColor(c.muted)
        faint.setAlpha(80)
        self._thin.setPen(pg.mkPen(faint, width=1))
        self._mean.setPen(pg.mkPen(c.series[0], width=3))
        self._strong.setPen(pg.mkPen(c.series[1], width=2))
        self._past.setPen(pg.mkPen(c.given, style=Qt.PenStyle.DashLine))
        self._playhead.setPen(pg.mkPen(c.text, width=1))

    def _legend(self) -> list[Entry]:
        curves = ((self._mean, "mean"), (self._strong, "selected"), (self._thin, "each future"))
        return [(None, self.name), *((drawn_line(item.opts["pen"]), words) for item, words in curves)]

    def _columns(self) -> dict[str, list[float]]:
        """Frames, counted from 1, their mean, and every future."""
        count, n_frames = self.values.shape
        if not np.isfinite(self.values).any():
            return {}
        futures = {f"future {number + 1}": self.values[number].tolist() for number in range(count)}
        return {"frame": [float(t) for t in range(1, n_frames + 1)], "mean": self.mean().tolist(), **futures}

    def _seek(self, x: float) -> None:
        self.sought.emit(max(0, min(round(x) - 1, self.values.shape[1] - 1)))
