"""A made-up optimiser: by the sign of the gradient."""

from __future__ import annotations

import torch
from torch import nn

from svg_studio.engine.config import TrainConfig


def make(config: TrainConfig, model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Rprop(model.parameters(), lr=config.lr)
