"""Steps a second, and what that leaves to be waited."""

from __future__ import annotations

from svg_studio.ui.train.controls import Pace


def test_that_a_pause_does_not_slow_the_pace() -> None:
    pace = Pace()
    assert pace.seconds_for(10) is None
    pace.add(1, 1.0)
    pace.add(2, 2.0)
    pace.reset()
    pace.add(3, 1000.0)
    pace.add(5, 1001.0)
    assert pace.steps_per_s == 2
    assert pace.seconds_for(10) == 5
