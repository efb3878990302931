"""The dialog for addresses to download from instead of the usual ones."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QWidget

from svg_studio.engine.data.registry import DATASETS
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.widgets.controls import dialog_buttons, label, named, restyle, show_text
from svg_studio.ui.widgets.layouts import column


class MirrorsDialog(QDialog):
    """One line for each data set that can be downloaded; Save keeps them for the next time too."""

    def __init__(self, settings: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle("Mirrors")
        self.setMinimumWidth(560)
        text = "Where downloads come from: address of a folder, or of one of the files in it. Empty: the usual addresses."
        form = QFormLayout()
        self.edits: dict[str, QLineEdit] = {}
        for name, entry in DATASETS.items():
            if entry.downloadable:
                edit = QLineEdit(mirror(settings, name), placeholderText="https://…", clearButtonEnabled=True)
                named(edit, f"Mirror of {entry.title}", f"Address of a folder on the web that has the files of {entry.title}")
                edit.textChanged.connect(self._check)
                form.addRow(entry.title, edit)
                self.edits[name] = edit
        self.error = label(role="error", wrap=True)
        buttons, self.save_button = dialog_buttons(self, "Save", self._save)
        column(label(text, wrap=True), form, self.error, buttons, on=self, gap=12, margins=(20, 16, 20, 16))
        self._check()

    def _check(self) -> None:
        wrong = [f"{edit.text().strip()}: begin it with http:// or https://" for edit in self.edits.values() if not _valid(edit)]
        show_text(self.error, wrong[0] if wrong else "")
        self.save_button.setEnabled(not wrong)
        for edit in self.edits.values():
            restyle(edit, "invalid", not _valid(edit))

    def _save(self) -> None:
        for name, edit in self.edits.items():
            self._settings.put(_key(name), edit.text().strip())
        self._settings.save()
        self.accept()


def mirror(settings: Preferences, name: str) -> str:
    """The address that is set for data set `name`; empty: the usual ones."""
    text = settings.text(_key(name)).strip()
    return text if is_address(text) else ""


def is_address(text: str) -> bool:
    """Whether something can be downloaded from `text`."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in text)
    except ValueError:
        return False


def _valid(edit: QLineEdit) -> bool:
    return not edit.text().strip() or is_address(edit.text().strip())


def _key(name: str) -> str:
    return f"mirror/{DATASETS[name].downloadable}"
