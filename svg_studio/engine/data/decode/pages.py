"""Reads the pages of TIFF stacks and the frames of GIF, APNG and animated WebP files, one after another."""

from __future__ import annotations

import functools
import io
import itertools
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from svg_studio.engine.data.decode.opencv import Unusable, opencv
from svg_studio.engine.data.decode.resize import AnyImage

PAGED = (".apng", ".gif", ".png", ".tif", ".tiff", ".webp")  # files that may have several pages
LARGEST = 1 << 26  # pixels of a page
MOST = 1 << 17  # pages of a file: Pillow takes ever longer to find one more
_TRIED = 100  # pages in a row that cannot be found
_ORIENTATION, _BITS, _PHOTOMETRIC, _WHITE_IS_0, _PLANES = 274, 258, 262, 0, 284  # tags of TIFF, as EXIF has them too


@functools.cache
def _pillow() -> Any:
    """The module PIL.Image, imported when it is needed, for the window loads this file too."""
    from PIL import Image as pillow

    # It warns on stderr of large pictures; here their size is looked at before a page is decoded.
    warnings.filterwarnings("ignore", category=pillow.DecompressionBombWarning)
    warnings.filterwarnings("ignore", module=r"PIL\.")  # of damage
    return pillow


def several(path: Path) -> bool:
    """Whether the file has more than one page; where that cannot be told, whether it is called a GIF, as most of these have."""
    try:
        with _pillow().open(path) as file:
            return file.format in ("GIF", "PNG", "TIFF", "WEBP") and bool(getattr(file, "is_animated", False))
    except Exception:  # of a damaged file Pillow raises almost anything
        return path.suffix.lower() == ".gif"


def pages(path: Path, wanted: range) -> Iterator[tuple[int, AnyImage | str]]:
    """The pages with the numbers `wanted`, from 0: each grey, BGR or BGRA and upright, or why it cannot be had.

    Raises Unusable where the file cannot be opened, or ends before the pages that it states.
    """
    number = 0
    try:
        with _pillow().open(path) as file:
            hidden = int(bool(file.info.get("default_image")))  # an APNG's picture for programs that play none
            lost: list[int] = []  # one after another, up to the newest
            for number in itertools.count():
                try:
                    file.seek(number + hidden)
                except EOFError:
                    break
                except Exception:
                    # A TIFF page says where the next one is, even if it is broken itself.
                    if file.format != "TIFF" or len(lost) == _TRIED:
                        number -= len(lost)
                        raise
                    lost.append(number)
                    continue
                if number >= wanted.stop:
                    break
                if number == MOST:
                    raise Unusable(f"has more than {MOST} pages, of which no more can be read")
                yield from ((one, "cannot be decoded") for one in lost if one in wanted)
                lost = []
                if number in wanted:
                    yield number, _page(file)
            yield from ((one, "cannot be decoded") for one in lost if one in wanted)
            stated = int(getattr(file, "n_frames", 1)) - hidden
            if number < min(stated, wanted.stop):
                raise Unusable(f"ends after {number} of {stated} pages")
            # A GIF states no number; where its last byte, a semicolon, is missing, so may frames be.
            if file.format == "GIF" and number < wanted.stop and not path.read_bytes().rstrip(b"\0").endswith(b";"):
                raise Unusable(f"is cut short after {number} pages")
    except Unusable:
        raise
    except Exception as error:
        raise Unusable(f"cannot be read on after {number} pages ({error})") from error


def still(data: bytes) -> AnyImage:
    """The first page of a file's bytes, as `pages` gives it. Raises Unusable."""
    try:
        with _pillow().open(io.BytesIO(data)) as file:
            page = _page(file)
    except Unusable:
        raise
    except Exception as error:
        raise Unusable("is no image that can be decoded") from error
    if isinstance(page, str):
        raise Unusable(page)
    return page


def orientation(data: bytes) -> int:
    """How an image file's camera was held, 1 to 8 as EXIF has it; 1, too, where that is not known."""
    try:
        with _pillow().open(io.BytesIO(data)) as file:
            found = file.getexif().get(_ORIENTATION, 1)
    except Exception:
        return 1
    return found if found in range(1, 9) else 1


def turned(image: AnyImage, orientation: int) -> AnyImage:
    """Upright."""
    if orientation >= 5:
        image = image.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)


def _page(file: Any) -> AnyImage | str:
    try:
        return turned(_pixels(file), file.getexif().get(_ORIENTATION, 1))
    except Unusable as error:
        return str(error)
    except Exception:
        return "cannot be decoded"


def _pixels(file: Any) -> AnyImage:
    if file.width * file.height > LARGEST:
        raise Unusable(f"states {file.width} × {file.height} pixels")
    tags = getattr(file, "tag_v2", {})  # of TIFF
    stream = file.fp
    file.load()  # raises where the page is damaged; libtiff, which OpenCV has too, goes on in silence there
    mode = file.mode
    if mode.startswith("I;16"):
        values = np.asarray(file).astype(np.uint16)
        return 65535 - values if tags.get(_PHOTOMETRIC) == _WHITE_IS_0 else values
    if mode in ("I", "F"):
        raise Unusable("holds values that are not of 8 or 16 bits")
    if mode == "LAB":
        raise Unusable("has colours of a kind (CIELAB) that cannot be shown")
    if mode in ("1", "L") and "transparency" not in file.info:
        return np.asarray(file.convert("L"))
    if mode == "RGB" and tags.get(_BITS) == (16, 16, 16):
        return _deep(file, stream)
    kind = "RGBA" if mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in file.info else "RGB"
    return np.asarray(file.convert(kind))[..., [2, 1, 0, 3][: len(kind)]]


def _deep(file: Any, stream: Any) -> AnyImage:
    """RGB of 16 bits, of which Pillow keeps 8."""
    cv2 = opencv()
    if file.tag_v2.get(_PLANES) == 2:
        raise Unusable("has 16 bits of each colour in a plane of its own, which cannot be read")
    data = np.memmap(file.filename, np.uint8, "r") if file.filename else np.frombuffer(stream.getbuffer(), np.uint8)
    number = file.tell()
    done, images = cv2.imdecodemulti(data, cv2.IMREAD_UNCHANGED, range=(number, number + 1))
    if not done or images[0].dtype != np.uint16:
        raise Unusable("cannot be decoded")
    return np.asarray(images[0])
