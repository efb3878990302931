"""The folder of one training run: config.json, metrics.jsonl, checkpoints, previews, log.txt; knows no model."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import StepFinished
from svg_studio.engine.writing import replacing


class RunFolder:
    """A run's folder: a new one, or with `resumed_at` the existing one `path`, its metrics cut back to that step.

    Raises StudioError where it cannot be written, and where a new run's name is taken.
    """

    def __init__(self, config: TrainConfig, path: Path | None = None, resumed_at: int = 0) -> None:
        self.path = path or Path(config.log_dir).expanduser() / (config.name or _name(config))
        try:
            if path is None and _holds_a_run(self.path):
                raise StudioError(f"{self.path}: a run of that name is there already; choose another name")
            for folder in (self.checkpoints, self.previews):
                folder.mkdir(parents=True, exist_ok=True)
            with replacing(self.path / "config.json") as part:
                part.write_text(config.to_json(), encoding="utf-8")
            if resumed_at:
                self._cut_back(resumed_at)
            self._metrics: TextIO = self._metrics_file.open("a" if resumed_at else "w", encoding="utf-8", buffering=1)
            self._log: TextIO = (self.path / "log.txt").open("a", encoding="utf-8", buffering=1)
        except OSError as error:
            raise StudioError(f"{self.path}: cannot be written ({error.strerror}); choose another log folder") from error

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def previews(self) -> Path:
        return self.path / "previews"

    @property
    def _metrics_file(self) -> Path:
        return self.path / "metrics.jsonl"

    def record(self, step: StepFinished) -> None:
        """One line of metrics.jsonl. Raises StudioError where the disk does not take it."""
        self._write(self._metrics, json.dumps(asdict(step)))

    def log(self, text: str) -> None:
        """One line of log.txt. Raises StudioError where the disk does not take it."""
        self._write(self._log, f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {text}")

    def close(self) -> None:
        for file in (self._metrics, self._log):
            with contextlib.suppress(OSError):  # what could not be written was said when it was tried
                file.close()

    def _write(self, file: TextIO, line: str) -> None:
        try:
            file.write(line + "\n")
        except OSError as error:
            raise StudioError(f"{file.name}: cannot be written ({error.strerror}); free space, then go on with --resume") from error

    def _cut_back(self, step: int) -> None:
        """Leaves the metrics of steps 1..step, so that the steps made again are not there twice."""
        kept = []
        for line in self._metrics_file.read_text(encoding="utf-8").splitlines() if self._metrics_file.is_file() else []:
            with contextlib.suppress(ValueError, KeyError, TypeError):  # a torn last line
                if json.loads(line)["step"] <= step:
                    kept.append(line + "\n")
        with replacing(self._metrics_file) as part:
            part.write_text("".join(kept), encoding="utf-8")


def _holds_a_run(folder: Path) -> bool:
    """Whether anything was learned there, or it holds what is no run's; a start that failed leaves its name free."""
    if not folder.exists():
        return False
    ours = {"config.json", "metrics.jsonl", "log.txt", "checkpoints", "previews"}
    foreign = any(entry.name not in ours for entry in folder.iterdir())
    metrics = folder / "metrics.jsonl"
    return foreign or any((folder / "checkpoints").glob("*.pt")) or (metrics.is_file() and metrics.stat().st_size > 0)


def _name(config: TrainConfig) -> str:
    """What data, which model, which prior, when; a number where two runs start in one second."""
    model, data = config.model, config.data
    what = f"{data.dataset}-{data.digits}{data.num_digits}" if data.dataset == "smmnist" else data.store or data.dataset
    prior = "lp" if model.prior == "learned" else "fp"
    base = f"{what}-{model.backbone}{model.image_width}-{prior}-{time.strftime('%Y%m%d-%H%M%S')}"
    folder, name, n = Path(config.log_dir).expanduser(), base, 2
    while (folder / name).exists():
        name, n = f"{base}-{n}", n + 1
    return name
