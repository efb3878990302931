"""A strip that says one sentence and offers what can be done about it; knows not what that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from svg_studio.ui.style import icons, theme


class ActionBanner(QFrame):
    """Hidden until there is something to offer; any answer hides it again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QPushButton] = {}
        self._icon = QLabel()
        self._label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 6, 6, 6)
        self._row.setSpacing(10)
        self._row.addWidget(self._icon)
        self._row.addWidget(self._label, 1)
        theme.notifier().changed.connect(self._recolour)
        self._recolour()
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown, or nothing."""
        return self._label.text() if not self.isHidden() else ""

    def make(self, sentence: str, answers: Mapping[str, Callable[[], object]]) -> None:
        """Says `sentence` with a button for each answer, in the place of what was offered before."""
        for button in self.buttons.values():
            self._row.removeWidget(button)
            button.deleteLater()
        self.buttons = {}
        for words, act in answers.items():
            button = QPushButton(words)
            button.setProperty("primary", not self.buttons)
            button.setAccessibleDescription(sentence)
            button.clicked.connect(lambda _=False, act=act: self._answer(act))
            self._row.addWidget(button)
            self.buttons[words] = button
        self._label.setText(sentence)
        self.setAccessibleName(sentence)
        self.show()

    def withdraw(self) -> None:
        """Offers nothing any more."""
        self.hide()

    def _answer(self, act: Callable[[], object]) -> None:
        self.hide()
        act()

    def _recolour(self) -> None:
        c = theme.colors()
        tint = QColor(c.accent)
        tint.setAlpha(36)
        r, g, b, a = tint.getRgb()
        self.setStyleSheet(
            f"ActionBanner {{ background: rgba({r},{g},{b},{a}); border: 1px solid {c.accent}; border-radius: 6px; }}"
        )
        self._icon.setPixmap(icons.pixmap("info", c.accent, 16, 2.0))
