"""Snapshots of a run: its weights alone at steps that grow by a factor, so that its futures can be seen to learn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from svg_studio.engine.events import Events, SnapshotsListed
from svg_studio.engine.utils.files import is_own_folder

FOLDER = "snapshots"  # below the run's checkpoints
_NAME = re.compile(r"step_(0|[1-9][0-9]{0,15})\.pt")


def steps(factor: float) -> Iterator[int]:
    """0, 1, and so on without end: each the one before times `factor`, rounded down, and one more at least; none for factor 0."""
    if factor:
        yield 0
        step = 1
        while True:
            yield step
            step = max(step + 1, int(step * factor))


def steps_up_to(factor: float, last: int) -> tuple[int, ...]:
    """The steps at which a run of `last` steps writes a snapshot."""
    return tuple(takewhile(lambda step: step <= last, steps(factor)))


def is_due(factor: float, step: int) -> bool:
    """Whether a snapshot belongs to the end of this step, which depends on nothing but these two."""
    return step in steps_up_to(factor, step)


def name_of(step: int) -> str:
    """Its file below the run's checkpoints, without the suffix."""
    return f"{FOLDER}/step_{step}"


def step_of(path: Path) -> int | None:
    """The step that a file's place says it is a snapshot of; None where it is none."""
    found = _NAME.fullmatch(path.name)
    return int(found[1]) if found and path.parent.name == FOLDER else None


def run_of_snapshot(path: Path) -> Path | None:
    """The run that the file is a snapshot of; None where it is none."""
    return path.parent.parent.parent if step_of(path) is not None else None


def snapshots(run: Path) -> tuple[tuple[int, Path], ...]:
    """The steps and files there are in the folder of a run, by step. Nothing where a link stands in the folder's place."""
    folder = run / "checkpoints" / FOLDER
    if not is_own_folder(folder):
        return ()
    with suppress(OSError):
        return tuple(sorted((step, path) for path in folder.iterdir() if (step := step_of(path)) is not None))
    return ()


def cut_back(run: Path, step: int) -> None:
    """Deletes those later than `step`, which are made again, as is the one of step 0 by a run that begins. Raises OSError."""
    for at, path in snapshots(run):
        if at > step or step == 0:
            path.unlink(missing_ok=True)


def list_snapshots(runs: Sequence[str | Path]) -> Events:
    """Says which snapshots each of the runs has."""
    for run in runs:
        path = Path(run).expanduser()
        yield SnapshotsListed(path, snapshots(path))
