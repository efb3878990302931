"""A person's own videos: reads video files and folders of images as sequences for training and test."""

from __future__ import annotations

import math
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from svg_studio.engine.config import DEPTHS, ConvertConfig
from svg_studio.engine.data.datasets.several_sources import search_all
from svg_studio.engine.data.datasets.video_folders import images_in, remarks, split_by_name
from svg_studio.engine.data.decode.images import AT_ONCE, image_blocks
from svg_studio.engine.data.decode.opencv import Unusable, opencv
from svg_studio.engine.data.decode.pages import PAGED, pages
from svg_studio.engine.data.decode.resize import Block, Fitting
from svg_studio.engine.data.decode.video import Video, likely_frames
from svg_studio.engine.data.source import Noted, Piece, Reading, Skipped, Source, Unit
from svg_studio.engine.data.stored_clips import inspect_stored, open_stored
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import DatasetInspected, Event, Frames

_SAMPLED = 8  # videos that are opened to guess how large the store will be

open_clips = partial(open_stored, windows=True)  # a random window of each video


@dataclass(frozen=True, kw_only=True)
class VideosSource(Source):
    """The videos and folders of images that were found, each a unit."""

    fitting: Fitting
    every: int

    @property
    def expected_bytes(self) -> int:
        """Guessed from the frames that some of the files hold."""
        return self.expected_frames * self.fitting.width**2 * self.channels

    @cached_property
    def expected_frames(self) -> int:
        """About how many there will be, guessed from some of the files; 0: not known."""
        sample = self.units[:: max(1, len(self.units) // _SAMPLED)]
        frames = sum(_count(unit.path) for unit in sample)
        share = sum(unit.size for unit in sample) / sum(unit.size for unit in self.units)
        return int(frames / share) // self.every if frames else 0

    def first_frames(self, unit: Unit, count: int) -> Frames:
        """The unit's first `count` frames as they will be, (T, W, W, C), fewer where there are fewer. Raises Unusable, OSError."""
        every, path = self.every, unit.path
        if path.is_dir():
            return next(image_blocks(images_in(path)[0][::every][:count], self.fitting))[0]
        if path.suffix.lower() in PAGED:
            block = Block(self.fitting, count)
            for _, page in pages(path, range(0, every * count, every)):
                if not isinstance(page, str):
                    block.add(page)
            return block.frames()
        with Video(path) as video:
            return np.concatenate(list(video.blocks(self.fitting, every=every, last=every * count)))[:count]

    def read(self, unit: Unit) -> Iterator[Reading]:
        """One sequence, or none: a single frame is no clip, such as a picture that lies beside videos."""
        if unit.path.is_dir():
            found = self._read_images(unit)
        elif unit.path.suffix.lower() in PAGED:
            found = self._read_pages(unit)
        else:
            found = self._read_video(unit)
        count, first = 0, None
        for one in found:
            if isinstance(one, Piece):
                count += len(one.frames)
                if count == 1:
                    first = one if len(one.frames) else first
                    continue
                if first is not None:
                    yield first
                    first = None
            yield one
        if first is not None:
            yield Skipped(unit.name, "gives a single frame, which is no sequence", damaged=False)

    def _read_video(self, unit: Unit) -> Iterator[Reading]:
        try:
            with Video(unit.path) as video:
                for frames in video.blocks(self.fitting, every=self.every):
                    share = min(1.0, video.read / video.stated) if video.stated else 0.0
                    places = tuple(zip(video.numbers, video.seconds, strict=True))
                    yield Piece(unit.name, frames, share=share, places=places)
                if reason := video.shortfall():
                    yield Skipped(unit.name, reason)
                for note in video.notes():
                    yield Noted(unit.name, note)
        except Unusable as error:
            yield Skipped(unit.name, str(error))

    def _read_pages(self, unit: Unit) -> Iterator[Reading]:
        if any(other.path == unit.path.parent for other in self.units):
            yield Noted(unit.name, "has pages of its own and is a sequence apart from the images beside it")
        block = Block(self.fitting, AT_ONCE)
        places: list[tuple[int, float]] = []
        try:
            for number, page in pages(unit.path, range(0, sys.maxsize, self.every)):
                if isinstance(page, str):
                    yield Skipped(unit.name, f"page {number + 1} {page}")
                    continue
                block.add(page)
                places.append((number, math.nan))
                if len(places) == AT_ONCE:
                    yield Piece(unit.name, block.frames(), share=0.0, places=places)
                    places = []
                    block = Block(self.fitting, AT_ONCE, block.brightest)
        except Unusable as error:
            yield Skipped(unit.name, str(error))
        yield Piece(unit.name, block.frames(), places=places)
        yield from self._depth(unit, block.brightest)

    def _read_images(self, unit: Unit) -> Iterator[Reading]:
        order, note = images_in(unit.path)
        if note:
            yield Noted(unit.name, note)
        paths = order[:: self.every]
        done = brightest = 0
        for frames, broken, highest in image_blocks(paths, self.fitting):
            brightest = highest
            out = {path for path, _ in broken}
            chosen = paths[done : done + len(frames) + len(broken)]
            places = [(self.every * (done + i), math.nan) for i, path in enumerate(chosen) if path not in out]
            done += len(chosen)
            yield Piece(unit.name, frames, share=done / len(paths), places=places)
            for path, reason in broken:
                yield Skipped(f"{unit.name}/{path.name}", reason)
        yield from self._depth(unit, brightest)

    def _depth(self, unit: Unit, brightest: int) -> Iterator[Noted]:
        """What a person should know of the values of 16-bit images, which seldom use all of the bits that cameras have."""
        depth = self.fitting.depth
        if depth == 16 and 0 < brightest < 1 << 14:
            bits = next(bits for bits in DEPTHS if brightest < 1 << bits)
            yield Noted(
                unit.name, f"has 16-bit images without a value above {brightest}, which are dark; depth={bits} stretches them"
            )
        elif brightest >= 1 << depth:
            yield Noted(
                unit.name,
                f"has 16-bit images with values up to {brightest}; at depth={depth} those above {(1 << depth) - 1} are white",
            )


def source(config: ConvertConfig) -> VideosSource:
    """What config.sources are or hold. Raises DataError where that is nothing that could be a video."""
    opencv()
    roots = [Path(source).expanduser() for source in config.sources]
    root = roots[0] if len(roots) == 1 else Path(config.reads)
    found, skipped = search_all(roots)
    if not found:
        looked = "video files (mp4, mov, avi, mkv, webm …) or folders of images (png, jpg …)"
        reason = f" ({skipped[0].source}: {skipped[0].reason})" if skipped else ""
        raise DataError(
            f"{root}: {'holds' if len(roots) == 1 else 'hold'} nothing to convert{reason}; choose a folder with {looked}"
        )
    units = split_by_name(found, config.test_percent)
    notes = remarks(root, found, units)
    fitting = Fitting(config.image_width, 1 if config.grey else 3, config.fit, config.background, config.depth)
    return VideosSource(units=units, skipped=skipped, notes=notes, channels=fitting.channels, fitting=fitting, every=config.every)


def _count(path: Path) -> int:
    """About how many frames a video, or images a folder, holds; 0 where nothing can be read."""
    try:
        if path.is_dir():
            return len(images_in(path)[0])
        if path.suffix.lower() in PAGED:
            return 0
        return likely_frames(path)
    except (OSError, Unusable):
        return 0


def unpack(config: ConvertConfig) -> Generator[Event, None, ConvertConfig]:
    """Own videos come as they are."""
    yield from ()
    return config


def inspect(name: str, data_root: Path) -> DatasetInspected:
    """The stores of own videos under `data_root`."""
    return inspect_stored(name, data_root, raw="", missing="none yet")
