"""Plots prior sigma, surprise, SSIM and PSNR under one playhead."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from svg_studio.ui.futures.bundle_plot import BundlePlot
from svg_studio.ui.futures.surprise_plot import SurprisePlot
from svg_studio.ui.widgets.controls import timer
from svg_studio.ui.widgets.layouts import row

REDRAW_MS = 80
FOLLOW_MS = 30  # the playhead lags this much behind the tiles, so that scrubbing never waits for plots


class FuturesPlots(QWidget):
    """The plots side by side."""

    sought = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frame = 0
        self.sigma = BundlePlot("Prior sigma", "The prior's mean sigma at each frame: how open the future is")
        self.surprise = SurprisePlot()
        self.ssim = BundlePlot("SSIM", "SSIM against the truth: 11×11 Gaussian window, sigma 1.5, data range 1")
        self.psnr = BundlePlot("PSNR (dB)", "PSNR against the truth, in dB")
        self.plots = (self.sigma, self.surprise, self.ssim, self.psnr)
        self._timer = timer(self, REDRAW_MS, self.redraw, once=True)
        self._follow = timer(self, FOLLOW_MS, self._move_playheads, once=True)
        beside = row(on=self, gap=12)
        for plot in self.plots:
            plot.sought.connect(self.sought)
            beside.addWidget(plot, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def reset(self, count: int, n_frames: int, n_past: int) -> None:
        """Makes room for `count` futures."""
        for plot in self.plots:
            plot.reset(count, n_frames, n_past)
        self._timer.start()

    def put_sigma(self, number: int, sigma: tuple[float, ...]) -> None:
        self.sigma.put(number, sigma)
        self._soon()

    def put_surprise(self, values: tuple[float, ...]) -> None:
        """Of the true clip, at each of its frames, in nats."""
        self.surprise.put(0, values)
        self._soon()

    def put_scores(self, number: int, ssim: tuple[float, ...], psnr: tuple[float, ...]) -> None:
        self.ssim.put(number, ssim)
        self.psnr.put(number, psnr)
        self._soon()

    def select(self, number: int) -> None:
        for plot in self.plots:
            plot.select(number)
        self._soon()

    def set_frame(self, frame: int) -> None:
        self.frame = frame
        if not self._follow.isActive():
            self._follow.start()

    def _move_playheads(self) -> None:
        for plot in self.plots:
            plot.set_frame(self.frame)

    def redraw(self) -> None:
        for plot in self.plots:
            plot.redraw(self.frame)

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()
