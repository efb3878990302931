"""Compares the estimated memory of training runs with what they use, each run in a process of its own.

Run `python -m benchmarks.memory`, on Linux. `python -m benchmarks.memory bair` measures BAIR's settings at batch 100 alone, with
time_chunk 1 and recompute: minutes for one step.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.measure import peak_memory
from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.presets import PRESETS
from svg_studio.engine.training.memory import estimate

BOUND = 0.25  # that the estimate may be off
STATUS = Path("/proc/self/status")


def config_of(backbone: str, base_width: int, batch_size: int, n_frames: int, time_chunk: int, recompute: bool) -> TrainConfig:
    """Two steps, a test and a preview on drawn digits; the fixed prior, whose previews take less time."""
    return TrainConfig(
        model=ModelConfig(
            backbone=backbone,
            base_width=base_width,
            prior="fixed",
            n_past=n_frames - 4,
            n_future=4,
            time_chunk=time_chunk,
        ),
        data=DataConfig(digits="drawn"),
        batch_size=batch_size,
        recompute=recompute,
        niter=1,
        epoch_size=2,
        n_eval=n_frames,
        device="cpu",
        precision="fp32",
    )


def grid() -> Iterator[TrainConfig]:
    """Small settings of every kind."""
    shapes = [
        *(("dcgan", width, batch, frames) for width, batch, frames in ((16, 50, 15), (32, 20, 10), (64, 10, 15), (64, 50, 12))),
        *(("vgg", width, batch, frames) for width, batch, frames in ((16, 20, 12), (16, 4, 10), (32, 10, 10), (64, 4, 10))),
    ]
    for shape, (chunk, recompute) in itertools.product(shapes, ((0, False), (1, False), (1, True), (5, False), (5, True))):
        yield config_of(*shape, chunk, recompute)


def bair() -> TrainConfig:
    """The paper's settings for BAIR with little memory, on digits in its place: the same shapes."""
    preset = PRESETS["bair-lp"].config
    model = replace(preset.model, time_chunk=1)
    return replace(
        preset, model=model, data=DataConfig(digits="drawn"), recompute=True, niter=1, epoch_size=2, device="cpu", precision="fp32"
    )


def train_here(config: TrainConfig, steps: int = 0) -> list[int]:
    """Trains in this process, to the end or for some steps; the peak after the steps, and at the end."""
    from svg_studio.engine.events import StepFinished
    from svg_studio.engine.training.train import train

    peaks: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        events = train(replace(config, log_dir=folder))
        for event in events:
            if isinstance(event, StepFinished):
                peaks = [peak_memory()]
            if isinstance(event, StepFinished) and event.step == steps:
                events.close()
    return [*peaks, peak_memory()]


def measure(config: TrainConfig, steps: int = 0) -> list[int]:
    """As `train_here`, in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.memory", "--config", config.to_json(), "--steps", str(steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"training failed:\n{done.stderr}")
    return list(json.loads(done.stdout.splitlines()[-1]))


def line(config: TrainConfig, peaks: list[int]) -> str:
    """One row of the table."""
    model, expected = config.model, estimate(config)
    ratio = expected / peaks[-1]
    verdict = "met" if abs(ratio - 1) <= BOUND else "MISSED"
    return (
        f"{model.backbone:6}{model.base_width:>4}{config.batch_size:>5}{model.n_frames:>4}{model.time_chunk:>3}"
        f"{'  recompute' if config.recompute else '':12}{expected / 1e9:>8.2f} GB{peaks[-1] / 1e9:>8.2f} GB"
        f"{peaks[0] / 1e9:>8.2f} GB{ratio:>7.2f}  {verdict}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=("grid", "bair"), default="grid")
    parser.add_argument("--config", type=json.loads, help=argparse.SUPPRESS)
    parser.add_argument("--steps", type=int, default=0, help="end after so many steps, without test and previews")
    options = parser.parse_args()
    if options.config:
        print(json.dumps(train_here(TrainConfig.from_dict(options.config), options.steps)))
        return
    if not STATUS.exists():
        raise SystemExit("peak memory is read from /proc, which only Linux has")
    print(f"{'':6}width batch T chunk        estimate    measured   its steps  ratio, goal within {BOUND:.0%}")
    for config in [bair()] if options.what == "bair" else grid():
        print(line(config, measure(config, options.steps)), flush=True)


if __name__ == "__main__":
    main()
