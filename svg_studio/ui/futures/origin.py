"""Says whose futures are on the wall: the model, clip and settings that they were made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from svg_studio.engine.config import ConfigError, DataConfig, FuturesConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import ModelOpened
from svg_studio.engine.runs.snapshots import step_of
from svg_studio.ui.converted_sets import DIGITS


@dataclass(frozen=True)
class Origin:
    """The model, and what was asked of it: its `config` is spelt out, so that two of them are equal where the futures are."""

    opened: ModelOpened
    config: FuturesConfig
    apart: bool = False  # its futures are told apart by more than the seeds of `config`

    @property
    def model(self) -> str:
        """As the bar names it."""
        return model_name(self.opened.path)

    @property
    def path(self) -> Path:
        """Of the checkpoint."""
        return self.opened.path

    @property
    def step(self) -> int:
        return self.opened.step

    @property
    def data(self) -> str:
        """The data set in words."""
        assert self.config.data is not None
        return data_title(self.config.data)

    @property
    def split(self) -> str:
        return self.config.split

    @property
    def index(self) -> int:
        return self.config.index

    @property
    def n_past(self) -> int:
        return self.config.n_past

    @property
    def n_future(self) -> int:
        return self.config.n_future

    @property
    def seeds(self) -> tuple[int, ...]:
        return self.config.seeds

    @property
    def facts(self) -> tuple[str, ...]:
        """What a page that is shared tells of these futures, as `name: value`; no folder of this machine is named."""
        model, config = self.opened.model, self.config
        sizes = ", ".join(f"{name} {model[name]}" for name in ("z_dim", "g_dim", "rnn_size", "beta") if name in model)
        names = " · ".join(str(model[name]) for name in ("backbone", "prior") if name in model)
        return (
            f"Model: {self.model}",
            f"Training step: {self.step:,}",
            *([f"Architecture: {names}{f' ({sizes})' if sizes else ''}"] if names else []),
            *([f"Checkpoint (SHA-256): {self.opened.sha256}"] if self.opened.sha256 else []),
            f"Clips: {self.data}",
            f"Clip: {self.split} {self.index}, seed of the clips {config.data_seed}",
            f"Frames given and imagined: {self.n_past} + {self.n_future}",
            f"Seeds on the wall: {self._which_seeds}",
        )

    @property
    def _which_seeds(self) -> str:
        return f"{self.seeds[0]}–{self.seeds[-1]}" if len(self.seeds) > 1 else str(self.seeds[0])

    @property
    def words(self) -> str:
        """Such as "demo.pt, step 500: Moving digits: drawn digits, test clip 17, 5 + 25 frames, seeds 1–16"."""
        which = f"{'seeds' if len(self.seeds) > 1 else 'seed'} {self._which_seeds}"
        if self.apart:
            which = f"{len(self.seeds)} futures of an export"
        clip = f"{self.data}, {self.split} clip {self.index}, {self.n_past} + {self.n_future} frames"
        return f"{self.model}, step {self.step:,}: {clip}, {which}"


def origin_of(opened: ModelOpened, config: FuturesConfig) -> Origin:
    """Of the futures that `config` asked for, once its model could be opened."""
    return Origin(opened, spelt_out(replace(config, model_path=str(opened.path)), opened.data))


def spelt_out(config: FuturesConfig, own: Mapping[str, Any]) -> FuturesConfig:
    """`config` with the clips named where it means the model's own, which `own` describes (a DataConfig as plain data).

    On which device they are made is no part of what futures are: the same ones come from another, up to its rounding.
    """
    return replace(config, data=config.data or own_data(own), device="auto", precision="auto")


def own_data(own: Mapping[str, Any]) -> DataConfig:
    """The clips a model was trained on, as far as it says."""
    try:
        return DataConfig.from_dict(own)
    except ConfigError:
        return DataConfig()


def model_name(path: Path) -> str:
    """The file's name, with that of its run where all files are called alike."""
    if path.name in ("last.pt", "best.pt") and path.parent.name == "checkpoints":
        return f"{path.parent.parent.name} · {path.stem}"  # <run>/checkpoints/last.pt
    if (step := step_of(path)) is not None:
        return f"{path.parent.parent.parent.name} · step {step:,}"  # <run>/checkpoints/snapshots/step_16.pt
    return path.name


def data_title(data: DataConfig) -> str:
    """What people call these clips."""
    of_digits = DIGITS.get(data.digits) if data.dataset == "smmnist" else None
    return of_digits or data.store or (DATASETS[data.dataset].title if data.dataset in DATASETS else data.dataset)
