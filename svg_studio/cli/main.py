"""The command line's entry: builds the parser, makes a config from the flags and runs the sub-command."""

from __future__ import annotations

import argparse
from pathlib import Path

from svg_studio import __version__
from svg_studio.cli.flags import Parser, add_fields, given
from svg_studio.cli.replay import add_replay
from svg_studio.cli.run_job import follow, guard
from svg_studio.cli.train import add_train
from svg_studio.engine.config import Config, ConvertConfig, DataConfig, EvaluateConfig, ModelConfig, SampleConfig, SurpriseConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Events, StoreVerified

OF_CHECKPOINT = "as the checkpoint was trained"
# What a file of somebody else's may not say.
IMPORTED: dict[type[Config], set[str]] = {ModelConfig: {"n_past", "n_future", "beta"}, DataConfig: {"dataset"}}


def main(argv: list[str]) -> int:
    """Runs one sub-command; returns the exit status. Nothing but one line on stderr tells of what went wrong."""

    def command() -> int:
        arguments = build_parser().parse_args(argv)
        try:
            Path.cwd()  # without which PyTorch is not even imported
        except OSError as error:
            raise StudioError("the current folder has been deleted; change to another one") from error
        return int(arguments.run(arguments))

    return guard(command)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all sub-commands; it imports no torch."""
    parser = Parser(prog="svg-studio", description="Stochastic video generation. Without a sub-command the window opens.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    add_train(commands)

    generate = commands.add_parser("generate", help="imagine futures of train and test clips", allow_abbrev=False)
    add_fields(generate, SampleConfig)
    add_fields(generate, DataConfig, default=OF_CHECKPOINT)
    generate.set_defaults(run=_generate)

    evaluate = commands.add_parser("evaluate", help="compare checkpoints by PSNR, SSIM, LPIPS and diversity", allow_abbrev=False)
    add_fields(evaluate, EvaluateConfig)
    add_fields(evaluate, DataConfig, default=OF_CHECKPOINT)
    tip = EvaluateConfig.__dataclass_fields__["model_path"].metadata["tip"]
    evaluate.add_argument("--model_path", action="append", default=argparse.SUPPRESS, metavar="STR", help=tip)
    evaluate.set_defaults(run=_evaluate)

    surprise = commands.add_parser(
        "surprise", help="find what a model did not expect in whole videos: KL(q‖p) at every frame", allow_abbrev=False
    )
    add_fields(surprise, SurpriseConfig)
    surprise.set_defaults(run=_surprise)

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
            add_fields(one, ConvertConfig, only={"data_root", "image_width", "replace", *entry.conversion})
            one.set_defaults(run=_convert)

    authors = commands.add_parser("import", help="turn a checkpoint of the authors' scripts into one of this program")
    authors.add_argument("file", type=Path, metavar="FILE", help="such as svglp_bair.pth, or a folder with model.pth in it")
    authors.add_argument("--out", type=Path, required=True, metavar="FILE", help="checkpoint to write, such as model.pt")
    authors.add_argument("--replace", action="store_true", help="put it in the place of a file that is there")
    for config, unsaid in IMPORTED.items():
        add_fields(authors, config, only=unsaid, default="as the file says, or the original's")
    authors.set_defaults(run=_import)

    add_replay(commands)

    verify = commands.add_parser("verify", help="check a frame store against its manifest", allow_abbrev=False)
    verify.add_argument("store", type=Path, metavar="STORE", help="folder, such as data/bair/store-64")
    verify.set_defaults(run=_verify)
    return parser


def _generate(arguments: argparse.Namespace) -> int:
    config = SampleConfig.from_dict(given(arguments, SampleConfig))
    from svg_studio.engine.sampling.generate import generate

    return follow(lambda: generate(config, given(arguments, DataConfig)))


def _evaluate(arguments: argparse.Namespace) -> int:
    config = EvaluateConfig.from_dict(given(arguments, EvaluateConfig))
    from svg_studio.engine.evaluation.evaluate import evaluate

    return follow(lambda: evaluate(config, given(arguments, DataConfig)))


def _surprise(arguments: argparse.Namespace) -> int:
    config = SurpriseConfig.from_dict(given(arguments, SurpriseConfig))
    from svg_studio.engine.sampling.surprise_of_videos import measure

    return follow(lambda: measure(config))


def _download(arguments: argparse.Namespace) -> int:
    from svg_studio.engine.data.download.download import download

    return follow(lambda: download(arguments.name, arguments.data_root, arguments.mirror))


def _convert(arguments: argparse.Namespace) -> int:
    config = ConvertConfig.from_dict({"dataset": arguments.dataset, **given(arguments, ConvertConfig)})
    from svg_studio.engine.data.convert import convert

    return follow(lambda: convert(config))


def _import(arguments: argparse.Namespace) -> int:
    from svg_studio.engine.checkpoints.import_job import import_file

    said = {name: value for config in IMPORTED for name, value in given(arguments, config).items()}
    for config, names in IMPORTED.items():
        config.from_dict({name: said[name] for name in names & said.keys()})  # raises for what cannot be
    return follow(lambda: import_file(arguments.file, arguments.out, replace=arguments.replace, given=said))


def _verify(arguments: argparse.Namespace) -> int:
    from svg_studio.engine.data.store import verify

    found: list[StoreVerified] = []

    def job() -> Events:
        for event in verify(arguments.store):
            found.extend([event] if isinstance(event, StoreVerified) else [])
            yield event

    status = follow(job)
    return 1 if any(event.problems for event in found) else status
