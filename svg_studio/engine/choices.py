"""What a setting may be chosen from, for forms, the command line and sweeps: a config's own list, or the names of a registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field
from typing import Any

from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.export.registry import EXPORTERS
from svg_studio.engine.models.registry import BACKBONES, PRIORS
from svg_studio.engine.optimizers import OPTIMIZERS


def titles() -> dict[str, dict[str, str]]:
    """Setting → name → title, of the settings that are chosen from a registry."""
    streams = {name: entry.title for name, entry in EXPORTERS.items() if entry.streams}
    registries: dict[str, Mapping[str, Any]] = {
        "dataset": DATASETS,
        "backbone": BACKBONES,
        "prior": PRIORS,
        "optimizer": OPTIMIZERS,
    }
    return {name: {key: entry.title for key, entry in of.items()} for name, of in registries.items()} | {"format": streams}


def choices_of(field: Field[Any]) -> tuple[Any, ...]:
    """All values a setting can have; nothing where they are without number."""
    return tuple(titles().get(field.name, field.metadata.get("choices", ())))
