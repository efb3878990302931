"""Videos and images made for tests, and the frames that a plain loop over OpenCV finds in them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np

from svg_studio.engine.config import ConvertConfig
from svg_studio.engine.data.convert import convert
from svg_studio.engine.data.decode.resize import Fitting
from svg_studio.engine.data.decode.video import Video
from svg_studio.engine.data.store import open_store
from svg_studio.engine.events import SourceSkipped


def scene(count: int, size: tuple[int, int] = (160, 120), seed: int = 0) -> np.ndarray:
    """(count, H, W, 3) BGR: a disc that moves over a soft background in which left and right, up and down differ."""
    width, height = size
    rng = np.random.default_rng(seed)
    small = rng.integers(30, 220, (5, 5, 3), np.uint8)
    frames = np.repeat(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)[None], count, axis=0)
    for t in range(count):
        centre = (int(width * (0.2 + 0.6 * (t % 29) / 28)), int(height * (0.3 + 0.4 * (t % 17) / 16)))
        cv2.circle(frames[t], centre, max(2, min(size) // 6), (40, 250, 10 + 200 * t // count), -1)
    return frames


def write_video(path: Path, frames: np.ndarray, codec: str = "DIVX", fps: float = 25) -> Path:
    """`frames` (T, H, W, 3) BGR as a video file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = frames.shape[1:3]
    video = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*codec), fps, (width, height))
    assert video.isOpened(), codec
    for frame in frames:
        video.write(frame)
    video.release()
    return path


def cut_short(path: Path, share: float) -> Path:
    """Leaves the first `share` of the file's bytes."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def ffmpeg(*arguments: str | Path) -> None:
    """Runs imageio-ffmpeg's binary, which replaces files that are there."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def decoded(path: Path) -> np.ndarray:
    """(T, H, W, 3) BGR: every frame that cv2.VideoCapture.read gives."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames = []
    while (read := capture.read())[0]:
        frames.append(read[1])
    capture.release()
    return np.stack(frames)


def fitted(frames: Sequence[np.ndarray] | np.ndarray, width: int = 64, channels: int = 3, fit: str = "squash") -> np.ndarray:
    """BGR frames that are larger than `width`, (T, W, W, C) in RGB or grey, one after the other."""
    made = []
    for frame in frames:
        image = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY if channels == 1 else cv2.COLOR_BGR2RGB)
        if fit == "crop":
            height, across = image.shape[:2]
            if across >= height:
                image = image[:, (across - height) // 2 : (across - height) // 2 + height]
            else:
                image = image[(height - across) // 2 : (height - across) // 2 + across]
        made.append(cv2.resize(np.ascontiguousarray(image), (width, width), interpolation=cv2.INTER_AREA))
    return np.stack(made).reshape(len(made), width, width, channels)


def shown(path: Path, *filters: str) -> np.ndarray:
    """(T, H, W, 3) BGR, upright, as FFmpeg's program gives them."""
    size = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path), *filters, "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-"],
        capture_output=True, check=False,
    ).stdout  # fmt: skip
    height, width = cv2.imdecode(np.frombuffer(size, np.uint8), cv2.IMREAD_COLOR).shape[:2]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "quiet", "-i", str(path), *filters, "-fps_mode", "passthrough"]
    raw = subprocess.run([*command, "-pix_fmt", "bgr24", "-f", "rawvideo", "-"], capture_output=True, check=False).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def read(path: Path, fit: str = "squash", width: int = 64, background: str = "#000000") -> tuple[np.ndarray, str, list[str]]:
    """Frames (T, W, W, 3) RGB, what is wrong with the video, and notes."""
    with Video(path) as video:
        frames = np.concatenate(list(video.blocks(Fitting(width, 3, fit, background))))
        return frames, video.shortfall(), list(video.notes())


def squashed(frames: np.ndarray, width: int = 64) -> np.ndarray:
    return np.stack([cv2.resize(frame, (width, width), interpolation=cv2.INTER_AREA)[..., ::-1] for frame in frames])


def differ(ours: np.ndarray, theirs: np.ndarray) -> float:
    assert ours.shape == theirs.shape
    return float(np.abs(ours.astype(int) - theirs).mean(axis=(1, 2, 3)).max())


def write_kth(
    root: Path,
    rows: dict[str, str],
    *,
    frames: int = 60,
    size: tuple[int, int] = (160, 120),
    listed: bytes | None = None,
    flat: bool = False,
) -> dict[str, Path]:
    """Videos in KTH's layout below `root`, the folder with the actions, with `rows` (name → ranges or "") as 00sequences.txt.

    A row without ranges is marked missing and gets no video. `listed` is written as the list in place of the rows.
    """
    root.mkdir(parents=True, exist_ok=True)
    paths = {}
    for seed, (name, ranges) in enumerate(rows.items()):
        if ranges:
            folder = root if flat else root / name.split("_")[1]
            paths[name] = write_video(folder / f"{name}_uncomp.avi", scene(frames, size, seed))
    lines = [f"{name}\tframes\t{ranges}" if ranges else f"{name}\t*missing*" for name, ranges in rows.items()]
    text = "\r\n".join(["Training:   person11, 12", "", *lines, ""])
    (root / "00sequences.txt").write_bytes(text.encode() if listed is None else listed)
    return paths


def converted(config: ConvertConfig) -> tuple[dict[str, dict[str, np.ndarray]], list[tuple[str, str]]]:
    """Converts, and gives split → name of sequence → frames, and what was said to be left out and why."""
    skipped = [(event.source, event.reason) for event in convert(config) if isinstance(event, SourceSkipped)]
    store = open_store(config.folder)
    found = {
        split: {s.name: np.array(store.frames(split)[s.first : s.first + s.length]) for s in store.sequences[split]}
        for split in store.sequences
    }
    return found, skipped


def files_of(folder: Path) -> dict[str, bytes]:
    """Name → content of every file in `folder`."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
