"""Reads frames from image files of any kind, and writes frames as PNG files."""

from __future__ import annotations

import math
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from svg_studio.engine.data.decode import jpeg
from svg_studio.engine.data.decode.netpbm import netpbm
from svg_studio.engine.data.decode.opencv import Unusable, opencv
from svg_studio.engine.data.decode.pages import orientation, still, turned
from svg_studio.engine.data.decode.resize import AnyImage, Block, Fitting
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Frames
from svg_studio.engine.utils.files import explained, replacing
from svg_studio.engine.utils.plain_file import open_plain

AT_ONCE = 64  # images read
_LARGEST = 1 << 28  # pixels
PNG = b"\x89PNG\r\n\x1a\n"  # how such a file begins
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PNG_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT", b"IEND")
_EXIF = (b"Exif\0\0", b"eXIf", b"EXIF")  # how notes on how the camera was held begin in JPEG, PNG and WebP


def natural(name: str) -> tuple[list[Any], str]:
    """Key to sort names by, so that frame2 comes before frame10."""
    parts: list[Any] = re.split(r"(\d+)", name)
    parts[1::2] = map(int, parts[1::2])
    parts[::2] = [part.casefold() for part in parts[::2]]
    return parts, name


def read_image(path: Path) -> AnyImage:
    """(H, W), BGR or BGRA, upright, of 8 or 16 bits. Raises Unusable."""
    try:
        with open_plain(path) as file:
            data = file.read()
        return _decoded(data)  # not cv2.imread: on Windows that one opens no name beyond the code page
    except (OSError, ValueError) as error:
        raise Unusable(f"cannot be read ({getattr(error, 'strerror', None) or error})") from error


def _decoded(data: bytes) -> AnyImage:
    if not data:
        raise Unusable("is empty")
    if data.startswith(_TIFF):
        return still(data)  # OpenCV is wrong on half the kinds of it
    if data[:1] == b"P" and data[1:2] in b"123456":
        return netpbm(data)
    if data.startswith(PNG):
        data = _bare_png(data)
        if data[25:26] == b"\0" and b"tRNS" in data:  # a shade of grey that is transparent, which OpenCV passes over
            return still(data)
    cv2 = opencv()
    try:
        # As it is: OpenCV would turn it upright, but without what is transparent.
        image = (
            jpeg.decoded(data) if data.startswith(jpeg.JPEG) else cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        )
    except cv2.error as error:
        raise Unusable("is no image that can be decoded") from error
    if image is None or not image.size:
        raise Unusable("is no image that can be decoded")
    if image.dtype not in (np.uint8, np.uint16):
        raise Unusable(f"holds {image.dtype} values, not 8 or 16 bits")
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    return turned(image, orientation(data)) if any(mark in data for mark in _EXIF) else image


def image_blocks(paths: Sequence[Path], fitting: Fitting) -> Iterator[tuple[Frames, list[tuple[Path, str]], int]]:
    """The images as frames, uint8 (T, W, W, C) of at most 64 at a time.

    Each with the files left out and why, and with the largest value so far that an image of 16 bits had, 0 where there is none.
    """
    brightest = 0
    for start in range(0, len(paths), AT_ONCE):
        chosen = paths[start : start + AT_ONCE]
        block = Block(fitting, len(chosen), brightest)
        broken: list[tuple[Path, str]] = []
        for path in chosen:
            try:
                block.add(read_image(path))
            except Unusable as error:
                broken.append((path, str(error)))
        brightest = block.brightest
        yield block.frames(), broken, brightest


def write_png(path: Path, frame: Frames, *options: int) -> None:
    """Writes a frame (H, W, 1), or (H, W, 3) RGB, and the folders that it is to lie in; `options` are OpenCV's.

    Raises DataError, also where another picture lies in its place; the same one is left as it is.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file():
            with replacing(path, flush=False, error=None) as part:
                part.write_bytes(opencv().imencode(".png", frame[..., ::-1], options)[1].data)
        elif not _is_same(path.read_bytes(), frame):
            raise DataError(f"{path}: is another picture, of another conversion; move its tree away or convert without png")


def _is_same(data: bytes, frame: Frames) -> bool:
    try:
        return np.array_equal(np.atleast_3d(_decoded(data))[..., ::-1], frame)
    except Unusable:
        return False


def _bare_png(data: bytes) -> bytes:
    """The chunks that make the image, found whole: of others, and of damage, libpng complains on stderr."""
    kept, at = [PNG], len(PNG)
    while at + 12 <= len(data):
        kind, end = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4], "big")
        if kind in _PNG_NEEDED:
            if zlib.crc32(memoryview(data)[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
                break
            if kind == b"IHDR" and math.prod(struct.unpack_from(">II", data, at + 8)) > _LARGEST:
                raise Unusable("is too large an image")
            kept.append(data[at:end])
            if kind == b"IEND":
                return b"".join(kept)
        at = end
    raise Unusable("is no image that can be decoded")
