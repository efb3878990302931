"""The VGG encoder and decoder: 3×3 convolutions, pooling and nearest upsampling."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from svg_studio.engine.config import ModelConfig
from svg_studio.engine.models.blocks import conv_half


class Layer(nn.Module):
    """3×3 convolution, BatchNorm, LeakyReLU."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.main = nn.Sequential(nn.Conv2d(n_in, n_out, 3, 1, 1), nn.BatchNorm2d(n_out), nn.LeakyReLU(0.2, inplace=True))

    def forward(self, x: Tensor) -> Tensor:
        return self.main(x)  # type: ignore[no-any-return]


def _encoder_blocks(config: ModelConfig) -> list[list[int]]:
    """Channels through each encoder block, in units of base_width·(1/64): (nc,64,64), (64,128,128), (128,256×3), (256,512×3)."""
    w = config.base_width
    blocks = [[config.channels, w, w], [w, 2 * w, 2 * w], [2 * w, 4 * w, 4 * w, 4 * w], [4 * w, 8 * w, 8 * w, 8 * w]]
    return blocks + [[8 * w] * 4] * (config.n_stages - 4)


def _decoder_blocks(config: ModelConfig) -> list[list[int]]:
    """Channels through each decoder block, coarsest first; the first number counts [up, skip] together."""
    w = config.base_width
    deepest = [[16 * w, 8 * w, 8 * w, 8 * w]] * (config.n_stages - 4)
    return [*deepest, [16 * w, 8 * w, 8 * w, 4 * w], [8 * w, 4 * w, 4 * w, 2 * w], [4 * w, 2 * w, w], [2 * w, w]]


class Encoder(nn.Module):
    """h, skips = encoder(x): x `(N, C, W, W)` → h `(N, g_dim)`, skips finest first, each taken before its pooling."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        blocks = _encoder_blocks(config)
        self.stages = [f"c{i}" for i in range(1, len(blocks) + 1)]
        for name, block in zip(self.stages, blocks, strict=True):
            self.add_module(name, nn.Sequential(*(Layer(a, b) for a, b in pairwise(block))))
        self.last = f"c{len(blocks) + 1}"
        last = nn.Sequential(nn.Conv2d(blocks[-1][-1], config.g_dim, 4, 1, 0), nn.BatchNorm2d(config.g_dim), nn.Tanh())
        self.add_module(self.last, last)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        skips = []
        for name in self.stages:
            skips.append(getattr(self, name)(x))
            x = F.max_pool2d(skips[-1], 2)
        h = getattr(self, self.last)(x)  # (N, g_dim, 1, 1)
        return h.flatten(1), skips


class Decoder(nn.Module):
    """x = decoder(g, halves): g `(N, g_dim)` and the skip half of every stage, coarsest first → `(N, C, W, W)` in [0, 1]."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        blocks = _decoder_blocks(config)
        n_first = blocks[0][0] // 2
        first = nn.ConvTranspose2d(config.g_dim, n_first, 4, 1, 0)
        self.upc1 = nn.Sequential(first, nn.BatchNorm2d(n_first), nn.LeakyReLU(0.2, inplace=True))
        self.stages = [f"upc{i}" for i in range(2, len(blocks) + 2)]
        for name, block in zip(self.stages, blocks, strict=True):
            layers: list[nn.Module] = [Layer(a, b) for a, b in pairwise(block)]
            if name == self.stages[-1]:
                layers += [nn.ConvTranspose2d(block[-1], config.channels, 3, 1, 1), nn.Sigmoid()]
            self.add_module(name, nn.Sequential(*layers))

    def _first_convs(self) -> list[nn.Conv2d]:
        return [getattr(self, name)[0].main[0] for name in self.stages]

    def skip_halves(self, skips: Sequence[Tensor]) -> list[Tensor]:
        """The half of every block's first convolution that acts on the encoder's skips (finest first); coarsest first."""
        pairs = zip(self._first_convs(), reversed(skips), strict=True)
        return [conv_half(conv, skip, of_skip=True) for conv, skip in pairs]

    def forward(self, g: Tensor, halves: Sequence[Tensor]) -> Tensor:
        d: Tensor = self.upc1(g[:, :, None, None])  # (N, 8·base_width, 4, 4)
        for name, conv, half in zip(self.stages, self._first_convs(), halves, strict=True):
            block = getattr(self, name)
            up = F.interpolate(d, scale_factor=2, mode="nearest")
            d = block[0].main[1:](conv_half(conv, up, of_skip=False) + half)
            d = block[1:](d)
        return d
