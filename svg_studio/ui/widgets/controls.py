"""Buttons, check boxes, lists, sliders and labels, each made in one call with its tip and its name for screen readers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from PySide6.QtCore import QObject, QSignalBlocker, QSize, Qt, QTimer, SignalInstance
from PySide6.QtGui import QAction, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QWidget,
)

from svg_studio.engine.utils.wording import shown
from svg_studio.ui.style import icons, theme
from svg_studio.ui.widgets.number_fields import DecimalField, WholeField
from svg_studio.ui.widgets.words import Words, above, literal

Act = Callable[..., object] | SignalInstance
Kind = TypeVar("Kind", bound=QWidget)
FRAME = QSize(20, 60)  # px that a window's frame and title may take


def named(widget: Kind, name: str, tip: str = "") -> Kind:
    """The widget with its name for screen readers, and its tip."""
    widget.setAccessibleName(name)
    widget.setToolTip(literal(tip))
    return widget


def label(
    text: str = "",
    role: str = "",
    *,
    name: str = "",
    tip: str = "",
    buddy: QWidget | None = None,
    wrap: bool = False,
    centred: bool = False,
) -> QLabel:
    """Words in one of the style sheet's roles, beside their `buddy`."""
    made = named(Words(text, wrap=wrap), name, tip)
    made.setProperty("role", role)
    if buddy is not None:
        made.setBuddy(buddy)
    if centred:
        made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return made


def heading(text: str, buddy: QWidget | None = None) -> QLabel:
    """A heading as the style sheet dresses it."""
    return label(text, "heading", buddy=buddy)


def show_text(words: QLabel, text: str) -> None:
    """Words that are there only while they say something."""
    words.setText(text)
    words.setVisible(bool(text))


def button(
    text: str, act: Act | None = None, tip: str = "", *, name: str = "", key: str = "", primary: bool = False
) -> QPushButton:
    """A button that does `act`, also by `key`; where that is no part of the tip, `with_key` adds it."""
    made = named(QPushButton(text), name, tip)
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
        named(self, name or tip, tip)
        self.setIconSize(QSize(size, size))
        if act is not None:
            self.clicked.connect(act)
        theme.follow(self._recolour)

    def show_icon(self, icon: str) -> None:
        """Another one from now on."""
        self._icon = icon
        self._recolour()

    def _recolour(self) -> None:
        color = str(getattr(theme.colors(), self._color))
        self.setIcon(icons.icon(self._icon, color, self._size))


def action(owner: QObject, text: str, act: Act, key: str = "") -> QAction:
    """An entry of menus that does `act`, also by `key`."""
    made = QAction(text, owner)
    made.setShortcut(QKeySequence(key))
    made.triggered.connect(act)
    return made


def check_box(text: str, act: Act | None = None, tip: str = "", *, name: str = "", checked: bool = False) -> QCheckBox:
    """A box that tells `act` when it is ticked or no longer so."""
    made = named(QCheckBox(text), name, tip)
    made.setChecked(checked)
    if act is not None:
        made.toggled.connect(act)
    return made


def combo_box(name: str, items: Iterable[tuple[str, object]] = (), tip: str = "") -> QComboBox:
    """A list to choose from; items: what is read, and the data that stands for it."""
    made = named(QComboBox(), name, tip)
    for text, data in items:
        made.addItem(shown(text), data)
    return made


def refill(combo: QComboBox, items: Iterable[tuple[str, object]]) -> None:
    """Other entries, without a signal; what was chosen stays so where it can."""
    chosen = combo.currentData()
    with QSignalBlocker(combo):
        combo.clear()
        for text, data in items:
            combo.addItem(shown(text), data)
        combo.setCurrentIndex(max(0, combo.findData(chosen)))


def enable(what: QWidget | QAction, on: bool, why: str = "") -> None:
    """Frees what a person can use, or locks it, with the reason in its tip and in what screen readers say.

    Both are as before once it is free again, unless something else was written there meanwhile.
    """
    for name in ("toolTip",) if isinstance(what, QAction) else ("toolTip", "accessibleDescription"):
        said, locked, free = (what.property(key) for key in (name, f"locked {name}", f"free {name}"))
        before = free if locked is not None and said == locked else said
        now = before if on or not why else above(why, before) if name == "toolTip" else f"{why} {before}".strip()
        what.setProperty(f"free {name}", before)
        what.setProperty(f"locked {name}", None if on else now)
        if now != said:
            what.setProperty(name, now)
    what.setEnabled(on)


def slider(name: str, tip: str, act: Act, *, maximum: int = 0) -> QSlider:
    """A horizontal slider from 0 on."""
    made = named(QSlider(Qt.Orientation.Horizontal), name, tip)
    made.setMaximum(maximum)
    made.valueChanged.connect(act)
    return made


def spin_box(name: str, least: int, most: int, value: int, tip: str = "", *, suffix: str = "") -> WholeField:
    """A field for a whole number from `least` to `most`, which says it once it is written to its end."""
    made = named(WholeField(), name, tip)
    made.setRange(least, most)
    made.setValue(value)
    made.setSuffix(suffix)
    made.setKeyboardTracking(False)  # 120 is one wish, not three
    return made


def decimal_box(
    name: str, least: float, most: float, value: float, tip: str = "", *, decimals: int = 2, suffix: str = ""
) -> DecimalField:
    """The same for a number with at most `decimals` digits of a fraction."""
    made = named(DecimalField(), name, tip)
    made.setDecimals(decimals)
    made.setRange(least, most)
    made.setValue(value)
    made.setSuffix(suffix)
    made.setKeyboardTracking(False)
    return made


def timer(owner: QObject, ms: int, act: Act, *, once: bool = False) -> QTimer:
    """A timer that does `act` every `ms` while it runs, or `once` after each start."""
    made = QTimer(owner, interval=ms, singleShot=once)
    made.timeout.connect(act)
    return made


def resize_on_screen(window: QWidget, width: int, height: int) -> None:
    """As large as that, or as its screen has room for a window with a frame."""
    window.resize(QSize(width, height).boundedTo(window.screen().availableGeometry().size() - FRAME))


def open_dialog(dialog: QDialog) -> None:
    """Shows a dialog that goes when it is closed."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


class _Buttons(QDialogButtonBox):
    """Enter presses `default`, which has to be said once it is in its dialog: that takes the first button of all otherwise."""

    default: QPushButton

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.default.setDefault(True)


def dialog_buttons(dialog: QDialog, yes: str, act: Act) -> tuple[QDialogButtonBox, QPushButton]:
    """Cancel, and a button `yes` that does `act`, which is the second thing given."""
    box = _Buttons()
    box.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
    accept = box.addButton(yes, QDialogButtonBox.ButtonRole.AcceptRole)
    accept.setProperty("primary", True)
    box.default = accept
    box.accepted.connect(act)
    box.rejected.connect(dialog.reject)
    return box, accept


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Sets a property that the style sheet looks at, which it does only when it polishes."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
