"""The same jobs without a window: turns flags into configs and prints what the jobs say; knows no widget."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback
import typing
from collections.abc import Callable, Collection, Generator
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

from svg_studio.engine.commands import RENAMED, read_config
from svg_studio.engine.config import (
    Config,
    ConfigError,
    ConvertConfig,
    DataConfig,
    EvaluateConfig,
    ModelConfig,
    SampleConfig,
    TrainConfig,
)
from svg_studio.engine.datasets import DATASETS
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Event, StoreVerified
from svg_studio.engine.models import BACKBONES
from svg_studio.engine.sweep import expand, read_values
from svg_studio.presets import PRESETS

ALIASES = {  # the original's converters call them so
    (ConvertConfig, "data_root"): ("data_dir", "dataRoot"),
    (ConvertConfig, "image_width"): ("imageSize",),
}
STOPPED = -1  # of a run of a sweep, after which none begins
RESUMABLE = {"lr", "niter", "device", "recompute", "data_root", "data_threads", "preview_every", "checkpoint_every", "tensorboard"}


def main(argv: list[str]) -> int:
    """Runs one sub-command; returns the exit status. Nothing but one line on stderr tells of what went wrong."""

    def command() -> int:
        arguments = build_parser().parse_args(argv)
        return int(arguments.run(arguments))

    return _guarded(command)


def _guarded(command: Callable[[], int]) -> int:
    """What `command` returns; 1, and one line on stderr, where it raises."""
    try:
        return command()
    except ConfigError as error:
        return _fail("; ".join(f"--{RENAMED.get(name, name)}: {text}" if name else text for name, text in error.problems.items()))
    except StudioError as error:
        return _fail(str(error))
    except ImportError as error:
        return _fail(f"{error.name or error}: is not installed or cannot be loaded; pip install svg-studio brings it")
    except BrokenPipeError:
        return 1
    except OSError as error:
        return _fail(f"{error.filename or 'a file'}: {error.strerror or error}; make it accessible or name another")
    except KeyboardInterrupt:
        return _fail("interrupted before anything was started")
    except Exception as error:  # a person gets a sentence, the log the traceback
        return _fail(f"{type(error).__name__}: {error}{_logged()}")


def _logged() -> str:
    """Puts the traceback in hand into the log; says where."""
    from svg_studio import paths

    try:
        log = paths.log_file()
        with log.open("a", encoding="utf-8") as file:
            traceback.print_exc(file=file)
    except OSError:
        return ""
    return f" (traceback in {log})"


def _fail(sentence: str) -> int:
    print(f"svg-studio: {' '.join(sentence.split())}", file=sys.stderr)
    return 1


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all sub-commands; it imports no torch."""
    parser = Parser(prog="svg-studio", description="Stochastic video generation. Without a sub-command the window opens.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train a model", allow_abbrev=False)
    for config in (ModelConfig, DataConfig, TrainConfig):
        _add_fields(train, config)
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

    generate = commands.add_parser("generate", help="imagine futures of train and test clips", allow_abbrev=False)
    _add_fields(generate, SampleConfig)
    _add_fields(generate, DataConfig)
    generate.set_defaults(run=_generate)

    evaluate = commands.add_parser("evaluate", help="compare checkpoints by PSNR, SSIM, LPIPS and diversity", allow_abbrev=False)
    _add_fields(evaluate, EvaluateConfig)
    _add_fields(evaluate, DataConfig)
    tip = EvaluateConfig.__dataclass_fields__["model_path"].metadata["tip"]
    evaluate.add_argument("--model_path", action="append", default=argparse.SUPPRESS, metavar="STR", help=tip)
    evaluate.set_defaults(run=_evaluate)

    names = sorted({entry.downloadable for entry in DATASETS.values() if entry.downloadable})
    download = commands.add_parser("download", help="download a data set", allow_abbrev=False)
    download.add_argument("name", choices=names)
    download.add_argument("--data_root", default=DataConfig().data_root, help="folder that holds the data sets")
    download.add_argument("--mirror", default=None, help="address that is asked instead of the usual ones")
    download.set_defaults(run=_download)

    convert = commands.add_parser("convert", help="turn a data set's files, or own videos, into a frame store")
    sets = convert.add_subparsers(title="data sets", required=True, metavar="DATASET", dest="dataset")
    for name, entry in DATASETS.items():
        if entry.conversion:
            one = sets.add_parser(name, help=entry.title, allow_abbrev=False)
            _add_fields(one, ConvertConfig, only={"data_root", "image_width", "replace", *entry.conversion})
            one.set_defaults(run=_convert)

    authors = commands.add_parser("import", help="turn a checkpoint of the authors' scripts into one of this program")
    authors.add_argument("file", type=Path, metavar="FILE", help="such as svglp_bair.pth, or a folder with model.pth in it")
    authors.add_argument("--out", type=Path, required=True, metavar="FILE", help="checkpoint to write, such as model.pt")
    authors.add_argument("--replace", action="store_true", help="put it in the place of a file that is there")
    authors.set_defaults(run=_import)

    verify = commands.add_parser("verify", help="check a frame store against its manifest", allow_abbrev=False)
    verify.add_argument("store", type=Path, metavar="STORE", help="folder, such as data/bair/store-64")
    verify.set_defaults(run=_verify)
    return parser


def _add_fields(parser: argparse.ArgumentParser, config: type[Config], only: Collection[str] = ()) -> None:
    """A flag for each plain setting; flags that are not given are absent, so that defaults can come from elsewhere."""
    hints = typing.get_type_hints(config)
    for f in fields(config):  # type: ignore[arg-type]
        flag, kind = f"--{RENAMED.get(f.name, f.name)}", hints[f.name]
        if kind not in (str, int, float, bool) or (only and f.name not in only):
            continue
        tip = f.metadata["tip"].replace("%", "%%")
        flags = [flag, *(f"--{other}" for other in ALIASES.get((config, f.name), ()))]
        shared: dict[str, Any] = {"dest": f.name, "default": argparse.SUPPRESS, "help": f"{tip} [{f.default}]"}
        if kind is bool:
            parser.add_argument(*flags, action=argparse.BooleanOptionalAction, **shared)
        else:
            choices = {"backbone": BACKBONES, "dataset": DATASETS}.get(f.name) or f.metadata["choices"] or None
            parser.add_argument(*flags, type=kind, choices=choices, metavar=kind.__name__.upper(), **shared)


def _given(arguments: argparse.Namespace, config: type[Config]) -> dict[str, Any]:
    return {f.name: getattr(arguments, f.name) for f in fields(config) if hasattr(arguments, f.name)}  # type: ignore[arg-type]


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
    given = _given(arguments, TrainConfig)
    if arguments.config:
        base = read_config(Path(arguments.config)).to_dict()
    elif given.get("model_dir"):
        from svg_studio.engine import checkpoint

        # as the original: all options but the optimiser come from the file, the run is called `continued`
        base = checkpoint.load(Path(given["model_dir"]).expanduser()).config.to_dict()
        base |= {"optimizer": TrainConfig().optimizer, "name": "continued"}
    model = {**base.pop("model", {}), **_given(arguments, ModelConfig)}
    data = {**base.pop("data", {}), **_given(arguments, DataConfig)}
    if arguments.last_frame_skip:
        model["skip_frame"] = "every"
    if model.get("prior") == "fixed" and "log_dir" not in base:
        base["log_dir"] = "logs/fp"  # as the original's train_svg_fp.py
    return TrainConfig.from_dict({**base, **given, "model": model, "data": data})


def _train(arguments: argparse.Namespace) -> int:
    if arguments.sweep:
        return _sweep(arguments)
    config = resumed_config(arguments) if arguments.resume else train_config(arguments)
    from svg_studio.engine.distributed import of_environment
    from svg_studio.engine.training import train

    group = of_environment()
    return follow(lambda: train(config, arguments.resume), stops_after=group.stops_after, quiet=not group.is_first)


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
        lists[name] = read_values(name, values)
    configs = expand(train_config(arguments), lists)
    from svg_studio.engine.distributed import of_environment
    from svg_studio.engine.training import train

    if of_environment().size > 1:
        raise ConfigError({"sweep": "several processes train one run; leave out torchrun or --sweep"})
    failed = 0
    for number, config in enumerate(configs, 1):
        print(f"run {number} of {len(configs)}: {config.name}", file=sys.stderr)
        status = _guarded(lambda config=config: follow(lambda: train(config), status_if_stopped=STOPPED))  # type: ignore[misc]
        if status == STOPPED:
            return 0
        failed += status != 0
    return _fail(f"{failed} of {len(configs)} runs failed, as said above") if failed else 0


def resumed_config(arguments: argparse.Namespace) -> TrainConfig:
    """The settings of the run that is to go on; only what does not change its course may be given anew."""
    given = {**_given(arguments, TrainConfig), **_given(arguments, ModelConfig), **_given(arguments, DataConfig)}
    if arguments.config:
        raise ConfigError({"config": "a run that goes on has its own settings; leave out --config or --resume"})
    if other := sorted(given.keys() - RESUMABLE):
        raise ConfigError({other[0]: f"cannot change in a resumed run; only {', '.join(sorted(RESUMABLE))} can"})
    from svg_studio.engine.run_folder import run_of

    config = TrainConfig.load(run_of(arguments.resume) / "config.json").to_dict()
    data = config.pop("data") | _given(arguments, DataConfig)
    return TrainConfig.from_dict({**config, **_given(arguments, TrainConfig), "data": data})


def _generate(arguments: argparse.Namespace) -> int:
    config = SampleConfig.from_dict(_given(arguments, SampleConfig))
    from svg_studio.engine.generation import generate

    return follow(lambda: generate(config, _given(arguments, DataConfig)))


def _evaluate(arguments: argparse.Namespace) -> int:
    config = EvaluateConfig.from_dict(_given(arguments, EvaluateConfig))
    from svg_studio.engine.evaluation import evaluate

    return follow(lambda: evaluate(config, _given(arguments, DataConfig)))


def _download(arguments: argparse.Namespace) -> int:
    from svg_studio.engine.download import download

    return follow(lambda: download(arguments.name, arguments.data_root, arguments.mirror))


def _convert(arguments: argparse.Namespace) -> int:
    config = ConvertConfig.from_dict({"dataset": arguments.dataset, **_given(arguments, ConvertConfig)})
    from svg_studio.engine.conversion import convert

    return follow(lambda: convert(config))


def _import(arguments: argparse.Namespace) -> int:
    from svg_studio.engine.importing import import_file

    return follow(lambda: import_file(arguments.file, arguments.out, replace=arguments.replace))


def _verify(arguments: argparse.Namespace) -> int:
    from svg_studio.engine.store import verify

    found: list[StoreVerified] = []

    def job() -> Generator[Event, str | None, None]:
        for event in verify(arguments.store):
            found.extend([event] if isinstance(event, StoreVerified) else [])
            yield event

    status = follow(job)
    return 1 if any(event.problems for event in found) else status


def follow(
    job: Callable[[], Generator[Event, str | None, None]],
    stops_after: Callable[[Event, bool], bool] = lambda _, wanted: wanted,
    *,
    quiet: bool = False,
    status_if_stopped: int = 0,
) -> int:
    """Prints a job's events until it ends; SIGINT and SIGTERM close it after an event that `stops_after` agrees to."""
    from svg_studio.terminal import Terminal

    stop: list[int] = []

    def on_signal(number: int, _: object) -> None:
        if stop:  # the second time: at once
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.append(number)
        os.write(sys.stderr.fileno(), b"stopping after the step in hand\n")  # print may be in the middle of a line

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    events = job()
    try:
        with Terminal() as terminal:
            for event in events:
                if not quiet:
                    terminal.show(event)
                if stops_after(event, bool(stop)):
                    events.close()
                    if not quiet:
                        terminal.line("stopped")
                    return status_if_stopped
    finally:
        events.close()
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0
