"""The four tiles beside the wall: truth, approximate posterior, and mean and spread of the futures."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent
from PySide6.QtWidgets import QToolTip, QWidget

from svg_studio.engine.events import Frames, FramesImagined
from svg_studio.ui.futures.spread import mean_and_spread
from svg_studio.ui.video.growing_grid import GrowingFilm, GrowingGrid
from svg_studio.ui.video.tile_grid import Film, play

TRUTH, POSTERIOR, MEAN, SPREAD = range(4)
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
NAMES = ("the truth", "the posterior", "the mean", "the spread")
TIPS = (
    "The clip as the data set holds it",
    "Approximate posterior: the model's own predictions fed back, z taken from the posterior of the true frames",
    "Mean of all futures on the wall",
    "Spread: twice the standard deviation over all futures; bright where they disagree",
)


class References(GrowingGrid):
    """Four tiles under the wall's clock."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.truth: Frames | None = None
        self.posterior: Frames | None = None
        self.n_past = 0
        self.setAccessibleName("Truth, posterior, mean and spread")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumWidth(104)
        self.set_films([None] * 4, self.frame_size)

    def sizeHint(self) -> QSize:
        return QSize(296, 330)

    def open_clip(self, truth: Frames, n_past: int) -> None:
        """Starts over with another clip's truth."""
        self.truth, self.posterior, self.n_past = truth, None, n_past
        height, width = truth.shape[1:3]
        films: list[Film | None] = [Film(play(truth), len(truth), "truth"), None, None, None]
        self.set_films(films, QSize(width, height))

    def restart(self) -> None:
        """There are other futures of the same clip: mean and spread are to grow anew."""
        self.films[MEAN] = self.films[SPREAD] = None
        self.refresh()

    def set_posterior(self, frames: Frames) -> None:
        self.posterior = frames
        self.films[POSTERIOR] = Film(play(frames), self.n_past, "posterior")
        self.refresh()

    def put_frames(self, imagined: FramesImagined) -> None:
        """Mean and spread grow with the futures, by the frame that all of them now have. Needs a clip."""
        assert self.truth is not None
        if not self.growing:
            name = f"mean of {len(imagined.frames)}"
            self.films[MEAN] = GrowingFilm(self.truth, self.n_past, name, "mean")
            self.films[SPREAD] = GrowingFilm(np.zeros_like(self.truth), self.n_past, "spread ×2", "spread")
            self.redescribe()
        for film, frame in zip(self.growing, mean_and_spread(imagined.frames), strict=True):
            film.put(imagined.t, frame)
            if film.complete:
                self.redescribe()
        self.show_made(imagined.t)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._choose(max(self.selected, TRUTH))
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._choose(-1)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in STEPS:
            self._choose(max(TRUTH, min(self.selected + STEPS[Qt.Key(event.key())], SPREAD)))
        else:
            super().keyPressEvent(event)

    def _choose(self, number: int) -> None:
        """While it has the focus, one tile is the one that the menu is about."""
        self.selected = self.pointed = number
        self.setAccessibleDescription(TIPS[number] if number >= 0 else "")
        self.refresh()

    def event(self, event: QEvent) -> bool:
        # The page steps through time with the arrow keys; while the focus is here they are its own.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in STEPS:
            event.accept()
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self.number_at(event.pos())
            QToolTip.showText(event.globalPos(), TIPS[number] if number >= 0 else "", self)
            return True
        return super().event(event)
