"""Finds videos that are there more than once, by their bytes or by names that differ in the suffix alone."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from svg_studio.engine.utils.plain_file import open_plain

if TYPE_CHECKING:
    from svg_studio.engine.data.datasets.video_folders import VideoFile

_PART = 1 << 16  # bytes of a file's beginning that are compared before all of it


def same_bytes(found: Iterable[VideoFile]) -> list[list[VideoFile]]:
    """Groups of two or more files that hold the same bytes, each in the order of `found`; most are told apart by their size."""
    groups = [list(found)]
    for key in (lambda one: one.size, lambda one: _digest(one.path, whole=False), lambda one: _digest(one.path, whole=True)):
        groups = [part for group in groups for part in _parted((key(one), one) for one in group if not one.images)]
    return groups


def same_stems(found: Iterable[VideoFile]) -> list[list[VideoFile]]:
    """Groups of what has one name but for the suffix, as a video and its copy in another format, or a folder of its frames."""
    return list(_parted(((one.name if one.images else one.name.rpartition(".")[0]).casefold(), one) for one in found))


def _parted(keyed: Iterable[tuple[Hashable, VideoFile]]) -> Iterator[list[VideoFile]]:
    groups: dict[Hashable, list[VideoFile]] = {}
    for key, one in keyed:
        groups.setdefault(key, []).append(one)
    yield from (group for group in groups.values() if len(group) > 1)


def _digest(path: Path, *, whole: bool) -> object:
    """Of the beginning, or of all; of what cannot be read something that nothing else has."""
    try:
        with open_plain(path) as file:
            digest = hashlib.sha256()
            digest.update(file.read(_PART))
            while whole and (data := file.read(_PART)):
                digest.update(data)
            return digest.digest()
    except OSError:
        return object()
