"""A list of presets, with what to expect of the chosen one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from svg_studio.engine.presets import PRESETS


class PresetChooser(QWidget):
    """`chosen(name)` says that a preset was picked, the same one again too, which takes back what was changed since."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = QComboBox()
        self.list.setAccessibleName("Preset")
        self.list.setToolTip("Fills the form; where runs and data lie stays as it is")
        for name, preset in PRESETS.items():
            self.list.addItem(preset.title, name)
        self.note = QLabel(wordWrap=True)
        self.note.setProperty("role", "muted")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self.list)
        box.addWidget(self.note)
        self.list.activated.connect(self._on_activated)

    def show_preset(self, name: str) -> None:
        self.list.setCurrentIndex(self.list.findData(name))
        self.note.setText(PRESETS[name].note)

    def _on_activated(self, place: int) -> None:
        self.chosen.emit(self.list.itemData(place))
