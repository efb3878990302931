"""A list of presets, with what to expect of the chosen one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from svg_studio.engine.presets import PRESETS
from svg_studio.ui.widgets.controls import combo_box, label
from svg_studio.ui.widgets.layouts import column


class PresetChooser(QWidget):
    """`chosen(name)` says that a preset was picked, the same one again too, which takes back what was changed since."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        titles = ((preset.title, name) for name, preset in PRESETS.items())
        self.list = combo_box("Preset", titles, "Fills the form; where runs and data lie stays as it is")
        self.note = label(role="muted", wrap=True)
        column(self.list, self.note, on=self, gap=6)
        self.list.activated.connect(self._on_activated)

    def show_preset(self, name: str) -> None:
        self.list.setCurrentIndex(self.list.findData(name))
        self.note.setText(PRESETS[name].note)

    def _on_activated(self, place: int) -> None:
        self.chosen.emit(self.list.itemData(place))
