"""The most surprising moments are the largest peaks that stand apart, however many figures come."""

from __future__ import annotations

import math

import pytest

from svg_studio.engine.sampling.moments import Moments, Watched


def fed(moments: Moments, **videos: list[float]) -> Moments:
    """After videos with a figure at each frame, four frames a second."""
    for name, values in videos.items():
        video = Watched(name)
        for frame, value in enumerate(values):
            moments.add(video, value, frame, frame / 4)
        moments.end()
    return moments


def test_that_the_largest_come_first_with_their_place_and_how_much_they_stand_out() -> None:
    quiet = [1.0] * 20
    moments = fed(Moments(2, 3), a=[math.nan, *quiet, 9.0, *quiet, 5.0, *quiet], b=[math.nan, *quiet, 7.0, *quiet])
    head, first, second = moments.lines()
    assert head.startswith("most surprising of 103 frames, counted from 0 in each video")
    assert "mean 1.175 nats" in head
    assert first.strip() == "9 nats at frame 21 (5.25 s) of a, 7.54 times its mean"
    assert second.strip().startswith("7 nats at frame 21 (5.25 s) of b")


def test_that_one_event_is_told_once() -> None:
    moments = fed(Moments(5, 3), a=[0.1, 0.1, 4.0, 9.0, 8.0, 7.0, 0.2, 0.1, 0.1, 0.1])
    assert [line.split()[0] for line in moments.lines()[1:]] == ["9", "0.1"], "what lies beside 9 is of the same event"


def test_that_a_peak_of_one_video_does_not_hide_one_at_the_beginning_of_the_next() -> None:
    moments = fed(Moments(5, 3), a=[0.1, 0.1, 9.0], b=[8.0, 0.1])
    assert [line.split()[0] for line in moments.lines()[1:]] == ["9", "8"]


def test_that_memory_is_that_of_the_moments_alone() -> None:
    moments = Moments(3, 2)
    video = Watched("long")
    for frame in range(5000):
        moments.add(video, 1 + (frame * 7919 % 1000) / 1000, frame, math.nan)
        assert len(moments._heap) <= 3
    moments.end()
    assert [line.split()[0] for line in moments.lines()[1:]] == ["1.999", "1.999", "1.999"]
    assert "s)" not in moments.lines()[1], "nobody says a time"
    assert video.mean == pytest.approx(1.4995)


@pytest.mark.parametrize("most", [0, 4])
def test_that_there_may_be_nothing_to_tell(most: int) -> None:
    assert fed(Moments(most, 3), a=[math.nan]).lines() == []
    assert bool(fed(Moments(most, 3), a=[math.nan, 2.0]).lines()) == bool(most)
