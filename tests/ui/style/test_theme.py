"""Both schemes can be read, and changing them reaches whatever paints itself."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from svg_studio.ui.style import theme
from svg_studio.ui.style.theme import DARK, HIGH_DARK, HIGH_LIGHT, LIGHT, Colors

ALL = (LIGHT, DARK, HIGH_LIGHT, HIGH_DARK)
SCHEMES = pytest.mark.parametrize("c", ALL, ids=[c.name for c in ALL])


def contrast(one: str, other: str) -> float:
    """WCAG 2.1's contrast ratio."""

    def luminance(name: str) -> float:
        parts = QColor(name).getRgbF()[:3]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@SCHEMES
def test_that_text_can_be_read_on_everything_it_stands_on(c: Colors) -> None:
    least = 7 if c in (HIGH_LIGHT, HIGH_DARK) else 4.5
    for ground in (c.window, c.surface, c.raised):
        for ink in (c.text, c.muted):
            assert contrast(ink, ground) >= least, (ink, ground)
    for ink in (c.error, c.warning, c.accent):
        for ground in (c.window, c.surface):
            assert contrast(ink, ground) >= least, (ink, ground)
    assert contrast(c.text, c.held) >= least
    for ground in (QColor(c.accent), QColor(c.accent).lighter(theme.HOVER), QColor(c.accent).darker(theme.HOVER)):
        assert contrast(c.on_accent, ground.name()) >= least, ground.name()


@SCHEMES
def test_that_curves_and_the_edges_of_what_is_used_stand_out(c: Colors) -> None:
    least = 4.5 if c in (HIGH_LIGHT, HIGH_DARK) else 3
    for color in (*c.series, c.given, c.imagined, c.accent):
        assert contrast(color, c.surface) >= least, color
    for ground in (c.window, c.surface, c.raised):
        assert contrast(c.edge, ground) >= least, ground
        assert contrast(c.accent, ground) >= least, ground  # of what has the focus


def red_blind(name: str) -> tuple[float, ...]:
    """About what an eye without red cones sees of a colour (Viénot, Brettel and Mollon 1999, linear RGB)."""
    r, g, b = (p**2.2 for p in QColor(name).getRgbF()[:3])
    merged = 0.11238 * r + 0.88762 * g
    return merged, merged, 0.00401 * r - 0.00401 * g + b


@SCHEMES
def test_that_given_and_imagined_differ_for_an_eye_without_red_cones(c: Colors) -> None:
    far = sum(abs(x - y) for x, y in zip(red_blind(c.given), red_blind(c.imagined), strict=True))
    assert far > 0.2


def test_that_changing_the_scheme_changes_colours_and_palette_and_says_so(qapp: QApplication) -> None:
    heard: list[str] = []
    theme.notifier().changed.connect(lambda: heard.append(theme.colors().window))
    theme.apply(qapp, "dark")
    assert theme.colors() is DARK
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.window
    theme.apply(qapp, "light")
    assert theme.colors() is LIGHT
    assert DARK.window in heard
    assert heard[-1] == LIGHT.window


class Hints:
    """What a system says that it prefers."""

    def __init__(self, dark: bool, contrast: bool) -> None:
        self._dark, self._contrast = dark, contrast

    def colorScheme(self) -> Qt.ColorScheme:
        return Qt.ColorScheme.Dark if self._dark else Qt.ColorScheme.Light

    def setColorScheme(self, scheme: Qt.ColorScheme) -> None:
        pass

    def accessibility(self) -> "Hints":
        return self

    def contrastPreference(self) -> Qt.ContrastPreference:
        return Qt.ContrastPreference.HighContrast if self._contrast else Qt.ContrastPreference.NoPreference


@pytest.mark.parametrize(
    "scheme, dark, high, c",
    [
        ("system", False, False, LIGHT),
        ("system", True, False, DARK),
        ("system", False, True, HIGH_LIGHT),
        ("system", True, True, HIGH_DARK),
        ("high contrast", False, False, HIGH_LIGHT),
        ("high contrast", True, False, HIGH_DARK),
        ("light", True, True, LIGHT),
        ("dark", False, True, DARK),
    ],
)
def test_that_the_system_is_followed_where_it_is_asked(
    scheme: str, dark: bool, high: bool, c: Colors, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(qapp), "styleHints", lambda self: Hints(dark, high))
    theme.apply(qapp, scheme)
    assert theme.colors() is c


def test_that_an_unknown_scheme_is_the_systems(qapp: QApplication) -> None:
    theme.apply(qapp, "purple")
    assert theme.notifier().scheme == "system"


@pytest.mark.parametrize("scheme, c", [("light", LIGHT), ("dark", DARK), ("high contrast", HIGH_LIGHT)])
def test_that_every_picture_of_the_style_sheet_is_there_in_its_colour(scheme: str, c: Colors, qapp: QApplication) -> None:
    theme.apply(qapp, scheme)
    files = set(re.findall(r"url\((.*?)\)", qapp.styleSheet()))
    assert {file.partition("-")[0] for file in files} == {"theme:down", "theme:up", "theme:check"}
    for file in files:
        image = QIcon(file).pixmap(12).toImage()
        strongest = max((image.pixelColor(x, y) for x in range(12) for y in range(12)), key=QColor.alpha)
        assert strongest.alpha() > 200
        assert strongest.name() == (c.on_accent if "check" in file else c.muted)


def test_that_the_window_can_be_dressed_where_no_file_can_be_written(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, data: bytes) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    theme.apply(qapp, "dark")
    assert DARK.window in qapp.styleSheet()
