"""Shows the settings of runs as text, one line each: all of them, or those that differ."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from svg_studio.engine.config import Config
from svg_studio.engine.data.registry import DATASETS

OWN = ("name", "log_dir")  # differ between any two runs and say nothing about them
MAX_ROWS = 500
MAX_CHARS = 200  # of a value
LONG = 12  # letters of a number, from which on it is rounded
NONE = "–"


def all_settings(configs: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Setting → its value in every config, as text; one that a config lacks, or that is nothing to its data set, is a dash."""
    return {name: _as_text(values) for name, values in _table([flatten(config) for config in configs]).items()}


def settings_apart(configs: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Those in which the configs differ. What means nothing to a config's data set is no difference."""
    return {name: _as_text(values) for name, values in _table([flatten(config) for config in configs]).items() if _differ(values)}


def differing(configs: Sequence[Config]) -> dict[str, list[str]]:
    """The same of configs that are complete."""
    return {name: _as_text(values) for name, values in _table([_flat(config) for config in configs]).items() if _differ(values)}


def _table(flat: Sequence[Mapping[str, str]]) -> dict[str, list[str | None]]:
    """Setting → its value in every config; None where it matters for other data sets alone, as the registry says."""
    names = dict.fromkeys(name for found in flat for name in found)
    foreign = [_foreign(found) for found in flat]
    return {
        name: [None if name in strange else found.get(name, NONE) for found, strange in zip(flat, foreign, strict=True)]
        for name in islice(names, MAX_ROWS)
        if name not in OWN
    }


def _foreign(flat: Mapping[str, str]) -> set[str]:
    """The options of other data sets alone."""
    entry = DATASETS.get(flat.get("dataset", ""))
    return {option for other in DATASETS.values() for option in other.options} - set(entry.options) if entry else set()


def _differ(values: Sequence[str | None]) -> bool:
    return len(set(values) - {None}) > 1


def _as_text(values: Sequence[str | None]) -> list[str]:
    return [NONE if value is None else value for value in values]


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
    if isinstance(value, float) and len(repr(value)) > LONG:
        value = f"{value:.10g}"  # 0.0003, and not the 0.00030000000000000003 that a product made of it
    words = {True: "yes", False: "no"}[value] if isinstance(value, bool) else "" if value is None else str(value)
    return " ".join(words[:MAX_CHARS].split())
