"""Clips a second of Stochastic Moving MNIST: the program's batches against a plain loop as the original's; knows no model.

Run `python -m benchmarks.data`. Both make batches of the same shape in the same process, taking turns.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from svg_studio.engine.config import DataConfig
from svg_studio.engine.datasets import mnist, open_clips
from svg_studio.engine.datasets.digits import DIGIT_WIDTH
from svg_studio.engine.torchvision_shim import ensure_torchvision


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


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data_root", default="data", help="folder that holds MNIST; drawn digits are taken where it does not")
    parser.add_argument("--seconds", type=float, default=10.0, help="seconds of measuring for each of the two")
    parser.add_argument("--batch_size", type=int, default=100)
    parser.add_argument("--n_frames", type=int, default=15)
    parser.add_argument("--num_digits", type=int, default=2)
    parser.add_argument("--image_width", type=int, default=64, choices=(64, 128))
    opt = parser.parse_args()
    torch.set_num_threads(1)

    kind = "mnist" if mnist.complete(Path(opt.data_root)) else "drawn"
    data = DataConfig(data_root=opt.data_root, digits=kind, num_digits=opt.num_digits)
    clips = open_clips(data, split="train", image_width=opt.image_width, channels=1, n_frames=opt.n_frames, seed=1)
    plain = PlainLoop(_small_digits(kind, Path(opt.data_root)), opt.n_frames, opt.num_digits, opt.image_width)
    batches = iter(torch.utils.data.DataLoader(plain, batch_size=opt.batch_size))

    def plain_batch(number: int) -> object:
        return next(batches).permute(1, 0, 4, 2, 3).float()  # (B, T, H, W, C) → (T, B, C, H, W), as the original's sequence_input

    def ours(number: int) -> object:
        return clips.batch(np.arange(opt.batch_size) + number * opt.batch_size)

    loop, batched = _alternate(plain_batch, ours, opt.seconds)
    print(f"SM-MNIST, {opt.num_digits} {kind} digits, {opt.n_frames} frames, {opt.image_width} px, batch {opt.batch_size}")
    print(f"{_machine()}, one process")
    print(f"{'':24}{'ms a batch (median)':>22}{'clips/s':>12}")
    for name, seconds in (("plain loop", loop), ("vectorised, uint8", batched)):
        print(f"{name:24}{1000 * seconds:>22.2f}{opt.batch_size / seconds:>12,.0f}")
    print(f"ratio {loop / batched:.1f}×")


def _alternate(plain: Callable[[int], object], ours: Callable[[int], object], seconds: float) -> tuple[float, float]:
    """Median seconds of a call of each; they take turns, so that whatever else the machine does hits both."""
    plain(0), ours(0)  # first calls open and allocate
    times: tuple[list[float], list[float]] = ([], [])
    number, end = 1, time.perf_counter() + 2 * seconds
    while time.perf_counter() < end:
        for function, repeats, taken in ((plain, 1, times[0]), (ours, 20, times[1])):
            for _ in range(repeats):
                start = time.perf_counter()
                function(number)
                taken.append(time.perf_counter() - start)
                number += 1
    return statistics.median(times[0]), statistics.median(times[1])


def _small_digits(kind: str, data_root: Path) -> np.ndarray:
    """Digits (N, 28, 28) to be resized at each access."""
    if kind == "mnist":
        return mnist.read_idx(data_root / mnist.FOLDER / mnist.IMAGES.format("train"), 3)
    from svg_studio.engine.datasets.drawn_digits import drawn_digits

    return np.ascontiguousarray(drawn_digits("train").images[:, 2:30, 2:30])


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0] if names else cpu
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}"


if __name__ == "__main__":
    main()
