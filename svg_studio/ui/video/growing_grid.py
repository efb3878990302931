"""Clips whose frames arrive one by one while they are made, and a grid of them."""

from __future__ import annotations

import numpy as np

from svg_studio.engine.events import Frames
from svg_studio.ui.video.tile_grid import Film, TileGrid

ROOMY = 110  # logical pixels: narrower tiles have no room for words


class GrowingFilm(Film):
    """As long as `given` (T, H, W, C), whose first n_past frames it has from the start; the caption says how far it is."""

    def __init__(self, given: Frames, n_past: int, name: str, short: str) -> None:
        super().__init__(self._at, n_past, made=n_past)
        self.name, self.short = name, short  # `short` where there is no room for words
        self.halted = False  # nothing more will come
        self.frames = np.empty_like(given)
        self.frames[:n_past] = given[:n_past]

    def put(self, t: int, frame: Frames) -> None:
        """Takes frame t (H, W, C), which follows the last one; any other is left out."""
        if t == self.made and t < len(self.frames):
            self.frames[t] = frame
            self.made = t + 1

    @property
    def begun(self) -> bool:
        """Whether it has a frame that was not given."""
        return self.made is not None and self.made > self.n_past

    @property
    def complete(self) -> bool:
        return self.made == len(self.frames)

    def describe(self, roomy: bool) -> None:
        """Writes the caption anew."""
        self.caption = self.described(roomy)

    def described(self, roomy: bool) -> str:
        """Its name, and how far it is."""
        name = self.name if roomy else self.short
        if self.complete:
            return name
        if self.halted:
            return f"{name} · {self.made}/{len(self.frames)}"
        return f"{name} · making…" if roomy else f"{name} …"

    def _at(self, t: int) -> Frames:
        assert self.made is not None
        frame: Frames = self.frames[min(t, self.made - 1)]
        return frame


class GrowingGrid(TileGrid):
    """A grid of which some films may still be growing."""

    roomy_from = ROOMY

    @property
    def growing(self) -> list[GrowingFilm]:
        """Those that arrived frame by frame, whether more will come or not."""
        return [film for film in self.films if isinstance(film, GrowingFilm)]

    @property
    def roomy(self) -> bool:
        """Whether captions may have words."""
        return self.plan.image.width() >= self.roomy_from

    def halt(self) -> None:
        """What is not complete will not go on: it stays as it is, and says how far it has come."""
        for film in self.growing:
            film.halted = True
        self.redescribe()

    def redescribe(self) -> None:
        """Writes the captions of growing films anew."""
        for film in self.growing:
            film.describe(self.roomy)
        self.refresh()

    def show_made(self, t: int) -> None:
        """Draws what has changed by frame t having come: before it, nothing."""
        if self.frame >= t:
            self.update()

    def arrange(self) -> None:
        super().arrange()
        self.redescribe()
