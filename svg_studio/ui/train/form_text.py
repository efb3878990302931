"""The form's values as text that is kept from one session to the next, and back, however damaged it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from svg_studio.engine.config import ConfigError, TrainConfig

MOST = 100_000  # letters
OWN = ("name",)  # which is for one run
TRIES = 4  # a nested config's problems come before those of the one around it


def written(values: Mapping[str, Any], preset: str) -> str:
    """values: nested as `ConfigForm.values` nests them."""
    return json.dumps({"preset": preset, "settings": {name: value for name, value in values.items() if name not in OWN}})


def read(text: str, now: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """(values, preset): what makes sense of `text` over the values as they are; None and "" where nothing does."""
    try:
        found = json.loads(text) if len(text) <= MOST else None
    except (ValueError, RecursionError):
        return None, ""
    if not isinstance(found, dict) or not isinstance(found.get("settings"), dict):
        return None, ""
    values = _over(now, found["settings"])
    for _ in range(TRIES):
        try:
            TrainConfig.from_dict(values)
            break
        except ConfigError as error:
            values = _without(values, now, set(error.problems))
        except (TypeError, OverflowError):
            return None, ""
    preset = found.get("preset")
    return values, preset if isinstance(preset, str) else ""


def _over(now: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Values of known names take the place of those that there are."""
    merged = dict(now)
    for name, value in found.items():
        before = now.get(name)
        if isinstance(before, Mapping):
            merged[name] = _over(before, value) if isinstance(value, Mapping) else before
        elif name in now and name not in OWN and not isinstance(value, list | Mapping):
            merged[name] = value
    return merged


def _without(values: Mapping[str, Any], now: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """The values, those of such names as they are now."""
    return {
        name: _without(value, now[name], names) if isinstance(value, Mapping) else now[name] if name in names else value
        for name, value in values.items()
    }
