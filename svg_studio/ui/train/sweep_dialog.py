"""The dialog that makes a run of every combination of the values given for some settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QLineEdit, QListWidget, QWidget

from svg_studio.engine.choices import choices_of
from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.runs.sweep import expand, read_values, sweepable, value_of
from svg_studio.engine.utils.wording import shown
from svg_studio.ui.formatting import count_of
from svg_studio.ui.widgets.cards import Column
from svg_studio.ui.widgets.controls import (
    IconButton,
    button,
    dialog_buttons,
    enable,
    label,
    named,
    resize_on_screen,
    restyle,
    show_text,
    timer,
)
from svg_studio.ui.widgets.layouts import boxed, column
from svg_studio.ui.widgets.setting_field import Choice
from svg_studio.ui.widgets.setting_words import in_words, words_of

FIRST = ("beta", "z_dim", "lr", "seed")  # offered one after another
SETTLE_MS = 120
ONE_OR_TWO = re.compile(r"([+-]?[0-9]+),([0-9]+)")  # 2,5: one number with a decimal comma, or two
ROOM_PX = 190  # for the settings, which scroll when there are more of them
HINT = (
    "Values with commas between them; 1..5 stands for 1, 2, 3, 4, 5. "
    "Every combination becomes a run of its own, which is named after its values."
)


class SweepLine:
    """One setting and its values, in a row of the dialog's grid."""

    def __init__(self, grid: QGridLayout, row: int, base: TrainConfig, name: str, drop: Callable[[SweepLine], None]) -> None:
        self._base = base
        self.setting = named(Choice(tuple(sweepable()), {name: words_of(name) for name in sweepable()}), "Setting")
        self.setting.setMinimumContentsLength(16)
        self.values = QLineEdit()
        self.error = label(role="error", wrap=True)
        self.remove = IconButton("trash", "Take this setting out of the sweep", lambda: drop(self))
        grid.addWidget(self.setting, 2 * row, 0)
        grid.addWidget(self.values, 2 * row, 1)
        grid.addWidget(self.remove, 2 * row, 2)
        grid.addWidget(self.error, 2 * row + 1, 1, 1, 2)
        self.setting.setCurrentIndex(self.setting.findData(name))
        self.setting.currentIndexChanged.connect(self._begin)
        self._begin()

    @property
    def name(self) -> str:
        return str(self.setting.currentData())

    def widgets(self) -> tuple[QWidget, ...]:
        return self.setting, self.values, self.error, self.remove

    def show_error(self, sentence: str) -> None:
        sentence = in_words(sentence, self.name)
        show_text(self.error, sentence)
        self.values.setAccessibleDescription(sentence)
        restyle(self.values, "invalid", bool(sentence))

    def read(self) -> tuple[Any, ...]:
        """The values that stand there. Raises ConfigError."""
        text = self.values.text()
        if sweepable()[self.name].type == "float" and (found := ONE_OR_TWO.fullmatch(text.strip())):
            whole, part = found.groups()
            ways = f"write {whole}.{part} for one number, or {whole}, {part} for two"
            raise ConfigError({self.name: f"{text.strip()} can be read in two ways: {ways}"})
        return read_values(self.name, text)

    def _begin(self) -> None:
        """Another setting was chosen: its value in the form comes first."""
        field = sweepable()[self.name]
        value, choices = value_of(self._base, self.name), choices_of(field)
        self.values.setText(("on" if value else "off") if isinstance(value, bool) else str(value))
        self.values.setAccessibleName(f"Values of {words_of(self.name)}")
        listed = f"<br>One of: {', '.join(map(str, choices))}." if choices else ""
        for widget in (self.setting, self.values):
            widget.setToolTip(f"<b>{words_of(self.name)}</b> ({self.name})<br>{field.metadata['tip']}{listed}")


class SweepDialog(QDialog):
    """`made(configs)` when it is accepted."""

    made = Signal(tuple)

    def __init__(
        self, base: TrainConfig, check: Callable[[Sequence[TrainConfig]], Mapping[str, str]], parent: QWidget | None = None
    ) -> None:
        """check: problems, setting → sentence, of configs that have none by themselves."""
        super().__init__(parent)
        self._base, self._check = base, check
        self.configs: tuple[TrainConfig, ...] = ()
        self.lines: list[SweepLine] = []
        self._rows = 0
        self.setWindowTitle("Sweep")
        resize_on_screen(self, 600, 480)
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self._grid.setVerticalSpacing(4)
        self.area = Column(boxed(column(self._grid, None, margins=(0, 0, 8, 0))))
        self._timer = timer(self, SETTLE_MS, self.settle, once=True)
        self.more = button("Another setting", self.add_line, "Vary one setting more")
        self.more.setAutoDefault(False)
        self.error = label(role="error", wrap=True)
        self.preview = named(QListWidget(), "Runs of the sweep")
        self.preview.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.preview.setSpacing(2)  # also between the first row and the border
        self.preview.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        buttons, self.accept_button = dialog_buttons(self, "Add", self._accept)
        hint = label(HINT, "muted", wrap=True)
        box = column(hint, self.area, self.more, self.error, self.preview, buttons, on=self, gap=10, margins=(20, 16, 20, 16))
        box.setAlignment(self.more, Qt.AlignmentFlag.AlignLeft)
        for place in (box.indexOf(self.area), box.indexOf(self.preview)):
            box.setStretch(place, 1)
        self.add_line()

    def add_line(self) -> None:
        """A row for one setting more, which no other row has."""
        taken = {line.name for line in self.lines}
        name = next((name for name in (*FIRST, *sweepable()) if name not in taken), "")
        if not name:
            return
        line = SweepLine(self._grid, self._rows, self._base, name, self.drop_line)
        self._rows += 1
        self.lines.append(line)
        line.values.textChanged.connect(self._edited)
        line.setting.currentIndexChanged.connect(self._edited)
        line.values.setFocus()
        line.values.end(False)
        self.settle()

    def drop_line(self, line: SweepLine) -> None:
        """Take a row away; the last one stays."""
        self.lines.remove(line)
        for widget in line.widgets():
            self._grid.removeWidget(widget)
            widget.deleteLater()
        self.settle()

    def _edited(self) -> None:
        self._timer.start()

    def settle(self) -> None:
        """Make runs of what stands there now, and say what is wrong with it; a moment after the last edit."""
        self._timer.stop()
        enable(self.more, len(self.lines) < len(sweepable()), "Every setting has a line already")
        self.configs, problems = self._read()
        for line in self.lines:
            line.show_error(problems.pop(line.name, ""))
            enable(line.remove, len(self.lines) > 1, "A sweep is of one setting at least")
        height = self._grid.sizeHint().height() + 8
        self.area.setMinimumHeight(min(height, ROOM_PX))
        self.area.setMaximumHeight(height)
        show_text(self.error, "\n".join(problems.values()))
        self.preview.clear()
        self.preview.addItems([shown(config.name) for config in self.configs])
        self.accept_button.setText(f"Add {count_of(len(self.configs), 'run')}" if self.configs else "Add")
        enable(self.accept_button, bool(self.configs), "Say first which values the runs are to have")

    def _read(self) -> tuple[tuple[TrainConfig, ...], dict[str, str]]:
        """The runs, or none and why: setting → sentence."""
        lists: dict[str, tuple[Any, ...]] = {}
        problems: dict[str, str] = {}
        for line in self.lines:
            if line.name in lists:
                return (), {"": f"{words_of(line.name)} is listed twice: put all its values into one line"}
            try:
                lists[line.name] = line.read()
            except ConfigError as error:
                problems |= error.problems
                lists[line.name] = ()
        if problems:
            return (), problems
        try:
            configs = expand(self._base, lists)
        except ConfigError as error:
            return (), error.problems
        problems = dict(self._check(configs))
        return (() if problems else configs), problems

    def _accept(self) -> None:
        if self._timer.isActive():
            self.settle()
        if self.configs:
            self.made.emit(self.configs)
            self.accept()
