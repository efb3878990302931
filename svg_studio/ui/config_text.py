"""Shows the settings of runs as text, one line each: all of them, or those that differ."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from svg_studio.engine.config import Config

OWN = ("name", "log_dir")  # differ between any two runs and say nothing about them
MAX_ROWS = 500
MAX_CHARS = 200  # of a value
NONE = "–"


def all_settings(configs: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Setting → its value in every config, as text; one that a config lacks is a dash."""
    flat = [flatten(config) for config in configs]
    names = dict.fromkeys(name for found in flat for name in found)
    return {name: [found.get(name, NONE) for found in flat] for name in islice(names, MAX_ROWS) if name not in OWN}


def differing(configs: Sequence[Config]) -> dict[str, list[str]]:
    """Setting → its value in every config, as text, of those settings in which they differ."""
    flat = [_flat(config) for config in configs]
    names = [name for name in (flat[0] if flat else {}) if name not in OWN]
    return {name: values for name in names if len(set(values := [found[name] for found in flat])) > 1}


@functools.lru_cache(maxsize=2000)
def _flat(config: Any) -> dict[str, str]:
    return flatten(config.to_dict())


def flatten(config: Mapping[str, Any]) -> dict[str, str]:
    """Settings by name; those of model and data under their own names, as the command line has them."""
    found: dict[str, str] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            found |= {inner if inner not in config else f"{name}.{inner}": text(v) for inner, v in value.items()}
        else:
            found[str(name)] = text(value)
    return found


def text(value: object) -> str:
    """A value as one line that is not too long."""
    words = {True: "yes", False: "no"}[value] if isinstance(value, bool) else "" if value is None else str(value)
    return " ".join(words[:MAX_CHARS].split())
