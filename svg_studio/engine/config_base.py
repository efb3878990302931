"""The base class of all configs: fields with labels and limits, checks on construction, conversion to JSON and back."""

from __future__ import annotations

import functools
import json
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Self

_hints: Callable[[Any], dict[str, Any]] = functools.cache(typing.get_type_hints)  # which takes its time


class ConfigError(ValueError):
    """One or more settings that contradict themselves or each other; `problems` maps field to sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(self.problems.values()))


def setting(default: Any, tip: str, *, choices: tuple[Any, ...] = (), unit: str = "") -> Any:
    """A dataclass field whose metadata is what forms and the command line show beside it."""
    return field(default=default, metadata={"tip": tip, "choices": choices, "unit": unit})


class Config:
    """What all configs share: checks on construction, plain-data conversion both ways."""

    def __post_init__(self) -> None:
        # Types first: a check such as n_past < 1 would trip over a word.
        problems = dict(self._misfits()) or dict(self.problems())
        if problems:
            raise ConfigError(problems)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yields (field, sentence) for every value that cannot be used."""
        yield from ()

    def _misfits(self) -> Iterator[tuple[str, str]]:
        hints = _hints(type(self))
        for f in fields(self):  # type: ignore[arg-type]
            value, choices = getattr(self, f.name), f.metadata.get("choices", ())
            if not _fits(value, hints[f.name]):
                yield f.name, f"{f.name}={_short(repr(value))}: must be {_type_name(hints[f.name])}"
            elif choices and value not in choices:
                yield f.name, f"{f.name}={_short(value)}: choose one of {', '.join(map(str, choices))}"
            elif hints[f.name] is float and not abs(value) <= sys.float_info.max:  # a whole number can be larger, too
                yield f.name, f"{f.name}={_short(value)}: must be a finite number"

    def to_dict(self) -> dict[str, Any]:
        """Plain data: dicts, lists, strings, numbers."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The config that `data` describes. Raises ConfigError for unknown names and unfit values."""
        if not isinstance(data, Mapping):
            raise ConfigError({"": f"{cls.__name__}: expected settings by name, found {type(data).__name__}"})
        hints = _hints(cls)
        known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
        problems = {name: f"{_short(name)}: no such setting in {cls.__name__}" for name in data if name not in known}
        missing = [n for n, f in known.items() if n not in data and f.default is MISSING and f.default_factory is MISSING]
        problems |= {name: f"{name}: missing" for name in missing}
        values: dict[str, Any] = {}
        for name in known.keys() & data.keys():
            try:
                values[name] = _revive(data[name], hints[name])
            except ConfigError as error:
                problems |= error.problems
        if problems:
            raise ConfigError(problems)
        return cls(**values)

    def to_json(self) -> str:
        """What config.json holds."""
        return json.dumps(self.to_dict(), indent=2) + "\n"

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a file that holds what `to_json` returns. Raises ConfigError naming the file."""
        try:
            if Path(path).exists() and not Path(path).is_file():
                raise OSError("is no ordinary file")  # a named pipe would be waited for
            return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            problems = error.problems if isinstance(error, ConfigError) else {"": str(error)}
            raise ConfigError({k: f"{path}: {v}" for k, v in problems.items()}) from error


def at_least(config: Config, least: int, *names: str) -> Iterator[tuple[str, str]]:
    for name in names:
        value = getattr(config, name)
        if value < least:
            unit = type(config).__dataclass_fields__[name].metadata.get("unit", "")  # type: ignore[attr-defined]
            noun = f" {unit.removesuffix('s') if least == 1 else unit}" if unit else ""
            yield name, f"{name}={value}: needs at least {least}{noun}"


def at_most(config: Config, most: int, *names: str) -> Iterator[tuple[str, str]]:
    for name in names:
        if getattr(config, name) > most:
            unit = type(config).__dataclass_fields__[name].metadata.get("unit", "")  # type: ignore[attr-defined]
            yield name, f"{name}={getattr(config, name)}: at most {most} {unit}".rstrip()


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(hint, types.UnionType):
        return any(_fits(value, part) for part in typing.get_args(hint))
    if typing.get_origin(hint) is tuple:  # tuple[X, ...]
        return isinstance(value, tuple) and all(_fits(part, typing.get_args(hint)[0]) for part in value)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def _short(value: Any) -> str:
    """As much of a value as a sentence takes."""
    text = str(value) if str(value).isprintable() else repr(value)
    return text if len(text) <= 100 else f"{text[:100]}…"


def _type_name(hint: Any) -> str:
    if isinstance(hint, types.UnionType):
        return " or ".join(map(_type_name, typing.get_args(hint)))
    if typing.get_origin(hint) is tuple:
        return f"a list, each {_type_name(typing.get_args(hint)[0])}"
    names = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
    return names.get(hint, getattr(hint, "__name__", str(hint)))


def _plain(value: Any) -> Any:
    if isinstance(value, Config):
        return value.to_dict()
    return list(value) if isinstance(value, tuple) else value


def _revive(value: Any, hint: Any) -> Any:
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    for option in options:
        if typing.get_origin(option) is tuple and isinstance(value, list):
            return tuple(value)
        if is_dataclass(option) and isinstance(option, type) and issubclass(option, Config) and value is not None:
            return option.from_dict(value)
    return value
