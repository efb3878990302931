"""Browses the clips of a data set, a page at a time: which set and split, a wall of playing clips, and page buttons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QComboBox, QScrollArea, QWidget

from svg_studio.engine.config import DIGITS, DataConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import ClipOpened, DatasetInspected
from svg_studio.ui.converted_sets import Offer, offers
from svg_studio.ui.data.clip_wall import ClipWall
from svg_studio.ui.video.playback import SPEEDS, Playback
from svg_studio.ui.video.transport import Transport
from svg_studio.ui.widgets.cards import Line
from svg_studio.ui.widgets.controls import IconButton, button, combo_box, enable, heading, label, refill, spin_box
from svg_studio.ui.widgets.layouts import boxed, column, row, stack

PAGE = 12
LAST = 999_999_999  # clips are made as they are asked for, so there is no last one
DIGIT_TITLES = {"mnist": "MNIST", "drawn": "drawn digits", "mixed": "half of each"}


@dataclass(frozen=True)
class _Wish:
    """What is to be shown as soon as it is known to be there: `key` of an offer, splits in the order of preference, a clip."""

    key: str
    splits: tuple[str, ...]
    clip: int = 0


class ClipBrowser(QWidget):
    """`wanted(data, image_width, channels, split, indices)` asks for clips, which come back by `put`; `opened` passes one on."""

    wanted = Signal(object, int, int, str, object)
    opened = Signal(object, str, int)  # data, split, index

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data_root = ""
        self.found: dict[str, DatasetInspected] = {}  # by data set; absent: not known yet
        self.offers: dict[str, Offer] = {}  # what is converted, by key
        self.indices: tuple[int, ...] = ()
        self._wish: _Wish | None = None
        self.playback = Playback(self)
        self.transport = Transport(self.playback)
        counter = self.transport.counter  # which says no more than numbers here
        counter.setMinimumWidth(counter.fontMetrics().horizontalAdvance("100/100 "))
        self.transport.slider.setMinimumWidth(80)
        self._plays = True  # once it is seen
        self.dataset = combo_box("Data set", ((entry.title, name) for name, entry in DATASETS.items()), "Data set")
        self.dataset.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.dataset.setMaximumWidth(300)
        tip = "Clips to train on, or those kept apart for tests or for validation"
        self.split = combo_box("Split", ((split, split) for split in ("train", "test")), tip)
        self.split.setCurrentIndex(self.split.findData("test"))
        tip = "MNIST's handwriting, digits that the program draws itself, or half of each"
        self.digits = combo_box("Digits", ((DIGIT_TITLES[kind], kind) for kind in DIGITS), tip)
        self.digits.setCurrentIndex(DIGITS.index("drawn"))
        self.num_digits = spin_box("Number of digits", 1, 16, 2, "Moving digits in a clip")
        tip = "Number of the first clip shown; the same number is the same clip at every visit"
        self.first = spin_box("First clip", 0, LAST, 0, tip)
        self.count = label(role="muted")
        self.back = IconButton("chevron-left", f"{PAGE} clips back (Page Up)", lambda: self.turn(-1), name="Previous page")
        self.on = IconButton("chevron-right", f"{PAGE} clips on (Page Down)", lambda: self.turn(1), name="Next page")
        tip = "Imagine how the selected clip goes on (Enter)"
        self.open_button = button("Open in Futures", self._open_selected, tip)
        self.wall = ClipWall(self.playback)
        self.chosen = Line("muted", "Selected clip")
        self.message = label(role="muted", wrap=True, centred=True)
        self._lay_out()
        self._connect()
        self._on_selection(-1)

    @property
    def offer(self) -> Offer | None:
        """The converted set that is being looked at, if it is one."""
        return self.offers.get(self.dataset.currentData())

    @property
    def data(self) -> DataConfig:
        """What is being looked at."""
        if self.offer is not None:
            return self.offer.data(self.data_root)
        return DataConfig(
            dataset=self._name,
            data_root=self.data_root,
            digits=self.digits.currentData(),
            num_digits=self.num_digits.value(),
        )

    @property
    def _name(self) -> str:
        """The data set."""
        return str(self.dataset.currentData()).partition("/")[0]

    def set_found(self, found: DatasetInspected) -> None:
        """What lies on disk of a data set."""
        self.found[found.name] = found
        self._list()
        if found.name == self._name:
            self.reload()

    def _list(self) -> None:
        """One line for each data set, or for each converted store of it; the choice stays where it can."""
        name, items = self._name, []
        self.offers = {offer.key: offer for found in self.found.values() for offer in offers(found)}
        for key, entry in DATASETS.items():
            converted = [(offer.title, offer.key) for offer in self.offers.values() if offer.dataset == key]
            items += converted or [(entry.title, key)]
        refill(self.dataset, items)
        if self._name != name:
            with QSignalBlocker(self.dataset):
                self.dataset.setCurrentIndex(next(n for n, (_, key) in enumerate(items) if key.partition("/")[0] == name))
        self._fulfil()

    def show_set(self, key: str, splits: tuple[str, ...] = ("test", "train", "val"), clip: int = 0) -> None:
        """Goes to a data set, or to the converted set of that key as soon as it is known; of `splits` to the first with clips."""
        self._wish = _Wish(key, splits, clip)
        if self._fulfil():
            self.reload()

    def show_digits(self, kind: str) -> None:
        """Goes to the moving digits of one of DIGITS."""
        self.digits.setCurrentIndex(self.digits.findData(kind))
        self.show_set("smmnist")

    def _fulfil(self) -> bool:
        """Chooses what is wished, where it is there; whether that is so. Clips are not asked for yet."""
        wish = self._wish
        if wish is None or (place := self.dataset.findData(wish.key)) < 0:
            return False
        self._wish = None
        offer = self.offers.get(wish.key)
        with QSignalBlocker(self.dataset), QSignalBlocker(self.split), QSignalBlocker(self.first):
            self.dataset.setCurrentIndex(place)
            self._fill_splits()
            there = [split for split in wish.splits if offer is None or offer.clips.get(split)]
            if there and (at := self.split.findData(there[0])) >= 0:
                self.split.setCurrentIndex(at)
            self.first.setMaximum(LAST)
            self.first.setValue(wish.clip)
        return True

    def _fill_splits(self) -> None:
        refill(self.split, [(split, split) for split in (self.offer.clips if self.offer else ("train", "test"))])

    def state(self) -> dict[str, Any]:
        """What is looked at and how it plays, as plain data for `restore`."""
        return {
            "set": self._wish.key if self._wish else self.dataset.currentData(),
            "split": self.split.currentData(),
            "clip": self.first.value(),
            "digits": self.digits.currentData(),
            "num_digits": self.num_digits.value(),
            "speed": self.playback.speed,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """As it was when `state` was asked for; what is damaged in it, or not there any more, is passed over."""
        with QSignalBlocker(self.digits), QSignalBlocker(self.num_digits):
            if (place := self.digits.findData(state.get("digits"))) >= 0:
                self.digits.setCurrentIndex(place)
            self.num_digits.setValue(_whole(state.get("num_digits"), self.num_digits.value(), 1, 16))
        self.transport.set_speed(next((speed for speed in SPEEDS if speed == state.get("speed")), self.playback.speed))
        key, split, clip = state.get("set"), state.get("split"), state.get("clip")
        if isinstance(key, str) and key.partition("/")[0] in DATASETS:
            splits = (split,) if isinstance(split, str) else ()
            self.show_set(key, (*splits, "test", "train", "val"), _whole(clip, 0, 0, LAST))

    def reload(self) -> None:
        """Ask for the clips of the page again, or say why there are none."""
        offer, entry = self.offer, DATASETS[self._name]
        self._fill_splits()
        split = self.split.currentData()
        count = offer.clips.get(split, 0) if offer else 0
        self.first.setMaximum(max(count - 1, 0) if offer else LAST)
        self.count.setText(f"of {count:,}" if offer else "")
        last = min(self.first.value() + PAGE, count if offer else LAST + 1)
        self.indices = tuple(range(self.first.value(), last))
        self._digit_controls.setVisible("digits" in entry.options)
        width, channels = (offer.image_width, offer.channels) if offer else (entry.widths[0], entry.channels[0])
        missing = self._missing() or ("" if self.indices else f"There are no {split} clips in {self.dataset.currentText()}.")
        none = "There are no clips here." if missing else ""
        enable(self.back, self.first.value() > 0 and not missing, none or "These are the first clips.")
        enable(self.on, last <= self.first.maximum() and not missing, none or "These are the last clips.")
        if missing:
            self.wall.expect(0, QSize(width, width))
            self.say(missing)
            return
        self.wall.expect(len(self.indices), QSize(width, width))
        self.pages.setCurrentWidget(self.area)
        self.wanted.emit(self.data, width, channels, split, self.indices)

    def put(self, clip: ClipOpened) -> None:
        """A clip that was asked for."""
        if clip.split == self.split.currentData() and clip.index in self.indices:
            self.wall.put(self.indices.index(clip.index), clip)

    def say(self, sentence: str) -> None:
        """Show a sentence where the clips would be."""
        self.message.setText(sentence)
        self.pages.setCurrentWidget(self.message)

    def refuse(self, sentence: str) -> None:
        """Why the clips that were asked for do not come; a download that is still to be made says more."""
        if not self._missing():
            self.say(sentence)

    def turn(self, pages: int) -> None:
        """Go `pages` on, or back."""
        self.first.setValue(max(0, self.first.value() + pages * PAGE))

    def _missing(self) -> str:
        """What is to be done before there are clips; nothing where there are some, or where nobody has looked yet."""
        name, found = self._name, self.found.get(self._name)
        entry = DATASETS[name]
        if not entry.conversion:
            lacking = found is not None and not found.ready and self.digits.currentData() != "drawn"
            return "MNIST is not here: press Download or Use files I have…, or look at drawn digits." if lacking else ""
        if self.offer is not None:
            return ""
        if found is None:
            return "Looking…"
        if any(not store.finished for store in found.stores):
            return f"{entry.title}: not converted to its end; press Go on where nothing is running."
        if not entry.downloadable:
            return "There are no videos yet: press Add videos…, or drop a video or a folder of videos on this window."
        step = "Convert…" if found.can_convert else "Download, or Use files I have…"
        return f"{entry.title} is not {'converted' if found.can_convert else 'here'} yet: press {step}"

    def _open(self, place: int) -> None:
        self.opened.emit(self.data, self.split.currentData(), self.indices[place])

    def _open_selected(self) -> None:
        self._open(self.wall.selected)

    def _on_selection(self, place: int) -> None:
        enable(self.open_button, place >= 0, "No clip is selected yet.")
        self.chosen.setText(self.wall.describe(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.playback.toggle()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        self.playback.play(self._plays)

    def hideEvent(self, event: QHideEvent) -> None:
        self._plays = self.playback.playing
        self.playback.play(False)  # nobody looks

    def _connect(self) -> None:
        self.dataset.activated.connect(self._forget_wish)
        for key, step in (
            (Qt.Key.Key_Left, self.transport.back),
            (Qt.Key.Key_Right, self.transport.forward),
            (Qt.Key.Key_Home, self.transport.first),
            (Qt.Key.Key_End, self.transport.last),
        ):
            # Fields that edit text keep these keys for themselves, the wall the arrows; everywhere else they move through time.
            QShortcut(QKeySequence(key), self, step.click, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        for combo in (self.dataset, self.split, self.digits):
            combo.currentIndexChanged.connect(self.reload)
        for spin in (self.num_digits, self.first):
            spin.setMinimumWidth(64)
            spin.setMaximumWidth(110)
            spin.valueChanged.connect(self.reload)
        self.wall.paged.connect(self.turn)
        self.wall.opened.connect(self._open)
        self.wall.selection_changed.connect(self._on_selection)

    def _lay_out(self) -> None:
        self._digit_controls = boxed(row(*_labelled("Digits", self.digits), label("×"), self.num_digits, gap=6))
        data, split = row(*_labelled("Data set", self.dataset), gap=6), row(*_labelled("Split", self.split), gap=6)
        clip = row(*_labelled("Clip", self.first), self.count, self.back, self.on, gap=6)
        self.area = QScrollArea(widgetResizable=True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.wall)
        self.pages = stack(self.area, self.message)
        top = row(heading("Clips"), None, self.chosen, gap=14)
        what = row(data, split, None, self.open_button, gap=14)
        where = row(self._digit_controls, clip, None, gap=14)
        column(top, what, where, self.pages, self.transport, on=self, gap=10, stretch=self.pages)

    def _forget_wish(self) -> None:
        self._wish = None  # somebody has chosen something else


def _whole(value: object, instead: int, least: int, most: int) -> int:
    """A number that was kept, within its bounds; `instead` of what is none."""
    return max(least, min(value, most)) if isinstance(value, int) and not isinstance(value, bool) else instead


def _labelled(text: str, buddy: QWidget) -> tuple[QWidget, QWidget]:
    return label(text, "muted", buddy=buddy), buddy
