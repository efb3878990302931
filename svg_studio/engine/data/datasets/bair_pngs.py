"""Reads and writes BAIR's frames as the original's tree of PNG files.

A frame is `<split>/<file>/<number of the trajectory, from 1>/<number of the frame, from 0>.png`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np

from svg_studio.engine.data.decode.images import PNG, write_png
from svg_studio.engine.data.decode.opencv import opencv
from svg_studio.engine.data.source import Piece, Skipped, Source, Unit
from svg_studio.engine.data.splits import split_folders
from svg_studio.engine.events import Frames
from svg_studio.engine.utils.plain_file import open_plain

TREES = {"aux1": "processed_data", "main": "processed_data_main"}  # camera → folder; the original's is image_aux1's
_LENGTH, _WIDTH = 30, 64
_LARGEST = 1 << 20  # bytes that no PNG file of 64×64 px has


class PngTree(Source):
    """A tree as a source of a conversion. It has no numbers beside the frames."""

    @classmethod
    def found_in(cls, root: Path) -> Self | None:
        """The tree whose splits are folders of `root`; None where there is none."""
        units, gaps = [], []
        for split, tops in split_folders(root).items():
            counts = {folder: len(_numbered(folder)) for top in tops for folder in _folders(top)}
            # Sizes as frames, not files: asking a million files for their size takes minutes.
            names = {f: f.name if len(tops) == 1 else f"{f.parent.name}/{f.name}" for f in counts}
            found = [Unit(split, names[f], f, n * _LENGTH * _WIDTH * _WIDTH * 3) for f, n in counts.items() if n]
            units += found
            if not found and (tops or split != "val"):
                gaps.append(Skipped(str(root / split), "has no folders of PNG files", damaged=False))
        return cls(units=units, skipped=gaps, channels=3) if units else None

    def read(self, unit: Unit) -> Iterator[Piece | Skipped]:
        """The trajectories of one folder, in the order of their numbers."""
        numbered = _numbered(unit.path)
        for done, (number, folder) in enumerate(sorted(numbered.items()), 1):
            try:
                yield Piece(f"{unit.name}/{number}", _read(folder), {}, done / len(numbered))
            except ValueError as problem:
                yield Skipped(str(folder), str(problem))
            except OSError as error:
                yield Skipped(str(error.filename or folder), f"cannot be read ({error.strerror or error})")


def write_pngs(frames: Frames, folder: Path) -> None:
    """Writes frames (T, H, W, 3) RGB as 0.png …. Raises DataError, also where other pictures lie in their place."""
    for i, frame in enumerate(frames):
        write_png(folder / f"{i}.png", frame, opencv().IMWRITE_PNG_COMPRESSION, 1)


def _read(folder: Path) -> Frames:
    """(30, 64, 64, 3). Raises ValueError, its text a predicate, for frames that are missing or not what they should be."""
    found = {int(path.stem) for path in folder.glob("*.png") if _is_number(path.stem)}
    if missing := sorted(set(range(_LENGTH)) - found):
        raise ValueError(f"lacks {len(missing)} of {_LENGTH} frames, the first of them {missing[0]}.png")
    if surplus := sorted(found - set(range(_LENGTH))):
        raise ValueError(f"has more than {_LENGTH} frames, such as {surplus[0]}.png")
    return np.stack([_read_png(folder / f"{i}.png") for i in range(_LENGTH)])


def _read_png(path: Path) -> Frames:
    """(64, 64, 3) RGB."""
    cv2 = opencv()
    with open_plain(path) as file:  # by Python, for OpenCV opens no name beyond ASCII on Windows
        raw = file.read(_LARGEST)
    width, height = (int.from_bytes(raw[at : at + 4], "big") for at in (16, 20))  # in the first chunk, IHDR
    if not raw.startswith(PNG):
        raise ValueError(f"holds {path.name}, which is no PNG file")
    if (width, height) != (_WIDTH, _WIDTH):  # looked at first: decoding a huge picture takes its memory
        raise ValueError(f"holds {path.name} of {width}×{height} px, not {_WIDTH}×{_WIDTH}")
    image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
    if image is None or image.shape != (_WIDTH, _WIDTH, 3):
        raise ValueError(f"holds {path.name}, which is damaged or cut short")
    return np.asarray(image[..., ::-1], np.uint8)


def _folders(root: Path) -> list[Path]:
    return sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")) if root.is_dir() else []


def _numbered(folder: Path) -> dict[int, Path]:
    """Number → folder of the trajectories below `folder`."""
    return {int(path.name): path for path in folder.iterdir() if _is_number(path.name) and path.is_dir()}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and str(int(text[:9])) == text
