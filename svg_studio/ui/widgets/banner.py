"""A strip across the top of a page that shows one sentence until it is dismissed."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from svg_studio.ui.style import icons, theme
from svg_studio.ui.widgets.controls import IconButton, label
from svg_studio.ui.widgets.layouts import row


class Strip(QFrame):
    """An icon and a sentence on a tinted ground. Hidden until there is something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = QLabel()
        self._label = label(wrap=True)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._row = row(self._icon, self._label, on=self, gap=10, margins=(12, 6, 6, 6), stretch=self._label)
        theme.notifier().changed.connect(self._recolour)
        self.hide()

    def _recolour(self) -> None:
        raise NotImplementedError

    def _tint(self, color: str, icon: str) -> None:
        red, green, blue = QColor(color).red(), QColor(color).green(), QColor(color).blue()
        ground = f"background: rgba({red},{green},{blue},36); border: 1px solid {color}; border-radius: 6px;"
        self.setStyleSheet(f"{type(self).__name__} {{ {ground} }}")
        self._icon.setPixmap(icons.pixmap(icon, color, 16, self.devicePixelRatioF()))


class Banner(Strip):
    """`text` and `kind` ("info", "warning", "error" or "") are what it shows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = ""
        self._label.setTextInteractionFlags(self._label.textInteractionFlags().TextSelectableByMouse)
        self._dismiss = IconButton("close", "Dismiss", self.clear, name="Dismiss message", color="muted")
        self._dismiss.setProperty("flat", True)
        self._row.addWidget(self._dismiss)

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
        self._tint(color, "info" if self.kind == "info" else "warning")
