"""Names of run folders: new ones, free ones, and those that are taken."""

from __future__ import annotations

import os
import time
from pathlib import Path

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.models.registry import prior_of
from svg_studio.engine.runs.lock import NAME as LOCK
from svg_studio.engine.runs.snapshots import run_of_snapshot

# All that a run whose start failed may have left behind.
OURS = {"config.json", "metrics.jsonl", "tests.jsonl", "log.txt", "checkpoints", "previews", "state.json", "run.lock"}


def run_of(resume: str) -> Path:
    """The run folder that is named, itself or by one of its checkpoints."""
    path = Path(resume).expanduser()
    if path.is_file() and (run := run_of_snapshot(path)) is not None:
        return run
    return path.parent.parent if path.is_file() else path


def holds_a_run(folder: Path) -> bool:
    """Whether anything was learned there, or it holds what is no run's; a start that failed leaves its name free."""
    if not folder.exists():
        return False
    names = {entry.name for entry in folder.iterdir() if not entry.name.endswith(".part")}
    foreign = bool(names - OURS) or (bool(names) and LOCK not in names)  # which every start of a run makes first
    metrics = folder / "metrics.jsonl"
    return foreign or any((folder / "checkpoints").glob("*.pt")) or (metrics.is_file() and metrics.stat().st_size > 0)


def free(path: Path) -> Path:
    """`path`, or the same with a number where that is taken."""
    free, n = path, 2
    while os.path.lexists(free):
        free, n = path.with_name(f"{path.name}-{n}"), n + 1
    return free


def stem(config: TrainConfig) -> str:
    """What data, which model, which prior: the beginning of the name of a run that was given none."""
    model, data = config.model, config.data
    what = f"{data.dataset}-{data.digits}{data.num_digits}" if data.dataset == "smmnist" else data.store or data.dataset
    return f"{what}-{model.backbone}{model.image_width}-{prior_of(model).abbreviation}"


def fresh(config: TrainConfig) -> Path:
    """A new folder, named by the stem and when, with a number where two runs start in one second. Raises OSError."""
    base = f"{stem(config)}-{time.strftime('%Y%m%d-%H%M%S')}"
    path, n = Path(config.log_dir).expanduser() / base, 2
    while True:
        try:
            path.mkdir(parents=True)
            return path
        except FileExistsError:
            if not os.path.lexists(path):  # one of the folders above is a file
                raise
            path, n = path.with_name(f"{base}-{n}"), n + 1
