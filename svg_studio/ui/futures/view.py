"""Shows the futures of one clip on one clock: wall, reference tiles, transport and plots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from svg_studio.engine.address import Path, path_of
from svg_studio.engine.events import Frames, FramesImagined, FutureSampled, FutureScored, SurpriseMeasured
from svg_studio.ui.futures.arrangement import Arrangement
from svg_studio.ui.futures.branches import Branches, Showing
from svg_studio.ui.futures.enlarged import Enlarged
from svg_studio.ui.futures.origin import Origin
from svg_studio.ui.futures.references import References
from svg_studio.ui.futures.tile_menus import Acts, reference_menu, wall_menu
from svg_studio.ui.futures.wall import Wall
from svg_studio.ui.futures.whose import Whose
from svg_studio.ui.style import theme
from svg_studio.ui.video.grid_area import GridArea
from svg_studio.ui.video.playback import Playback
from svg_studio.ui.video.transport import Transport
from svg_studio.ui.widgets.controls import IconButton, combo_box, label
from svg_studio.ui.widgets.layouts import boxed, column, row, split, stack

if TYPE_CHECKING:
    from svg_studio.ui.futures.plots import FuturesPlots

SIZES = (0.0, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)  # pixels of the screen for each of a frame; 0: whatever fits
BESIDE = 296  # px of the column beside the wall, at least
SIZE_NAMES = dict(zip(SIZES, ("Fit", "½×", "¾×", "1×", "1½×", "2×", "3×", "4×", "6×", "8×"), strict=True))


class FuturesView(QWidget):
    """`open_clip`, then `grow`, then frames and futures as they come; `halt` where no more will."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scores: dict[int, FutureScored] = {}
        self._surprise: tuple[float, ...] = ()
        self.plots: FuturesPlots | None = None  # until the window has been painted: pyqtgraph takes half a second to import
        self.playback = Playback(self)
        self.references = References()
        self.wall = Wall()
        self.arrangement = Arrangement(self.wall)
        self.enlarged = Enlarged(self.wall, self.references)
        self.alone = IconButton("alone", "The wall alone: without settings, references and plots (W)", name="The wall alone")
        self.alone.setCheckable(True)
        self.transport = Transport(self.playback)
        self.branches = Branches(lambda: (self.wall.selected, self.playback.frame))
        self._lay_out()
        self.wall.selection_changed.connect(self.branches.select)
        self.playback.frame_changed.connect(self.branches.show_frame)
        self.branches.changed.connect(self._share_beside)
        self.tile_size.currentIndexChanged.connect(self._resize_tiles)
        self.playback.frame_changed.connect(self.wall.show_frame)
        self.playback.frame_changed.connect(self.references.show_frame)
        self.playback.frame_changed.connect(self.enlarged.show_frame)
        self.enlarged.left.connect(lambda: self.set_enlarged(False))
        self.wall.opened.connect(lambda: self.set_enlarged(True))

    def make_menus(self, save: Callable[[], None], why_not_saved: Callable[[], str]) -> None:
        """Gives tiles their menus; `save` takes the selected future, unless `why_not_saved` has a sentence."""
        show, shown = self.arrangement.show_only, self.arrangement.shown.currentData
        acts = Acts(lambda: self.set_enlarged(True), save, show, shown, why_not_saved, self.branches.fork)
        self.wall_menu = wall_menu(self.wall, acts)
        self.reference_menu = reference_menu(self.references)

    def _lay_out(self) -> None:
        sizes = ((words, factor) for factor, words in SIZE_NAMES.items())
        tip = "Enlargement of the tiles: pixels of the screen for each of a frame. Fit: as large as all of them can be"
        self.tile_size = combo_box("Size of tiles", sizes, tip)
        words = label("Tiles", "muted", buddy=self.tile_size)
        controls = row(self.transport, 8, words, self.tile_size, self.alone, gap=8, stretch=self.transport)
        self.area = GridArea(self.wall)
        self.right = stack(self.area, self.enlarged)
        self.whose = Whose(self.right)
        self._references = column(self.references, self.arrangement, self.branches, gap=6, stretch=self.references)
        self.beside = boxed(self._references)
        self.across = split(self.beside, self.right, weights=(0, 1), handle=-1)
        self._wide = max(theme.scaled(BESIDE), self.arrangement.sizeHint().width())  # all of its longest entry
        self.across.setSizes([self._wide, 3 * self._wide])
        self._below = column(controls)
        self._down = split(self.across, boxed(self._below), weights=(1,), down=True, handle=-1)
        self._box = column(self._down, on=self)

    def make_plots(self) -> None:
        """Adds the plots, with whatever has arrived before they could be made."""
        if self.plots is not None:
            return
        from svg_studio.ui.futures.plots import FuturesPlots

        self.plots = FuturesPlots()
        self.plots.setMinimumHeight(92)
        self._below.addWidget(self.plots, 1)
        self.share_height()
        self.plots.sought.connect(self.transport.scrub)
        self._reset_plots()
        for future in self.wall.futures.values():
            self.plots.put_sigma(future.number, future.sigma)
        for score in self._scores.values():
            self.plots.put_scores(score.number, score.ssim, score.psnr)
        self.plots.select(self.wall.selected)
        self.wall.selection_changed.connect(self.plots.select)
        self.playback.frame_changed.connect(self.plots.set_frame)

    def share_height(self) -> None:
        """The wall gets most of it; from then on the person drags."""
        self._box.activate()
        plots = min(max(self.height() // 6, 100), 240) if self.plots is not None and not self.alone.isChecked() else 0
        below = self.transport.sizeHint().height() + 8 + plots
        self._down.setSizes([max(self._down.height() - below, 100), below])

    def share_width(self, panel: QWidget | None) -> None:
        """Gives a panel at the right side of the wall its room, which comes from all others; None: takes it back."""
        beside, *_ = self.across.sizes()
        if panel is None:
            self.across.setSizes([max(beside, self._wide), self.across.width(), 0])
        else:
            width = self.across.width()
            wanted = min(max(width * 3 // 10, panel.minimumWidth()), theme.scaled(BESIDE) * 5 // 4)
            left = min(beside, width // 4)
            self.across.setSizes([left, width - left - wanted, wanted])

    def _reset_plots(self) -> None:
        if self.plots is not None:
            self.plots.reset(len(self.wall.films), self.playback.n_frames, self.playback.n_past)
            self.plots.put_surprise(self._surprise)

    # ---- what there is to be shown

    def open_clip(self, truth: Frames, n_past: int) -> None:
        """Shows another clip's truth among the references; `grow` follows."""
        n_past = min(n_past, len(truth))
        self._surprise = ()
        self.references.open_clip(truth, n_past)
        self.playback.set_length(len(truth), n_past)

    def grow(self, seeds: Sequence[int], origin: Origin | None = None) -> None:
        """Futures of the open clip take the place of older ones; of each its given frames are there at once."""
        self.wall.origin = origin
        self._grow([path_of(seed) for seed in seeds])
        self.branches.begin(seeds, self.playback.n_frames, self.playback.n_past)

    def grow_paths(self, paths: Sequence[Path], names: Sequence[str], origin: Origin | None) -> None:
        """The same of futures that are more than their seeds."""
        self.wall.origin = origin
        self.branches.begin_paths(paths, names, self.playback.n_frames, self.playback.n_past)
        self._grow(paths, self.branches.showing.names)

    def show_nodes(self, showing: Showing) -> None:
        """Other futures of the same clip, model and settings take their place: those of the tree."""
        self.references.restart()
        self._grow(showing.paths, showing.names)
        self.wall.select(showing.selected)

    def _grow(self, paths: Sequence[Path], names: Sequence[str] = ()) -> None:
        assert self.references.truth is not None, "no clip is open"
        self._scores = {}
        self.wall.grow(self.references.truth, self.references.n_past, paths, names)
        self.arrangement.begin(len(paths))
        self.enlarged.refresh()
        self._reset_plots()

    def put_frames(self, imagined: FramesImagined) -> None:
        """One more frame of all futures."""
        self.wall.put_frames(imagined)
        self.references.put_frames(imagined)
        self.arrangement.put_frames(imagined)
        self.enlarged.refresh()

    def add(self, future: FutureSampled) -> None:
        """One future is complete."""
        self.wall.add(future)
        self.enlarged.refresh()
        if self.plots is not None:
            self.plots.put_sigma(future.number, future.sigma)

    def put_surprise(self, measured: SurpriseMeasured) -> None:
        """How much the open clip surprised the model; whatever futures are shown."""
        self._surprise = measured.values
        if self.plots is not None:
            self.plots.put_surprise(measured.values)

    def put_score(self, score: FutureScored) -> None:
        self._scores[score.number] = score
        self.wall.set_score(score)
        self.arrangement.put_score(score)
        self.enlarged.refresh()
        if self.plots is not None:
            self.plots.put_scores(score.number, score.ssim, score.psnr)

    def halt(self) -> None:
        """What is not complete stays as it is, and says so."""
        self.wall.halt()
        self.references.halt()
        self.enlarged.refresh()

    def set_whose(self, other: Origin | None, *, waiting: bool) -> None:
        """`other`: what the wall was made of, where something else is named; then it is faint, as it is while `waiting`."""
        for grid in (self.wall, self.references, self.enlarged.pair):
            grid.set_stale(other is not None or waiting)
        if other is None:
            self.whose.hide()
        else:
            self.whose.say(other.words, coming=waiting)

    # ---- the wall alone, and one future beside the truth

    def set_alone(self, on: bool) -> None:
        """The wall without references and plots, or with them."""
        self.alone.setChecked(on)
        self._share_room()

    @property
    def is_enlarged(self) -> bool:
        return self.right.currentWidget() is self.enlarged

    def set_enlarged(self, on: bool) -> None:
        """The selected future beside the truth in the place of the wall, or the wall again."""
        if on and not 0 <= self.wall.selected < len(self.wall.films):
            return
        self.right.setCurrentWidget(self.enlarged if on else self.area)
        self._share_room()
        if on:
            self.enlarged.refresh()
            self.enlarged.pair.setFocus()

    def _share_room(self) -> None:
        alone = self.alone.isChecked()
        self.beside.setVisible(not alone and not self.is_enlarged)
        if self.plots is not None:
            self.plots.setVisible(not alone)
        self.share_height()

    def _share_beside(self) -> None:
        """The tree takes room from the references while there is one."""
        shares = (3, 2) if not self.branches.list.isHidden() else (1, 0)
        for part, share in zip((self.references, self.branches), shares, strict=True):
            self._references.setStretchFactor(part, share)

    def _resize_tiles(self) -> None:
        self.wall.set_factor(self.tile_size.currentData())
