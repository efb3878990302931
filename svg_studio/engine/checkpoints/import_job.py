"""The `import` job: converts a checkpoint of the authors, or another of SVG's weights, into one of this program's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.errors import CheckpointError
from svg_studio.engine.events import Events, FileExported, Logged, Remedy


def import_file(source: str | Path, out: str | Path, *, replace: bool = False, given: Mapping[str, Any] | None = None) -> Events:
    """Writes `source`, or the one in that folder, to `out` as this program's; it may be the authors' or another of SVG's weights.

    given: the original's options by name, such as n_past, for what the file does not say or says otherwise. Raises
    CheckpointError, also where `out` exists and `replace` does not allow for it.
    """
    path, out = checkpoint.find(Path(source).expanduser()), Path(out).expanduser()
    if out.exists() and not replace:
        raise CheckpointError(f"{out} exists: choose another name or allow it to be replaced", Remedy(other=("out", "replace")))
    if checkpoint.is_ours(path):
        raise CheckpointError(f"{path}: is a checkpoint of SVG Studio already; open it as it is")
    found = checkpoint.load(path, given)
    yield Logged(found.notes)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CheckpointError(f"{out}: cannot be written ({error.strerror}); choose another folder") from error
    checkpoint.save(out, found.model(), found.config, found.step, notes=found.notes, overwrite=replace)
    yield FileExported(out, out.stat().st_size)
