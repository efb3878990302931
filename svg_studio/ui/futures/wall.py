"""The wall of futures: one tile for each, which grows while it is made and can be pinned or selected."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from svg_studio.engine.address import Path
from svg_studio.engine.events import Frames, FramesImagined, FutureSampled, FutureScored
from svg_studio.ui.futures.origin import Origin
from svg_studio.ui.style import theme
from svg_studio.ui.video.growing_grid import GrowingFilm, GrowingGrid
from svg_studio.ui.video.tile_grid import Film, play
from svg_studio.ui.widgets.controls import named

NOTHING_PINNED = "No future is pinned. P, or the menu of a tile, pins one."
SNUG = 60  # logical pixels: narrower tiles have no room for a score


class Wall(GrowingGrid):
    """Futures by number: `futures` holds the complete ones. Click selects, a double click is `opened`, P pins; arrow keys
    move the selection while it has the focus.

    Clicking does not take the focus, so that the arrow keys go on stepping through time; Tab gives it.
    """

    narrowest = 32  # logical pixels of a tile
    roomy_from = 124  # for "seed 100 · SSIM 0.873"
    selection_changed = Signal(int)  # number, -1 for none
    pins_changed = Signal()
    opened = Signal()  # the selected one is wanted large

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.futures: dict[int, FutureSampled] = {}
        self.origin: Origin | None = None  # what they are made of
        self.seeds: list[int] = []  # by number
        self.names: list[str] = []  # what captions call them where there is room, such as "seed 3"
        self.paths: list[Path] = []  # what decides their z
        self.marks: dict[int, str] = {}  # what is said before the caption
        self.figures: dict[int, tuple[str, str]] = {}  # what is said after the seed instead of the SSIM: in words, and in short
        self._scores: dict[int, float] = {}  # mean SSIM over the imagined frames
        self.scored: dict[int, FutureScored] = {}  # by number
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        named(self, "Wall of futures", "Click selects a future, double click enlarges it, P pins it")

    def add(self, future: FutureSampled) -> None:
        """Shows `future` in its place."""
        if not 0 <= future.number < len(self.films):
            return
        pinned = future.number in self.pinned
        self.futures[future.number] = future
        self.films[future.number] = Film(play(future.frames), future.n_past, self._caption(future), pinned)
        if self.selected < 0:
            self.select(future.number)
        self._describe()
        self.refresh()

    def rename(self, names: Sequence[str]) -> None:
        """They are called otherwise from now on."""
        self.names = list(names)
        for film, name in zip(self.films, names, strict=True):
            if isinstance(film, GrowingFilm):
                film.name = name
        self._describe()
        self.redescribe()

    # ---- futures that are still being made

    def grow(self, truth: Frames, n_past: int, paths: Sequence[Path], names: Sequence[str] = ()) -> None:
        """Forgets all futures; there will be one of each path, as long as `truth` (T, H, W, C), whose first n_past frames
        each tile shows at once. The selected place stays selected. names: in the place of their seeds.
        """
        self.futures, self._scores, self.scored, self.marks, self.figures = {}, {}, {}, {}, {}
        self.paths, self.seeds = list(paths), [path[-1].seed for path in paths]
        self.names = list(names) or [f"seed {seed}" for seed in self.seeds]
        self.set_stale(False)
        height, width = truth.shape[1:3]
        called = zip(self.names, map(str, self.seeds), strict=True)
        self.set_films([GrowingFilm(truth, n_past, name, short) for name, short in called], QSize(width, height))
        self.select(min(self.selected, len(self.films) - 1))
        self._describe()
        self.pins_changed.emit()

    def put_frames(self, imagined: FramesImagined) -> None:
        """Gives each growing tile its frame."""
        for film, frame in zip(self.films, imagined.frames, strict=False):
            if isinstance(film, GrowingFilm):
                film.put(imagined.t, frame)
        self.show_made(imagined.t)

    @property
    def imagined(self) -> bool:
        """Whether there is a frame on the wall that was imagined."""
        return bool(self.futures) or any(film.begun for film in self.growing)

    def set_score(self, score: FutureScored) -> None:
        """Adds the mean SSIM over the imagined frames to the caption."""
        values = [s for s in score.ssim if math.isfinite(s)]
        if score.number in self.futures and values:
            self._scores[score.number] = sum(values) / len(values)
            self.scored[score.number] = score
            self.redescribe()

    def score(self, number: int) -> float | None:
        """Mean SSIM of a future over its imagined frames, where it is known."""
        return self._scores.get(number)

    def redescribe(self) -> None:
        for number, future in self.futures.items():
            if (film := self.films[number]) is not None:
                film.caption = self._caption(future)
        super().redescribe()

    def _caption(self, future: FutureSampled) -> str:
        """Seed and mean SSIM, or what it is sorted by, with as many words as there is room for."""
        return self._words(future.number, roomy=self.roomy, figure=self.plan.image.width() >= SNUG)

    def _words(self, number: int, *, roomy: bool, figure: bool = True) -> str:
        name = self.names[number] if roomy else str(self.seeds[number])
        score = self._scores.get(number)
        words = self.figures.get(number, ("", "") if score is None else (f"SSIM {score:.3f}", f"{score:.3f}"))
        return " · ".join(filter(None, (self.marks.get(number, ""), name, words[0 if roomy else 1] if figure else "")))

    def seed(self, number: int) -> int:
        """The seed of a future, complete or not."""
        return self.seeds[number]

    def title(self, number: int) -> str:
        """Seed and figure of a future in words, whatever room there is."""
        film = self.films[number]
        if isinstance(film, GrowingFilm):
            return film.described(True)
        return self._words(number, roomy=True)

    @property
    def pinned(self) -> list[int]:
        """Numbers of the pinned futures, in order."""
        return [i for i, film in enumerate(self.films) if film is not None and film.pinned]

    def pin(self, number: int) -> None:
        """Pins the future, or unpins it."""
        film = self.films[number] if 0 <= number < len(self.films) else None
        if film is not None:
            film.pinned = not film.pinned
            self._describe()
            self.refresh()
            self.pins_changed.emit()

    def select(self, number: int) -> None:
        """Selects tile `number` and scrolls to it."""
        if number == self.selected:
            return
        self.selected = self.pointed = number
        self._describe()
        area = self.scroll_area()
        if number >= 0 and area is not None:
            spot = self.cell(number)
            area.ensureVisible(spot.center().x(), spot.center().y(), spot.width() // 2, spot.height() // 2)
        self.refresh()
        self.selection_changed.emit(number)

    def _describe(self) -> None:
        """Tells screen readers what is selected."""
        future = self.futures.get(self.selected)
        film = self.films[self.selected] if 0 <= self.selected < len(self.films) else None
        words = ""
        if future is not None:
            words = f"Selected: future {self.selected + 1}, {self.names[self.selected]}"
        elif isinstance(film, GrowingFilm):
            words = f"Selected: future {self.selected + 1}, {film.name}, not complete"
        if words and film is not None and film.pinned:
            words += ", pinned"
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.order and self.films:
            painter = QPainter(self)
            painter.setPen(QColor(theme.colors().muted))
            painter.drawText(self.visibleRegion().boundingRect(), Qt.AlignmentFlag.AlignCenter, NOTHING_PINNED)

    # ---- mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pointed = number = self.number_at(event.position().toPoint())
        if number >= 0 and event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self.select(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.number_at(event.position().toPoint()) >= 0:
            self.opened.emit()  # it was selected by the first click

    def event(self, event: QEvent) -> bool:
        # The page steps through time with the arrow keys; while the wall has the focus they are its own.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in self._steps():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in self._steps() and self.selected in self.order:
            self.step(self._steps()[event.key()])
        elif event.key() == Qt.Key.Key_P:
            self.pin(self.selected)
        else:
            super().keyPressEvent(event)

    def step(self, places: int) -> None:
        """Selects the future so many places further on, if there is one."""
        place = self.order.index(self.selected) + places if self.selected in self.order else 0
        if 0 <= place < len(self.order):
            self.select(self.order[place])

    def _steps(self) -> dict[int, int]:
        columns = self.plan.columns
        key = Qt.Key
        return {key.Key_Left: -1, key.Key_Right: 1, key.Key_Up: -columns, key.Key_Down: columns}
