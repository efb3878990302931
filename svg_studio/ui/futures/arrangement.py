"""Two lists that say in which order futures are on the wall, and which of them."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from svg_studio.engine.events import FewChosen, FramesImagined, FutureScored
from svg_studio.ui.futures.ranking import (
    ALL,
    ALONE,
    EXTREMES,
    FEW,
    PINNED,
    PSNR,
    SHOW_NAMES,
    SHOW_TIP,
    SORT_NAMES,
    SORT_TIP,
    SPREAD,
    Ranking,
)
from svg_studio.ui.futures.wall import Wall
from svg_studio.ui.widgets.controls import combo_box, spin_box
from svg_studio.ui.widgets.layouts import row

FIGURES = {PSNR: ("PSNR", "{:.1f}"), SPREAD: ("spread", "{:.1f}")}  # that captions carry instead of the SSIM
FEW_TIP = "How many futures are to stand for all of them (k): farthest-point sampling by the differences of their pixels"
NARROW = 72  # px


class Arrangement(QWidget):
    """Arranges `wall`; futures keep their numbers, captions their seeds, and the selection its future.

    `few_wanted(k)`: which k of the futures on the wall stand for all, which `put_few` is to be told.
    """

    few_wanted = Signal(int)

    def __init__(self, wall: Wall, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.wall = wall
        self.ranking = Ranking()
        self.sort = combo_box("Sort", ((words, key) for key, words in SORT_NAMES.items()), SORT_TIP)
        self.shown = combo_box("Show", ((words, key) for key, words in SHOW_NAMES.items()), SHOW_TIP)
        self.few = spin_box("Futures that stand for all", 2, 99, 5, FEW_TIP)
        self.few.hide()
        self.chosen: FewChosen | None = None  # of the futures on the wall, as many as `few` says
        for combo in (self.sort, self.shown):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            combo.setMinimumWidth(NARROW)  # where a person draws the column narrower
            combo.currentIndexChanged.connect(self.arrange)
        row(self.sort, self.shown, self.few, on=self, gap=6, margins=(2, 0, 2, 4), stretch=self.shown)
        self.shown.currentIndexChanged.connect(self._want_few)
        self.few.valueChanged.connect(self._want_few)
        wall.pins_changed.connect(self._on_pins)
        wall.selection_changed.connect(self._on_selection)

    def choose(self, combo: QComboBox, key: str) -> None:
        """Chooses one entry of `sort` or `shown`, if there is one of that key."""
        if (at := combo.findData(key)) >= 0:
            combo.setCurrentIndex(at)

    def show_only(self, which: str) -> None:
        """Shows the futures that one of SHOWS means."""
        self.choose(self.shown, which)

    def begin(self, count: int) -> None:
        """There will be `count` new futures, none of which is pinned."""
        self.ranking, self.chosen = Ranking(count), None
        if self.shown.currentData() == PINNED:
            with QSignalBlocker(self.shown):
                self.choose(self.shown, ALL)
        self.arrange()

    def put_frames(self, imagined: FramesImagined) -> None:
        """One more frame of all futures."""
        self.ranking.put_frames(imagined.frames, last=imagined.t == imagined.n_frames - 1)
        if self.ranking.complete:
            self.arrange()

    def complete(self) -> None:
        """All futures are on the wall as a whole."""
        self._want_few()

    def put_few(self, chosen: FewChosen) -> None:
        """What was wanted by `few_wanted`."""
        if len(chosen.nearest) == self.ranking.count:
            self.chosen = chosen
            self.arrange()

    def _want_few(self) -> None:
        wanted = self.shown.currentData() == FEW
        self.few.setVisible(wanted)
        if wanted and len(self.wall.futures) == self.ranking.count > 0:
            self.few_wanted.emit(self.few.value())

    def put_score(self, score: FutureScored) -> None:
        """The wall is arranged once all scores are there."""
        self.ranking.put_score(score)
        if self.ranking.knows(PSNR):
            self.arrange()

    def arrange(self) -> None:
        """Puts futures into their places."""
        if self.ranking.count != len(self.wall.films):
            return  # the wall is being made anew
        wall, key, shown = self.wall, self.sort.currentData(), self.shown.currentData()
        order = self.ranking.order(key)
        wall.marks = self.ranking.extremes() if shown == EXTREMES else self._stand_for() if shown == FEW else {}
        wall.figures = self._figures(key)
        if wall.marks:
            order = list(wall.marks) if shown == EXTREMES else [number for number in order if number in wall.marks]
        elif shown == PINNED:
            order = [number for number in order if number in wall.pinned]
        elif shown == ALONE and wall.selected in order:
            order = [wall.selected]
        wall.set_order(order)
        wall.redescribe()
        if order and wall.selected not in order:
            wall.select(order[0])

    def _stand_for(self) -> dict[int, str]:
        """What is said of the few, by number; nothing until they are known."""
        if self.chosen is None:
            return {}
        return {number: f"for {count}" for number, count in zip(self.chosen.numbers, self.chosen.counts, strict=True)}

    def _figures(self, key: str) -> dict[int, tuple[str, str]]:
        if key not in FIGURES or not self.ranking.knows(key):
            return {}
        name, form = FIGURES[key]
        written = [form.format(figure) for figure in self.ranking.figures(key)]
        return {number: (f"{name} {figure}", figure) for number, figure in enumerate(written)}

    def _on_pins(self) -> None:
        if self.shown.currentData() == PINNED:
            self.arrange()

    def _on_selection(self) -> None:
        if self.shown.currentData() == ALONE:
            self.arrange()
