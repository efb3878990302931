"""Turns decoded video frames into the pictures that a player shows: upright, in standard range, on a ground where transparent."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from svg_studio.engine.data.decode.opencv import Unusable, opencv
from svg_studio.engine.data.decode.resize import Fitting, Image

LARGEST = 1 << 28  # pixels of a frame
_BICUBIC = 4  # swscale's interpolation of colours, as FFmpeg's own programs have it
_AREA = 32
_PQ, _HLG = 16, 18  # transfer functions of high dynamic range, numbered as in ITU-T H.273
_WHITE = 203.0  # cd/m² of white paper in high dynamic range (ITU-R BT.2408)
_PEAK = 1000.0  # cd/m² that becomes the brightest of the standard range
_KNEE = 0.75  # share of white up to which brightness stays as it is
_TO_709 = ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187))  # linear light, from BT.2020


class Pictures:
    """The frames of one video stream as pictures. `note` tells what was done to them that is not seen."""

    def __init__(self, stream: Any) -> None:
        from av.video.reformatter import VideoReformatter

        self.note = ""
        self._reformatter = VideoReformatter()
        ratio = stream.sample_aspect_ratio
        self._aspect = float(ratio) if ratio and 0.01 < ratio < 100 else 1.0
        self._formats: dict[str, tuple[str, bool]] = {}
        self._graphs: dict[tuple[Any, ...], Any] = {}

    def shown(self, frame: Any, fitting: Fitting) -> tuple[Image, float]:
        """(H, W, 3) BGR or, of what may be transparent, (H, W, 4), and how wide a pixel is by its height.

        Raises Unusable for a frame that cannot be shown.
        """
        if frame.width * frame.height > LARGEST:
            raise Unusable(f"has frames of {frame.width} × {frame.height} pixels")
        try:
            image = self._standard(frame, fitting) if frame.color_trc in (_PQ, _HLG) else _pixels(self._converted(frame))
        except (ValueError, OSError) as error:
            raise Unusable(f"has frames of a kind ({frame.format.name}) that cannot be shown") from error
        matrix = frame.side_data.get("DISPLAYMATRIX")
        return _upright(image, self._aspect, np.frombuffer(bytes(matrix), np.int32)) if matrix else (image, self._aspect)

    def _as(self, frame: Any, pixels: str, **size: int) -> Any:
        interpolation = _AREA if size else _BICUBIC
        return self._reformatter.reformat(frame, format=pixels, interpolation=interpolation, threads=1, **size)

    def _converted(self, frame: Any) -> Any:
        pixels, plain = self._format_of(frame)
        if plain and not frame.interlaced_frame:
            return self._as(frame, pixels)
        # FFmpeg's filter has the chroma of fields and of more than 8 bits in its right place; the other way is faster.
        kind = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range, bool(frame.interlaced_frame))
        if kind not in self._graphs:
            self._graphs.clear()
            self._graphs[kind] = _filter(frame, pixels)
        self._graphs[kind].push(frame)
        return self._graphs[kind].pull()

    def _format_of(self, frame: Any) -> tuple[str, bool]:
        """In which format a frame is to come, and whether it has the common 8 bits."""
        name = frame.format.name
        if name not in self._formats:
            parts = frame.format.components
            clear = name == "pal8" or any(part.is_alpha for part in parts)
            self._formats[name] = "bgra" if clear else "bgr24", all(part.bits <= 8 for part in parts)
        return self._formats[name]

    def _standard(self, frame: Any, fitting: Fitting) -> Image:
        """High dynamic range as standard range, no larger than is needed."""
        self.note = (
            f"has a high dynamic range ({'PQ' if frame.color_trc == _PQ else 'HLG'}), which was brought into the standard one"
        )
        shrunk = max(1, min(frame.width, frame.height) // (2 * fitting.width))
        rgb = self._as(frame, "rgb48le", width=frame.width // shrunk, height=frame.height // shrunk).to_ndarray()
        light = (_pq if frame.color_trc == _PQ else _hlg)(rgb.astype(np.float32) / 65535) / _WHITE
        light = np.maximum(light @ np.array(_TO_709, np.float32).T, 0)
        brightest = light.max(axis=2, keepdims=True)
        light *= _compressed(brightest) / np.maximum(brightest, 1e-6)
        return np.ascontiguousarray((np.clip(light, 0, 1) ** (1 / 2.4) * 255 + 0.5).astype(np.uint8)[..., ::-1])


def _filter(frame: Any, pixels: str) -> Any:
    from av.filter import Graph

    graph = Graph()
    nodes = [
        graph.add_buffer(width=frame.width, height=frame.height, format=frame.format.name, time_base=frame.time_base),
        graph.add("scale", "flags=bicubic"),
        graph.add("format", pixels),
        graph.add("buffersink"),
    ]
    for node, following in pairwise(nodes):
        node.link_to(following)
    graph.configure()
    return graph


def _pixels(frame: Any) -> Image:
    """(H, W, 3) or (H, W, 4) without a copy."""
    plane, depth = frame.planes[0], len(frame.format.components)
    return np.ndarray((frame.height, frame.width, depth), np.uint8, plane, strides=(plane.line_size, depth, 1))


def _pq(signal: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Light in cd/m² (SMPTE ST 2084)."""
    power = signal ** (1 / 78.84375)
    light: npt.NDArray[np.float32] = np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
    return 10000 * light ** (1 / 0.1593017578125)


def _hlg(signal: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Light in cd/m² on a screen of 1000 cd/m² (ITU-R BT.2100)."""
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    bright = scene @ np.array((0.2627, 0.678, 0.0593), np.float32)
    light: npt.NDArray[np.float32] = _PEAK * np.maximum(bright, 1e-6)[..., None] ** 0.2 * scene
    return light


def _compressed(light: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Light, white being 1, so that the peak becomes 1 and what is below the knee stays."""
    over, most = np.maximum(light - _KNEE, 0) / (1 - _KNEE), (_PEAK / _WHITE - _KNEE) / (1 - _KNEE)
    bent: npt.NDArray[np.float32] = _KNEE + (1 - _KNEE) * over * (1 + over / most**2) / (1 + over)
    return np.where(light <= _KNEE, light, np.minimum(bent, 1))


def _upright(image: Image, aspect: float, matrix: npt.NDArray[np.int32]) -> tuple[Image, float]:
    """As a display matrix has it, by the nearest of the eight ways to turn and mirror a picture."""
    cv2 = opencv()
    if len(matrix) < 5:
        return image, aspect
    a, b, c, d = map(int, matrix[[0, 1, 3, 4]])  # a point (x, y) is shown at (a·x + c·y, b·x + d·y)
    if abs(b) + abs(c) > abs(a) + abs(d):
        image, aspect, a, d = cv2.transpose(image), 1 / aspect, c, b
    if a < 0:
        image = cv2.flip(image, 1)
    if d < 0:
        image = cv2.flip(image, 0)
    return image, aspect
