"""Times random training batches from a frame store, against a memory copy and a training step; part of `benchmarks.data`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from benchmarks.measure import alternate, row
from svg_studio.engine.config import ConvertConfig, DataConfig
from svg_studio.engine.data.source import Piece
from svg_studio.engine.data.store_writer import StoreWriter
from svg_studio.engine.data.stored_clips import open_stored
from svg_studio.engine.models.registry import build
from svg_studio.engine.presets import PRESETS
from svg_studio.engine.utils.frames import to_float

BATCH, FRAMES, WIDTH, CHANNELS = 100, 12, 64, 3
SEQUENCES = 600  # of 30 frames, 221 MB: as many as fit a small machine's cache of files
STEP_BATCH = 4  # clips of the step that is timed; its time grows with them


def compare(folder: Path, seconds: float, threads: int) -> Iterator[str]:
    """Yields the lines of the table; `folder` takes a store."""
    shape = {"split": "train", "image_width": WIDTH, "channels": CHANNELS, "n_frames": FRAMES}
    clips = open_stored(_store(folder), **shape, seed=1, windows=True)
    chosen = np.random.default_rng(1).integers(0, SEQUENCES, (64, BATCH))
    block = np.random.default_rng(2).integers(0, 256, (FRAMES, BATCH, WIDTH, WIDTH, CHANNELS), np.uint8)

    def ours(number: int) -> object:
        return clips.batch(chosen[number % len(chosen)])

    def copied(number: int) -> object:
        return block.copy()

    ours(0), [ours(n) for n in range(len(chosen))]  # a warm cache
    batch, copy = alternate((ours, 5), (copied, 5), seconds)
    torch.set_num_threads(threads)
    step = _step() * BATCH / STEP_BATCH
    yield f"random batches from a store: {BATCH} clips × {FRAMES} frames, {WIDTH} px, {CHANNELS} channels, one thread, warm cache"
    yield row("memory copy of as many bytes", copy, block.nbytes / 1e6, "MB")
    yield row("batch from the store", batch, block.nbytes / 1e6, "MB")
    yield f"  speed of the copy {copy / batch:.2f}×, goal 0.5×: {'met' if copy / batch >= 0.5 else 'MISSED'}"
    yield f"  training step, BAIR settings, fp32: {step:.1f} s (that of batch {STEP_BATCH}, times {BATCH // STEP_BATCH})"
    share = batch / step
    yield f"  share of the step {100 * share:.2f} %, goal under 10 %: {'met' if share < 0.1 else 'MISSED'}\n"


def _store(folder: Path) -> DataConfig:
    config = ConvertConfig(dataset="bair", data_root=str(folder), store="random")
    writer = StoreWriter(config, CHANNELS, {}, {"settings": {}})
    rng = np.random.default_rng(0)
    for n in range(SEQUENCES):
        writer.write("train", Piece(str(n), rng.integers(0, 256, (30, WIDTH, WIDTH, CHANNELS), np.uint8)))
    writer.finish_unit("all")
    writer.publish([])
    return DataConfig(dataset="bair", data_root=str(folder), store="random")


def _step() -> float:
    """Seconds of a training step with BAIR's settings, the third and later ones of which are timed."""
    preset = PRESETS["bair-lp"].config
    model = build(preset.model).train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(model.parameters(), lr=preset.lr)
    x = to_float(np.random.default_rng(3).integers(0, 256, (FRAMES, STEP_BATCH, WIDTH, WIDTH, CHANNELS), np.uint8))
    times = []
    for _ in range(3):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        model.loss(x).total.backward()
        optimizer.step()
        times.append(time.perf_counter() - start)
    return min(times)
