"""The optimisers by name: OPTIMIZERS; reading it imports no torch.

A new one is an entry here and the function that it names.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.errors import StudioError

if TYPE_CHECKING:
    import torch
    from torch import nn


@dataclass(frozen=True)
class OptimizerEntry:
    """What forms and the memory estimate need to know of an optimiser, and the function that makes it."""

    title: str
    implementation: str  # "module:function" of (config, model)
    moments: int  # numbers that it keeps of each weight


OPTIMIZERS: dict[str, OptimizerEntry] = {
    "adam": OptimizerEntry("Adam", "svg_studio.engine.optimizers:adam", moments=2),
    "rmsprop": OptimizerEntry("RMSprop", "svg_studio.engine.optimizers:rmsprop", moments=1),
    "sgd": OptimizerEntry("SGD", "svg_studio.engine.optimizers:sgd", moments=0),
}


def optimizer_of(config: TrainConfig) -> OptimizerEntry:
    """The entry that `config` names. Raises StudioError where there is none."""
    if config.optimizer not in OPTIMIZERS:
        raise StudioError(f"optimizer={config.optimizer}: not known; choose one of {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[config.optimizer]


def make_optimizer(config: TrainConfig, model: nn.Module) -> torch.optim.Optimizer:
    """The optimiser that `config` names, one for all modules: the same as the original's one per module."""
    module, _, function = optimizer_of(config).implementation.partition(":")
    optimizer: torch.optim.Optimizer = getattr(importlib.import_module(module), function)(config, model)
    return optimizer


def adam(config: TrainConfig, model: nn.Module) -> torch.optim.Optimizer:
    """beta2 is the original's; one kernel for all weights where the device has it."""
    import torch

    fused = next(model.parameters()).device.type in ("cpu", "cuda")
    return torch.optim.Adam(model.parameters(), lr=config.lr, betas=(config.beta1, 0.999), fused=fused)


def rmsprop(config: TrainConfig, model: nn.Module) -> torch.optim.Optimizer:
    """beta1 does not concern it."""
    import torch

    return torch.optim.RMSprop(model.parameters(), lr=config.lr)


def sgd(config: TrainConfig, model: nn.Module) -> torch.optim.Optimizer:
    """Without momentum, as the original's."""
    import torch

    return torch.optim.SGD(model.parameters(), lr=config.lr)
