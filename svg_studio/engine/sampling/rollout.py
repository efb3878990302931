"""Generates futures: SVG continues from the frames it is given by feeding its own predictions back.

Rows of a batch: `N = K · B`, K futures of each of B clips, the clips changing fastest.
In evaluation mode BatchNorm uses running statistics, so a future depends on nothing beside it in the batch.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from einops import rearrange, repeat
from torch import Tensor, nn

from svg_studio.engine.config import ModelConfig
from svg_studio.engine.events import Events, FramesImagined, FutureSampled, Progressed
from svg_studio.engine.models.blocks import Skips, unflat
from svg_studio.engine.models.lstm import State
from svg_studio.engine.models.registry import prior_of
from svg_studio.engine.models.svg import SVG, last_skip, reparameterise
from svg_studio.engine.utils.frames import to_uint8


def noise(seeds: Sequence[int], n_frames: int, z_dim: int) -> Tensor:
    """`(n_frames, len(seeds), z_dim)`, N(0, 1): row t is for frame t, column k depends on seed k alone.

    A longer horizon has the same beginning, and frame t's noise is the same however frame t was reached.
    """
    columns = [np.random.Generator(np.random.Philox(key=seed)).standard_normal((n_frames, z_dim)) for seed in seeds]
    return torch.from_numpy(np.stack(columns, axis=1).astype(np.float32))


@dataclass(frozen=True)
class Rollout:
    """Where N futures stand before frame `t`: all that is needed to go on, from here or again with other noise."""

    t: int
    x: Tensor  # (N, C, H, W): frame t-1
    h: Tensor | None  # (N, g_dim): its encoding where that is known already
    skips: Skips  # of the one context frame whose skips stay in use
    predictor: State | None  # None before any step
    prior: State | None
    prior_seen: Tensor  # (t-1, N): mean sigma of the prior at frames 1..t-1

    def select(self, rows: Sequence[int]) -> Rollout:
        """Some futures of a rollout over one clip, in the order asked for; one may be asked for several times."""
        index = torch.as_tensor(rows, device=self.x.device)

        def of(state: State | None) -> State | None:
            return (state[0][:, index], state[1][:, index]) if state else None

        return replace(
            self,
            x=self.x[index],
            h=None if self.h is None else self.h[index],
            predictor=of(self.predictor),
            prior=of(self.prior),
            prior_seen=self.prior_seen[:, index],
        )


@torch.no_grad()
def begin(model: SVG, past: Tensor, eps: Tensor) -> Rollout:
    """Steps all LSTMs through the given frames; each clip is encoded once, whatever the number of its futures.

    past `(n_past, B, C, H, W)`; eps `(≥ n_past, N, z_dim)`, of which rows 1..n_past-1 are used.
    For t < n_past z is drawn from the posterior or is its mean, as context_latents says.
    """
    n_past, batch = past.shape[:2]
    k = eps.shape[1] // batch
    stays = last_skip(model.config.skip_frame, n_past)
    h, skips = model.encode(past, stays + 1)  # (n_past, B, g_dim)
    predictor: State | None = None
    prior: State | None = None
    sigma = h.new_zeros(0, batch)
    if n_past > 1:
        mu, logvar, _ = model.posterior(h[1:])
        _, logvar_p, prior = model.prior(h[:-1])
        sigma = torch.exp(0.5 * logvar_p).mean(-1)  # (n_past-1, B)
        mu, logvar, inputs = (repeat(v, "t b c -> t (k b) c", k=k) for v in (mu, logvar, h[:-1]))
        z = reparameterise(mu, logvar, eps=eps[1:n_past]) if draws_context(model.config) else mu
        _, predictor = model.frame_predictor(torch.cat([inputs, z], dim=-1))
        prior = (prior[0].repeat(1, k, 1), prior[1].repeat(1, k, 1))
    return Rollout(
        t=n_past,
        x=past[-1].repeat(k, 1, 1, 1),
        h=h[-1].repeat(k, 1),
        skips=skips.of_frame(stays),
        predictor=predictor,
        prior=prior,
        prior_seen=sigma.repeat(1, k),
    )


def draws_context(config: ModelConfig) -> bool:
    """Whether the latents of given frames are drawn; as the original: for the learned prior, not for the fixed one."""
    return prior_of(config).draws_context if config.context_latents == "original" else config.context_latents == "drawn"


@contextmanager
def batch_statistics(model: SVG) -> Iterator[None]:
    """While it lasts BatchNorm takes the statistics of each time step's frames, as the original's SVG-LP generation script.

    They mean something over a batch of different clips, one future of each at a time. The running ones stay as they are.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    before = [(norm.training, norm.track_running_stats) for norm in norms]
    config = model.config
    model.config = replace(config, time_chunk=1)
    try:
        for norm in norms:
            norm.training, norm.track_running_stats = True, False
        yield
    finally:
        model.config = config
        for norm, (training, track) in zip(norms, before, strict=True):
            norm.training, norm.track_running_stats = training, track


@torch.no_grad()
def advance(model: SVG, at: Rollout, eps: Tensor | None = None, *, z: Tensor | None = None) -> Rollout:
    """Imagines frame `at.t` of every future; the result's `x` is that frame.

    eps `(N, z_dim)` is the noise of z ~ p(z_t | x_{1:t-1}); z `(N, z_dim)`, where given, is used instead of the prior's sample.
    """
    h, skips = at.h, at.skips
    if h is None or model.config.skip_frame == "every":
        encoded, newest = model.encode(at.x[None], 1 if model.config.skip_frame == "every" else 0)
        h, skips = encoded[0], newest if model.config.skip_frame == "every" else skips
    mu, logvar, prior = model.prior(h[None], at.prior)
    if z is None:
        z = reparameterise(mu[0], logvar[0], eps=eps)
    g, predictor = model.frame_predictor(torch.cat([h, z], dim=-1)[None], at.predictor)
    x = model.decode(g, skips, torch.zeros(1, dtype=torch.long))[0]
    sigma = torch.exp(0.5 * logvar).mean(-1)  # (1, N)
    return Rollout(at.t + 1, x, None, skips, predictor, prior, torch.cat([at.prior_seen, sigma.to(at.prior_seen)]))


@torch.no_grad()
def reconstruct(model: SVG, x: Tensor, n_past: int) -> Tensor:
    """The approximate posterior: own predictions are fed back, z is the posterior's mean of the true x_t at every t.

    x `(T, B, C, H, W)` → the same shape; the first n_past frames are the truth's.
    """
    h, _ = model.encode(x, 0)
    mu, _, _ = model.posterior(h[1:])  # (T-1, B, z_dim): of frames 1..T-1
    no_noise = mu.new_zeros(n_past, *mu.shape[1:])
    at = begin(model, x[:n_past], no_noise)  # noise 0 makes the sample the mean
    frames = [*x[:n_past]]
    for t in range(n_past, len(x)):
        at = advance(model, at, z=mu[t - 1])
        frames.append(at.x)
    return torch.stack(frames)


def futures(
    model: SVG,
    clip: Tensor,
    seeds: Sequence[int],
    horizon: int,
    *,
    keep: dict[int, Rollout] | None = None,
) -> Events:
    """All futures of one clip as one batch: `horizon` frames each after the given ones, clip `(n_past, C, H, W)`.

    Yields FramesImagined and Progressed a frame and at the end FutureSampled for each seed. Future k depends on model, clip and
    seeds[k] only: its noise to the bit, its frames within 1e-4 in float32 whatever is beside it. `keep`, a dict, receives at its
    keys (frame numbers from n_past on) the state before that frame; `fork` goes on from there.
    """
    n_past = len(clip)
    eps = noise(seeds, n_past + horizon, model.config.z_dim).to(clip.device)
    at = begin(model, clip[:, None], eps)
    given = repeat(clip, "t c h w -> k t c h w", k=len(seeds))
    yield from _imagine(model, at, given, eps, seeds, n_past, horizon, keep)


def fork(
    model: SVG,
    kept: Rollout,
    row: int,
    before: Tensor,
    seeds: Sequence[int],
    horizon: int,
    *,
    n_past: int,
    keep: dict[int, Rollout] | None = None,
) -> Events:
    """Futures that go on from row `row` of a kept state with other seeds; `before` (kept.t, C, H, W) are its frames so far."""
    eps = noise(seeds, kept.t + horizon, model.config.z_dim).to(before.device)
    at = kept.select([row] * len(seeds))
    given = repeat(before, "t c h w -> k t c h w", k=len(seeds))
    yield from _imagine(model, at, given, eps, seeds, n_past, horizon, keep)


def _imagine(
    model: SVG,
    at: Rollout,
    given: Tensor,
    eps: Tensor,
    seeds: Sequence[int],
    n_past: int,
    horizon: int,
    keep: dict[int, Rollout] | None,
) -> Events:
    start = at.t
    frames = [to_uint8(rearrange(given, "k t c h w -> t k c h w"))]  # (start, K, H, W, C)
    for step in range(horizon):
        if keep is not None and at.t in keep:
            keep[at.t] = at
        at = advance(model, at, eps[start + step])
        frames.append(to_uint8(at.x[None]))
        yield FramesImagined(start + step, n_past, start + horizon, frames[-1][0])
        yield Progressed(step + 1, horizon, "frames", "Sampling")
    video = np.concatenate(frames)  # (T, K, H, W, C)
    sigma = at.prior_seen.float().cpu().numpy()  # (T-1, K)
    for k, seed in enumerate(seeds):
        own = np.ascontiguousarray(video[:, k])
        own.setflags(write=False)
        yield FutureSampled(k, seed, n_past, own, (float("nan"), *(float(s) for s in sigma[:, k])))


def sample_batch(model: SVG, past: Tensor, seeds: Sequence[int], horizon: int) -> Generator[Tensor, None, None]:
    """Futures of several clips together: yields, frame by frame, `(K, B, C, H, W)`; past `(n_past, B, C, H, W)`.

    Seed k is used for every clip, so future k of a clip is the one that `futures` gives for that seed.
    """
    n_past, batch = past.shape[:2]
    eps = noise(seeds, n_past + horizon, model.config.z_dim).to(past.device)
    rows = repeat(eps, "t k z -> t (k b) z", b=batch)
    at = begin(model, past, rows)
    for t in range(n_past, n_past + horizon):
        at = advance(model, at, rows[t])
        yield unflat(at.x, batch)
