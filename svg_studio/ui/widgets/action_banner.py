"""A strip that says one sentence and has buttons for what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QPushButton, QWidget

from svg_studio.ui.style import theme
from svg_studio.ui.widgets.banner import Strip
from svg_studio.ui.widgets.controls import button

DECLINING = ("Not now", "Close")


class ActionBanner(Strip):
    """Hidden until there is something to offer; any answer hides it again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QPushButton] = {}
        self._recolour()

    @property
    def text(self) -> str:
        """The sentence shown, or nothing."""
        return self._label.text() if not self.isHidden() else ""

    def make(self, sentence: str, answers: Mapping[str, Callable[[], object]]) -> None:
        """Says `sentence` with a button for each answer, in the place of what was offered before."""
        for old in self.buttons.values():
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.buttons = {}
        for words, act in answers.items():
            made = button(words, lambda _=False, act=act: self._answer(act), primary=not self.buttons)
            made.setAccessibleDescription(sentence)
            self._row.addWidget(made)
            made.show()
            self.buttons[words] = made
        self._label.setText(sentence)
        self.setAccessibleName(sentence)
        self.show()
        self.settle()

    def withdraw(self) -> None:
        """Offers nothing any more."""
        self.put_away()

    def dismiss(self) -> bool:
        """Escape answers as the button that declines does, where there is one; a question that needs an answer stays."""
        declines = next((made for words, made in self.buttons.items() if words in DECLINING), None)
        if declines is not None:
            declines.click()
        return declines is not None

    def _answer(self, act: Callable[[], object]) -> None:
        self.put_away()
        act()

    def _recolour(self) -> None:
        self._tint(theme.colors().accent, "info")
