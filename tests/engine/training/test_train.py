"""Training runs as a generator of events and leaves a consistent run folder, however it ends."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.plain import of as plain_of
from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import ConfigError, DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.control import Control
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.errors import CheckpointError, StudioError
from svg_studio.engine.events import (
    CheckpointSaved,
    EpochFinished,
    Event,
    Logged,
    PreviewSaved,
    RunFinished,
    RunStarted,
    StepFinished,
)
from svg_studio.engine.models.registry import build
from svg_studio.engine.optimizers import make_optimizer
from svg_studio.engine.runs.lines import Lines
from svg_studio.engine.sampling.rollout import sample_batch
from svg_studio.engine.training.previews import make_previews
from svg_studio.engine.training.train import train
from svg_studio.engine.training.trainer import Trainer
from svg_studio.engine.utils.device import has_bf16
from svg_studio.engine.utils.frames import to_float, to_uint8


def tiny_run(tmp_path: Path, model: dict | None = None, **settings: object) -> TrainConfig:
    shape = {"base_width": 2, "g_dim": 8, "z_dim": 3, "rnn_size": 8, "n_past": 2, "n_future": 3, **(model or {})}
    base = {
        "device": "cpu",
        "precision": "fp32",
        "batch_size": 4,
        "niter": 1,
        "epoch_size": 3,
        "n_eval": 6,
        "data_threads": 1,
        "preview_minutes": 0,
        "log_dir": str(tmp_path / "logs"),
        "name": "run",
    }
    return TrainConfig(model=ModelConfig(**shape), data=DataConfig(digits="drawn"), **{**base, **settings})


def of_kind(events: list[Event], kind: type) -> list:
    return [e for e in events if isinstance(e, kind)]


def test_that_a_run_says_what_it_does_and_leaves_its_folder(tmp_path: Path) -> None:
    config = tiny_run(tmp_path, niter=2, checkpoint_every=2)
    events = list(train(config))
    run = tmp_path / "logs" / "run"
    started = of_kind(events, RunStarted)[0]
    assert (started.run, started.steps, started.precision) == (run, 6, "fp32")
    assert [e.step for e in of_kind(events, StepFinished)] == [1, 2, 3, 4, 5, 6]
    assert [e.epoch for e in of_kind(events, EpochFinished)] == [0, 1]
    assert [e.kind for e in of_kind(events, CheckpointSaved)].count("last") == 5
    assert {p.name for p in (run / "checkpoints").iterdir()} == {"last.pt", "best.pt", "step_2.pt", "step_4.pt", "step_6.pt"}
    assert isinstance(events[-1], RunFinished)
    assert TrainConfig.load(run / "config.json") == config
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert set(lines[0]) == {"step", "epoch", "loss", "mse", "kld", "frames_per_s", "seconds"}
    assert (run / "log.txt").read_text().count("epoch") == 2


def test_that_losses_are_those_of_the_per_frame_loop_as_the_original_reports_them(tmp_path: Path) -> None:
    config = tiny_run(tmp_path, {"time_chunk": 1}, epoch_size=1)
    step = of_kind(list(train(config)), StepFinished)[0]
    torch.manual_seed(config.seed)
    model = build(config.model)
    clips = open_clips(config.data, split="train", image_width=64, channels=1, n_frames=5, seed=config.seed)
    eps = torch.randn(4, 4, 3, generator=torch.Generator().manual_seed(config.seed))
    mse, kld = (v.item() / 5 for v in plain_of(model, train=True).losses(to_float(clips.batch(range(4))), eps))
    assert step.mse == pytest.approx(mse, rel=1e-4)
    assert step.kld == pytest.approx(kld, rel=1e-3)
    assert step.loss == pytest.approx(mse + 1e-4 * kld, rel=1e-4)


def test_that_training_learns(tmp_path: Path) -> None:
    config = tiny_run(tmp_path, {"base_width": 8, "g_dim": 32, "rnn_size": 32}, epoch_size=60, batch_size=8)
    mse = [e.mse for e in of_kind(list(train(config)), StepFinished)]
    assert np.mean(mse[-5:]) < 0.5 * mse[0]


@pytest.mark.parametrize("prior,tiles", [("learned", 6), ("fixed", 6)])
def test_that_an_epoch_ends_with_previews(tmp_path: Path, prior: str, tiles: int) -> None:
    import imageio.v3 as iio

    (preview,) = of_kind(list(train(tiny_run(tmp_path, {"prior": prior}))), PreviewSaved)
    assert preview.step == 3
    assert not preview.frames.flags.writeable
    gif = iio.imread(preview.gif)
    assert len(gif) == 6  # n_eval frames
    assert gif.shape[:3] == preview.frames.shape[:3]
    strip = iio.imread(preview.png)
    assert strip.shape[0] >= 4 * tiles * 64  # a row a tile: truth, best or first, four more, for each of 4 clips
    assert strip.shape[1] >= 6 * 64
    assert (preview.png.parent / "rec_3.png").is_file()


@pytest.mark.parametrize("kind", [StepFinished, CheckpointSaved])
def test_that_previews_come_when_asked_for_at_any_event(tmp_path: Path, kind: type) -> None:
    control = Control()
    seen: list[Event] = []
    for event in train(tiny_run(tmp_path, epoch_size=4, checkpoint_every=1), control=control):
        seen.append(event)
        if isinstance(event, kind) and event.step == 2:
            control.ask_for_preview()
    assert [e.step for e in of_kind(seen, PreviewSaved)] == [2, 4]


def test_that_an_epochs_end_answers_who_asked_for_previews_meanwhile(tmp_path: Path) -> None:
    control = Control()
    seen: list[Event] = []
    for event in train(tiny_run(tmp_path, niter=2), control=control):
        seen.append(event)
        if isinstance(event, EpochFinished):
            control.ask_for_preview()
    assert [e.step for e in of_kind(seen, PreviewSaved)] == [3, 6]


def test_that_previews_come_every_n_steps(tmp_path: Path) -> None:
    events = list(train(tiny_run(tmp_path, epoch_size=5, preview_every=2)))
    assert [e.step for e in of_kind(events, PreviewSaved)] == [2, 4, 5]


class Clock:
    """Stands in for `time` in a module: every look at it is `tick` seconds after the one before."""

    def __init__(self, tick: float) -> None:
        self._now, self._tick = 0.0, tick

    def perf_counter(self) -> float:
        self._now += self._tick
        return self._now


@pytest.mark.parametrize("minutes, steps", [(1.0, [3, 9, 12]), (2.0, [3, 12]), (0.25, [2, 4, 6, 8, 10, 12]), (0.0, [12])])
def test_that_the_first_preview_comes_within_a_minute_and_others_by_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minutes: float, steps: list[int]
) -> None:
    monkeypatch.setattr("svg_studio.engine.training.train.time", Clock(10.0))  # which a step takes
    monkeypatch.setattr("svg_studio.engine.training.trainer.REST", 0.0)
    events = list(train(tiny_run(tmp_path, epoch_size=12, preview_minutes=minutes)))
    assert [e.step for e in of_kind(events, PreviewSaved)] == steps
    losses = [e.loss for e in of_kind(events, StepFinished)]
    other = tiny_run(tmp_path, epoch_size=12, name="other")
    assert losses == [e.loss for e in of_kind(list(train(other)), StepFinished)], "training knows nothing of previews"


def test_that_a_session_that_goes_on_with_a_run_has_a_first_preview_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("svg_studio.engine.training.train.time", Clock(10.0))
    config = tiny_run(tmp_path, epoch_size=12, preview_minutes=10.0)
    events = train(config)
    seen = []
    for event in events:
        seen.append(event)
        if isinstance(event, StepFinished) and event.step == 5:
            break
    events.close()
    assert [e.step for e in of_kind(seen, PreviewSaved)] == [3]
    again = list(train(config, str(tmp_path / "logs" / "run")))
    assert [e.step for e in of_kind(again, PreviewSaved)] == [8, 12], "30 s after it went on, and at the epoch's end"


def test_that_previews_by_time_take_a_tenth_of_it_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("svg_studio.engine.training.train.time", Clock(10.0))
    monkeypatch.setattr("svg_studio.engine.training.pace.Pace.cost", lambda self, kind: 5.0)
    events = list(train(tiny_run(tmp_path, epoch_size=16, preview_minutes=0.1)))
    assert [e.step for e in of_kind(events, PreviewSaved)] == [1, 6, 11, 16]


def test_that_stopping_saves_a_checkpoint(tmp_path: Path) -> None:
    events = train(tiny_run(tmp_path, epoch_size=100))
    for event in events:
        if isinstance(event, StepFinished) and event.step == 2:
            break
    events.close()
    found = checkpoint.load(tmp_path / "logs" / "run")
    assert found.step == 2
    assert found.optimizer is not None
    assert len((tmp_path / "logs" / "run" / "metrics.jsonl").read_text().splitlines()) == 2


def test_that_the_same_seed_gives_the_same_losses_with_any_number_of_threads(tmp_path: Path) -> None:
    runs = [
        [e.loss for e in of_kind(list(train(tiny_run(tmp_path, name=f"r{n}", data_threads=n))), StepFinished)] for n in (0, 1, 3)
    ]
    assert runs[0] == runs[1] == runs[2]
    other = of_kind(list(train(tiny_run(tmp_path, name="other", seed=2))), StepFinished)
    assert other[0].loss != runs[0][0]


@pytest.mark.parametrize("name,kind", [("adam", torch.optim.Adam), ("rmsprop", torch.optim.RMSprop), ("sgd", torch.optim.SGD)])
def test_that_every_optimiser_trains(tmp_path: Path, name: str, kind: type) -> None:
    config = tiny_run(tmp_path, optimizer=name, lr=0.01, beta1=0.7)
    optimizer = make_optimizer(config, build(config.model))
    assert isinstance(optimizer, kind)
    assert optimizer.param_groups[0]["lr"] == 0.01
    if name == "adam":
        assert optimizer.param_groups[0]["betas"] == (0.7, 0.999)
    losses = [e.loss for e in of_kind(list(train(config)), StepFinished)]
    assert losses[0] != losses[1] != losses[2]


def test_that_bf16_trains_and_is_said_to_be_slow_where_it_is(tmp_path: Path) -> None:
    events = list(train(tiny_run(tmp_path, precision="bf16")))
    reference = list(train(tiny_run(tmp_path, precision="fp32", name="reference")))
    ours, theirs = (of_kind(e, StepFinished)[0] for e in (events, reference))
    assert ours.mse == pytest.approx(theirs.mse, rel=0.02)
    assert ours.kld == pytest.approx(theirs.kld, rel=0.05)
    assert ours.mse != theirs.mse
    assert bool(of_kind(events, Logged)) is not has_bf16(torch.device("cpu"))


def test_that_a_resumed_run_has_the_losses_of_one_that_was_not_stopped(tmp_path: Path) -> None:
    whole = [e.loss for e in of_kind(list(train(tiny_run(tmp_path, name="whole", niter=2, epoch_size=4))), StepFinished)]
    config = tiny_run(tmp_path, niter=2, epoch_size=4)
    events = train(config)
    for event in events:
        if isinstance(event, StepFinished) and event.step == 3:
            break
    events.close()
    run = tmp_path / "logs" / "run"
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"step": 4, "loss": 1}\n{"step": 5, "lo')  # what a kill leaves behind its last checkpoint
    resumed = list(train(config, str(run)))
    assert [e.loss for e in of_kind(resumed, StepFinished)] == whole[3:]
    assert [json.loads(line)["loss"] for line in (run / "metrics.jsonl").read_text().splitlines()] == whole
    assert checkpoint.load(run).step == 8


def test_that_recomputing_gives_the_same_run_stopped_and_resumed_or_not(tmp_path: Path) -> None:
    runs = {}
    for name, recompute in (("plain", False), ("thrifty", True)):
        config = tiny_run(tmp_path, {"time_chunk": 2}, name=name, recompute=recompute, niter=2)
        events = train(config)
        seen = []
        for event in events:
            seen.append(event)
            if isinstance(event, StepFinished) and event.step == 4:
                break
        events.close()
        seen += list(train(config, str(tmp_path / "logs" / name)))
        runs[name] = [e.loss for e in of_kind(seen, StepFinished)], [e.test_loss for e in of_kind(seen, EpochFinished)]
    assert runs["plain"] == runs["thrifty"]
    assert len(runs["plain"][0]) == 6


def test_that_a_run_recomputes_where_it_is_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from svg_studio.engine.models import blocks

    calls = []
    monkeypatch.setattr("svg_studio.engine.models.svg.recomputed", lambda *given: calls.append(1) or blocks.recomputed(*given))
    list(train(tiny_run(tmp_path, {"time_chunk": 2}, name="plain", epoch_size=1)))
    assert not calls
    list(train(tiny_run(tmp_path, {"time_chunk": 2}, name="thrifty", epoch_size=1, recompute=True)))
    assert len(calls) == 3 + 2  # 5 frames are encoded by chunks of 2, 4 are decoded


def test_that_recomputing_wants_chunks_of_time(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"recompute: .* time_chunk=0 .*; set it to 1 or more"):
        tiny_run(tmp_path, recompute=True)


def test_that_weights_alone_are_not_resumed(tmp_path: Path) -> None:
    config = tiny_run(tmp_path)
    (tmp_path / "logs" / "run").mkdir(parents=True)
    checkpoint.save(tmp_path / "logs" / "run" / "checkpoints" / "last.pt", build(config.model), config, 3)
    with pytest.raises(CheckpointError, match="holds weights alone"):
        list(train(config, str(tmp_path / "logs" / "run")))


def test_that_a_full_disk_is_said_and_nothing_is_kept_that_the_metrics_do_not_tell_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.FileIO):
        def write(self, line: bytes) -> int:  # type: ignore[override]
            if b'"step": 3' in line:
                raise OSError(28, "No space left on device")
            return super().write(line[:40])  # a disk may take a part

    def open_full(self: Lines, path: Path) -> None:
        self._path, self._file, self._left = path, Full(path, "ab"), b""

    monkeypatch.setattr(Lines, "__init__", open_full)
    with pytest.raises(StudioError, match=r"metrics\.jsonl: the disk is full; free some space .*, then resume the run$"):
        list(train(tiny_run(tmp_path, checkpoint_every=2)))
    run = tmp_path / "logs" / "run"
    assert checkpoint.load(run).step == 2
    monkeypatch.undo()
    list(train(tiny_run(tmp_path), str(run)))
    assert [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()] == [1, 2, 3]


def test_that_no_thread_outlives_a_run(tmp_path: Path) -> None:
    events = train(tiny_run(tmp_path))
    while not isinstance(next(events), StepFinished):
        pass
    assert any(t.name.startswith("batches") for t in threading.enumerate())
    events.close()
    assert not any(t.name.startswith("batches") for t in threading.enumerate())


def test_that_the_test_loss_uses_running_statistics(tmp_path: Path) -> None:
    config = tiny_run(tmp_path)
    epoch = of_kind(list(train(config)), EpochFinished)[0]
    model = checkpoint.load_model(tmp_path / "logs" / "run")
    clips = open_clips(config.data, split="test", image_width=64, channels=1, n_frames=6, seed=config.seed)
    x = to_float(clips.batch(range(4))[:5])
    losses = model.loss(x, generator=torch.Generator().manual_seed(config.seed))
    assert epoch.test_mse == pytest.approx(losses.mse.item() / 5, rel=1e-5)
    assert epoch.test_kld == pytest.approx(losses.kld.item() / 5, rel=1e-4)


def test_that_the_best_checkpoint_is_the_one_of_the_lowest_test_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([0.3, 0.1, 0.2])
    monkeypatch.setattr(Trainer, "test", lambda self, epoch: EpochFinished(epoch, self.step, next(losses), 0, 0))
    list(train(tiny_run(tmp_path, niter=3)))
    best = checkpoint.load(tmp_path / "logs" / "run" / "checkpoints" / "best.pt")
    assert best.step == 6


@pytest.mark.parametrize("prior", ["learned", "fixed"])
def test_that_previews_show_truth_the_best_of_twenty_and_others(tmp_path: Path, prior: str) -> None:
    torch.manual_seed(0)
    model = build(ModelConfig(base_width=2, g_dim=8, z_dim=3, rnn_size=8, n_past=2, n_future=3, prior=prior)).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(4)
    x = torch.rand(6, 3, 1, 64, 64)
    *_, saved = make_previews(model, x, tmp_path, 7, 1)
    assert isinstance(saved, PreviewSaved)
    tile = lambda row, column: saved.frames[:, 5 + row * 70 :, 5 + column * 70 :, 0][:, :64, :64]  # noqa: E731  # gap 4, border 1
    assert np.array_equal(tile(1, 0), to_uint8(x[:, 1])[..., 0])
    videos = torch.stack(list(sample_batch(model, x[:2], range(1, 21), 4)))  # (T', K, B, C, H, W)
    if prior == "learned":
        best = (videos - x[2:, None]).square().sum((0, 3, 4, 5)).argmin(0)
        assert np.abs(tile(1, 1)[2:].astype(int) - to_uint8(videos[:, best[1], 1])[..., 0]).max() <= 1
    else:
        assert np.abs(tile(1, 2)[2:].astype(int) - to_uint8(videos[:, 1, 1])[..., 0]).max() <= 1
    import imageio.v3 as iio

    rec = iio.imread(tmp_path / "rec_7.png")
    x_hat, _, _ = model.predict(x[:5], generator=torch.Generator().manual_seed(1))
    expected = to_uint8(x_hat[2, 0])[..., 0]  # frame 3 of the first clip, in the second row
    windows = np.lib.stride_tricks.sliding_window_view(rec.reshape(*rec.shape[:2], -1)[..., 0], (64, 64))
    assert (np.abs(windows[60:75, 190:205].astype(int) - expected).max((-1, -2)) <= 1).any()


def test_that_a_run_starts_from_the_weights_of_another(tmp_path: Path) -> None:
    list(train(tiny_run(tmp_path)))
    first = tmp_path / "logs" / "run"
    events = train(tiny_run(tmp_path, name="next", model_dir=str(first), epoch_size=1, lr=1e-12))
    list(events)
    a, b = (checkpoint.load(tmp_path / "logs" / n).weights["prior"]["mu_net.weight"] for n in ("run", "next"))
    torch.testing.assert_close(a, b)
    with pytest.raises(CheckpointError, match="another architecture"):
        next(train(tiny_run(tmp_path, {"z_dim": 4}, name="third", model_dir=str(first))))


def test_that_a_run_is_not_written_over(tmp_path: Path) -> None:
    list(train(tiny_run(tmp_path)))
    with pytest.raises(StudioError, match="run of that name is there already"):
        list(train(tiny_run(tmp_path)))


def test_that_a_log_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match=r"file: cannot be written .*; choose another log folder"):
        list(train(tiny_run(tmp_path, log_dir=str(tmp_path / "file"))))


def test_that_settings_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="n_eval=4: needs at least n_past \\+ n_future = 5 frames"):
        tiny_run(tmp_path, n_eval=4)
    with pytest.raises(ConfigError, match="batch_size=1"):
        tiny_run(tmp_path, {"time_chunk": 1}, batch_size=1)
    with pytest.raises(ConfigError, match="batch_size=1"):
        tiny_run(tmp_path, {"time_chunk": 2}, batch_size=1)  # of 5 frames the last stands alone
    list(train(tiny_run(tmp_path, batch_size=1, epoch_size=1)))


def test_that_a_device_that_is_not_there_is_refused(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(StudioError, match="device=cuda: this machine has none"):
        next(train(tiny_run(tmp_path, device="cuda")))
