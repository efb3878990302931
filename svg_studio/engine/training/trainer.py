"""What a training run carries from step to step, puts into a checkpoint and takes from one."""

from __future__ import annotations

import math
import os
import platform
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict

import torch
from torch import Tensor

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.checkpoints.checkpoint import Checkpoint
from svg_studio.engine.config import TrainConfig
from svg_studio.engine.data.loader import first_clips
from svg_studio.engine.data.registry import Clips
from svg_studio.engine.errors import CheckpointError, ExportError, StudioError
from svg_studio.engine.events import Awaited, CheckpointSaved, EpochFinished, Event, Events, Frames, Logged, StepFinished
from svg_studio.engine.models.registry import count_parameters
from svg_studio.engine.models.svg import SVG, Losses
from svg_studio.engine.optimizers import make_optimizer
from svg_studio.engine.runs import snapshots
from svg_studio.engine.runs.folder import RunFolder
from svg_studio.engine.runs.state import Best, RunState
from svg_studio.engine.training.failures import Diverged, WayOut, gradient_norm, lower_rate, require_finite, require_finite_weights
from svg_studio.engine.training.lost_folder import lost
from svg_studio.engine.training.memory import PREVIEW_CLIPS, TEST_CLIPS
from svg_studio.engine.training.pace import Pace
from svg_studio.engine.training.previews import make_previews
from svg_studio.engine.utils.device import autocast, title
from svg_studio.engine.utils.distributed import ALONE, Group, PeerLost
from svg_studio.engine.utils.frames import to_float

FIRST_S = 30.0  # of training in a session, after which the first preview is due
REST = 9.0  # times as long as a preview takes, until the next one is due by time: a tenth of the time at most goes into them
LONG_S = 10.0  # that a batch may be awaited before it is worth a word


class Trainer:
    """One run: its model, optimiser and noise, how far it is, and its folder."""

    def __init__(
        self,
        config: TrainConfig,
        model: SVG,
        run: RunFolder,
        device: torch.device,
        precision: str,
        test_clips: Clips,
        group: Group = ALONE,
    ) -> None:
        self.config = config
        self.model = model.train()
        self.model.recompute = config.recompute
        self.group = group
        self.parallel = group.wrap(model, sync_batchnorm=config.sync_batchnorm)
        self.run = run
        self.device = device
        self.precision = precision
        self.optimizer = make_optimizer(config, model)
        self.generator = torch.Generator(device).manual_seed(config.seed)
        self.test_batch = test_clips.batch(first_clips(test_clips, min(config.batch_size, TEST_CLIPS)))  # uint8 (T, B, H, W, C)
        self.step = 0
        self.epochs = 0  # whose end was tested and kept
        self.best: Best | None = None
        self.previewed = -1
        self.can_preview = True
        self.seconds = 0.0  # of training: pauses, previews and tests do not count
        self.pace = Pace(config)
        self.began_at = 0.0  # `seconds` when this session began
        self.shown_at: float | None = None  # `seconds` at the newest preview of this session
        self.kept, self.kept_at = 0, 0.0  # step and seconds of the newest `last` checkpoint
        self.whole = True  # not in the middle of a step, nor after numbers that are none: what is there may be kept
        # uint8 (T, b, H, W, C): this process's part of each, from the next step's on; None while one is awaited
        self.batches: Iterator[Frames | None] = iter(())

    def noise(self) -> Tensor:
        """eps of this process's clips, (T-1, b, z_dim): every process draws that of the whole batch, as one alone would."""
        shape = (self.config.model.n_frames - 1, self.config.batch_size, self.config.model.z_dim)
        return torch.randn(shape, generator=self.generator, device=self.device)[:, self.group.part(self.config.batch_size)]

    @contextmanager
    def keeping_nothing(self) -> Iterator[None]:
        """While it lasts, and after an error in it, nothing of the run is fit to be kept."""
        self.whole = False
        yield
        self.whole = True

    @contextmanager
    def losing_peers(self) -> Iterator[None]:
        """Around what a step does with other processes, before the weights change: where one is lost the run stays as it was."""
        if self.group.size == 1:
            yield
            return
        noise, buffers = self.generator.get_state(), [buffer.clone() for buffer in self.model.buffers()]
        try:
            with self.group.losing_peers():
                yield
        except PeerLost:
            self.generator.set_state(noise)
            for buffer, before in zip(self.model.buffers(), buffers, strict=True):
                buffer.copy_(before)  # BatchNorm's statistics
            self.whole = True
            raise

    def next_batch(self) -> Generator[Event, None, Frames]:
        """The next of `batches`; yields Awaited meanwhile, and says so where it takes long."""
        begun = time.monotonic()
        while (batch := next(self.batches)) is None:
            waited = time.monotonic() - begun
            yield Awaited(
                "waits for the next batch of clips: its files come slowly or not at all" if waited > LONG_S else "", waited
            )
        return batch

    def check(self, losses: Losses, *, of_step: bool = False) -> tuple[float, float]:
        """mse and kld as the original reports them: sums over T-1 steps, divided by T. Raises Diverged where one is no number.

        of_step: the gradients are looked at too, and of several processes the mean counts.
        """
        named = {"reconstruction error": losses.mse, "KL divergence": losses.kld}
        if of_step:
            named["gradient"] = gradient_norm(self.model.parameters())
        values = torch.stack([value.float() for value in named.values()]).tolist()  # the device is waited for once
        if of_step:
            share = self.group.share(self.config.batch_size)
            values = self.group.means([values[0] * share, values[1] * share, values[2]])
        require_finite(dict(zip(named, values, strict=True)), self.step + of_step, self._way_out())
        n_frames = self.config.model.n_frames
        return values[0] / n_frames, values[1] / n_frames

    def finish_step(self, epoch: int, mse: float, kld: float, seconds: float) -> StepFinished:
        """Counts and records a step that took so many seconds."""
        self.step += 1
        self.seconds += seconds
        frames = self.config.model.n_frames * self.config.batch_size
        loss = mse + self.config.model.beta * kld
        self.pace.step(seconds)
        left = self.pace.left(self.config.niter * self.config.epoch_size - self.step, self.config.niter - epoch)
        pace = self.pace.steps_per_s
        event = StepFinished(self.step, epoch, loss, mse, kld, frames / seconds, self.seconds, pace, left)
        self.run.record(event)
        return event

    @torch.no_grad()
    def test(self, epoch: int) -> EpochFinished:
        """The losses of a fixed test batch with fixed noise and BatchNorm's running statistics."""
        self.model.eval()
        x = to_float(self.test_batch[: self.config.model.n_frames], self.device)
        with autocast(self.device, self.precision):
            losses = self.model.loss(x, generator=torch.Generator(self.device).manual_seed(self.config.seed))
        self.model.train()
        with self.keeping_nothing():
            mse, kld = self.check(losses)
        event = EpochFinished(epoch, self.step, mse + self.config.model.beta * kld, mse, kld)
        self.run.record_test(event)
        return event

    def is_preview_due(self) -> bool:
        """Whether previews come after this step: by steps, or by the time since the last ones."""
        config = self.config
        if config.preview_every and self.step % config.preview_every == 0:
            return True
        if not config.preview_minutes:
            return False
        if self.shown_at is None:
            return self.seconds - self.began_at >= min(FIRST_S, 60 * config.preview_minutes)
        return self.seconds - self.shown_at >= max(60 * config.preview_minutes, REST * self.pace.cost("preview"))

    def previews(self) -> Events:
        """Previews of the test clips, once a step at most. A server without Pillow goes on without them."""
        if self.previewed == self.step or not self.can_preview:
            return
        self.previewed, self.shown_at = self.step, self.seconds
        clips = to_float(self.test_batch[:, :PREVIEW_CLIPS], self.device)
        self.model.eval()
        try:
            making = make_previews(self.model, clips, self.run.previews, self.step, self.config.seed)
            yield from self.pace.timed("preview", making)
        except ExportError as error:
            if self.run.has_lost(error):
                return  # which is asked about after this step
            self.can_preview = False
            self.run.log(f"no preview: {error}")
            yield Logged(f"no preview: {error}", "warning")
        finally:
            self.model.train()

    def is_snapshot_due(self, *, again: bool) -> bool:
        """Whether this step's weights are to be kept for good; `again`: also where they lie there."""
        due = snapshots.is_due(self.config.snapshot_factor, self.step)
        return due and (again or not (self.run.checkpoints / f"{snapshots.name_of(self.step)}.pt").is_file())

    def save(self, name: str) -> CheckpointSaved:
        """Writes checkpoints/<name>.pt, of a snapshot the weights alone.

        Raises Diverged, and leaves the previous one, where weights are no numbers any more.
        """
        require_finite_weights(self.model.state_dict().values(), self.step, self._way_out())
        self.run.sync()
        path = self.run.checkpoints / f"{name}.pt"
        if name.startswith(f"{snapshots.FOLDER}/"):
            self.run.make_room_for_snapshots()
            checkpoint.save(path, self.model, self.config, self.step)
            return CheckpointSaved(path, self.step, "snapshot")
        random = {"torch": torch.get_rng_state(), "noise": self.generator.get_state()}
        progress = {"best": asdict(self.best) if self.best else None, "epochs": self.epochs, "seconds": self.seconds}
        checkpoint.save(path, self.model, self.config, self.step, optimizer=self.optimizer, random=random, progress=progress)
        if name == "last":
            self.kept, self.kept_at = self.step, self.seconds
        return CheckpointSaved(path, self.step, name.partition("_")[0])

    def keep(self) -> None:
        """Saves the last checkpoint where it is not this step's, unless that would put something worse in its place.

        Raises StudioError where it cannot, also where the folder is there no more.
        """
        if not self.whole:
            return
        try:
            if not self.run.is_lost(now=True) and self.step > self.kept:
                self.save("last")
        except StudioError as error:
            if isinstance(error, Diverged) or not self.run.has_lost(error):
                raise
        if self.run.is_lost():
            raise lost(self.run.path, self.step, self.kept)

    def restore(self, found: Checkpoint) -> None:
        """Takes over everything but the weights from a checkpoint of this run, which is its last one from now on."""
        state = found.random
        if not found.optimizer or not isinstance(state, dict) or not state:
            raise CheckpointError(
                f"{found.path}: holds weights alone, no run to resume; start a new one that takes them as its model_dir"
            )
        try:
            self.optimizer.load_state_dict(found.optimizer)
            for group in self.optimizer.param_groups:
                group["lr"] = self.config.lr  # may be given anew
            self.generator.set_state(state["noise"])
            torch.set_rng_state(state["torch"])
            self.best, self.seconds = _best(found.progress["best"], found.step), float(found.progress["seconds"])
            self.epochs = epochs_of(found, self.config)
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise CheckpointError(
                f"{found.path}: its optimiser does not fit this device or these settings; "
                "start a new run that takes it as its model_dir"
            ) from error
        self.step = self.kept = found.step
        self.kept_at = self.began_at = self.seconds
        if self.group.is_first and found.path != self.run.checkpoints / "last.pt":
            self.save("last")  # before the metrics are cut back to it

    def tell_of_resuming(self, found: Checkpoint) -> Events:
        """Where the run goes on, and with which learning rate if it has another one."""
        text = f"goes on from step {self.step}"
        if found.config.lr != self.config.lr:
            text += f" with lr={self.config.lr:g} instead of {found.config.lr:g}"
        self.run.log(f"{text}, of {found.path.name}")
        yield Logged(f"{self.run.path}: {text}")

    def state(self) -> RunState:
        """How the run stands before its next step."""
        before = RunState.read(self.run.path) if self.step else None
        return RunState(
            step=self.step,
            steps=self.config.niter * self.config.epoch_size,
            seconds=self.seconds,
            frames_per_s=before.frames_per_s if before else 0.0,
            best=self.best if self.best and math.isfinite(self.best.test_mse) else None,
            host=platform.node(),
            pid=os.getpid(),
            device=title(self.device),
            precision=self.precision,
            parameters=count_parameters(self.model),
            started=before.started if before and before.started else time.time(),
        )

    def is_best(self, finished: EpochFinished) -> bool:
        """Whether this test loss is the lowest so far."""
        better = self.best is None or finished.test_loss < self.best.test_loss
        if better:
            self.best = Best(finished.step, finished.test_mse, finished.test_loss)
        return better

    def _way_out(self) -> WayOut:
        return lower_rate(self.run.path, self.kept, self.config.lr)


def epochs_of(found: Checkpoint, config: TrainConfig) -> int:
    """The epochs of a checkpoint's run whose end was tested and kept; earlier versions did not say so. 0 for weights alone."""
    if not isinstance(found.random, dict):
        return 0
    whole = found.step // config.epoch_size
    epochs = found.progress.get("epochs", whole)
    return epochs if epochs in (whole - 1, whole) and epochs >= 0 else whole


def _best(found: object, step: int) -> Best | None:
    """The best epoch's end as a checkpoint holds it; earlier versions kept its loss alone."""
    if isinstance(found, Mapping):
        return Best(int(found["step"]), float(found["test_mse"]), float(found["test_loss"]))
    loss = float("inf") if found is None else float(found)  # type: ignore[arg-type]
    return Best(step, float("nan"), loss) if math.isfinite(loss) else None
