"""Times sampling against one rollout for each sample, as ratios within one run: `python -m benchmarks.sampling`."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import plain
from benchmarks.measure import machine, matrix_rate
from svg_studio.engine.config import DataConfig, ModelConfig
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.events import FramesImagined, FutureSampled
from svg_studio.engine.models.fuse_batchnorm import folded
from svg_studio.engine.models.registry import build, skeleton
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling.latents import noise
from svg_studio.engine.sampling.rollout import futures, sample_batch
from svg_studio.engine.utils.device import autocast, has_bf16
from svg_studio.engine.utils.frames import to_float
from svg_studio.engine.utils.malloc import freed_buffers_kept

GOALS = {("clip", "cpu"): 12.0, ("batch", "cpu"): 3.5, ("clip", "cuda"): 30.0}
TITLES = {
    "clip": "100 futures × 28 frames of one clip",
    "batch": "16 clips × 100 futures × 28 frames",
    "wall": "the wall: 16 futures × 25 frames of one clip",
}


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sampling", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[*TITLES, []], help="which tables; all where none is named")
    parser.add_argument("--turns", type=int, default=3, help="how often each side is timed, in turns; the batch once")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    args = parser.parse_args()
    device = torch.device(args.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise SystemExit("--device cuda: PyTorch finds no NVIDIA GPU here")
    print(f"{machine()}, PyTorch {torch.__version__}, {torch.get_num_threads()} threads\n", flush=True)
    for name in args.rows or TITLES:
        print(TITLES[name] + ", SM-MNIST settings")
        turns = 1 if name == "batch" else args.turns
        for line in wall(turns, device) if name == "wall" else against_rollouts(name, turns, device):
            print(line, flush=True)
        print()


def against_rollouts(name: str, turns: int, device: torch.device) -> Iterator[str]:
    """All futures at once against a plain loop that makes one sample of every clip at a time, on the same weights and noise."""
    n_past, horizon, n_futures, clips = (5, 28, 100, 16) if name == "batch" else (5, 28, 100, 1)
    model = _model(n_past).to(device)
    past = _clips(n_past, clips).to(device)
    eps = noise(range(n_futures), n_past + horizon, model.config.z_dim).to(device)  # (T, K, z_dim)
    loop, fast = plain.of(model, train=False), folded(model).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def rollouts() -> Tensor:
        rows = (eps[:, k, None].expand(-1, clips, -1) for k in range(n_futures))
        return torch.stack([loop.future(past, row, horizon)[n_past:] for row in rows], dim=1)

    def together(precision: str) -> Callable[[], Tensor]:
        def sample() -> Tensor:
            with freed_buffers_kept(), autocast(device, precision):
                parts = [torch.stack(list(sample_batch(fast, past, g, horizon))) for g in groups(n_futures, clips)]
            return torch.cat(parts, dim=1)  # (T', K, B, C, H, W)

        return sample

    sides = {"one at a time": rollouts, **{p: together(p) for p in _precisions(device)}}
    made = {side: function() for side, function in sides.items()} if name == "clip" else {}  # the first call allocates
    taken: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(turns):
        for side, function in sides.items():
            start = time.perf_counter()
            made[side] = function()
            if device.type == "cuda":
                torch.cuda.synchronize()
            taken[side].append(time.perf_counter() - start)
    first, needed = statistics.median(taken["one at a time"]), operations(n_past, horizon, n_futures, clips)
    for side in sides:
        seconds = statistics.median(taken[side])
        line = f"  {side:14}{seconds:>8.2f} s{n_futures * clips * horizon / seconds:>10.0f} frames/s"
        if side in ("fp32", "bf16"):
            difference = (made[side] - made["one at a time"]).abs().max()
            goal = GOALS.get((name, device.type))
            told = f"goal {goal:g}×: {'met' if first / seconds >= goal else 'MISSED'}" if goal else "no goal"
            rate = matrix_rate(torch.bfloat16 if side == "bf16" else torch.float32, device.type)
            line += f"   {first / seconds:.2f}× as fast, {told}; frames differ by {difference:.1e} at most;"
            line += f" {needed / seconds / rate:.0%} of the rate of matrix products, {rate / 1e9:.0f} GFLOP/s"
        yield line


def groups(n_futures: int, clips: int) -> list[list[int]]:
    """Futures that are made together, as `generate` makes them: so many rows at once."""
    return [group.tolist() for group in torch.arange(n_futures).split(max(1, 400 // clips))]


@torch.no_grad()
def operations(n_past: int, horizon: int, n_futures: int, clips: int) -> float:
    """Multiplications and additions that our own schedule needs."""
    with torch.device("meta"):
        fast = folded(skeleton(ModelConfig(n_past=n_past)).eval())
        past = torch.empty(n_past, clips, 1, 64, 64)
    with FlopCounterMode(display=False) as counter:
        for group in groups(n_futures, clips):
            list(sample_batch(fast, past, group, horizon))
    return float(counter.get_total_flops())


def wall(turns: int, device: torch.device) -> Iterator[str]:
    """What the Futures page asks for: how long until the first imagined frame, and until the last."""
    fast = folded(_model(5)).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    clip = _clips(5, 1)[:, 0].to(device)
    for precision in _precisions(device):
        first, last = [], []
        for _ in range(turns + 1):
            start = time.perf_counter()
            seen = False
            with freed_buffers_kept(), autocast(device, precision):
                for event in futures(fast, clip, range(16), 25):
                    if isinstance(event, FramesImagined) and not seen:
                        seen = True
                        first.append(time.perf_counter() - start)
                    if isinstance(event, FutureSampled) and event.number == 15:
                        last.append(time.perf_counter() - start)
        yield (
            f"  {precision:14}{statistics.median(first[1:]):>8.2f} s until the first frame of all, "
            f"{statistics.median(last[1:]):.2f} s until the last (goal: about 1 s)"
        )


def _precisions(device: torch.device) -> list[str]:
    return ["fp32", *(["bf16"] if has_bf16(device) else [])]


def _model(n_past: int) -> SVG:
    torch.manual_seed(1)
    return build(ModelConfig(n_past=n_past)).eval()


def _clips(n_past: int, n: int) -> Tensor:
    """(n_past, n, C, H, W)."""
    clips = open_clips(DataConfig(digits="drawn"), split="test", image_width=64, channels=1, n_frames=n_past, seed=1)
    return to_float(clips.batch(range(n)))


if __name__ == "__main__":
    main()
