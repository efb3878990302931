"""Compares training's speed and memory with a per-frame loop, as ratios within one run: `python -m benchmarks.training`."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.measure import machine, matrix_rate
from benchmarks.training_sides import PER_FRAME, Side
from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.models.registry import skeleton
from svg_studio.engine.utils.device import has_bf16

DIGITS = ModelConfig()
ROBOT = ModelConfig(backbone="vgg", channels=3, z_dim=64, n_past=2)
MEMORY_GOALS = {"bf16": 0.6, "fp32": 0.9}


@dataclass(frozen=True)
class Row:
    """What is trained, and how many times as fast it is to be as the per-frame loop, by precision."""

    title: str
    model: ModelConfig
    batch_size: int
    goals: dict[str, float]
    device: str = "cpu"

    @property
    def config(self) -> TrainConfig:
        data = DataConfig(digits="drawn")  # the schedule does not see what moves
        return TrainConfig(model=self.model, data=data, batch_size=self.batch_size, data_threads=1, device=self.device)


ROWS = {
    "digits-10": Row("SM-MNIST settings, batch 10", DIGITS, 10, {"bf16": 4, "fp32": 2}),
    "digits-50": Row("SM-MNIST settings, batch 50", DIGITS, 50, {"bf16": 3, "fp32": 1.6}),
    "bair-4": Row("BAIR settings, batch 4", ROBOT, 4, {"bf16": 3.5}),
    "gpu-100": Row("SM-MNIST settings, batch 100, on the GPU", DIGITS, 100, {"bf16": 10}, "cuda"),
}


def main() -> None:
    """Prints the tables, or draws the loss curves of both schedules."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[*ROWS, "curves", []], help="which comparisons; all tables where none is named")
    parser.add_argument("--turns", type=int, default=5, help="steps of each schedule that are timed, taken in turns")
    parser.add_argument("--steps", type=int, default=300, help="steps of the loss curves")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each schedule, from different weights, clips and noise")
    parser.add_argument("--base_width", type=int, default=16, help="base_width of the model whose loss curves are drawn")
    parser.add_argument("--batch_size", type=int, default=10, help="clips in a step of the loss curves")
    parser.add_argument("--out", type=Path, default=Path("training-curves.png"), help="file that takes the loss curves")
    args = parser.parse_args()
    print(f"{machine()}, PyTorch {torch.__version__}, {torch.get_num_threads()} threads\n", flush=True)
    has_gpu = torch.cuda.is_available()
    for name in args.rows or [name for name, row in ROWS.items() if row.device == "cpu" or has_gpu]:
        if name in ROWS and ROWS[name].device == "cuda" and not has_gpu:
            raise SystemExit(f"{name}: PyTorch finds no NVIDIA GPU here")
        if name == "curves":
            from benchmarks.training_curves import draw

            model = replace(DIGITS, base_width=args.base_width)
            config = replace(ROWS["digits-10"].config, model=model, batch_size=args.batch_size)
            for line in draw(args.out, config, args.steps, args.seeds):
                print(line)
        else:
            for line in compare(ROWS[name], args.turns):
                print(line, flush=True)


def compare(row: Row, turns: int) -> Iterator[str]:
    """The table of one row, line by line; the schedules take turns, so that whatever else the machine does hits both."""
    precisions = ["fp32", *(["bf16"] if has_bf16(torch.device(row.device)) else [])]
    n_frames = row.model.n_frames * row.batch_size
    rates = {p: matrix_rate(torch.bfloat16 if p == "bf16" else torch.float32, row.device) for p in precisions}
    needed = operations(row)
    yield f"{row.title}, T = {row.model.n_frames}, {needed / n_frames / 1e9:.2f} GFLOP a frame on our schedule"
    with ExitStack() as stack:
        sides = {PER_FRAME: stack.enter_context(Side(PER_FRAME, row.config))}
        for precision in precisions:
            sides[precision] = stack.enter_context(Side(precision, replace(row.config, precision=precision)))
        for side in sides.values():
            side.steps(1)  # the first step opens and allocates
        taken: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(turns):
            for name, side in sides.items():
                taken[name] += side.steps(1)[0]
        seconds = {name: statistics.median(times) for name, times in taken.items()}
        peaks = {name: side.leave() for name, side in sides.items()}
    for name in sides:
        line = f"  {name:10}{seconds[name]:>8.2f} s/step{n_frames / seconds[name]:>8.1f} frames/s"
        line += f"{peaks[name] / 1e9:>7.2f} GB at most"
        if name in rates:
            yield line + f",{needed / seconds[name] / rates[name]:>6.0%} of the matrix rate ({rates[name] / 1e9:.0f} GFLOP/s)"
        else:
            yield line
    for precision in precisions:
        ratio, memory = seconds[PER_FRAME] / seconds[precision], peaks[precision] / peaks[PER_FRAME]
        goal = _against(ratio >= row.goals[precision], f"{row.goals[precision]:g}×") if precision in row.goals else "no goal"
        kept = _against(memory <= MEMORY_GOALS[precision], f"{MEMORY_GOALS[precision]:g}×")
        yield f"  {precision}: {ratio:.2f}× as fast ({goal}), {memory:.2f}× the memory ({kept})"
    if "bf16" not in precisions:
        yield "  bf16: this hardware has no bf16 arithmetic; not measured"
    yield ""


def operations(row: Row) -> float:
    """Floating-point operations of one step on our schedule, forward and backward: products and convolutions alone."""
    with torch.device("meta"):
        model = skeleton(row.model)
        x = torch.empty(row.model.n_frames, row.batch_size, row.model.channels, row.model.image_width, row.model.image_width)
        eps = torch.empty(row.model.n_frames - 1, row.batch_size, row.model.z_dim)
    with FlopCounterMode(display=False) as counter:
        model.loss(x, eps=eps).total.backward()  # type: ignore[no-untyped-call]
    return float(counter.get_total_flops())


def _against(met: bool, goal: str) -> str:
    return f"goal {goal}: {'met' if met else 'MISSED'}"


if __name__ == "__main__":
    main()
