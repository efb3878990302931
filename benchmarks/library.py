"""Measures how long 1,000 run folders take to list, the first time and again: `python -m benchmarks.library`."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.events import RunRow, RunsListed
from svg_studio.engine.runs.curves import read_curves
from svg_studio.engine.runs.library import scan
from svg_studio.engine.runs.state import Best, RunState

GOAL_S = 1.0
PREVIEWS = 10  # of each kind, in every run
LONG = 300_000  # steps of one run whose curves are read


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    opt = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(opt.runs):
            make_run(folder / f"run-{number:04}", number)
        listed, seconds = timed(folder)
        print(f"{len(listed)} runs listed in {seconds:.2f} s; goal {GOAL_S:g} s: {'met' if seconds < GOAL_S else 'MISSED'}")
        again, seconds = timed(folder, listed)
        print(f"{len(again)} runs listed again in {seconds:.3f} s")
        with (folder / "run-0000" / "metrics.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(line(step) for step in range(1, LONG + 1))
        begun = time.perf_counter()
        curves = read_curves(folder / "run-0000")
        print(f"{LONG:,} steps read in {time.perf_counter() - begun:.2f} s, as {len(curves.steps):,} points")


def timed(folder: Path, known: Sequence[RunRow] = ()) -> tuple[tuple[RunRow, ...], float]:
    """What is listed, and the seconds that took."""
    begun = time.perf_counter()
    listed = [event for event in scan(folder, known) if isinstance(event, RunsListed)]
    return listed[0].rows, time.perf_counter() - begun


def make_run(folder: Path, number: int) -> None:
    """A run as training leaves it, but for the size of its files."""
    model = ModelConfig(prior="fixed" if number % 3 else "learned", z_dim=4 + number % 5)
    config = TrainConfig(model=model, data=DataConfig(digits="drawn"), niter=10, epoch_size=10, name=folder.name)
    for inner in ("checkpoints", "previews"):
        (folder / inner).mkdir(parents=True)
    (folder / "config.json").write_text(config.to_json(), encoding="utf-8")
    (folder / "metrics.jsonl").write_text("".join(line(step) for step in range(1, 101)), encoding="utf-8")
    (folder / "log.txt").write_text("2026-01-01 12:00:00  epoch 0: step 10, test mse 0.100000, test kld 1.0000\n", encoding="utf-8")
    (folder / "about.json").write_text(json.dumps({"tags": ["tried"], "notes": "a note"}), encoding="utf-8")
    for name in ("last", "best"):
        (folder / "checkpoints" / f"{name}.pt").write_bytes(bytes(100))
    for preview in range(PREVIEWS):
        for name in (f"sample_{preview}.png", f"sample_{preview}.gif", f"rec_{preview}.png"):
            (folder / "previews" / name).write_bytes(bytes(100))
    state = ("finished", "stopped", "failed")[number % 3]
    RunState(state=state, step=100, steps=100, best=Best(10, 0.1, 0.2), started=float(number), updated=number + 1.0).write(folder)


def line(step: int) -> str:
    """What training writes of a step."""
    figures = {"loss": 1 / step, "mse": 0.9 / step, "kld": 100 / step, "frames_per_s": 100.0, "seconds": float(step)}
    return json.dumps({"step": step, "epoch": step // 10, **figures}) + "\n"


if __name__ == "__main__":
    main()
