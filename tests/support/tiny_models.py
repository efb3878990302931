"""Real models and clips, small enough for any test."""

from __future__ import annotations

import torch

from svg_studio.engine.config import ModelConfig
from svg_studio.engine.models.registry import build
from svg_studio.engine.models.svg import SVG

T, B = 5, 3


def tiny(**settings: object) -> SVG:
    base = {"base_width": 2, "g_dim": 6, "z_dim": 3, "rnn_size": 7, "n_past": 3, "n_future": 2, "beta": 0.1}
    torch.manual_seed(0)
    model = build(ModelConfig(**{**base, **settings})).double()
    with torch.no_grad():  # larger weights than 0.02, so that every path matters
        for p in model.parameters():
            p.mul_(3).add_(0.02 * torch.randn_like(p))
        for m in model.modules():
            if isinstance(m, torch.nn.BatchNorm2d):
                m.running_mean.normal_(0, 0.1)
                m.running_var.uniform_(0.5, 2)
    return model


def clips(model: SVG, t: int = T, b: int = B) -> torch.Tensor:
    c = model.config
    return torch.rand(
        t, b, c.channels, c.image_width, c.image_width, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
