"""Times Stochastic Moving MNIST in clips a second, against a plain loop like the original's; part of `benchmarks.data`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks.measure import alternate, goal, row
from svg_studio.engine.config import DataConfig
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.data.datasets import mnist
from svg_studio.engine.data.datasets.digit_bank import DIGIT_WIDTH
from svg_studio.engine.data.datasets.torchvision_shim import ensure_torchvision


class PlainLoop(torch.utils.data.Dataset[np.ndarray]):
    """One clip at a time: look up a digit, resize it, then add a window for every digit and frame."""

    def __init__(self, digits: np.ndarray, n_frames: int, num_digits: int, width: int) -> None:
        ensure_torchvision()
        from torchvision import transforms

        self.digits, self.n_frames, self.num_digits, self.width = digits, n_frames, num_digits, width
        self.transform = transforms.Compose([transforms.Resize(DIGIT_WIDTH), transforms.ToTensor()])

    def __len__(self) -> int:
        return 10**9  # the index is not looked at

    def __getitem__(self, index: int) -> np.ndarray:
        limit = self.width - DIGIT_WIDTH
        x = np.zeros((self.n_frames, self.width, self.width, 1), np.float32)
        for _ in range(self.num_digits):
            digit = self.transform(Image.fromarray(self.digits[np.random.randint(len(self.digits))])).numpy()[0]
            sx, sy = np.random.randint(limit), np.random.randint(limit)
            dx, dy = np.random.randint(-4, 5), np.random.randint(-4, 5)
            for t in range(self.n_frames):
                if sy < 0:
                    sy, dy, dx = 0, np.random.randint(1, 5), np.random.randint(-4, 5)
                elif sy >= limit:
                    sy, dy, dx = limit - 1, np.random.randint(-4, 0), np.random.randint(-4, 5)
                if sx < 0:
                    sx, dx, dy = 0, np.random.randint(1, 5), np.random.randint(-4, 5)
                elif sx >= limit:
                    sx, dx, dy = limit - 1, np.random.randint(-4, 0), np.random.randint(-4, 5)
                x[t, sy : sy + DIGIT_WIDTH, sx : sx + DIGIT_WIDTH, 0] += digit
                sy += dy
                sx += dx
        x[x > 1] = 1.0
        return x


def compare(data_root: Path, seconds: float) -> Iterator[str]:
    """Yields the lines of the table."""
    batch_size, n_frames, num_digits, width = 100, 15, 2, 64
    kind = "mnist" if mnist.complete(data_root) else "drawn"
    data = DataConfig(data_root=str(data_root), digits=kind, num_digits=num_digits)
    clips = open_clips(data, split="train", image_width=width, channels=1, n_frames=n_frames, seed=1)
    plain = PlainLoop(_small_digits(kind, data_root), n_frames, num_digits, width)
    batches = iter(torch.utils.data.DataLoader(plain, batch_size=batch_size))

    def plain_batch(number: int) -> object:
        return next(batches).permute(1, 0, 4, 2, 3).float()  # (B, T, H, W, C) → (T, B, C, H, W), as the original's sequence_input

    def ours(number: int) -> object:
        return clips.batch(np.arange(batch_size) + number * batch_size)

    loop, batched = alternate((plain_batch, 1), (ours, 20), seconds)
    yield f"SM-MNIST: {num_digits} {kind} digits, {n_frames} frames, {width} px, batch {batch_size}, one thread"
    yield row("plain loop", loop, batch_size, "clips")
    yield row("vectorised, uint8", batched, batch_size, "clips")
    yield goal(loop / batched, 20)


def _small_digits(kind: str, data_root: Path) -> np.ndarray:
    """Digits (N, 28, 28) to be resized at each access."""
    if kind == "mnist":
        return mnist.read_idx(data_root / mnist.FOLDER / mnist.IMAGES.format("train"), 3)
    from svg_studio.engine.data.datasets.drawn_digits import drawn_digits

    return np.ascontiguousarray(drawn_digits("train").images[:, 2:30, 2:30])
