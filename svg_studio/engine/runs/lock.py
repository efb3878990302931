"""The lock that lets only one process write a run folder, and says which one holds it."""

from __future__ import annotations

from pathlib import Path

from svg_studio.engine.utils import workplace
from svg_studio.engine.utils.workplace import Workplace

NAME = "run.lock"


class RunLock(Workplace):
    """Held from construction to `release`. Raises Busy, naming host and process, where another one holds it; else as Workplace.

    The file stays: the list of runs looks whether it is held.
    """

    def __init__(self, folder: Path, *, tries: int = workplace.TRIES) -> None:
        remedy = "stop it there first, or watch it on the Runs page"
        super().__init__(folder / NAME, folder, "training this run", remedy, tries=tries, stays=True)


def is_held(folder: Path) -> bool:
    """Whether a process that shares this file system's locks writes the run; False where that cannot be told."""
    return workplace.is_held(folder / NAME)
