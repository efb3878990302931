"""The `remove` and `put_back` jobs: a converted set goes into the trash, and comes back from there."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from svg_studio.engine.data.store import MANIFEST, is_held
from svg_studio.engine.data.store_writer import JOURNAL, workplace
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Events, Logged, StoreRemoved
from svg_studio.engine.utils.files import explained, own_folder

TRASH = ".trash"  # in the data folder, where the system has none
Trash = Callable[[str], tuple[bool, str]]  # path → whether it is in the system's trash, and where there; "" where nobody knows


def remove(path: str | Path, trash: Trash | None = None) -> Events:
    """Puts the folder of one store, or of a conversion that was cut off, into the trash. Yields StoreRemoved.

    Raises DataError where it is in use, is no store, or cannot be moved, and Busy while somebody converts to it.
    """
    path = Path(path).expanduser().absolute()
    if not any((path / name).is_file() for name in (MANIFEST, JOURNAL)):
        raise DataError(f"{path}: is no converted set, or is not there any more; look at the list again")
    with explained(path), workplace(_whole(path)):
        if is_held(path):
            raise DataError(
                f"{path.parent.name}, {path.name}: is in use, such as by a training run; stop what reads its clips, then remove it"
            )
        moved, place = trash(str(path)) if trash is not None else (False, "")
        if not moved:
            place = str(_to_own_trash(path))
    with suppress(OSError):
        path.parent.rmdir()  # where nothing else is in it
    yield StoreRemoved(path, Path(place) if place else None, system=moved)


def put_back(place: str | Path, path: str | Path) -> Events:
    """Brings back what `remove` has put to `place`. Raises DataError where there is something in its old place, or nothing here."""
    place, path = Path(place), Path(path)
    if os.path.lexists(path):
        raise DataError(f"{path}: there is a converted set of that name again; remove that one first")
    if not place.is_dir():
        raise DataError(f"{place}: is not in the trash any more")
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(place, path)
    with suppress(OSError):
        if place.parent.name == "files":  # a trash as freedesktop.org has it
            (place.parent.parent / "info" / f"{place.name}.trashinfo").unlink()
        else:
            place.parent.rmdir()
    yield Logged(f"{path} is back")


def _whole(path: Path) -> Path:
    """The folder that a conversion has when it is whole."""
    return path.with_name(path.name.removeprefix(".").removesuffix(".part"))


def _to_own_trash(path: Path) -> Path:
    """Moves it within the data folder, which is on the same disk."""
    trash = path.parent.parent / TRASH
    own_folder(trash)
    place = trash / str(time.time_ns())  # a folder of its own, so that names cannot clash
    place.mkdir()
    path.rename(place / path.name)
    return place / path.name
