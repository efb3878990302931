"""Says by name what is no part of a set of videos: folders of systems, small copies that cameras keep, posters and thumbnails."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePath

_FILES = ("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r", "picasa.ini")
COPIES = (".lrf", ".lrv", ".thm")
_FOLDERS = (
    "@eadir", "@recycle", "@recently-snapshot", "@sharebin", "@tmp", "@__thumb", "#recycle", "#snapshot", "~snapshot",
    "$recycle.bin", "recycler", "recycled", "lost+found", "system volume information", "__macosx", "network trash folder",
    "temporary items", "trash", "trashes", "thumbnail", "thumbnails", "thmbnl", "proxy", "proxies",
)  # fmt: skip
_BELOW = {"sub": ("m4root", "xdroot")}  # folders of cameras' small copies, by the folder that they lie in
_WORD = r"(albumart.*|backdrop|banner|cover|fanart|folder|landscape|poster|preview|thumb|thumbnail)"
_POSTER = re.compile(_WORD)
_OF_VIDEO = re.compile(rf"(.+?)([-_. ]+{_WORD}[-_ ]?\d*)?")


def is_passed_over(name: str, above: str, *, folder: bool) -> bool:
    """Whether a file or folder that lies in the folder `above` is hidden, of a system, or a small copy of a video."""
    plain = name.casefold()
    if name.startswith("."):
        return True
    if folder:
        return plain in _FOLDERS or above.casefold() in _BELOW.get(plain, ())
    return plain in _FILES or PurePath(plain).suffix in COPIES


def posters(videos: Collection[str], images: Collection[str]) -> set[str]:
    """Of a folder's images those that are the picture of a video, by their names: clip.jpg, clip-thumb.png, poster.jpg."""
    pictures = {name for name in images if _POSTER.fullmatch(PurePath(name).stem.casefold())}
    if not videos:  # those of a folder above the videos have nothing else beside them
        return pictures if len(pictures) == len(images) else set()
    of = {name.casefold() for name in videos} | {PurePath(name).stem.casefold() for name in videos}
    for name in images:
        stem = PurePath(name).stem.casefold()
        match = _OF_VIDEO.fullmatch(stem)
        if stem in of or (match and match[1] in of):
            pictures.add(name)
    return pictures
