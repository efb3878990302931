"""Times the conversions of BAIR and KTH against simple loops, on files made for the purpose; part of `benchmarks.data`."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import tfrecord
from PIL import Image
from tfrecord.writer import TFRecordWriter

from benchmarks.measure import goal, row
from svg_studio.engine.config import ConvertConfig
from svg_studio.engine.data.convert import convert

ROUNDS = 5
BAIR_FILES, TRAJECTORIES, STEPS = 2, 48, 30
KTH_VIDEOS, KTH_FRAMES = 12, 400
KTH_SIZE = (160, 120)


def compare_bair(folder: Path) -> Iterator[str]:
    """Yields the lines of the table: from TFRecords to a frame store, against tfrecord's reader and Pillow's PNG writer."""
    files = [_write_records(folder / "softmotion30_44k" / split, n) for n, split in enumerate(["train", "test"][:BAIR_FILES])]

    def plain() -> None:
        wanted = {f"{i}/image_aux1/encoded": "byte" for i in range(STEPS)}
        for file in files:
            for k, record in enumerate(tfrecord.tfrecord_loader(str(file), None, wanted), 1):
                target = folder / "png" / file.stem / str(k)
                target.mkdir(parents=True)
                for i in range(STEPS):
                    pixels = np.frombuffer(record[f"{i}/image_aux1/encoded"], np.uint8).reshape(64, 64, 3)
                    Image.fromarray(pixels).save(target / f"{i}.png")
        shutil.rmtree(folder / "png")

    loop, ours = _rounds(plain, _conversion(ConvertConfig(dataset="bair", data_root=str(folder))))
    frames = BAIR_FILES * TRAJECTORIES * STEPS
    yield f"BAIR conversion: {BAIR_FILES * TRAJECTORIES} trajectories of {STEPS} frames, both cameras in the records"
    yield row("tfrecord's loop, a PNG a frame", loop, frames, "frames")
    yield row("convert bair", ours, frames, "frames")
    yield goal(loop / ours, 10)


def compare_kth(folder: Path) -> Iterator[str]:
    """Yields the lines of the table: AVI files to a frame store, against OpenCV's decoding alone."""
    raw = folder / "KTH" / "raw" / "boxing"
    raw.mkdir(parents=True)
    files = [raw / f"person{n:02}_boxing_d1_uncomp.avi" for n in range(14, 14 + KTH_VIDEOS)]
    for n, file in enumerate(files):
        _write_video(file, n)
    rows = [
        f"{file.name.removesuffix('_uncomp.avi')}\tframes\t1-{KTH_FRAMES // 2}, {KTH_FRAMES // 2 + 1}-{KTH_FRAMES}"
        for file in files
    ]
    (folder / "KTH" / "raw" / "00sequences.txt").write_text("\n".join(rows) + "\n")

    def plain() -> None:
        for file in files:
            video = cv2.VideoCapture(str(file))
            while video.read()[0]:
                pass

    loop, ours = _rounds(plain, _conversion(ConvertConfig(dataset="kth", data_root=str(folder))))
    frames = KTH_VIDEOS * KTH_FRAMES
    yield f"KTH conversion: {KTH_VIDEOS} videos of {KTH_FRAMES} frames, {KTH_SIZE[0]}×{KTH_SIZE[1]}, MPEG-4, to 64 px"
    yield row("OpenCV decodes, nothing is kept", loop, frames, "frames")
    yield row("convert kth", ours, frames, "frames")
    yield goal(loop / ours, 0.8)


def _conversion(config: ConvertConfig) -> Callable[[], None]:
    def run() -> None:
        for _ in convert(config):
            pass
        shutil.rmtree(config.folder)

    return run


def _rounds(*functions: Callable[[], None]) -> list[float]:
    """Median seconds of each; they take turns, the first of which warms the cache of files."""
    times: list[list[float]] = [[] for _ in functions]
    for turn in range(ROUNDS + 1):
        for function, taken in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            if turn:
                taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in times]


def _scene(seed: int, height: int, width: int, n: int) -> npt.NDArray[np.uint8]:
    """(n, height, width, 3): a disc that moves over a soft background, about as busy as the real recordings."""
    rng = np.random.default_rng(seed)
    back = cv2.GaussianBlur(rng.integers(0, 256, (height, width, 3), np.uint8), (0, 0), 5)
    grain = rng.integers(0, 6, (n, height, width, 1), np.uint8)
    frames = np.minimum(back, 249)[None] + grain
    for t in range(n):
        cv2.circle(frames[t], (10 + t * 3 % (width - 20), height // 2), height // 6, (40, 90, 200), -1)
    return frames


def _write_records(folder: Path, seed: int) -> Path:
    folder.mkdir(parents=True)
    path = folder / f"traj_{256 * seed}_to_{256 * seed + 255}.tfrecords"
    writer = TFRecordWriter(str(path))
    for k in range(TRAJECTORIES):
        frames = _scene(1000 * seed + k, 64, 64, STEPS)
        record = {}
        for i in range(STEPS):
            record[f"{i}/image_aux1/encoded"] = (frames[i].tobytes(), "byte")
            record[f"{i}/image_main/encoded"] = (frames[-1 - i].tobytes(), "byte")
            record[f"{i}/action"] = ([0.0, 0.1, 0.2, float(i)], "float")
            record[f"{i}/endeffector_pos"] = ([0.5, 0.1, float(i)], "float")
        writer.write(record)
    writer.close()
    return path


def _write_video(path: Path, seed: int) -> None:
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"DIVX"), 25, KTH_SIZE)
    for frame in _scene(seed, KTH_SIZE[1], KTH_SIZE[0], KTH_FRAMES):
        video.write(frame)
    video.release()
