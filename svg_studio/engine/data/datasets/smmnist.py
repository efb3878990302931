"""Stochastic Moving MNIST: clips of digits that bounce about a canvas, made a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from svg_studio.engine.config import SPLITS, DataConfig
from svg_studio.engine.data.datasets import mnist
from svg_studio.engine.data.datasets.bouncing import WHICH, Ints, trajectories
from svg_studio.engine.data.datasets.digit_bank import DIGIT_WIDTH, DigitBank
from svg_studio.engine.data.download.download import download
from svg_studio.engine.data.registry import Clips
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Events
from svg_studio.engine.utils import counter_rng

_SALT = 0x534D4D4E495354  # "SMMNIST": another data set with the same seed draws other numbers


@dataclass(frozen=True)
class MovingDigits:
    """An endless supply of clips: index may be any whole number from 0 to 2⁶² (see registry.Clips)."""

    banks: tuple[DigitBank, ...]  # each contributes an equal part
    split: str
    image_width: int
    channels: int
    n_frames: int
    num_digits: int
    deterministic: bool
    seed: int
    count: int = 0
    usable: None = None

    def batch(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """(T, B, H, W, C) uint8, C-contiguous."""
        key = self._keys(indices)  # (B, K)
        ys, xs = trajectories(key.ravel(), self.n_frames, self.image_width - DIGIT_WIDTH, deterministic=self.deterministic)
        corners = (ys * self.image_width + xs).reshape(self.n_frames, *key.shape)  # (T, B, K), in a flattened frame
        frames = draw(self._images(key), corners, self.image_width)
        return frames if self.channels == 1 else np.repeat(frames, self.channels, axis=-1)

    def source(self, index: int) -> str:
        """Such as "MNIST test digits 7 and 1"."""
        which, number = self._choose(self._keys([index]))
        labels: dict[str, list[str]] = {}
        for bank, n in zip(which[0], number[0], strict=True):
            labels.setdefault(self.banks[bank].name, []).append(str(self.banks[bank].labels[n]))
        return ", ".join(f"{name} {'digits' if len(d) > 1 else 'digit'} {_listed(d)}" for name, d in labels.items())

    def _keys(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> counter_rng.Keys:
        """One key for every digit of every clip, (B, K)."""
        at = np.asarray(indices, np.int64).reshape(-1, 1)
        if at.size and at.min() < 0:
            raise DataError(f"clip {at.min()}: clips are counted from 0")
        return counter_rng.keys(_SALT, self.seed, SPLITS.index(self.split), at, np.arange(self.num_digits))

    def _choose(self, key: counter_rng.Keys) -> tuple[Ints, Ints]:
        """The bank and the place in it of each key's digit."""
        bits = counter_rng.draws(key, WHICH, 2)
        bank = counter_rng.below(bits[..., 0], len(self.banks))
        sizes = np.array([len(b.labels) for b in self.banks], np.uint64)
        return bank, counter_rng.below(bits[..., 1], sizes[bank])

    def _images(self, key: counter_rng.Keys) -> npt.NDArray[np.uint8]:
        """(B, K) → (B, K, 32, 32)."""
        which, number = self._choose(key)
        images = np.empty((*key.shape, DIGIT_WIDTH, DIGIT_WIDTH), np.uint8)
        for n, bank in enumerate(self.banks):
            images[which == n] = bank.images[number[which == n]]
        return images


def draw(digits: npt.NDArray[np.uint8], corners: Ints, width: int) -> npt.NDArray[np.uint8]:
    """Frames (T, B, width, width, 1) on which `digits` (B, K, 32, 32) are added at `corners` (T, B, K) = y · width + x.

    A digit whose rows are padded to the canvas's is one run of bytes there, the padding falling on zeros to add, so all
    digits of all frames are laid down by one indexed assignment.
    """
    n_frames, batch, n_digits = corners.shape
    length = (DIGIT_WIDTH - 1) * width + DIGIT_WIDTH
    runs = np.zeros((batch, n_digits, DIGIT_WIDTH, width), np.uint8)
    runs[..., :DIGIT_WIDTH] = digits
    runs = runs.reshape(batch, n_digits, -1)[..., :length]
    frames = np.zeros((n_frames * batch, width * width), np.uint8)
    windows = np.lib.stride_tricks.as_strided(frames, (len(frames), width * width - length + 1, length), (*frames.strides, 1))
    rows = np.arange(len(frames)).reshape(n_frames, batch)
    windows[rows, corners[..., 0]] = runs[:, 0]
    for k in range(1, n_digits):
        under = windows[rows, corners[..., k]]  # (T, B, length)
        np.minimum(under, ~runs[:, k], out=under)  # so that the sum saturates at 255, as the original clips at 1
        under += runs[:, k]
        windows[rows, corners[..., k]] = under
    return frames.reshape(n_frames, batch, width, width, 1)


def open_clips(data: DataConfig, *, split: str, image_width: int, channels: int, n_frames: int, seed: int) -> Clips:
    """See clips.open_clips."""
    banks = _banks(data, split)
    return MovingDigits(banks, split, image_width, channels, n_frames, data.num_digits, data.deterministic, seed)


def prepare(data: DataConfig) -> Events:
    """Downloads MNIST if `data` needs it and it is not there, as the original did; drawn digits need no file."""
    if data.digits != "drawn" and not mnist.complete(Path(data.data_root).expanduser()):
        yield from download("mnist", data.data_root)


inspect = mnist.inspect


def _banks(data: DataConfig, split: str) -> tuple[DigitBank, ...]:
    banks: list[DigitBank] = []
    if data.digits in ("drawn", "mixed"):
        from svg_studio.engine.data.datasets.drawn_digits import drawn_digits  # here, for it brings torch

        banks.append(drawn_digits(split))
    if data.digits in ("mnist", "mixed"):
        banks.append(mnist.mnist_digits(Path(data.data_root).expanduser().absolute(), split))
    return tuple(banks)


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
