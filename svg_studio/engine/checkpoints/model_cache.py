"""Opens models for sampling, with BatchNorm folded in, and keeps the last ones in memory."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.checkpoints.checkpoint import Checkpoint
from svg_studio.engine.models.fuse_batchnorm import folded
from svg_studio.engine.models.registry import count_parameters
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.utils.plain_file import open_plain

KEPT_MODELS = 2
_Key = tuple[str, int, int, str, bool]  # path, time and size of the file, device, whether BatchNorm is there


@dataclass(frozen=True)
class OpenedModel:
    """A checkpoint without its tensors, and its model on a device, in evaluation mode."""

    found: Checkpoint
    model: SVG
    parameters: int
    sha256: str  # of the file


# For each lane its own: a model that two threads run at once would be changed under their hands. Not threading.local, which
# frees tensors while Qt's thread is ending, when torch cannot do so any more.
_kept: dict[int, OrderedDict[_Key, OpenedModel]] = {}


def open_model(path: str | Path, device: torch.device, *, batch_stats: bool = False) -> OpenedModel:
    """The model of a checkpoint; the last ones are kept in memory until their file changes. Raises CheckpointError.

    Its BatchNorm is folded into the convolutions, unless `batch_stats` says that a batch's own statistics will be wanted.
    """
    file = checkpoint.find(Path(path).expanduser())
    try:
        stat = file.stat()
    except OSError:
        stat = None
    key = (str(file), stat.st_mtime_ns if stat else 0, stat.st_size if stat else 0, str(device), batch_stats)
    models = _kept.setdefault(threading.get_ident(), OrderedDict())
    if key not in models:
        found = checkpoint.load(file)
        trained = found.model(device)
        models[key] = OpenedModel(
            replace(found, weights={}, optimizer=None, random=None),
            trained if batch_stats else folded(trained),
            count_parameters(trained),
            _sha256(file),
        )
    models.move_to_end(key)
    while len(models) > KEPT_MODELS:
        models.popitem(last=False)
    return models[key]


def _sha256(file: Path) -> str:
    with open_plain(file) as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
