"""A film whose frames arrive one by one while it is made; knows neither where they come from nor how it is drawn."""

from __future__ import annotations

import numpy as np

from svg_studio.engine.events import Frames
from svg_studio.ui.tiles import Film


class GrowingFilm(Film):
    """A future in the making, as long as `truth` (T, H, W, C), of which its first n_past frames are."""

    def __init__(self, truth: Frames, n_past: int, seed: int) -> None:
        super().__init__(self._at, n_past, made=n_past)
        self.seed = seed
        self.halted = False  # nothing more will come
        self.frames = np.empty_like(truth)
        self.frames[:n_past] = truth[:n_past]

    def put(self, t: int, frame: Frames) -> None:
        """Takes frame t (H, W, C), which follows the last one; any other is left out."""
        if t == self.made and t < len(self.frames):
            self.frames[t] = frame
            self.made = t + 1

    @property
    def begun(self) -> bool:
        """Whether any frame of it was imagined."""
        return self.made is not None and self.made > self.n_past

    def describe(self, roomy: bool) -> None:
        """Says in the caption that it is not complete."""
        if self.halted:
            self.caption = f"seed {self.seed} · {self.made}/{len(self.frames)}" if roomy else f"{self.made}/{len(self.frames)}"
        else:
            self.caption = f"seed {self.seed} · making…" if roomy else f"{self.seed} …"

    def _at(self, t: int) -> Frames:
        assert self.made is not None
        frame: Frames = self.frames[min(t, self.made - 1)]
        return frame
