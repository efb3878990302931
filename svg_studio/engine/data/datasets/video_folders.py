"""Searches a folder for videos and folders of images, opening none of them, and splits them into training and test."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from svg_studio.engine.data.decode.images import natural
from svg_studio.engine.data.decode.order import ordered
from svg_studio.engine.data.decode.pages import PAGED, several
from svg_studio.engine.data.source import Skipped, Unit
from svg_studio.engine.errors import DataError
from svg_studio.engine.utils.wording import printable

VIDEOS = (
    ".3g2", ".3gp", ".asf", ".avi", ".dv", ".flv", ".gif", ".m2ts", ".m4v", ".mjpeg", ".mjpg", ".mkv", ".mov", ".mp4", ".mpeg",
    ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv", ".y4m",
)  # fmt: skip
IMAGES = (
    ".apng",
    ".bmp",
    ".dib",
    ".jp2",
    ".jpe",
    ".jpeg",
    ".jpg",
    ".pbm",
    ".pgm",
    ".png",
    ".pnm",
    ".ppm",
    ".tif",
    ".tiff",
    ".webp",
)
_JUNK = ("thumbs.db", "desktop.ini")
_NAMED = 20  # files that are neither, up to which each is named


@dataclass(frozen=True)
class VideoFile:
    """A video file, or a folder that holds images."""

    name: str  # its path below the source
    path: Path
    size: int  # bytes


def search(root: Path) -> tuple[list[VideoFile], list[Skipped]]:
    """What is in `root`, or `root` itself, in the order of names as people count, and what is left out.

    Hidden files are passed over, links to folders are not followed. Raises DataError for a root that is not there.
    """
    try:
        if root.is_file():
            name, size = printable(root.name), root.stat().st_size
            return ([VideoFile(name, root, size)], []) if size else ([], [Skipped(name, "is empty")])
        if not root.is_dir():
            raise DataError(f"{root}: no such file or folder; name the folder that holds the videos")
    except OSError as error:
        raise DataError(f"{root}: cannot be read ({error.strerror}); choose another folder") from error
    found: list[VideoFile] = []
    skipped: list[Skipped] = []
    others: list[str] = []
    seen: set[tuple[int, int]] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        name = printable(folder.relative_to(root).as_posix())  # "." for the root
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue  # a folder that leads back to one above, as Windows has them beside links
            seen.add((status.st_dev, status.st_ino))
            entries = _visible(folder)
        except OSError as error:
            skipped.append(Skipped(name, f"cannot be read ({error.strerror or error})"))
            continue
        images = 0
        for entry in entries:
            path, suffix = Path(entry.path), Path(entry.name).suffix.lower()
            below = printable(path.relative_to(root).as_posix())
            try:
                if entry.is_dir():
                    if entry.is_symlink():
                        skipped.append(Skipped(below, "is a link to a folder, which is not followed", damaged=False))
                    else:
                        waiting.append(path)
                elif not entry.is_file() or suffix not in VIDEOS + IMAGES:
                    others.append(below)
                elif suffix in IMAGES and not (suffix in PAGED and several(path)):
                    images += entry.stat().st_size
                elif size := entry.stat().st_size:
                    found.append(VideoFile(below, path, size))
                else:
                    skipped.append(Skipped(below, "is empty"))
            except OSError as error:
                skipped.append(Skipped(below, f"cannot be read ({error.strerror or error})"))
        if images:
            found.append(VideoFile(name, folder, images))
    if len(found) == 1 and found[0].path == root:
        found = [replace(found[0], name=printable(root.absolute().name))]
    found.sort(key=lambda one: [natural(part) for part in one.name.split("/")])
    others.sort(key=natural)
    skipped += [Skipped(name, "is neither a video nor an image", damaged=False) for name in others[:_NAMED]]
    if len(others) > _NAMED:
        skipped.append(Skipped(str(root), f"{len(others) - _NAMED} more files are neither videos nor images", damaged=False))
    return found, skipped


def images_in(folder: Path) -> tuple[list[Path], str]:
    """The images that `folder` holds itself, in the order of the numbers in their names, and a note where that is in doubt.

    Raises OSError.
    """
    names = [entry.name for entry in _visible(folder) if _is_still(entry)]
    order, note = ordered(names)
    return [folder / name for name in order], printable(note)


def _is_still(entry: os.DirEntry[str]) -> bool:
    suffix = Path(entry.name).suffix.lower()
    return suffix in IMAGES and entry.is_file() and not (suffix in PAGED and several(Path(entry.path)))


def split_by_name(found: Sequence[VideoFile], test_percent: int) -> list[Unit]:
    """Units in the same order: by the folders train and test where a path begins with one, else by the name's hash.

    Where no folder says anything, no split that is asked for stays empty if there are two sequences: the one with the
    smallest hash goes over.
    """
    given, hashes = [given_split(one.name) for one in found], [_hash(one.name) for one in found]
    drawn = ["test" if number * 100 < test_percent << 64 else "train" for number in hashes]
    splits = [said or other for said, other in zip(given, drawn, strict=True)]
    for split in ("train", "test") if test_percent else ("train",):
        if split not in splits and len(found) > 1 and not any(given):
            splits[hashes.index(min(hashes))] = split
    return [Unit(split, one.name, one.path, one.size) for split, one in zip(splits, found, strict=True)]


def given_split(name: str) -> str:
    """The split that a path below the source begins with; empty if it begins with neither."""
    top = name.partition("/")[0].casefold()
    return top if top in ("train", "test") else ""


def _hash(name: str) -> int:
    """64 bits that depend on the name alone; macOS writes é as e and ´."""
    return int.from_bytes(hashlib.sha256(unicodedata.normalize("NFC", name).encode()).digest()[:8], "big")


def _visible(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return [entry for entry in entries if not entry.name.startswith(".") and entry.name.casefold() not in _JUNK]
