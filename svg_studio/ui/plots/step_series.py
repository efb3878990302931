"""Stores numbers that arrive one step at a time, and smooths and thins them for drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
BLOCK = 128  # steps smoothed by one cumulative sum: decay^-128 fits a float for every decay from 0.01 on


class StepSeries:
    """Columns of floats by ascending step, in arrays that double when they are full."""

    def __init__(self, columns: Sequence[str], decay: float = 0.0) -> None:
        self.columns = tuple(columns)
        self.decay = decay
        self._n = 0
        self._steps: Floats = np.empty(256)
        self._raw: Floats = np.empty((len(self.columns), 256))
        self._smooth: Floats = np.empty((len(self.columns), 256))
        self._weights: Floats = np.empty((len(self.columns), 256))  # of all values so far

    def __len__(self) -> int:
        return self._n

    @property
    def steps(self) -> Floats:
        return self._steps[: self._n]

    def raw(self, column: str) -> Floats:
        return self._raw[self.columns.index(column), : self._n]

    def smooth(self, column: str) -> Floats:
        """The exponential moving average: a value's weight is decay to the power of its age in steps, over all weights so far.

        NaN where the value is none; values that are not finite have no weight in those after them.
        """
        place = self.columns.index(column)
        return np.where(np.isfinite(self._raw[place, : self._n]), self._smooth[place, : self._n], np.nan)

    def append(self, step: int, values: Sequence[float]) -> None:
        """Add a step; going back to an earlier one (a run resumed from a checkpoint) forgets what came after it."""
        if self._n and step <= self._steps[self._n - 1]:
            self._n = int(np.searchsorted(self.steps, step))
        if self._n == len(self._steps):
            self._steps = np.concatenate([self._steps, np.empty_like(self._steps)])
            self._raw = np.concatenate([self._raw, np.empty_like(self._raw)], axis=1)
            self._smooth = np.concatenate([self._smooth, np.empty_like(self._smooth)], axis=1)
            self._weights = np.concatenate([self._weights, np.empty_like(self._weights)], axis=1)
        n, self._n = self._n, self._n + 1
        self._steps[n] = step
        for c, value in enumerate(values):
            self._raw[c, n] = value
            # All weights sum up to less than 1 at first: divided by the sum, the first steps are averaged and do not lag.
            kept = self.decay * self._weights[c, n - 1] if n else 0.0
            mean = self._smooth[c, n - 1] if n else 0.0
            new = 1 - self.decay if math.isfinite(value) else 0.0
            if new:
                mean = mean + (value - mean) * (new / (kept + new)) if kept else value
            self._smooth[c, n], self._weights[c, n] = mean, kept + new

    def smoothen(self, decay: float) -> None:
        """Smooth everything again with another decay; 0 for none, otherwise from 0.01 on."""
        self.decay = decay
        self._smooth[:, : self._n], self._weights[:, : self._n] = _means(self._raw[:, : self._n], decay)

    def nearest(self, step: float) -> int | None:
        """The place of the step nearest to `step`."""
        if not self._n:
            return None
        right = int(np.searchsorted(self.steps, step))
        places = [i for i in (right - 1, right) if 0 <= i < self._n]
        return min(places, key=lambda i: abs(self._steps[i] - step))

    def window(self, low: float, high: float) -> slice:
        """The places of the steps in low..high, and one more at each end so that lines leave the picture."""
        first, last = np.searchsorted(self.steps, (low, high))
        return slice(max(int(first) - 1, 0), min(int(last) + 1, self._n))


def ema(values: Floats, decay: float) -> Floats:
    """`values` (columns, n) averaged along n as StepSeries.smooth says."""
    averages: Floats = np.where(np.isfinite(values), _means(values, decay)[0], np.nan) if decay > 0 else values.copy()
    return averages


def _means(values: Floats, decay: float) -> tuple[Floats, Floats]:
    """Averages up to each place, 0 before the first value that is finite, and the sum of the weights there: twice (columns, n)."""
    known = np.isfinite(values)
    sums = _decayed(np.where(known, values, 0.0), decay)
    weights = _decayed(known.astype(np.float64), decay)
    return np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0), weights


def _decayed(values: Floats, decay: float) -> Floats:
    """Sums along n of `values` (columns, n), each times 1 - decay and decay to the power of its age, in blocks."""
    columns, n = values.shape
    if decay <= 0 or n == 0:
        return values.copy()
    blocks = -(-n // BLOCK)
    padded = np.zeros((columns, blocks * BLOCK))
    padded[:, :n] = values
    powers = decay ** np.arange(1, BLOCK + 1)  # what is left of the value before a block at each place in it
    with np.errstate(over="ignore"):
        inside = padded.reshape(columns, blocks, BLOCK) * ((1 - decay) / powers)
        inside = np.cumsum(inside, axis=2) * powers
    carry = np.zeros(columns)
    for b in range(blocks):
        inside[:, b] += carry[:, None] * powers
        carry = inside[:, b, -1]
    sums: Floats = inside.reshape(columns, -1)[:, :n]
    return sums


def peaks(x: Floats, y: Floats, bins: int) -> tuple[Floats, Floats]:
    """At most 2 · bins + 2 points of the line (x, y) that keep the least and the greatest value of every bin."""
    k = -(-len(x) // bins) if bins else 1
    if k <= 2:
        return x, y
    whole = len(x) // k * k
    rows = y[:whole].reshape(-1, k)
    thin_y = np.stack([np.fmin.reduce(rows, axis=1), np.fmax.reduce(rows, axis=1)], axis=1).reshape(-1)
    thin_x = np.repeat(x[:whole:k], 2)
    rest = slice(whole, None)
    if whole == len(x):
        return thin_x, thin_y
    tail = y[rest]
    return np.append(thin_x, [x[whole]] * 2), np.append(thin_y, [np.fmin.reduce(tail), np.fmax.reduce(tail)])
