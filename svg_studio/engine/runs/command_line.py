"""Makes the command line that starts a given run, and reads the settings in a config.json from anywhere."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from subprocess import list2cmdline
from typing import Any

from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.utils.json_file import read_json

RENAMED = {"backbone": "model"}  # field → the original's flag
PROGRAM = ("python", "main.py")
MAX_BYTES = 1 << 20  # of a config.json; ours have two thousand
MAX_NUMBER = 2**63
# What cmd.exe or PowerShell would take for something of its own outside quotes.
SPECIAL_ON_WINDOWS = frozenset("&|<>^()%!;,=@#$`'{}")


def command_of(config: TrainConfig, resume: str = "", *, program: Sequence[str] = PROGRAM, windows: bool = False) -> str:
    """The line that, typed into a shell (POSIX, or cmd.exe and PowerShell), starts the run that `config` describes.

    It has the flags that differ from the defaults of `train`. Of a run that starts from the weights of `model_dir` it has all of
    them, since `train` takes what is not said from that checkpoint. With `resume`, a run folder, it has those that differ from
    what the folder says; raises ConfigError, naming the file, where its config.json cannot be used.
    """
    if resume:
        flags = _flags(config, read_config_file(Path(resume)))
        return _line([*program, "train", *_flag("resume", resume), *flags], windows)
    return _line([*program, "train", *_flags(config, None if config.model_dir else TrainConfig())], windows)


def read_config_file(path: Path) -> TrainConfig:
    """The settings in a file as training writes it into a run's folder, or in that folder; anybody may have written it.

    Raises ConfigError, one sentence a problem, each naming the file.
    """
    try:
        path = path.expanduser()
        path = path / "config.json" if path.is_dir() else path
        return TrainConfig.from_dict(_checked(read_json(path, MAX_BYTES)))
    except ConfigError as error:
        raise ConfigError({name: f"{path}: {text}" for name, text in error.problems.items()}) from error
    except RuntimeError as error:  # of expanduser
        raise ConfigError({"": f"{path}: there is no such home folder; write the path out"}) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ConfigError({"": f"{path}: {reason}; name the config.json of a run"}) from error


def _flags(config: TrainConfig, base: TrainConfig | None) -> Iterator[str]:
    """The words for every setting that is not as in `base`; without one for every setting there is."""
    values, known = _flat(config), _flat(base) if base else {}
    for name, value in values.items():
        # Of a run with the fixed prior `train` has another default.
        own_default = name == "log_dir" and config.model.prior == "fixed"
        if own_default or name not in known or known[name] != value:
            yield from _flag(name, value)


def _flat(config: TrainConfig) -> dict[str, Any]:
    """Name → value of every setting, those of model and data first; no two share a name, as the command line needs."""
    plain = config.to_dict()
    return {**plain.pop("model"), **plain.pop("data"), **plain}


def _flag(name: str, value: Any) -> list[str]:
    flag = RENAMED.get(name, name)
    if isinstance(value, bool):
        return [f"--{flag}" if value else f"--no-{flag}"]
    word = repr(value) if isinstance(value, float) else str(value)
    return [f"--{flag}={word}"] if word.startswith("-") else [f"--{flag}", word]  # a word such as -x would pass for a flag


def _line(words: Sequence[str], windows: bool) -> str:
    return " ".join(map(_quoted_on_windows, words)) if windows else shlex.join(words)


def _quoted_on_windows(word: str) -> str:
    if not SPECIAL_ON_WINDOWS & set(word):
        return list2cmdline([word])
    return '"' + list2cmdline([" " + word])[2:]  # a space makes it quote; it goes again


def _checked(data: Any) -> Any:
    """The same data. Raises ConfigError for text that no file system takes and for numbers that would have to be shown."""
    groups = [data, *data.values()] if isinstance(data, Mapping) else []
    for group in groups:
        for name, value in group.items() if isinstance(group, Mapping) else ():
            if isinstance(value, str) and "\0" in value:
                raise ConfigError({name: f"{name}: holds a character that no name may hold"})
            if isinstance(value, int) and abs(value) >= MAX_NUMBER:
                raise ConfigError({name: f"{name}: no setting takes a number that large"})
    return data
