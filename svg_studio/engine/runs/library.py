"""Lists the runs of a log folder from their small files alone, changing none of them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Events, Progressed, RunRow, RunsListed
from svg_studio.engine.runs.state import RunState, is_live
from svg_studio.engine.utils.files import is_own_folder
from svg_studio.engine.utils.json_file import is_count, object_in, read_json
from svg_studio.engine.utils.plain_file import open_plain

TRASH = ".trash"
MAX_BYTES = 1_000_000  # of a file that is read whole; a config has 3 kB
MAX_FILES = 20_000  # of a run that are looked at for its size
TAIL = 4_096  # bytes of metrics.jsonl, of which a line has some 150
PAUSE_EVERY = 100  # runs, after which a scan can be stopped
SUFFIXES = (".pt", ".pth")
MARKS = ("config.json", "state.json", "metrics.jsonl", "checkpoints")  # a folder with any of these is a run
WATCHED = ("config.json", "state.json", "about.json", "metrics.jsonl", "checkpoints", "previews")
UNDER_WAY = ("running", "paused")
# What a row has of the run's state as it is there.
COPIED = ("step", "seconds", "frames_per_s", "started", "updated", "host", "device", "precision", "parameters")


def scan(log_dir: str | Path, known: Sequence[RunRow] = ()) -> Events:
    """Says the runs of a log folder. `known` is what was said before: runs whose files are as they were are not read again.

    A run that cannot be understood is listed as damaged. Raises StudioError where the log folder itself cannot be read.
    """
    folder = Path(log_dir).expanduser()
    before = {row.path: row for row in known}
    rows = []
    names = _names(folder)
    for number, name in enumerate(names):
        if number % PAUSE_EVERY == PAUSE_EVERY - 1:
            yield Progressed(number, len(names), "runs", "Looking for runs")
        path = folder / name
        if not _is_run(path):
            continue
        old = before.get(path)
        # A process may have died without a trace on disk, so what was under way is always read.
        fresh = old is None or old.state in UNDER_WAY or old.live or old.seen != signature(path)
        rows.append(read_row(path) if old is None or fresh else old)
    rows.sort(key=lambda row: row.started, reverse=True)
    yield RunsListed(folder, tuple(rows), tuple(trashed(folder)))


def read_row(folder: Path) -> RunRow:
    """What the small files of a run folder tell; whatever they hold, it is a row."""
    seen = signature(folder)
    state = RunState.read(folder)
    size, checkpoint = _size_and_checkpoint(folder)
    common: dict[str, Any] = {"size": size, "checkpoint": checkpoint, "seen": seen, "live": is_live(folder, state)}
    common |= _about(folder)
    try:
        config = _config(folder)
    except StudioError as error:
        return RunRow(folder, "damaged", str(error), started=_time(folder), **common)
    model, data = config["model"], config["data"]
    steps = config["niter"] * config["epoch_size"]
    common |= {"dataset": data.get("store") or data["dataset"], "config": config}
    common |= {"prior": model["prior"], "backbone": model["backbone"]}
    if state is None:
        return _without_state(folder, steps, common)
    if state.best:
        common |= {"best_mse": state.best.test_mse, "best_step": state.best.step}
    crashed = state.state in UNDER_WAY and not common["live"]
    common |= {name: getattr(state, name) for name in COPIED}
    return RunRow(folder, "crashed" if crashed else state.state, state.reason, steps=state.steps or steps, **common)


def read_config(folder: Path) -> TrainConfig:
    """The settings of a run, complete and valid. Raises StudioError naming the file."""
    path = folder / "config.json"
    try:
        return TrainConfig.from_dict(small_json(path))
    except ConfigError as error:
        raise StudioError(f"{path}: {next(iter(error.problems.values()))}; start a new run from a preset instead") from error


def trashed(log_dir: Path) -> Iterator[Path]:
    """The runs that were deleted and can still be brought back, newest first."""
    bin = log_dir / TRASH
    # Of a link nothing: what it leads to is no trash, and would be deleted.
    for stamp in sorted(_names(bin, hidden=True), reverse=True) if is_own_folder(bin) else ():
        for name in _names(bin / stamp) if is_own_folder(bin / stamp) else ():
            yield bin / stamp / name


def small_json(path: Path) -> dict[str, Any]:
    """A JSON object from one of a run's small files, without NaN. Raises StudioError that says what is wrong."""
    try:
        content = read_json(path, MAX_BYTES, parse_constant=_refuse)
    except FileNotFoundError as error:
        raise StudioError(f"{path}: is missing; put the run's own one there") from error
    except OSError as error:
        raise StudioError(f"{path}: cannot be read ({error.strerror}); put the run's own one there") from error
    except ValueError as error:
        raise StudioError(f"{path}: {error}; put the run's own one there") from error
    if not isinstance(content, dict):
        raise StudioError(f"{path}: holds no settings by name; put the run's own one there")
    return content


def signature(folder: Path) -> tuple[int, ...]:
    """Numbers that change when a run's files do."""
    numbers = []
    for name in WATCHED:
        try:
            found = os.stat(f"{folder}/{name}")  # noqa: PTH116  # half the time of Path's, a thousand times a second
            numbers += [found.st_mtime_ns, found.st_size]
        except OSError:
            numbers += [0, -1]
    return tuple(numbers)


def last_step(folder: Path) -> dict[str, Any]:
    """The last whole line of metrics.jsonl that says a step; empty where there is none."""
    path = folder / "metrics.jsonl"
    try:
        with open_plain(path) as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            lines = file.read(TAIL).split(b"\n")[:-1]
    except OSError:
        return {}
    return next((found for line in reversed(lines) if is_count((found := object_in(line)).get("step"))), {})


def _without_state(folder: Path, steps: int, common: dict[str, Any]) -> RunRow:
    """A run of a version that wrote no state.json."""
    last = last_step(folder)
    step = last.get("step", 0)
    state = "running" if common["live"] else "finished" if steps and step >= steps else "stopped"
    started, changed = _time(folder / "config.json"), _time(folder / "metrics.jsonl")
    common |= {name: _number(last.get(name)) for name in ("seconds", "frames_per_s")}
    return RunRow(folder, state, step=step, steps=steps, started=started, updated=changed or started, **common)


def _config(folder: Path) -> dict[str, Any]:
    """config.json as far as a list needs it; settings that this version does not know are no obstacle."""
    path = folder / "config.json"
    config = small_json(path)
    model, data = config.get("model"), config.get("data")
    if not isinstance(model, dict) or not isinstance(data, dict):
        raise StudioError(f"{path}: has no settings of model and data; put the run's own one there")
    words = {"dataset": data.get("dataset"), "prior": model.get("prior"), "backbone": model.get("backbone")}
    numbers = {name: config.get(name) for name in ("niter", "epoch_size")}
    for name, value in {**words, **numbers}.items():
        if not (isinstance(value, str) if name in words else is_count(value)):
            raise StudioError(f"{path}: {name} is not usable; put the run's own one there")
    if not isinstance(data.get("store", ""), str):
        raise StudioError(f"{path}: store is not usable; put the run's own one there")
    return config


def _about(folder: Path) -> dict[str, Any]:
    """Tags and notes. A damaged about.json costs these and nothing else."""
    with suppress(StudioError):
        about = small_json(folder / "about.json")
        tags, notes = about.get("tags"), about.get("notes")
        kept = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
        return {"tags": tuple(kept), "notes": notes if isinstance(notes, str) else ""}
    return {}


def _size_and_checkpoint(folder: Path) -> tuple[int, Path | None]:
    """Bytes of all files of a run, and its newest checkpoint. Links are neither followed nor counted."""
    size, newest = 0, (0, False, "")
    for entry in itertools.islice(_walk(str(folder), 3), MAX_FILES):
        with suppress(OSError):
            found = entry.stat(follow_symlinks=False)
            size += found.st_size
            is_checkpoint = entry.name.endswith(SUFFIXES) and not entry.name.startswith(".")
            if is_checkpoint and os.path.basename(os.path.dirname(entry.path)) == "checkpoints":  # noqa: PTH119, PTH120
                newest = max(newest, (found.st_mtime_ns, entry.name == "last.pt", entry.path))
    return size, Path(newest[2]) if newest[2] else None


def _walk(folder: str, depth: int) -> Iterator[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                yield entry
            elif depth > 1:
                yield from _walk(entry.path, depth - 1)


def _names(folder: Path, *, hidden: bool = False) -> list[str]:
    """Folders in `folder`, links to folders among them. Raises StudioError where it is none or cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return [e.name for e in entries if not (e.name.startswith(".") and not hidden) and _is_folder(e)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StudioError(f"{folder}: cannot be read ({error.strerror}); choose another log folder") from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _is_run(path: Path) -> bool:
    return any(os.path.lexists(f"{path}/{name}") for name in MARKS)


def _number(value: object) -> float:
    """A number of seconds or frames that makes sense, or 0."""
    return float(value) if isinstance(value, int | float) and 0 <= value < 2**53 else 0.0


def _time(path: Path) -> float:
    """When a file was changed, 0 where there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
