"""The two sides of `benchmarks.training`, each in a process of its own, so that the memory of each can be measured."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from types import TracebackType

import torch
from torch import Tensor

from benchmarks import plain
from benchmarks.measure import peak_memory
from svg_studio.engine.config import TrainConfig
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.data.loader import batches
from svg_studio.engine.events import StepFinished
from svg_studio.engine.models.registry import build
from svg_studio.engine.training.train import train
from svg_studio.engine.utils.frames import to_float

PER_FRAME = "per frame"


def per_frame(config: TrainConfig) -> Iterator[tuple[float, float]]:
    """mse and kld of each step of the per-frame schedule in float32, as the original: one optimiser for each module."""
    torch.manual_seed(config.seed)
    model = build(config.model).train().to(config.device)
    loop = plain.of(model, train=True)
    parts = [model.encoder, model.decoder, model.frame_predictor, model.posterior, model.prior]
    optimizers = [torch.optim.Adam(p, config.lr, (config.beta1, 0.999)) for part in parts if (p := list(part.parameters()))]
    clips = open_clips(
        config.data,
        split="train",
        image_width=config.model.image_width,
        channels=config.model.channels,
        n_frames=config.model.n_frames,
        seed=config.seed,
    )
    noise = torch.Generator().manual_seed(config.seed)
    n_frames = config.model.n_frames
    for frames in batches(clips, config.batch_size, seed=config.seed, threads=config.data_threads):
        x = to_float(frames, config.device)
        eps = torch.randn(n_frames - 1, config.batch_size, config.model.z_dim, generator=noise).to(config.device)
        for optimizer in optimizers:
            optimizer.zero_grad()
        mse, kld = loop.losses(x, eps)
        total: Tensor = mse + config.model.beta * kld
        total.backward()  # type: ignore[no-untyped-call]
        for optimizer in optimizers:
            optimizer.step()
        yield mse.item() / n_frames, kld.item() / n_frames


def ours(config: TrainConfig) -> Iterator[tuple[float, float]]:
    """mse and kld of each step of `train`, the same as the command and the window run."""
    with tempfile.TemporaryDirectory() as folder:
        endless = replace(config, log_dir=folder, niter=1, epoch_size=10**9)
        for event in train(endless):
            if isinstance(event, StepFinished):
                yield event.mse, event.kld


class Side:
    """A child process that trains: `steps` lets it go on, `leave` ends it."""

    def __init__(self, schedule: str, config: TrainConfig) -> None:
        context = multiprocessing.get_context("spawn")
        self._to_child, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, schedule, config.to_dict()), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Side:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        self._process.join()

    def steps(self, n: int) -> tuple[list[float], list[tuple[float, float]]]:
        """Seconds of each of the next n steps, and their mse and kld."""
        self._to_child.send(n)
        seconds, losses = self._to_child.recv()
        return seconds, losses

    def leave(self) -> int:
        """Ends the process; the most bytes of memory, of the GPU where it trains on one, that it has held at once."""
        self._to_child.send(0)
        peak: int = self._to_child.recv()
        return peak


def _serve(pipe: Connection, schedule: str, plain_config: dict[str, object]) -> None:
    config = TrainConfig.from_dict(plain_config)
    work = per_frame(config) if schedule == PER_FRAME else ours(config)
    while n := pipe.recv():
        seconds, losses = [], []
        for _ in range(n):
            start = time.perf_counter()
            losses.append(next(work))
            seconds.append(time.perf_counter() - start)
        pipe.send((seconds, losses))
    pipe.send(torch.cuda.max_memory_allocated() if config.device == "cuda" else peak_memory())
