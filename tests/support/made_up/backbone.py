"""A made-up backbone: linear layers alone, with one skip."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from svg_studio.engine.config import ModelConfig


class Encoder(nn.Module):
    """h, skips = encoder(x)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.shrink = nn.Conv2d(config.channels, config.base_width, 8, 8)
        self.out = nn.Linear(config.base_width * (config.image_width // 8) ** 2, config.g_dim)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        small = self.shrink(x)
        return self.out(small.flatten(1)).tanh(), [small]


class Decoder(nn.Module):
    """x = decoder(g, halves)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.shape = (config.base_width, config.image_width // 8, config.image_width // 8)
        self.into = nn.Linear(config.g_dim, self.shape[0] * self.shape[1] ** 2)
        self.of_skip = nn.Conv2d(config.base_width, config.base_width, 1)
        self.grow = nn.ConvTranspose2d(config.base_width, config.channels, 8, 8)

    def skip_halves(self, skips: Sequence[Tensor]) -> list[Tensor]:
        return [self.of_skip(skip) for skip in skips]

    def forward(self, g: Tensor, halves: Sequence[Tensor]) -> Tensor:
        out: Tensor = self.grow(self.into(g).unflatten(1, self.shape) + halves[0]).sigmoid()
        return out
