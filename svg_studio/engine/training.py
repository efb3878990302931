"""Training: the paper's algorithm as one visible loop that says what happens; knows no screen and no command line."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from pathlib import Path

import torch
from torch import Tensor

from svg_studio.engine import checkpoint, models
from svg_studio.engine.allocator import freed_buffers_kept
from svg_studio.engine.checkpoint import Checkpoint
from svg_studio.engine.config import TrainConfig
from svg_studio.engine.datasets import Clips, open_clips, prepare
from svg_studio.engine.device import autocast, has_bf16, pick_device, pick_precision, title
from svg_studio.engine.errors import CheckpointError, DataError, ExportError, StudioError
from svg_studio.engine.events import (
    CheckpointSaved,
    EpochFinished,
    Event,
    Frames,
    Logged,
    RunFinished,
    RunStarted,
    StepFinished,
)
from svg_studio.engine.frames import to_float
from svg_studio.engine.loader import batches, first_clips
from svg_studio.engine.models.svg import SVG, Losses
from svg_studio.engine.previews import make_previews
from svg_studio.engine.run_folder import RunFolder

PREVIEW_CLIPS = 10
PREVIEW = "preview"  # the word that, sent into the generator, asks for previews now

Events = Generator[Event, str | None, None]


def train(config: TrainConfig, resume: str = "") -> Events:
    """Trains one model; yields events, StepFinished after every step. Closing the generator keeps a checkpoint.

    `resume` is a run folder, whose newest checkpoint the run goes on from in the same folder; on the CPU in float32 with the
    losses it would have had. Raises StudioError (and its kinds) where data, device, weights or the run folder are not to be had.
    """
    device = pick_device(config.device)
    precision = pick_precision(config.precision, device)
    found = checkpoint.load(Path(resume).expanduser()) if resume else None
    yield from prepare(config.data)
    train_clips, test_clips = _open(config, "train", config.model.n_frames), _open_test(config)
    yield from _left_out(train_clips, config.model.n_frames)
    torch.manual_seed(config.seed)
    model = _model(config, found).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    run = RunFolder(config, Path(resume).expanduser(), found.step) if found else RunFolder(config)
    with closing(run), freed_buffers_kept():
        session = _Session(config, model, run, device, precision, test_clips)
        if found:
            session.restore(found)
        yield RunStarted(
            run.path,
            config.to_dict(),
            checkpoint.parameters(model),
            title(device),
            precision,
            config.niter * config.epoch_size,
        )
        if precision == "bf16" and not has_bf16(device):
            yield Logged("precision=bf16: this hardware has no bf16 arithmetic, so it is slower than fp32", "warning")
        stream = batches(train_clips, config.batch_size, seed=config.seed, threads=config.data_threads, start=session.steps)
        with closing(stream):
            try:
                yield from _epochs(config, session, stream)
            except GeneratorExit:  # stopped: keep what was learned since the last checkpoint
                session.keep()
                raise
            except StudioError:  # such as a full disk, which may still take a checkpoint in place of the last one
                with suppress(CheckpointError):
                    session.keep()
                raise
        yield RunFinished(run.path, session.steps)


def _epochs(config: TrainConfig, session: _Session, stream: Iterator[Frames]) -> Events:
    """The loop over epochs and steps, from where the session stands."""
    asked = False  # for previews, since the last step
    for epoch in range(session.steps // config.epoch_size, config.niter):
        while session.steps < (epoch + 1) * config.epoch_size:
            asked |= (yield session.step(stream, epoch)) == PREVIEW
            if config.checkpoint_every and session.steps % config.checkpoint_every == 0:
                asked |= (yield session.save(f"step_{session.steps}")) == PREVIEW
                asked |= (yield session.save("last")) == PREVIEW
            if asked or (config.preview_every and session.steps % config.preview_every == 0):
                asked = False
                yield from session.previews()
        finished = session.test(epoch)
        asked |= (yield finished) == PREVIEW
        if session.improved(finished.test_loss):
            yield session.save("best")
        asked |= (yield session.save("last")) == PREVIEW
        yield from session.previews()


class _Session:
    """What one run carries from step to step."""

    def __init__(
        self, config: TrainConfig, model: SVG, run: RunFolder, device: torch.device, precision: str, test_clips: Clips
    ) -> None:
        self.config = config
        self.model = model.train()
        self.model.recompute = config.recompute
        self.run = run
        self.device = device
        self.precision = precision
        self.optimizer = make_optimizer(config, model)
        self.generator = torch.Generator(device).manual_seed(config.seed)
        self.test_batch = test_clips.batch(first_clips(test_clips, min(config.batch_size, 50)))  # uint8 (T, B, H, W, C)
        self.steps = 0
        self.best = float("inf")
        self.previewed = -1
        self.can_preview = True
        self.seconds = 0.0  # of training: pauses, previews and tests do not count

    def step(self, stream: Iterator[Frames], epoch: int) -> StepFinished:
        """One update of the weights by the next batch, uint8 (T, B, H, W, C)."""
        begun = time.perf_counter()
        x = to_float(next(stream), self.device)  # (T, B, C, H, W)
        self.optimizer.zero_grad(set_to_none=True)
        losses = self._loss(x, self.generator)
        losses.total.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.steps += 1
        mse, kld = self._reported(losses)
        spent = time.perf_counter() - begun
        self.seconds += spent
        event = StepFinished(
            step=self.steps,
            epoch=epoch,
            loss=mse + self.config.model.beta * kld,
            mse=mse,
            kld=kld,
            frames_per_s=x.shape[0] * x.shape[1] / spent,
            seconds=self.seconds,
        )
        self.run.record(event)
        return event

    @torch.no_grad()
    def test(self, epoch: int) -> EpochFinished:
        """The losses of a fixed test batch with fixed noise and BatchNorm's running statistics."""
        self.model.eval()
        x = to_float(self.test_batch[: self.config.model.n_frames], self.device)
        mse, kld = self._reported(self._loss(x, torch.Generator(self.device).manual_seed(self.config.seed)))
        self.model.train()
        event = EpochFinished(epoch, self.steps, mse + self.config.model.beta * kld, mse, kld)
        self.run.log(f"epoch {epoch}: step {self.steps}, test mse {mse:.6f}, test kld {kld:.4f}")
        return event

    def previews(self) -> Events:
        """Previews of the test clips, once a step at most. A server without imageio goes on without them."""
        if self.previewed == self.steps or not self.can_preview:
            return
        self.previewed = self.steps
        clips = to_float(self.test_batch[:, :PREVIEW_CLIPS], self.device)
        self.model.eval()
        try:
            yield from make_previews(self.model, clips, self.run.previews, self.steps, self.config.seed)
        except ExportError as error:
            self.can_preview = False
            self.run.log(f"no preview: {error}")
            yield Logged(f"no preview: {error}", "warning")
        finally:
            self.model.train()

    def save(self, name: str) -> CheckpointSaved:
        """Writes checkpoints/<name>.pt."""
        path = self.run.checkpoints / f"{name}.pt"
        random = {"torch": torch.get_rng_state(), "noise": self.generator.get_state(), "best": self.best, "seconds": self.seconds}
        checkpoint.save(path, self.model, self.config, self.steps, optimizer=self.optimizer, random=random)
        return CheckpointSaved(path, self.steps, name.partition("_")[0])

    def keep(self) -> None:
        """Saves the last checkpoint, unless nothing has been learned yet."""
        if self.steps:
            self.save("last")

    def restore(self, found: Checkpoint) -> None:
        """Takes over everything but the weights from a checkpoint of this run."""
        state = found.random
        if not found.optimizer or not state:
            raise CheckpointError(f"{found.path}: holds weights alone, no run to resume; start a new one with --model_dir")
        try:
            self.optimizer.load_state_dict(found.optimizer)
            self.generator.set_state(state["noise"])
            self.best, self.seconds = float(state["best"]), float(state["seconds"])
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise CheckpointError(
                f"{found.path}: its optimiser does not fit this device or these settings; start a new run with --model_dir"
            ) from error
        self.steps = found.step

    def improved(self, test_loss: float) -> bool:
        """Whether this test loss is the lowest so far."""
        better = test_loss < self.best
        self.best = min(self.best, test_loss)
        return better

    def _loss(self, x: Tensor, generator: torch.Generator) -> Losses:
        with autocast(self.device, self.precision):
            return self.model.loss(x, generator=generator)

    def _reported(self, losses: Losses) -> tuple[float, float]:
        """mse and kld as the original reports them: sums over T-1 steps, divided by T."""
        n_frames = self.config.model.n_frames
        return losses.mse.item() / n_frames, losses.kld.item() / n_frames


def make_optimizer(config: TrainConfig, model: SVG) -> torch.optim.Optimizer:
    """The optimiser by name; one for all modules does the same as the original's one per module."""
    parameters = model.parameters()
    if config.optimizer == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=config.lr)
    if config.optimizer == "sgd":
        return torch.optim.SGD(parameters, lr=config.lr)
    fused = next(model.parameters()).device.type in ("cpu", "cuda")
    return torch.optim.Adam(parameters, lr=config.lr, betas=(config.beta1, 0.999), fused=fused)


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


def _model(config: TrainConfig, resumed: Checkpoint | None) -> SVG:
    """Fresh weights, or those of the run resumed or of config.model_dir. Raises CheckpointError for another architecture."""
    model = models.build(config.model)
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
