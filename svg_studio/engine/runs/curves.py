"""Reads the losses of a run from metrics.jsonl while it grows, and keeps them short enough to draw."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from svg_studio.engine.events import CurvesRead, Events, Progressed
from svg_studio.engine.utils.json_file import is_count, object_in
from svg_studio.engine.utils.plain_file import open_plain

COLUMNS = ("mse", "kld", "loss")  # as a line names them; the third is shown as total
SHOWN = ("mse", "kld", "total")
MAX_POINTS = 2_000  # of a curve
CHUNK = 1 << 20  # bytes read at once; a longer line is passed over
MAX_LOST = 64 << 20  # bytes of one line, after which all that is there is passed over: a disk may leave gigabytes of zeros
PREVIEW = re.compile(r"sample_(0|[1-9][0-9]{0,15})\.gif")
# As log.txt says it, where alone version 0.1 kept it.
TEST = re.compile(rb"epoch \d+: step (\d+), test mse ([-+.\w]+), test kld ([-+.\w]+)\s*$")


class Followed:
    """One run whose curves are followed; `advance` reads what was added since. Belongs to one thread at a time."""

    def __init__(self, run: Path, most_points: int = MAX_POINTS) -> None:
        self.run = run
        self._metrics = Tail(run / "metrics.jsonl")
        self._test_lines = Tail(run / "tests.jsonl")
        self._log = Tail(run / "log.txt")
        self._means = Means(2 + len(COLUMNS), most_points)
        self._tests: dict[int, tuple[int, float, float]] = {}
        self.changed = True  # since `curves` was last asked for

    def advance(self) -> bool:
        """Reads on by one chunk of each file; whether there may be more."""
        lines = self._metrics.read()
        if self._metrics.restarted:  # cut back to a checkpoint, or written anew
            self._means.clear()
            self.changed = True
        for line in lines:
            if (found := _numbers(line, ("seconds", *COLUMNS))) is not None:
                self._means.add(found)
                self.changed = True
        for line in self._log.read():
            if match := TEST.search(line):
                self._add_test(match[1][:16], match[2], match[3])
        for line in self._test_lines.read():
            if (values := _numbers(line, ("test_mse", "test_kld"))) is not None:
                self._add_test(*values)
        return self._metrics.more or self._test_lines.more or self._log.more

    def curves(self) -> CurvesRead:
        """All there is so far."""
        self.changed = False
        table = self._means.table()
        last = table[0, -1] if table.shape[1] else 0.0
        tests = tuple(self._tests[step] for step in sorted(self._tests) if step <= last)
        columns = {name: _fixed(table[2 + n]) for n, name in enumerate(SHOWN)}
        return CurvesRead(self.run, _fixed(table[0]), _fixed(table[1]), columns, tests, _previews(self.run, last))

    def _add_test(self, step: float | bytes, mse: float | bytes, kld: float | bytes) -> None:
        try:
            self._tests[int(step)] = (int(step), float(mse), float(kld))  # a run resumed tests the same step again
            self.changed = True
        except ValueError:
            return


def _previews(run: Path, last: float) -> tuple[tuple[int, Path], ...]:
    """Those that were made up to the step `last`."""
    try:
        names = [entry.name for entry in os.scandir(run / "previews") if entry.is_file()]
    except OSError:
        return ()
    steps = sorted(int(match[1]) for name in names if (match := PREVIEW.fullmatch(name)))
    return tuple((step, run / "previews" / f"sample_{step}.gif") for step in steps if step <= last)


def follow(runs: Sequence[Followed]) -> Events:
    """Says the curves of every run that has grown, when it has been read to its end."""
    for number, run in enumerate(runs):
        while run.advance():
            yield Progressed(number, len(runs), "runs", "Reading curves")
        if run.changed:
            yield run.curves()


def read_curves(folder: Path, most_points: int = MAX_POINTS) -> CurvesRead:
    """The curves of a run from first to last, at most `most_points` points."""
    run = Followed(folder, most_points)
    while run.advance():
        pass
    return run.curves()


class Tail:
    """The whole lines that a growing file has got since it was last read; what follows the last line's end waits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.more = False  # whether the last reading stopped before the file's end
        self.restarted = False  # whether the last reading began at the beginning again
        self._place = 0  # of the first byte that is in no whole line yet
        self._file = 0  # its number on the disk, which changes when another takes its name
        self._lost = 0  # bytes passed over of a line that is too long

    def read(self) -> list[bytes]:
        """At most CHUNK bytes of lines. A file that cannot be read has none."""
        self.more = self.restarted = False
        try:
            found = self.path.stat()
            if found.st_size < self._place or (self._file and found.st_ino != self._file):
                self._place, self._lost, self.restarted = 0, 0, True
            self._file = found.st_ino
            if found.st_size <= self._place:
                return []
            with open_plain(self.path) as file:
                file.seek(self._place)
                chunk = file.read(CHUNK)
        except OSError:
            return []
        end, full = chunk.rfind(b"\n") + 1, len(chunk) == CHUNK
        if full and not end:
            self._place, self._lost, self.more = self._place + len(chunk), self._lost + len(chunk), True
            if self._lost >= MAX_LOST:
                self._place, self.more = found.st_size, False
            return []
        lines = chunk[:end].split(b"\n")[:-1]
        if self._lost and lines:
            lines, self._lost = lines[1:], 0
        self._place += end
        self.more = full
        return lines


class Means:
    """Rows of numbers averaged by 1, 2, 4, … so that there are never more than `most`; the first number of a mean is its last."""

    def __init__(self, width: int, most: int) -> None:
        self._most = max(most // 2 * 2, 2)  # even, so that means can be merged in pairs
        self._width = width
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._per = 1  # rows in a mean
        self._whole: npt.NDArray[np.float64] = np.empty((self._width, self._most))
        self._n = 0  # whole means
        self._open: list[Sequence[float]] = []  # rows that are to become the next one

    def add(self, row: Sequence[float]) -> None:
        """A row whose first number, the step, is greater than that of the row before; going back forgets what came after."""
        if self._last() >= row[0]:
            self._go_back(row[0])
        self._open.append(row)
        if len(self._open) == self._per:
            self._whole[:, self._n] = _mean(self._open)
            self._n += 1
            self._open = []
            if self._n == self._most:
                self._halve()

    def table(self) -> npt.NDArray[np.float64]:
        """`(width, n)`, the rows that make no whole mean yet as one more."""
        rest = [_mean(self._open)[:, None]] if self._open else []
        return np.concatenate([self._whole[:, : self._n], *rest], axis=1)

    def _halve(self) -> None:
        pairs = self._whole.reshape(self._width, -1, 2)
        self._n = self._most // 2
        with np.errstate(all="ignore"):  # a run that diverges has infinities and NaNs
            self._whole[:, : self._n] = np.concatenate([pairs[:2, :, 1], pairs[2:].mean(axis=2)])
        self._per *= 2

    def _last(self) -> float:
        if self._open:
            return self._open[-1][0]
        return float(self._whole[0, self._n - 1]) if self._n else -math.inf

    def _go_back(self, step: float) -> None:
        self._open = [row for row in self._open if row[0] < step]
        self._n = int(np.searchsorted(self._whole[0, : self._n], step))


def _mean(rows: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
    """Step and seconds of the last row, the mean of everything else."""
    table = np.asarray(rows, dtype=np.float64)
    with np.errstate(all="ignore"):
        result: npt.NDArray[np.float64] = table.mean(axis=0)
    result[:2] = table[-1, :2]
    return result


def _numbers(line: bytes, names: Sequence[str]) -> tuple[float, ...] | None:
    """The step of a line of metrics.jsonl or tests.jsonl and its numbers called `names`, or None where it says no step."""
    found = object_in(line)
    try:
        return (float(found["step"]), *(float(found[name]) for name in names)) if is_count(found["step"]) else None
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _fixed(column: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    copy = column.copy()
    copy.setflags(write=False)
    return copy
