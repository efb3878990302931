"""Expands lists of values for some settings into one run for each combination."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields, replace
from typing import Any

from svg_studio.engine.choices import choices_of
from svg_studio.engine.config import ConfigError, DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.runs.naming import stem

KEPT = ("name", "log_dir", "data_root", "model_dir")  # where things lie is not what runs are compared by
MAX_RUNS = 200
KINDS: dict[Any, type] = {kind.__name__: kind for kind in (str, int, float, bool)}
WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def sweepable() -> dict[str, Field[Any]]:
    """Setting → its field, of all that a list of values can be given for; model and data first, as on the command line."""
    found: dict[str, Field[Any]] = {}
    for config in (ModelConfig, DataConfig, TrainConfig):
        found |= {f.name: f for f in fields(config) if f.type in KINDS and f.name not in KEPT}
    return found


def value_of(config: TrainConfig, name: str) -> Any:
    """What a setting is in `config`, whichever part of it holds it."""
    part = _part(name)
    return getattr(getattr(config, part) if part else config, name)


def read_values(name: str, text: str) -> tuple[Any, ...]:
    """The values in `text`, with commas between them; a..b stands for all whole numbers from a to b.

    Raises ConfigError where the setting is unknown, nothing is there, or a word is no value of it.
    """
    field = sweepable().get(name)
    if field is None:
        raise ConfigError({name: f"{name}: no setting that can be swept; choose one of {', '.join(sweepable())}"})
    kind = KINDS[str(field.type)]
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise ConfigError({name: f"{name}: list its values, such as {_example(field)}"})
    values = [value for word in words for value in _read(name, kind, word)]
    choices = choices_of(field)
    if wrong := [value for value in values if choices and value not in choices]:
        raise ConfigError({name: f"{name}={wrong[0]}: choose of {', '.join(map(str, choices))}"})
    return tuple(dict.fromkeys(values))


def expand(base: TrainConfig, lists: Mapping[str, Sequence[Any]]) -> tuple[TrainConfig, ...]:
    """One config for every combination of the values, in the order of the lists; each is named after its own values.

    Raises ConfigError where a combination cannot be trained, and for more than MAX_RUNS of them.
    """
    count = math.prod(len(values) for values in lists.values())
    if count > MAX_RUNS:
        raise ConfigError({"": f"{count:,} runs: a sweep has at most {MAX_RUNS}; list fewer values"})
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return tuple(_with(base, dict(zip(lists, values, strict=True)), stamp) for values in itertools.product(*lists.values()))


def _with(base: TrainConfig, values: Mapping[str, Any], stamp: str) -> TrainConfig:
    plain = base.to_dict()
    for name, value in values.items():
        part = _part(name)
        (plain[part] if part else plain)[name] = value
    config = TrainConfig.from_dict(plain)
    said = "-".join(f"{name}={_word(value)}" for name, value in values.items())
    return replace(config, name="-".join(filter(None, (base.name or f"{stem(config)}-{stamp}", said))))


def _read(name: str, kind: type, word: str) -> Sequence[Any]:
    """The values that one word stands for."""
    if kind is bool:
        if word.lower() not in WORDS:
            raise ConfigError({name: f"{name}={word}: is on or off"})
        return [WORDS[word.lower()]]
    try:
        numbers = [kind(part) for part in word.split("..", 1)] if kind is int else [kind(word)]
    except ValueError as error:
        wanted = "a whole number" if kind is int else "a number"
        raise ConfigError({name: f"{name}={word}: must be {wanted}"}) from error
    if len(numbers) == 1:
        return numbers
    first, last = numbers
    if not 0 <= last - first < MAX_RUNS:
        raise ConfigError({name: f"{name}={word}: at most {MAX_RUNS} numbers, from the lower to the higher one"})
    return range(first, last + 1)


def _word(value: Any) -> str:
    """A value as it stands in a run's name."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _example(field: Field[Any]) -> str:
    if choices := choices_of(field):
        return ", ".join(map(str, choices))
    if isinstance(field.default, bool):
        return "on, off"
    if isinstance(field.default, int):
        return f"{field.default}, {2 * field.default or 1} or 1..5"
    return f"{field.default}, {10 * field.default:g}" if isinstance(field.default, float) else "one, two"


def _part(name: str) -> str:
    """The part of a TrainConfig that has this setting; nothing for its own."""
    parts: dict[str, type[ModelConfig | DataConfig]] = {"model": ModelConfig, "data": DataConfig}
    return next((part for part, config in parts.items() if name in config.__dataclass_fields__), "")
