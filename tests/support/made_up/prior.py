"""A made-up prior: Gaussian with mean 0 and a learned spread, without memory."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from svg_studio.engine.config import ModelConfig


class Spread(nn.Module):
    def __init__(self, z_dim: int) -> None:
        super().__init__()
        self.logvar = nn.Parameter(torch.full((z_dim,), -1.0))

    def forward(self, h: Tensor, state: object = None) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
        shape = (*h.shape[:2], len(self.logvar))
        return h.new_zeros(shape), self.logvar.expand(shape), (h.new_zeros(0, h.shape[1], 0),) * 2


def make(config: ModelConfig) -> Spread:
    return Spread(config.z_dim)
