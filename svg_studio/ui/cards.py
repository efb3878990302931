"""Frames and headings in the window's style; knows nothing of what they hold."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget


def card(*widgets: QWidget, stretch: QWidget) -> QFrame:
    """The widgets below each other on a card; `stretch` takes what room is left."""
    frame = QFrame()
    frame.setProperty("card", True)
    box = QVBoxLayout(frame)
    box.setContentsMargins(12, 10, 12, 10)
    box.setSpacing(6)
    for widget in widgets:
        box.addWidget(widget, 1 if widget is stretch else 0)
    return frame


def heading(text: str) -> QLabel:
    """A heading as the style sheet dresses it."""
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label
