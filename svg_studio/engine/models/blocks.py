"""What both backbones share: initialisation, the convolution on [d, skip] as two halves, and recomputation."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch.nn.functional as F
from einops import repeat
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


class Skips:
    """The skip half of every decoder stage, computed once per context frame.

    A decoder stage's first convolution acts on [d, skip]. It is linear, so it is the sum of one convolution on d and one on
    skip; the second needs no repeating for later time steps, nor for the other futures of a clip.

    halves: one tensor a stage, coarsest first, `(S, B, c, h, w)` for S context frames of B clips.
    """

    def __init__(self, halves: Sequence[Tensor]) -> None:
        self.halves = list(halves)

    def rows(self, index: Tensor, batch: int) -> list[Tensor]:
        """What is added to the d halves of time steps that use context frames `index` (n,): `(n·batch, c, h, w)` a stage.

        batch may be a multiple of B: several futures of each clip, the clips changing fastest. One step of one clip is left
        as `(1, c, h, w)`, which broadcasts.
        """
        out = []
        for half in self.halves:
            clips = half.shape[1]
            # (n, B, c, h, w); not half[index], whose gradient several threads add up in no fixed order
            picked = half.index_select(0, index.to(half.device))
            if batch != clips and picked.shape[:2] != (1, 1):
                picked = repeat(picked, "n b c h w -> n (k b) c h w", k=batch // clips)
            out.append(flat(picked))
        return out

    def of_frame(self, frame: int) -> Skips:
        """Those of one context frame, as the only one."""
        return Skips([half[frame : frame + 1] for half in self.halves])


def conv_half(conv: nn.Conv2d | nn.ConvTranspose2d, x: Tensor, *, of_skip: bool) -> Tensor:
    """One of the two convolutions whose sum is `conv` on [d, skip]: the one on d, with the bias, or the one on skip, without.

    Both take half of `conv`'s weight along its input channels; d comes first, skip second.
    """
    transposed = isinstance(conv, nn.ConvTranspose2d)
    d_weight, skip_weight = conv.weight.chunk(2, dim=0 if transposed else 1)
    weight, bias = (skip_weight, None) if of_skip else (d_weight, conv.bias)
    stride, padding = conv.stride, typing.cast("tuple[int, ...]", conv.padding)
    if transposed:
        return F.conv_transpose2d(x, weight, bias, stride, padding)
    return F.conv2d(x, weight, bias, stride, padding)


def initialise(module: nn.Module) -> None:
    """As the original: conv and linear weights N(0, 0.02), BatchNorm's N(1, 0.02), biases 0; LSTMs keep PyTorch's default."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(part.weight, 0.0, 0.02)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
        elif isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.weight, 1.0, 0.02)
            nn.init.zeros_(part.bias)


def recomputed(module: nn.Module, function: Callable[..., tuple[Tensor, ...]], *inputs: Tensor | int) -> tuple[Tensor, ...]:
    """function(*inputs), which uses `module`: of its tensors only inputs and outputs are kept, the rest is computed again.

    Results, gradients and BatchNorm's running statistics are those of the plain call, to the bit; `function` draws no noise.
    """

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _statistics_spared(module)

    found: tuple[Tensor, ...] = checkpoint(function, *inputs, use_reentrant=False, preserve_rng_state=False, context_fn=contexts)
    return found


@contextmanager
def _statistics_spared(module: nn.Module) -> Iterator[None]:
    """While it lasts BatchNorm updates copies of its running statistics: the same call again does not count again."""
    norms = [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]
    before = [dict(norm.named_buffers()) for norm in norms]
    try:
        for norm, buffers in zip(norms, before, strict=True):
            for name, buffer in buffers.items():
                setattr(norm, name, buffer.clone())
        yield
    finally:
        for norm, buffers in zip(norms, before, strict=True):
            for name, buffer in buffers.items():
                setattr(norm, name, buffer)


def flat(x: Tensor) -> Tensor:
    """(T, B, …) → (T·B, …)."""
    return x.flatten(0, 1)


def unflat(x: Tensor, batch: int) -> Tensor:
    """(T·B, …) → (T, B, …)."""
    return x.reshape(-1, batch, *x.shape[1:])
