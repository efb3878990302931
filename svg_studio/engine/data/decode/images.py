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
import numpy.typing as npt

from svg_studio.engine.data.decode.opencv import Unusable, opencv
from svg_studio.engine.data.decode.resize import Block, Fitting, Image, on_colour
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Frames
from svg_studio.engine.utils.files import explained, replacing

AT_ONCE = 64  # images read
_LARGEST = 1 << 28  # pixels
PNG = b"\x89PNG\r\n\x1a\n"  # how such a file begins
_PNG_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT", b"IEND")
_EXIF = (b"Exif\0\0", b"eXIf", b"EXIF")  # how notes on how the camera was held begin in JPEG, PNG and WebP


def natural(name: str) -> tuple[list[Any], str]:
    """Key to sort names by, so that frame2 comes before frame10."""
    parts: list[Any] = re.split(r"(\d+)", name)
    parts[1::2] = map(int, parts[1::2])
    parts[::2] = [part.casefold() for part in parts[::2]]
    return parts, name


def read_image(path: Path) -> Image:
    """(H, W) or (H, W, 3) BGR, upright, 8 bits, what is transparent on black. Raises Unusable."""
    try:
        return _decoded(path.read_bytes())  # not cv2.imread: on Windows that one opens no name beyond the code page
    except (OSError, ValueError) as error:
        raise Unusable(f"cannot be read ({getattr(error, 'strerror', None) or error})") from error


def _decoded(data: bytes) -> Image:
    cv2 = opencv()
    if not data:
        raise Unusable("is empty")
    if data.startswith(PNG):
        data = _bare_png(data)
    # OpenCV either turns an image upright or keeps what is transparent.
    turned = any(mark in data for mark in _EXIF)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH if turned else cv2.IMREAD_UNCHANGED
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise Unusable("is no image that can be decoded") from error
    if image is None or not image.size:
        raise Unusable("is no image that can be decoded")
    return _on_black(_bytes(image))


def image_blocks(paths: Sequence[Path], fitting: Fitting) -> Iterator[tuple[Frames, list[tuple[Path, str]]]]:
    """The images as frames, uint8 (T, W, W, C) of at most 64 at a time, each with the files left out and why."""
    for start in range(0, len(paths), AT_ONCE):
        chosen = paths[start : start + AT_ONCE]
        block = Block(fitting, len(chosen))
        broken: list[tuple[Path, str]] = []
        for path in chosen:
            try:
                block.add(read_image(path))
            except Unusable as error:
                broken.append((path, str(error)))
        yield block.frames(), broken


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


def _bytes(image: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """8 bits of 16: 65535 / 257 = 255."""
    if image.dtype == np.uint16:
        return ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if image.dtype != np.uint8:
        raise Unusable(f"holds {image.dtype} values, not 8 or 16 bits")
    return image


def _on_black(image: npt.NDArray[np.uint8]) -> Image:
    if image.ndim == 2 or image.shape[2] == 3:
        return image
    if image.shape[2] == 1:
        return image[..., 0]
    return on_colour(image, "#000000")
