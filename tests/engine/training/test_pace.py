"""One estimate of pace and of the time left, whose figures agree with each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.events import Logged, StepFinished
from svg_studio.engine.training.pace import STEPS, Pace
from svg_studio.engine.training.train import train
from tools.victims import tiny


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def settled(step_s: float, **settings: object) -> tuple[Pace, Clock]:
    """A pace after more than a minute of steps that took so long."""
    clock = Clock()
    pace = Pace(TrainConfig(preview_minutes=0, **settings), clock)  # type: ignore[arg-type]
    for _ in range(int(70 / step_s) + 1):
        pace.step(step_s)
    return pace, clock


def spend(pace: Pace, clock: Clock, kind: str, seconds: float, standing: float = 0.0) -> None:
    """Something beside the steps takes so long, and the run stands still meanwhile."""

    def work():  # type: ignore[no-untyped-def]
        clock.now += seconds / 2
        yield Logged("half")
        clock.now += seconds / 2

    for _ in pace.timed(kind, work()):
        clock.now += standing


def test_that_the_time_left_is_that_of_steps_tests_and_previews() -> None:
    pace, clock = settled(0.5)
    assert pace.steps_per_s == 2
    assert pace.left(100, 1) == (50, 50)
    spend(pace, clock, "epoch", 4.0)
    spend(pace, clock, "preview", 6.0)
    assert pace.left(100, 3) == (50 + 3 * (4 + 6),) * 2
    assert pace.left(0, 0) == (0, 0)


def test_that_previews_to_come_are_counted_by_steps_and_time() -> None:
    clock = Clock()
    pace = Pace(TrainConfig(preview_every=10, preview_minutes=2.0), clock)
    for _ in range(100):
        pace.step(1.0)
    spend(pace, clock, "preview", 3.0)
    assert pace.left(600, 2) == (600 + 3 * (2 + 60 + 5),) * 2


def test_that_time_in_which_the_run_stands_still_counts_nowhere() -> None:
    pace, clock = settled(0.5)
    spend(pace, clock, "preview", 6.0, standing=1000.0)
    assert pace.cost("preview") == 6.0


def test_that_the_pace_is_that_of_the_last_steps_and_not_of_the_first() -> None:
    pace = Pace(TrainConfig())
    assert pace.left(10, 1) is None
    pace.step(30.0)
    assert pace.steps_per_s == pytest.approx(1 / 30)
    pace.step(0.5)
    assert pace.steps_per_s == 2, "the first step made everything ready"
    for _ in range(STEPS):
        pace.step(0.25)
    assert pace.steps_per_s == 4


def test_that_the_first_minute_gives_a_range_around_the_estimate() -> None:
    pace = Pace(TrainConfig(preview_minutes=0))
    for seconds in (9.0, 0.8, 1.0, 1.0, 1.0, 1.2):
        pace.step(seconds)
    found = pace.left(100, 1)
    assert found is not None
    least, most = found
    assert (least, most) == pytest.approx((100 / 1.6, 160)), "what previews take is not known yet"
    for _ in range(60):
        pace.step(1.0)
    assert pace.left(100, 1) == pytest.approx((100.0, 100.0), rel=1e-3)


def test_that_a_minute_is_one_of_training_and_not_of_steps() -> None:
    pace = Pace(TrainConfig(preview_minutes=0))
    for _ in range(59):
        pace.step(1.0)
    found = pace.left(100, 1)
    assert found is not None
    assert found[0] < found[1]
    pace.step(1.0)
    assert pace.left(100, 1) == (100, 100)
    fast = Pace(TrainConfig(preview_minutes=0))
    for _ in range(150):
        fast.step(0.1)
    found = fast.left(100, 1)
    assert found is not None
    assert found[0] < found[1], "150 steps are 15 s"


def test_that_a_range_is_narrower_once_a_preview_was_made_and_holds_what_is_beside_the_steps() -> None:
    clock = Clock()
    pace = Pace(TrainConfig(preview_minutes=0), clock)
    for _ in range(10):
        pace.step(1.0)
    assert pace.left(100, 0) == pytest.approx((100 / 1.6, 160))
    spend(pace, clock, "epoch", 4.0)
    spend(pace, clock, "preview", 6.0)
    assert pace.left(100, 3) == pytest.approx((100 / 1.25 + 3 * (4 + 6), 125 + 3 * (4 + 6)))


def test_that_one_odd_step_does_not_widen_the_range() -> None:
    pace = Pace(TrainConfig(preview_minutes=0))
    for seconds in (1.0, 0.01, *[1.0] * 18, 5.0):
        pace.step(seconds)
    mean = 23.01 / 20
    assert pace.left(100, 0) == pytest.approx((100 * mean / 1.6, 100 * mean * 1.6))


def test_that_what_is_beside_the_steps_costs_what_it_did_on_average() -> None:
    pace, clock = settled(0.5)
    for seconds in (2.0, 6.0):
        spend(pace, clock, "preview", seconds)
    assert pace.cost("preview") == 4.0


def test_that_a_range_is_as_wide_as_the_steps_differ() -> None:
    pace = Pace(TrainConfig(preview_minutes=0))
    for seconds in (1.0, *(0.2, 1.8) * 10):
        pace.step(seconds)
    assert pace.left(100, 1) == pytest.approx((20, 180))


def test_that_a_run_asks_for_the_steps_and_epochs_that_are_left_and_times_what_is_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, timed = [], []
    left, time = Pace.left, Pace.timed
    monkeypatch.setattr(Pace, "left", lambda pace, *given: (asked.append(given), left(pace, *given))[1])
    monkeypatch.setattr(Pace, "timed", lambda pace, kind, events: (timed.append(kind), time(pace, kind, events))[1])
    for _ in train(tiny(tmp_path, niter=2, epoch_size=3)):
        pass
    assert asked == [(5, 2), (4, 2), (3, 2), (2, 1), (1, 1), (0, 1)], "whose epoch's end is still to come"
    assert timed == ["epoch", "preview"] * 2


def test_that_every_step_of_a_run_tells_pace_and_time_left(tmp_path) -> None:  # type: ignore[no-untyped-def]
    steps = [event for event in train(tiny(tmp_path, niter=2)) if isinstance(event, StepFinished)]
    assert all(event.steps_per_s > 0 and event.left and 0 <= event.left[0] <= event.left[1] for event in steps)
    assert '"left"' not in (tmp_path / "run" / "metrics.jsonl").read_text()
