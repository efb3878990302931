"""Turns the fields of a config class into command-line flags, and reports a mistake in one line."""

from __future__ import annotations

import argparse
import sys
import typing
from collections.abc import Collection
from dataclasses import Field, fields, is_dataclass
from typing import Any, NoReturn

from svg_studio.engine.choices import choices_of
from svg_studio.engine.config import Config, ConvertConfig
from svg_studio.engine.runs.command_line import RENAMED
from svg_studio.engine.utils.wording import SENTENCE, masked, shown

ALIASES: dict[tuple[type[Config], str], tuple[str, ...]] = {  # the original's converters call them so
    (ConvertConfig, "data_root"): ("data_dir", "dataRoot"),
    (ConvertConfig, "image_width"): ("imageSize",),
}

_PLAIN, _SEVERAL = (str, int, float, bool), str | tuple[str, ...]


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {shown(masked(message), SENTENCE)}; see {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def add_fields(parser: argparse.ArgumentParser, config: type[Config], only: Collection[str] = (), default: str = "") -> None:
    """A flag for each plain setting; flags that are not given are absent, so that defaults can come from elsewhere.

    default: what the help says instead of the config's own defaults.
    """
    hints = typing.get_type_hints(config)
    for f in _fields(config):
        flag, kind = f"--{RENAMED.get(f.name, f.name)}", hints[f.name]
        if kind not in (*_PLAIN, _SEVERAL) or (only and f.name not in only):
            continue
        tip = f.metadata["tip"].replace("%", "%%")
        flags = [flag, *(f"--{other}" for other in ALIASES.get((config, f.name), ()))]
        choices = choices_of(f) or None
        listed = f" One of {', '.join(map(str, choices))}." if choices else ""
        shared: dict[str, Any] = {"dest": f.name, "default": argparse.SUPPRESS, "help": f"{tip}{listed} [{default or f.default}]"}
        if kind == _SEVERAL:
            parser.add_argument(*flags, action=_Gather, metavar="STR", **shared)
        elif kind is bool:
            parser.add_argument(*flags, action=argparse.BooleanOptionalAction, **shared)
        else:
            parser.add_argument(*flags, type=kind, choices=choices, metavar=kind.__name__.upper(), **shared)


class _Gather(argparse.Action):
    """A flag that may be given several times: what it says is text, or a tuple of texts where there are more than one."""

    def __call__(self, parser: argparse.ArgumentParser, found: argparse.Namespace, value: Any, option: str | None = None) -> None:
        before = getattr(found, self.dest, ())
        setattr(found, self.dest, (*((before,) if isinstance(before, str) else before), value) if before else value)


def given(arguments: argparse.Namespace, config: type[Config]) -> dict[str, Any]:
    """Those of a config's settings that were typed."""
    return {f.name: getattr(arguments, f.name) for f in _fields(config) if hasattr(arguments, f.name)}


def _fields(config: type[Config]) -> tuple[Field[Any], ...]:
    assert is_dataclass(config)
    return fields(config)
