"""Accumulates scores over any number of clips and samples: means, intervals, best, worst and diversity.

Scores are float64 arrays (T, B) or (T, K, B): T imagined frames, K samples, B clips.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

Scores = npt.NDArray[np.float64]

Z_95 = 1.96  # of a normal distribution, as in the literature


class Curve:
    """Mean and 95 % interval over clips, at every frame and of the clips' means over all frames.

    The interval is 1.96 · std / √n, std that of a sample (n - 1); it is NaN for one clip. Welford's recurrence, clip by
    clip, so that the result does not depend on how clips came in batches.
    """

    def __init__(self, n_frames: int) -> None:
        self.count = 0
        self._mean: Scores = np.zeros(n_frames + 1)  # the last entry is of the mean over frames
        self._m2: Scores = np.zeros(n_frames + 1)

    def add(self, scores: Scores) -> None:
        """(T, B): one more clip a column."""
        for clip in np.concatenate([scores, scores.mean(0, keepdims=True)]).T:
            self.count += 1
            delta = clip - self._mean
            self._mean += delta / self.count
            self._m2 += delta * (clip - self._mean)

    @property
    def mean(self) -> tuple[float, ...]:
        """At every frame."""
        return tuple(self._mean[:-1].tolist())

    @property
    def interval(self) -> tuple[float, ...]:
        """Half the width of the band around `mean`."""
        return tuple(self._intervals()[:-1].tolist())

    @property
    def overall(self) -> tuple[float, float]:
        """Mean and interval of the clips' means over all frames: what tables of results hold."""
        return float(self._mean[-1]), float(self._intervals()[-1])

    def _intervals(self) -> Scores:
        if self.count < 2:
            return np.full_like(self._mean, math.nan)
        return Z_95 * np.sqrt(self._m2 / (self.count - 1) / self.count)

    def state(self) -> dict[str, Any]:
        """Plain data, from which `restore` makes the same curve to the bit."""
        return {"count": self.count, "mean": self._mean.tolist(), "m2": self._m2.tolist()}

    @classmethod
    def restore(cls, state: Any, n_frames: int) -> Curve:
        """Raises ValueError, KeyError or TypeError for what `state` cannot have written."""
        curve = cls(n_frames)
        curve.count = int(state["count"])
        curve._mean, curve._m2 = (np.array([float(v) for v in state[name]]) for name in ("mean", "m2"))
        if curve._mean.shape != (n_frames + 1,) or curve._m2.shape != (n_frames + 1,) or curve.count < 0:
            raise ValueError("a curve of another length")
        return curve


class Ranking:
    """The best, the worst and the mean of the samples of each clip, for one metric; samples come in any number of parts.

    Best and worst are whole samples, chosen by their mean over the imagined frames; of equals the first one stays.
    """

    def __init__(self, *, higher_is_better: bool) -> None:
        self._sign = 1.0 if higher_is_better else -1.0
        self._count = 0
        self._sum: Scores | None = None
        self._extremes: dict[float, tuple[Scores, Scores]] = {}  # 1 for the best, -1 for the worst → (B,) merits, (T, B)

    def add(self, scores: Scores) -> None:
        """(T, K, B): K more samples of each of the same B clips."""
        for direction in (1.0, -1.0):
            merit = direction * self._sign * scores.mean(0)  # (K, B)
            top = merit.argmax(0)  # (B,)
            merit = np.take_along_axis(merit, top[None], 0)[0]
            curves = np.take_along_axis(scores, top[None, None], 1)[:, 0]  # (T, B)
            if direction in self._extremes:
                before, kept = self._extremes[direction]
                better = merit > before
                merit, curves = np.where(better, merit, before), np.where(better, curves, kept)
            self._extremes[direction] = (merit, curves)
        self._sum = scores.sum(1) if self._sum is None else self._sum + scores.sum(1)
        self._count += scores.shape[1]

    @property
    def best(self) -> Scores:
        """(T, B)."""
        return self._extremes[1.0][1]

    @property
    def worst(self) -> Scores:
        """(T, B)."""
        return self._extremes[-1.0][1]

    @property
    def average(self) -> Scores:
        """(T, B)."""
        assert self._sum is not None, "no samples yet"
        return self._sum / self._count


class Spread:
    """Mean squared distance of all pairs of K points, for each of B clips, without keeping the points.

    Over unordered pairs i < j, the mean of |x_i - x_j|² is 2 / (K - 1) · Σ |x_i - mean|²; the sum is merged part by part
    (Chan, Golub & LeVeque 1979), which loses no digits where points lie close together.
    """

    def __init__(self) -> None:
        self._count = 0
        self._mean: Tensor | None = None  # (B, D)
        self._m2: Scores = np.zeros(0)  # (B,)

    def add(self, points: Tensor) -> None:
        """(K, B, D): K more points of each clip."""
        k, mean = len(points), points.mean(0)
        m2 = float64((points - mean).square().sum((0, 2)))
        if self._mean is not None:
            delta, n = mean - self._mean, self._count
            m2 = m2 + self._m2 + float64(delta.square().sum(-1)) * (n * k / (n + k))
            mean = self._mean + delta * (k / (n + k))
        self._count += k
        self._mean, self._m2 = mean, m2

    @property
    def distance(self) -> Scores:
        """(B,); there have to be two points at least."""
        return 2 * self._m2 / (self._count - 1)


def float64(x: Tensor) -> Scores:
    """As NumPy's, in which sums over many clips lose no digits."""
    values: Scores = x.float().cpu().numpy().astype(np.float64)
    return values
