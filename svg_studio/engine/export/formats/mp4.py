"""Writes MP4 videos in H.264 that browsers can play, with FFmpeg's libraries through PyAV."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.events import Frames
from svg_studio.engine.export.formats.wall import plan, sample, wall
from svg_studio.engine.export.grid import BACKGROUND, Tile
from svg_studio.engine.utils.files import needing_encoders

MAX_SIDE = 8192  # of H.264's highest common level
KEYFRAMES = 250  # x264's longest way from one whole picture to the next
_QUALITY = "16"  # x264's constant rate factor
_BT709, _LIMITED = 1, 1  # as ITU-T H.273 numbers them; said and done, so that borders have the same colours in every player
_BICUBIC = 4


def write(path: Path, config: ExportConfig, tiles: Sequence[Tile]) -> Iterator[int]:
    yield from write_frames(path, wall(config, tiles, MAX_SIDE), config.fps, config.recipe)


def picture_size(config: ExportConfig, tiles: Sequence[Tile]) -> tuple[tuple[int, int], int]:
    """Height and width of a frame, and how many there are."""
    whole = plan(config, tiles)
    height, width = whole.size
    return (height + height % 2, width + width % 2), whole.n_frames


def pictures(config: ExportConfig, tiles: Sequence[Tile]) -> Iterator[Frames]:
    """The frames as a preview shows them."""
    return map(pad, wall(config, tiles, MAX_SIDE))


def estimate(config: ExportConfig, tiles: Sequence[Tile]) -> int:
    n_frames = plan(config, tiles).n_frames
    middle = n_frames // 2
    frames, ratio = sample(config, tiles, range(middle, min(middle + 4, n_frames)))
    pictures = [pad(frame) for frame in frames]
    with needing_encoders():
        import av
    encoder = av.CodecContext.create("libx264", "w")
    _set_up(encoder, pictures[0], Fraction(10))
    to_yuv = _Yuv()
    sizes = [
        packet.size for picture in [*pictures, None] for packet in encoder.encode(None if picture is None else to_yuv(picture))
    ]
    whole, change = sizes[0], sum(sizes[1:]) / max(1, len(sizes) - 1)
    return round(2000 + len(config.recipe) + 12 * n_frames + ratio * (whole * -(-n_frames // KEYFRAMES) + change * (n_frames - 1)))


def write_frames(path: Path, frames: Iterable[Frames], fps: float, comment: str = "") -> Iterator[int]:
    """Writes frames (H, W, C) as they come, padded to even sizes, never resized; yields how many are written.

    comment: what players call so among the metadata.

    Raises OSError.
    """
    frames = map(pad, frames)
    first = next(frames, None)
    if first is None:
        return
    with needing_encoders():
        import av
    try:
        # Absolute, so that no beginning of a name is taken for a protocol.
        with av.open(str(path.absolute()), "w", format="mp4", options={"movflags": "+faststart"}) as file:
            if comment:
                file.metadata["comment"] = comment
            rate = Fraction(fps).limit_denominator(1000)
            stream = file.add_stream("libx264", rate=rate)
            _set_up(stream.codec_context, first, rate)
            to_yuv = _Yuv()
            for done, frame in enumerate(chain([first], frames), 1):
                assert frame.shape == first.shape, "all frames of a video are of one size"
                file.mux(stream.encode(to_yuv(frame)))
                yield done
            file.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise OSError(error.errno or errno.EIO, error.strerror) from error


def _set_up(encoder: Any, frame: Frames, rate: Fraction) -> None:
    encoder.height, encoder.width = frame.shape[:2]
    encoder.pix_fmt, encoder.time_base, encoder.framerate = "yuv420p", 1 / rate, rate
    encoder.options = {"crf": _QUALITY}
    encoder.colorspace = encoder.color_primaries = encoder.color_trc = _BT709
    encoder.color_range = _LIMITED


class _Yuv:
    """Frames (H, W, 3) RGB as the encoder takes them, numbered by their place."""

    def __init__(self) -> None:
        from av.video.reformatter import VideoReformatter

        self._reformatter = VideoReformatter()
        self._count = 0

    def __call__(self, frame: Frames) -> Any:
        from av import VideoFrame

        rgb = VideoFrame.from_ndarray(frame, "rgb24")
        yuv = self._reformatter.reformat(
            rgb, format="yuv420p", dst_colorspace=_BT709, dst_color_range=_LIMITED, interpolation=_BICUBIC, threads=1
        )
        yuv.pts, self._count = self._count, self._count + 1
        return yuv


def pad(frame: Frames) -> Frames:
    """(H, W, C) as (H', W', 3) with H' and W' even, as yuv420p wants them: background below and to the right."""
    height, width = frame.shape[:2]
    if frame.shape[2] == 3 and height % 2 == width % 2 == 0:
        return frame
    padded = np.empty((height + height % 2, width + width % 2, 3), np.uint8)
    padded[:] = BACKGROUND
    padded[:height, :width] = frame
    return padded
