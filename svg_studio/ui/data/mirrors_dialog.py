"""The addresses to download from instead of the usual ones, and their dialog."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QWidget

from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.utils.wording import masked_address
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.widgets.controls import dialog_buttons, label, named, restyle, show_text
from svg_studio.ui.widgets.layouts import column

TEXT = "Where downloads come from: address of a folder, or of one of the files in it. Empty: the usual addresses."
SECRETS = "A password or a token in an address is used until the program ends, and not saved."


class Mirrors:
    """The address of each data set, empty for the usual ones. The settings keep it without what is secret in it."""

    def __init__(self, settings: Preferences) -> None:
        self._settings = settings
        self._whole: dict[str, str] = {}  # those with secrets, as they are used: by what the settings keep of them

    def address(self, name: str) -> str:
        """Where to download data set `name` from."""
        return _usable(self._whole.get(self.saved(name), self.saved(name)))

    def saved(self, name: str) -> str:
        """The same without secrets."""
        return self._settings.text(_key(name)).strip()

    def put(self, name: str, text: str) -> None:
        kept = masked_address(text).replace("…", "")
        if text != kept:
            self._whole[kept] = text
        self._settings.put(_key(name), kept)

    def save(self) -> None:
        self._settings.save()


class MirrorsDialog(QDialog):
    """One line for each data set that can be downloaded; Save keeps them for the next time too."""

    def __init__(self, mirrors: Mirrors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mirrors = mirrors
        self.setWindowTitle("Mirrors")
        self.setMinimumWidth(560)
        form = QFormLayout()
        self.edits: dict[str, QLineEdit] = {}
        for name, entry in DATASETS.items():
            if entry.downloadable:
                edit = QLineEdit(_usable(mirrors.saved(name)), placeholderText="https://…", clearButtonEnabled=True)
                named(edit, f"Mirror of {entry.title}", f"Address of a folder on the web that has the files of {entry.title}")
                edit.textChanged.connect(self._check)
                form.addRow(entry.title, edit)
                self.edits[name] = edit
        self.error = label(role="error", wrap=True)
        buttons, self.save_button = dialog_buttons(self, "Save", self._save)
        column(label(f"{TEXT} {SECRETS}", wrap=True), form, self.error, buttons, on=self, gap=12, margins=(20, 16, 20, 16))
        self._check()

    def _check(self) -> None:
        wrong = [masked_address(edit.text().strip()) for edit in self.edits.values() if not _valid(edit)]
        show_text(self.error, f"{wrong[0]}: begin it with http:// or https://" if wrong else "")
        self.save_button.setEnabled(not wrong)
        for edit in self.edits.values():
            restyle(edit, "invalid", not _valid(edit))

    def _save(self) -> None:
        for name, edit in self.edits.items():
            self._mirrors.put(name, edit.text().strip())
        self._mirrors.save()
        self.accept()


def _usable(text: str) -> str:
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
