"""Generates futures: SVG continues from the frames it is given by feeding its own predictions back.

Rows of a batch: `N = K · B`, K futures of each of B clips, the clips changing fastest.
In evaluation mode BatchNorm uses running statistics, so a future depends on nothing beside it in the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from einops import repeat
from torch import Tensor, nn

from svg_studio.engine.address import ClipAddress, Path, common_frames, path_of
from svg_studio.engine.config import ModelConfig
from svg_studio.engine.events import Events, FramesImagined, FutureSampled, Progressed
from svg_studio.engine.models.blocks import Skips, unflat
from svg_studio.engine.models.lstm import State
from svg_studio.engine.models.registry import prior_of
from svg_studio.engine.models.svg import SVG, last_skip, reparameterise
from svg_studio.engine.sampling.latents import Latents, noise
from svg_studio.engine.utils.frames import to_uint8


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
    z: Tensor | None = None  # (N, z_dim): of frame t-1; None before any step

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
            z=None if self.z is None else self.z[index],
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
    z: Tensor | None = None
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
        z=None if z is None else z[-1],
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
def advance(
    model: SVG,
    at: Rollout,
    eps: Tensor | None = None,
    *,
    z: Tensor | None = None,
    decide: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> Rollout:
    """Imagines frame `at.t` of every future; the result's `x` is that frame.

    eps `(N, z_dim)` is the noise of z ~ p(z_t | x_{1:t-1}); z `(N, z_dim)`, where given, is used instead of the prior's sample;
    `decide` makes it of the prior's mu and logvar, `(N, z_dim)` each.
    """
    h, skips = at.h, at.skips
    if h is None or model.config.skip_frame == "every":
        encoded, newest = model.encode(at.x[None], 1 if model.config.skip_frame == "every" else 0)
        h, skips = encoded[0], newest if model.config.skip_frame == "every" else skips
    mu, logvar, prior = model.prior(h[None], at.prior)
    if z is None:
        z = decide(mu[0], logvar[0]) if decide is not None else reparameterise(mu[0], logvar[0], eps=eps)
    g, predictor = model.frame_predictor(torch.cat([h, z], dim=-1)[None], at.predictor)
    x = model.decode(g, skips, torch.zeros(1, dtype=torch.long))[0]
    sigma = torch.exp(0.5 * logvar).mean(-1)  # (1, N)
    return Rollout(at.t + 1, x, None, skips, predictor, prior, torch.cat([at.prior_seen, sigma.to(at.prior_seen)]), z)


@torch.no_grad()
def posterior_means(model: SVG, clip: Tensor) -> Tensor:
    """The posterior's mean of z at every frame of one clip, (T, C, H, W) → (T, z_dim); zeros at frame 0, which has none."""
    h, _ = model.encode(clip[:, None], 0)
    mu, _, _ = model.posterior(h[1:])
    return torch.cat([mu.new_zeros(1, mu.shape[2]), mu[:, 0]])


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
) -> Events:
    """All futures of one clip as one batch: `horizon` frames each after the given ones, clip `(n_past, C, H, W)`.

    Yields FramesImagined and Progressed a frame and at the end FutureSampled for each seed. Future k depends on model, clip and
    seeds[k] only: its noise to the bit, its frames within 1e-4 in float32 whatever is beside it.
    """
    yield from imagine(model, clip, [path_of(seed) for seed in seeds], horizon)


def imagine(
    model: SVG, clip: Tensor, paths: Sequence[Path], horizon: int, lent: Mapping[ClipAddress, Tensor] | None = None
) -> Events:
    """As `futures`, of futures whose z the `paths` decide; they are computed once as far as all paths are the same.

    So futures that part at a frame are the same to the bit before it. `lent` has the posterior's mean of the clips that paths
    borrow from, `(T, z_dim)` each. Raises AddressError where paths do not fit the model or the clips they borrow from.
    """
    n_past, end = len(clip), len(clip) + horizon
    latents = Latents(paths, n_past, end, model.config.z_dim, lent or {}, clip.device)
    parting = max(common_frames(paths), n_past) if common_frames(paths) >= n_past else 0  # 0: they part among the given frames
    rows = [0] if parting else list(range(len(paths)))
    at = begin(model, clip[:, None], latents.given[:, rows])
    frames = [to_uint8(repeat(clip, "t c h w -> t k c h w", k=len(paths)))]  # (n_past, K, H, W, C)
    for t in range(n_past, end):
        if t == parting:
            rows = list(range(len(paths)))
            at = at.select([0] * len(paths))
        at = advance(model, at, decide=latents.deciding(t, rows, at.z))
        imagined = to_uint8(at.x[None])
        frames.append(imagined if len(rows) == len(paths) else np.repeat(imagined, len(paths), axis=1))
        yield FramesImagined(t, n_past, end, frames[-1][0])
        yield Progressed(t - n_past + 1, horizon, "frames", "Sampling")
    if len(rows) < len(paths):  # they are all the same
        at = at.select([0] * len(paths))
    video = np.concatenate(frames)  # (T, K, H, W, C)
    sigma = at.prior_seen.float().cpu().numpy()  # (T-1, K)
    for k, path in enumerate(paths):
        own = np.ascontiguousarray(video[:, k])
        own.setflags(write=False)
        yield FutureSampled(k, path[-1].seed, n_past, own, (float("nan"), *(float(s) for s in sigma[:, k])))


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
