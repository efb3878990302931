"""What a run needs before its first step: device, data, weights, the run folder, and the checkpoint it goes on from."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import torch

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.checkpoints.checkpoint import Checkpoint
from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.data.clips import open_clips, prepare
from svg_studio.engine.data.loader import patient_batches
from svg_studio.engine.data.registry import Clips
from svg_studio.engine.errors import CheckpointError, DataError, StudioError
from svg_studio.engine.events import Event, Events, Logged
from svg_studio.engine.models.registry import build
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.runs.command_line import read_config_file
from svg_studio.engine.runs.folder import Bystander, RunFolder
from svg_studio.engine.runs.naming import run_of
from svg_studio.engine.runs.state import RunState
from svg_studio.engine.training.failures import explain_failures
from svg_studio.engine.training.trainer import Trainer, epochs_of
from svg_studio.engine.utils.device import pick_device, pick_precision
from svg_studio.engine.utils.distributed import Group, group_from_environment, meet, process_group
from svg_studio.engine.utils.malloc import freed_buffers_kept


def set_up(config: TrainConfig, resume: str, held: ExitStack) -> Generator[Event, None, Trainer]:
    """The trainer of a run, new or resumed, ready for its next step. What has to be closed after the run goes to `held`."""
    group = group_from_environment()
    device = group.device(pick_device(config.device))
    precision = pick_precision(config.precision, device)
    store = yield from meet(group)
    held.enter_context(process_group(group, device, store))
    if resume:
        _require_run(run_of(resume))
    resumed = held.enter_context(closing(RunFolder(run_of(resume)))) if resume and group.is_first else None
    found = (yield from _find_checkpoint(resume, config)) if resume else None
    yield from _prepare(config, group, resume)
    train_clips, test_clips = _open(config, "train", config.model.n_frames), _open_test(config)
    yield from _tell_of_short_ones(train_clips, config.model.n_frames)
    if not config.recompute:  # which wants memory more than time
        held.enter_context(freed_buffers_kept())
    held.enter_context(explain_failures(config, device, precision))
    torch.manual_seed(config.seed)
    model = _make_model(config, found).to(device)
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs know tensors alone
    if group.is_first:
        run = resumed or held.enter_context(closing(RunFolder.new(config)))
    else:
        run = Bystander(run_of(resume) if resume else Path(config.log_dir))
    trainer = Trainer(config, model, run, device, precision, test_clips, group)
    if found:
        trainer.restore(found)
    if group.is_first:
        if problem := run.begin(config, trainer.step):
            yield Logged(f"{run.path}: {problem}", "warning")
        if found:
            yield from trainer.tell_of_resuming(found)
    part = group.part(config.batch_size)
    stream = patient_batches(train_clips, config.batch_size, config.seed, config.data_threads, start=trainer.step, part=part)
    trainer.batches = held.enter_context(closing(stream))
    return trainer


def _require_run(run: Path) -> None:
    """Raises CheckpointError where no run is in the folder: what lies there is then not written over."""
    try:
        read_config_file(run)
    except ConfigError as error:
        if not checkpoint.candidates(run):
            raise CheckpointError(f"{run}: holds no checkpoint; choose a run folder that has some") from error


def _prepare(config: TrainConfig, group: Group, resume: str) -> Events:
    """Makes the data set ready; of several processes the first does, and the others wait for it.

    Nothing is downloaded to a place that the folder of a run names alone, for that may be somebody else's.
    """
    replace(config, batch_size=len(range(*group.part(config.batch_size).indices(config.batch_size))))  # raises for too few clips
    if group.is_first and not (resume and _named_by(run_of(resume)) == config.data.data_root):
        yield from prepare(config.data)
    group.wait()


def _named_by(run: Path) -> str:
    """The data root in a run's config.json, "" where that cannot be read."""
    try:
        return read_config_file(run).data.data_root
    except ConfigError:
        return ""


def _open(config: TrainConfig, split: str, n_frames: int) -> Clips:
    model = config.model
    return open_clips(
        config.data, split=split, image_width=model.image_width, channels=model.channels, n_frames=n_frames, seed=config.seed
    )


def _open_test(config: TrainConfig) -> Clips:
    """Clips as long as the previews are to be, or as training takes them where no sequence is that long."""
    try:
        return _open(config, "test", config.n_eval)
    except DataError:
        return _open(config, "test", config.model.n_frames)


def _tell_of_short_ones(clips: Clips, n_frames: int) -> Iterator[Logged]:
    """How many sequences are of no use for being too short."""
    if clips.usable is not None and len(clips.usable) < clips.count:
        short = clips.count - len(clips.usable)
        yield Logged(f"{short:,} of {clips.count:,} train sequences have fewer than {n_frames} frames and are left out", "warning")


def _find_checkpoint(resume: str, config: TrainConfig) -> Generator[Event, None, Checkpoint | None]:
    """The checkpoint to go on from: the one that is named, or the newest that can be read; None where none was written yet.

    Raises CheckpointError where none can be read, and StudioError for a run that has come to its end.
    """
    path, run = Path(resume).expanduser(), run_of(resume)
    choices = [path] if path.is_file() else checkpoint.candidates(run)
    if not choices and (run / "config.json").is_file():
        yield Logged(f"{run}: ended before its first checkpoint; it starts again from step 0", "warning")
        return None
    found, problem = None, CheckpointError(f"{run}: holds no checkpoint; choose a run folder that has some")
    for choice in choices:
        try:
            found = checkpoint.load(choice)
            break
        except CheckpointError as error:
            problem = error
            yield Logged(f"{error}; an older one is tried", "warning")
    if found is None:
        raise problem
    state = RunState.read(run)
    # Killed between its last checkpoint and its end a run has nothing left to do but to say so.
    if epochs_of(found, config) >= config.niter and (state is None or state.state == "finished"):
        raise StudioError(
            f"{run}: is finished after {found.step} steps; extend it by a larger number of epochs than niter={config.niter}"
        )
    return found


def _make_model(config: TrainConfig, resumed: Checkpoint | None) -> SVG:
    """Fresh weights, or those of the run resumed or of config.model_dir. Raises CheckpointError for another architecture."""
    model = build(config.model)
    found = resumed or (checkpoint.load(Path(config.model_dir).expanduser()) if config.model_dir else None)
    if found:
        start = found.model()
        theirs, ours = ({k: v.shape for k, v in m.state_dict().items()} for m in (start, model))
        if theirs != ours:
            raise CheckpointError(
                f"{found.path}: its weights are of another architecture than these settings; take over its model settings"
            )
        model.load_state_dict(start.state_dict())
    return model
