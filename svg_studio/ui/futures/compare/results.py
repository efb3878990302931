"""What was imagined by each of the models that are compared, kept as far as there is room."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Collection, Sequence
from pathlib import Path

from svg_studio.engine.events import Frames, FramesImagined, FutureScored, ModelOpened
from svg_studio.ui.video.growing_grid import GrowingFilm

MOST_BYTES = 400_000_000


class ComparedFilm(GrowingFilm):
    """A future, with its mean SSIM over the imagined frames once that is known."""

    score: float | None = None

    def described(self, roomy: bool) -> str:
        words = super().described(roomy)
        if self.score is None or not self.complete:
            return words
        return f"{words} · {'SSIM ' if roomy else ''}{self.score:.3f}"


class Result:
    """Of one model: a film for each seed, or `why` there is none."""

    def __init__(self) -> None:
        self.opened: ModelOpened | None = None
        self.films: list[ComparedFilm] = []
        self.why = ""

    @property
    def done(self) -> bool:
        """Whether nothing more will come."""
        return bool(self.why) or (bool(self.films) and all(film.complete for film in self.films))

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(film.frames.nbytes for film in self.films)


class Results:
    """By the path that was asked for. The least lately used ones are forgotten where they are too many."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[Path, Result] = OrderedDict()
        self.truth: Frames | None = None
        self.n_past = 0
        self.seeds: tuple[int, ...] = ()

    def begin(self, seeds: Sequence[int], n_past: int) -> None:
        """Another clip or other seeds: nothing of what there was is of use."""
        self._kept.clear()
        self.truth, self.seeds, self.n_past = None, tuple(seeds), n_past

    def of(self, path: Path) -> Result | None:
        """What there is of a model so far."""
        if path in self._kept:
            self._kept.move_to_end(path)
        return self._kept.get(path)

    def is_done(self, path: Path) -> bool:
        return path in self._kept and self._kept[path].done

    def open(self, path: Path, opened: ModelOpened) -> None:
        """It begins anew."""
        self._kept[path] = result = Result()
        result.opened = opened

    def leave_out(self, path: Path, why: str) -> None:
        self._kept[path] = result = Result()
        result.why = why

    def put_frames(self, path: Path, event: FramesImagined) -> bool:
        """One more frame of each seed; whether films have begun by it."""
        result = self._kept.get(path)
        if result is None or self.truth is None:
            return False
        begun = not result.films
        if begun:
            names = ((f"seed {seed}", str(seed)) for seed in self.seeds)
            result.films = [ComparedFilm(self.truth, self.n_past, name, short) for name, short in names]
        for film, frame in zip(result.films, event.frames, strict=True):
            film.put(event.t, frame)
        return begun

    def put_score(self, path: Path, event: FutureScored) -> None:
        values = [value for value in event.ssim if math.isfinite(value)]
        result = self._kept.get(path)
        if result is not None and values and event.number < len(result.films):
            result.films[event.number].score = sum(values) / len(values)

    def forget(self, path: Path) -> None:
        """It will be asked for again."""
        self._kept.pop(path, None)

    def forget_unfinished(self) -> None:
        """What was given up while it was made."""
        for path in [path for path, result in self._kept.items() if not result.done]:
            del self._kept[path]

    def shrink(self, shown: Collection[Path]) -> None:
        """Forgets the least lately used ones that are not shown, until what is kept is small enough."""
        size = sum(result.size for result in self._kept.values())
        for path in [path for path in self._kept if path not in shown]:
            if size <= self._most:
                return
            size -= self._kept.pop(path).size
