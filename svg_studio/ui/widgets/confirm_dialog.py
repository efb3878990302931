"""A box that asks one question with two answers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from svg_studio.engine.utils.wording import shown_lines


def confirm(parent: QWidget, title: str, question: str, yes: str, *, danger: bool = False) -> bool:
    """True when the person chose `yes`; Escape and the close button mean no."""
    box = QMessageBox(QMessageBox.Icon.Question, title, shown_lines(question), QMessageBox.StandardButton.NoButton, parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    accept = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    refuse = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    accept.setProperty("danger" if danger else "primary", True)
    box.setDefaultButton(refuse if danger else accept)
    box.setEscapeButton(refuse)
    box.exec()
    return box.clickedButton() is accept
