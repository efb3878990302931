"""Changes runs on request: renames, tags and notes, into the trash and back."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Events, Logged, Progressed
from svg_studio.engine.runs.library import TRASH, trashed
from svg_studio.engine.runs.state import is_live
from svg_studio.engine.utils.file_names import is_portable
from svg_studio.engine.utils.files import own_folder, replacing

MAX_TAGS = 100
MAX_NAME = 255  # bytes of a folder's name, as most disks have it
MAX_CHARS = 100_000  # of notes, so that about.json stays one of the small files


def why_no_name(folder: Path, name: str) -> str:
    """Why the run in `folder` cannot be called `name`, a sentence; nothing where it can."""
    if not name:
        return "the name is empty; choose another name"
    try:
        TrainConfig(name=name)
    except ConfigError as error:
        return f"{error.problems['name'].removeprefix('name=')}; choose another name"
    if name.startswith(".") or name.endswith(".") or not name.isprintable():
        return f"{name!r}: a name has letters, and no dot at either end; choose another name"
    if not is_portable(name):
        return f"{name!r}: Windows has no such folder; choose another name"
    if (size := len(name.encode())) > MAX_NAME:
        return f"{name[:20]}…: has {size} bytes, and a folder's name at most {MAX_NAME}; choose a shorter name"
    if name != folder.name and os.path.lexists(folder.parent / name) and not _is_same(folder, folder.parent / name):
        return f"{name}: there is a run of that name already; choose another name"
    return ""


def rename(folder: Path, name: str) -> Path:
    """Gives a run another name, which is its folder's. Raises StudioError for a live run, a taken name and one that is none."""
    name = name.strip()
    if reason := why_no_name(folder, name):
        raise StudioError(reason)
    if name == folder.name:
        return folder
    _refuse_live(folder, "renamed")
    target = folder.parent / name
    _move(folder, target)
    return target


def describe(folder: Path, tags: Iterable[str], notes: str) -> None:
    """Writes about.json, a live run's too: nothing else writes it. Raises StudioError where the disk does not take it."""
    kept = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))[:MAX_TAGS]
    if not folder.is_dir():
        raise StudioError(f"{folder}: is not there any more; look at the list again")
    with replacing(folder / "about.json") as part:
        part.write_text(json.dumps({"tags": kept, "notes": notes[:MAX_CHARS]}, indent=2) + "\n", encoding="utf-8")


def trash(folder: Path) -> Path:
    """Puts a run into its log folder's trash, on the same disk, and says where it is now: give that to `restore`."""
    _refuse_live(folder, "deleted")
    place = folder.parent / TRASH / str(time.time_ns())  # a folder of its own, so that names cannot clash
    try:
        own_folder(place.parent)
        place.mkdir()
    except OSError as error:
        raise StudioError(f"{place.parent}: cannot be written ({error.strerror}); look at the folder's permissions") from error
    try:
        _move(folder, place / folder.name)
    except StudioError:
        with suppress(OSError):
            place.rmdir()
        raise
    return place / folder.name


def restore(place: Path) -> Path:
    """Brings a run back from the trash. Raises StudioError where its name has been taken meanwhile."""
    target = place.parent.parent.parent / place.name
    if os.path.lexists(target):
        raise StudioError(f"{place.name}: there is a run of that name again; rename that one first")
    _move(place, target)
    with suppress(OSError):
        place.parent.rmdir()
    return target


def empty_trash(log_dir: str | Path) -> Events:
    """Deletes for good what lies in the trash. Can be stopped between two runs."""
    folder = Path(log_dir).expanduser()
    places = list(trashed(folder))
    for number, place in enumerate(places):
        yield Progressed(number, len(places), "runs", f"Deleting {place.name}")
        try:
            if place.is_symlink():
                place.unlink()
            else:
                shutil.rmtree(place)
            place.parent.rmdir()
        except OSError as error:
            raise StudioError(f"{error.filename or place}: cannot be deleted ({error.strerror}); close what uses it") from error
    yield Logged(f"{folder / TRASH}: {len(places)} runs deleted for good")


def _is_same(folder: Path, target: Path) -> bool:
    """Whether the names differ by case alone, on a disk that does not mind case."""
    try:
        return folder.samefile(target)
    except OSError:
        return False


def _refuse_live(folder: Path, done: str) -> None:
    if is_live(folder):
        raise StudioError(f"{folder.name}: is being trained and cannot be {done}; stop it first")


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except FileNotFoundError as error:
        raise StudioError(f"{source}: is not there any more; look at the list again") from error
    except OSError as error:
        raise StudioError(f"{source}: cannot be moved ({error.strerror}); close what uses it, then try again") from error
