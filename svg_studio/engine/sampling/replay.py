"""The `replay` job: imagines the futures of an export again, from what it carries, and writes them anew."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

from svg_studio.engine.checkpoints.model_cache import open_model
from svg_studio.engine.config import ExportConfig, FuturesConfig
from svg_studio.engine.errors import CheckpointError
from svg_studio.engine.events import (
    ClipOpened,
    Event,
    Events,
    FramesImagined,
    FutureSampled,
    Logged,
    ModelSought,
    PosteriorReconstructed,
    Progressed,
)
from svg_studio.engine.export.export import export
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.recipe import Recipe
from svg_studio.engine.runs.find_model import find_model, identify
from svg_studio.engine.sampling.futures import explore
from svg_studio.engine.utils.device import pick_device
from svg_studio.engine.utils.wording import count_of


def replay(
    recipe: Recipe,
    config: ExportConfig,
    *,
    model_path: str = "",
    other_model: bool = False,
    files: Sequence[str] = (),
    folders: Sequence[str] = (),
    data_root: str = "",
    device: str = "auto",
) -> Events:
    """Writes the futures that `recipe` names as `config` says: FileExported at the end.

    The model is the one at `model_path`, or it is looked for among `files` and the runs in `folders`; one of other bytes is used
    only with `other_model`. data_root: where the clip's data set lies; empty: where the model was trained.
    Raises StudioError where there is no such model, or another one, and what `explore` and `export` raise.
    """
    path = yield from _model(recipe, model_path, other_model, files, folders)
    left_out = len(recipe.futures) - len(recipe.alike)
    if left_out:
        yield Logged(f"{count_of(left_out, 'future')} of other models or clips are left out", "warning")
    root = data_root or open_model(path, pick_device(device)).found.config.data.data_root
    data = recipe.clip.data_in(root)
    clip = recipe.clip
    asked = FuturesConfig(
        model_path=str(path),
        data=data,
        split=clip.split,
        index=clip.index,
        n_past=recipe.n_past,
        n_future=recipe.n_future,
        data_seed=clip.seed,
        device=device,
    )
    futures: list[Tile] = []
    beside: dict[str, Tile] = {}
    n_frames = clip.n_frames
    for event in explore(asked, recipe.paths):
        match event:
            case ClipOpened(frames=frames):
                beside["truth"] = Tile(frames, n_frames, "truth")
            case PosteriorReconstructed(frames=frames):
                beside["posterior"] = Tile(frames, recipe.n_past, "posterior")
            case FutureSampled(number=number, frames=frames):
                future = recipe.alike[number]
                futures.append(Tile(frames, recipe.n_past, future.caption, future=future))
            case FramesImagined(t=t):
                yield Progressed(t + 1, n_frames, "frames", "Imagining")
            case Progressed():
                yield event
    before = [beside[name] for name in recipe.beside if name in beside]
    yield from export(config, (*before, *futures))


def _model(
    recipe: Recipe, model_path: str, other_model: bool, files: Sequence[str], folders: Sequence[str]
) -> Generator[Event, None, Path]:
    name = recipe.futures[0].checkpoint
    search = identify(model_path, recipe.model) if model_path else find_model(recipe.model, name, files, folders)
    sought = ModelSought(recipe.model, None, "")
    for event in search:
        if isinstance(event, ModelSought):
            sought = event
        else:
            yield event
    if sought.path is None:
        raise CheckpointError(
            f"the model of these futures ({recipe.checkpoint}, SHA-256 {recipe.model[:12]}…) is not among your runs; "
            "name it with --model_path"
        )
    if sought.found != recipe.model:
        if not other_model:
            raise CheckpointError(
                f"{sought.path}: is another model than that of these futures ({recipe.checkpoint}, SHA-256 {recipe.model[:12]}…); "
                "name that one, or use this one with --other_model"
            )
        yield Logged(f"{sought.path} is another model than {recipe.checkpoint}: these are other futures", "warning")
    return sought.path
