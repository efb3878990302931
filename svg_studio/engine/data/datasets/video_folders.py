"""Searches a folder for videos and folders of images, and splits them by the names of folders, else by a hash of their own."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from svg_studio.engine.data.datasets.passed_over import COPIES, is_passed_over, posters
from svg_studio.engine.data.datasets.same_content import same_bytes, same_stems
from svg_studio.engine.data.decode.images import natural
from svg_studio.engine.data.decode.order import ordered
from svg_studio.engine.data.decode.pages import PAGED, several
from svg_studio.engine.data.source import Noted, Skipped, Unit
from svg_studio.engine.data.splits import NAMES, said_split
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
_NAMED = 20  # files that are neither, up to which each is named
_LOOKED_AT = 2000  # entries of a folder that is passed over


@dataclass(frozen=True)
class VideoFile:
    """A video file, or a folder that holds images."""

    name: str  # its path below the source
    path: Path
    size: int  # bytes
    split: str = ""  # that a folder says; "" for none
    images: bool = False  # it is a folder of images


def search(root: Path) -> tuple[list[VideoFile], list[Skipped]]:
    """What is in `root`, or `root` itself, in the order of names as people count, and what is left out.

    Hidden files and folders of systems are passed over, links to folders are not followed. The outermost folder whose name
    says a split decides, then names such as train.mp4 and test.mp4 side by side; the root's own name only where it says test
    or val and nothing below it says anything.

    Raises DataError for a root that is not there.
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
    passed: list[str] = []
    waiting = [(root, "")]
    while waiting:
        folder, split = waiting.pop()
        name = printable(folder.relative_to(root).as_posix())  # "." for the root
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue  # a folder that leads back to one above, as Windows has them beside links
            seen.add((status.st_dev, status.st_ino))
            entries, beside = _listed(folder)
        except OSError as error:
            skipped.append(Skipped(name, f"cannot be read ({error.strerror or error})"))
            continue
        passed += [printable(Path(entry.path).relative_to(root).as_posix()) for entry in beside if _holds_media(entry)]
        called = {entry.name: NAMES.get(Path(entry.name).stem.casefold(), "") for entry in entries}
        files_say = len(set(called.values()) - {""}) > 1  # as train.mp4 and test.mp4 side by side do, but test.mp4 alone does not
        images = 0
        for entry in entries:
            path, suffix = Path(entry.path), Path(entry.name).suffix.lower()
            below = printable(path.relative_to(root).as_posix())
            try:
                if entry.is_dir():
                    if entry.is_symlink():
                        skipped.append(Skipped(below, "is a link to a folder, which is not followed", damaged=False))
                    else:
                        waiting.append((path, split or said_split(entry.name)))
                elif not entry.is_file() or suffix not in VIDEOS + IMAGES:
                    others.append(below)
                elif _is_still(entry):
                    images += entry.stat().st_size
                elif size := entry.stat().st_size:
                    found.append(VideoFile(below, path, size, split or (called[entry.name] if files_say else "")))
                else:
                    skipped.append(Skipped(below, "is empty"))
            except OSError as error:
                skipped.append(Skipped(below, f"cannot be read ({error.strerror or error})"))
        if images:
            found.append(VideoFile(name, folder, images, split, images=True))
    if len(found) == 1 and found[0].path == root:
        found = [replace(found[0], name=printable(root.absolute().name))]
    own = NAMES.get(root.absolute().name.casefold(), "")
    if own in ("test", "val") and not any(one.split for one in found):
        found = [replace(one, split=own) for one in found]
    found.sort(key=lambda one: [natural(part) for part in one.name.split("/")])
    others.sort(key=natural)
    skipped += [Skipped(name, "is neither a video nor an image", damaged=False) for name in others[:_NAMED]]
    if passed:
        more = f", as are {len(passed) - 1:,} more files and folders" if len(passed) > 1 else ""
        why = "hidden, of a system, or small copies and pictures of videos"
        skipped.append(Skipped(min(passed, key=natural), f"is passed over{more}: {why}", damaged=False))
    if len(others) > _NAMED:
        skipped.append(Skipped(str(root), f"{len(others) - _NAMED} more files are neither videos nor images", damaged=False))
    return found, skipped


def images_in(folder: Path) -> tuple[list[Path], str]:
    """The images that `folder` holds itself, in the order of the numbers in their names, and a note where that is in doubt.

    Raises OSError.
    """
    names = [entry.name for entry in _listed(folder)[0] if _is_still(entry)]
    order, note = ordered(names)
    return [folder / name for name in order], printable(note)


def _is_still(entry: os.DirEntry[str]) -> bool:
    """Whether it is an image of one picture, as a GIF may be too."""
    suffix = Path(entry.name).suffix.lower()
    return suffix in (*IMAGES, ".gif") and entry.is_file() and not (suffix in PAGED and several(Path(entry.path)))


def split_by_name(found: Sequence[VideoFile], test_percent: int) -> list[Unit]:
    """Units in the same order: in the split that a folder says, else in train or test by the hash of the name.

    What has the same bytes, or the same name but for its suffix, has one draw.
    """
    splits = {one.name: one.split for one in found}
    draws = {one.name: _hash(one.name) for one in found}
    twins: dict[str, str] = {}
    copies = same_bytes(found)
    for group in copies:
        twins |= {one.name: group[0].name for one in group[1:]}
        said = next((one.split for one in group if one.split), "")
        splits |= {one.name: one.split or said for one in group}
    groups = [*copies, *same_stems(found)]
    before: dict[str, int] = {}
    while before != draws:  # until all that hang together have the smallest number among them
        before = dict(draws)
        for group in groups:
            draws |= dict.fromkeys((one.name for one in group), min(draws[one.name] for one in group))
    return [
        Unit(split, one.name, one.path, one.size, twin=twins.get(one.name, ""))
        if (split := splits[one.name])
        else Unit(_drawn(number := draws[one.name], test_percent), one.name, one.path, one.size, number, twins.get(one.name, ""))
        for one in found
    ]


def remarks(root: Path, found: Sequence[VideoFile], units: Sequence[Unit]) -> list[Noted]:
    """What a person should know of the splits before anything is read."""
    notes: list[Noted] = []
    loose = [unit for unit in units if unit.draw >= 0]
    own = NAMES.get(root.absolute().name.casefold(), "")
    if own in ("test", "val") and all(one.split == own for one in found):
        notes.append(
            Noted(str(root), f"is called {root.absolute().name}, so all of it is {own}; name the folder above to train as well")
        )
    elif (
        own == "train"
        and len(loose) == len(found)
        and any((root.absolute().parent / name).is_dir() for name in NAMES if name != "train")
    ):
        notes.append(
            Noted(str(root), "is split by a hash of the names; name the folder above to have its other splits as they are")
        )
    if loose and len(loose) < len(found):
        words = f"{len(loose):,} of {len(found):,} lie in no folder of a split, such as {loose[0].name}"
        notes.append(Noted(str(root), f"{words}, and are split by a hash of their names"))
    named = {folder: one.split for one in found if one.split for folder in _saying(one)}
    notes += [Noted(folder, f"is taken for {split} by its name") for folder, split in list(named.items())[:_NAMED]]
    if len(named) > _NAMED:
        notes.append(Noted(str(root), f"{len(named) - _NAMED:,} more folders are taken for a split by their names"))
    return notes


def _saying(one: VideoFile) -> list[str]:
    """The folder that gave a split, where its name is not just that split's."""
    parts = one.name.split("/")
    folders = parts if one.images else parts[:-1]
    first = next((n for n, part in enumerate(folders) if said_split(part)), None)
    if first is None or folders[first].casefold() in NAMES:
        return []
    return ["/".join(folders[: first + 1])]


def _hash(name: str) -> int:
    """64 bits that depend on the name alone; macOS writes é as e and ´."""
    return int.from_bytes(hashlib.sha256(unicodedata.normalize("NFC", name).encode()).digest()[:8], "big")


def _drawn(number: int, test_percent: int) -> str:
    return "test" if number * 100 < test_percent << 64 else "train"


def _listed(folder: Path) -> tuple[list[os.DirEntry[str]], list[os.DirEntry[str]]]:
    """What is to be looked at in a folder, and what is passed over. Raises OSError."""
    with os.scandir(folder) as listed:
        entries = list(listed)
    passed = {entry.name for entry in entries if is_passed_over(entry.name, folder.name, folder=entry.is_dir())}
    names = [entry.name for entry in entries if entry.name not in passed]
    pictures = posters([n for n in names if _suffix(n) in VIDEOS], [n for n in names if _suffix(n) in IMAGES])
    passed |= {entry.name for entry in entries if entry.name in pictures and _is_still(entry)}
    return [e for e in entries if e.name not in passed], [e for e in entries if e.name in passed]


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()


def _holds_media(entry: os.DirEntry[str]) -> bool:
    """Whether it is a video or an image, or such lie at the beginning of a folder that is passed over."""
    if not entry.is_dir(follow_symlinks=False):
        return not entry.name.startswith("._") and _suffix(entry.name) in VIDEOS + IMAGES + COPIES
    below = (name for _, _, names in os.walk(entry.path) for name in names)
    return any(_suffix(name) in VIDEOS + IMAGES for name in islice(below, _LOOKED_AT))
