"""Both schemes can be read, and changing them reaches whatever paints itself."""

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from svg_studio.ui.style import theme
from svg_studio.ui.style.theme import DARK, LIGHT, Colors

SCHEMES = pytest.mark.parametrize("c", [LIGHT, DARK], ids=["light", "dark"])


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
    for ground in (c.window, c.surface, c.raised):
        for ink in (c.text, c.muted):
            assert contrast(ink, ground) >= 4.5, (ink, ground)
    assert contrast(c.on_accent, c.accent) >= 4.5
    assert contrast(c.error, c.window) >= 4.5


@SCHEMES
def test_that_curves_and_borders_stand_out(c: Colors) -> None:
    for color in (*c.series, c.given, c.imagined, c.accent):
        assert contrast(color, c.surface) >= 3, color


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


def test_that_an_unknown_scheme_is_the_systems(qapp: QApplication) -> None:
    theme.apply(qapp, "purple")
    assert theme.notifier().scheme == "system"
