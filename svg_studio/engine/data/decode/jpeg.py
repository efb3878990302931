"""Decodes JPEG files, and finds those that are damaged inside, whose pictures decoders garble in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from svg_studio.engine.data.decode.opencv import Unusable, opencv
from svg_studio.engine.data.decode.resize import AnyImage
from svg_studio.engine.data.decode.video import pyav

JPEG = b"\xff\xd8\xff"  # how such a file begins
_SOI, _EOI, _SOS, _DRI, _DHT, _DQT, _ADOBE = 0xD8, 0xD9, 0xDA, 0xDD, 0xC4, 0xDB, 0xEE
_FRAMES = {*range(0xC0, 0xD0)} - {_DHT, 0xC8, 0xCC}
_SEQUENTIAL, _PROGRESSIVE = (0xC0, 0xC1), 0xC2
_LOOKED_AHEAD = bytes(8)  # what OpenCV's decoder wants behind the last byte
_SPARE = 2  # bytes too many that are no damage: some cameras write them
_SURPLUS = re.compile(r"(\d+) extraneous bytes before marker")
_DAMAGED = "is damaged inside"


@dataclass
class _Parts:
    """Of one picture: what makes it, without notes and thumbnails, and how it is coded."""

    needed: list[bytes] = field(default_factory=lambda: [b"\xff\xd8"])
    frame: int = 0
    bits: int = 8
    scans: int = 0
    restarts: bool = False
    end: int = 0  # where the last scan ends
    whole: bool = False  # whether the picture's end is there


def decoded(data: bytes) -> AnyImage | None:
    """As OpenCV decodes it; None where it cannot. Raises Unusable for damage, as far as it can be told."""
    parts = _parts(data)
    if parts.bits != 8:
        raise Unusable(f"has {parts.bits} bits of each colour, of which only 8 can be read")
    if not parts.scans or not parts.whole:
        return None
    if parts.frame in _SEQUENTIAL and parts.scans == 1 and not parts.restarts:
        return _of_one_scan(data, parts.end)
    if parts.frame in (*_SEQUENTIAL, _PROGRESSIVE) and _is_bent(parts):  # first, for OpenCV complains of it on stderr
        raise Unusable(_DAMAGED)
    return _by_opencv(data, whole=True)


def _of_one_scan(data: bytes, end: int) -> AnyImage | None:
    """Of a scan that was bent a decoder wants more or fewer bytes than there are; OpenCV gives up where some are missing."""
    image = _by_opencv(data[:end] + _LOOKED_AHEAD, whole=True)
    if image is None:
        if _by_opencv(data, whole=False) is None:
            return None
        raise Unusable(_DAMAGED)
    # Zeros and ones that fill a file up are not counted as too many.
    if _by_opencv(data[: len(data[:end].rstrip(b"\0\xff")) - 1 - _SPARE], whole=False) is not None:
        raise Unusable(_DAMAGED)
    return image


def _by_opencv(data: bytes, *, whole: bool) -> AnyImage | None:
    """whole: of all its pixels, else only to see whether it can be done."""
    cv2 = opencv()
    flags = cv2.IMREAD_UNCHANGED if whole else cv2.IMREAD_REDUCED_GRAYSCALE_8
    image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    return None if image is None else np.asarray(image)


def _is_bent(parts: _Parts) -> bool:
    """Whether libjpeg, which sees where each of several scans ends, or FFmpeg, which looks closer, complains."""
    import simplejpeg

    data = b"".join(parts.needed) + b"\xff\xd9"
    try:
        colours = "CMYK" if simplejpeg.decode_jpeg_header(data)[2] in ("CMYK", "YCCK") else "GRAY"
        simplejpeg.decode_jpeg(data, colours, strict=True)
    except ValueError as error:
        surplus = _SURPLUS.search(str(error))
        count = int(surplus[1]) if surplus else 0
        # Zeros and ones that fill a file up are no damage, nor are a few bytes too many.
        if not count or (count > _SPARE and parts.needed[-1][-count:].strip(b"\0\xff")):
            return True
    return _fails(data, "explode") and not _fails(data, "")


def _fails(data: bytes, detect: str) -> bool:
    """Whether FFmpeg's decoder finds fault."""
    av = pyav()

    decoder = av.CodecContext.create("mjpeg", "r")
    decoder.thread_count = 1
    decoder.options = {"err_detect": detect} if detect else {}
    try:
        return not decoder.decode(av.Packet(data))
    except av.FFmpegError:
        return True


def _parts(data: bytes) -> _Parts:
    parts = _Parts()
    for marker, start, end in _segments(data):
        if marker == _EOI:
            parts.whole = True
            break
        if marker in _FRAMES:
            parts.frame, parts.bits = marker, data[start + 4] if min(end, len(data)) > start + 4 else 8
        if marker == _SOS:
            parts.scans += 1
            parts.end = end
        parts.restarts |= marker == _DRI and any(data[start + 4 : end])
        if marker in (_SOS, _DRI, _DHT, _DQT, _ADOBE) or marker in _FRAMES:
            parts.needed.append(data[start:end])
    return parts


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each; of a scan with its data."""
    at = 2
    while 0 <= (at := data.find(b"\xff", at)) < len(data) - 1:
        marker, start = data[at + 1], at
        if marker in (0, 0xFF) or marker == _SOI or 0xD0 <= marker < _SOI:
            at += 1 if marker == 0xFF else 2
            continue
        at = at + 2 if marker == _EOI else at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _SOS:
            while 0 <= (at := data.find(b"\xff", at)) < len(data) - 1 and (
                data[at + 1] in (0, 0xFF) or 0xD0 <= data[at + 1] < _SOI
            ):
                at += 1 if data[at + 1] == 0xFF else 2
            if at < 0:
                at = len(data)
        yield marker, start, at
