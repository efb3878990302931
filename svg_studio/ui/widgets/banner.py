"""A strip across the top of a page that says one sentence until it is dismissed; knows not why."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from svg_studio.ui.style import icons, theme


class Banner(QFrame):
    """Hidden until it has something to say. `text` and `kind` ("info", "warning", "error" or "") are what it shows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = ""
        self._icon = QLabel()
        self._label = QLabel(wordWrap=True)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._label.setTextInteractionFlags(self._label.textInteractionFlags().TextSelectableByMouse)
        self._dismiss = QToolButton(toolTip="Dismiss")
        self._dismiss.setAccessibleName("Dismiss message")
        self._dismiss.setProperty("flat", True)
        self._dismiss.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self._label, 1)
        row.addWidget(self._dismiss)
        theme.notifier().changed.connect(self._recolour)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown, or nothing."""
        return self._label.text() if self.kind else ""

    def show_error(self, sentence: str) -> None:
        self._show(sentence, "error")

    def show_warning(self, sentence: str) -> None:
        self._show(sentence, "warning")

    def show_info(self, sentence: str) -> None:
        self._show(sentence, "info")

    def clear(self) -> None:
        """Says nothing any more."""
        self.kind = ""
        self.hide()

    def _show(self, sentence: str, kind: str) -> None:
        self.kind = kind
        self._label.setText(sentence)
        self.setAccessibleName(f"{kind}: {sentence}")
        self._recolour()
        self.show()

    def _recolour(self) -> None:
        c = theme.colors()
        color = {"error": c.error, "warning": c.warning}.get(self.kind, c.accent)
        tint = QColor(color)
        tint.setAlpha(36)
        r, g, b, a = tint.getRgb()
        self.setStyleSheet(f"Banner {{ background: rgba({r},{g},{b},{a}); border: 1px solid {color}; border-radius: 6px; }}")
        self._icon.setPixmap(icons.pixmap("info" if self.kind == "info" else "warning", color, 16, 2.0))
        self._dismiss.setIcon(icons.icon("close", c.muted))
