"""Recognises what a file or folder dropped on the window is, by its name and a short look inside."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from svg_studio.engine.data.datasets.video_folders import IMAGES, VIDEOS
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.data.splits import NAMES
from svg_studio.engine.export.read_back import SUFFIXES as EXPORTS
from svg_studio.engine.export.read_back import carries
from svg_studio.engine.utils.wording import count_of

MODEL_SUFFIXES = (".pt", ".pth")
ARCHIVE = re.compile(r"\.(zip|tar|tgz|tar\.(gz|xz|bz2))$", re.IGNORECASE)
LOOKED_AT = 48  # entries of a folder: this happens on the window's thread


@dataclass(frozen=True)
class Dropped:
    """What to do with `path`: open it as a "model", show the futures of an "export", convert it as the data set `kind`, or, where
    `kind` is empty, say `why` not.
    """

    kind: str
    path: Path
    why: str = ""


@dataclass(frozen=True)
class Gathered:
    """What to do with all that was dropped: `kind` as Dropped's, for `paths`; `sentence` says what is not done, if anything."""

    kind: str
    paths: tuple[Path, ...] = ()
    sentence: str = ""


def gather(paths: Sequence[Path]) -> Gathered:
    """What several things that were dropped together are: one data set, as far as that can be."""
    if len(paths) == 1:
        one = recognise(paths[0], alone=True)
        return Gathered(one.kind, (one.path,), f"{one.why}." if one.why else "")
    found = [recognise(path) for path in paths]
    models = [one for one in found if one.kind == "model"]
    lost = [one for one in found if not one.kind]
    sets: dict[str, list[Path]] = {}
    for one in found:
        if one.kind not in ("", "model") and one.path not in sets.setdefault(one.kind, []):
            sets[one.kind].append(one.path)
    if len(models) == 1 and not sets:
        return Gathered("model", (models[0].path,), _left_out(lost))
    if models and not sets:
        return Gathered("", (), f"{len(models)} models were dropped: drop one to open it, or drop all of them on Evaluate.")
    if not sets:
        more = f"; {count_of(len(lost) - 1, 'other thing')} cannot be used either" if len(lost) > 1 else ""
        return Gathered("", (), f"{lost[0].why}{more}.")
    if len(sets) > 1:
        titles = " and ".join(DATASETS[kind].title for kind in sets)
        return Gathered("", (), f"These belong to several data sets, {titles}: drop those of one of them, please.")
    [(kind, of_set)] = sets.items()
    if kind != "videos" and len(of_set) > 1:
        return Gathered("", (), f"{DATASETS[kind].title} is one folder: drop the one that holds all {len(of_set)}, please.")
    return Gathered(kind, tuple(of_set), _left_out([*models, *lost]))


def _left_out(others: Sequence[Dropped]) -> str:
    """What was dropped beside what is used."""
    if not others:
        return ""
    first, more = others[0], len(others) - 1
    why = "is a model: drop it by itself to open it" if first.kind == "model" else "cannot be used here"
    also = f"; {count_of(more, 'other thing')} too" if more else ""
    return f"Left out: {first.path.name}, which {why}{also}."


def recognise(path: Path, *, alone: bool = False) -> Dropped:
    """What `path` is, by its name and, for a folder, by a few names in it; an export of futures where it was dropped `alone`."""
    try:
        if alone and path.suffix.lower() in EXPORTS and path.is_file() and carries(path):
            return Dropped("export", path)
        return _of_folder(path) if path.is_dir() else _of_file(path)
    except OSError as error:
        return Dropped("", path, f"{path.name}: cannot be read ({error.strerror or error})")


def _of_file(path: Path) -> Dropped:
    name, suffix = path.name, path.suffix.lower()
    if suffix in MODEL_SUFFIXES:
        return Dropped("model", path)
    for kind, entry in DATASETS.items():
        if _fits(entry.traces.whole, name):
            return Dropped(kind, path)
        if _fits(entry.traces.among, name):
            return Dropped(kind, _above_split(path.parent))
    if suffix in VIDEOS:
        return Dropped("videos", path)
    if suffix in IMAGES:
        return Dropped("", path, f"{name} is a single picture: drop the folder that holds its sequence")
    if suffix in EXPORTS:
        return Dropped("", path, f"{name} carries no futures to open again: drop an export of this program by itself")
    if ARCHIVE.search(name):
        return Dropped("", path, f"{name} is no archive of a known data set: unpack it and drop the folder")
    return Dropped("", path, f"{name} is nothing that can be opened here: drop a checkpoint, a video or a folder")


def _of_folder(path: Path) -> Dropped:
    if (path / "config.json").is_file() and (path / "checkpoints").is_dir():
        return Dropped("model", path)
    with os.scandir(path) as entries:
        names = [entry.name for entry in islice(entries, LOOKED_AT)]
    if not names:
        return Dropped("", path, f"{path.name}: the folder is empty")
    for kind, entry in DATASETS.items():
        traces = entry.traces
        if any(_fits(traces.among, name) and not ARCHIVE.search(name) for name in names):
            return Dropped(kind, _above_split(path))
        held = [name for name in traces.parts if (path / name).exists()]
        if path.name in traces.folders or any((path / name).exists() for name in traces.folders) or len(held) > 1:
            return Dropped(kind, path)
    return Dropped("videos", path)


def _fits(pattern: str, name: str) -> bool:
    return bool(pattern) and re.fullmatch(pattern, name, re.IGNORECASE) is not None


def _above_split(folder: Path) -> Path:
    """The folder that has the folders of all splits in it."""
    return folder.parent if folder.name.casefold() in NAMES else folder
