"""The folder of one training run: config.json, metrics.jsonl, checkpoints, previews, log.txt; knows no model."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import StepFinished


class RunFolder:
    """A new run's folder, which it makes. Raises StudioError where it cannot be made or is there already."""

    def __init__(self, config: TrainConfig) -> None:
        name = config.name or _name(config)
        self.path = Path(config.log_dir).expanduser() / name
        try:
            if self.path.exists() and any(self.path.iterdir()):
                raise StudioError(f"{self.path}: a run of that name is there already; choose another name")
            for folder in (self.checkpoints, self.previews):
                folder.mkdir(parents=True, exist_ok=True)
            config.save(self.path / "config.json")
            self._metrics: TextIO = (self.path / "metrics.jsonl").open("a", encoding="utf-8", buffering=1)
            self._log: TextIO = (self.path / "log.txt").open("a", encoding="utf-8", buffering=1)
        except OSError as error:
            raise StudioError(f"{self.path}: cannot be written ({error.strerror}); choose another log folder") from error

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def previews(self) -> Path:
        return self.path / "previews"

    def record(self, step: StepFinished) -> None:
        """One line of metrics.jsonl."""
        self._metrics.write(json.dumps(asdict(step)) + "\n")

    def log(self, text: str) -> None:
        """One line of log.txt."""
        self._log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {text}\n")

    def close(self) -> None:
        self._metrics.close()
        self._log.close()


def _name(config: TrainConfig) -> str:
    """What data, which model, which prior, when; a number where two runs start in one second."""
    model, data = config.model, config.data
    what = f"{data.dataset}-{data.digits}{data.num_digits}" if data.dataset == "smmnist" else data.dataset
    prior = "lp" if model.prior == "learned" else "fp"
    base = f"{what}-{model.backbone}{model.image_width}-{prior}-{time.strftime('%Y%m%d-%H%M%S')}"
    folder, name, n = Path(config.log_dir).expanduser(), base, 2
    while (folder / name).exists():
        name, n = f"{base}-{n}", n + 1
    return name
