"""Training: the paper's algorithm as one visible loop that says what happens."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.control import Control
from svg_studio.engine.events import Events, Logged, RunFinished, RunStarted
from svg_studio.engine.models.registry import count_parameters
from svg_studio.engine.runs.recorder import record
from svg_studio.engine.runs.snapshots import name_of
from svg_studio.engine.runs.tensorboard import write_board
from svg_studio.engine.training.failures import MemoryReturned, explain_failures
from svg_studio.engine.training.lost_folder import folder_again, saved
from svg_studio.engine.training.memory import snapshots
from svg_studio.engine.training.setup import set_up
from svg_studio.engine.training.trainer import Trainer
from svg_studio.engine.utils.device import autocast, has_bf16, title
from svg_studio.engine.utils.frames import to_float
from svg_studio.engine.utils.wording import count_of

FIRST_KEEP_S = 60.0  # of training, after which a run that has no checkpoint gets its first
KEEP_S = 600.0  # of training at most are lost to whatever ends a run, however long its epochs


def train(config: TrainConfig, resume: str = "", control: Control | None = None) -> Events:
    """Trains one model; yields events, StepFinished after every step. Closing the generator keeps a checkpoint.

    resume: a run folder, which the run goes on in from its newest checkpoint, or from that one of its checkpoints; on the CPU
    in float32 with the losses it would have had. control: is asked for previews after each step, and what to do where the run's
    folder vanishes, which ends the run where nobody answers.
    Raises StudioError (and its kinds) where data, device, weights, memory or the run folder are not to be had, where another
    process writes the folder, and Diverged where losses or gradients are no numbers.
    """
    with MemoryReturned():  # what _train holds is gone by then
        yield from _train(config, resume, control or Control(answers=False))


def _train(config: TrainConfig, resume: str, control: Control) -> Events:
    with ExitStack() as held:
        trainer = yield from set_up(config, resume, held)
        control.watch = trainer.run.is_lost
        steps = _steps(trainer, control)
        yield from _reported(trainer, steps) if trainer.group.is_first else steps


def _steps(trainer: Trainer, control: Control) -> Events:
    """The loop over epochs and steps, from where the run stands; of several processes all but the first take the steps alone."""
    config, group, device = trainer.config, trainer.group, trainer.device
    if group.is_first:
        yield from _snapshot(trainer, control, again=False)
    for epoch in range(trainer.epochs, config.niter):
        while trainer.step < (epoch + 1) * config.epoch_size:
            begun = time.perf_counter()
            x = to_float((yield from trainer.next_batch()), device)  # (T, b, C, H, W)
            with trainer.keeping_nothing():
                with trainer.losing_peers():
                    trainer.optimizer.zero_grad(set_to_none=True)
                    with autocast(device, trainer.precision):
                        losses = trainer.parallel(x, eps=trainer.noise())  # SVG eq. 4 and 5
                    (losses.total * group.share(config.batch_size)).backward()
                    mse, kld = trainer.check(losses, of_step=True)  # raises Diverged
                trainer.optimizer.step()
            yield trainer.finish_step(epoch, mse, kld, time.perf_counter() - begun)
            if group.is_first:
                yield from _after_step(trainer, control)
        if group.is_first:
            yield from _after_epoch(trainer, control, epoch)
            control.take_preview()  # an epoch's end has made them


def _after_step(trainer: Trainer, control: Control) -> Events:
    """Checkpoints by steps and by time, and previews that are due or were asked for."""
    if trainer.run.is_lost():
        yield from folder_again(trainer, control)
    config, step = trainer.config, trainer.step
    yield from _snapshot(trainer, control)
    if config.checkpoint_every and step % config.checkpoint_every == 0:
        yield from saved(trainer, control, f"step_{step}")
        yield from saved(trainer, control, "last")
    elif trainer.seconds - trainer.kept_at >= (KEEP_S if trainer.kept else FIRST_KEEP_S):
        yield from saved(trainer, control, "last")
    if control.take_preview() or trainer.is_preview_due():
        yield from trainer.previews()


def _snapshot(trainer: Trainer, control: Control, *, again: bool = True) -> Events:
    """The weights alone where they are due after this step; `again`: also where they are there already, of another course."""
    if trainer.is_snapshot_due(again=again):
        yield from saved(trainer, control, name_of(trainer.step))


def _after_epoch(trainer: Trainer, control: Control, epoch: int) -> Events:
    """The test, the checkpoints and the previews of an epoch's end."""
    yield from trainer.pace.timed("epoch", _tested_and_saved(trainer, control, epoch))
    yield from trainer.previews()


def _tested_and_saved(trainer: Trainer, control: Control, epoch: int) -> Events:
    tested = trainer.test(epoch)
    yield tested
    # `last` last: whoever is killed before it makes this epoch's end anew, and `best` with it.
    if trainer.is_best(tested):
        yield from saved(trainer, control, "best")
    trainer.epochs = epoch + 1
    yield from saved(trainer, control, "last")


def _reported(trainer: Trainer, steps: Events) -> Events:
    """All that a run says, kept in its folder as it is said."""
    path, config = trainer.run.path, trainer.config
    events = _from_start_to_end(trainer, steps)
    if config.tensorboard:
        events = write_board(path, events, done=trainer.step)
    yield from record(path, trainer.state(), events)


def _from_start_to_end(trainer: Trainer, steps: Events) -> Events:
    config, path, device, precision = trainer.config, trainer.run.path, trainer.device, trainer.precision
    parameters, total = count_parameters(trainer.model), config.niter * config.epoch_size
    yield RunStarted(path, config.to_dict(), parameters, title(device), precision, total, gpu=device.type == "cuda")
    if precision == "bf16" and not has_bf16(device):
        yield Logged("precision=bf16: this hardware has no bf16 arithmetic, so it is slower than fp32", "warning")
    count, each = snapshots(config)
    if count:
        cost = f"{each / 1e6:,.1f} MB each, {count * each / 1e6:,.1f} MB in all"
        yield Logged(f"keeps weights alone at {count_of(count, 'step')}: {cost}")
    with closing(steps), explain_failures(config, device, precision):
        try:
            yield from steps
        finally:  # stopped or failed: keep what was learned since the last checkpoint
            trainer.keep()
    yield RunFinished(trainer.run.path, trainer.step)
