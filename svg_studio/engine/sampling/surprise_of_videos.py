"""The `surprise` job: watches whole videos of any length and writes how little a model expected each of their frames."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from svg_studio.engine.checkpoints.model_cache import open_model
from svg_studio.engine.config import ConvertConfig, ModelConfig, SurpriseConfig
from svg_studio.engine.data.convert import read_ahead
from svg_studio.engine.data.datasets import videos
from svg_studio.engine.data.source import Noted, Piece, Reading, Skipped, Unit
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Events, FileExported, Logged, Progressed, SourceNoted, SourceSkipped
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling.moments import Moments, Watched
from svg_studio.engine.sampling.surprise import Sliding
from svg_studio.engine.utils.background import Aside
from svg_studio.engine.utils.device import autocast, pick_device, pick_precision
from svg_studio.engine.utils.files import replacing
from svg_studio.engine.utils.frames import to_float
from svg_studio.engine.utils.malloc import freed_buffers_kept
from svg_studio.engine.utils.wording import count_of

COLUMNS = ("file", "frame", "seconds", "surprise")


def measure(config: SurpriseConfig) -> Events:
    """Reads the videos as `convert videos` does, writes a row for every frame, and tells the most surprising moments.

    The row has the frame's number from 0, its second (empty where nobody says it), and KL(q ‖ p) in nats (empty at a video's first
    frame); engine/sampling/surprise.py says what that is and what it is not. Memory does not grow with the length of the videos.

    Yields Logged, Progressed in bytes of the sources, SourceSkipped, SourceNoted and FileExported. Closing it keeps the rows that
    are written by then. Raises CheckpointError, ExportError where the file is there already or cannot be written, and DataError
    where nothing can be read.
    """
    out = Path(config.out).expanduser()
    with replacing(out, overwrite=config.replace) as part, part.open("w", newline="", encoding="utf-8") as file:
        device = pick_device(config.device)
        precision = pick_precision(config.precision, device)
        opened = open_model(config.model_path, device)
        shape = opened.found.config.model
        reading = _reading(config, shape)
        with closing(Aside()) as aside:  # to look through a large folder takes a while, and a stop is to be heard meanwhile
            source = yield from aside.run(lambda: videos.source(reading), lambda: Progressed(0, 0, "", "Looking for files"))
        for one in source.skipped:
            yield SourceSkipped(one.source, one.reason)
        window = 0 if config.carry_state else config.window or shape.n_frames
        how = f"in windows of {window} frames" if window else "in one go, the state being carried on"
        yield Logged(f"{count_of(len(source.units), 'video')} {how}; what is written when it is stopped is kept")
        table = csv.writer(file)
        table.writerow(COLUMNS)
        moments = Moments(config.moments, window or shape.n_frames)
        work = _Watching(opened.model, window, config.fps, moments, table)
        reasons: list[Skipped] = list(source.skipped)
        done, total = 0, sum(unit.size for unit in source.units)
        try:
            with freed_buffers_kept(), closing(read_ahead(partial(_read, source), source.units)) as units:
                for unit, pieces in units:
                    yield Progressed(done, total, "bytes", unit.name)
                    work.begin(unit.name)
                    for piece in pieces:
                        if isinstance(piece, Skipped):
                            reasons.append(piece)
                            yield SourceSkipped(piece.source, piece.reason)
                        elif isinstance(piece, Noted):
                            yield SourceNoted(piece.source, piece.note)
                        else:
                            with autocast(device, precision):  # for one piece: not to outlive this turn
                                work.add(piece, to_float(piece.frames, device))
                            yield Progressed(done + round(piece.share * unit.size), total, "bytes", unit.name)
                    moments.end()
                    done += unit.size
        except GeneratorExit:
            if not moments.all.count:
                raise
            return  # which keeps what is written: it took its time
        if not moments.all.count:
            why = f" ({reasons[-1].source}: {reasons[-1].reason})" if reasons else ""
            raise DataError(f"{reading.reads}: nothing in it could be watched{why}")
    yield FileExported(out, out.stat().st_size)
    for line in moments.lines():
        yield Logged(line)


class _Watching:
    """Writes a row for every frame of one video after the other."""

    def __init__(self, model: SVG, window: int, fps: float, moments: Moments, table: Any) -> None:
        self._model, self._window, self._fps, self._moments, self._table = model, window, fps, moments, table
        self._sliding, self._video = Sliding(model, window), Watched("")

    def begin(self, name: str) -> None:
        """Another video."""
        self._sliding, self._video = Sliding(self._model, self._window), Watched(name)

    def add(self, piece: Piece, x: Tensor) -> None:
        """Its next frames, also as x (T, C, H, W) in [0, 1] on the model's device."""
        for (number, second), value in zip(piece.places, self._sliding.add(x).tolist(), strict=True):
            if math.isnan(second) and self._fps:
                second = number / self._fps
            self._moments.add(self._video, value, number, second)
            time, figure = "" if math.isnan(second) else f"{second:.3f}", "" if math.isnan(value) else f"{value:.6g}"
            self._table.writerow((self._video.name, number, time, figure))


def _read(source: videos.VideosSource, unit: Unit) -> Iterator[Reading]:
    """As the source; what is gone meanwhile is told like what is damaged."""
    try:
        yield from source.read(unit)
    except OSError as error:
        yield Skipped(unit.name, f"cannot be read ({error.strerror or error})")


def _reading(config: SurpriseConfig, shape: ModelConfig) -> ConvertConfig:
    """The conversion that would make these frames."""
    return ConvertConfig(
        dataset="videos",
        source=config.source,
        image_width=shape.image_width,
        grey=shape.channels == 1,
        fit=config.fit,
        background=config.background,
        depth=config.depth,
        every=config.every,
    )
