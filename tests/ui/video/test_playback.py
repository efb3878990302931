"""The clock that every tile follows."""

import pytest
from pytestqt.qtbot import QtBot

from svg_studio.ui.video.playback import Playback


@pytest.fixture
def playback(qtbot: QtBot) -> Playback:
    playback = Playback()
    playback.set_length(30, 5)
    return playback


def test_that_playing_moves_on_by_itself(playback: Playback, qtbot: QtBot) -> None:
    with qtbot.waitSignals([playback.frame_changed] * 2, timeout=5000):
        playback.play()
    playback.play(False)
    assert playback.frame >= 2


def test_that_it_is_willing_to_play_before_there_is_anything(qtbot: QtBot) -> None:
    playback = Playback()
    playback.play()
    with qtbot.waitSignal(playback.frame_changed, timeout=5000):
        playback.set_length(4, 1)
    playback.play(False)


def test_that_the_last_frame_is_followed_by_the_first_when_looping(playback: Playback) -> None:
    playback.seek(29)
    playback.advance()
    assert playback.frame == 0


def test_that_without_looping_it_ends_at_the_last_frame_and_starts_over(playback: Playback) -> None:
    playback.loop = False
    playback.play()
    playback.seek(29)
    playback.advance()
    assert (playback.frame, playback.playing) == (29, False)
    playback.play()
    assert (playback.frame, playback.playing) == (0, True)
    playback.play(False)


def test_that_seeking_stays_within_the_clip(playback: Playback) -> None:
    playback.seek(99)
    assert playback.frame == 29
    playback.seek(-3)
    assert playback.frame == 0
    playback.seek(20)
    playback.set_length(10, 2)
    assert playback.frame == 9


@pytest.mark.parametrize("speed, interval", [(0.25, 400), (0.5, 200), (1.0, 100), (2.0, 50)])
def test_that_speed_1_is_ten_frames_a_second(playback: Playback, speed: float, interval: int) -> None:
    playback.set_speed(speed)
    playback.play()
    assert playback._timer.interval() == interval
    playback.play(False)
