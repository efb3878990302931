"""The window's sampling job: one clip, its futures, its approximate posterior and their scores."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

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
    SurpriseMeasured,
    read_only,
)
from svg_studio.engine.metrics import psnr_ssim
from svg_studio.engine.sampling import seen
from svg_studio.engine.sampling.rollout import imagine, posterior_means, reconstruct
from svg_studio.engine.sampling.surprise import surprise
from svg_studio.engine.utils.device import autocast, pick_device, pick_precision, title
from svg_studio.engine.utils.frames import to_float, to_uint8
from svg_studio.engine.utils.malloc import freed_buffers_kept

Lent = Mapping[ClipAddress, torch.Tensor]  # the posterior's mean of z of each clip, (T, z_dim)


def explore(config: FuturesConfig, paths: Sequence[Path] = ()) -> Events:
    """Yields ModelOpened, ClipOpened, FramesImagined for each frame, FutureSampled for each future, SurpriseMeasured,
    PosteriorReconstructed, and FutureScored for each future.

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
        yield SurpriseMeasured(asked.surprise())  # after the futures, whose first frame does not wait for it
        yield PosteriorReconstructed(asked.posterior())
        yield from asked.scores(sampled)


def imagine_paths(config: FuturesConfig, paths: Sequence[Path], sha256: str = "") -> Events:
    """Futures of a clip that is known already: FramesImagined for each frame, FutureSampled and FutureScored for each path.

    Future k is that of paths[k]. sha256: of the checkpoint that the paths were made for, if that matters.
    Raises CheckpointError, DataError, and AddressError where a path does not fit or the checkpoint is another one by now.
    """
    asked = Asked(config, sha256)
    asked.open_clip()
    with freed_buffers_kept():
        sampled: list[FutureSampled] = []
        yield from seen.as_seen(asked.imagine(paths, []), asked.key, paths, sampled)
        yield from asked.scores(sampled)


class Asked:
    """What `config` asks for: its model, opened, and its clip. Raises CheckpointError, and AddressError where the model is not
    the one of `sha256`.
    """

    def __init__(self, config: FuturesConfig, sha256: str = "") -> None:
        self.config = config
        self.device = pick_device(config.device)
        self.precision = pick_precision(config.precision, self.device)
        self.opened = open_model(config.model_path, self.device)
        if sha256 not in ("", self.opened.sha256):
            raise AddressError(
                f"{config.model_path}: the file has changed since these futures were made (it is of step "
                f"{self.opened.found.step:,} now); press Sample to see those of the new one."
            )
        self.model = self.opened.model
        self.data = config.data or self.opened.found.config.data
        self.clip = torch.zeros(0)  # (T, C, H, W)

    @property
    def key(self) -> Hashable:
        """The same for what gives the same futures, to the bit."""
        same = replace(self.config, seed=1, n_futures=1, data=self.data)  # which are not of one future
        return self.opened.sha256, str(self.device), self.precision, same

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
        work = imagine(self.model, self.clip[: config.n_past], paths, config.n_future, self.lent(paths))
        while True:
            with self.autocast():  # entered anew for each frame, so that it does not outlive this generator's turn
                event = next(work, None)
            if event is None:
                return
            if isinstance(event, FutureSampled):
                sampled.append(event)
            yield event

    def posterior(self) -> Frames:
        """The approximate posterior of the clip."""
        with self.autocast():
            return to_uint8(reconstruct(self.model, self.clip[:, None], self.config.n_past)[:, 0])

    def surprise(self) -> tuple[float, ...]:
        """KL(q ‖ p) at each frame of the clip, in nats; NaN at frame 0."""
        with self.autocast():
            return tuple(surprise(self.model, self.clip).tolist())

    def scores(self, sampled: Sequence[FutureSampled]) -> Events:
        for number, future in enumerate(sampled):
            yield _score(future, self.clip, self.config.n_past)
            yield Progressed(number + 1, len(sampled), "futures", "Scoring")

    def lent(self, paths: Sequence[Path], known: Lent | None = None) -> dict[ClipAddress, torch.Tensor]:
        """The posterior's mean of the clips that paths borrow from; what is `known` is not computed. Raises DataError."""
        known = known or {}
        clips = {segment.clip for path in paths for segment in path if segment.clip is not None}
        return {clip: known[clip] if clip in known else self._lent(clip) for clip in clips}

    def _lent(self, clip: ClipAddress) -> torch.Tensor:
        frames, _ = self._frames(clip.data_in(self.data.data_root), clip.split, clip.index, clip.n_frames, clip.seed)
        with self.autocast():
            return posterior_means(self.model, to_float(frames, self.device)).float()

    def _frames(self, data: DataConfig, split: str, index: int, n_frames: int, seed: int) -> tuple[Frames, str]:
        model = self.model.config
        clips = open_clips(data, split=split, image_width=model.image_width, channels=model.channels, n_frames=n_frames, seed=seed)
        return read_only(clips.batch([index])[:, 0].copy()), clips.source(index)

    def autocast(self) -> AbstractContextManager[object]:
        """The arithmetic asked for; not to be held while a generator yields."""
        return autocast(self.device, self.precision)


def _score(future: FutureSampled, clip: torch.Tensor, n_past: int) -> FutureScored:
    imagined, truth = to_float(future.frames[n_past:]), clip[n_past:].cpu()
    given = (float("nan"),) * n_past
    ssim, psnr = (given + tuple(f(imagined, truth).tolist()) for f in (psnr_ssim.ssim, psnr_ssim.psnr))
    return FutureScored(future.number, future.seed, ssim, psnr)
