"""Makes one set of several files and folders that were chosen: each has a name of its own, and the names say splits as usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from svg_studio.engine.data.datasets.video_folders import VideoFile, search
from svg_studio.engine.data.decode.images import natural
from svg_studio.engine.data.source import Skipped
from svg_studio.engine.data.splits import NAMES, said_split
from svg_studio.engine.utils.wording import printable


def search_all(roots: Sequence[Path]) -> tuple[list[VideoFile], list[Skipped]]:
    """What `roots` are and hold, as `search` tells of one, as if they lay side by side in a folder. Raises DataError.

    A root that is chosen twice, or lies in another one, is read once. A file is called as it is called in its folder, so that
    it is in the same split as where all of the folder is converted.
    """
    roots = _apart(roots)
    if len(roots) == 1:
        return search(roots[0])
    found: list[VideoFile] = []
    skipped: list[Skipped] = []
    says = {root: NAMES.get(root.stem.casefold(), "") for root in roots if not root.is_dir()}
    files_say = len({*says.values()} - {""}) > 1  # as train.mp4 and test.mp4 do, but test.mp4 alone does not
    for root, name in zip(roots, _names(roots), strict=True):
        of_root, without = search(root)
        if root.is_dir():
            split = said_split(root.name)
            found += [replace(one, name=_below(name, one, root), split=split or one.split) for one in of_root]
            skipped += [
                one if one.source == str(root) else replace(one, source=name if one.source == "." else f"{name}/{one.source}")
                for one in without
            ]
        else:
            found += [replace(one, name=name, split=says[root] if files_say else "") for one in of_root]
            skipped += [replace(one, source=name) for one in without]
    found.sort(key=lambda one: [natural(part) for part in one.name.split("/")])
    return found, skipped


def _apart(roots: Sequence[Path]) -> list[Path]:
    """The roots without those that lie in others."""
    whole = list(dict.fromkeys(root.absolute() for root in roots))
    return [root for root in whole if not any(other in root.parents for other in whole)]


def _names(roots: Sequence[Path]) -> list[str]:
    """What each is called, with as many of the folders above it as tell all of them apart."""
    for parts in range(1, max(len(root.parts) for root in roots) + 1):
        names = [printable("/".join(part.strip("/\\") for part in root.parts[-parts:])) for root in roots]
        if len({*names}) == len(names):
            return names
    return [printable(root.as_posix().strip("/")) for root in roots]


def _below(name: str, one: VideoFile, root: Path) -> str:
    """What something in the folder `root`, which is called `name`, is called."""
    return name if one.path == root else f"{name}/{one.name}"
