"""Finds KTH's files on disk: the list of sequences, the videos, and the original's PNG tree."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from svg_studio.engine.data.datasets.passed_over import is_passed_over
from svg_studio.engine.errors import DataError
from svg_studio.engine.utils.plain_file import open_plain

ACTIONS = ("boxing", "handclapping", "handwaving", "jogging", "running", "walking")
LIST = "00sequences.txt"
_DEPTH = 4  # folders below the source that are looked into
_LONGEST = 1 << 20  # bytes of a list
_NAME = re.compile(rf"person\d\d_({'|'.join(ACTIONS)})_d[1-4]")
_VIDEO = re.compile(rf"({_NAME.pattern})(_uncomp)?\.avi", re.IGNORECASE)
_ROW = re.compile(rf"({_NAME.pattern})\s+(?:\*missing\*|frames\s+(\d{{1,5}}-\d{{1,5}}(?:\s*,\s*\d{{1,5}}-\d{{1,5}})*))\s*")
_IMAGE = re.compile(r"image-(\d{1,9})_(\d{1,4})x\2\.png")


class Range(NamedTuple):
    """Frames `first` … `last`, counted from 1, both of them in it."""

    first: int
    last: int


def read_sequences(path: Path) -> dict[str, tuple[Range, ...]]:
    """Name of each video, such as "person01_boxing_d1" → its sequences, in the list's order; none for one marked missing.

    Raises DataError for a page that is something else.
    """
    remedy = f"get {LIST} of KTH actions again"
    try:
        with open_plain(path) as file:
            text = file.read(_LONGEST + 1).decode("latin1")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); {remedy}") from error
    if len(text) > _LONGEST:
        raise DataError(f"{path}: is too long to be the list of sequences; {remedy}")
    found: dict[str, tuple[Range, ...]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not re.match(r"\s*person\d\d_", line):
            continue  # what is said above the rows, and between them
        row = _ROW.fullmatch(line.strip())
        ranges = tuple(Range(*map(int, span.split("-"))) for span in (row[3] or "").split(",") if span) if row else ()
        if not row or row[1] in found or any(not 0 < r.first <= r.last for r in ranges):
            raise DataError(f"{path}: line {number} is no row of frame ranges ({line.strip()[:60]}); {remedy}")
        found[row[1]] = tuple(dict.fromkeys(ranges))
    if not found:
        raise DataError(f"{path}: is not the list of sequences; {remedy}")
    return found


def find_list(*places: Path) -> Path | None:
    """The first list in or up to two folders above each of `places`."""
    for place in places:
        for folder in (place, *place.absolute().parents[:2]):
            if (folder / LIST).exists():
                return folder / LIST
    return None


def find_videos(folder: Path) -> dict[str, Path]:
    """Name → video, of all below `folder`: AVI files where there are any, else folders of the original's PNG tree."""
    files: dict[str, Path] = {}
    trees: dict[str, Path] = {}
    for entry in _entries(folder, _DEPTH):
        if entry.is_dir(follow_symlinks=False):
            if _NAME.fullmatch(entry.name):
                trees.setdefault(entry.name, Path(entry.path))
        elif (match := _VIDEO.fullmatch(entry.name)) and entry.is_file():
            files.setdefault(match[1].lower(), Path(entry.path))
    return files or trees


def tree_images(folder: Path) -> Mapping[int, dict[int, Path]]:
    """Width → number (from 1) → file, of one video's folder in the original's PNG tree."""
    found: dict[int, dict[int, Path]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if (match := _IMAGE.fullmatch(entry.name)) and int(match[1]) and entry.is_file():
                found.setdefault(int(match[2]), {})[int(match[1])] = Path(entry.path)
    return {width: dict(sorted(images.items())) for width, images in found.items()}


def _entries(folder: Path, depth: int) -> Iterator[os.DirEntry[str]]:
    """Everything below `folder`, in order, `depth` folders deep; not into links, nor among the images of a PNG tree."""
    try:
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
    except OSError:
        return  # what cannot be looked into holds no video for us, and is missed by name
    for entry in entries:
        if is_passed_over(entry.name, folder.name, folder=entry.is_dir(follow_symlinks=False)):
            continue  # such as a disk's own bin, in which an older copy of a video may lie
        yield entry
        if depth and entry.is_dir(follow_symlinks=False) and not _NAME.fullmatch(entry.name):
            yield from _entries(Path(entry.path), depth - 1)
