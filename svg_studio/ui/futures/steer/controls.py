"""The controls of the Steer panel: what a person may do with z. They show a hand, and say how it has moved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from svg_studio.engine.address import MOST_TEMPERATURE, ClipAddress, Path, rule_at
from svg_studio.engine.config import SPLITS
from svg_studio.engine.events import LatentUse
from svg_studio.ui.futures.steer.hand import Hand
from svg_studio.ui.futures.steer.pad import Pad
from svg_studio.ui.futures.steer.sliders import LatentSliders, SteerSlider
from svg_studio.ui.widgets.controls import button, check_box, combo_box, enable, heading, label, refill, spin_box
from svg_studio.ui.widgets.layouts import column, row

NOT_DRAWN = "z is not drawn here, so there is no noise to change: redraw it first."
TEMPERATURE_TIP = "Scales the noise of z: 0 is the prior's mean, 1 as it was trained, 2 twice its sigma (temperature)"
REDRAW_TIP = "Draws z from here on with a seed that no future has"
HOLD_TIP = "z stays what it was at the frame before"
TRAVERSE_TIP = "Puts seven futures on the wall that differ in this dimension of z alone, from -3 to +3 of the prior's sigma"
BLEND_TIP = "Mixes the noise of another future of the wall in: 0 is this one's, 1 the other's (weight)"
BORROW_TIP = "Takes z from what the posterior reads off another clip of the same data, frame by frame"


@dataclass(frozen=True)
class Choice:
    """What there is to choose from: futures of the wall to blend with, and clips to borrow from: others than `clip`."""

    others: tuple[tuple[str, Path], ...]
    clip: ClipAddress


class SteerControls(QWidget):
    """`begin` with a future; `moved` whenever `hand` is another one by a person's doing; `traverse(dimension)`."""

    moved = Signal()
    traverse = Signal(int)

    def __init__(self, fresh_seed: Callable[[], int], parent: QWidget | None = None) -> None:
        """fresh_seed: one that no future has."""
        super().__init__(parent)
        self._fresh_seed = fresh_seed
        self.hand: Hand | None = None
        self._at, self._z_dim = 0, 0
        self._choice: Choice | None = None
        self.redraw = button("Redraw z", self._redraw, REDRAW_TIP)
        self.hold = button("Hold z", None, HOLD_TIP)
        self.hold.setCheckable(True)
        self.hold.clicked.connect(self._hold)
        self.temperature = SteerSlider("Temperature", TEMPERATURE_TIP, 0.0, MOST_TEMPERATURE, 1.0, 0.02, 0.2)
        self.warmth = self._number("2.00")
        self.pad = Pad()
        self.dimension = combo_box("Dimension of the traversal", (), TRAVERSE_TIP)
        self.traverse_button = button("Traverse", self._traverse, TRAVERSE_TIP)
        self.sliders = LatentSliders()
        self.other = combo_box("Future to blend with", (), BLEND_TIP)
        for combo in (self.other, self.dimension):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(4)
        self.weight = SteerSlider("Weight of the other future", BLEND_TIP, 0.0, 1.0, 0.0, 0.01, 0.1)
        self.share = self._number("1.00")
        self.borrow = check_box("Borrow z from", None, BORROW_TIP)
        self.borrow.clicked.connect(self._borrow)
        self.split = combo_box("Split of the clip to borrow from", ((split, split) for split in SPLITS), BORROW_TIP)
        self.index = spin_box("Clip to borrow from", 0, 999_999, 1, "Number of the clip that z is borrowed from")
        self._lay_out()
        self._connect()

    def _number(self, widest: str) -> QLabel:
        made = label("", "muted")
        made.setMinimumWidth(made.fontMetrics().horizontalAdvance(widest))
        return made

    def _lay_out(self) -> None:
        side = column(row(self.redraw, self.hold, gap=5), None, self.dimension, self.traverse_button, gap=5)
        column(
            row(label("Temperature", buddy=self.temperature), self.temperature, self.warmth, gap=6, stretch=self.temperature),
            heading("Latent dimensions"),
            row(self.pad, side, gap=8, stretch=side),
            self.sliders,
            heading("Other futures and clips"),
            row(label("Blend with", buddy=self.other), self.other, gap=6, stretch=self.other),
            row(label("Weight", buddy=self.weight), self.weight, self.share, gap=6, stretch=self.weight),
            row(self.borrow, self.split, self.index, gap=5, stretch=self.index),
            None,
            on=self,
            gap=6,
            margins=(0, 2, 8, 4),
        )

    def _connect(self) -> None:
        self.temperature.moved.connect(self._warm)
        self.sliders.moved.connect(self._shift)
        self.pad.moved.connect(self._on_pad)
        self.weight.moved.connect(self._blend)
        self.other.currentIndexChanged.connect(lambda: self._blend(self.weight.number))
        self.split.currentIndexChanged.connect(self._borrow_if_so)
        self.index.valueChanged.connect(self._borrow_if_so)

    # ---- what is shown

    def begin(self, path: Path, at: int, z_dim: int, choice: Choice) -> None:
        """They stand as the future of `path` is at frame `at`."""
        if z_dim != self._z_dim:
            self._z_dim = z_dim
            self.set_use(None)
        if self._choice is None or choice.clip != self._choice.clip:
            self._place(choice.clip.split, choice.clip.index + 1)
        self._at, self._choice = at, choice
        refill(self.other, choice.others)
        self.put(Hand.of(path, at))

    def put(self, hand: Hand) -> None:
        """Stand as `hand` says, without a word."""
        self.hand = hand
        self.temperature.put(hand.temperature)
        self.sliders.put(hand.offset)
        self.weight.put(hand.weight)
        if hand.clip is not None:
            self._place(hand.clip.split, hand.clip.index)
        self._tell()

    def _place(self, split: str, index: int) -> None:
        with QSignalBlocker(self.index), QSignalBlocker(self.split):
            self.split.setCurrentIndex(max(0, self.split.findData(split)))
            self.index.setValue(index)

    def set_use(self, use: LatentUse | None, note: str = "") -> None:
        """How much each dimension carries; None: that is not known, for which `note` may have the reason."""
        words = f"Bars: KL(q‖p) over {use.clips} test clips" if use is not None else note
        self.sliders.set_use(self._z_dim, use.kl if use is not None else (), words)
        strongest = self.sliders.order
        refill(self.dimension, [(f"along z{dimension}", dimension) for dimension in strongest])
        self.dimension.setCurrentIndex(0)
        names = [f"z{dimension}" for dimension in strongest[:2]]
        self.pad.set_names(*(names if len(names) == 2 else ("", "")))
        self._tell()

    def _tell(self) -> None:
        hand, choice = self.hand, self._choice
        if hand is None or choice is None:
            return
        self.warmth.setText(f"{hand.temperature:.2f}")
        self.share.setText(f"{hand.weight:.2f}")
        self.hold.setChecked(hand.held)
        self.borrow.setChecked(hand.clip is not None)
        why = "" if hand.is_drawn else NOT_DRAWN
        for control in (self.temperature, self.dimension, self.traverse_button):
            enable(control, not why, why)
        self.sliders.allow(why)
        one = why or ("" if self._z_dim > 1 else "z has one dimension only.")
        enable(self.pad, not one, one)
        strongest = self.sliders.order[:2]
        self.pad.put(*((hand.offset[d] for d in strongest) if hand.offset and len(strongest) == 2 else (0.0, 0.0)))
        enable(self.hold, self._at > 1, "There is no z before this frame to hold.")
        blend = hand.why_no_blend(self.other.currentData(), self._at)
        enable(self.weight, not blend, blend)
        enable(self.other, self.other.count() > 0 and hand.is_drawn, blend)

    # ---- what a person does

    def _move(self, hand: Hand) -> None:
        """The hand is another one by a person's doing."""
        self.put(hand)
        self.moved.emit()

    def _redraw(self) -> None:
        if self.hand is not None:
            self._move(self.hand.redrawn(self._fresh_seed()))

    def _warm(self, temperature: float) -> None:
        if self.hand is not None:
            self._move(replace(self.hand, temperature=temperature))

    def _hold(self, on: bool) -> None:
        if self.hand is not None:
            self._move(replace(self.hand, held=on, clip=None))

    def _shift(self, dimension: int, sigma: float) -> None:
        if self.hand is not None:
            self._move(self.hand.shifted(dimension, sigma, self._z_dim))

    def _on_pad(self, x: float, y: float) -> None:
        if self.hand is not None:
            first, second = self.sliders.order[:2]
            self._move(self.hand.shifted(first, x, self._z_dim).shifted(second, y, self._z_dim))

    def _blend(self, weight: float) -> None:
        if self.hand is None:
            return
        path = self.other.currentData()
        allowed = path is not None and not self.hand.why_no_blend(path, self._at)
        seed = rule_at(path, self._at).seed if allowed else 0
        weight = weight if allowed else 0.0
        if (weight, seed if weight else 0) != (self.hand.weight, self.hand.other if self.hand.weight else 0):
            self._move(replace(self.hand, other=seed, weight=weight))
        else:
            self._tell()

    def _borrow(self, on: bool) -> None:
        if self.hand is not None:
            self._move(replace(self.hand, clip=self._lender() if on else None, held=False))

    def _borrow_if_so(self) -> None:
        if self.hand is not None and self.hand.clip is not None and self._lender() != self.hand.clip:
            self._move(replace(self.hand, clip=self._lender()))

    def _lender(self) -> ClipAddress | None:
        return replace(self._choice.clip, split=self.split.currentData(), index=self.index.value()) if self._choice else None

    def _traverse(self) -> None:
        if self.dimension.currentData() is not None:
            self.traverse.emit(self.dimension.currentData())


def others_of(names: Sequence[str], paths: Sequence[Path], selected: int) -> tuple[tuple[str, Path], ...]:
    """The futures of a wall but for the selected one."""
    return tuple((name, path) for n, (name, path) in enumerate(zip(names, paths, strict=True)) if n != selected)
