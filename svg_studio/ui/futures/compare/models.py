"""The models that are compared, in their order: files, and runs with the snapshots of their training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from svg_studio.engine.runs.snapshots import run_of_snapshot, step_of
from svg_studio.engine.utils.wording import count_of
from svg_studio.ui.futures.origin import model_name

MOST = 60  # rows


@dataclass(frozen=True)
class Model:
    """A row: a checkpoint, or a run, which stands for its newest checkpoint or, where it has some, for its `snapshots` by step."""

    path: Path
    snapshots: tuple[tuple[int, Path], ...] = ()

    def at(self, step: int) -> Path:
        """What to imagine with when training stood at `step`: the last snapshot by then, or the first one of all."""
        return max((s for s in self.snapshots if s[0] <= step), default=self.snapshots[0])[1] if self.snapshots else self.path

    @property
    def name(self) -> str:
        """Of its run, or of its file."""
        run = run_of_snapshot(self.path)
        return run.name if run is not None else model_name(self.path)

    @property
    def title(self) -> str:
        """As a list calls it."""
        step = step_of(self.path)
        if self.snapshots:
            return f"{self.name} · {count_of(len(self.snapshots), 'snapshot')}"
        return self.name if step is None else f"{self.name} · step {step:,}"


class Models:
    """The rows, each model once."""

    def __init__(self) -> None:
        self.rows: list[Model] = []

    def add(self, models: Iterable[Model]) -> str:
        """Appends what is not there yet; why some are left out, nothing where none is."""
        for model in models:
            if model.path in [row.path for row in self.rows]:
                continue
            if len(self.rows) == MOST:
                return f"{MOST} models are compared at most; take some off the list first."
            self.rows.append(model)
        return ""

    def move(self, row: int, places: int) -> int:
        """Moves a row and says where it is now."""
        to = row + places
        if 0 <= row < len(self.rows) and 0 <= to < len(self.rows):
            self.rows.insert(to, self.rows.pop(row))
            return to
        return row

    def spread_out(self, row: int) -> str:
        """Each snapshot of a run becomes a row, in the place of the one of them all; why not all do."""
        model = self.rows.pop(row)
        after, self.rows[row:] = self.rows[row:], []
        return self.add([*(Model(path) for _, path in model.snapshots), *after])

    @property
    def steps(self) -> list[int]:
        """All at which one of the runs has a snapshot."""
        return sorted({step for model in self.rows for step, _ in model.snapshots})

    def paths_at(self, step: int) -> list[Path]:
        """What is shown in each row when training stood at `step`."""
        return [model.at(step) for model in self.rows]
