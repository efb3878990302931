"""Reads an evaluation.json from anywhere, checking everything in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svg_studio.engine.config import MAX_MODELS, SPLITS
from svg_studio.engine.events import CurvesUpdated, EvaluationStarted, Key, MetricListed, ModelListed
from svg_studio.engine.utils.json_file import read_json

NAME = "evaluation.json"
FORMAT, VERSION = "svg-studio evaluation", 1
STATISTICS = ("best", "average", "worst", "posterior", "diversity", "truth")
MAX_BYTES = 16 << 20  # seven models with all curves over a thousand frames are a third of it
MAX_FRAMES = 1000
MAX_METRICS = 16
MAX_TEXT = 1000  # characters
LARGEST = 1e9  # of a figure, and of a count


class ResultsError(ValueError):
    """One sentence that names the file and what is wrong with it."""


@dataclass(frozen=True)
class Results:
    """A finished evaluation as its events would have told it."""

    started: EvaluationStarted
    updates: tuple[CurvesUpdated, ...]


def read(path: Path) -> Results:
    """The evaluation in the file `path`, or in the folder `path`. Raises ResultsError."""
    try:
        path = path / NAME if path.is_dir() else path
        content = read_json(path, MAX_BYTES)
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read ({error.strerror or error}); choose an {NAME}") from error
    except ValueError as error:
        raise ResultsError(f"{path}: {error}; choose another {NAME}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ResultsError(f"{path}: holds no evaluation of this program; choose an {NAME}")
    if content.get("version") != VERSION:
        raise ResultsError(f"{path}: is of another version of this program; open it with that one")
    try:
        return _results(content)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ResultsError(f"{path}: is damaged; evaluate anew") from error


def _results(content: dict[str, Any]) -> Results:
    n_future = _count(content["n_future"], 1, MAX_FRAMES)
    models = _some(content["models"], _model, MAX_MODELS)
    names = [m.name for m in models]
    found: dict[str, dict[Key, dict[str, Any]]] = {name: {} for name in names}
    if len(found) != len(names) or not 0 < len(content["metrics"]) <= MAX_METRICS:
        raise ValueError("two models of one name, or no metric")
    for row in content["curves"]:
        if row["metric"] not in content["metrics"] or row["statistic"] not in STATISTICS:
            raise ValueError("a curve of nothing that is listed")
        found[row["model"]][row["metric"], row["statistic"]] = row
    keys = {key for rows in found.values() for key in rows}
    metrics = tuple(
        _metric(key, entry, tuple(s for s in STATISTICS if (key, s) in keys)) for key, entry in content["metrics"].items()
    )
    started = EvaluationStarted(
        models=models,
        clips=_count(content["clips"]["evaluated"]),
        samples=_count(content["samples"]),
        metrics=metrics,
        n_past=_count(content["n_past"], 0, MAX_FRAMES),
        n_future=n_future,
        lpips="" if content["lpips"] == "computed" else _text(content["lpips"]),
        device=_text(content["device"]),
        precision=_text(content["precision"]),
        split=_split(content["clips"]["split"]),
    )
    return Results(started, tuple(_update(name, rows, n_future) for name, rows in found.items() if rows))


def _update(name: str, rows: dict[Key, dict[str, Any]], n_future: int) -> CurvesUpdated:
    curves, overall = {}, {}
    for key, row in rows.items():
        mean, interval = (tuple(_figure(v) for v in row[part]) for part in ("mean", "interval"))
        if not len(mean) == len(interval) == n_future:
            raise ValueError("a curve of another length")
        curves[key] = mean, interval
        overall[key] = _figure(row["overall"]["mean"]), _figure(row["overall"]["interval"])
    return CurvesUpdated(name, min(_count(row["n"]) for row in rows.values()), curves, overall)


def _model(entry: dict[str, Any]) -> ModelListed:
    shape = entry["model"]
    return ModelListed(
        _text(entry["name"], empty=False),
        Path(_text(entry["path"])),
        _count(entry["step"]),
        _count(entry["parameters"], most=10**12),
        _count(shape["n_past"], 0, MAX_FRAMES),
        _text(shape["prior"]),
    )


def _metric(key: str, entry: dict[str, Any], statistics: tuple[str, ...]) -> MetricListed:
    title, unit, convention = (_text(entry[name]) for name in ("title", "unit", "convention"))
    if not isinstance(entry["higher_is_better"], bool):
        raise TypeError("higher_is_better is neither true nor false")
    return MetricListed(_text(key), title, unit, convention, entry["higher_is_better"], statistics)


def _split(value: Any) -> str:
    if value not in SPLITS:
        raise ValueError("a split that there is not")
    return str(value)


def _some(values: Any, make: Callable[[Any], ModelListed], most: int) -> tuple[ModelListed, ...]:
    if not isinstance(values, list) or not 0 < len(values) <= most:
        raise ValueError("none, or too many")
    return tuple(make(value) for value in values)


def _text(value: Any, *, empty: bool = True) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or "\0" in value or not (value or empty):
        raise TypeError("no text")
    return value


def _count(value: Any, least: int = 0, most: float = LARGEST) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise TypeError("no count")
    return value


def _figure(value: Any) -> float:
    """A figure; null stands for one that does not exist."""
    if value is None:
        return math.nan
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= LARGEST:
        raise TypeError("no figure")
    return float(value)
