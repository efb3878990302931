"""Measures whether torch.compile makes a training step faster once its warm-up is counted: `python -m benchmarks.compiling`."""

from __future__ import annotations

import argparse
import os
import time
import warnings

os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"  # what was compiled before would make the warm-up too short

import torch

from benchmarks.measure import alternate, machine
from svg_studio.engine.config import ModelConfig, TrainConfig
from svg_studio.engine.models.registry import build
from svg_studio.engine.optimizers import make_optimizer
from svg_studio.engine.utils.malloc import freed_buffers_kept


def main() -> None:
    """Times the same step as it is and with encoder and decoder compiled, which is most of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compiling", description=__doc__)
    parser.add_argument("--batch_size", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=30, help="how long each side is timed, in turns")
    args = parser.parse_args()
    print(f"{machine()}, PyTorch {torch.__version__}, SM-MNIST settings, batch {args.batch_size}, float32")
    warnings.filterwarnings("ignore", "dynamo_pgo force disabled")  # as it should be
    eager, compiled = Step(args.batch_size), Step(args.batch_size)
    with freed_buffers_kept():
        eager()
        compiled.model.encoder.compile()
        compiled.model.decoder.compile()
        begun = time.perf_counter()
        compiled()
        warm_up = time.perf_counter() - begun
        taken = alternate((lambda _: eager(), 1), (lambda _: compiled(), 1), args.seconds)
    saved = taken[0] - taken[1]
    pays = f"pays after {warm_up / saved:,.0f} steps" if saved > 0 else "does not pay"
    print(
        f"as it is {taken[0]:.2f} s a step, compiled {taken[1]:.2f} s ({saved / taken[0]:+.1%} saved) after {warm_up:.0f} s: {pays}"
    )


class Step:
    """One step of training, with weights and clips of its own."""

    def __init__(self, batch_size: int) -> None:
        torch.manual_seed(1)
        config = ModelConfig()
        self.model = build(config).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._optimizer = make_optimizer(TrainConfig(model=config), self.model)
        self._x = torch.rand(config.n_frames, batch_size, 1, 64, 64)
        self._eps = torch.randn(config.n_frames - 1, batch_size, config.z_dim)

    def __call__(self) -> None:
        self._optimizer.zero_grad(set_to_none=True)
        self.model.loss(self._x, eps=self._eps).total.backward()
        self._optimizer.step()


if __name__ == "__main__":
    main()
