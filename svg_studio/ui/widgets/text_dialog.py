"""A box with lines of text to read, such as what a conversion left out and why."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QWidget

from svg_studio.engine.utils.wording import shown_lines
from svg_studio.ui.widgets.controls import named, resize_on_screen
from svg_studio.ui.widgets.layouts import column
from svg_studio.ui.widgets.words import on_window

MAX_BYTES = 1 << 20  # bytes of a report that are shown


class TextDialog(QDialog):
    """Its text can be selected and copied."""

    def __init__(self, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(on_window(title))
        resize_on_screen(self, 760, 460)
        self.text = named(QPlainTextEdit(shown_lines(text), readOnly=True), "Report")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        buttons = QDialogButtonBox()
        buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column(self.text, buttons, on=self, gap=10, margins=(16, 16, 16, 12), stretch=self.text)


def compose(lines: Iterable[str], reports: Iterable[Path]) -> str:
    """`lines`, and below them what the files `reports` say, each under its name."""
    parts = ["\n".join(lines)]
    for path in reports:
        parts.append(f"{path}\n{'-' * len(str(path))}\n{_read(path)}")
    return "\n\n".join(part for part in parts if part)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    cut = f"\n… and more: open {path}" if len(raw) > MAX_BYTES else ""
    return raw[:MAX_BYTES].decode("utf-8", errors="replace").rstrip() + cut
