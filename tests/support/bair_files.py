"""Small files in BAIR's schema, written by the tfrecord library itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tfrecord.writer import TFRecordWriter

LENGTH, WIDTH = 30, 64
Datum = dict[str, tuple[Any, str]]  # what TFRecordWriter.write takes: name → (value, kind)


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What one record holds."""

    aux1: np.ndarray[Any, Any]  # (30, 64, 64, 3) uint8 RGB
    main: np.ndarray[Any, Any]
    action: np.ndarray[Any, Any]  # (30, 4) float32
    endeffector_pos: np.ndarray[Any, Any]  # (30, 3) float32

    def datum(self) -> Datum:
        fields: Datum = {}
        for i in range(LENGTH):
            fields[f"{i}/image_aux1/encoded"] = (self.aux1[i].tobytes(), "byte")
            fields[f"{i}/image_main/encoded"] = (self.main[i].tobytes(), "byte")
            fields[f"{i}/action"] = (self.action[i].tolist(), "float")
            fields[f"{i}/endeffector_pos"] = (self.endeffector_pos[i].tolist(), "float")
        return fields


def trajectories(count: int, seed: int = 0) -> list[Trajectory]:
    """Smooth scenes, no two alike, whose three colours differ."""
    rng = np.random.default_rng(seed)
    made = []
    at = np.arange(WIDTH)
    for _ in range(count):
        cameras = []
        for _ in range(2):
            start, speed, colour = rng.uniform(10, 50, 2), rng.uniform(-1, 1, 2), rng.integers(30, 255, 3)
            y, x = (start[k] + speed[k] * np.arange(LENGTH)[:, None] for k in range(2))
            blob = np.exp(-((at - y) ** 2)[:, :, None] / 60 - ((at - x) ** 2)[:, None, :] / 60)  # (T, H, W)
            cameras.append((20 + blob[..., None] * (colour - 20)).astype(np.uint8))
        numbers = rng.normal(size=(LENGTH, 7)).astype(np.float32)
        made.append(Trajectory(*cameras, numbers[:, :4], numbers[:, 4:]))
    return made


def write_tfrecords(
    path: Path, scenes: Sequence[Trajectory], change: Callable[[int, Datum], Datum] = lambda number, datum: datum
) -> Path:
    """One file of `scenes`, each as `change` makes it of its number, from 1, and its fields."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = TFRecordWriter(str(path))
    for number, scene in enumerate(scenes, 1):
        writer.write(change(number, scene.datum()))
    writer.close()
    return path


def write_bair(
    root: Path,
    train: Sequence[int] = (3, 2),
    test: Sequence[int] = (2,),
    val: Sequence[int] = (),
    folders: Mapping[str, str] | None = None,
) -> dict[str, Trajectory]:
    """Files of so many trajectories in `root`/<split>, or as `folders` calls it; returns them by split/file/number."""
    made: dict[str, Trajectory] = {}
    for split, counts in (("train", train), ("test", test), ("val", val)):
        first = 0
        for count in counts:
            stem, scenes = f"traj_{first}_to_{first + count - 1}", trajectories(count, seed=len(made))
            write_tfrecords(root / (folders or {}).get(split, split) / f"{stem}.tfrecords", scenes)
            made |= {f"{split}/{stem}/{k}": scene for k, scene in enumerate(scenes, 1)}
            first += count
    return made
