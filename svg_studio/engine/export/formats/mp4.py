"""Writes MP4 videos in H.264 that browsers can play, with the ffmpeg of imageio-ffmpeg."""

from __future__ import annotations

import contextlib
import errno
import importlib
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path

import numpy as np

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.errors import ExportError
from svg_studio.engine.events import Frames
from svg_studio.engine.export.formats.wall import plan, sample, wall
from svg_studio.engine.export.grid import BACKGROUND, Tile
from svg_studio.engine.utils.files import needing_imageio

MAX_SIDE = 8192  # of H.264's highest common level
KEYFRAMES = 250  # x264's longest way from one whole picture to the next
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows a console would flash up
# bt709 is said and done, so that borders have the same colours in every player.
ENCODING = (
    *("-vf", "scale=out_color_matrix=bt709:out_range=tv,setparams=color_primaries=bt709:color_trc=bt709"),
    *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "16", "-colorspace", "bt709", "-color_range", "tv"),
)


def write(path: Path, config: ExportConfig, tiles: Sequence[Tile]) -> Iterator[int]:
    yield from write_frames(path, wall(config, tiles, MAX_SIDE), config.fps)


def estimate(config: ExportConfig, tiles: Sequence[Tile]) -> int:
    n_frames = plan(config, tiles).n_frames
    middle = n_frames // 2
    frames, ratio = sample(config, tiles, range(middle, min(middle + 4, n_frames)))
    pictures = [pad(frame) for frame in frames]
    command = [*_reading(pictures[0], 10.0), *ENCODING, "-f", "framecrc", "pipe:1"]  # a line a frame, with its bytes
    raw = b"".join(picture.tobytes() for picture in pictures)
    result = subprocess.run(command, input=raw, capture_output=True, check=False, creationflags=NO_WINDOW)
    sizes = [int(line.split(b",")[4]) for line in result.stdout.splitlines() if line and not line.startswith(b"#")]
    if not sizes:
        raise ExportError(f"ffmpeg: {_last_line(result.stderr)}")
    whole, change = sizes[0], sum(sizes[1:]) / max(1, len(sizes) - 1)
    return round(2000 + 12 * n_frames + ratio * (whole * -(-n_frames // KEYFRAMES) + change * (n_frames - 1)))


def write_frames(path: Path, frames: Iterable[Frames], fps: float) -> Iterator[int]:
    """Writes frames (H, W, C) as they come, padded to even sizes, never resized; yields how many are written."""
    frames = map(pad, frames)
    first = next(frames, None)
    if first is None:
        return
    command = [*_reading(first, fps), *ENCODING, "-movflags", "+faststart", "-f", "mp4", "-y", str(path)]
    with tempfile.TemporaryFile() as log:
        # A session of its own: Ctrl+C in a terminal is for us to answer, not for ffmpeg.
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True, creationflags=NO_WINDOW
        )
        assert process.stdin
        try:
            for done, frame in enumerate(chain([first], frames), 1):
                assert frame.shape == first.shape, "all frames of a video are of one size"
                process.stdin.write(frame.tobytes())
                yield done
            process.stdin.close()
            failed = process.wait() != 0
        except BrokenPipeError:
            failed = True
        finally:
            process.kill()  # one that was cancelled; one that has ended is left alone
            process.wait()
            with contextlib.suppress(OSError):
                process.stdin.close()
        if failed:
            log.seek(0)
            said = log.read()
            raise OSError(errno.ENOSPC if b"No space left" in said else errno.EIO, _last_line(said))


def pad(frame: Frames) -> Frames:
    """(H, W, C) as (H', W', 3) with H' and W' even, as yuv420p wants them: background below and to the right."""
    height, width = frame.shape[:2]
    if frame.shape[2] == 3 and height % 2 == width % 2 == 0:
        return frame
    padded = np.empty((height + height % 2, width + width % 2, 3), np.uint8)
    padded[:] = BACKGROUND
    padded[:height, :width] = frame
    return padded


def _reading(frame: Frames, fps: float) -> list[str]:
    """The command that reads frames like this one from stdin."""
    with needing_imageio():
        ffmpeg = importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()
    height, width = frame.shape[:2]
    rate = str(Fraction(fps).limit_denominator(1000))
    size = f"{width}x{height}"
    return [ffmpeg, "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", rate, "-i", "pipe:0"]


def _last_line(log: bytes) -> str:
    lines = log.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "ffmpeg ended without a word"
