"""The engine lane on a real thread: what jobs say arrives, in order, and stopping, pausing and failing end as promised."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt, QThread
from pytestqt.qtbot import QtBot

from svg_studio.engine import control
from svg_studio.engine.control import Control
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Event, Events, Failed, Finished, JobStarted, Logged, Paused, Progressed, Resumed, Stopped
from svg_studio.engine.worker import Job, Worker

ENDS = (Finished, Stopped, Failed)
PATIENCE = 20.0  # seconds after which a test that hangs fails instead


class Listener(QObject):
    """Keeps what a lane says, and whether it was heard on the window's thread."""

    def __init__(self, lane: Worker) -> None:
        super().__init__()
        self.lane = lane
        self.heard: list[tuple[Job, Event]] = []
        self.busy_at_ends: list[bool] = []
        self.at_home = True
        lane.happened.connect(self.hear)

    def hear(self, job: Job, event: Event) -> None:
        self.heard.append((job, event))
        self.at_home &= QThread.currentThread() is self.thread()
        if isinstance(event, ENDS):
            self.busy_at_ends.append(self.lane.busy)

    def of(self, job: Job) -> list[Event]:
        return [event for by, event in self.heard if by is job]

    def has(self, job: Job, kind: type | tuple[type, ...]) -> bool:
        return any(isinstance(event, kind) for event in self.of(job))


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A module of the engine whose functions a test makes up."""
    module = types.ModuleType("svg_studio.engine.fake_jobs")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


@pytest.fixture
def lane(qapp: QObject) -> Iterator[Worker]:
    engine = Worker("a lane")
    engine.start()
    yield engine
    engine.shutdown()
    assert engine.wait(int(PATIENCE * 1000))


@pytest.fixture
def listener(lane: Worker) -> Listener:
    return Listener(lane)


@pytest.fixture
def until(qtbot: QtBot) -> Callable[[Callable[[], bool]], None]:
    """Lets the window's events run until something is so."""

    def wait(condition: Callable[[], bool]) -> None:
        qtbot.waitUntil(condition, timeout=int(PATIENCE * 1000))

    return wait


def counting(total: int) -> Events:
    for k in range(total):
        yield Progressed(k, total)


def endless() -> Events:
    k = 0
    while True:
        yield Progressed(k, 0)
        k += 1


def add(jobs: types.ModuleType, function: Callable[..., Events], **arguments: Any) -> Job:
    jobs.__dict__[function.__name__] = function
    return Job(f"fake_jobs:{function.__name__}", arguments)


Until = Callable[[Callable[[], bool]], None]


def test_that_two_thousand_events_arrive_in_order_on_the_windows_thread(
    lane: Worker, listener: Listener, jobs: types.ModuleType, until: Until
) -> None:
    job = lane.submit(add(jobs, counting, total=2000))
    until(lambda: listener.has(job, ENDS))
    first, *middle, last = listener.of(job)
    assert isinstance(first, JobStarted)
    assert [event.done for event in middle if isinstance(event, Progressed)] == list(range(2000))
    assert len(middle) == 2000
    assert isinstance(last, Finished)
    assert listener.at_home


def test_that_jobs_run_off_the_windows_thread_one_after_the_other(
    lane: Worker, listener: Listener, jobs: types.ModuleType, until: Until
) -> None:
    threads = []

    def noting() -> Events:
        threads.append(threading.get_ident())
        yield Logged("here")

    first, second = lane.submit(add(jobs, counting, total=50)), lane.submit(add(jobs, noting))
    until(lambda: listener.has(second, ENDS))
    assert [job for job, _ in listener.heard] == [first] * 52 + [second] * 3
    assert threads[0] != threading.get_ident()


def test_that_stopped_is_said_after_the_generators_finally(
    lane: Worker, listener: Listener, jobs: types.ModuleType, until: Until
) -> None:
    trail: list[str] = []

    def tidy() -> Events:
        try:
            yield from endless()
        finally:
            trail.append("tidied")

    def note(_: Job, event: Event) -> None:
        if isinstance(event, Stopped):
            trail.append("stopped")

    lane.happened.connect(note, Qt.ConnectionType.DirectConnection)  # on the lane's thread, where the order is made
    job = lane.submit(add(jobs, tidy))
    until(lambda: listener.has(job, Progressed))
    job.stop()
    until(lambda: listener.has(job, ENDS))
    assert isinstance(listener.of(job)[-1], Stopped)
    assert trail == ["tidied", "stopped"]


def test_that_a_job_stopped_while_it_waits_never_starts(
    lane: Worker, listener: Listener, jobs: types.ModuleType, until: Until
) -> None:
    running = lane.submit(add(jobs, endless))
    waiting = lane.submit(add(jobs, counting, total=1))
    waiting.stop()
    running.stop()
    until(lambda: listener.has(waiting, ENDS))
    assert listener.of(waiting) == [Stopped()]


def test_that_a_paused_job_stands_still_until_it_is_resumed(
    lane: Worker, listener: Listener, jobs: types.ModuleType, until: Until
) -> None:
    made: list[int] = []
    asked = threading.Event()

    def waiting_for_the_pause() -> Events:
        for k in range(4):
            if k == 2:
                asked.wait(PATIENCE)
            made.append(k)
            yield Progressed(k, 4)

    job = lane.submit(add(jobs, waiting_for_the_pause))
    until(lambda: len(listener.of(job)) == 3)
    job.pause()
    asked.set()
    until(lambda: listener.has(job, Paused))
    assert job.paused
    assert made == [0, 1, 2]  # the event in hand, and no more
    job.resume()
    until(lambda: listener.has(job, ENDS))
    said = listener.of(job)[4:]
    assert said == [Paused(), Resumed(), Progressed(3, 4), Finished()]


def test_that_a_paused_job_can_be_stopped(lane: Worker, listener: Listener, jobs: types.ModuleType, until: Until) -> None:
    job = add(jobs, endless)
    job.pause()
    lane.submit(job)
    until(lambda: listener.has(job, Paused))
    job.stop()
    job.pause()  # too late to hold it
    until(lambda: listener.has(job, ENDS))
    assert listener.of(job)[1:] == [Progressed(0, 0), Paused(), Stopped()]


def test_that_a_held_job_goes_on_where_what_it_watches_for_has_happened(
    lane: Worker, listener: Listener, jobs: types.ModuleType, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "LOOK_S", 0.01)
    happened, looks = threading.Event(), []

    def watching(control: Control) -> Events:
        control.watch = lambda: looks.append(1) or happened.is_set()
        control.pause()
        yield Progressed(1, 2)
        control.watch = None
        yield Progressed(2, 2)
        yield Progressed(2, 2)

    job = lane.submit(add(jobs, watching))
    until(lambda: len(looks) > 2)
    assert listener.of(job)[1:] == [Progressed(1, 2), Paused()]
    happened.set()
    until(lambda: len(listener.of(job)) == 5)
    assert listener.of(job)[3:] == [Progressed(2, 2), Paused()], "held again, for nobody has resumed"
    job.stop()
    until(lambda: listener.has(job, ENDS))


def test_that_a_stopping_job_cannot_be_paused() -> None:
    job = Job("fake_jobs:endless")
    job.stop()
    job.pause()
    assert not job.paused


def test_that_a_job_that_takes_a_control_is_given_its_own(
    lane: Worker, listener: Listener, jobs: types.ModuleType, until: Until
) -> None:
    given: list[Control] = []

    def controlled(control: Control) -> Events:
        given.append(control)
        yield Logged(str(control.take_preview()))
        yield Logged(str(control.take_preview()))

    job = add(jobs, controlled)
    job.control.ask_for_preview()
    lane.submit(job)
    until(lambda: listener.has(job, ENDS))
    assert given == [job.control]
    assert [event.text for event in listener.of(job) if isinstance(event, Logged)] == ["True", "False"]


def test_that_a_failure_is_told_and_the_lane_goes_on(
    lane: Worker, listener: Listener, jobs: types.ModuleType, until: Until
) -> None:
    def failing() -> Events:
        yield Logged("so far so good")
        raise DataError("no clips in kth/store-64; run Convert\x1b[2J")

    bad, good = lane.submit(add(jobs, failing)), lane.submit(add(jobs, counting, total=1))
    until(lambda: listener.has(good, ENDS))
    end = listener.of(bad)[-1]
    assert isinstance(end, Failed)
    assert end.sentence == r"no clips in kth/store-64; run Convert\x1b[2J"
    assert "in failing" in end.traceback
    assert "DataError" in end.traceback
    assert isinstance(listener.of(good)[-1], Finished)


@pytest.mark.parametrize("target", ["no_such_module:job", "fake_jobs:no_such_function", "fake_jobs"])
def test_that_a_job_that_does_not_exist_fails(
    lane: Worker, listener: Listener, jobs: types.ModuleType, until: Until, target: str
) -> None:
    job = lane.submit(Job(target))
    until(lambda: listener.has(job, ENDS))
    assert isinstance(listener.of(job)[-1], Failed)


def test_that_failing_to_tidy_up_after_a_stop_is_a_failure(
    lane: Worker, listener: Listener, jobs: types.ModuleType, until: Until
) -> None:
    def untidy() -> Events:
        try:
            yield from endless()
        finally:
            raise OSError(28, "No space left on device", "last.pt")

    job = lane.submit(add(jobs, untidy))
    until(lambda: listener.has(job, Progressed))
    job.stop()
    until(lambda: listener.has(job, ENDS))
    end = listener.of(job)[-1]
    assert isinstance(end, Failed)
    assert end.sentence == "last.pt: No space left on device"


def test_that_the_lane_is_free_when_it_says_that_a_job_has_ended(
    lane: Worker, listener: Listener, jobs: types.ModuleType, until: Until
) -> None:
    for k in range(200):
        job = lane.submit(add(jobs, counting, total=1))
        until(lambda job=job: listener.has(job, ENDS))  # type: ignore[misc]
        assert len(listener.busy_at_ends) == k + 1
    assert not any(listener.busy_at_ends)
    assert lane.current is None


@pytest.mark.parametrize("paused", [False, True])
def test_that_shutting_down_ends_what_runs_and_what_waits(
    qapp: QObject, jobs: types.ModuleType, until: Until, paused: bool
) -> None:
    engine = Worker("a lane")
    listener = Listener(engine)
    engine.start()
    running, waiting = engine.submit(add(jobs, endless)), engine.submit(add(jobs, counting, total=1))
    until(lambda: listener.has(running, Progressed))
    assert engine.current is running
    assert engine.busy
    if paused:
        running.pause()
        until(lambda: listener.has(running, Paused))
    engine.shutdown()
    assert engine.wait(int(PATIENCE * 1000))
    until(lambda: listener.has(waiting, ENDS))
    assert isinstance(listener.of(running)[-1], Stopped)
    assert listener.of(waiting) == [Stopped()]
    assert not engine.busy


def test_that_a_lane_that_has_shut_down_takes_no_more_jobs(qapp: QObject, jobs: types.ModuleType) -> None:
    engine = Worker("a lane")
    listener = Listener(engine)
    engine.start()
    engine.shutdown()
    assert engine.wait(int(PATIENCE * 1000))
    job = engine.submit(add(jobs, counting, total=1))
    assert listener.of(job) == [Stopped()]
    assert not engine.busy
