"""The window's sampling job: one clip, its futures, its approximate posterior and their scores."""

from __future__ import annotations

import torch

from svg_studio.engine.checkpoints.model_cache import open_model
from svg_studio.engine.config import DataConfig, FuturesConfig
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.events import (
    ClipOpened,
    Events,
    Frames,
    FutureSampled,
    FutureScored,
    ModelOpened,
    PosteriorReconstructed,
    Progressed,
    read_only,
)
from svg_studio.engine.metrics import psnr_ssim
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling.rollout import futures, reconstruct
from svg_studio.engine.utils.device import autocast, pick_device, pick_precision, title
from svg_studio.engine.utils.frames import to_float, to_uint8
from svg_studio.engine.utils.malloc import freed_buffers_kept


def explore(config: FuturesConfig) -> Events:
    """Yields ModelOpened, ClipOpened, FramesImagined for each frame, FutureSampled for each seed, PosteriorReconstructed, and
    FutureScored for each seed.

    Raises CheckpointError and DataError.
    """
    device = pick_device(config.device)
    precision = pick_precision(config.precision, device)
    opened = open_model(config.model_path, device)
    found, model = opened.found, opened.model
    data = config.data or found.config.data
    yield ModelOpened(
        found.path,
        found.config.model.to_dict(),
        found.config.data.to_dict(),
        found.step,
        opened.parameters,
        title(device),
        precision,
        found.notes,
        gpu=device.type == "cuda",
    )
    frames, source = _clip(config, model, data)
    yield ClipOpened(config.split, config.index, source, frames)
    with freed_buffers_kept():
        clip = to_float(frames, device)  # (T, C, H, W)
        sampled = []
        work = futures(model, clip[: config.n_past], config.seeds, config.n_future)
        while True:
            with autocast(device, precision):  # entered anew for each frame, so that it does not outlive this generator's turn
                event = next(work, None)
            if event is None:
                break
            if isinstance(event, FutureSampled):
                sampled.append(event)
            yield event
        with autocast(device, precision):
            posterior = reconstruct(model, clip[:, None], config.n_past)[:, 0]
        yield PosteriorReconstructed(to_uint8(posterior))
        for number, future in enumerate(sampled):
            yield _score(future, clip, config.n_past)
            yield Progressed(number + 1, len(sampled), "futures", "Scoring")


def _clip(config: FuturesConfig, model: SVG, data: DataConfig) -> tuple[Frames, str]:
    clips = open_clips(
        data,
        split=config.split,
        image_width=model.config.image_width,
        channels=model.config.channels,
        n_frames=config.n_past + config.n_future,
        seed=config.data_seed,
    )
    return read_only(clips.batch([config.index])[:, 0].copy()), clips.source(config.index)


def _score(future: FutureSampled, clip: torch.Tensor, n_past: int) -> FutureScored:
    imagined, truth = to_float(future.frames[n_past:]), clip[n_past:].cpu()
    given = (float("nan"),) * n_past
    ssim, psnr = (given + tuple(f(imagined, truth).tolist()) for f in (psnr_ssim.ssim, psnr_ssim.psnr))
    return FutureScored(future.number, future.seed, ssim, psnr)
