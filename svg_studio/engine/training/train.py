"""Training: the paper's algorithm as one visible loop that says what happens; knows no screen and no command line."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import torch

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.checkpoints.checkpoint import Checkpoint
from svg_studio.engine.config import TrainConfig
from svg_studio.engine.data.clips import open_clips, prepare
from svg_studio.engine.data.loader import batches
from svg_studio.engine.data.registry import Clips
from svg_studio.engine.errors import CheckpointError, DataError, StudioError
from svg_studio.engine.events import Event, Frames, Logged, RunFinished, RunStarted
from svg_studio.engine.models.registry import build
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.runs.folder import Bystander, RunFolder, run_of
from svg_studio.engine.runs.recorder import recorded
from svg_studio.engine.runs.state import RunState
from svg_studio.engine.runs.tensorboard import boarded
from svg_studio.engine.training.failures import MemoryReturned, told
from svg_studio.engine.training.trainer import Session, epochs_of
from svg_studio.engine.utils.device import has_bf16, pick_device, pick_precision, title
from svg_studio.engine.utils.distributed import Group, joined, of_environment
from svg_studio.engine.utils.malloc import freed_buffers_kept

PREVIEW = "preview"  # the word that, sent into the generator, asks for previews now
KEEP_S = 600.0  # of training at most are lost to whatever ends a run, however long its epochs

Events = Generator[Event, str | None, None]


def train(config: TrainConfig, resume: str = "") -> Events:
    """Trains one model; yields events, StepFinished after every step. Closing the generator keeps a checkpoint.

    `resume` is a run folder, which the run goes on in from its newest checkpoint, or from that one of its checkpoints; on the CPU
    in float32 with the losses it would have had. Raises StudioError (and its kinds) where data, device, weights, memory or the run
    folder are not to be had, where another process writes the folder, and Diverged where losses or gradients are no numbers.
    """
    with MemoryReturned():
        yield from _train(config, resume)


def _train(config: TrainConfig, resume: str) -> Events:
    group = of_environment()
    device = group.device(pick_device(config.device))
    precision = pick_precision(config.precision, device)
    with ExitStack() as held:
        held.enter_context(joined(group, device))
        resumed = held.enter_context(closing(RunFolder(run_of(resume)))) if resume and group.is_first else None
        found = yield from _checkpoint(resume, config) if resume else _nothing()
        yield from _prepare(config, group)
        train_clips, test_clips = _open(config, "train", config.model.n_frames), _open_test(config)
        yield from _left_out(train_clips, config.model.n_frames)
        if not config.recompute:  # which wants memory more than time
            held.enter_context(freed_buffers_kept())
        held.enter_context(told(config, device, precision))
        torch.manual_seed(config.seed)
        model = _model(config, found).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if not group.is_first:
            bystander = Bystander(run_of(resume) if resume else Path(config.log_dir))
            yield from _assist(Session(config, model, bystander, device, precision, test_clips, group), found, train_clips)
            return
        run = resumed or held.enter_context(closing(RunFolder.new(config)))
        session = Session(config, model, run, device, precision, test_clips, group)
        if found:
            session.restore(found)
        run.begin(config, session.steps)
        if found:
            yield from session.tell_of_resuming(found)
        events = boarded(run.path, _run(config, session, train_clips), wanted=config.tensorboard, done=session.steps)
        yield from recorded(run.path, session.state(), events)


def _run(config: TrainConfig, session: Session, train_clips: Clips) -> Events:
    """All that a run says, from where the session stands."""
    device, precision = session.device, session.precision
    yield RunStarted(
        session.run.path,
        config.to_dict(),
        checkpoint.parameters(session.model),
        title(device),
        precision,
        config.niter * config.epoch_size,
    )
    if precision == "bf16" and not has_bf16(device):
        yield Logged("precision=bf16: this hardware has no bf16 arithmetic, so it is slower than fp32", "warning")
    with closing(_stream(session, train_clips)) as stream, told(config, device, precision):
        try:
            yield from _epochs(config, session, stream)
        finally:  # stopped or failed: keep what was learned since the last checkpoint
            session.keep()
    yield RunFinished(session.run.path, session.steps)


def _assist(session: Session, found: Checkpoint | None, train_clips: Clips) -> Events:
    """What every process of a group but the first does: its part of each step, and nothing besides."""
    config = session.config
    if found:
        session.restore(found)
    with closing(_stream(session, train_clips)) as stream, told(config, session.device, session.precision):
        while session.steps < config.niter * config.epoch_size:
            yield session.step(stream, session.steps // config.epoch_size)


def _stream(session: Session, clips: Clips) -> Generator[Frames, None, None]:
    """This process's part of each batch, from where the session stands."""
    config, part = session.config, session.group.part(session.config.batch_size)
    return batches(clips, config.batch_size, seed=config.seed, threads=config.data_threads, start=session.steps, part=part)


def _epochs(config: TrainConfig, session: Session, stream: Iterator[Frames]) -> Events:
    """The loop over epochs and steps, from where the session stands."""
    asked = False  # for previews, since the last step
    for epoch in range(session.epochs, config.niter):
        while session.steps < (epoch + 1) * config.epoch_size:
            asked |= (yield session.step(stream, epoch)) == PREVIEW
            if config.checkpoint_every and session.steps % config.checkpoint_every == 0:
                asked |= (yield session.save(f"step_{session.steps}")) == PREVIEW
                asked |= (yield session.save("last")) == PREVIEW
            elif session.seconds - session.kept_at >= KEEP_S:
                asked |= (yield session.save("last")) == PREVIEW
            if asked or (config.preview_every and session.steps % config.preview_every == 0):
                asked = False
                yield from session.previews()
        finished = session.test(epoch)
        asked |= (yield finished) == PREVIEW
        # `last` last: whoever is killed before it makes this epoch's end anew, and `best` with it.
        if session.improved(finished):
            yield session.save("best")
        session.epochs = epoch + 1
        asked |= (yield session.save("last")) == PREVIEW
        yield from session.previews()


def _prepare(config: TrainConfig, group: Group) -> Events:
    """Makes the data set ready; of several processes the first does, and the others wait for it."""
    replace(config, batch_size=len(range(*group.part(config.batch_size).indices(config.batch_size))))  # raises for too few clips
    if group.is_first:
        yield from prepare(config.data)
    group.wait()


def _open(config: TrainConfig, split: str, n_frames: int) -> Clips:
    return open_clips(
        config.data,
        split=split,
        image_width=config.model.image_width,
        channels=config.model.channels,
        n_frames=n_frames,
        seed=config.seed,
    )


def _open_test(config: TrainConfig) -> Clips:
    """Clips as long as the previews are to be, or as training takes them where no sequence is that long."""
    try:
        return _open(config, "test", config.n_eval)
    except DataError:
        return _open(config, "test", config.model.n_frames)


def _left_out(clips: Clips, n_frames: int) -> Iterator[Logged]:
    """How many sequences are of no use for being too short."""
    if clips.usable is not None and len(clips.usable) < clips.count:
        short = clips.count - len(clips.usable)
        yield Logged(f"{short:,} of {clips.count:,} train sequences have fewer than {n_frames} frames and are left out", "warning")


def _nothing() -> Generator[Event, str | None, None]:
    """No checkpoint to go on from."""
    yield from ()


def _checkpoint(resume: str, config: TrainConfig) -> Generator[Event, str | None, Checkpoint | None]:
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


def _model(config: TrainConfig, resumed: Checkpoint | None) -> SVG:
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
