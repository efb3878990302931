"""The dialog for a run's tags and notes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from svg_studio.ui.widgets.controls import dialog_buttons, label, named
from svg_studio.ui.widgets.words import on_window


class NotesDialog(QDialog):
    """`written(tags, notes)` when it is accepted."""

    written = Signal(tuple, str)

    def __init__(self, name: str, tags: Sequence[str], notes: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(on_window(f"Tags and notes: {name}"))
        self.setMinimumSize(480, 320)
        self.tags = named(QLineEdit(", ".join(tags), placeholderText="baseline, β sweep, …"), "Tags")
        notes_editor = QPlainTextEdit(notes, placeholderText="What this run was for, what came of it", tabChangesFocus=True)
        self.notes = named(notes_editor, "Notes")
        self.buttons, _ = dialog_buttons(self, "Save", self._accept)
        box = QVBoxLayout(self)
        for words, widget in (("&Tags, with commas between them", self.tags), ("&Notes", self.notes)):
            box.addWidget(label(words, buddy=widget))
            box.addWidget(widget)
        box.addWidget(self.buttons)

    def _accept(self) -> None:
        tags = tuple(tag.strip() for tag in self.tags.text().split(",") if tag.strip())
        self.written.emit(tags, self.notes.toPlainText())
        self.accept()
