"""Checkpoints: dicts of state_dicts and plain data, written whole or not at all, and read without executing anything.

Other files are passed to original/convert.py, which reads the checkpoints of the SVG authors' scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from svg_studio.engine.checkpoints.original import convert, torch_file
from svg_studio.engine.checkpoints.original.other_files import what_it_is
from svg_studio.engine.checkpoints.original.safe_unpickler import Unreadable
from svg_studio.engine.checkpoints.original.weights import PARTS
from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.errors import CheckpointError, StudioError
from svg_studio.engine.models.registry import skeleton
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.utils.files import replacing
from svg_studio.engine.utils.plain_file import open_plain

FORMAT = "svg-studio checkpoint"
VERSION = 1
SUFFIXES = (".pt", ".pth")  # ours and the authors'


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint file holds, on the CPU."""

    path: Path
    config: TrainConfig
    step: int
    weights: dict[str, dict[str, Tensor]]  # part → state_dict
    optimizer: dict[str, Any] | None
    random: dict[str, Any] | None  # states of the random generators
    progress: dict[str, Any]  # of a run: the best epoch's end, epochs that were tested and kept, seconds of training
    notes: str

    def model(self, device: str | torch.device = "cpu") -> SVG:
        """The model, in evaluation mode. Raises CheckpointError where weights and config do not fit each other."""
        try:
            model = skeleton(self.config.model)
        except StudioError as error:
            raise CheckpointError(f"{self.path}: {error}") from error
        for part in PARTS:
            try:
                getattr(model, part).load_state_dict(self.weights.get(part, {}), strict=True, assign=True)
            except (RuntimeError, AttributeError, TypeError) as error:
                raise CheckpointError(
                    f"{self.path}: the weights of its {part} do not fit its own settings; the file is damaged"
                ) from error
        if any(not p.is_floating_point() for p in model.parameters()):
            raise CheckpointError(f"{self.path}: its weights are not real numbers; the file is damaged")
        return model.float().to(device).eval()


def save(
    path: Path,
    model: SVG,
    config: TrainConfig,
    step: int,
    *,
    optimizer: torch.optim.Optimizer | None = None,
    random: Mapping[str, Any] | None = None,
    progress: Mapping[str, Any] | None = None,
    notes: str = "",
    overwrite: bool = True,
) -> None:
    """Writes a checkpoint. Raises CheckpointError if the disk does not take it; the previous file of that name stays then."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "config": config.to_dict(),
        "step": step,
        "model": {part: getattr(model, part).state_dict() for part in PARTS},
        "optimizer": optimizer.state_dict() if optimizer else None,
        "random": dict(random) if random else None,
        "progress": dict(progress or {}),
        "notes": notes,
    }
    try:
        path.parent.mkdir(exist_ok=True)  # not that of a run that has been moved away
        with replacing(path, overwrite=overwrite, error=CheckpointError) as part:
            torch.save(content, part)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be written ({error.strerror or error}); choose another folder") from error
    except RuntimeError as error:  # what torch's zip writer makes of a full disk, in words about its own code
        raise CheckpointError(f"{path}: cannot be written, the disk seems full; free space or choose another folder") from error


def load(path: str | Path, given: Mapping[str, Any] | None = None) -> Checkpoint:
    """Reads a checkpoint, the program's own, the authors' or another of SVG's weights, or the newest one of a run folder.

    given: the original's options by name, for what another's file does not say. Raises CheckpointError with the reason and the
    remedy.
    """
    path = find(Path(path))
    if not is_ours(path):
        config, theirs, notes = convert.read(path, dict(given or {}))
        return Checkpoint(path, config, 0, theirs, None, None, {}, notes)
    try:
        content = torch_file.read_values(path)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error})") from error
    except Unreadable as error:
        raise CheckpointError(f"{path}: is no SVG Studio checkpoint, or is damaged: it {error}; choose another file") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(f"{path}: is no SVG Studio checkpoint; choose a .pt file that training has written")
    if content.get("version") != VERSION:
        version = repr(content.get("version"))[:40]
        raise CheckpointError(f"{path}: was written by another version of SVG Studio ({version}); update the program")
    weights, step = content.get("model"), content.get("step")
    if weights is None or not _is_weights(weights) or not isinstance(step, int):
        raise CheckpointError(f"{path}: has no usable weights; the file is damaged")
    if bad := next((f"{part}.{name}" for part, held in weights.items() for name, v in held.items() if not _is_finite(v)), ""):
        raise CheckpointError(f"{path}: has a weight that is no finite number, in {bad[:100]}; choose an earlier checkpoint")
    try:
        config = TrainConfig.from_dict(content.get("config", {}))
    except ConfigError as error:
        raise CheckpointError(f"{path}: its settings are not usable ({error})") from error
    random = content.get("random")
    progress = content.get("progress", random)  # versions before 0.2 kept both in one dict
    progress = progress if isinstance(progress, dict) else {}
    return Checkpoint(path, config, step, weights, content.get("optimizer"), random, progress, str(content.get("notes") or ""))


def is_ours(path: Path) -> bool:
    """Whether a file of torch.save names this program's format; it may be damaged. Raises CheckpointError for no such file."""
    try:
        if not (kind := torch_file.kind(path)):
            raise CheckpointError(f"{path}: is no checkpoint: it {what_it_is(path)}")
        if kind == "legacy":
            return False
        with open_plain(path) as file, torch_file.zip_members(file) as members:
            return FORMAT.encode() in members.pickle()
    except Unreadable as error:
        raise CheckpointError(f"{path}: {error}; choose another file") from error
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: there is no such file; choose a checkpoint such as RUN/checkpoints/last.pt") from error
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error})") from error


def find(path: Path) -> Path:
    """The checkpoint that a file stands for, or the newest one of a run folder or a checkpoints folder."""
    if not path.is_dir():
        return path
    if not (found := candidates(path)):
        raise CheckpointError(f"{path}: holds no checkpoint; choose a run folder that has some, or a .pt or .pth file")
    return found[0]


def candidates(path: Path) -> list[Path]:
    """The checkpoints in a run folder or a checkpoints folder, newest first.

    A run's `last.pt` comes first whatever the files' times are, for these are lost when a folder is copied.
    """
    files = (f for folder in (path / "checkpoints", path) for suffix in SUFFIXES for f in folder.glob(f"*{suffix}"))
    found = [f for f in files if not f.name.startswith(".")]
    return sorted(found, key=lambda file: (file.name == "last.pt", _changed(file)), reverse=True)


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:  # a link that leads nowhere, which `load` tells of
        return 0


def load_model(path: str | Path, device: str | torch.device = "cpu") -> SVG:
    """The model of a checkpoint, in evaluation mode."""
    return load(path).model(device)


def _is_finite(weight: Tensor) -> bool:
    return not weight.is_floating_point() or bool(weight.isfinite().all())


def _is_weights(weights: object) -> bool:
    return isinstance(weights, dict) and all(
        isinstance(part, dict) and all(isinstance(v, Tensor) for v in part.values()) for part in weights.values()
    )
