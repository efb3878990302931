"""How fast a run goes, and how long it will still take: the one estimate that page and status bar show."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import closing

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.events import Events

STEPS = 200  # the last ones, of which the pace is the mean
SURE_S = 60.0  # of training in this session, before which the time left is a range
ROOM = {True: 1.25, False: 1.6}  # about the estimate at least, whether or not a preview's cost is known


class Pace:
    """Seconds of steps, of epochs' ends and of previews. Time in which the run stands still is in none of them."""

    def __init__(self, config: TrainConfig, clock: Callable[[], float] = time.perf_counter) -> None:
        self._config, self._clock = config, clock
        self._steps: deque[float] = deque(maxlen=STEPS)
        self._count = 0
        self._trained = 0.0
        self._beside: dict[str, deque[float]] = {"epoch": deque(maxlen=10), "preview": deque(maxlen=10)}

    def step(self, seconds: float) -> None:
        """A step took so long."""
        self._count += 1
        self._trained += seconds
        if self._count == 2:
            self._steps.clear()  # the first one made everything ready
        self._steps.append(seconds)

    def timed(self, kind: str, events: Events) -> Events:
        """The same events; the time that they take is that of an "epoch"'s end, previews left out, or of a "preview"."""
        took = 0.0
        with closing(events):
            while True:
                begun = self._clock()
                try:
                    event = next(events)
                except StopIteration:
                    break
                finally:
                    took += self._clock() - begun
                yield event
        self._beside[kind].append(took)

    @property
    def steps_per_s(self) -> float:
        """Of the last steps; 0 before the first."""
        seconds = sum(self._steps)
        return len(self._steps) / seconds if seconds > 0 else 0.0

    def cost(self, kind: str) -> float:
        """Mean seconds of an epoch's end or of a preview; 0 while there was none."""
        times = self._beside[kind]
        return sum(times) / len(times) if times else 0.0

    def left(self, steps: int, epochs: int) -> tuple[float, float] | None:
        """Seconds at least and at most for so many more steps and epochs' ends: equal once a minute was trained.

        Training, tests, checkpoints and previews are all counted. None before the first step.
        """
        if not self._steps or not self.steps_per_s:
            return None
        training = steps / self.steps_per_s
        beside = epochs * self.cost("epoch") + self._previews(steps, epochs, training) * self.cost("preview")
        if self._trained >= SURE_S:
            return training + beside, training + beside
        room = ROOM[bool(self._beside["preview"])]
        ordered = sorted(self._steps)
        fast, slow = (ordered[int(share * (len(ordered) - 1))] for share in (0.2, 0.8))
        return min(steps * fast, training / room) + beside, max(steps * slow, training * room) + beside

    def _previews(self, steps: int, epochs: int, training: float) -> float:
        """About how many are to come."""
        config = self._config
        by_steps = steps / config.preview_every if config.preview_every else 0.0
        by_time = training / (60 * config.preview_minutes) if config.preview_minutes else 0.0
        return epochs + by_steps + by_time
