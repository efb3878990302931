"""A wall of clips that play together, one of which can be selected."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from svg_studio.engine.events import ClipOpened
from svg_studio.engine.utils.wording import shown
from svg_studio.ui.video.grid_plan import BORDER
from svg_studio.ui.video.tile_grid import Film, TileGrid, play
from svg_studio.ui.widgets.controls import timer
from svg_studio.ui.widgets.words import literal

FRAME_MS = 100


class ClipWall(TileGrid):
    """Clips by place. Click or arrow keys select; double click or Enter opens; page keys ask for the pages beside."""

    selection_changed = Signal(int)  # place, -1 for none
    opened = Signal(int)
    paged = Signal(int)  # -1 back, 1 on
    narrowest = 112
    focus_line = 1

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.clips: list[ClipOpened | None] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Clips")
        self._timer = timer(self, FRAME_MS, self.advance)

    def expect(self, count: int, frame_size: QSize) -> None:
        """Room for `count` clips to come."""
        self.clips = [None] * count
        self.selected = -1
        self.set_films([None] * count, frame_size)
        self.select(-1)

    def put(self, place: int, clip: ClipOpened) -> None:
        if not 0 <= place < len(self.clips):
            return
        self.clips[place] = clip
        self.films[place] = Film(play(clip.frames), len(clip.frames))  # no frame of a data set is imagined
        self._caption(place)
        self.refresh()
        if self.selected < 0:
            self.select(place)

    def arrange(self) -> None:
        super().arrange()
        for place in range(len(self.films)):
            self._caption(place)

    def describe(self, place: int) -> str:
        """The clip at `place` in words, or nothing."""
        clip = self._clip(place)
        return f"Clip {clip.index}: {shown(clip.source)}" if clip else ""

    @property
    def n_frames(self) -> int:
        return max((len(clip.frames) for clip in self.clips if clip is not None), default=1)

    def advance(self) -> None:
        """One tick of the clock that all clips share."""
        self.show_frame((self.frame + 1) % self.n_frames)

    def select(self, place: int) -> None:
        self.selected, words = place, self.describe(place)
        self.setAccessibleDescription(f"Selected: {words}" if words else "")
        self.refresh()
        self.selection_changed.emit(place if words else -1)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.describe(self.number_at(event.pos()))
            self.setToolTip(literal(f"{words}. Double click opens it in Futures.") if words else "")
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.number_at(event.position().toPoint())
        if place >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.select(place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._open(self.number_at(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        steps = {key.Key_Left: -1, key.Key_Right: 1, key.Key_Up: -self.plan.columns, key.Key_Down: self.plan.columns}
        pages = {key.Key_PageUp: -1, key.Key_PageDown: 1}
        if event.key() in steps and self.clips:
            place = self.selected + steps[key(event.key())] if self.selected >= 0 else 0
            if 0 <= place < len(self.clips):
                self.select(place)
        elif event.key() in pages:
            self.paged.emit(pages[key(event.key())])
        elif event.key() in (key.Key_Return, key.Key_Enter):
            self._open(self.selected)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()

    def _caption(self, place: int) -> None:
        clip, film = self._clip(place), self.films[place]
        if clip is not None and film is not None:
            words = f"{clip.index}  {shown(clip.source.replace(f' {clip.split}', ''))}"  # all tiles are of one split
            room = self.plan.image.width() + 2 * BORDER
            film.caption = QFontMetrics(self.caption_font()).elidedText(words, Qt.TextElideMode.ElideRight, room)

    def _clip(self, place: int) -> ClipOpened | None:
        return self.clips[place] if 0 <= place < len(self.clips) else None

    def _open(self, place: int) -> None:
        if self._clip(place) is not None:
            self.opened.emit(place)
