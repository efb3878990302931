"""The models by name: BACKBONES and PRIORS, and what makes a model of them; importing it loads no torch.

A new backbone or prior is one file and one entry here.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from svg_studio.engine.config import ModelConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.models import shapes
from svg_studio.engine.models.shapes import Layers

if TYPE_CHECKING:
    from torch import nn

    from svg_studio.engine.models.svg import SVG

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class BackboneEntry:
    """A family of encoder and decoder: what forms show of it, the module that has its `Encoder` and `Decoder`, and its layers."""

    title: str
    summary: str
    implementation: str
    layers: Callable[[ModelConfig], Layers]


@dataclass(frozen=True)
class PreviewPlan:
    """What previews show of a clip beside the truth: so many futures are sampled, and these of them become tiles."""

    candidates: int
    titles: tuple[str, ...]
    best_first: bool = False  # the first tile is the future nearest to the truth, and the others are drawn at random


@dataclass(frozen=True)
class PriorEntry:
    """A prior p(z_t | x_{1:t-1}): what forms show of it, and "module:function", which makes it of a ModelConfig.

    It answers the same call as LearnedPrior in engine/models/lstm.py.
    """

    title: str
    abbreviation: str  # in the names of runs
    implementation: str
    lstm_layers: Callable[[ModelConfig], int]
    previews: PreviewPlan
    draws_context: bool  # whether context_latents=original draws the latents of given frames or takes their mean


BACKBONES: dict[str, BackboneEntry] = {
    "dcgan": BackboneEntry(
        "DCGAN",
        "Strided 4×4 convolutions; the paper's choice for moving digits.",
        "svg_studio.engine.models.dcgan",
        shapes.dcgan,
    ),
    "vgg": BackboneEntry(
        "VGG",
        "3×3 convolutions and pooling; the paper's choice for BAIR and KTH, and several times slower.",
        "svg_studio.engine.models.vgg",
        shapes.vgg,
    ),
}

# The previews and the latents of given frames are those of the original's two scripts.
PRIORS: dict[str, PriorEntry] = {
    "learned": PriorEntry(
        "Learned (SVG-LP)",
        "lp",
        "svg_studio.engine.models.lstm:learned_prior",
        lstm_layers=lambda config: config.prior_rnn_layers,
        previews=PreviewPlan(20, ("best of 20", *["random"] * 4), best_first=True),
        draws_context=True,
    ),
    "fixed": PriorEntry(
        "Fixed (SVG-FP)",
        "fp",
        "svg_studio.engine.models.lstm:fixed_prior",
        lstm_layers=lambda config: 0,
        previews=PreviewPlan(5, tuple(f"future {k}" for k in range(1, 6))),
        draws_context=False,
    ),
}


def build(config: ModelConfig) -> SVG:
    """A model with freshly initialised weights (torch's global generator), in training mode, on the CPU."""
    from svg_studio.engine.models.blocks import initialise

    model = _assemble(config)
    initialise(model)
    return model


def skeleton(config: ModelConfig) -> SVG:
    """A model of shapes alone, which takes no memory: its weights are to be assigned (`load_state_dict(…, assign=True)`)."""
    import torch

    with torch.device("meta"):
        return _assemble(config)


def backbone_of(config: ModelConfig) -> BackboneEntry:
    """The entry that `config` names. Raises StudioError where there is none."""
    return _entry(BACKBONES, "backbone", config.backbone)


def prior_of(config: ModelConfig) -> PriorEntry:
    """The entry that `config` names. Raises StudioError where there is none."""
    return _entry(PRIORS, "prior", config.prior)


def layers_of(config: ModelConfig) -> Layers:
    """The layers of its encoder and decoder, counted."""
    return backbone_of(config).layers(config)


def count_parameters(model: nn.Module) -> int:
    """How many numbers are learned."""
    return sum(p.numel() for p in model.parameters())


def _entry(entries: dict[str, Entry], setting: str, name: str) -> Entry:
    if name not in entries:
        raise StudioError(f"{setting}={name[:100]}: not known; choose one of {', '.join(entries)}")
    return entries[name]


def _assemble(config: ModelConfig) -> SVG:
    from svg_studio.engine.models.svg import SVG

    backbone = importlib.import_module(backbone_of(config).implementation)
    module, _, function = prior_of(config).implementation.partition(":")
    prior: Any = getattr(importlib.import_module(module), function)(config)
    return SVG(config, backbone.Encoder(config), backbone.Decoder(config), prior)
