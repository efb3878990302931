"""Random numbers that are a function of a key and a number, so that any of them can be had alone.

The generator is splitmix64 (Steele, Lea & Flood, Fast splittable pseudorandom number generators, OOPSLA 2014).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def _mix(z: Keys) -> Keys:
    """splitmix64's finaliser, in place: every bit of the input moves about half of the output's."""
    z ^= z >> np.uint64(30)
    z *= _MIX_1
    z ^= z >> np.uint64(27)
    z *= _MIX_2
    z ^= z >> np.uint64(31)
    return z


def keys(*words: int | Sequence[int] | npt.NDArray[np.integer]) -> Keys:
    """One key for each combination of words (integers from 0 to 2⁶³ - 1, broadcast against each other, at least 1-d)."""
    key = np.zeros(1, np.uint64)
    for word in words:
        # The sum is hashed before the next word comes in, so (1, 2) and (2, 1) are different keys.
        key = _mix((key + _GAMMA) ^ np.asarray(word).astype(np.uint64))
        key = _mix(key + _GAMMA)
    return key


def draws(key: Keys, first: int, count: int) -> Keys:
    """Draws `first` to `first + count - 1` of each key: (…,) → (…, count), 64 random bits each."""
    numbers = np.arange(first + 1, first + count + 1, dtype=np.uint64) * _GAMMA
    return _mix(key[..., None] + numbers)


def below(bits: Keys, n: int | Keys) -> npt.NDArray[np.int64]:
    """Uniform integers 0 … n-1 (n < 2³²) of 64 random bits each; the bias is below n / 2³²."""
    return ((bits >> np.uint64(32)) * np.asarray(n, np.uint64) >> np.uint64(32)).astype(np.int64)


def uniform(bits: Keys, low: float = 0.0, high: float = 1.0) -> npt.NDArray[np.float32]:
    """Uniform numbers in low … high of 64 random bits each."""
    return (low + (high - low) * (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53).astype(np.float32)


def normal(bits: Keys) -> npt.NDArray[np.float32]:
    """Standard normal numbers (Box and Muller) of pairs of draws: (…, 2n) → (…, n)."""
    u = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    half = u.shape[-1] // 2
    numbers: npt.NDArray[np.float32] = (np.sqrt(-2 * np.log(u[..., :half])) * np.cos(2 * np.pi * u[..., half:])).astype(np.float32)
    return numbers
