"""The sub-command `replay`: says what an export carries of its futures, or imagines and writes them again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from svg_studio.cli.flags import add_fields, given
from svg_studio.cli.run_job import follow
from svg_studio.engine.config import DEVICES, ConfigError, ExportConfig
from svg_studio.engine.export.read_back import read_recipe
from svg_studio.engine.export.registry import EXPORTERS
from svg_studio.engine.recipe import Recipe
from svg_studio.engine.utils.wording import count_of, shown
from svg_studio.paths import default_log_dir, resource

AS_EXPORTED = "as the file was exported"
MOST_SHOWN = 20


def add_replay(commands: Any) -> None:
    """The parser of `replay`."""
    parser = commands.add_parser("replay", help="say what an export carries, or write its futures again", allow_abbrev=False)
    parser.add_argument("file", type=Path, metavar="FILE", help="GIF, MP4, PNG or NPZ that this program exported")
    parser.add_argument("--out", default="", metavar="FILE", help="write its futures again, in the format of this name")
    parser.add_argument("--model_path", default="", metavar="STR", help="the model, where it is not the demo or among the runs")
    parser.add_argument("--other_model", action="store_true", help="use --model_path though it is another model: other futures")
    parser.add_argument("--log_dir", action="append", default=[], metavar="DIR", help="look for the model among its runs too")
    parser.add_argument("--data_root", default="", metavar="DIR", help="folder of the clip's data [where the model was trained]")
    parser.add_argument("--device", default="auto", choices=DEVICES, help="where the model runs")
    add_fields(parser, ExportConfig, only={"fps", "scale", "columns", "captions", "borders", "overwrite"}, default=AS_EXPORTED)
    parser.set_defaults(run=_replay)


def _replay(arguments: argparse.Namespace) -> int:
    recipe = read_recipe(arguments.file)
    if not arguments.out:
        print("\n".join(_words(recipe)))
        return 0
    config = _config(recipe, arguments)
    from svg_studio.engine.sampling.replay import replay

    folders = [*arguments.log_dir, str(default_log_dir())]
    return follow(
        lambda: replay(
            recipe,
            config,
            model_path=arguments.model_path,
            other_model=arguments.other_model,
            files=[str(resource("demo.pt"))],
            folders=folders,
            data_root=arguments.data_root,
            device=arguments.device,
        )
    )


def _config(recipe: Recipe, arguments: argparse.Namespace) -> ExportConfig:
    suffix = Path(arguments.out).suffix.lower()
    format = next((name for name, entry in EXPORTERS.items() if entry.suffix == suffix), "")
    if not format:
        known = ", ".join(entry.suffix for entry in EXPORTERS.values())
        raise ConfigError({"out": f"{arguments.out}: end the name with one of {known}"})
    said = {"fps": recipe.fps, **recipe.layout, **given(arguments, ExportConfig)}
    return ExportConfig.from_dict({**said, "path": arguments.out, "format": format})


def _words(recipe: Recipe) -> list[str]:
    """What it carries, a line for each thing."""
    clip = recipe.clip
    alike, others = recipe.alike, len(recipe.futures) - len(recipe.alike)
    data = ", ".join(f"{name} {value}" for name, value in clip.data.items() if value not in ("", None))
    lines = [
        f"Model: {shown(recipe.checkpoint)}, SHA-256 {recipe.model}",
        f"Clip: {clip.split} {clip.index}, seed of the clips {clip.seed} ({shown(data)})",
        f"Frames: {recipe.n_past} given, {recipe.n_future} imagined, {recipe.fps:g} frames/s",
        f"Made by: version {shown(recipe.program)}",
        f"{count_of(len(alike), 'future')}:",
        *(f"  {shown(future.caption or 'no caption')}" for future in alike[:MOST_SHOWN]),
    ]
    lines += [f"  and {len(alike) - MOST_SHOWN:,} more"] if len(alike) > MOST_SHOWN else []
    return lines + ([f"{count_of(others, 'future')} of other models or clips"] if others else [])
