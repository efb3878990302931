"""Makes run folders by hand, as training leaves them."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.runs.state import Best, RunState


def metrics_line(step: int, **more: Any) -> str:
    """What training writes of a step: mse is 1/step, kld step, loss 2·step, seconds step/2."""
    figures = {"loss": 2.0 * step, "mse": 1 / step, "kld": float(step), "frames_per_s": 50.0, "seconds": step / 2}
    return json.dumps({"step": step, "epoch": 0, **figures, **more}) + "\n"


def make_run(
    log_dir: Path, name: str = "run", *, step: int = 5, checkpoint: bool = True, state: str | None = "stopped", **more: Any
) -> Path:
    """A run of 10 planned steps; `state` None: by a version that wrote no state.json. `more` goes into RunState."""
    folder = log_dir / name
    for inner in ("checkpoints", "previews"):
        (folder / inner).mkdir(parents=True)
    config = TrainConfig(
        model=ModelConfig(), data=DataConfig(digits="drawn"), niter=2, epoch_size=5, log_dir=str(log_dir), name=name
    )
    (folder / "config.json").write_text(config.to_json(), encoding="utf-8")
    (folder / "metrics.jsonl").write_text("".join(metrics_line(s) for s in range(1, step + 1)), encoding="utf-8")
    (folder / "log.txt").write_text("2026-01-01 12:00:00  epoch 0: step 5, test mse 0.250000, test kld 3.0000\n", encoding="utf-8")
    if checkpoint:
        (folder / "checkpoints" / "last.pt").write_bytes(bytes(1000))
    if state is not None:
        values = {"steps": 10, "best": Best(5, 0.25, 0.5), "host": platform.node(), "started": 1000.0, "updated": 2000.0}
        RunState(**{"state": state, "step": step, "seconds": 2.5, **values, **more}).write(folder)
    return folder
