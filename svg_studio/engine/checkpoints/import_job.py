"""The `import` job: converts one of the authors' checkpoints into one of this program's."""

from __future__ import annotations

from pathlib import Path

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.errors import CheckpointError
from svg_studio.engine.events import Events, FileExported, Logged, Remedy


def import_file(source: str | Path, out: str | Path, *, replace: bool = False) -> Events:
    """Reads the authors' checkpoint `source`, or the one in that folder, and writes it to `out` as this program's.

    Raises CheckpointError, also where `out` exists and `replace` does not allow for it.
    """
    path, out = checkpoint.find(Path(source).expanduser()), Path(out).expanduser()
    if out.exists() and not replace:
        raise CheckpointError(f"{out} exists: choose another name or allow it to be replaced", Remedy(other=("out", "replace")))
    if checkpoint.is_ours(path):
        raise CheckpointError(f"{path}: is a checkpoint of SVG Studio already; open it as it is")
    found = checkpoint.load(path)
    yield Logged(found.notes)
    checkpoint.save(out, found.model(), found.config, found.step, notes=found.notes, overwrite=replace)
    yield FileExported(out, out.stat().st_size)
