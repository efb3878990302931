"""The list of checkpoints to be compared, in their order."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QListWidgetItem, QWidget

from svg_studio.engine.utils.wording import shown
from svg_studio.ui.widgets.controls import button, heading, label, named, show_text
from svg_studio.ui.widgets.flow_layout import FlowLayout
from svg_studio.ui.widgets.layouts import column, row
from svg_studio.ui.widgets.ordered_list import OrderedList, OrderTools
from svg_studio.ui.widgets.words import literal

FILES = "Checkpoints (*.pt *.pth);;All files (*)"
ROWS = 4  # that are seen without scrolling
PATH = Qt.ItemDataRole.UserRole


class ModelsList(QWidget):
    """`paths` are files or run folders; the first one decides about data and frames where nothing else is said."""

    changed = Signal()

    def __init__(self, demo: Path | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._demo = demo
        tip = "The first one gives data and frames where nothing else is chosen. Delete removes, Alt+↑ and Alt+↓ move."
        self.list = named(OrderedList(), "Models to evaluate", tip)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setFixedHeight(ROWS * (self.fontMetrics().height() + 6) + 4)
        self.list.removed.connect(self.remove)
        self.list.moved.connect(self.move_by)
        self.error = label(role="error", wrap=True)
        self.error.hide()
        tip = "Add checkpoints: files ending in .pt or .pth, several at once"
        self.add_files = button("Add…", self._choose_files, tip)
        self.add_run = button("Add run…", self._choose_run, "Add a run's folder, of which the last checkpoint is taken")
        self.add_demo = button("Add the demo", self._add_demo, "Add the model that comes with the program")
        self.add_demo.setVisible(demo is not None)
        self.tools = OrderTools(self.list, "model")
        buttons = QWidget()
        flow = FlowLayout(buttons)
        for choice in (self.add_files, self.add_run, self.add_demo):
            flow.addWidget(choice)
        words = heading("Models")
        column(row(words, self.tools, stretch=words), self.list, self.error, buttons, on=self, gap=6)

    @property
    def paths(self) -> list[str]:
        """In their order."""
        return [self.list.item(row).data(PATH) for row in range(self.list.count())]

    def add(self, paths: Iterable[str | Path]) -> None:
        """Append what is not there yet."""
        for path in map(str, paths):
            if path not in self.paths:
                item = QListWidgetItem(shown(title(Path(path))))
                item.setData(PATH, path)
                item.setToolTip(literal(path))
                self.list.addItem(item)
                self.list.setCurrentItem(item)
        self.changed.emit()

    def remove(self) -> None:
        """Take the selected one off."""
        if self.list.currentRow() >= 0:
            self.list.takeItem(self.list.currentRow())
            self.changed.emit()

    def move_by(self, places: int) -> None:
        """Move the selected one; nothing happens at either end."""
        row = self.list.currentRow()
        if row >= 0 and 0 <= row + places < self.list.count():
            self.list.insertItem(row + places, self.list.takeItem(row))
            self.list.setCurrentRow(row + places)
            self.changed.emit()

    def show_error(self, sentence: str) -> None:
        """Under the list; nothing for none."""
        show_text(self.error, sentence)
        self.list.setAccessibleDescription(sentence)

    def _choose_files(self) -> None:
        folder = str(Path(self.paths[-1]).parent) if self.paths else ""
        self.add(QFileDialog.getOpenFileNames(self, "Models to evaluate", folder, FILES)[0])

    def _choose_run(self) -> None:
        if folder := QFileDialog.getExistingDirectory(self, "Run to evaluate"):
            self.add([folder])

    def _add_demo(self) -> None:
        if self._demo is not None:
            self.add([self._demo])


def title(path: Path) -> str:
    """What a list calls a checkpoint: its name, and before it that of its run."""
    return f"{path.parent.parent.name} · {path.stem}" if path.parent.name == "checkpoints" else path.name or str(path)
