"""Looks through the clips of a data set, a page at a time; knows what can be asked for, not who reads it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from svg_studio.engine.config import DIGITS, DataConfig
from svg_studio.engine.datasets import DATASETS, SPLITS
from svg_studio.engine.events import ClipOpened
from svg_studio.ui import icons, theme
from svg_studio.ui.cards import heading
from svg_studio.ui.clip_wall import ClipWall

PAGE = 12
LAST = 999_999_999  # clips are made as they are asked for, so there is no last one
DIGIT_TITLES = {"mnist": "MNIST", "drawn": "drawn", "mixed": "half of each"}


class ClipBrowser(QWidget):
    """`wanted(data, split, indices)` asks for clips, which come back by `put`; `opened(data, split, index)` passes one on."""

    wanted = Signal(object, str, object)
    opened = Signal(object, str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data_root = ""
        self.ready: dict[str, bool] = {}  # data set → its files are there; absent: not known yet
        self.counts: dict[str, dict[str, int]] = {}
        self.indices: tuple[int, ...] = ()
        self.dataset = _combo("Data set", {name: entry.title for name, entry in DATASETS.items()})
        self.split = _combo("Split", {split: split for split in SPLITS})
        self.split.setToolTip("Clips to train on, or those kept apart for tests")
        self.split.setCurrentIndex(SPLITS.index("test"))
        self.digits = _combo("Digits", {kind: DIGIT_TITLES[kind] for kind in DIGITS})
        self.digits.setToolTip("MNIST's handwriting, digits that the program draws itself, or half of each")
        self.digits.setCurrentIndex(DIGITS.index("drawn"))
        self.num_digits = _spin("Number of digits", 1, 16, 2, "Moving digits in a clip")
        self.first = _spin(
            "First clip", 0, LAST, 0, "Number of the first clip shown; the same number is the same clip at every visit"
        )
        self.back, self.on = QPushButton(), QPushButton()
        for button, name, way in ((self.back, "Previous page", -PAGE), (self.on, "Next page", PAGE)):
            button.setAccessibleName(name)
            button.setToolTip(f"{PAGE} clips {'back' if way < 0 else 'on'} (Page {'Up' if way < 0 else 'Down'})")
        self.open_button = QPushButton("Open in Futures", enabled=False)
        self.open_button.setToolTip("Imagine how the selected clip goes on (Enter)")
        self.wall = ClipWall()
        self.chosen = QLabel()
        self.chosen.setProperty("role", "muted")
        self.chosen.setAccessibleName("Selected clip")
        self.message = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.message.setProperty("role", "muted")
        self._lay_out()
        self._connect()
        self._recolour()

    @property
    def data(self) -> DataConfig:
        """What is being looked at."""
        return DataConfig(
            dataset=self.dataset.currentData(),
            data_root=self.data_root,
            digits=self.digits.currentData(),
            num_digits=self.num_digits.value(),
        )

    def set_ready(self, name: str, ready: bool, counts: dict[str, int]) -> None:
        """What is known of the files of data set `name`; counts: split → clips, 0 for as many as asked for."""
        self.ready[name], self.counts[name] = ready, counts
        if name == self.dataset.currentData():
            self.reload()

    def reload(self) -> None:
        """Ask for the clips of the page again, or say why there are none."""
        name, split = self.dataset.currentData(), self.split.currentData()
        count = self.counts.get(name, {}).get(split, 0)
        self.first.setMaximum(count - 1 if count else LAST)
        self.back.setEnabled(self.first.value() > 0)
        last = min(self.first.value() + PAGE, count or LAST + 1)
        self.on.setEnabled(last <= self.first.maximum())
        self.indices = tuple(range(self.first.value(), last))
        options = DATASETS[name].options
        self._digit_controls.setVisible("digits" in options)
        if self._lacks_files(name):
            self.wall.expect(0, QSize(64, 64))
            self.say(
                f"{self._files_name(name)} is not downloaded: press Download"
                + (", or look at drawn digits." if "digits" in options else ".")
            )
            return
        width = DATASETS[name].widths[0]
        self.wall.expect(len(self.indices), QSize(width, width))
        self.pages.setCurrentWidget(self.area)
        self.wanted.emit(self.data, split, self.indices)

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
        if not self._lacks_files(self.dataset.currentData()):
            self.say(sentence)

    def turn(self, pages: int) -> None:
        """Go `pages` on, or back."""
        self.first.setValue(max(0, self.first.value() + pages * PAGE))

    def _lacks_files(self, name: str) -> bool:
        drawn = "digits" in DATASETS[name].options and self.digits.currentData() == "drawn"
        return not drawn and not self.ready.get(name, True)

    def _files_name(self, name: str) -> str:
        return "MNIST" if DATASETS[name].downloadable == "mnist" else DATASETS[name].title

    def _open(self, place: int) -> None:
        self.opened.emit(self.data, self.split.currentData(), self.indices[place])

    def _open_selected(self) -> None:
        self._open(self.wall.selected)

    def _on_selection(self, place: int) -> None:
        self.open_button.setEnabled(place >= 0)
        self.chosen.setText(self.wall.describe(place))

    def _reload(self, *_: object) -> None:
        self.reload()

    def _turn_back(self) -> None:
        self.turn(-1)

    def _turn_on(self) -> None:
        self.turn(1)

    def _connect(self) -> None:
        for combo in (self.dataset, self.split, self.digits):
            combo.currentIndexChanged.connect(self._reload)
        for spin in (self.num_digits, self.first):
            spin.setKeyboardTracking(False)  # 120 is one wish, not three
            spin.valueChanged.connect(self._reload)
        self.back.clicked.connect(self._turn_back)
        self.on.clicked.connect(self._turn_on)
        self.wall.paged.connect(self.turn)
        self.wall.opened.connect(self._open)
        self.wall.selection_changed.connect(self._on_selection)
        self.open_button.clicked.connect(self._open_selected)
        theme.notifier().changed.connect(self._recolour)

    def _lay_out(self) -> None:
        self._digit_controls = _labelled("Digits", self.digits, QLabel("×"), self.num_digits)
        what, where = QHBoxLayout(), QHBoxLayout()
        for row, widgets in (
            (what, (_labelled("Data set", self.dataset), _labelled("Split", self.split))),
            (where, (self._digit_controls, _labelled("Clip", self.first, self.back, self.on))),
        ):
            row.setSpacing(14)
            for widget in widgets:
                row.addWidget(widget)
            row.addStretch(1)
        what.addWidget(self.open_button)
        self.area = QScrollArea(widgetResizable=True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.wall)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.area)
        self.pages.addWidget(self.message)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(10)
        top = QHBoxLayout()
        top.addWidget(heading("Clips"))
        top.addStretch(1)
        top.addWidget(self.chosen)
        box.addLayout(top)
        box.addLayout(what)
        box.addLayout(where)
        box.addWidget(self.pages, 1)

    def _recolour(self) -> None:
        self.back.setIcon(icons.icon("chevron-left", theme.colors().text))
        self.on.setIcon(icons.icon("chevron-right", theme.colors().text))


def _combo(name: str, items: dict[str, str]) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(name)
    for data, title in items.items():
        combo.addItem(title, data)
    return combo


def _spin(name: str, least: int, most: int, value: int, tip: str) -> QSpinBox:
    spin = QSpinBox(minimum=least, maximum=most, value=value)
    spin.setAccessibleName(name)
    spin.setToolTip(tip)
    spin.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    spin.setMinimumWidth(64)
    spin.setMaximumWidth(110)
    return spin


def _labelled(text: str, *widgets: QWidget) -> QWidget:
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    label = QLabel(text)
    label.setBuddy(widgets[0])
    label.setProperty("role", "muted")
    row.addWidget(label)
    for widget in widgets:
        row.addWidget(widget)
    return pair
