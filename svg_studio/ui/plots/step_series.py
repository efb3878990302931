"""Stores numbers that arrive one step at a time, and smooths and thins them for drawing."""

from __future__ import annotations

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

    def __len__(self) -> int:
        return self._n

    @property
    def steps(self) -> Floats:
        return self._steps[: self._n]

    def raw(self, column: str) -> Floats:
        return self._raw[self.columns.index(column), : self._n]

    def smooth(self, column: str) -> Floats:
        """The exponential moving average: a value's weight is decay to the power of its age in steps, over all weights so far."""
        return self._smooth[self.columns.index(column), : self._n]

    def append(self, step: int, values: Sequence[float]) -> None:
        """Add a step; going back to an earlier one (a run resumed from a checkpoint) forgets what came after it."""
        if self._n and step <= self._steps[self._n - 1]:
            self._n = int(np.searchsorted(self.steps, step))
        if self._n == len(self._steps):
            self._steps = np.concatenate([self._steps, np.empty_like(self._steps)])
            self._raw = np.concatenate([self._raw, np.empty_like(self._raw)], axis=1)
            self._smooth = np.concatenate([self._smooth, np.empty_like(self._smooth)], axis=1)
        n, self._n = self._n, self._n + 1
        self._steps[n] = step
        # The weights of n values sum up to (1 - decay^n) / (1 - decay), so the first steps are averaged and do not lag.
        new = (1 - self.decay) / (1 - self.decay ** (n + 1))
        for c, value in enumerate(values):
            self._raw[c, n] = value
            self._smooth[c, n] = value if n == 0 else self._smooth[c, n - 1] * (1 - new) + value * new

    def smoothen(self, decay: float) -> None:
        """Smooth everything again with another decay; 0 for none, otherwise from 0.01 on."""
        self.decay = decay
        self._smooth[:, : self._n] = ema(self._raw[:, : self._n], decay)

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
    """`values` (columns, n) averaged along n as StepSeries.smooth says, in blocks."""
    columns, n = values.shape
    if decay <= 0 or n == 0:
        return values.copy()
    blocks = -(-n // BLOCK)
    padded = np.zeros((columns, blocks * BLOCK))
    padded[:, :n] = values
    powers = decay ** np.arange(1, BLOCK + 1)  # what is left of the value before a block at each place in it
    with np.errstate(invalid="ignore", over="ignore"):  # a run that diverges has infinities and NaNs
        inside = padded.reshape(columns, blocks, BLOCK) * ((1 - decay) / powers)
        inside = np.cumsum(inside, axis=2) * powers
        carry = np.zeros(columns)
        for b in range(blocks):
            inside[:, b] += carry[:, None] * powers
            carry = inside[:, b, -1]
        weights = 1 - decay ** np.arange(1, n + 1)
        averages: Floats = inside.reshape(columns, -1)[:, :n] / weights
    return averages


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
