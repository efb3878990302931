"""Colours, palette and style sheet of the window: light, dark, and both in high contrast."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Template

from PySide6.QtCore import QDir, QObject, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from svg_studio.engine.export.grid import GIVEN, IMAGINED
from svg_studio.ui.style import icons

CONTRAST = "high contrast"  # light or dark as the system is
SCHEMES = ("system", "light", "dark", CONTRAST)
FONT_PX = USUAL_PX = 13  # of letters; lengths are those that suit the usual ones
HOVER = 112  # how much lighter, in %, a button is under the pointer, and darker while it is pressed


@dataclass(frozen=True)
class Colors:
    """One scheme, as #rrggbb. `given` and `imagined` (green and red) also differ for the colour-blind, as the series do."""

    name: str
    dark: bool
    window: str  # behind everything
    surface: str  # cards, plots, inputs
    raised: str  # buttons, hovered rows
    border: str  # between things
    edge: str  # of what is pressed or written into, which has to be found
    held: str  # buttons that are pressed or on
    text: str
    muted: str
    accent: str
    on_accent: str
    given: str
    imagined: str
    warning: str
    error: str
    series: tuple[str, ...]


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


LIGHT = Colors(
    name="light",
    dark=False,
    window="#f3f4f7",
    surface="#ffffff",
    raised="#e9ecf1",
    border="#c9ced8",
    edge="#7f8795",
    held="#c9ced8",
    text="#1a1e26",
    muted="#545d6b",
    accent="#1f5fc6",
    on_accent="#ffffff",
    given="#00825b",
    imagined="#cf3d17",
    warning="#8a5a00",
    error="#b3261e",
    # Okabe and Ito's colours, darkened until they stand out from white.
    series=("#0072b2", "#c65500", "#008a64", "#a8467f", "#9a6a00", "#2180b5", "#6b7280"),
)

DARK = Colors(
    name="dark",
    dark=True,
    window="#14171c",
    surface="#1c2027",
    raised="#2a2f39",
    border="#414957",
    edge="#7d8696",
    held="#414957",
    text="#e8eaee",
    muted="#a4acb9",
    accent="#6ea8fe",
    on_accent="#0b1626",
    given=_hex(GIVEN),  # as in exports, whose ground is dark too
    imagined=_hex(IMAGINED),
    warning="#e8b04a",
    error="#ff8a80",
    series=("#56b4e9", "#e69f00", "#2ec4a0", "#e58fc0", "#f0e442", "#ff8a5c", "#b0b7c3"),
)

# Text and its ground differ by 7:1 and more, as WCAG 2.1 wants it for its level AAA.
HIGH_LIGHT = Colors(
    name="high-light",
    dark=False,
    window="#ffffff",
    surface="#ffffff",
    raised="#f0f0f0",
    border="#000000",
    edge="#000000",
    held="#c8dcff",
    text="#000000",
    muted="#333333",
    accent="#00389e",
    on_accent="#ffffff",
    given="#007a62",
    imagined="#8f1500",
    warning="#5e3c00",
    error="#8f0000",
    series=("#004f80", "#8a3b00", "#005c40", "#7a2858", "#604000", "#00557d", "#3d4450"),
)

HIGH_DARK = Colors(
    name="high-dark",
    dark=True,
    window="#000000",
    surface="#000000",
    raised="#1c1c1c",
    border="#d0d0d0",
    edge="#ffffff",
    held="#00366b",
    text="#ffffff",
    muted="#dcdcdc",
    accent="#ffe04d",
    on_accent="#000000",
    given="#4be3a4",
    imagined="#ff9a85",
    warning="#ffc861",
    error="#ffa8a0",
    series=("#6cc7ff", "#ffb31f", "#3fe0ba", "#ff9fd5", "#fff04d", "#ff9c78", "#d0d7e2"),
)


class Notifier(QObject):
    """Says when the colours changed, so that whatever paints itself can do so again."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.colors = LIGHT
        self.scheme = "system"
        self.folder = QTemporaryDir()  # the arrows and the tick that the style sheet names
        self.followed: QApplication | None = None

    def watch(self, app: QApplication) -> None:
        if self.followed is not app:
            self.followed = app
            app.styleHints().colorSchemeChanged.connect(self._on_system_changed)
            if hasattr(app.styleHints(), "accessibility"):  # of Qt 6.10 and later
                app.styleHints().accessibility().contrastPreferenceChanged.connect(self._on_system_changed)

    def _on_system_changed(self) -> None:
        if self.followed is not None and self.scheme in ("system", CONTRAST):
            _dress(self.followed, self)


@functools.cache
def notifier() -> Notifier:
    """The one notifier; connect to its `changed`."""
    return Notifier()


def colors() -> Colors:
    """The colours in use."""
    return notifier().colors


def scaled(px: int) -> int:
    """A length that is `px` with letters of the usual size, with those of now."""
    return round(px * QFontInfo(QApplication.font()).pixelSize() / USUAL_PX)


def follow(act: Callable[[], object]) -> None:
    """Does `act` now, and again whenever the colours change."""
    notifier().changed.connect(act)
    act()


def apply(app: QApplication, scheme: str) -> None:
    """Dresses `app` in one of SCHEMES; unknown names mean "system", which is what the system prefers."""
    voice = notifier()
    voice.scheme = scheme if scheme in SCHEMES else "system"
    voice.watch(app)
    wish = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    app.styleHints().setColorScheme(wish.get(voice.scheme, Qt.ColorScheme.Unknown))  # title bars and native dialogs
    _dress(app, voice)


def _dress(app: QApplication, voice: Notifier) -> None:
    follows = voice.scheme in ("system", CONTRAST)
    dark = app.styleHints().colorScheme() == Qt.ColorScheme.Dark if follows else voice.scheme == "dark"
    high = voice.scheme == CONTRAST or (voice.scheme == "system" and _prefers_contrast(app))
    voice.colors = (HIGH_DARK if dark else HIGH_LIGHT) if high else DARK if dark else LIGHT
    if app.style().objectName() != "fusion":
        app.setStyle("Fusion")
    font = app.font()
    font.setPixelSize(FONT_PX)
    app.setFont(font)
    app.setPalette(_palette(voice.colors))
    app.setStyleSheet(_style_sheet(voice.colors, voice.folder))
    voice.changed.emit()


def _prefers_contrast(app: QApplication) -> bool:
    hints = app.styleHints()
    if not hasattr(hints, "accessibility"):
        return False
    return hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast


def _palette(c: Colors) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for roles, color in (
        ((role.Window,), c.window),
        ((role.Base, role.ToolTipBase), c.surface),
        ((role.AlternateBase, role.Button), c.raised),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText), c.text),
        ((role.PlaceholderText,), c.muted),
        ((role.Highlight, role.Accent, role.Link), c.accent),
        ((role.HighlightedText,), c.on_accent),
        ((role.BrightText,), c.error),
        ((role.Mid, role.Midlight, role.Dark), c.border),
        ((role.Light,), c.surface),
    ):
        for one in roles:
            palette.setColor(one, QColor(color))
    faint = QColor(c.muted)
    faint.setAlpha(140)
    for one in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, faint)
    return palette


def _style_sheet(c: Colors, folder: QTemporaryDir) -> str:
    QDir.setSearchPaths("theme", [folder.path()])
    for file, picture, color in (("down", "chevron-down", c.muted), ("up", "chevron-up", c.muted), ("check", "check", c.on_accent)):
        with contextlib.suppress(OSError):  # the window can be used without them
            Path(folder.filePath(f"{file}-{c.name}.svg")).write_bytes(icons.svg(picture, color))
    return Template(SHEET).substitute(
        {field: getattr(c, field) for field in c.__dataclass_fields__ if field not in ("series", "dark")}
        | {f"px{px}": f"{round(px * FONT_PX / USUAL_PX)}px" for px in (14, 18, 20, 22)},  # what grows with letters
        off="dashed" if c.name.startswith("high") else "solid",  # where grey is as strong as black
        hover=QColor(c.accent).lighter(HOVER).name(),
        pressed=QColor(c.accent).darker(HOVER).name(),
    )


# Buttons take the property `primary` or `danger`, labels `role` = title | heading | muted | error, frames `card`.
SHEET = """
QToolTip { background: $surface; color: $text; border: 1px solid $border; padding: 4px 6px; }
QLabel[role="remark"] {
    background: $surface; color: $text; border: 1px solid $border; border-left: 3px solid $accent; padding: 4px 8px;
}
QLabel[role="title"] { font-size: $px18; font-weight: 600; }
QLabel[role="heading"] { font-size: $px14; font-weight: 600; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="error"] { color: $error; }
QFrame[card="true"] { background: $surface; border: 1px solid $border; border-radius: 8px; }

QPushButton, QToolButton {
    background: $raised; color: $text; border: 1px solid $edge; border-radius: 6px; padding: 5px 12px; min-height: $px18;
}
QToolButton { padding: 4px; min-width: 18px; }
QPushButton:hover, QToolButton:hover { border-color: $accent; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked, QPushButton:checked { background: $held; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: 4px 11px; }
QToolButton:focus { padding: 3px; }
QPushButton:disabled, QToolButton:disabled { color: $muted; background: transparent; border: 1px $off $border; }
QPushButton[primary="true"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[primary="true"]:hover { background: $hover; }
QPushButton[primary="true"]:pressed { background: $pressed; }
QPushButton[primary="true"]:focus { border: 2px solid $text; }
QPushButton[primary="true"]:disabled { background: $raised; color: $muted; border-color: $border; }
QPushButton[danger="true"] { color: $error; border-color: $error; background: transparent; }
QPushButton[danger="true"]:disabled { color: $muted; border-color: $border; }
QToolButton[flat="true"] { background: transparent; border-color: transparent; }
QToolButton[flat="true"]:hover { background: $raised; }
QToolButton[flat="true"]:focus { border-color: $accent; }
QToolButton::menu-indicator { image: none; }
QLineEdit > QToolButton { background: transparent; border: none; padding: 0; min-width: 16px; min-height: 16px; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {
    background: $surface; color: $text; border: 1px solid $edge; border-radius: 6px; padding: 3px 7px; min-height: $px20;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus { border: 2px solid $accent; padding: 2px 6px; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
    color: $muted; background: $window; border: 1px $off $border;
}
QLineEdit[invalid="true"], QSpinBox[invalid="true"], QDoubleSpinBox[invalid="true"], QComboBox[invalid="true"] {
    border-color: $error;
}
QPlainTextEdit[invalid="true"] { border: 1px solid $error; }
QSpinBox, QDoubleSpinBox { qproperty-alignment: AlignRight; }
QComboBox { combobox-popup: 0; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url(theme:down-$name.svg); width: 12px; height: 12px; }
QComboBox QAbstractItemView {
    background: $surface; color: $text; border: 1px solid $border; outline: none; padding: 3px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QComboBox QAbstractItemView::item { min-height: $px22; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {
    border: none; background: transparent; width: 16px;
}
QSpinBox::up-button:hover, QSpinBox::down-button:hover,
QDoubleSpinBox::up-button:hover, QDoubleSpinBox::down-button:hover { background: $raised; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url(theme:up-$name.svg); width: 12px; height: 12px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url(theme:down-$name.svg); width: 12px; height: 12px; }

QCheckBox { spacing: 7px; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid $muted; border-radius: 3px; background: $surface; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url(theme:check-$name.svg); }
QCheckBox::indicator:focus { border: 2px solid $accent; width: 12px; height: 12px; }
QCheckBox::indicator:checked:focus { border-color: $text; }

QSlider:horizontal { min-height: $px20; }
QSlider::groove:horizontal { height: 4px; background: $raised; border: 1px solid $edge; border-radius: 3px; }
QSlider::sub-page:horizontal { background: $accent; border: 1px solid $accent; border-radius: 3px; }
QSlider::handle:horizontal {
    width: 12px; margin: -5px 0; background: $surface; border: 1px solid $text; border-radius: 7px;
}
QSlider::handle:horizontal:focus { border: 2px solid $accent; width: 10px; }
QSlider::groove:horizontal:disabled, QSlider::sub-page:horizontal:disabled { background: $window; border-color: $border; }
QSlider::handle:horizontal:disabled { border-color: $border; }
QProgressBar {
    background: $raised; border: none; border-radius: 4px; min-height: 8px; max-height: 16px; text-align: center; color: $text;
}
QProgressBar::chunk { background: $accent; border-radius: 4px; }
QPlainTextEdit, QTextEdit, QListView, QTableView, QTreeView {
    background: $surface; color: $text; border: 1px solid $border; border-radius: 6px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QPlainTextEdit:focus, QListView:focus, QTableView:focus, QTreeView:focus { border-color: $accent; }
QHeaderView::section { background: $window; color: $muted; border: none; border-bottom: 1px solid $border; padding: 4px 8px; }
QHeaderView::section:vertical { padding: 0 8px; }
QTableCornerButton::section { background: $window; border: none; border-bottom: 1px solid $border; }
QTabWidget::pane { border: none; }
QTabBar { background: transparent; font-weight: 600; }
QTabBar::tab {
    background: transparent; color: $muted; border: none; border-bottom: 2px solid transparent;
    padding: 3px 2px; margin-right: 14px;
}
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:focus { color: $accent; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: 4px; margin: 1px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $border; }
QMenuBar { background: $window; padding: 2px; }
QMenuBar::item { padding: 4px 10px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $raised; }
QMenu { background: $surface; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 5px 26px 5px 22px; border-radius: 4px; }
QMenu::item:selected { background: $accent; color: $on_accent; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QStatusBar { background: $window; border-top: 1px solid $border; }
QStatusBar::item { border: none; }
QDialog { background: $window; }
"""
