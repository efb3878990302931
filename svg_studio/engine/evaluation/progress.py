"""Saves how far an evaluation has come, so that it continues after it was stopped.

It holds the accumulators after the last finished batch of clips, so it is small however many clips there are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from svg_studio.engine.events import Key
from svg_studio.engine.metrics.statistics import Curve
from svg_studio.engine.utils.files import replacing
from svg_studio.engine.utils.json_file import read_json

NAME = "evaluation.progress.json"
FORMAT = 1  # of the figures: raised when the same settings would give others
MAX_BYTES = 64 << 20  # seven models with all curves over a thousand frames are a tenth of it


@dataclass
class State:
    """`units` parts of the work are finished: batch by batch of clips, model by model in each."""

    units: int = 0
    curves: dict[str, dict[Key, Curve]] = field(default_factory=dict)  # model → (metric, statistic) → curve


def digest(made_of: Mapping[str, Any]) -> str:
    """A short name for all that decides the figures."""
    return hashlib.sha256(json.dumps({"format": FORMAT, **made_of}, sort_keys=True).encode()).hexdigest()


def save(folder: Path, key: str, state: State) -> None:
    """Raises ExportError where the disk does not take it; what was there stays then."""
    curves = [
        {"model": model, "metric": metric, "statistic": statistic, **curve.state()}
        for model, found in state.curves.items()
        for (metric, statistic), curve in found.items()
    ]
    with replacing(folder / NAME) as part:
        part.write_text(json.dumps({"key": key, "units": state.units, "curves": curves}), encoding="utf-8")


def load(
    folder: Path, key: str, keys: Sequence[Key], n_frames: int, counts: Callable[[int], Mapping[str, int] | None]
) -> State | None:
    """What `save` wrote under the same `key`; None where there is nothing, or nothing that can be believed.

    counts: units → model → clips that are in its curves then; None where there cannot be so many units.
    """
    try:
        content = read_json(folder / NAME, MAX_BYTES)
        wanted = counts(int(content["units"]))
        if content["key"] != key or not wanted:
            return None
        state = State(int(content["units"]), {model: {} for model in wanted})
        for row in content["curves"]:
            state.curves[row["model"]][row["metric"], row["statistic"]] = Curve.restore(row, n_frames)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None
    for model, count in wanted.items():
        curves = state.curves[model]
        if set(curves) != (set(keys) if count else set()) or any(curve.count != count for curve in curves.values()):
            return None
    return state
