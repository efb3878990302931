"""Measures how little a model expected each frame of a video: KL(q(z_t | x_1:t) ‖ p(z_t | x_1:t-1)), step by step on true frames.

What the figure is: the KL term of the model's bound on the log-likelihood at frame t, summed over the latent dimensions, in nats.
It says how far q, which has seen frame t, lies from what p expected of it (for SVG-FP: from N(0, I), so that "expected" means
usual in training, whatever came before). It is meant for comparing frames that one and the same model looks at.

What it is not: no probability, and no -log p(x_t), of which it is a bound's term without the term of the reconstruction: what the
posterior does not put into z, such as a change that the encoder does not see, surprises nobody. Its size depends on beta (a large
one drives it towards 0), on z_dim and on what the model was trained on, so two models' figures must not be compared; a frame unlike
all that it was trained on may get any figure, a low one too. What is unusual may show a frame later, once it has moved on. Frame 0
has none: nothing comes before it. Frames that come after few others, where p knows little, tend to surprise more.
"""

from __future__ import annotations

import torch
from torch import Tensor

from svg_studio.engine.models.lstm import State
from svg_studio.engine.models.svg import SVG, kl_of_latents

ENCODED = 32  # frames that are encoded at once, which bounds memory
ROWS = 1024  # steps of windows that are in hand at once, which does so too


@torch.no_grad()
def surprise(model: SVG, clip: Tensor) -> Tensor:
    """KL(q ‖ p) in nats at each frame of a clip, (T, C, H, W) in [0, 1] → (T,); NaN at frame 0. See this module on what that means.

    Every input is a true frame, and the LSTMs' state goes from the first frame to the last, as in training.
    """
    return batch_surprise(model, clip[:, None])[:, 0]


@torch.no_grad()
def batch_surprise(model: SVG, x: Tensor) -> Tensor:
    """`surprise` of several clips, (T, B, C, H, W) → (T, B)."""
    h, _ = model.encode(x, 0)
    kl = _of_codes(model, h)[0] if len(h) > 1 else h[:0, :, 0]
    return torch.cat([kl.new_full((1, x.shape[1]), torch.nan), kl])


class Sliding:
    """`surprise` of a video of any length in bounded memory: `add` its frames in their order, in pieces of any size.

    With a `window` each frame is judged by the window - 1 frames before it alone, the LSTMs beginning anew at the first of them; so
    windows overlap in all but one frame, and a frame's figure is from that one in which most frames come before it. Where the
    window is n_past + n_future, no LSTM ever runs for longer than it was trained to. Each frame is encoded once; it is only the two
    small LSTMs that run `window` times as often. Without one (0) their state is carried on from the first frame to the last: the
    same as `surprise` of the whole video, which runs them for longer than they were trained to.
    """

    def __init__(self, model: SVG, window: int) -> None:
        if window == 1 or window < 0:
            raise ValueError("a window holds two frames at least: one, and one before it")
        self._model, self._window = model, window
        self._before: Tensor | None = None  # codes of the last frames, (n, g_dim), n < window
        self._states: tuple[State, State] | None = None  # posterior's and prior's, where they are carried on

    @torch.no_grad()
    def add(self, frames: Tensor) -> Tensor:
        """The next frames, (T, C, H, W) in [0, 1] → (T,); NaN at the first frame of all. T may be 0."""
        found = [self._add(part) for part in torch.split(frames, ENCODED) if len(part)]
        return torch.cat(found) if found else frames.new_zeros(0)

    def _add(self, frames: Tensor) -> Tensor:
        h = self._model.encode(frames[:, None], 0)[0][:, 0]  # (T, g_dim)
        is_first = self._before is None
        h = h if self._before is None else torch.cat([self._before, h])
        first = len(h) - len(frames) + is_first  # of the new frames in h that has one before it
        if self._window:
            kl = self._windows(h, first)
            self._before = h[max(0, len(h) - self._window + 1) :].clone()
        else:
            kl = h.new_zeros(0)
            if first < len(h):
                kl, self._states = _of_codes(self._model, h[:, None], self._states)
                kl = kl[:, 0]
            self._before = h[-1:].clone()
        return torch.cat([kl.new_full((1,), torch.nan), kl]) if is_first else kl

    def _windows(self, h: Tensor, first: int) -> Tensor:
        """Of the codes h (n, g_dim) from the one with the number `first` on, each at the end of a window of its own."""
        kl: list[Tensor] = []
        few = min(len(h), self._window - 1)  # where a window is not full yet: h begins with the video's first frame then
        if first < few:  # in one go, for what an LSTM says of a frame does not depend on those behind it
            kl.append(_of_codes(self._model, h[:few, None])[0][first - 1 :, 0])
        if len(h) >= self._window:
            windows = h[max(first - self._window + 1, 0) :].unfold(0, self._window, 1)  # (n, g_dim, window)
            for part in torch.split(windows, max(1, ROWS // self._window)):
                kl.append(_of_codes(self._model, part.permute(2, 0, 1))[0][-1])
        return torch.cat(kl) if kl else h.new_zeros(0)


def _of_codes(model: SVG, h: Tensor, states: tuple[State, State] | None = None) -> tuple[Tensor, tuple[State, State]]:
    """Codes h (T, B, g_dim) of true frames → KL at frames 1 … T-1, (T-1, B), and the LSTMs' states behind them."""
    posterior, prior = states or (None, None)
    mu, logvar, posterior = model.posterior(h[1:], posterior)
    mu_p, logvar_p, prior = model.prior(h[:-1], prior)
    return kl_of_latents(mu, logvar, mu_p, logvar_p).sum(-1), (posterior, prior)
