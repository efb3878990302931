"""SVG, the stochastic video generation model (Denton & Fergus 2018), with its training loss on the fast schedule.

In training every input is ground truth, so a step is one encoder call for all frames, one sequence call per LSTM and one decoder
call for all predicted frames. Generation, which feeds predictions back, is in engine/sampling/rollout.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from svg_studio.engine.config import ModelConfig
from svg_studio.engine.models.blocks import Skips, flat, recomputed, unflat
from svg_studio.engine.models.lstm import DeterministicLSTM, GaussianLSTM


class Losses(NamedTuple):
    """Sums over the T-1 predicted frames. mse: mean over batch, channels and pixels; kld: sum over z_dim, mean over batch."""

    mse: Tensor
    kld: Tensor
    total: Tensor  # mse + beta · kld


class SVG(nn.Module):
    """One class for SVG-LP and SVG-FP: they differ in `prior` alone."""

    def __init__(self, config: ModelConfig, encoder: nn.Module, decoder: nn.Module, prior: nn.Module) -> None:
        super().__init__()
        self.config = config
        self.recompute = False  # in the backward pass, chunk by chunk, what encoder and decoder would keep for it
        g, z, rnn = config.g_dim, config.z_dim, config.rnn_size
        self.encoder = encoder
        self.decoder = decoder
        self.frame_predictor = DeterministicLSTM(g + z, g, rnn, config.predictor_rnn_layers)
        self.posterior = GaussianLSTM(g, z, rnn, config.posterior_rnn_layers)
        self.prior = prior

    def forward(self, x: Tensor, *, eps: Tensor | None = None, generator: torch.Generator | None = None) -> Losses:
        """As `loss`; what wrappers such as DistributedDataParallel call."""
        return self.loss(x, eps=eps, generator=generator)

    def loss(self, x: Tensor, *, eps: Tensor | None = None, generator: torch.Generator | None = None) -> Losses:
        """The training loss of clips x `(T, B, C, H, W)` in [0, 1], SVG eq. 4 and 5.

        eps `(T-1, B, z_dim)` is the noise of the reparameterised sample; drawn from `generator` where it is not given.
        """
        x_hat, (mu, logvar), (mu_p, logvar_p) = self.predict(x, eps=eps, generator=generator)
        mse = squared_error(x_hat, x[1:])
        kld = gaussian_kl(mu, logvar, mu_p, logvar_p)
        return Losses(mse, kld, mse + self.config.beta * kld)

    def predict(
        self, x: Tensor, *, eps: Tensor | None = None, generator: torch.Generator | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """Frames 1..T-1 from true inputs, `(T-1, B, C, H, W)`, and (mu, logvar) of posterior and prior, `(T-1, B, z_dim)`."""
        n_steps = x.shape[0] - 1
        used = skip_index(self.config.skip_frame, self.config.n_past, n_steps)  # (T-1,): the frame whose skips each step uses
        h, skips = self.encode(x, int(used.max()) + 1)  # (T, B, g_dim)
        mu, logvar, _ = self.posterior(h[1:])
        mu_p, logvar_p, _ = self.prior(h[:-1])
        z = reparameterise(mu, logvar, eps=eps, generator=generator)
        g, _ = self.frame_predictor(torch.cat([h[:-1], z], dim=-1))  # (T-1, B, g_dim)
        return self.decode(g, skips, used), (mu, logvar), (mu_p, logvar_p)

    def encode(self, x: Tensor, n_skips: int) -> tuple[Tensor, Skips]:
        """x `(T, B, C, H, W)` → h `(T, B, g_dim)` and the decoder's skip halves of frames 0..n_skips-1."""
        batch, start = x.shape[1], 0
        hs: list[Tensor] = []
        halves: list[list[Tensor]] = []
        for frames in torch.split(x, self.config.time_chunk or x.shape[0]):
            keep = min(len(frames), n_skips - start)
            h, *first = self._call(self._encode_chunk, frames, keep)
            hs.append(unflat(h, batch))
            if keep > 0:
                halves.append([unflat(half, batch) for half in first])
            start += len(frames)
        return torch.cat(hs), Skips([torch.cat(stage) for stage in zip(*halves, strict=True)])

    def _encode_chunk(self, frames: Tensor, keep: int) -> tuple[Tensor, ...]:
        """frames `(t, B, C, H, W)` → h `(t·B, g_dim)`; and of the first `keep` frames the skip halves, `(keep·B, c, h, w)` each."""
        h, skips = self.encoder(flat(frames))  # (t·B, g_dim), one (t·B, c, h, w) a stage
        if keep <= 0:
            return (h,)
        first = [skip[: keep * frames.shape[1]] for skip in skips]
        return h, *self.decoder.skip_halves(first)  # type: ignore[operator]

    def decode(self, g: Tensor, skips: Skips, used: Tensor) -> Tensor:
        """g `(T, B, g_dim)`, of steps that use the skips of frames `used` (T,) → `(T, B, C, H, W)` in [0, 1].

        B may be a multiple of the clips in `skips`: several futures of each, the clips changing fastest.
        """
        chunk = self.config.time_chunk or g.shape[0]
        chunks = zip(torch.split(g, chunk), torch.split(used, chunk), strict=True)
        return torch.cat([self._call(self._decode_chunk, part, index, *skips.halves)[0] for part, index in chunks])

    def _decode_chunk(self, g: Tensor, index: Tensor, *halves: Tensor) -> tuple[Tensor]:
        """As `decode`, of one chunk."""
        batch = g.shape[1]
        return (unflat(self.decoder(flat(g), Skips(halves).rows(index, batch)), batch),)

    def _call(self, function: Callable[..., tuple[Tensor, ...]], *inputs: Tensor | int) -> tuple[Tensor, ...]:
        """What `function` gives; only inputs and outputs of it are kept for the backward pass where `recompute` says so."""
        if self.recompute and torch.is_grad_enabled():
            return recomputed(self, function, *inputs)
        return function(*inputs)


def skip_index(skip_frame: str, n_past: int, n_steps: int) -> Tensor:
    """(n_steps,): for the step that predicts frame t = 1, 2, …, the frame whose skips its decoder uses."""
    previous = torch.arange(n_steps)  # t - 1
    return previous if skip_frame == "every" else previous.clamp(max=last_skip(skip_frame, n_past))


def last_skip(skip_frame: str, n_past: int) -> int:
    """The frame whose skips stay in use once frames are imagined."""
    # as the original: skips of the last but one context frame, or of x_0 where only that was given; the paper says the last one
    return max(n_past - 2, 0) if skip_frame == "original" else n_past - 1


def reparameterise(mu: Tensor, logvar: Tensor, *, eps: Tensor | None = None, generator: torch.Generator | None = None) -> Tensor:
    """z = mu + eps · sigma."""
    if eps is None:
        eps = torch.randn(mu.shape, generator=generator, device=mu.device, dtype=mu.dtype)
    return mu + eps * torch.exp(0.5 * logvar)


def squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """Sum over time of the mean over batch, channels and pixels; both `(T, B, C, H, W)`."""
    return (x_hat.to(x.dtype) - x).square().flatten(1).mean(1).sum()


def gaussian_kl(mu: Tensor, logvar: Tensor, mu_p: Tensor, logvar_p: Tensor) -> Tensor:
    """KL(q ‖ p) of diagonal Gaussians `(T, B, z_dim)`: summed over time and z_dim, mean over the batch."""
    return kl_of_latents(mu, logvar, mu_p, logvar_p).sum() / mu.shape[1]


def kl_of_latents(mu: Tensor, logvar: Tensor, mu_p: Tensor, logvar_p: Tensor) -> Tensor:
    """KL(q ‖ p) of each Gaussian by itself, in nats; all of one shape, which is that of the result."""
    return 0.5 * (logvar_p - logvar + (logvar.exp() + (mu - mu_p).square()) / logvar_p.exp() - 1)
