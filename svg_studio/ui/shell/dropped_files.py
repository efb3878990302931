"""Says what a file or folder that was dropped on the window is, after a short look."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from svg_studio.engine.data.datasets.video_folders import VIDEOS

MODEL_SUFFIXES = (".pt", ".pth")
ARCHIVE = re.compile(r"\.(zip|tar|tgz|tar\.(gz|xz|bz2))$", re.IGNORECASE)
ACTIONS = ("walking", "jogging", "running", "boxing", "handwaving", "handclapping")
KTH_VIDEO = re.compile(rf"person\d\d_({'|'.join(ACTIONS)})_", re.IGNORECASE)
BAIR = ("softmotion30_44k", "processed_data")
LOOKED_AT = 48  # entries of a folder: this happens on the window's thread


@dataclass(frozen=True)
class Dropped:
    """What to do with `path`: open it as a "model", convert it as the data set `kind`, or, where `kind` is empty, say `why` not."""

    kind: str
    path: Path
    why: str = ""


def recognise(path: Path) -> Dropped:
    """What `path` is, by its name and, for a folder, by a few names in it."""
    try:
        return _of_folder(path) if path.is_dir() else _of_file(path)
    except OSError as error:
        return Dropped("", path, f"{path.name}: cannot be read ({error.strerror or error})")


def _of_file(path: Path) -> Dropped:
    name, suffix = path.name.lower(), path.suffix.lower()
    archive = ARCHIVE.search(name)
    if suffix in MODEL_SUFFIXES:
        return Dropped("model", path)
    if suffix == ".tfrecords":
        return Dropped("bair", _above_split(path.parent))
    if archive and name.startswith("bair"):
        return Dropped("bair", path)
    if name in {f"{action}.zip" for action in ACTIONS} or name == "00sequences.txt" or KTH_VIDEO.match(name):
        return Dropped("kth", path.parent)
    if suffix in VIDEOS:
        return Dropped("videos", path)
    if archive:
        return Dropped("", path, f"{path.name} is no archive of a known data set: unpack it and drop the folder")
    return Dropped("", path, f"{path.name} is nothing that can be opened here: drop a checkpoint, a video or a folder")


def _of_folder(path: Path) -> Dropped:
    if (path / "config.json").is_file() and (path / "checkpoints").is_dir():
        return Dropped("model", path)
    with os.scandir(path) as entries:
        names = [entry.name for entry in islice(entries, LOOKED_AT)]
    if not names:
        return Dropped("", path, f"{path.name}: the folder is empty")
    if any(name.lower().endswith(".tfrecords") for name in names):
        return Dropped("bair", _above_split(path))
    if path.name in BAIR or _has(path, *BAIR):
        return Dropped("bair", path)
    if _has(path, "00sequences.txt", "raw/00sequences.txt") or any(KTH_VIDEO.match(name) for name in names):
        return Dropped("kth", path)
    if sum(_has(path, action, f"{action}.zip") for action in ACTIONS) > 1:
        return Dropped("kth", path)
    return Dropped("videos", path)


def _above_split(folder: Path) -> Path:
    """The folder that has train and test in it."""
    return folder.parent if folder.name in ("train", "test") else folder


def _has(path: Path, *names: str) -> bool:
    return any((path / name).exists() for name in names)
