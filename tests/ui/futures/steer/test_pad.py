"""The pad of two latent dimensions, by mouse and by keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from svg_studio.ui.futures.steer.pad import INSET, Pad
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.layouts import column


@pytest.fixture
def pad(qtbot: QtBot) -> Pad:
    made = Pad()
    qtbot.addWidget(made)
    made.resize(100 + 2 * INSET, 100 + 2 * INSET)
    made.show()
    made.set_names("z4", "z1")
    return made


def heard(pad: Pad) -> list[tuple[float, float]]:
    said: list[tuple[float, float]] = []
    pad.moved.connect(lambda x, y: said.append((x, y)))
    return said


def test_that_it_goes_where_it_is_pressed_and_dragged(pad: Pad, qtbot: QtBot) -> None:
    said, left = heard(pad), Qt.MouseButton.LeftButton
    qtbot.mousePress(pad, left, pos=QPoint(INSET + 75, INSET + 50))
    qtbot.mouseMove(pad, QPoint(INSET + 75, INSET + 25))
    assert said[0] == pytest.approx((1.5, 0.0), abs=0.05)
    qtbot.mousePress(pad, left, pos=QPoint(INSET + 50, INSET))
    assert said[-1] == pytest.approx((0.0, 3.0), abs=0.05)
    qtbot.mousePress(pad, left, pos=QPoint(0, 500))
    assert said[-1] == (-3.0, -3.0), "no farther than the border"
    qtbot.mouseDClick(pad, left, pos=QPoint(5, 5))
    assert said[-1] == (0.0, 0.0)


def test_that_keys_move_it_and_do_not_step_through_time(qtbot: QtBot) -> None:
    page, stepped = QWidget(), []
    pad = Pad()
    pad.set_names("z4", "z1")
    other = QPushButton("other")
    column(pad, other, on=page)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home):
        QShortcut(QKeySequence(key), page, lambda: stepped.append(1))
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    said = heard(pad)
    for focus in (other, pad):
        focus.setFocus()
        qtbot.waitUntil(focus.hasFocus)
        if focus is other:
            qtbot.keyClick(other, Qt.Key.Key_Home)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Down):
        qtbot.keyClick(pad, key)
    qtbot.keyClick(pad, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert said == [(0.1, 0.0), (0.1, 0.1), (0.0, 0.1), (0.0, 0.0), (0.0, -0.5)]
    assert pad.accessibleDescription() == "z4 +0.0 sigma, z1 -0.5 sigma"
    qtbot.keyClick(pad, Qt.Key.Key_Home)
    assert said[-1] == (0.0, 0.0)
    assert stepped == [1], "while something else had the focus"


def test_that_putting_says_nothing(pad: Pad) -> None:
    said = heard(pad)
    pad.put(9, -1)
    assert (pad.across, pad.up, said) == (3.0, -1, [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_that_the_dot_is_seen_where_it_stands_in_both_schemes(pad: Pad, qapp: QApplication, scheme: str) -> None:
    theme.apply(qapp, scheme)
    pad.put(1.5, 1.5)
    picture = pad.grab().toImage()
    here = QPoint(INSET + 75, INSET + 25) * picture.devicePixelRatio()
    assert picture.pixelColor(here).name() == theme.colors().accent
