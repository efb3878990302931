"""A run's state.json tells how it stands, whoever wrote it, and its lock whether anybody is writing it."""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path

import pytest

from svg_studio.engine.errors import CheckpointError, StudioError
from svg_studio.engine.events import EpochFinished, Event, Logged, StepFinished
from svg_studio.engine.runs import lock as run_lock
from svg_studio.engine.runs import recorder as run_recorder
from svg_studio.engine.runs import state as run_state
from svg_studio.engine.runs.lock import RunLock
from svg_studio.engine.runs.recorder import Recorder, record
from svg_studio.engine.runs.state import Best, RunState, is_live
from svg_studio.engine.utils import workplace

FULL = RunState(
    state="paused", reason="so it is", step=3, steps=9, seconds=1.5, frames_per_s=20.0, best=Best(2, 0.1, 0.2), host="h", pid=7,
    device="CPU", precision="fp32", parameters=11, started=5.0, updated=6.0,
)  # fmt: skip


def step(number: int) -> StepFinished:
    return StepFinished(number, 0, 0.5, 0.4, 0.3, 100.0 + number, 2.0 * number)


def test_that_a_state_comes_back_as_it_was_written(tmp_path: Path) -> None:
    FULL.write(tmp_path)
    assert RunState.read(tmp_path) == FULL
    assert json.loads((tmp_path / "state.json").read_text())["best"] == {"step": 2, "test_mse": 0.1, "test_loss": 0.2}
    assert [p.name for p in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"running"',
        '{"step": 1}',
        '{"state": "flying"}',
        '{"state": ["running"]}',
        "[" * 100_000,
        "\x00",
        "ÿ",
    ],
)
def test_that_what_is_no_state_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_bytes(text.encode("latin-1"))
    assert RunState.read(tmp_path) is None


def test_that_no_file_and_no_folder_are_none(tmp_path: Path) -> None:
    assert RunState.read(tmp_path) is None
    assert RunState.read(tmp_path / "nothing") is None
    (tmp_path / "state.json").mkdir()
    assert RunState.read(tmp_path) is None
    assert not is_live(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this platform has no pipes in the file system")
def test_that_a_pipe_in_a_files_place_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "state.json")
    os.mkfifo(tmp_path / "run.lock")
    assert RunState.read(tmp_path) is None
    assert not is_live(tmp_path)


def test_that_odd_values_become_defaults(tmp_path: Path) -> None:
    odd = {
        "state": "failed", "reason": ["x"], "step": -1, "steps": True, "seconds": "1", "frames_per_s": float("nan"), "pid": 1 << 70,
        "best": {"step": 1, "test_mse": 0.1}, "device": None, "started": 10**400, "updated": float("inf"), "another": 1,
    }  # fmt: skip
    (tmp_path / "state.json").write_text(json.dumps(odd))
    assert RunState.read(tmp_path) == RunState(state="failed")
    (tmp_path / "state.json").write_text(json.dumps({"state": "failed", "seconds": -1.0, "started": -5}))
    assert RunState.read(tmp_path) == RunState(state="failed")
    (tmp_path / "state.json").write_text(json.dumps({"state": "failed", "reason": "a\nb" + "c" * 5000}))
    found = RunState.read(tmp_path)
    assert found is not None
    assert found.reason.startswith("a bccc")
    assert len(found.reason) == run_state.MAX_TEXT


def test_that_a_run_is_live_while_its_lock_is_held(tmp_path: Path) -> None:
    RunState(state="running", host=platform.node(), updated=time.time()).write(tmp_path)
    assert not is_live(tmp_path)
    lock = RunLock(tmp_path)
    assert is_live(tmp_path)
    assert workplace.holder(tmp_path / run_lock.NAME)[:2] == (platform.node(), os.getpid())
    lock.release()
    assert not is_live(tmp_path)


@pytest.mark.parametrize(
    "state,age,live",
    [("running", 30, True), ("paused", 30, True), ("running", 90, False), ("running", -90, False), ("stopped", 1, False)],
)
def test_that_a_run_of_another_machine_is_live_while_its_state_is_fresh(tmp_path: Path, state: str, age: float, live: bool) -> None:
    RunState(state=state, host="another", updated=time.time() - age).write(tmp_path)
    assert is_live(tmp_path) is live


def test_that_a_second_writer_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = RunLock(tmp_path)
    with pytest.raises(
        StudioError,
        match=rf"process {os.getpid()} on {platform.node()} has been training this run since \d+-.*; stop",
    ):
        RunLock(tmp_path)
    lock.release()
    RunLock(tmp_path).release()


def test_that_somebody_who_looks_whether_a_run_is_live_keeps_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    RunLock(tmp_path).release()
    take, looks = workplace.take_lock, []

    def taken_meanwhile(file, *, shared=False):  # type: ignore[no-untyped-def]
        looks.append(shared)
        return len(looks) > 2 and take(file, shared=shared)

    monkeypatch.setattr(workplace, "take_lock", taken_meanwhile)
    RunLock(tmp_path).release()
    assert looks == [False] * 3


def test_that_the_state_follows_the_events(tmp_path: Path) -> None:
    seen: list[RunState | None] = []

    def events():  # type: ignore[no-untyped-def]
        seen.append(RunState.read(tmp_path))
        yield step(1)
        yield EpochFinished(0, 1, 0.6, 0.5, 0.1)
        seen.append(RunState.read(tmp_path))
        yield EpochFinished(1, 2, 0.7, 0.3, 0.1)
        yield step(2)

    stream = record(tmp_path, RunState(steps=9, host="h", started=3.0), events())
    assert [type(e) for e in stream] == [StepFinished, EpochFinished, EpochFinished, StepFinished]
    first, tested = seen
    assert first is not None
    assert tested is not None
    assert (first.state, first.step, first.steps, first.host, first.started) == ("running", 0, 9, "h", 3.0)
    assert (tested.state, tested.step, tested.best) == ("running", 1, Best(1, 0.5, 0.6))
    end = RunState.read(tmp_path)
    assert end is not None
    assert (end.state, end.reason, end.step, end.seconds, end.frames_per_s) == ("finished", "", 2, 4.0, 102.0)
    assert end.best == Best(1, 0.5, 0.6)
    assert abs(end.updated - time.time()) < 60


@pytest.mark.parametrize(
    "error,reason",
    [(StudioError("one.\ntwo"), "one.\\ntwo"), (ZeroDivisionError("by 0"), "ZeroDivisionError: by 0"), (KeyError(), "KeyError")],
)
def test_that_a_failure_is_told_in_the_state_and_passed_on(tmp_path: Path, error: Exception, reason: str) -> None:
    def events():  # type: ignore[no-untyped-def]
        yield Logged("x")
        raise error

    with pytest.raises(type(error)):
        list(record(tmp_path, RunState(), events()))
    found = RunState.read(tmp_path)
    assert found is not None
    assert (found.state, found.reason) == ("failed", reason)


def test_that_stopping_is_told_and_what_goes_wrong_in_it_too(tmp_path: Path) -> None:
    def events(error: Exception | None):  # type: ignore[no-untyped-def]
        try:
            yield Logged("x")
        finally:
            if error:
                raise error

    stream = record(tmp_path, RunState(), events(None))
    next(stream)
    stream.close()
    stopped = RunState.read(tmp_path)
    assert stopped is not None
    assert (stopped.state, stopped.reason) == ("stopped", "")
    stream = record(tmp_path, RunState(), events(CheckpointError("no room")))
    next(stream)
    with pytest.raises(CheckpointError):
        stream.close()
    failed = RunState.read(tmp_path)
    assert failed is not None
    assert (failed.state, failed.reason) == ("failed", "no room")


def test_that_a_run_nobody_asks_to_go_on_is_paused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(run_recorder.time, "monotonic", lambda: now[0])
    recorder = Recorder(tmp_path, RunState())

    def state_after(seconds: float) -> str:
        now[0] += seconds
        recorder.beat()
        found = RunState.read(tmp_path)
        assert found is not None
        return found.state

    event: Event = step(1)
    recorder.note(event)
    assert state_after(0.5) == "running"
    assert state_after(1.0) == "paused"
    recorder.goes_on()
    assert state_after(50) == "running"  # a long step


def test_that_the_state_is_renewed_in_the_middle_of_a_long_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_recorder, "EVERY_S", 0.001)

    def events():  # type: ignore[no-untyped-def]
        first = RunState.read(tmp_path)
        while RunState.read(tmp_path).updated == first.updated:  # type: ignore[union-attr]
            pass
        yield Logged("renewed")

    assert list(record(tmp_path, RunState(), events())) == [Logged("renewed")]


def test_that_a_disk_that_refuses_the_state_does_not_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def events():  # type: ignore[no-untyped-def]
        def full(self: RunState, folder: Path) -> None:
            raise StudioError("the disk is full")

        monkeypatch.setattr(RunState, "write", full)
        yield EpochFinished(0, 1, 0.6, 0.5, 0.1)
        yield step(2)

    assert len(list(record(tmp_path, RunState(), events()))) == 2
