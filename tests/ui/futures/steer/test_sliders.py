"""Sliders of latent dimensions: ordered by what they carry, the rest folded away, and usable with keys alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QShortcut, QWheelEvent
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from svg_studio.ui.futures.steer.sliders import LatentSliders, SteerSlider
from svg_studio.ui.widgets.layouts import column

KL = tuple(0.02 * (k % 7) for k in range(12))


@pytest.fixture
def sliders(qtbot: QtBot) -> LatentSliders:
    made = LatentSliders()
    qtbot.addWidget(made)
    made.resize(280, 400)
    made.show()
    made.set_use(12, KL, "Bars: KL(q‖p) over 64 test clips")
    return made


def test_that_those_that_carry_most_come_first_with_a_bar_each(sliders: LatentSliders) -> None:
    assert [line.dimension for line in sliders.rows] == [6, 5, 4, 11, 3, 10, 2, 9]
    shares = [line.bar.share for line in sliders.rows]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 1
    first = sliders.rows[0]
    assert first.bar.toolTip() == first.bar.accessibleName() == "KL 0.120 nats per frame"
    assert first.slider.accessibleDescription() == "KL 0.120 nats per frame"
    assert first.slider.accessibleName() == "z6, offset in sigma"


def test_that_the_rest_is_unfolded(sliders: LatentSliders) -> None:
    assert sliders.more.text() == "4 more"
    sliders.more.click()
    assert [line.dimension for line in sliders.rows][8:] == [1, 8, 0, 7]
    assert all(line.isVisible() for line in sliders.rows)
    assert "next to nothing" in sliders.rows[-1].bar.toolTip()
    sliders.more.click()
    assert [line.isVisible() for line in sliders.rows] == [True] * 8 + [False] * 4
    sliders.set_use(5, (), "")
    assert [line.dimension for line in sliders.rows] == [0, 1, 2, 3, 4]
    assert not sliders.more.isVisible()
    assert not sliders.note.isVisible()
    assert {line.bar.share for line in sliders.rows} == {0.0}


def test_that_there_are_never_too_many(sliders: LatentSliders) -> None:
    sliders.more.setChecked(True)
    sliders.set_use(10_000, (), "")
    assert len(sliders.rows) == 256


def test_that_a_slider_says_dimension_and_sigma(sliders: LatentSliders, qtbot: QtBot) -> None:
    said: list[tuple[int, float]] = []
    sliders.moved.connect(lambda dimension, sigma: said.append((dimension, sigma)))
    line = sliders.rows[1]
    line.slider.setFocus()
    qtbot.keyClick(line.slider, Qt.Key.Key_Right)
    qtbot.keyClick(line.slider, Qt.Key.Key_PageUp)
    qtbot.keyClick(line.slider, Qt.Key.Key_Home)
    qtbot.keyClick(line.slider, Qt.Key.Key_End)
    assert said == [(5, 0.05), (5, 0.55), (5, -3.0), (5, 3.0)]
    assert line.value.text() == "+3σ"
    qtbot.mouseDClick(line.slider, Qt.MouseButton.LeftButton)
    assert said[-1] == (5, 0.0)
    assert line.value.text() == "0σ"


def test_that_putting_says_nothing_and_reaches_rows_that_are_made_later(sliders: LatentSliders) -> None:
    said: list[int] = []
    sliders.moved.connect(lambda dimension, sigma: said.append(dimension))
    offset = [0.0] * 12
    offset[7], offset[6] = -1.5, 9.0
    sliders.put(offset)
    sliders.more.click()
    at = {line.dimension: line.slider.number for line in sliders.rows}
    assert (at[7], at[6], at[0]) == (-1.5, 3.0, 0.0)
    assert said == []
    sliders.put(())
    assert {line.slider.number for line in sliders.rows} == {0.0}


def test_that_locked_rows_say_why(sliders: LatentSliders) -> None:
    sliders.allow("z is held.")
    sliders.more.click()
    assert not any(line.slider.isEnabled() for line in sliders.rows)
    assert "z is held." in sliders.rows[-1].slider.toolTip()
    sliders.allow("")
    assert all(line.slider.isEnabled() for line in sliders.rows)


def test_that_the_keys_of_a_slider_are_not_the_pages(qtbot: QtBot) -> None:
    page, stepped = QWidget(), []
    slider, other = SteerSlider("Temperature", "", 0, 2, 1, 0.02, 0.2), QPushButton("other")
    column(slider, other, on=page)
    QShortcut(QKeySequence(Qt.Key.Key_Right), page, lambda: stepped.append(1))
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    for focus in (other, slider):
        focus.setFocus()
        qtbot.waitUntil(focus.hasFocus)
        qtbot.keyClick(focus, Qt.Key.Key_Right)
    assert (slider.number, stepped) == (1.02, [1])
    wheel = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    slider.wheelEvent(wheel)
    assert slider.number == 1.02
    assert not wheel.isAccepted(), "it scrolls the panel"
