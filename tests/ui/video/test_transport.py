"""The clock counts as it should and the transport steers it."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from svg_studio.ui.style import theme
from svg_studio.ui.video.playback import Playback
from svg_studio.ui.video.transport import Transport


@pytest.fixture
def playback(qtbot: QtBot) -> Playback:
    playback = Playback()
    playback.set_length(30, 5)
    return playback


@pytest.fixture
def transport(playback: Playback, qtbot: QtBot) -> Transport:
    transport = Transport(playback)
    qtbot.addWidget(transport)
    playback.set_length(30, 5)
    transport.resize(900, 50)
    transport.show()
    return transport


def test_that_the_buttons_do_what_they_say(transport: Transport, playback: Playback, qtbot: QtBot) -> None:
    def click(button: object) -> int:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        return playback.frame

    assert click(transport.last) == 29
    assert click(transport.back) == 28
    assert click(transport.first) == 0
    assert click(transport.forward) == 1
    click(transport.play)
    assert playback.playing
    assert transport.play.accessibleName() == "Pause"
    click(transport.play)
    assert not playback.playing
    assert transport.play.accessibleName() == "Play"
    click(transport.loop)
    assert not playback.loop
    click(transport.speeds.button(3))
    assert playback.speed == 2.0


def test_that_a_speed_that_is_not_offered_is_not_taken(transport: Transport, playback: Playback) -> None:
    transport.set_speed(7.0)
    assert playback.speed == 1.0


def test_that_the_counter_counts_from_one_and_tells_given_from_imagined(transport: Transport, playback: Playback) -> None:
    playback.seek(4)
    assert transport.counter.text() == "5/30 given"
    playback.seek(5)
    assert transport.counter.text() == "6/30 imagined"


def test_that_pressing_and_dragging_on_the_slider_scrubs_and_pauses(transport: Transport, playback: Playback) -> None:
    slider = transport.slider
    playback.play()
    middle = slider.height() // 2
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(round(slider.x_of(12)), middle))
    assert playback.frame == 12
    assert not playback.playing
    QTest.mouseMove(slider, QPoint(round(slider.x_of(21)), middle))
    assert playback.frame == 21
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton)


def test_that_every_frame_can_be_hit_on_the_slider(transport: Transport) -> None:
    slider = transport.slider
    assert [slider.frame_at(slider.x_of(t)) for t in range(30)] == list(range(30))
    assert slider.frame_at(-50) == 0
    assert slider.frame_at(9999) == 29


def test_that_past_and_future_have_their_colours_on_the_slider(transport: Transport) -> None:
    slider = transport.slider
    image = slider.grab().toImage()
    ratio = image.devicePixelRatio()
    y = slider.height() / 2 + 6
    for frame, color in ((3, theme.colors().given), (20, theme.colors().imagined)):
        assert image.pixelColor(round(slider.x_of(frame) * ratio), round(y * ratio)).name() == color


def test_that_everything_has_a_name_for_screen_readers(transport: Transport) -> None:
    from PySide6.QtWidgets import QToolButton

    assert all(button.accessibleName() for button in transport.findChildren(QToolButton))
    assert transport.slider.accessibleName()
