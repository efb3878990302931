"""Draws the loss curves of both schedules from the same weights, clips and noise; part of `benchmarks.training`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.training_sides import PER_FRAME, Side
from svg_studio.engine.config import TrainConfig
from svg_studio.engine.evaluation.figure import COLOURS, Panel, Series, figure

LAST = 50  # steps whose mean stands for the end of a curve
SMOOTH = 15  # steps that a point is the mean of, so that the eye sees more than the batches' own scatter


def draw(out: Path, config: TrainConfig, steps: int, seeds: int) -> Iterator[str]:
    """Trains both schedules from `seeds` seeds and writes a picture of mse and kld, and beside it the numbers as NPZ.

    Yields sentences: what is drawn, and how the ends of the curves lie to each other.
    """
    curves = {PER_FRAME: np.empty((seeds, steps, 2)), "fp32": np.empty((seeds, steps, 2))}
    for seed in range(seeds):
        for schedule, taken in curves.items():
            with Side(schedule, replace(config, seed=seed + 1, precision="fp32")) as side:
                for step in tqdm(range(steps), f"{schedule}, seed {seed + 1}"):
                    taken[seed, step] = side.steps(1)[1][0]
    names = {PER_FRAME: "per-frame schedule", "fp32": "ours: all frames at once"}
    lines = dict(zip(curves, (COLOURS[1], COLOURS[0]), strict=True))
    panels = []
    for which, title in enumerate(("mse", "kld")):
        drawn = []
        for schedule, colour in lines.items():
            smooth = np.stack([np.convolve(run[:, which], np.ones(SMOOTH) / SMOOTH, "valid") for run in curves[schedule]])
            dash = "dashed" if schedule == PER_FRAME else "solid"
            drawn.append(Series(smooth.mean(0).tolist(), ((smooth.max(0) - smooth.min(0)) / 2).tolist(), colour, dash))
        panels.append(Panel(title, drawn, f"mean of {SMOOTH} steps; band: half the range over {seeds} seeds"))
    legend = [(names[s], Series((), (), c, "dashed" if s == PER_FRAME else "solid")) for s, c in lines.items()]
    picture = figure(panels, legend, x0=SMOOTH, x_label="step")
    from PIL import Image

    Image.fromarray(np.asarray(picture)).save(out)
    yield f"{out} shows {steps} steps of each schedule from {seeds} seeds, {config.batch_size} clips in each"
    for which, title in enumerate(("mse", "kld")):
        for schedule, name in names.items():
            ends = curves[schedule][:, -LAST:, which].mean(1)  # one a seed
            yield f"{title} of the last {LAST} steps, {name}: mean {ends.mean():.5f}, seeds {ends.min():.5f} to {ends.max():.5f}"
    np.savez_compressed(out.with_suffix(".npz"), **{s.replace(" ", "_"): c for s, c in curves.items()})
