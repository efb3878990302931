"""Reads PBM, PGM and PPM files, whose values count up to what the file says."""

from __future__ import annotations

import re

import numpy as np

from svg_studio.engine.data.decode.opencv import Unusable
from svg_studio.engine.data.decode.resize import AnyImage

LARGEST = 1 << 28  # pixels
_SPACE = rb"(?:\s|#[^\n]*\n)+"  # with comments


def netpbm(data: bytes) -> AnyImage:
    """(H, W) or (H, W, 3) BGR of 8 bits, or of 16 where a value may be above 255. Raises Unusable."""
    kind = int(data[1:2])
    bits = kind in (1, 4)
    header = re.match(rb"P[1-6]" + (_SPACE + rb"(\d{1,9})") * (2 if bits else 3) + rb"(?=\s)", data)
    if not header:
        raise Unusable("is no image that can be decoded")
    width, height, most = (*map(int, header.groups()), 1)[:3]
    depth = 3 if kind in (3, 6) else 1
    if width * height > LARGEST:
        raise Unusable("is too large an image")
    if not (width and height and 0 < most < 65536):
        raise Unusable("is no image that can be decoded")
    values = _values(data[header.end() + 1 :], kind, (height, width * depth), most)
    if values is None:
        raise Unusable("ends before its last pixel")
    full = 255 if most < 256 else 65535
    if most != full:
        values = (np.minimum(values, most).astype(np.uint32) * full + most // 2) // most
    if bits:
        values = 255 - values
    image = values.astype(np.uint8 if full == 255 else np.uint16).reshape(height, width, depth)
    return np.ascontiguousarray(image[..., ::-1]) if depth == 3 else image[..., 0]


def _values(data: bytes, kind: int, shape: tuple[int, int], most: int) -> AnyImage | None:
    """(H, W × samples) as they stand in the file; None where some are missing."""
    height, across = shape
    if kind == 4:
        line = -(-across // 8)
        found = np.frombuffer(data[: height * line], np.uint8)
        return np.unpackbits(found.reshape(height, line), axis=1, count=across) if found.size == height * line else None
    if kind > 4:
        found = np.frombuffer(data[: height * across * (1 + (most > 255))], np.uint8 if most < 256 else ">u2")
    else:
        words = re.findall(rb"[01]" if kind == 1 else rb"\d+", re.sub(rb"#[^\n]*", b"", data))[: height * across]
        found = np.array(words, dtype="S9").astype(np.uint32)
    return found.reshape(shape) if found.size == height * across else None
