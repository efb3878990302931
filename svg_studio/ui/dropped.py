"""Says what a file or folder that was dropped on the window is, after a short look; opens nothing and knows no page."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

MODEL_SUFFIXES = (".pt", ".pth")
VIDEO_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".avi", ".divx", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ts", ".mts", ".m2ts"),
    *(".3gp", ".ogv", ".ogg", ".gif", ".mjpeg", ".mjpg", ".y4m", ".vob"),
)
ARCHIVE = re.compile(r"\.(zip|tar|tgz|tar\.(gz|xz|bz2))$", re.IGNORECASE)
ACTIONS = ("walking", "jogging", "running", "boxing", "handwaving", "handclapping")
KTH_VIDEO = re.compile(rf"person\d\d_({'|'.join(ACTIONS)})_", re.IGNORECASE)
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
    if suffix in MODEL_SUFFIXES:
        return Dropped("model", path)
    if suffix == ".tfrecords" or (name.startswith("bair") and ARCHIVE.search(name)):
        return Dropped("bair", path)
    if name in {f"{action}.zip" for action in ACTIONS} or name == "00sequences.txt":
        return Dropped("kth", path.parent)
    if suffix in VIDEO_SUFFIXES or ARCHIVE.search(name):
        return Dropped("videos", path)
    return Dropped("", path, f"{path.name} is nothing that can be opened here: drop a checkpoint, a video, an archive or a folder")


def _of_folder(path: Path) -> Dropped:
    if (path / "config.json").is_file() and (path / "checkpoints").is_dir():
        return Dropped("model", path)
    with os.scandir(path) as entries:
        names = [entry.name for entry in islice(entries, LOOKED_AT)]
    if not names:
        return Dropped("", path, f"{path.name}: the folder is empty")
    if path.name in ("softmotion30_44k", "processed_data") or _has(path, "softmotion30_44k", "processed_data"):
        return Dropped("bair", path)
    if any(name.lower().endswith(".tfrecords") for name in names):
        return Dropped("bair", path)
    if _has(path, "00sequences.txt") or any(KTH_VIDEO.match(name) for name in names):
        return Dropped("kth", path)
    if sum(_has(path, action, f"{action}.zip") for action in ACTIONS) > 1:
        return Dropped("kth", path)
    return Dropped("videos", path)


def _has(path: Path, *names: str) -> bool:
    return any((path / name).exists() for name in names)
