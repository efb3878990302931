"""Opens the checkpoints that an evaluation compares, names them, and warns where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import torch

from svg_studio.engine.checkpoints.checkpoint import Checkpoint
from svg_studio.engine.checkpoints.model_cache import open_model
from svg_studio.engine.config import DataConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Logged, ModelListed
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.utils.plain_file import open_plain


@dataclass(frozen=True)
class Subject:
    """A checkpoint that is evaluated."""

    listed: ModelListed
    found: Checkpoint
    model: SVG
    sha256: str


def open_subjects(paths: Sequence[str], device: torch.device, *, batch_stats: bool) -> list[Subject]:
    """The checkpoints under names of their own. Raises CheckpointError, and StudioError for models of different frames."""
    subjects: list[Subject] = []
    for path in paths:
        opened = open_model(path, device, batch_stats=batch_stats)
        found = opened.found
        shape, name = found.config.model, _name(found.path)
        taken = {s.listed.name for s in subjects}
        name = next(n for n in (name, *(f"{name} ({k})" for k in range(2, 99))) if n not in taken)
        if subjects:
            first = subjects[0].found
            ours, theirs = ((m.image_width, m.channels) for m in (shape, first.config.model))
            if ours != theirs:
                raise StudioError(
                    f"{found.path}: takes frames of {ours[0]} px with {ours[1]} channels, {first.path} {theirs[0]} px with "
                    f"{theirs[1]}; evaluate them one by one"
                )
        with open_plain(found.path) as file:
            fingerprint = file_digest(file, "sha256").hexdigest()
        listed = ModelListed(name, found.path, found.step, opened.parameters, shape.n_past, shape.prior)
        subjects.append(Subject(listed, found, opened.model, fingerprint))
    return subjects


def _name(path: Path) -> str:
    """What plots call a checkpoint: its file's name, and before it that of its run where there is one."""
    folder = path.absolute().parent
    if folder.name == "checkpoints":
        return f"{folder.parent.name} {path.stem}"
    return f"{folder.name} model" if path.name == "model.pth" else path.stem  # as the authors' scripts call every checkpoint


def differences(subjects: list[Subject], n_past: int, data: DataConfig | None) -> Iterator[Logged]:
    """Warns of models that were trained for something else."""
    clips = data or subjects[0].found.config.data
    for subject in subjects:
        name, trained = subject.listed.name, subject.found.config
        if trained.model.n_past != n_past:
            yield Logged(f"{name} was trained with n_past={trained.model.n_past} and is given {n_past} frames", "warning")
        other = [k for k, v in trained.data.to_dict().items() if k != "data_root" and v != clips.to_dict()[k]]
        if other:
            yield Logged(f"{name} was trained on other data than it is evaluated on ({', '.join(other)})", "warning")
