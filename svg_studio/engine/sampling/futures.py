"""The window's sampling job: one clip, its futures, its approximate posterior and their scores."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

import torch

from svg_studio.engine.address import AddressError, ClipAddress, Path, path_of
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
from svg_studio.engine.sampling.rollout import imagine, posterior_means, reconstruct
from svg_studio.engine.utils.device import autocast, pick_device, pick_precision, title
from svg_studio.engine.utils.frames import to_float, to_uint8
from svg_studio.engine.utils.malloc import freed_buffers_kept


def explore(config: FuturesConfig, paths: Sequence[Path] = ()) -> Events:
    """Yields ModelOpened, ClipOpened, FramesImagined for each frame, FutureSampled for each future, PosteriorReconstructed, and
    FutureScored for each future.

    paths: futures whose z they decide, in the place of one for each seed of `config`.
    Raises CheckpointError, DataError, and AddressError where a path does not fit.
    """
    asked = Asked(config)
    yield asked.opened_event()
    frames, source = asked.open_clip()
    yield ClipOpened(config.split, config.index, source, frames)
    with freed_buffers_kept():
        sampled: list[FutureSampled] = []
        yield from asked.imagine(paths or [path_of(seed) for seed in config.seeds], sampled)
        yield PosteriorReconstructed(asked.posterior())
        yield from asked.scores(sampled)


def imagine_paths(config: FuturesConfig, paths: Sequence[Path], sha256: str = "") -> Events:
    """Futures of a clip that is known already: FramesImagined for each frame, FutureSampled and FutureScored for each path.

    Future k is that of paths[k]. sha256: of the checkpoint that the paths were made for, if that matters.
    Raises CheckpointError, DataError, and AddressError where a path does not fit or the checkpoint is another one by now.
    """
    asked = Asked(config)
    if sha256 not in ("", asked.opened.sha256):
        raise AddressError(
            f"{config.model_path}: the file has changed since these futures were made (it is of step {asked.opened.found.step:,} "
            "now); press Sample to see those of the new one."
        )
    asked.open_clip()
    with freed_buffers_kept():
        sampled: list[FutureSampled] = []
        yield from asked.imagine(paths, sampled)
        yield from asked.scores(sampled)


class Asked:
    """What `config` asks for: its model, opened, and its clip. Raises CheckpointError."""

    def __init__(self, config: FuturesConfig) -> None:
        self.config = config
        self.device = pick_device(config.device)
        self.precision = pick_precision(config.precision, self.device)
        self.opened = open_model(config.model_path, self.device)
        self.model = self.opened.model
        self.data = config.data or self.opened.found.config.data
        self.clip = torch.zeros(0)  # (T, C, H, W)

    def opened_event(self) -> ModelOpened:
        found = self.opened.found
        return ModelOpened(
            found.path,
            found.config.model.to_dict(),
            found.config.data.to_dict(),
            found.step,
            self.opened.parameters,
            title(self.device),
            self.precision,
            found.notes,
            gpu=self.device.type == "cuda",
            sha256=self.opened.sha256,
        )

    def open_clip(self) -> tuple[Frames, str]:
        """The clip, and where it comes from in words. Raises DataError."""
        config = self.config
        frames, source = self._frames(self.data, config.split, config.index, config.n_past + config.n_future, config.data_seed)
        self.clip = to_float(frames, self.device)
        return frames, source

    def imagine(self, paths: Sequence[Path], sampled: list[FutureSampled]) -> Events:
        """The futures of `paths`, which are added to `sampled` too. Raises AddressError, and DataError of clips to borrow from."""
        config = self.config
        lent = {segment.clip: self._lent(segment.clip) for path in paths for segment in path if segment.clip is not None}
        work = imagine(self.model, self.clip[: config.n_past], paths, config.n_future, lent)
        while True:
            with self._autocast():  # entered anew for each frame, so that it does not outlive this generator's turn
                event = next(work, None)
            if event is None:
                return
            if isinstance(event, FutureSampled):
                sampled.append(event)
            yield event

    def posterior(self) -> Frames:
        """The approximate posterior of the clip."""
        with self._autocast():
            return to_uint8(reconstruct(self.model, self.clip[:, None], self.config.n_past)[:, 0])

    def scores(self, sampled: Sequence[FutureSampled]) -> Events:
        for number, future in enumerate(sampled):
            yield _score(future, self.clip, self.config.n_past)
            yield Progressed(number + 1, len(sampled), "futures", "Scoring")

    def _lent(self, clip: ClipAddress) -> torch.Tensor:
        frames, _ = self._frames(clip.data_in(self.data.data_root), clip.split, clip.index, clip.n_frames, clip.seed)
        with self._autocast():
            return posterior_means(self.model, to_float(frames, self.device)).float()

    def _frames(self, data: DataConfig, split: str, index: int, n_frames: int, seed: int) -> tuple[Frames, str]:
        model = self.model.config
        clips = open_clips(data, split=split, image_width=model.image_width, channels=model.channels, n_frames=n_frames, seed=seed)
        return read_only(clips.batch([index])[:, 0].copy()), clips.source(index)

    def _autocast(self) -> AbstractContextManager[object]:
        return autocast(self.device, self.precision)


def _score(future: FutureSampled, clip: torch.Tensor, n_past: int) -> FutureScored:
    imagined, truth = to_float(future.frames[n_past:]), clip[n_past:].cpu()
    given = (float("nan"),) * n_past
    ssim, psnr = (given + tuple(f(imagined, truth).tolist()) for f in (psnr_ssim.ssim, psnr_ssim.psnr))
    return FutureScored(future.number, future.seed, ssim, psnr)
