"""What a view shows while it is empty: a title, a sentence, and buttons for what to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import button, label, named
from svg_studio.ui.widgets.layouts import row


class EmptyState(QWidget):
    """Says `title` and `text`; `show_text` says something else for a while."""

    def __init__(self, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._default = (title, text)
        self.title = label(role="title", centred=True)
        self.text = label(role="muted", wrap=True, centred=True)
        self.text.setFixedWidth(theme.scaled(460))
        self.progress = named(QProgressBar(maximum=0, textVisible=False), "Working")
        self.progress.setFixedWidth(220)
        self.buttons = QWidget()
        self._row = row(on=self.buttons, gap=10, margins=(0, 8, 0, 0))
        box = QVBoxLayout(self)
        box.setSpacing(10)
        box.addStretch(1)
        for widget in (self.title, self.text, self.progress, self.buttons):
            box.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(2)
        self.show_default()

    def add_action(self, title: str, act: Callable[[], object], *, primary: bool = False) -> None:
        """Adds a button."""
        self._row.addWidget(button(title, lambda: act(), primary=primary))

    def show_default(self) -> None:
        """What there is to say when nothing is under way; the buttons are there."""
        self.show_text(*self._default)

    def show_text(self, title: str, text: str, *, busy: bool = False) -> None:
        """Says something else; `busy` shows that work is under way, without buttons."""
        self.title.setText(title)
        self.text.setText(text)
        self.text.setMinimumHeight(self.text.heightForWidth(self.text.width()))  # centred labels get no height for their width
        self.progress.setVisible(busy)
        self.buttons.setVisible(not busy)
