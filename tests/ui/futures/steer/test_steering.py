"""A quick hand: the newest wish only goes to the lane, and what is measured gives way to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from svg_studio.engine.address import path_of
from svg_studio.engine.config import FuturesConfig
from svg_studio.engine.events import Event, Failed, Finished, FramesImagined, FutureSampled, LatentUse, Stopped
from svg_studio.engine.worker import Job
from svg_studio.ui.futures.steer.steering import MEASURE, STEER, Steering

CONFIG = FuturesConfig(model_path="a.pt")
FRAME = np.zeros((1, 8, 8, 1), np.uint8)


class Heard(Steering):
    """Notes what it says."""

    def __init__(self, lane: Any) -> None:
        super().__init__(lane)
        self.lane = lane
        self.heard: list[object] = []
        for signal in (self.imagined, self.completed, self.used, self.failed, self.unmeasured):
            signal.connect(self.heard.append)

    def ask(self, seed: int, until: int = 5) -> None:
        self.wish(CONFIG, path_of(seed), "ab", until)

    def say(self, *events: Event, job: Job | None = None) -> None:
        job = job or self.job
        assert job is not None
        for event in events:
            self.on_event(job, event)

    @property
    def seeds(self) -> list[int]:
        return [job.arguments["path"][-1].seed for job in self.lane.jobs if job.target == STEER]


@pytest.fixture
def steering(quiet_lane: Any) -> Heard:
    return Heard(quiet_lane)


def frame(t: int) -> FramesImagined:
    return FramesImagined(t, 3, 8, FRAME)


def future() -> FutureSampled:
    return FutureSampled(0, 1, 3, np.zeros((8, 8, 8, 1), np.uint8), (0.1,) * 8)


def test_that_a_wish_becomes_a_job_that_knows_the_checkpoint(steering: Heard) -> None:
    steering.ask(4)
    assert steering.job is not None
    assert (steering.job.target, steering.job.arguments) == (STEER, {"config": CONFIG, "path": path_of(4), "sha256": "ab"})
    assert steering.busy
    done = future()
    steering.say(frame(5), done, Finished())
    assert [type(heard) for heard in steering.heard] == [FramesImagined, FutureSampled]
    assert not steering.busy


def test_that_of_many_wishes_the_newest_only_follows(steering: Heard) -> None:
    steering.ask(1)
    steering.say(frame(3), frame(5))
    first = steering.job
    for seed in range(2, 30):
        steering.ask(seed)
    assert first is not None
    assert first.stopping
    assert steering.seeds == [1], "at most one is in hand and one waits"
    steering.say(Stopped())
    assert steering.seeds == [1, 29]
    assert steering.job is not first


def test_that_a_quick_hand_sees_the_frame_it_looks_at_before_work_is_dropped(steering: Heard) -> None:
    steering.ask(1, until=5)
    first = steering.job
    assert first is not None
    steering.ask(2, until=5)
    steering.say(frame(3), frame(4))
    assert not first.stopping
    steering.say(frame(5))
    assert first.stopping
    steering.say(frame(6), future())
    assert [heard.t for heard in steering.heard if isinstance(heard, FramesImagined)] == [3, 4, 5]
    assert not [heard for heard in steering.heard if isinstance(heard, FutureSampled)], "nothing that was dropped is shown"
    steering.say(Stopped())
    steering.ask(3, until=5)
    assert steering.job is not None
    assert not steering.job.stopping, "none of its frames is there yet"


def test_that_what_older_jobs_say_is_not_heard(steering: Heard) -> None:
    steering.ask(1)
    steering.say(frame(5))
    first = steering.job
    steering.ask(2)
    steering.say(Stopped())
    steering.say(frame(6), Failed("old"), Stopped(), job=first)
    assert len(steering.heard) == 1
    assert steering.seeds == [1, 2]


def test_that_a_wish_comes_before_what_is_measured_which_goes_on_later(steering: Heard) -> None:
    steering.measure(CONFIG)
    measuring = steering.job
    assert measuring is not None
    assert measuring.target == MEASURE
    assert not steering.busy, "nobody waits for it"
    steering.ask(1)
    assert measuring.stopping
    steering.say(Stopped())
    steering.say(future(), Finished())
    assert steering.job is not None
    assert steering.job.target == MEASURE
    use = LatentUse((0.5, 0.1), 64)
    steering.say(use, Finished())
    assert steering.heard[-1] is use
    assert steering.job is None


def test_that_what_is_measured_makes_way_for_the_page(steering: Heard) -> None:
    steering.measure(CONFIG)
    first = steering.job
    steering.make_way()
    assert first is not None
    assert first.stopping
    steering.say(Stopped())
    assert [job.target for job in steering.lane.jobs] == [MEASURE, MEASURE], "behind whatever came meanwhile"
    steering.drop()
    steering.say(Stopped())
    assert steering.job is None
    steering.ask(1)
    before = steering.job
    steering.make_way()
    assert before is not None
    assert not before.stopping, "a hand's wish is short"


def test_that_failures_are_said_once_and_the_next_wish_is_asked_for(steering: Heard) -> None:
    steering.ask(1)
    steering.say(Failed("a.pt: the file has changed"))
    assert steering.heard == ["a.pt: the file has changed"]
    steering.measure(CONFIG)
    steering.say(Failed("no test clips"))
    assert steering.heard[-1] == "no test clips"
    assert steering.job is None, "which would fail again"
    steering.ask(2)
    assert steering.seeds == [1, 2]


def test_that_what_was_measured_is_not_measured_again_and_again(steering: Heard) -> None:
    steering.measure(CONFIG)
    steering.say(Finished())
    assert steering.job is None


def test_that_nothing_is_asked_for_after_it_was_dropped(steering: Heard) -> None:
    steering.measure(CONFIG)
    steering.ask(1)
    steering.drop()
    steering.say(LatentUse((0.5,), 64), Failed("late"))
    assert steering.job is None
    assert "late" not in steering.heard
    assert steering.seeds == []
    steering.measure(CONFIG)
    steering.drop()
    steering.measure(CONFIG)
    steering.say(LatentUse((0.5,), 64), Finished())
    assert steering.heard == []
    assert steering.job is not None, "of another model, by now"
