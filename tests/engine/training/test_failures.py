"""What goes wrong in a run is said in a sentence, leaves its folder as good as it was, and leaves no memory behind."""

from __future__ import annotations

import json
import re
import sys
import traceback
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import TrainConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import CheckpointSaved, Remedy, StepFinished
from svg_studio.engine.models.registry import build
from svg_studio.engine.runs.state import RunState
from svg_studio.engine.training import failures, trainer
from svg_studio.engine.training import train as loop
from svg_studio.engine.training.failures import Diverged, MemoryReturned, explain_failures, fitting_batch_size, gradient_norm
from svg_studio.engine.training.memory import estimate
from svg_studio.engine.training.train import train
from svg_studio.engine.training.trainer import Trainer
from tools import faults
from tools.victims import tiny

NAN, INF = float("nan"), float("inf")


def at_step(monkeypatch: pytest.MonkeyPatch, number: int, poison) -> None:  # type: ignore[no-untyped-def]
    """`poison(x)` takes the place of the batch of one step; tests and previews have theirs."""
    to_float, batches = loop.to_float, []

    def poisoned(frames: np.ndarray, device: torch.device) -> Tensor:
        x: Tensor = to_float(frames, device)
        if frames.shape[0] == 5 and not torch.is_inference_mode_enabled() and torch.is_grad_enabled():
            batches.append(1)
            return poison(x) if len(batches) == number else x
        return x

    monkeypatch.setattr(loop, "to_float", poisoned)


def state_of(config: TrainConfig) -> RunState:
    found = RunState.read(Path(config.log_dir) / config.name)
    assert found is not None
    return found


@pytest.mark.parametrize("value,word", [(NAN, r"no number \(NaN\)"), (INF, r"(infinite|no number \(NaN\))")])
def test_that_a_poisoned_batch_stops_the_run_before_a_checkpoint_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float, word: str
) -> None:
    at_step(monkeypatch, 6, lambda x: x.fill_(value))
    config = tiny(tmp_path)
    run = tmp_path / "run"
    with pytest.raises(Diverged, match=rf"^step 6: the \w+.* became {word}, .* step 4 with a lower learning rate$") as raised:
        list(train(config))
    assert raised.value.remedy == Remedy({"lr": 0.001}, str(run))
    assert checkpoint.load(run / "checkpoints" / "last.pt").step == 4
    assert all(v.isfinite().all() for part in checkpoint.load(run).weights.values() for v in part.values())
    assert len((run / "metrics.jsonl").read_text().splitlines()) == 5
    state = state_of(config)
    assert (state.state, state.step) == ("failed", 5)
    assert state.reason.startswith("step 6: the")


def test_that_a_gradient_without_bounds_stops_the_run_though_its_loss_is_finite(tmp_path: Path) -> None:
    events = train(tiny(tmp_path))
    while not isinstance(next(events), StepFinished):
        pass
    next(trainer_of(events).model.prior.parameters()).register_hook(lambda grad: grad * INF)
    with pytest.raises(
        Diverged, match=r"^step 2: the gradient became .*; no checkpoint .*; start again with .* than lr=0.002$"
    ) as raised:
        list(events)
    assert not list((tmp_path / "run" / "checkpoints").iterdir())
    assert raised.value.remedy == Remedy({"lr": 0.001})


def test_that_weights_without_bounds_are_not_kept(tmp_path: Path) -> None:
    events = train(tiny(tmp_path, epoch_size=100, checkpoint_every=1))
    saved = [e for e in (next(events) for _ in range(4)) if isinstance(e, CheckpointSaved)]
    assert [e.step for e in saved] == [1, 1]
    trainer_of(events).model.decoder.state_dict()["upc1.1.running_var"].fill_(INF)  # BatchNorm's, of which no gradient tells
    with pytest.raises(Diverged, match=r"^step 2: the model's weights became infinite"):
        list(events)
    assert checkpoint.load(tmp_path / "run").step == 1


def trainer_of(events) -> Trainer:  # type: ignore[no-untyped-def]
    """The trainer of a run that stands at an event."""
    inner = events
    while "trainer" not in inner.gi_frame.f_locals:
        inner = inner.gi_yieldfrom
    found: Trainer = inner.gi_frame.f_locals["trainer"]
    return found


def test_that_a_test_loss_that_is_no_number_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tiny(tmp_path, epoch_size=2, checkpoint_every=0)
    events = train(config)
    for event in events:
        if isinstance(event, StepFinished) and event.step == 4:
            break
    trainer_of(events).test_batch = np.full_like(trainer_of(events).test_batch, 0)
    monkeypatch.setattr(trainer, "to_float", lambda frames, device: torch.full((*frames.shape[:2], 1, 64, 64), NAN))
    with pytest.raises(Diverged, match=r"^step 4: the reconstruction error became"):
        list(events)
    assert checkpoint.load(tmp_path / "run").step == 2


def test_that_a_gradient_norm_is_that_of_all_gradients() -> None:
    a, b, none = (torch.zeros(2, requires_grad=True) for _ in range(3))
    a.grad, b.grad = torch.tensor([3.0, 0.0]), torch.tensor([0.0, 4.0])
    assert gradient_norm([a, none, b]).item() == 5.0
    for bad in (NAN, INF, -INF):
        b.grad[0] = bad
        assert not gradient_norm([a, b]).isfinite()


def test_that_an_error_inside_a_step_keeps_the_checkpoint_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(x: Tensor) -> Tensor:
        raise ZeroDivisionError("by 0")

    at_step(monkeypatch, 6, lambda x: x[:1])  # one frame is no clip; step 5 is in no checkpoint yet
    config = tiny(tmp_path)
    with pytest.raises((RuntimeError, IndexError)):
        list(train(config))
    assert checkpoint.load(tmp_path / "run").step == 4
    assert state_of(config).state == "failed"
    monkeypatch.undo()
    at_step(monkeypatch, 2, raises)  # before anything is computed: what was learned is kept
    with pytest.raises(ZeroDivisionError):
        list(train(config, str(tmp_path / "run")))
    assert checkpoint.load(tmp_path / "run").step == 5
    assert state_of(config).reason == "ZeroDivisionError: by 0"


@pytest.mark.parametrize(
    "error,asked",
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a capacity of 8 GiB"), "20.00 MiB"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 512 bytes."), "512 bytes"),
        (MemoryError("Unable to allocate 2.10 GiB for an array with shape (1,)"), "2.10 GiB"),
    ],
)  # fmt: skip
def test_that_memory_that_does_not_suffice_is_told_with_a_batch_size_that_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, asked: str
) -> None:
    def raises(x: Tensor) -> Tensor:
        raise error

    config = tiny(tmp_path, batch_size=6)
    room = estimate(tiny(tmp_path, batch_size=4)) / failures.ROOM + 1
    monkeypatch.setattr(failures, "_free", lambda device: room)
    at_step(monkeypatch, 2, raises)
    with pytest.raises(
        StudioError, match=rf"^batch_size=6: the memory .* \({asked} more were asked for\); batch_size=4 should fit$"
    ) as raised:
        list(train(config))
    assert raised.value.remedy == Remedy({"batch_size": 4})
    assert state_of(config).reason.endswith("batch_size=4 should fit")


def test_that_other_errors_of_the_runtime_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="shapes do not fit"), explain_failures(tiny(tmp_path), torch.device("cpu"), "fp32"):
        raise RuntimeError("shapes do not fit")
    sentence = r"^/far/away: cannot be read or written \(Input/output error\); mend that, then resume the run$"
    with pytest.raises(StudioError, match=sentence), explain_failures(tiny(tmp_path), torch.device("cpu"), "fp32"):
        raise OSError(5, "Input/output error", "/far/away")


def test_that_the_batch_size_that_fits_is_the_largest_that_does(tmp_path: Path) -> None:
    config = tiny(tmp_path, batch_size=64)
    for fits in (2, 3, 33, 63):
        need = estimate(tiny(tmp_path, batch_size=fits)) / failures.ROOM
        assert fitting_batch_size(config, need + 1, bf16=False, gpu=False) == fits
    assert fitting_batch_size(config, 1.0, bf16=False, gpu=False) == 0
    assert fitting_batch_size(config, 1e15, bf16=False, gpu=False) == 32  # though by the estimate all would have fitted
    assert fitting_batch_size(config, None, bf16=False, gpu=False) == 32


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[weakref.ref]:
    """What a session is made of."""
    refs: list[weakref.ref] = []
    init = Trainer.__init__

    def watch(self: Trainer, *given: object) -> None:
        init(self, *given)  # type: ignore[arg-type]
        refs.extend([weakref.ref(self.model), weakref.ref(self.optimizer), weakref.ref(next(self.model.parameters()))])

    monkeypatch.setattr(Trainer, "__init__", watch)
    return refs


def test_that_nothing_of_a_failed_run_is_held_while_its_error_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watched: list[weakref.ref]
) -> None:
    def raises(x: Tensor) -> Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")

    at_step(monkeypatch, 2, raises)
    with pytest.raises(StudioError) as failure:
        list(train(tiny(tmp_path)))
    assert len(watched) == 3
    assert [ref() for ref in watched] == [None] * 3
    assert isinstance(failure.value.__cause__, torch.OutOfMemoryError)
    assert traceback.extract_tb(failure.value.__cause__.__traceback__)[-1].name == "raises"  # for the log


def test_that_nothing_of_a_stopped_run_is_held(tmp_path: Path, watched: list[weakref.ref]) -> None:
    events = train(tiny(tmp_path))
    while not isinstance(next(events), StepFinished):
        pass
    assert all(ref() is not None for ref in watched)
    events.close()
    assert [ref() for ref in watched] == [None] * 3


def test_that_frames_of_an_error_and_of_its_cause_let_go() -> None:
    def inner() -> None:
        model = build(tiny(Path()).model)
        refs.append(weakref.ref(model))
        raise ValueError

    def outer() -> None:
        held = build(tiny(Path()).model)
        refs.append(weakref.ref(held))
        try:
            inner()
        except ValueError as error:
            raise StudioError("so") from error

    refs: list[weakref.ref] = []
    with pytest.raises(StudioError) as failure, MemoryReturned():
        outer()
    assert [ref() for ref in refs] == [None, None]
    assert failure.value.__cause__ is not None


def test_that_looking_at_gradients_changes_no_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def losses(name: str) -> list[float]:
        list(train(tiny(tmp_path, name=name, niter=1)))
        return [json.loads(line)["loss"] for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()]

    checked = losses("checked")
    monkeypatch.setattr(trainer, "gradient_norm", lambda parameters: torch.zeros(()))
    assert losses("unchecked") == checked
    assert len(set(checked)) == 4


def test_that_ten_minutes_are_the_most_that_can_be_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_KEEP_S", "KEEP_S"):
        monkeypatch.setattr(f"svg_studio.engine.training.train.{name}", 0.0)
    events = [e for e in train(tiny(tmp_path, niter=1, checkpoint_every=0)) if isinstance(e, CheckpointSaved)]
    assert [e.step for e in events if e.kind == "last"] == [1, 2, 3, 4, 4]


def test_that_a_run_has_its_first_checkpoint_after_a_minute_and_then_one_each_ten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = trainer.Trainer.finish_step
    slow = lambda self, epoch, mse, kld, seconds: finish(self, epoch, mse, kld, 30.0)  # noqa: E731
    monkeypatch.setattr(trainer.Trainer, "finish_step", slow)
    config = tiny(tmp_path, niter=1, epoch_size=25, checkpoint_every=0, preview_minutes=0)
    events = [e for e in train(config) if isinstance(e, CheckpointSaved)]
    assert [e.step for e in events if e.kind == "last"] == [2, 22, 25]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="POSIX's limits and signals")
@pytest.mark.parametrize(
    "fault,told,held",
    [
        (
            faults.file_size_limit,
            "last.pt: cannot be written, the disk seems full; free space",
            "state failed, .* last.pt of step 4",
        ),
        (
            faults.error_inside_a_step,
            "^ZeroDivisionError: raised inside a step$",
            "state failed, .* 1..4 .* last.pt of step 4",
        ),
        (
            faults.batch_of_nan,
            "step 5: the reconstruction error became no number",
            "state failed, .* 1..4 .* last.pt of step 4",
        ),
        (
            faults.data_removed,
            "at the next start: no clips in .*",
            "state finished, .* 1..12 .* last.pt of step 12",
        ),
        (faults.killed_in_a_write, "nothing could be told", r"state running \(crashed\), .*, last.pt of step 4"),
    ],
)
def test_that_the_fault_script_finds_every_run_whole_afterwards(tmp_path: Path, fault, told: str, held: str) -> None:  # type: ignore[no-untyped-def]
    outcome = fault(tmp_path)
    assert re.search(told, outcome.told)
    assert re.search(held, outcome.held)
    assert "DAMAGED" not in outcome.held
    assert outcome.goes_on == "metrics of steps 1..12 once each"
