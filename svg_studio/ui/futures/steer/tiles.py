"""Two tiles: a future, and what the hand makes of it, which grows as its frames come."""

from __future__ import annotations

from PySide6.QtCore import QSize

from svg_studio.engine.events import Frames
from svg_studio.ui.video.tile_grid import Film, TileGrid
from svg_studio.ui.widgets.controls import named

ORIGINAL, STEERED = range(2)
TALL = 150  # px


class SteeredFilm(Film):
    """As the future that it comes from, until there is a frame of its own; frames of the last wish stay until newer ones come."""

    def __init__(self, origin: Film) -> None:
        super().__init__(self._at, origin.n_past)
        self._origin = origin
        self.frames: dict[int, Frames] = {}

    def put(self, t: int, frame: Frames, end: int) -> None:
        """Frame t of the newest wish, which will have `end` frames: what follows is not of it yet."""
        self.frames[t] = frame
        self.made = t + 1 if t + 1 < end else None

    def _at(self, t: int) -> Frames:
        last = max(self.frames, default=0)
        return self.frames[min(t, last)] if min(t, last) in self.frames else self._origin.at(t)


class SteerTiles(TileGrid):
    """The future of the wall beside the steered one, on the wall's clock."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "The future as it is, and steered")

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 110)

    def sizeHint(self) -> QSize:
        return QSize(300, TALL)

    @property
    def steered(self) -> SteeredFilm | None:
        film = self.films[STEERED] if self.films else None
        return film if isinstance(film, SteeredFilm) else None

    def begin(self, origin: Film, size: QSize) -> None:
        """Another future is steered, whose frames are `size` large."""
        original = Film(origin.at, origin.n_past, "as it is")
        films: list[Film | None] = [original, SteeredFilm(original)]
        self.set_films(films, size)
        self.tell("not steered yet")

    def end(self) -> None:
        """There is nothing to steer."""
        self.set_films([], self.frame_size)

    def put(self, t: int, frame: Frames, end: int) -> None:
        """A frame of the steered future came."""
        if (film := self.steered) is not None:
            film.put(t, frame, end)
            if self.frame >= t or film.made is None:
                self.update()

    def tell(self, words: str) -> None:
        """What is said below the steered one."""
        if (film := self.steered) is not None and film.caption != words:
            film.caption = words
            self.setAccessibleDescription(f"Steered: {words}")
            self.refresh()
