"""Names the open model, and opens another: one of the disk, or one that was opened lately."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from svg_studio.engine.utils.wording import shown
from svg_studio.ui import recents
from svg_studio.ui.futures.origin import model_name
from svg_studio.ui.widgets.controls import IconButton, button, label
from svg_studio.ui.widgets.layouts import row
from svg_studio.ui.widgets.menus import entry
from svg_studio.ui.widgets.words import literal

NO_MODEL = "no model"
NAME_PX = 180


class ModelChoice(QWidget):
    """`open_model` asks for a file, `recent_chosen` names one."""

    open_model = Signal()
    recent_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = label(NO_MODEL, "heading", name="Model")
        self.open_button = button("Open…", self.open_model, "Open a checkpoint (Ctrl+O)")
        self.recents = IconButton("chevron-down", "Models that were opened lately", size=14)
        self.recents.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.recents)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        self.recents.setMenu(self.menu)
        row(self.name, 5, row(self.open_button, self.recents, gap=2), on=self, gap=0)

    def set_model(self, path: Path, words: str) -> None:
        """Names the model; `words` go into its tip."""
        metrics = self.name.fontMetrics()
        self.name.setText(metrics.elidedText(shown(model_name(path)), Qt.TextElideMode.ElideMiddle, NAME_PX))
        self.name.setToolTip(literal(f"{path}\n{words}".strip()))

    def forget_model(self) -> None:
        """There is none."""
        self.name.setText(NO_MODEL)
        self.name.setToolTip("")

    def _fill(self) -> None:
        self.menu.clear()
        paths = recents.recent("models")
        for path in paths:
            name, folder = model_name(Path(path)), Path(path).parent
            folder = folder.parent.parent if folder.name == "checkpoints" else folder
            made = entry(f"{name}   {folder}", partial(self.recent_chosen.emit, path), path)
            made.setParent(self.menu)
            self.menu.addAction(made)
        if paths:
            self.menu.addSeparator()
        forget = entry("Forget these", lambda: recents.forget("models"), why="" if paths else "No model was opened yet.")
        forget.setParent(self.menu)
        self.menu.addAction(forget)
