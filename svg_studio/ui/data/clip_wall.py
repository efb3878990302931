"""A wall of clips that play together, one of which can be selected."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QGuiApplication, QHelpEvent, QImage, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from svg_studio.engine.events import ClipOpened
from svg_studio.engine.utils.wording import shown
from svg_studio.ui.video.grid_plan import BORDER
from svg_studio.ui.video.playback import Playback
from svg_studio.ui.video.tile_grid import Film, TileGrid, play, to_image
from svg_studio.ui.widgets.menus import context_menu, entry
from svg_studio.ui.widgets.words import literal


class ClipWall(TileGrid):
    """Clips by place, all at the frame of one `playback`. Click or arrow keys select; double click or Enter opens; page keys ask
    for the pages beside.
    """

    selection_changed = Signal(int)  # place, -1 for none
    opened = Signal(int)
    paged = Signal(int)  # -1 back, 1 on
    narrowest = 112
    focus_line = 1

    def __init__(self, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.playback = playback
        playback.frame_changed.connect(self.show_frame)
        self.clips: list[ClipOpened | None] = []
        self.menu = context_menu(self, self._entries)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Clips")

    def expect(self, count: int, frame_size: QSize) -> None:
        """Room for `count` clips to come."""
        self.clips = [None] * count
        self.selected = -1
        if not count:
            self.playback.set_length(0, 0)
        self.set_films([None] * count, frame_size)
        self.select(-1)

    def put(self, place: int, clip: ClipOpened) -> None:
        if not 0 <= place < len(self.clips):
            return
        self.clips[place] = clip
        self.films[place] = Film(play(clip.frames), len(clip.frames))  # no frame of a data set is imagined
        self._caption(place)
        if self.n_frames != self.playback.n_frames:
            self.playback.set_length(self.n_frames, self.n_frames)
        self.refresh()
        if self.selected < 0:
            self.select(place)

    def arrange(self) -> None:
        super().arrange()
        for place in range(len(self.films)):
            self._caption(place)

    def describe(self, place: int) -> str:
        """The clip at `place` in words, or nothing."""
        clip = self.clip(place)
        return f"Clip {clip.index}: {shown(clip.source)}" if clip else ""

    @property
    def n_frames(self) -> int:
        """Of the longest clip."""
        return max((len(clip.frames) for clip in self.clips if clip is not None), default=0)

    def clip(self, place: int) -> ClipOpened | None:
        """The clip at `place`, if it is there."""
        return self.clips[place] if 0 <= place < len(self.clips) else None

    def select(self, place: int) -> None:
        self.selected, words = place, self.describe(place)
        self.setAccessibleDescription(f"Selected: {words}" if words else "")
        self.refresh()
        self.selection_changed.emit(place if words else -1)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in self._steps():
            event.accept()  # the browser steps through time with the arrow keys; while the wall has the focus they are its own
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.describe(self.number_at(event.pos()))
            self.setToolTip(literal(f"{words}. Double click opens it in Futures.") if words else "")
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.number_at(event.position().toPoint())
        if place >= 0 and event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self.select(place)  # the right one opens a menu, which is about this clip

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._open(self.number_at(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, steps = Qt.Key, self._steps()
        pages = {key.Key_PageUp: -1, key.Key_PageDown: 1}
        if event.key() in steps and self.clips:
            place = self.selected + steps[event.key()] if self.selected >= 0 else 0
            if 0 <= place < len(self.clips):
                self.select(place)
        elif event.key() in pages:
            self.paged.emit(pages[key(event.key())])
        elif event.key() in (key.Key_Return, key.Key_Enter):
            self._open(self.selected)
        else:
            super().keyPressEvent(event)

    def _steps(self) -> dict[int, int]:
        key, columns = Qt.Key, self.plan.columns
        return {key.Key_Left: -1, key.Key_Right: 1, key.Key_Up: -columns, key.Key_Down: columns}

    def picture(self, place: int) -> QImage:
        """The frame of the clip at `place` that is shown, as large as it is shown."""
        film = self.films[place]
        assert film is not None
        return to_image(film.at(self.frame)).scaled(
            self.plan.image * self.devicePixelRatioF(), mode=Qt.TransformationMode.FastTransformation
        )

    def _entries(self) -> list[QAction | None]:
        """The menu of the clip that is selected."""
        place = self.selected
        if self.clip(place) is None:
            return []
        clipboard = QGuiApplication.clipboard()
        return [
            entry("Open in Futures", lambda: self._open(place), "Imagine how this clip goes on", key="Return"),
            None,
            entry("Copy image", lambda: clipboard.setImage(self.picture(place)), "The frame that is shown, as it is shown"),
            entry("Copy name", lambda: clipboard.setText(self.describe(place)), "Number of the clip, and where it comes from"),
        ]

    def _caption(self, place: int) -> None:
        clip, film = self.clip(place), self.films[place]
        if clip is not None and film is not None:
            words = f"{clip.index}  {shown(clip.source.replace(f' {clip.split}', ''))}"  # all tiles are of one split
            room = self.plan.image.width() + 2 * BORDER
            film.caption = QFontMetrics(self.caption_font()).elidedText(words, Qt.TextElideMode.ElideRight, room)

    def _open(self, place: int) -> None:
        if self.clip(place) is not None:
            self.opened.emit(place)
