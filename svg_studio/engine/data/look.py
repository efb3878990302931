"""The `look` job: what a conversion of own videos would read, and what its first frames would be; writes nothing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from svg_studio.engine.config import SPLITS, ConvertConfig
from svg_studio.engine.data.datasets import videos
from svg_studio.engine.data.decode.opencv import Unusable
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import ClipOpened, Events, Logged, Progressed, SourcesCounted, read_only
from svg_studio.engine.utils.background import Aside
from svg_studio.engine.utils.files import free_bytes

SHOWN, FRAMES = 6, 16  # clips that are shown, and frames of each


def look(config: ConvertConfig) -> Events:
    """Yields SourcesCounted, then a ClipOpened for each of some sequences, spread over all there are, with its first frames.

    A file that cannot be shown is passed over and Logged. Raises DataError as `convert` does where there is nothing to read.
    """
    try:
        with closing(Aside()) as aside:  # to look through a large folder takes a while, and a stop is to be heard meanwhile
            source = yield from aside.run(lambda: videos.source(config), lambda: Progressed(0, 0, "", "Looking for files"))
            yield (yield from aside.run(lambda: _count(config, source), lambda: Progressed(0, 0, "", "Counting frames")))
            units = source.units[:: -(-len(source.units) // SHOWN)]
            for unit in units:
                number = source.units.index(unit)
                try:
                    frames = source.first_frames(unit, FRAMES)
                except (Unusable, OSError) as error:
                    yield Logged(f"{unit.name}: {error}", "warning")
                    continue
                if len(frames):
                    yield ClipOpened(unit.split, number, unit.name, read_only(frames.copy()))
    except OSError as error:
        raise DataError(f"{error.filename}: cannot be read ({error.strerror or error}); make it readable") from error


def _count(config: ConvertConfig, source: videos.VideosSource) -> SourcesCounted:
    folders = sum(unit.path.is_dir() for unit in source.units)
    clips = {split: sum(unit.split == split for unit in source.units) for split in SPLITS}
    drawn = any(unit.draw >= 0 for unit in source.units)
    for empty, full in (("train", "test"), ("test", "train")):
        if drawn and config.test_percent and not clips[empty] and clips[full] > 1:  # as `to_fill` does after all is read
            clips |= {empty: 1, full: clips[full] - 1}
    return SourcesCounted(
        videos=len(source.units) - folders,
        folders=folders,
        frames=source.expected_frames,
        size=source.expected_bytes,
        free=free_bytes(Path(config.data_root).expanduser()),
        left_out=len(source.skipped),
        clips={split: count for split, count in clips.items() if count or split != "val"},
    )
