"""The `train` command: turns flags, presets, config.json, `--resume` and `--sweep` into runs."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

from svg_studio.cli.flags import add_fields, given
from svg_studio.cli.run_job import fail, follow, guard
from svg_studio.engine.config import ConfigError, DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.presets import PRESETS
from svg_studio.engine.runs.command_line import RENAMED, read_config_file
from svg_studio.engine.runs.sweep import expand, read_values
from svg_studio.engine.utils.wording import shown

RESUMABLE = {
    *("lr", "niter", "device", "recompute", "data_root", "data_threads", "tensorboard"),
    *("preview_every", "preview_minutes", "checkpoint_every", "snapshot_factor"),
}


def add_train(commands: argparse._SubParsersAction[Any]) -> None:
    """The sub-command with all its flags."""
    train = commands.add_parser("train", help="train a model", allow_abbrev=False)
    for config in (ModelConfig, DataConfig, TrainConfig):
        add_fields(train, config)
    train.add_argument("--last_frame_skip", action="store_true", help="as --skip_frame every")
    train.add_argument("--preset", choices=PRESETS, metavar="NAME", help=f"settings to start from: {', '.join(PRESETS)}")
    tip = "settings of a run: a config.json, or a run's folder; flags beside it go first, --model_dir then gives weights alone"
    train.add_argument("--config", default="", metavar="FILE", help=tip)
    train.add_argument(
        "--resume",
        default="",
        metavar="RUN",
        help="go on with the run in this folder where it stopped, or from this checkpoint of it",
    )
    tip = "a run for each value, such as beta=1e-4,1e-3 or seed=1..5; given several times, a run for every combination"
    train.add_argument("--sweep", action="append", default=[], metavar="NAME=VALUES", help=tip)
    train.set_defaults(run=_train)


def train_config(arguments: argparse.Namespace) -> TrainConfig:
    """Flags over a preset, a config.json or the options of --model_dir's checkpoint, over the original's defaults."""
    base: dict[str, Any] = {}
    if arguments.preset and arguments.config:
        raise ConfigError({"config": "settings come either from a preset or from a config.json; leave one out"})
    if arguments.preset and getattr(arguments, "model_dir", ""):
        raise ConfigError({"preset": "settings come either from a preset or from --model_dir's checkpoint; leave one out"})
    if arguments.last_frame_skip and getattr(arguments, "skip_frame", "every") != "every":
        raise ConfigError({"last_frame_skip": f"contradicts --skip_frame {arguments.skip_frame}; leave one out"})
    if arguments.preset:
        base = PRESETS[arguments.preset].config.to_dict()
        base.pop("log_dir")
    typed = given(arguments, TrainConfig)
    if arguments.config:
        base = read_config_file(Path(arguments.config)).to_dict()
    elif typed.get("model_dir"):
        from svg_studio.engine.checkpoints import checkpoint

        # as the original: all options but the optimiser come from the file, the run is called `continued`
        base = checkpoint.load(Path(typed["model_dir"]).expanduser()).config.to_dict()
        base |= {"optimizer": TrainConfig().optimizer, "name": "continued"}
    model = {**base.pop("model", {}), **given(arguments, ModelConfig)}
    data = {**base.pop("data", {}), **given(arguments, DataConfig)}
    if arguments.last_frame_skip:
        model["skip_frame"] = "every"
    if model.get("prior") == "fixed" and "log_dir" not in base:
        base["log_dir"] = "logs/fp"  # as the original's train_svg_fp.py
    return TrainConfig.from_dict({**base, **typed, "model": model, "data": data})


def resumed_config(arguments: argparse.Namespace) -> TrainConfig:
    """The settings of the run that is to go on; only what does not change its course may be given anew."""
    typed = {
        **given(arguments, TrainConfig),
        **given(arguments, ModelConfig),
        **given(arguments, DataConfig),
    }
    if arguments.config:
        raise ConfigError({"config": "a run that goes on has its own settings; leave out --config or --resume"})
    if other := sorted(typed.keys() - RESUMABLE):
        raise ConfigError({other[0]: f"cannot change in a resumed run; only {', '.join(sorted(RESUMABLE))} can"})
    from svg_studio.engine.runs.naming import run_of

    run = run_of(arguments.resume)
    if not (run / "config.json").is_file():
        raise ConfigError({"resume": f"{arguments.resume}: no run; name a run's folder, or a checkpoint in its checkpoints folder"})
    config = TrainConfig.load(run / "config.json").to_dict()
    data = config.pop("data") | given(arguments, DataConfig)
    return TrainConfig.from_dict({**config, **given(arguments, TrainConfig), "data": data})


def _train(arguments: argparse.Namespace) -> int:
    if arguments.sweep:
        return _sweep(arguments)
    config = resumed_config(arguments) if arguments.resume else train_config(arguments)
    from svg_studio.engine.training.train import train
    from svg_studio.engine.utils.distributed import group_from_environment

    group = group_from_environment()
    return follow(lambda: train(config, arguments.resume), group)


def _sweep(arguments: argparse.Namespace) -> int:
    """Every run of a sweep; one that fails does not stop the next, stopping one stops all."""
    if arguments.resume:
        raise ConfigError({"sweep": "makes new runs, and --resume goes on with an old one; leave one out"})
    lists = {}
    for words in arguments.sweep:
        name, _, values = words.partition("=")
        name = next((field for field, flag in RENAMED.items() if flag == name), name)
        if name in lists:
            raise ConfigError({"sweep": f"{words}: {name} is listed twice; put all its values into one"})
        try:
            lists[name] = read_values(name, values)
        except ConfigError as error:
            raise ConfigError({"sweep": str(error)}) from error
    configs = expand(train_config(arguments), lists)
    from svg_studio.engine.training.train import train
    from svg_studio.engine.utils.distributed import group_from_environment

    if group_from_environment().size > 1:
        raise ConfigError({"sweep": "several processes train one run; leave out torchrun or --sweep"})
    failed, stop = 0, list[int]()
    for number, config in enumerate(configs, 1):
        print(f"run {number} of {len(configs)}: {shown(config.name)}", file=sys.stderr)
        failed += guard(partial(follow, partial(train, config), stop=stop)) != 0
        if stop:
            print(f"stopped; {len(configs) - number} of {len(configs)} runs were not begun", file=sys.stderr)
            break
    return fail(f"{failed} of {len(configs)} runs failed, as said above") if failed else 0
