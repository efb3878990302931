"""The editor of one setting of a config: label, input, unit and error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QCompleter, QLineEdit, QToolButton, QWidget

from svg_studio.ui import number_text
from svg_studio.ui.widgets import file_dialogs
from svg_studio.ui.widgets.controls import enable, label, named, restyle
from svg_studio.ui.widgets.layouts import row
from svg_studio.ui.widgets.path_edit import PathEdit
from svg_studio.ui.widgets.setting_words import in_words, words_of

# What the paper calls a setting, where its letter differs from the name.
SYMBOLS = {
    "beta": "β",
    "beta1": "β₁",
    "g_dim": "|h|",
    "z_dim": "|z|",
    "prior": "p(z)",
    "n_past": "x₁…xₜ",
}
FOLDERS = {"log_dir": "runs", "data_root": "data", "model_dir": "model", "source": "data"}  # and where dialogs remember to stand
FILES = ("source",)  # a folder or a file


class Choice(QComboBox):
    """A list that the wheel scrolls past: a setting must not change while the form is being scrolled."""

    def __init__(self, choices: tuple[Any, ...], titles: dict[Any, str]) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(2)
        for choice in choices:
            self.addItem(titles.get(choice, str(choice)), choice)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class SettingField(QWidget):
    """The editor of one setting. `value()` is what stands there; what is no number stays text, for the config to refuse."""

    changed = Signal()

    def __init__(
        self,
        name: str,
        hint: Any,
        *,
        tip: str,
        unit: str = "",
        choices: tuple[Any, ...] = (),
        titles: dict[Any, str] | None = None,
        words: str = "",
    ) -> None:
        """words: what the window calls it, where that is not what setting_words says."""
        super().__init__()
        self.name, self._hint, self._tip, self.error = name, hint, tip, ""
        self._special: tuple[int | str, str] | None = None
        symbol, self.words = SYMBOLS.get(name, ""), words or words_of(name)
        self.label = label(self.words)
        self.unit = label(unit, "muted")
        self.error_label = label(role="error", wrap=True)
        self.error_label.hide()
        self.editor: Choice | QCheckBox | QLineEdit
        if choices:
            self.editor = Choice(choices, titles or {})
            self.editor.currentIndexChanged.connect(self.changed)
        elif hint is bool:
            self.editor = QCheckBox()
            self.editor.toggled.connect(self.changed)
        else:
            self.editor = PathEdit() if name in FOLDERS else QLineEdit()
            self.editor.textChanged.connect(self.changed)
            if hint in (int, float):
                number_text.notifier().changed.connect(self._rewrite)
        self.row = row(self.editor, on=self, gap=4, stretch=self.editor)
        if name in FOLDERS:
            self.row.addWidget(self.browse_button("folder", self._choose_folder, short=name not in FILES))
        if name in FILES:
            self.row.addWidget(self.browse_button("file", self._choose_file))
        self.editor.setAccessibleName(f"{self.words}, {unit}" if unit else self.words)
        self.label.setBuddy(self.editor)
        help_text = " ".join(filter(None, (tip, f"Unit: {unit}." if unit else "", f"In the paper: {symbol}." if symbol else "")))
        for widget in (self.label, self.editor, self.unit):
            widget.setToolTip(f"{help_text}<br><b>{name}</b>")
        self._describe()

    def value(self) -> Any:
        if isinstance(self.editor, Choice):
            return self.editor.currentData()
        if isinstance(self.editor, QCheckBox):
            return self.editor.isChecked()
        text = self.editor.text()
        if self._special is not None and not text.strip():
            return self._special[0]
        try:
            return self._read(text)
        except ValueError:
            return text.strip()

    def doubt(self) -> str:
        """In which two ways what stands there can be read; else nothing."""
        if isinstance(self.editor, QLineEdit):
            try:
                self._read(self.editor.text())
            except number_text.AmbiguousNumber as error:
                return f"{self.name}: {error}"
            except ValueError:
                pass
        return ""

    def set_value(self, value: Any) -> None:
        if isinstance(self.editor, Choice):
            self.editor.setCurrentIndex(self.editor.findData(value))
        elif isinstance(self.editor, QCheckBox):
            self.editor.setChecked(value)
        else:
            is_number = isinstance(value, int | float) and self._hint in (int, float)
            special = self._special is not None and value == self._special[0]
            self.editor.setText("" if special else number_text.written(value) if is_number else str(value))
            self.editor.setCursorPosition(0)

    def set_error(self, sentence: str) -> None:
        """Show `sentence` under the editor; nothing for none."""
        self.error = sentence
        self.error_label.setText(in_words(sentence, self.name, self.words))
        self.error_label.setVisible(bool(sentence) and not self.isHidden())
        self._describe()
        restyle(self.editor, "invalid", bool(sentence))

    def set_shown(self, shown: bool) -> None:
        for widget in (self, self.label, *([self.unit] if self.unit.text() else [])):
            widget.setVisible(shown)
        self.error_label.setVisible(shown and bool(self.error))

    def set_enabled(self, on: bool, why: str = "") -> None:
        """Free the editor, or lock it and say why."""
        self.setEnabled(on)
        enable(self.editor, on, why)

    def set_special(self, value: int | str, words: str) -> None:
        """An empty field is `value` from now on, and says in grey what that means."""
        if isinstance(self.editor, QLineEdit):
            self._special = (value, words)
            self.editor.setPlaceholderText(words)
            self.editor.editingFinished.connect(self._rewrite)
            self._rewrite()
            self._describe()

    def _describe(self) -> None:
        special = f"Empty: {self._special[1]}." if self._special and isinstance(self.editor, QLineEdit) else ""
        self.editor.setAccessibleDescription(" ".join(filter(None, (self.error, special, self._tip))))

    def suggest(self, words: Sequence[str]) -> None:
        """Offer `words` while something is typed here."""
        if isinstance(self.editor, QLineEdit):
            completer = QCompleter(list(words), self.editor)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
            self.editor.setCompleter(completer)

    def browse_button(self, what: str, choose: Callable[[], None], *, short: bool = False) -> QToolButton:
        """A button beside the editor that opens a dialog."""
        button = named(QToolButton(), f"Choose {what}: {self.words}", f"Choose a {what}")
        button.setText("…" if short else f"Choose {what}…")
        button.clicked.connect(choose)
        return button

    def _choose_folder(self) -> None:
        self._take(file_dialogs.choose_folder(self, self._tip, FOLDERS[self.name], str(self.value())))

    def _choose_file(self) -> None:
        self._take(file_dialogs.open_file(self, self._tip, FOLDERS[self.name], start=str(self.value())))

    def _take(self, path: str) -> None:
        if path:
            self.set_value(path)

    def _read(self, text: str) -> int | float | str:
        if self._hint not in (int, float):
            return text.strip()
        if self._hint is int or text.strip().lstrip("+-").isdecimal():  # 1 stays 1, also where 1.0 would do
            return number_text.read_whole(text)
        return number_text.read_decimal(text)

    def _rewrite(self) -> None:
        """Numbers are written in another way now."""
        self.set_value(self.value())  # text that is no number stays text
