"""The dialog for a run's tags and notes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget


class NotesDialog(QDialog):
    """`written(tags, notes)` when it is accepted."""

    written = Signal(tuple, str)

    def __init__(self, name: str, tags: Sequence[str], notes: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Tags and notes: {name}")
        self.setMinimumSize(480, 320)
        self.tags = QLineEdit(", ".join(tags), placeholderText="baseline, β sweep, …")
        self.tags.setAccessibleName("Tags")
        self.notes = QPlainTextEdit(notes, placeholderText="What this run was for, what came of it", tabChangesFocus=True)
        self.notes.setAccessibleName("Notes")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        for words, widget in (("&Tags, with commas between them", self.tags), ("&Notes", self.notes)):
            label = QLabel(words)
            label.setBuddy(widget)
            box.addWidget(label)
            box.addWidget(widget)
        box.addWidget(self.buttons)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def _accept(self) -> None:
        tags = tuple(tag.strip() for tag in self.tags.text().split(",") if tag.strip())
        self.written.emit(tags, self.notes.toPlainText())
        self.accept()
