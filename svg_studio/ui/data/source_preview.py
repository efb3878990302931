"""Shows what a conversion would make of the files that were chosen: how much there is, and the first frames as they will be."""

from __future__ import annotations

from pathlib import PurePosixPath

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from svg_studio.engine.events import ClipOpened, Event, Failed, SourcesCounted
from svg_studio.engine.utils.wording import shown
from svg_studio.ui.formatting import count_of, size
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.video.grid_plan import BORDER, CAPTION, GAP, RING
from svg_studio.ui.video.tile_grid import Film, TileGrid, play
from svg_studio.ui.widgets.controls import label, restyle, timer
from svg_studio.ui.widgets.layouts import column

FRAME_MS = 100
ROOM = 520  # px across for the tiles
NOTHING = "Choose files to see how many there are, and what their frames will look like."


class Tiles(TileGrid):
    """The first frames of some clips, which play while they are seen."""

    narrowest = 64

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("First frames as they will be")
        self._timer = timer(self, FRAME_MS, self._advance)
        self.frames: list[int] = []  # of each clip

    def expect(self, width: int) -> None:
        """Room for clips of frames that are `width` px wide."""
        self.frames = []
        self.set_films([], QSize(width, width))
        margin = 2 * (BORDER + RING) + GAP
        self.setFixedHeight(width + margin + CAPTION + GAP)
        self.most = max(1, ROOM // (width + margin))

    def add(self, clip: ClipOpened) -> None:
        """One clip more, where there is room for it."""
        if len(self.films) < self.most:
            words = QFontMetrics(self.caption_font()).elidedText(
                shown(PurePosixPath(clip.source).stem), Qt.TextElideMode.ElideMiddle, clip.frames.shape[2] + 2 * BORDER
            )
            self.frames.append(len(clip.frames))
            self.set_films([*self.films, Film(play(clip.frames), len(clip.frames), words)], self.frame_size)

    def _advance(self) -> None:
        self.show_frame((self.frame + 1) % max(self.frames, default=1))

    def showEvent(self, event: QShowEvent) -> None:
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()


class SourcePreview(QWidget):
    """What the job that looks says, by `on_event`. `begin` before it, `forget` where there is nothing to look at."""

    def __init__(self) -> None:
        super().__init__()
        self.words = label(NOTHING, "muted", name="What will be converted", wrap=True)
        self.tiles = Tiles()
        self.tiles.expect(64)
        column(self.words, self.tiles, on=self, gap=4)

    def forget(self) -> None:
        """Nothing is chosen."""
        self._say(NOTHING)
        self.tiles.expect(self.tiles.frame_size.width())

    def begin(self, width: int) -> None:
        """A look has been asked for; frames will be `width` px wide."""
        self._say("Looking…")
        self.tiles.expect(width)

    def on_event(self, event: Event) -> None:
        """What that job says."""
        match event:
            case SourcesCounted():
                self._say(describe(event))
            case ClipOpened():
                self.tiles.add(event)
            case Failed():
                self._say(sentence_of(event), "error")

    def _say(self, sentence: str, role: str = "muted") -> None:
        restyle(self.words, "role", role)
        self.words.setText(sentence)


def describe(found: SourcesCounted) -> str:
    """Such as "12 videos, about 1,250 frames: 15.4 MB of 83.0 GB free. About 10 to train on and 2 to test with."."""
    what = [count_of(found.videos, "video")] if found.videos or not found.folders else []
    what += [count_of(found.folders, "folder") + " of pictures"] if found.folders else []
    much = f", about {found.frames:,} frames: {size(found.size)} of {size(found.free)} free" if found.frames else ""
    uses = {"train": "to train on", "test": "to test with", "val": "to validate with"}
    parts = [f"{count:,} {uses[split]}" for split, count in found.clips.items() if count]
    split = f" {' and '.join(parts)}." if found.videos + found.folders > 1 else " Its end is kept apart to test with."
    without = f" {count_of(found.left_out, 'other thing')} left out." if found.left_out else ""
    return f"{' and '.join(what)}{much}.{split}{without}"
