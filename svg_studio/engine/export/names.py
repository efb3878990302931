"""Suggests names for files that are written, and finds ones that are free."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.events import Events, TargetSeen
from svg_studio.engine.export.registry import target
from svg_studio.engine.utils.file_names import is_portable, portable

NO_NAME = "futures"


def suggested(*parts: str) -> str:
    """What is told of a file, such as ("demo", "test", "0", "seed-1"), as its name without a suffix: "demo-test-0-seed-1"."""
    name = "-".join(kept for part in parts if (kept := portable(part)))
    return name if name and is_portable(name) else NO_NAME


def look(config: ExportConfig) -> Events:
    """Whether the file to write is there already, and the first name like it that is free: TargetSeen. Raises ExportError."""
    path = target(config)
    yield TargetSeen(path, path.exists(), free(path))


def free(path: Path) -> Path:
    """`path`, or where it is taken the first of name-2, name-3, … that is not."""
    if not path.exists():
        return path
    return next(other for n in count(2) if not (other := path.with_name(f"{path.stem}-{n}{path.suffix}")).exists())
