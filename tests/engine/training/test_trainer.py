"""A run that goes on does what it would have done, from whatever checkpoint, and says where it cannot."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import TrainConfig
from svg_studio.engine.errors import CheckpointError, StudioError
from svg_studio.engine.events import CheckpointSaved, EpochFinished, Event, Logged, PreviewSaved, RunFinished, StepFinished
from svg_studio.engine.runs.folder import RunFolder
from svg_studio.engine.runs.lines import Lines
from svg_studio.engine.runs.state import Best, RunState
from svg_studio.engine.training.train import train
from svg_studio.engine.training.trainer import Trainer
from tools.victims import tiny


def losses(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / "metrics.jsonl").read_text().splitlines()]


def stopped(config: TrainConfig, when: Callable[[Event], bool], resume: str = "") -> list[Event]:
    """What a run says until it is stopped after an event."""
    events, seen = train(config, resume), []
    for event in events:
        seen.append(event)
        if when(event):
            break
    events.close()
    return seen


def after_step(number: int) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, StepFinished) and event.step == number


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 12 steps in 3 epochs that nobody disturbed; its checkpoints step_3, 6, 9, 12, best and last."""
    config = tiny(tmp_path_factory.mktemp("whole"))
    list(train(config))
    return Path(config.log_dir) / config.name


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(whole, tmp_path / "run"))


def same_weights(one: Path, other: Path) -> bool:
    a, b = checkpoint.load(one), checkpoint.load(other)
    same = [torch.equal(v, b.weights[part][key]) for part, weights in a.weights.items() for key, v in weights.items()]
    moments = [torch.equal(v, b.optimizer["state"][n][key]) for n, s in a.optimizer["state"].items() for key, v in s.items()]  # type: ignore[index]
    return all(same) and all(moments) and torch.equal(a.random["noise"], b.random["noise"])  # type: ignore[index]


@pytest.mark.parametrize("step", [2, 4, 5, 12])  # in mid-epoch, before an epoch's end is tested, after one, before the last
def test_that_a_run_stopped_anywhere_ends_as_one_that_was_not(tmp_path: Path, whole: Path, step: int) -> None:
    config = tiny(tmp_path)
    before = stopped(config, after_step(step))
    state = RunState.read(tmp_path / "run")
    assert state is not None
    assert (state.state, state.step, state.steps, state.pid) == ("stopped", step, 12, os.getpid())
    after = list(train(config, str(tmp_path / "run")))
    assert losses(tmp_path / "run") == losses(whole)
    for name in ("last.pt", "best.pt"):
        assert same_weights(tmp_path / "run" / "checkpoints" / name, whole / "checkpoints" / name)
    tests = [e.step for e in (*before, *after) if isinstance(e, EpochFinished)]
    assert tests == [4, 8, 12]
    ended, undisturbed = RunState.read(tmp_path / "run"), RunState.read(whole)
    assert ended is not None
    assert undisturbed is not None
    assert (ended.state, ended.best, ended.started) == ("finished", undisturbed.best, state.started)


def test_that_the_best_checkpoint_stays_the_best_after_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = iter([0.2, 0.4, 0.3])
    monkeypatch.setattr(Trainer, "test", lambda self, epoch: EpochFinished(epoch, self.step, next(figures), 0.5, 0.6))
    config = tiny(tmp_path)
    stopped(config, after_step(6))
    list(train(config, str(tmp_path / "run")))
    assert checkpoint.load(tmp_path / "run" / "checkpoints" / "best.pt").step == 4
    state = RunState.read(tmp_path / "run")
    assert state is not None
    assert state.best == Best(4, 0.5, 0.2)


def test_that_previews_in_between_disturb_nothing(tmp_path: Path, whole: Path) -> None:
    config = tiny(tmp_path, preview_every=2)
    seen = stopped(config, after_step(7)) + list(train(config, str(tmp_path / "run")))
    assert {2, 4, 6, 8} < {e.step for e in seen if isinstance(e, PreviewSaved)}
    assert losses(tmp_path / "run") == losses(whole)


def test_that_the_random_state_of_others_disturbs_nothing(tmp_path: Path, whole: Path) -> None:
    config = tiny(tmp_path)
    stopped(config, after_step(5))
    torch.manual_seed(99)
    torch.rand(7)
    list(train(config, str(tmp_path / "run")))
    assert losses(tmp_path / "run") == losses(whole)


def test_that_a_finished_run_says_so_and_can_be_extended(tmp_path: Path, copied: Path, whole: Path) -> None:
    with pytest.raises(StudioError, match=r"run: is finished after 12 steps; extend it by a larger number of epochs than niter=3$"):
        list(train(tiny(tmp_path), str(copied)))
    assert losses(copied) == losses(whole)
    ended = RunState.read(copied)
    assert ended is not None
    assert ended.state == "finished"
    list(train(tiny(tmp_path, niter=4), str(copied)))
    list(train(tiny(tmp_path, niter=4, name="longer")))
    assert losses(copied) == losses(tmp_path / "longer")
    assert TrainConfig.load(copied / "config.json").niter == 4


def test_that_a_run_killed_before_it_could_say_that_it_is_finished_says_so(tmp_path: Path, copied: Path, whole: Path) -> None:
    state = RunState.read(copied)
    assert state is not None
    replace(state, state="running").write(copied)
    seen = list(train(tiny(tmp_path), str(copied)))
    assert isinstance(seen[-1], RunFinished)
    assert not any(isinstance(e, StepFinished) for e in seen)
    ended = RunState.read(copied)
    assert ended is not None
    assert (ended.state, ended.step, ended.best) == ("finished", 12, state.best)
    assert losses(copied) == losses(whole)


def test_that_a_run_goes_on_from_the_checkpoint_that_is_named(tmp_path: Path, copied: Path, whole: Path) -> None:
    config = tiny(tmp_path)
    seen = stopped(config, after_step(8), str(copied / "checkpoints" / "step_6.pt"))
    assert [e.step for e in seen if isinstance(e, StepFinished)] == [7, 8]
    assert checkpoint.load(copied).step == 8  # though step_9 and step_12 are there
    list(train(config, str(copied)))
    assert losses(copied) == losses(whole)


def test_that_the_named_checkpoint_is_the_last_one_before_anything_is_cut(tmp_path: Path, copied: Path) -> None:
    events = train(tiny(tmp_path), str(copied / "checkpoints" / "step_6.pt"))
    next(e for e in events if isinstance(e, Logged))
    assert checkpoint.load(copied / "checkpoints" / "last.pt").step == 6
    assert len(losses(copied)) == 6
    events.close()


def test_that_an_older_checkpoint_is_taken_where_the_last_is_damaged(tmp_path: Path, copied: Path, whole: Path) -> None:
    last = copied / "checkpoints" / "last.pt"
    last.write_bytes(last.read_bytes()[:1000])
    for age, name in enumerate(("step_6", "best", "step_9", "step_3", "step_12")):
        os.utime(copied / "checkpoints" / f"{name}.pt", (1e9 - age, 1e9 - age))
    seen = list(train(tiny(tmp_path), str(copied)))
    assert [e.step for e in seen if isinstance(e, StepFinished)] == [7, 8, 9, 10, 11, 12]
    assert any("last.pt: " in e.text and "older one is tried" in e.text for e in seen if isinstance(e, Logged))
    assert losses(copied) == losses(whole)


def test_that_the_last_checkpoint_is_the_newest_whatever_its_time(copied: Path) -> None:
    for path in (copied / "checkpoints").iterdir():
        os.utime(path, (2e9, 2e9))
    os.utime(copied / "checkpoints" / "last.pt", (1e9, 1e9))
    assert checkpoint.find(copied).name == "last.pt"
    first, *others = checkpoint.candidates(copied)
    assert first.name == "last.pt"
    assert len(others) == 5


def test_that_a_run_with_nothing_to_go_on_from_begins_again(tmp_path: Path, copied: Path, whole: Path) -> None:
    shutil.rmtree(copied / "checkpoints")
    seen = list(train(tiny(tmp_path), str(copied)))
    assert any("starts again from step 0" in e.text for e in seen if isinstance(e, Logged))
    assert losses(copied) == losses(whole)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match="empty: holds no checkpoint"):
        list(train(tiny(tmp_path), str(tmp_path / "empty")))


def test_that_another_learning_rate_is_taken_and_told(tmp_path: Path, copied: Path, whole: Path) -> None:
    config = tiny(tmp_path, lr=0.001, niter=4)
    seen = stopped(config, after_step(14), str(copied))
    assert any(e.text.endswith("goes on from step 12 with lr=0.001 instead of 0.002") for e in seen if isinstance(e, Logged))
    assert "goes on from step 12 with lr=0.001 instead of 0.002, of last.pt" in (copied / "log.txt").read_text()
    found = checkpoint.load(copied)
    assert found.optimizer is not None
    assert found.optimizer["param_groups"][0]["lr"] == found.config.lr == 0.001
    stopped(tiny(tmp_path, niter=4, name="same"), after_step(14))
    ours, theirs = losses(copied), losses(tmp_path / "same")
    assert ours[:13] == theirs[:13]  # the step after the change is computed before its update
    assert ours[13] != theirs[13]


def test_that_a_run_that_another_one_writes_is_left_alone(tmp_path: Path, copied: Path) -> None:
    events = train(tiny(tmp_path, niter=4), str(copied))
    while not isinstance(next(events), StepFinished):
        pass
    before = (copied / "metrics.jsonl").read_bytes(), (copied / "config.json").read_bytes()
    with pytest.raises(StudioError, match=rf"process {os.getpid()} on .* has been training this run since .*; stop it there first"):
        list(train(tiny(tmp_path, niter=5), str(copied)))
    with pytest.raises(StudioError, match="a run of that name is there already"):
        list(train(tiny(tmp_path, niter=5)))
    assert before == ((copied / "metrics.jsonl").read_bytes(), (copied / "config.json").read_bytes())
    state = RunState.read(copied)
    assert state is not None
    assert state.state in ("running", "paused")  # it stands at an event
    events.close()
    stopped(tiny(tmp_path, niter=4), after_step(14), str(copied))


def test_that_metrics_are_cut_to_whole_lines_of_the_steps_before(tmp_path: Path) -> None:
    lines = [json.dumps({"step": n, "loss": n / 10}) for n in (1, 2, 2, 3)]
    torn = "\n".join([*lines, '{"step": "x"}', "[]", "nonsense", '{"step": 4}', '{"step": 6}', '{"step": 5, "lo'])
    (tmp_path / "metrics.jsonl").write_text(torn)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / ".last.pt.part").write_bytes(b"half")
    run = RunFolder(tmp_path)
    run.begin(tiny(tmp_path), 5)
    run.close()
    kept = [json.loads(line)["step"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert kept == [1, 2, 3, 4]
    assert "1 of the first 5 steps are missing or unreadable" in (tmp_path / "log.txt").read_text()
    assert not list((tmp_path / "checkpoints").iterdir())
    (tmp_path / "metrics.jsonl").write_text('{"step": 1}\n{"step": 2}')  # torn before its end of line
    run = RunFolder(tmp_path)
    run.begin(tiny(tmp_path), 2)
    run.close()
    assert (tmp_path / "metrics.jsonl").read_text() == '{"step": 1}\n'


def test_that_a_start_that_failed_leaves_its_name_free(tmp_path: Path) -> None:
    config = tiny(tmp_path)
    run = RunFolder.new(config)
    run.begin(config)
    RunState(state="failed").write(run.path)
    run.close()
    (run.path / ".state.json.part").write_text("{")
    RunFolder.new(config).close()
    (run.path / "holiday.jpg").write_text("")
    with pytest.raises(StudioError, match="choose another name"):
        RunFolder.new(config)


def test_that_lines_the_disk_refused_come_before_later_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Lines(tmp_path / "a.txt")
    lines.add("one")
    file = lines._file

    class Full:
        def write(self, data: bytes) -> int:
            if len(data) > 3:
                return file.write(data[:2])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(lines, "_file", Full())
    with pytest.raises(StudioError, match=r"a\.txt: the disk is full; free some space"):
        lines.add("three")
    monkeypatch.setattr(lines, "_file", file)
    lines.add("four")
    lines.close()
    assert (tmp_path / "a.txt").read_text() == "one\nthree\nfour\n"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this platform does not say which file a descriptor is of")
def test_that_metrics_are_on_disk_before_their_checkpoint_and_its_name_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    fsync, save = os.fsync, torch.save

    def noted(handle: int) -> None:
        calls.append(Path(f"/proc/self/fd/{handle}").resolve().name)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(torch, "save", lambda content, part: (calls.append("save"), save(content, part)))
    events = train(tiny(tmp_path))
    while not isinstance(next(events), CheckpointSaved):
        pass
    told = [name for name in calls if name in ("metrics.jsonl", "save", ".step_3.pt.part", "checkpoints")]
    events.close()
    assert told == ["metrics.jsonl", "save", ".step_3.pt.part", "checkpoints"]
