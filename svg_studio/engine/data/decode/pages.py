"""Reads the pages of TIFF stacks and the frames of GIF, APNG and animated WebP files, one after another."""

from __future__ import annotations

import functools
import itertools
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from svg_studio.engine.data.decode.opencv import Unusable
from svg_studio.engine.data.decode.resize import Image

PAGED = (".apng", ".gif", ".png", ".tif", ".tiff", ".webp")  # files that may have several pages
LARGEST = 1 << 26  # pixels of a page


@functools.cache
def _pillow() -> Any:
    """The module PIL.Image, imported when it is needed, for the window loads this file too."""
    from PIL import Image as pillow

    # It warns on stderr of large pictures; here their size is looked at before a page is decoded.
    warnings.filterwarnings("ignore", category=pillow.DecompressionBombWarning)
    return pillow


def several(path: Path) -> bool:
    """Whether the file has more than one page; False, too, where that cannot be told."""
    try:
        with _pillow().open(path) as file:
            return file.format in ("GIF", "PNG", "TIFF", "WEBP") and bool(getattr(file, "is_animated", False))
    except Exception:  # of a damaged file Pillow raises almost anything
        return False


def pages(path: Path, wanted: range) -> Iterator[tuple[int, Image | str]]:
    """The pages with the numbers `wanted`, from 0: each as (H, W, 3) BGR, upright and on black, or why it cannot be had.

    Raises Unusable where the file cannot be opened, or ends before the pages that it states.
    """
    try:
        with _pillow().open(path) as file:
            hidden = int(bool(file.info.get("default_image")))  # an APNG's picture for programs that play none
            for number in itertools.count():
                try:
                    file.seek(number + hidden)
                except EOFError:
                    break
                if number >= wanted.stop:
                    break
                if file.width * file.height > LARGEST:
                    raise Unusable(f"states pages of {file.width} × {file.height} pixels")
                if number in wanted:
                    yield number, _page(file)
            stated = int(getattr(file, "n_frames", 1)) - hidden
            if number < min(stated, wanted.stop):
                raise Unusable(f"ends after {number} of {stated} pages")
            # A GIF states no number; where its last byte, a semicolon, is missing, so may frames be.
            if file.format == "GIF" and number < wanted.stop and not path.read_bytes().rstrip(b"\0").endswith(b";"):
                raise Unusable(f"is cut short after {number} pages")
    except Unusable:
        raise
    except Exception as error:
        raise Unusable(f"cannot be read on ({error})") from error


def _page(file: Any) -> Image | str:
    from PIL import ImageOps

    try:
        image = ImageOps.exif_transpose(file)
        if image.mode.startswith("I;16"):
            return ((np.asarray(image).astype(np.uint32) + 128) // 257).astype(np.uint8)
        if image.mode in ("I", "F"):
            return "holds values that are not of 8 or 16 bits"
        black = _pillow().new("RGBA", image.size, (0, 0, 0, 255))
        return np.ascontiguousarray(np.asarray(_pillow().alpha_composite(black, image.convert("RGBA")))[..., 2::-1])
    except Exception:
        return "cannot be decoded"
