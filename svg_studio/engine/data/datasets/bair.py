"""BAIR robot pushing: reads TFRecords, or the original's tree of PNG files, as sequences of 30 frames."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from svg_studio.engine.config import ConvertConfig
from svg_studio.engine.data.datasets import tfrecords
from svg_studio.engine.data.datasets.bair_pngs import TREES, PngTree, write_pngs
from svg_studio.engine.data.datasets.passed_over import is_passed_over
from svg_studio.engine.data.download.catalog import DOWNLOADS
from svg_studio.engine.data.download.download import arrived, unpack_archive
from svg_studio.engine.data.download.unpack import tidy
from svg_studio.engine.data.source import Piece, Skipped, Source, Unit
from svg_studio.engine.data.splits import split_folders
from svg_studio.engine.data.stored_clips import inspect_stored, open_stored
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import DatasetInspected, Event, Frames, Logged, Remedy

FOLDER = Path(DOWNLOADS["bair"].folder)
LENGTH, WIDTH = 30, 64  # frames of a trajectory, pixels of a frame
EXTRAS = {"action": 4, "endeffector_pos": 3}  # numbers beside each frame
_BYTES = WIDTH * WIDTH * 3
_MAX_BAD = 100  # unusable trajectories in a file after which the rest is not looked at
_NAME = re.compile(r"traj_(\d{1,9})_to_(\d{1,9})")  # the trajectories that a file of the original set holds


@dataclass(frozen=True, kw_only=True)
class TFRecords(Source):
    """TFRecord files of which each trajectory is a sequence `<file>/<number from 1>`."""

    camera: str
    pngs: Path | None  # tree that takes a copy of every frame

    @property
    def expected_bytes(self) -> int:
        """Of a record the frames of one camera are kept, and there are two."""
        return super().expected_bytes // 2

    def read(self, unit: Unit) -> Iterator[Piece | Skipped]:
        """The trajectories of one file."""
        number = unusable = 0
        try:
            for number, record in enumerate(tfrecords.records(unit.path), 1):
                piece = self._piece(unit, number, record)
                yield piece
                unusable += isinstance(piece, Skipped)
                if unusable == _MAX_BAD:
                    yield Skipped(str(unit.path), f"{_MAX_BAD} trajectories of it are unusable; the rest of the file is not read")
                    return
                if isinstance(record, tfrecords.Damaged) and record.ends:
                    return
        except OSError as error:
            yield Skipped(str(unit.path), f"cannot be read to its end ({error.strerror or error})")
            return
        stated = _NAME.fullmatch(unit.path.stem)
        if not number:
            yield Skipped(str(unit.path), "holds no trajectory")
        elif stated and number != (expected := int(stated[2]) - int(stated[1]) + 1):
            reason = f"holds {number:,} trajectories; its name tells of {expected:,}"
            yield Skipped(str(unit.path), reason, damaged=False)

    def _piece(self, unit: Unit, number: int, record: tfrecords.Record | tfrecords.Damaged) -> Piece | Skipped:
        place = f"{unit.path}, byte {record.offset}"
        if isinstance(record, tfrecords.Damaged):
            return Skipped(place, f"trajectory {number} {record.reason}")
        try:
            frames, extras = trajectory(record.data, self.camera)
        except ValueError as problem:
            return Skipped(place, f"trajectory {number} {problem}")
        if self.pngs is not None:
            write_pngs(frames, self.pngs / unit.split / unit.name / str(number))
        share = (record.offset + len(record.data)) / max(unit.size, 1)
        return Piece(f"{unit.name}/{number}", frames, extras, min(share, 1.0))


def trajectory(data: bytes, camera: str) -> tuple[Frames, dict[str, npt.NDArray[np.float32]]]:
    """Frames (30, 64, 64, 3) RGB and EXTRAS (30, k) of one record. Raises ValueError, its text a predicate, for what is none."""
    features = tfrecords.fields(data)
    # Every look into a protobuf map costs as much as copying a frame, so each field is taken once and judged with the others.
    names = _names(f"image_{camera}/encoded")
    values = [features[name].bytes_list.value for name in names]
    images = [value[0] for value in values if len(value) == 1]
    if len(images) != LENGTH or set(map(len, images)) != {_BYTES}:
        raise ValueError(_problem(features, names, "bytes_list", _BYTES))
    frames = np.frombuffer(b"".join(images), np.uint8).reshape(LENGTH, WIDTH, WIDTH, 3)
    extras = {}
    for extra, k in EXTRAS.items():
        names = _names(extra)
        numbers = [features[name].float_list.value for name in names]
        if set(map(len, numbers)) != {k}:
            raise ValueError(_problem(features, names, "float_list", k))
        extras[extra] = np.array([*chain.from_iterable(numbers)], np.float32).reshape(LENGTH, k)
    return frames, extras


@lru_cache
def _names(field: str) -> tuple[str, ...]:
    """The field's names for frames 0 … 29."""
    return tuple(f"{i}/{field}" for i in range(LENGTH))


def _problem(features: Any, names: Sequence[str], wanted: str, size: int) -> str:
    """What is wrong with the first of the fields `names` that is not what it should be."""
    words = {"bytes_list": "bytes", "float_list": "numbers", "int64_list": "whole numbers"}
    for name in names:
        kind = features[name].WhichOneof("kind")
        if kind is None:
            return f"lacks the field {name}"
        value = getattr(features[name], kind).value
        if kind != wanted:
            return f"has {words[kind]} in the field {name}, not {words[wanted]}"
        if kind == "bytes_list" and len(value) != 1:
            return f"has {len(value)} images in the field {name}, not one"
        if (found := len(value[0] if kind == "bytes_list" else value)) != size:
            return f"has {found:,} {words[kind]} in the field {name}, not {size:,}"
    raise AssertionError(names)


open_clips = partial(open_stored, windows=False)  # as the original, a clip is a trajectory's first frames


def unpack(config: ConvertConfig) -> Generator[Event, None, ConvertConfig]:
    """Unpacks the archive that `config.source` names, or that the download left; returns the config to go on with."""
    root, remote = Path(config.data_root).expanduser(), DOWNLOADS["bair"].files[0]
    given = config.given
    if given and given.suffix == ".tfrecords":
        raise DataError(f"{given}: name the folder with train and test in it, not one of the files")
    archive = given or arrived("bair", root).archives.get(remote.name)
    if archive is None or not archive.exists() or archive.is_dir():
        return config
    if _files(root / FOLDER):
        if given:
            yield Logged(f"{root / FOLDER} is there already and is used; {archive} is not unpacked")
        else:
            tidy(root / FOLDER, archive)
    else:
        yield from unpack_archive("bair", remote, archive, root, keep=given is not None)
    return replace(config, source="")


def source(config: ConvertConfig) -> Source:
    """The TFRecords or the tree of PNG files that `config` names. Raises DataError where there are none."""
    root = Path(config.data_root).expanduser()
    given = config.given
    tree = TREES[config.camera]
    inside = sorted(given.iterdir()) if given and given.is_dir() else []
    inside = [path for path in inside if path.is_dir() and not is_passed_over(path.name, path.parent.name, folder=True)]
    for folder in (given, given / FOLDER, *inside) if given else (root / FOLDER,):
        if files := _files(folder):
            units = [Unit(split, name, path, path.stat().st_size) for split, name, path in files]
            pngs = root / tree if config.png else None
            return TFRecords(
                units=units, skipped=_left_out(folder, files), channels=3, extras=EXTRAS, camera=config.camera, pngs=pngs
            )
    for folder in (given, given / tree, *inside) if given else (root / tree,):
        if found := PngTree.found_in(folder):
            return found
    where = given or root / FOLDER
    if not where.is_dir():
        raise DataError(f"{where}: no such folder", _remedy(config.data_root))
    raise DataError(
        f"{where}: has neither .tfrecords files nor folders of PNG files in train, test or val", _remedy(config.data_root)
    )


def inspect(name: str, data_root: Path) -> DatasetInspected:
    """What of BAIR lies under `data_root`: stores, TFRecords, a tree of PNG files, or what a download has brought."""
    there = arrived(name, data_root)
    files = [path for _, _, path in _files(data_root / FOLDER)]
    raw, missing = "", f"not downloaded: {DOWNLOADS[name].title} belongs in {data_root / FOLDER}"
    if files:
        raw = f"{len(files):,} TFRecord files in {data_root / FOLDER}"
    elif there.archives:
        raw = f"downloaded to {next(iter(there.archives.values()))}, and unpacked when it is converted"
    elif PngTree.found_in(data_root / TREES["aux1"]):
        raw = f"PNG files in {data_root / TREES['aux1']}"
    elif there.size:
        missing = f"{there.size / 1e9:.1f} of {there.total / 1e9:.1f} GB downloaded"
    size = there.size + sum(path.stat().st_size for path in files)
    return inspect_stored(name, data_root, raw=raw, missing=missing, raw_bytes=size)


def _files(root: Path) -> list[tuple[str, str, Path]]:
    """Split, name within it and path of the TFRecord files in those folders of `root` that say a split."""
    return [
        (split, path.stem if len(folders) == 1 else f"{folder.name}/{path.stem}", path)
        for split, folders in split_folders(root).items()
        for folder in folders
        for path in _records(folder)
    ]


def _records(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob("*.tfrecords") if p.is_file() and not p.name.startswith("."))


def _left_out(root: Path, files: Sequence[tuple[str, str, Path]]) -> list[Skipped]:
    """What a person might miss: train or test without files, and files in folders of no split."""
    there = {split for split, _, _ in files}
    gaps = [Skipped(str(root / s), "has no .tfrecords files", damaged=False) for s in ("train", "test") if s not in there]
    used = {path.parent for _, _, path in files}
    others = [folder for folder in (root, *sorted(root.iterdir())) if folder.is_dir() and folder not in used and _records(folder)]
    reason = "holds .tfrecords files and is no folder of a split (train, test, val) by its name"
    return gaps + [Skipped(str(folder), reason, damaged=False) for folder in others]


def _remedy(data_root: str) -> Remedy:
    return Remedy(jobs=(("download", "bair", {"data_root": data_root}),), other=("source",))
