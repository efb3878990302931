"""How digits move in Stochastic Moving MNIST, many at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from svg_studio.engine.utils.counter_rng import Keys, below, draws

Ints = npt.NDArray[np.int64]

# Numbers of a key's draws. Every frame has its own four, used or not, so a longer clip begins as a shorter one does.
WHICH, START, BOUNCES = 0, 2, 6
PER_FRAME = 4  # dy and dx of a bounce in y, dx and dy of a bounce in x


def trajectories(key: Keys, n_frames: int, limit: int, *, deterministic: bool) -> tuple[Ints, Ints]:
    """y and x, each (T, N), of the upper left corners of digits with keys (N,); `limit` is canvas width - digit width.

    Before a frame is drawn a digit that has left 0 … limit-1 is put back onto the edge and gets a new velocity, first
    for y, then for x, which draws dy anew as well (as the original). Deterministic: the sign is flipped instead.
    """
    start = draws(key, START, 4)
    y, x = below(start[:, 0], limit), below(start[:, 1], limit)
    dy, dx = below(start[:, 2], 9) - 4, below(start[:, 3], 9) - 4
    bits = draws(key, BOUNCES, PER_FRAME * n_frames).reshape(-1, n_frames, PER_FRAME).transpose(1, 2, 0)
    away, along = below(bits[:, 0::2], 4) + 1, below(bits[:, 1::2], 9) - 4  # (T, 2, N): 1 … 4 and -4 … 4, for y and x
    ys, xs = np.empty((2, n_frames, len(key)), np.int64)
    for t in range(n_frames):
        y, dy, dx = _bounce(y, dy, dx, limit, None if deterministic else (away[t, 0], along[t, 0]))
        x, dx, dy = _bounce(x, dx, dy, limit, None if deterministic else (away[t, 1], along[t, 1]))
        ys[t], xs[t] = y, x
        y, x = y + dy, x + dx
    return ys, xs


def _bounce(at: Ints, velocity: Ints, other: Ints, limit: int, drawn: tuple[Ints, Ints] | None) -> tuple[Ints, Ints, Ints]:
    """Position, velocity and the other axis's velocity after a look at the edges of one axis."""
    low, high = at < 0, at >= limit
    hit = low | high
    if drawn is None:
        velocity = np.where(hit, -velocity, velocity)
    else:
        away, along = drawn
        velocity = np.where(hit, np.where(low, away, -away), velocity)
        other = np.where(hit, along, other)
    return np.minimum(np.maximum(at, 0), limit - 1), velocity, other  # np.clip takes three times as long on a few hundred
