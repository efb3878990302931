"""Buttons, check boxes, lists, sliders and labels, each made in one call with its tip and its name for screen readers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QSignalBlocker, QSize, Qt, SignalInstance
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QLabel, QPushButton, QSlider, QToolButton, QWidget

from svg_studio.ui.style import icons, theme

Act = Callable[..., object] | SignalInstance


def label(
    text: str = "", role: str = "", *, name: str = "", tip: str = "", wrap: bool = False, centred: bool = False, plain: bool = False
) -> QLabel:
    """Words in one of the style sheet's roles; `plain` where they may look like markup."""
    made = QLabel(text, wordWrap=wrap)
    made.setProperty("role", role)
    made.setAccessibleName(name)
    made.setToolTip(tip)
    if centred:
        made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    if plain:
        made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def heading(text: str) -> QLabel:
    """A heading as the style sheet dresses it."""
    return label(text, "heading")


def show_text(shown: QLabel, text: str) -> None:
    """Words that are there only while they say something."""
    shown.setText(text)
    shown.setVisible(bool(text))


def button(
    text: str, act: Act | None = None, tip: str = "", *, name: str = "", key: str = "", primary: bool = False
) -> QPushButton:
    """A button that does `act`, also by `key`; where that is no part of the tip, `with_key` adds it."""
    made = QPushButton(text)
    made.setToolTip(tip)
    made.setAccessibleName(name)
    made.setProperty("primary", primary)
    if key:
        made.setShortcut(QKeySequence(key))
    if act is not None:
        made.clicked.connect(act)
    return made


def with_key(tip: str, key: str) -> str:
    """A tip that ends in its key, written as on this system."""
    return f"{tip} ({QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)})"


class IconButton(QToolButton):
    """A button that shows one of the icons, in the colours of the scheme."""

    def __init__(self, icon: str, tip: str, act: Act | None = None, *, name: str = "", size: int = 16, color: str = "text") -> None:
        """name: for screen readers, where it is not the tip. size: of the icon in px. color: one of theme.Colors."""
        super().__init__()
        self._color, self._size = color, size
        self._icon = icon
        self.setToolTip(tip)
        self.setAccessibleName(name or tip)
        self.setIconSize(QSize(size, size))
        if act is not None:
            self.clicked.connect(act)
        theme.notifier().changed.connect(self._recolour)
        self._recolour()

    def show_icon(self, icon: str) -> None:
        """Another one from now on."""
        self._icon = icon
        self._recolour()

    def _recolour(self) -> None:
        color = str(getattr(theme.colors(), self._color))
        self.setIcon(icons.icon(self._icon, color, self._size))


def check_box(text: str, act: Act | None = None, tip: str = "", *, name: str = "", checked: bool = False) -> QCheckBox:
    """A box that tells `act` when it is ticked or no longer so."""
    made = QCheckBox(text)
    made.setChecked(checked)
    made.setToolTip(tip)
    made.setAccessibleName(name)
    if act is not None:
        made.toggled.connect(act)
    return made


def combo_box(name: str, items: Iterable[tuple[str, object]] = (), tip: str = "") -> QComboBox:
    """A list to choose from; items: what is read, and the data that stands for it."""
    made = QComboBox()
    made.setAccessibleName(name)
    made.setToolTip(tip)
    for text, data in items:
        made.addItem(text, data)
    return made


def refill(shown: QComboBox, items: Iterable[tuple[str, object]]) -> None:
    """Other entries, without a signal; what was chosen stays so where it can."""
    chosen = shown.currentData()
    with QSignalBlocker(shown):
        shown.clear()
        for text, data in items:
            shown.addItem(text, data)
        shown.setCurrentIndex(max(0, shown.findData(chosen)))


def slider(name: str, tip: str, act: Act, *, maximum: int = 0) -> QSlider:
    """A horizontal slider from 0 on."""
    made = QSlider(Qt.Orientation.Horizontal)
    made.setMaximum(maximum)
    made.setAccessibleName(name)
    made.setToolTip(tip)
    made.valueChanged.connect(act)
    return made


def dialog_buttons(dialog: QDialog, yes: str, act: Act) -> tuple[QDialogButtonBox, QPushButton]:
    """Cancel, and a button `yes` that does `act`, which is the second thing given."""
    box = QDialogButtonBox()
    box.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
    accept = box.addButton(yes, QDialogButtonBox.ButtonRole.AcceptRole)
    accept.setProperty("primary", True)
    accept.setDefault(True)
    box.accepted.connect(act)
    box.rejected.connect(dialog.reject)
    return box, accept


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Sets a property that the style sheet looks at, which it does only when it polishes."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
