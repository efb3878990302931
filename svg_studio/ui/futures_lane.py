"""The lane beside the wall: truth, approximate posterior, and mean and spread of the futures; knows no job."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip, QWidget

from svg_studio.engine.events import Frames
from svg_studio.ui.spread import Spread
from svg_studio.ui.tiles import Film, TileGrid, play

TRUTH, POSTERIOR, MEAN, SPREAD = range(4)
TIPS = (
    "The clip as the data set holds it",
    "Approximate posterior: the model's own predictions fed back, z taken from the posterior of the true frames",
    "Mean of all futures on the wall",
    "Spread: twice the standard deviation over all futures; bright where they disagree",
)


class Lane(TileGrid):
    """Four tiles under the wall's clock."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.truth: Frames | None = None
        self.posterior: Frames | None = None
        self.n_past = 0
        self.spread = Spread()
        self.setAccessibleName("Truth, posterior, mean and spread")
        self.setMinimumWidth(104)
        self.set_films([None] * 4, self.frame_size)

    def sizeHint(self) -> QSize:
        return QSize(296, 330)

    def open_clip(self, truth: Frames, n_past: int) -> None:
        """Starts over with another clip's truth."""
        self.truth, self.posterior, self.n_past, self.spread = truth, None, n_past, Spread()
        height, width = truth.shape[1:3]
        films: list[Film | None] = [Film(play(truth), len(truth), "truth"), None, None, None]
        self.set_films(films, QSize(width, height))

    def set_posterior(self, frames: Frames) -> None:
        self.posterior = frames
        self.films[POSTERIOR] = Film(play(frames), self.n_past, "posterior")
        self.refresh()

    def add_future(self, frames: Frames) -> None:
        """Takes one more future into mean and spread."""
        self.spread.add(frames)
        last = len(frames) - 1
        spread = self.spread
        self.films[MEAN] = Film(lambda t: spread.mean(min(t, last)), self.n_past, f"mean of {spread.count}")
        self.films[SPREAD] = Film(lambda t: spread.deviation(min(t, last)), self.n_past, "spread ×2")
        self.refresh()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self.number_at(event.pos())
            QToolTip.showText(event.globalPos(), TIPS[number] if number >= 0 else "", self)
            return True
        return super().event(event)
