"""The models by name: BACKBONES, `build` and `skeleton`; importing it loads no torch."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from svg_studio.engine.config import ModelConfig
from svg_studio.engine.errors import StudioError

if TYPE_CHECKING:
    from torch import nn

    from svg_studio.engine.models.svg import SVG


@dataclass(frozen=True)
class BackboneEntry:
    """A family of encoder and decoder: what forms show of it, and the module that has its `Encoder` and `Decoder`."""

    title: str
    summary: str
    implementation: str


BACKBONES: dict[str, BackboneEntry] = {
    "dcgan": BackboneEntry(
        "DCGAN",
        "Strided 4×4 convolutions; the paper's choice for moving digits.",
        "svg_studio.engine.models.dcgan",
    ),
    "vgg": BackboneEntry(
        "VGG",
        "3×3 convolutions and pooling; the paper's choice for BAIR and KTH, and several times slower.",
        "svg_studio.engine.models.vgg",
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


def _assemble(config: ModelConfig) -> SVG:
    if config.backbone not in BACKBONES:
        raise StudioError(f"backbone={config.backbone}: not known; choose one of {', '.join(BACKBONES)}")
    from svg_studio.engine.models.svg import SVG

    backbone = importlib.import_module(BACKBONES[config.backbone].implementation)
    return SVG(config, backbone.Encoder(config), backbone.Decoder(config))


def count_parameters(model: nn.Module) -> int:
    """How many numbers are learned."""
    return sum(p.numel() for p in model.parameters())
