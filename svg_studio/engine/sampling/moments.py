"""Picks the most surprising moments of any number of long videos as their figures come, in bounded memory."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field

from svg_studio.engine.utils.wording import count_of


@dataclass
class Watched:
    """A video that is being watched, or was: how many figures it gave, and their mean."""

    name: str
    count: int = 0
    mean: float = 0.0

    def add(self, value: float) -> None:
        self.count += 1
        self.mean += (value - self.mean) / self.count


@dataclass(frozen=True, order=True)
class Moment:
    """A frame, counted from 0, at a second of its video or NaN; larger is more surprising."""

    value: float
    frame: int = field(compare=False)
    second: float = field(compare=False)
    video: Watched = field(compare=False, repr=False)

    def words(self) -> str:
        """One line, once the video's mean is known."""
        time = "" if math.isnan(self.second) else f" ({self.second:.2f} s)"
        times = f", {self.value / self.video.mean:.3g} times its mean" if self.video.mean > 0 else ""
        return f"{self.value:.4g} nats at frame {self.frame}{time} of {self.video.name}{times}"


class Moments:
    """The `most` largest peaks, each the largest of its video within `apart` figures: one event is not told as ten."""

    def __init__(self, most: int, apart: int) -> None:
        self._most, self._apart = most, apart
        self._heap: list[Moment] = []
        self._peak: Moment | None = None  # of the video in hand, which a larger one may still take the place of
        self._since = 0  # figures after it
        self.all = Watched("")

    def add(self, video: Watched, value: float, frame: int, second: float) -> None:
        """The next figure of a video; NaN, which a first frame has, is none."""
        if math.isnan(value):
            return
        self.all.add(value)
        video.add(value)
        self._since += 1
        if self._since > self._apart:
            self._settle()
        if self._peak is None or value > self._peak.value:
            self._peak, self._since = Moment(value, frame, second, video), 0

    def end(self) -> None:
        """The video in hand is at its end."""
        self._settle()

    def lines(self) -> list[str]:
        """What is to be told, the most surprising moment first."""
        if not self.all.count or not self._heap:
            return []
        frames = count_of(self.all.count, "frame")
        head = f"most surprising of {frames}, counted from 0 in each video (KL(q‖p), mean {self.all.mean:.4g} nats):"
        return [head, *(f"  {moment.words()}" for moment in sorted(self._heap, reverse=True))]

    def _settle(self) -> None:
        if self._peak is not None and self._most:
            heapq.heappush(self._heap, self._peak)
            if len(self._heap) > self._most:
                heapq.heappop(self._heap)
        self._peak = None
