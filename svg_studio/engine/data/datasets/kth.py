"""KTH actions: cuts videos into the sequences of 00sequences.txt, from AVI files or the original's PNG tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from svg_studio.engine.config import ConvertConfig
from svg_studio.engine.data.datasets.kth_archives import unpack
from svg_studio.engine.data.datasets.kth_files import ACTIONS, LIST, Range, find_list, find_videos, read_sequences, tree_images
from svg_studio.engine.data.decode.images import image_blocks, write_png
from svg_studio.engine.data.decode.opencv import Unusable
from svg_studio.engine.data.decode.resize import Fitting
from svg_studio.engine.data.decode.video import Video
from svg_studio.engine.data.source import Piece, Skipped, Source, Unit
from svg_studio.engine.data.stored_clips import inspect_stored, open_stored
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import DatasetInspected, Frames, Remedy

__all__ = ["inspect", "open_clips", "source", "unpack"]

_TRAINING_PERSONS = 20  # 1 … 20, as the original; not the subdivision that the list itself tells of
_NAMED = 12  # missing videos of one action, up to which each is named

open_clips = partial(open_stored, windows=True)  # as the original, a random window of each sequence


@dataclass(frozen=True, kw_only=True)
class KthSource(Source):
    """The videos that are there, each a unit."""

    ranges: Mapping[str, tuple[Range, ...]] = field(repr=False)  # unit.name → its sequences
    width: int
    fit: str
    tree: Path | None  # where the original's PNG files are to go as well

    @property
    def expected_bytes(self) -> int:
        return sum(r.last - r.first + 1 for unit in self.units for r in self.ranges[unit.name]) * self.width**2

    def read(self, unit: Unit) -> Iterator[Piece | Skipped]:
        """The sequences of one video, in the list's order; they may overlap, so its frames are kept until the last is there."""
        ranges, name = self.ranges[unit.name], unit.name.partition("/")[2]
        last = max(r.last for r in ranges)
        numbers: list[int] = []
        blocks: list[Frames] = []
        try:
            for found, frames, broken in self._tree_frames(unit, last) if unit.path.is_dir() else self._video_frames(unit, last):
                for path, reason in broken:
                    yield Skipped(str(path), reason)
                self._write_tree(unit, found, frames)
                numbers += found
                blocks.append(frames)
                if numbers:
                    yield Piece(name, frames[:0], share=min(1.0, numbers[-1] / last))
        except Unusable as error:
            yield Skipped(str(unit.path), str(error))
            return
        if not numbers:
            yield Skipped(str(unit.path), "holds no frame that can be decoded")
            return
        yield from _cut(unit, name, ranges, np.array(numbers), np.concatenate(blocks))

    def _video_frames(self, unit: Unit, last: int) -> Iterator[_Block]:
        with Video(unit.path) as video:
            for frames in video.blocks(Fitting(self.width, 1, self.fit), last=last - 1):
                yield [number + 1 for number in video.numbers], frames, []

    def _tree_frames(self, unit: Unit, last: int) -> Iterator[_Block]:
        images = {path: n for n, path in tree_images(unit.path).get(self.width, {}).items() if n <= last}
        if not images:
            raise Unusable("holds no frame of the sequences")
        paths = list(images)
        for frames, broken, _ in image_blocks(paths, Fitting(self.width, 1)):
            chosen, paths = paths[: len(frames) + len(broken)], paths[len(frames) + len(broken) :]
            bad = {path for path, _ in broken}
            yield [images[path] for path in chosen if path not in bad], frames, broken

    def _write_tree(self, unit: Unit, numbers: list[int], frames: Frames) -> None:
        """As `<tree>/<action>/<name>/image-001_64x64.png`."""
        if self.tree is None or (folder := self.tree / unit.name) == unit.path:
            return
        for number, frame in zip(numbers, frames, strict=True):
            write_png(folder / f"image-{number:03d}_{self.width}x{self.width}.png", frame)


_Block = tuple[list[int], Frames, list[tuple[Path, str]]]  # numbers from 1 and frames (T, W, W, 1); files left out and why


def _cut(
    unit: Unit, name: str, ranges: Sequence[Range], numbers: npt.NDArray[np.int64], frames: Frames
) -> Iterator[Piece | Skipped]:
    """One sequence a range, of those of its frames that are there."""
    for first, last in ranges:
        there = np.flatnonzero((numbers >= first) & (numbers <= last))
        if len(there) < last - first + 1:
            count = f"only {len(there)}" if len(there) else "none"
            where = ", ".join("-".join(dict.fromkeys((str(a), str(b)))) for a, b in _gaps(numbers, first, last))
            yield Skipped(str(unit.path), f"of frames {first}-{last} {count} can be read, missing are {where}")
        if len(there):
            yield Piece(f"{name} {first}-{last}", frames[there])


def _gaps(numbers: npt.NDArray[np.int64], first: int, last: int) -> Iterator[tuple[int, int]]:
    """First and last number of each stretch that is not there."""
    there = [first - 1, *(n for n in map(int, numbers) if first <= n <= last), last + 1]
    return ((a + 1, b - 1) for a, b in pairwise(there) if b > a + 1)


def source(config: ConvertConfig) -> Source:
    """The videos below config.source, or where a download puts them. Raises DataError where there is none, or no list."""
    home = Path(config.data_root).expanduser() / "KTH"
    root = config.given or home / "raw"
    videos = find_videos(root)
    if not videos and not config.given:
        root = home / "processed"
        videos = find_videos(root)
    remedy = Remedy(jobs=(("download", "kth", {"data_root": config.data_root}),), other=("source",))
    if not videos:
        wanted = "holds neither AVI files of KTH actions (person01_walking_d1_uncomp.avi) nor the original's PNG tree"
        raise DataError(f"{config.given or home / 'raw'}: {wanted}", remedy)
    rows = find_list(root, *(path.parent for path in list(videos.values())[:1]), home / "raw")
    if rows is None:
        raise DataError(f"{root}: {LIST}, which says where each sequence begins and ends, is missing", remedy)
    sequences = read_sequences(rows)
    units, skipped = _units(videos, sequences, config.image_width)
    if not units:
        reason = f" ({skipped[0].source}: {skipped[0].reason})" if skipped else ""
        raise DataError(f"{root}: none of its videos can be converted{reason}", remedy)
    ranges = {unit.name: sequences[unit.name.partition("/")[2]] for unit in units}
    return KthSource(
        units=units,
        skipped=skipped,
        channels=1,
        plan=repr(list(ranges.values())),  # so that another list makes another store
        ranges=ranges,
        width=config.image_width,
        fit=config.fit,
        tree=home / "processed" if config.png else None,
    )


def _units(videos: Mapping[str, Path], sequences: Mapping[str, tuple[Range, ...]], width: int) -> tuple[list[Unit], list[Skipped]]:
    """In the list's order; what the list marks missing is no damage, nor is it to have but some of the videos."""
    units: list[Unit] = []
    skipped: list[Skipped] = []
    absent: dict[str, list[str]] = {action: [] for action in ACTIONS}
    for name, ranges in sequences.items():
        person, action, _ = name.split("_")
        if name not in videos:
            if ranges:
                absent[action].append(name)
            else:
                skipped.append(Skipped(name, f"{LIST} marks it as missing", damaged=False))
        elif not ranges:
            skipped.append(Skipped(str(videos[name]), f"{LIST} marks it as missing", damaged=False))
        else:
            split = "train" if int(person.removeprefix("person")) <= _TRAINING_PERSONS else "test"
            try:
                units.append(Unit(split, f"{action}/{name}", videos[name], _size(videos[name], width)))
            except (OSError, DataError) as error:
                skipped.append(Skipped(str(videos[name]), getattr(error, "strerror", None) or str(error)))
    for action, names in absent.items():
        if len(names) > _NAMED:
            skipped.append(Skipped(action, f"{len(names)} of its videos are not there, such as {names[0]}", damaged=False))
        else:
            skipped += [Skipped(name, "is not there") for name in names]
    skipped += [Skipped(str(videos[n]), f"is not in {LIST}", damaged=False) for n in videos if n not in sequences]
    return units, skipped


def _size(video: Path, width: int) -> int:
    """Bytes to read. Raises DataError for a folder that holds no frames of this width."""
    if not video.is_dir():
        return video.stat().st_size
    images = tree_images(video)
    if width not in images:
        there = " and ".join(map(str, sorted(images)))
        raise DataError(f"its images are {there} px wide, not {width}" if images else "holds no images such as image-001_64x64.png")
    return len(images[width]) * width**2  # of the frames: 300,000 files are too many to ask each for its size


def inspect(name: str, data_root: Path) -> DatasetInspected:
    """What of KTH lies under `data_root`: stores, and what a conversion would read."""
    raw = data_root / "KTH" / "raw"
    videos = find_videos(raw) or find_videos(raw.with_name("processed"))
    actions = sum(any(f"_{action}_" in video for video in videos) for action in ACTIONS)
    there = "the original's PNG tree" if any(path.is_dir() for path in videos.values()) else f"{len(videos):,} videos"
    size, sentence, missing = 0, "", "not here yet"
    if videos:
        sentence = f"{actions} of 6 actions are here ({there})"
        size = sum(path.stat().st_size for path in videos.values() if path.is_file())
        if find_list(raw) is None:
            sentence, missing = "", f"{actions} of 6 actions are here, but {LIST} is missing"
    elif zips := [action for action in ACTIONS if (raw / f"{action}.zip").is_file()]:
        size = sum((raw / f"{action}.zip").stat().st_size for action in zips)
        sentence = f"the archives of {len(zips)} of 6 actions are here"
    return inspect_stored(name, data_root, raw=sentence, missing=missing, raw_bytes=size)
