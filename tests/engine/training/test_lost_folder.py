"""A run whose folder vanishes keeps all that it has in memory, asks where to go on, and tells nobody what is not so."""

from __future__ import annotations

import errno
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from svg_studio.cli.run_job import follow, guard
from svg_studio.engine import control as control_module
from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import TrainConfig
from svg_studio.engine.control import Control
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import (
    CheckpointSaved,
    EpochFinished,
    Event,
    Logged,
    PreviewSaved,
    RunFinished,
    RunMoved,
    RunVanished,
    StepFinished,
)
from svg_studio.engine.runs import folder
from svg_studio.engine.runs.lines import Lines
from svg_studio.engine.runs.state import RunState
from svg_studio.engine.training import setup
from svg_studio.engine.training.failures import Diverged
from svg_studio.engine.training.train import train
from svg_studio.engine.training.trainer import Trainer
from tools.victims import tiny

LOOK_S = folder.LOOK_S
AT = 6  # the step after which the folder goes; checkpoints are of steps 3 and 4


@pytest.fixture(autouse=True)
def look_after_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "LOOK_S", 0.0)


def losses(run: Path) -> list[tuple[int, float]]:
    return [(line["step"], line["loss"]) for line in map(json.loads, (run / "metrics.jsonl").read_text().splitlines())]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, float]]:
    """Losses of a run that nobody disturbed."""
    config = tiny(tmp_path_factory.mktemp("whole"))
    list(train(config))
    return losses(Path(config.log_dir) / config.name)


def delete(run: Path) -> None:
    shutil.rmtree(run)


def move(run: Path) -> None:
    run.rename(run.with_name("away"))


def until_vanished(config: TrainConfig, control: Control | None, go: Callable[[Path], None], at: int = AT) -> Iterator[Event]:
    """A run whose folder goes after step `at`; the events after RunVanished."""
    events = train(config, control=control)
    for event in events:
        if isinstance(event, StepFinished) and event.step == at:
            go(Path(config.log_dir) / config.name)
        if isinstance(event, RunVanished):
            assert (event.run.name, event.step) == ("run", at)
            return events
    raise AssertionError("nobody noticed")


def test_that_a_folder_that_vanishes_during_a_pause_is_noticed_though_nobody_resumes(
    tmp_path: Path, whole: list[tuple[int, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_module, "LOOK_S", 0.01)
    control = Control()
    events = iter(train(tiny(tmp_path), control=control))
    next(event for event in events if isinstance(event, StepFinished) and event.step == AT)
    control.pause()
    threading.Timer(0.05, move, [tmp_path / "run"]).start()
    control.wait_while_paused()  # as the lane does
    assert control.paused
    event = next(events)
    assert isinstance(event, RunVanished)
    assert event.step == AT, "no step was taken meanwhile"
    resume = threading.Timer(0.05, control.resume, [str(tmp_path / "away")])
    resume.start()
    control.wait_while_paused()
    assert not control.paused, "it is known, and not said again"
    list(events)
    assert losses(tmp_path / "away") == whole


@pytest.mark.parametrize("go", [delete, move])
def test_that_a_run_goes_on_in_another_folder_as_if_nothing_had_happened(
    tmp_path: Path, whole: list[tuple[int, float]], go: Callable[[Path], None]
) -> None:
    control = Control()
    events = until_vanished(tiny(tmp_path / "gone"), control, go)
    assert control.paused
    control.resume(str(tmp_path / "elsewhere"))
    seen = list(events)
    run = tmp_path / "elsewhere" / "run"
    (moved,) = [event for event in seen if isinstance(event, RunMoved)]
    assert moved == RunMoved(run, tmp_path / "gone" / "run", AT, whole=False)
    assert isinstance(seen[-1], RunFinished)
    assert seen[-1].run == run
    assert losses(run) == whole, "the steps before, which lay in memory, too"
    assert TrainConfig.load(run / "config.json").log_dir == str(tmp_path / "elsewhere")
    assert (checkpoint.load(run).step, checkpoint.load(run / "checkpoints" / "best.pt").step > AT) == (12, True)
    assert [json.loads(line)["step"] for line in (run / "tests.jsonl").read_text().splitlines()] == [4, 8, 12]
    state = RunState.read(run)
    assert state is not None
    assert (state.state, state.step) == ("finished", 12)
    assert not (tmp_path / "gone" / "run").exists(), "nothing was made where the folder was"


def test_that_a_run_that_moved_and_was_stopped_goes_on_from_its_new_folder(tmp_path: Path, whole: list[tuple[int, float]]) -> None:
    control = Control()
    events = until_vanished(tiny(tmp_path / "gone"), control, delete)
    control.resume(str(tmp_path / "elsewhere"))
    next(event for event in events if isinstance(event, RunMoved))
    events.close()  # type: ignore[attr-defined]
    run = tmp_path / "elsewhere" / "run"
    assert checkpoint.load(run).step == AT
    list(train(TrainConfig.load(run / "config.json"), str(run)))
    assert losses(run) == whole


@pytest.mark.parametrize("choice", ["renamed", "its place"])
def test_that_the_folder_itself_is_known_again_where_it_was_moved_to(
    tmp_path: Path, whole: list[tuple[int, float]], choice: str
) -> None:
    control, there = Control(), tmp_path / "other" / "run"
    there.parent.mkdir()
    events = until_vanished(tiny(tmp_path / "gone"), control, lambda run: run.rename(there) and None)
    control.resume(str(there if choice == "renamed" else there.parent))
    (moved,) = [event for event in events if isinstance(event, RunMoved)]
    assert (moved.run, moved.whole) == (there, True)
    assert losses(there) == whole
    assert (there / "checkpoints" / "step_3.pt").is_file()
    assert [path.name for path in there.parent.iterdir()] == ["run"]


def test_that_a_folder_that_is_back_is_gone_on_in(tmp_path: Path, whole: list[tuple[int, float]]) -> None:
    control, run = Control(), tmp_path / "run"
    events = until_vanished(tiny(tmp_path), control, move)
    control.resume()
    again = next(event for event in events if isinstance(event, RunVanished))
    assert again.problem == f"{run}: is still not there"
    assert not run.exists()
    shutil.copytree(tmp_path / "away", run)  # as a disk that is read anew: other files of the same names
    control.resume()
    assert [event.whole for event in list(events) if isinstance(event, RunMoved)] == [True]
    assert losses(run) == whole


def test_that_another_run_in_its_place_is_left_alone(tmp_path: Path) -> None:
    control, run = Control(), tmp_path / "run"
    events = until_vanished(tiny(tmp_path), control, move)
    list(train(tiny(tmp_path, seed=2)))
    before = losses(run)
    control.resume()
    again = next(event for event in events if isinstance(event, RunVanished))
    assert "another run" in again.problem
    control.resume(str(tmp_path))
    assert next(event for event in events if isinstance(event, RunMoved)).run == tmp_path / "run-2"
    assert TrainConfig.load(tmp_path / "run-2" / "config.json").name == "run-2"
    events.close()  # type: ignore[attr-defined]
    assert losses(run) == before


def test_that_a_place_that_cannot_be_written_is_told_and_another_can_be_chosen(tmp_path: Path) -> None:
    control = Control()
    events = until_vanished(tiny(tmp_path / "gone"), control, delete)
    (tmp_path / "file").write_text("")
    control.resume(str(tmp_path / "file"))
    again = next(event for event in events if isinstance(event, RunVanished))
    assert str(tmp_path / "file") in again.problem
    control.resume(str(tmp_path / "here"))
    assert any(isinstance(event, RunMoved) for event in events)


def test_that_stopping_says_that_nothing_later_was_kept(tmp_path: Path) -> None:
    events = until_vanished(tiny(tmp_path), Control(), delete)
    with pytest.raises(StudioError, match=r"run: this folder has vanished.* step 6 and nothing later than step 4 was kept"):
        events.close()  # type: ignore[attr-defined]


def test_that_a_folder_that_goes_before_the_stop_is_told_though_nothing_was_to_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "LOOK_S", 3600.0)  # nobody has looked since the first step
    events = train(tiny(tmp_path), control=Control())
    for event in events:
        if isinstance(event, EpochFinished):
            break
    for event in events:
        if isinstance(event, StepFinished):
            break
    move(tmp_path / "run")
    with pytest.raises(StudioError, match="has vanished"):
        events.close()


def test_that_a_folder_that_goes_right_after_its_checkpoint_is_told_at_the_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = train(tiny(tmp_path), control=Control())
    for event in events:
        if isinstance(event, CheckpointSaved) and (event.kind, event.step) == ("last", 4):
            break
    monkeypatch.setattr(folder, "LOOK_S", float("inf"))  # it was looked at a moment ago
    move(tmp_path / "run")
    with pytest.raises(StudioError, match="has vanished"):
        events.close()


class Clock:
    """Stands in for `time` in a module: every look at it is half a second after the one before."""

    strftime = staticmethod(time.strftime)

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 0.5
        return self.now


def test_that_a_folder_that_vanishes_is_noticed_within_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(folder, "LOOK_S", LOOK_S)
    monkeypatch.setattr(folder, "time", clock)
    gone = 0.0
    events = train(tiny(tmp_path, niter=1, epoch_size=100, checkpoint_every=0), control=Control())
    for event in events:
        if isinstance(event, StepFinished) and event.step == AT:
            delete(tmp_path / "run")
            gone = clock.now
        if isinstance(event, RunVanished):
            break
    else:
        raise AssertionError("nobody noticed")
    assert 0 < clock.now - gone <= 3
    assert event.step <= AT + 6, "and not by the next checkpoint"
    with pytest.raises(StudioError):
        events.close()


def test_that_stopping_before_the_first_checkpoint_says_that_nothing_was_kept(tmp_path: Path) -> None:
    events = until_vanished(tiny(tmp_path, checkpoint_every=0, epoch_size=12, niter=1), Control(), delete)
    with pytest.raises(StudioError, match=r"training ended at step 6 and nothing was kept$"):
        events.close()  # type: ignore[attr-defined]


def test_that_the_run_that_goes_on_elsewhere_says_so_in_its_log_and_has_a_checkpoint_at_once(tmp_path: Path) -> None:
    control = Control()
    events = until_vanished(tiny(tmp_path / "gone"), control, delete)
    control.resume(str(tmp_path / "elsewhere"))
    seen = [next(events), next(events)]
    run = tmp_path / "elsewhere" / "run"
    assert isinstance(seen[0], RunMoved)
    assert seen[1] == CheckpointSaved(run / "checkpoints" / "last.pt", AT, "last")
    assert f"goes on after step 6 in {run}, which was {tmp_path / 'gone' / 'run'}" in (run / "log.txt").read_text()
    events.close()  # type: ignore[attr-defined]


def test_that_a_place_that_does_not_serve_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    control = Control()
    events = until_vanished(tiny(tmp_path / "gone"), control, delete)
    (tmp_path / "full").mkdir()
    with monkeypatch.context() as disk:
        disk.setattr(folder, "own_folder", full)
        control.resume(str(tmp_path / "full"))
        again = next(event for event in events if isinstance(event, RunVanished))
    assert "No space left on device" in again.problem
    assert list((tmp_path / "full").iterdir()) == [], "nothing half made"
    assert control.paused, "until there is another answer"
    control.resume()
    again = next(event for event in events if isinstance(event, RunVanished))
    assert "is still not there" in again.problem, "the place is asked for anew each time"
    with pytest.raises(StudioError):
        events.close()  # type: ignore[attr-defined]


def test_that_a_folder_that_another_process_has_been_in_is_not_gone_on_in(tmp_path: Path) -> None:
    control, run = Control(), tmp_path / "run"
    events = until_vanished(tiny(tmp_path), control, move)
    shutil.copytree(tmp_path / "away", run)
    state = RunState.read(run)
    assert state is not None
    replace(state, host="another").write(run)
    control.resume()
    again = next(event for event in events if isinstance(event, RunVanished))
    assert "another process, has been there since" in again.problem
    with pytest.raises(StudioError):
        events.close()  # type: ignore[attr-defined]


def test_that_the_terminal_ends_with_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def job() -> Iterator[Event]:
        for event in train(tiny(tmp_path)):
            yield event
            if isinstance(event, StepFinished) and event.step == AT:
                move(tmp_path / "run")

    assert guard(lambda: follow(job)) == 1  # type: ignore[arg-type]
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(f"svg-studio: {tmp_path / 'run'}: this folder has vanished")
    assert last.endswith("training ended at step 6 and nothing later than step 4 was kept, and that lies where the folder is now")


def test_that_a_disk_that_was_pulled_out_is_such_a_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its names may still be known, while every write is refused."""
    write = Lines._write

    def refused(lines: Lines) -> None:
        if lines._path.parent.name == "run" and lines._path.parent.parent.name == "gone" and b'"step": 6' in lines._left:
            raise StudioError("cannot be written") from OSError(errno.EIO, "Input/output error")
        write(lines)

    monkeypatch.setattr(Lines, "_write", refused)
    control = Control()
    events = until_vanished(tiny(tmp_path / "gone"), control, lambda run: None)
    control.resume(str(tmp_path / "here"))
    assert [event.run for event in list(events) if isinstance(event, RunMoved)] == [tmp_path / "here" / "run"]
    assert [step for step, _ in losses(tmp_path / "here" / "run")] == list(range(1, 13))


def test_that_a_file_with_another_number_and_the_same_words_is_no_reason_to_ask(tmp_path: Path) -> None:
    """As some network drives have it."""
    seen = []
    for event in train(tiny(tmp_path), control=Control()):
        seen.append(event)
        if isinstance(event, StepFinished) and event.step == AT:
            lock = tmp_path / "run" / "run.lock"
            said = lock.read_bytes()
            lock.unlink()
            lock.write_bytes(said)
    assert not any(isinstance(event, RunVanished) for event in seen)
    assert isinstance(seen[-1], RunFinished)


def test_that_a_run_that_nobody_answers_ends_at_once(tmp_path: Path) -> None:
    events = train(tiny(tmp_path))
    seen: list[Event] = []

    def follow_it() -> None:
        for event in events:
            seen.append(event)
            if isinstance(event, StepFinished) and event.step == AT:
                move(tmp_path / "run")
            assert not isinstance(event, RunVanished), "there is nobody to ask"

    with pytest.raises(StudioError, match="has vanished"):
        follow_it()
    assert isinstance(seen[-1], StepFinished)


def test_that_a_folder_that_goes_just_before_a_checkpoint_is_asked_about_too(
    tmp_path: Path, whole: list[tuple[int, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    control = Control()
    events = iter(train(tiny(tmp_path / "gone"), control=control))
    next(event for event in events if isinstance(event, StepFinished) and event.step == 7)
    monkeypatch.setattr(folder, "LOOK_S", float("inf"))  # nobody looks before the epoch's end writes its checkpoints
    delete(tmp_path / "gone" / "run")
    vanished = next(event for event in events if isinstance(event, RunVanished))
    assert vanished.step == 8
    control.resume(str(tmp_path / "here"))
    list(events)
    assert losses(tmp_path / "here" / "run") == whole


def test_that_a_run_that_goes_on_elsewhere_has_a_best_of_its_own_there_and_settings_of_where_it_is(tmp_path: Path) -> None:
    control = Control()
    found: list[Trainer] = []
    events = trained(tiny(tmp_path / "gone"), control, found)
    vanished = False
    for event in events:
        if isinstance(event, StepFinished) and event.step == AT:
            assert found[0].best is not None
            found[0].best = replace(found[0].best, test_loss=0.0)  # nothing that follows will be better
            delete(tmp_path / "gone" / "run")
        if isinstance(event, RunVanished):
            vanished = True
            control.resume(str(tmp_path / "here"))
    assert vanished
    run = tmp_path / "here" / "run"
    assert checkpoint.load(run / "checkpoints" / "best.pt").step > AT, "the one before lies in the folder that was lost"
    assert checkpoint.load(run).config.log_dir == str(tmp_path / "here")


def test_that_weights_that_are_no_numbers_are_no_matter_of_the_folder(tmp_path: Path) -> None:
    control = Control()
    found: list[Trainer] = []
    events = trained(tiny(tmp_path / "gone"), control, found)

    def follow_it() -> None:
        for event in events:
            if isinstance(event, StepFinished) and event.step == AT:
                delete(tmp_path / "gone" / "run")
            if isinstance(event, RunVanished):
                assert not event.problem, "it ends, and does not ask again"
                with torch.no_grad():
                    next(found[0].model.parameters()).fill_(float("nan"))
                control.resume(str(tmp_path / "here"))

    with pytest.raises(Diverged):
        follow_it()


def test_that_a_full_disk_is_no_lost_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Event] = []

    def full(*_: object, **__: object) -> None:
        raise StudioError("cannot be written") from OSError(errno.ENOSPC, "No space left on device")

    def follow_it() -> None:
        for event in train(tiny(tmp_path), control=Control()):
            seen.append(event)
            assert not isinstance(event, RunVanished)
            if isinstance(event, StepFinished) and event.step == AT:
                monkeypatch.setattr(checkpoint, "save", full)

    with pytest.raises(StudioError, match="cannot be written"):
        follow_it()
    assert not any(isinstance(event, EpochFinished) and event.step > 8 for event in seen), "it ends where it was to be kept"


def test_that_previews_go_on_elsewhere_where_the_folder_went_just_before_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = Control()
    events = iter(train(tiny(tmp_path / "gone", preview_every=7), control=control))
    next(event for event in events if isinstance(event, StepFinished) and event.step == 7)
    monkeypatch.setattr(folder, "LOOK_S", float("inf"))
    delete(tmp_path / "gone" / "run")
    seen = [next(event for event in events if isinstance(event, RunVanished))]
    control.resume(str(tmp_path / "here"))
    seen += list(events)
    assert not [event for event in seen if isinstance(event, Logged) and "no preview" in event.text]
    assert any(isinstance(event, PreviewSaved) and event.gif.is_relative_to(tmp_path / "here") for event in seen)


def trained(config: TrainConfig, control: Control, found: list[Trainer]) -> Iterator[Event]:
    """A run whose trainer is `found`."""

    class Found(Trainer):
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            found.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(setup, "Trainer", Found)
        yield from train(config, control=control)
