"""Several models on one clip with the same seeds: how each of them goes on from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from svg_studio.engine.address import path_of
from svg_studio.engine.config import FuturesConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import ClipOpened, Events, FramesImagined, FutureSampled, FutureScored, ModelLeftOut, OfModel
from svg_studio.engine.sampling.futures import Asked
from svg_studio.engine.utils.frames import to_float
from svg_studio.engine.utils.malloc import freed_buffers_kept
from svg_studio.engine.utils.wording import count_of


def compare(
    config: FuturesConfig, models: Sequence[str | Path], seeds: Sequence[int], shape: tuple[int, int] | None = None
) -> Events:
    """Yields for each model, in their order, OfModel with ModelOpened, FramesImagined, FutureSampled and FutureScored, and
    ClipOpened once, before the first frame.

    `config` names the clip and how many frames, where it names no data those of the first model that can be opened; its own
    model and seeds do not matter. Future k of every model has the noise of seeds[k], which is the same for models with the same
    z_dim. Models are opened one after another. One that cannot be opened, that has no such clip, or whose frames are others than
    the clip's, is ModelLeftOut and the others go on. shape: width and channels of frames that were compared before.
    """
    clip: ClipOpened | None = None
    for row, model in enumerate(models):
        try:
            asked = Asked(replace(config, model_path=str(model)))
            if shape is not None:
                _require_fit(asked, shape)
            opened = _opened(asked) if clip is None else None
        except StudioError as error:
            yield ModelLeftOut(row, Path(model), str(error))
            continue
        yield OfModel(row, asked.opened_event())
        if opened is not None:
            clip, config = opened, replace(config, data=asked.data)
            shape = (opened.frames.shape[2], opened.frames.shape[3])
            yield clip
        elif clip is not None:
            asked.clip = to_float(clip.frames, asked.device)
        yield from _of_model(row, asked, seeds)


def _opened(asked: Asked) -> ClipOpened:
    frames, source = asked.open_clip()
    return ClipOpened(asked.config.split, asked.config.index, source, frames)


def _of_model(row: int, asked: Asked, seeds: Sequence[int]) -> Events:
    sampled: list[FutureSampled] = []
    with freed_buffers_kept():
        for event in asked.imagine([path_of(seed) for seed in seeds], sampled):
            yield OfModel(row, event) if isinstance(event, FramesImagined | FutureSampled) else event
        for event in asked.scores(sampled):
            yield OfModel(row, event) if isinstance(event, FutureScored) else event


def _require_fit(asked: Asked, shape: tuple[int, int]) -> None:
    """Raises StudioError where the model makes frames of another width or with other channels than the clip."""
    model = asked.model.config
    if (model.image_width, model.channels) != shape:
        raise StudioError(
            f"{asked.opened.found.path}: makes frames {_kind(model.image_width, model.channels)}, and the clip's are "
            f"{_kind(*shape)}; compare it on a clip of its own kind"
        )


def _kind(width: int, channels: int) -> str:
    return f"{width} px wide with {count_of(channels, 'channel')}"
