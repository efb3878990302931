"""The DCGAN encoder and decoder: strided 4×4 convolutions."""

from __future__ import annotations

import typing
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from svg_studio.engine.config import ModelConfig
from svg_studio.engine.models.blocks import conv_half


def _widths(config: ModelConfig) -> list[int]:
    """Channels after each encoder stage, finest first: 64→128→256→512 at base_width 64, one more 512 at 128 px."""
    return [config.base_width * min(2**i, 8) for i in range(config.n_stages)]


class Stage(nn.Module):
    """(Transposed) convolution, BatchNorm, LeakyReLU."""

    def __init__(self, conv: nn.Conv2d | nn.ConvTranspose2d) -> None:
        super().__init__()
        self.main = nn.Sequential(conv, nn.BatchNorm2d(conv.out_channels), nn.LeakyReLU(0.2, inplace=True))

    def forward(self, x: Tensor) -> Tensor:
        return self.main(x)  # type: ignore[no-any-return]


class Encoder(nn.Module):
    """h, skips = encoder(x): x `(N, C, W, W)` → h `(N, g_dim)`, skips finest first, `(N, base_width·2^i, W/2^(i+1), …)`."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        widths = [config.channels, *_widths(config)]
        self.stages: list[str] = []
        for i, (n_in, n_out) in enumerate(pairwise(widths), 1):
            self.stages.append(f"c{i}")
            self.add_module(f"c{i}", Stage(nn.Conv2d(n_in, n_out, 4, 2, 1)))
        self.last = f"c{len(widths)}"
        last = nn.Sequential(nn.Conv2d(widths[-1], config.g_dim, 4, 1, 0), nn.BatchNorm2d(config.g_dim), nn.Tanh())
        self.add_module(self.last, last)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        skips = []
        for name in self.stages:
            x = getattr(self, name)(x)
            skips.append(x)
        h = getattr(self, self.last)(x)  # (N, g_dim, 1, 1)
        return h.flatten(1), skips


class Decoder(nn.Module):
    """x = decoder(g, halves): g `(N, g_dim)` and the skip half of every stage, coarsest first → `(N, C, W, W)` in [0, 1]."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        widths = _widths(config)[::-1]  # coarsest first
        outs = [*widths[1:], config.channels]
        first = nn.ConvTranspose2d(config.g_dim, widths[0], 4, 1, 0)
        self.upc1 = nn.Sequential(first, nn.BatchNorm2d(widths[0]), nn.LeakyReLU(0.2, inplace=True))
        self.stages: list[str] = []
        for i, (n_skip, n_out) in enumerate(zip(widths, outs, strict=True), 2):
            conv = nn.ConvTranspose2d(2 * n_skip, n_out, 4, 2, 1)
            final = i == len(widths) + 1
            self.stages.append(f"upc{i}")
            self.add_module(f"upc{i}", nn.Sequential(conv, nn.Sigmoid()) if final else Stage(conv))

    def _layers(self) -> list[nn.Sequential]:
        return [s.main if isinstance(s := getattr(self, name), Stage) else s for name in self.stages]

    def _convs(self) -> list[nn.ConvTranspose2d]:
        return [typing.cast(nn.ConvTranspose2d, layer[0]) for layer in self._layers()]

    def skip_halves(self, skips: Sequence[Tensor]) -> list[Tensor]:
        """The half of every stage's convolution that acts on the encoder's skips (finest first); coarsest first."""
        pairs = zip(self._convs(), reversed(skips), strict=True)
        return [conv_half(conv, skip, of_skip=True) for conv, skip in pairs]

    def forward(self, g: Tensor, halves: Sequence[Tensor]) -> Tensor:
        d: Tensor = self.upc1(g[:, :, None, None])  # (N, 8·base_width, 4, 4)
        for layer, conv, half in zip(self._layers(), self._convs(), halves, strict=True):
            d = layer[1:](conv_half(conv, d, of_skip=False) + half)
        return d
