"""The dialog for a run's new name, which is checked while it is typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from svg_studio.engine.errors import StudioError
from svg_studio.engine.runs.edit import why_no_name
from svg_studio.engine.utils.wording import shown
from svg_studio.ui.widgets.controls import dialog_buttons, label, named, restyle
from svg_studio.ui.widgets.layouts import column
from svg_studio.ui.widgets.words import literal, on_window

TIP = "Rename the folder of the run; its curves, checkpoints and notes stay with it"


class RenameDialog(QDialog):
    """`rename(name)` does it, and raises StudioError where the disk says no after all: then the dialog stays and says so."""

    def __init__(self, run: Path, rename: Callable[[str], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run, self._rename = run, rename
        self.setWindowTitle(on_window(f"Rename {run.name}"))
        self.name = named(QLineEdit(run.name), "New name", "Also the name of the run's folder")
        self.name.selectAll()
        self.reason = label(role="error", name="Why this is no name", wrap=True)
        buttons, self.ok = dialog_buttons(self, "Rename", self._accept)
        words = label("&New name, also of its folder", buddy=self.name)
        column(words, self.name, self.reason, None, buttons, on=self, gap=8, margins=(16, 14, 16, 12))
        self.name.textChanged.connect(self._check)
        self._check()

    def sizeHint(self) -> QSize:
        return QSize(460, super().sizeHint().height() + self.fontMetrics().lineSpacing())  # room for two lines of a reason

    def _check(self) -> None:
        name = self.name.text().strip()
        same = name == self._run.name
        self._say("" if same else why_no_name(self._run, name))
        if same:
            self.ok.setEnabled(False)
            self.ok.setToolTip(literal("It has this name already"))

    def _say(self, reason: str) -> None:
        """Why it cannot be called that; nothing where it can."""
        self.reason.setText(reason)
        self.ok.setEnabled(not reason)
        self.ok.setToolTip(literal(shown(reason) or TIP))
        self.name.setAccessibleDescription(reason)
        restyle(self.name, "invalid", bool(reason))

    def _accept(self) -> None:
        try:
            self._rename(self.name.text().strip())
        except StudioError as error:
            self._say(str(error))
        else:
            self.accept()
