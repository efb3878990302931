"""The first signal ends whatever waits, wherever that is; what is being learned is kept; a second signal ends at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.places import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals to send")

# A job that says so when it waits; `deaf` is a call that returns for no signal.
JOB = """
import ctypes, os, queue, sys, threading, time
from pathlib import Path
from svg_studio.cli import console, run_job
from svg_studio.app import _leave
from svg_studio.engine.config import TrainConfig
from svg_studio.engine.events import Logged, RunStarted, StepFinished

def deaf():
    mutex = ctypes.create_string_buffer(256)
    libc = ctypes.CDLL(None)
    libc.pthread_mutex_init(mutex, None)
    libc.pthread_mutex_lock(mutex)
    libc.pthread_mutex_lock(mutex)

def pipe():
    os.mkfifo(sys.argv[2])
    open(sys.argv[2]).read()

WAITS = {
    "a lock": lambda: threading.Event().wait(), "a named pipe": pipe, "sleep": lambda: time.sleep(1000), "a call": deaf,
    "stdin": lambda: sys.stdin.read(), "a queue": lambda: queue.Queue().get(),
    "a thread": lambda: threading.Thread(target=deaf).start(),  # the job goes on and ends, the thread does not
}

def job():
    print("waits", file=sys.stderr, flush=True)
    WAITS[sys.argv[1]]()
    while True:
        time.sleep(0.01)
        yield Logged("")

def learning():
    try:
        yield RunStarted(Path("r"), TrainConfig().to_dict(), 1, "CPU", "fp32", 9)
        for step in range(1, 10**9):
            if step == 2:
                print("waits", file=sys.stderr, flush=True)
            time.sleep(0.2 if step < 2 else 1.7)  # longer than any job that has nothing to keep is given
            yield StepFinished(step, 0, 1.0, 1.0, 1.0, 1.0, 1.0)
    finally:
        print("kept", file=sys.stderr, flush=True)

console.set_up()
sys.exit(_leave(run_job.guard(lambda: run_job.follow(learning if sys.argv[1] == "a step" else job))))
"""


def ended_by(numbers: list[signal.Signals], *waits: str) -> tuple[int, str]:
    """Status and last words of a job that waits and gets these signals one after another."""
    command = [sys.executable, "-c", JOB, *waits]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            while "waits" not in process.stderr.readline():
                assert process.poll() is None
            said = ""
            for number in numbers:
                process.send_signal(number)
                said = said or process.stderr.readline()
            return process.wait(30), said + process.stderr.read()
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("waits", ["a lock", "a named pipe", "sleep", "stdin", "a queue"])
def test_that_the_first_signal_ends_a_wait(waits: str, number: signal.Signals, tmp_path: Path) -> None:
    status, said = ended_by([number], waits, str(tmp_path / "pipe"))
    assert status == 1
    assert said.splitlines() == [
        "stopping after the step in hand; a second signal ends at once",
        "svg-studio: stopped while it waited",
    ]


def test_that_the_first_signal_ends_a_call_that_hears_of_none() -> None:
    assert ended_by([signal.SIGTERM], "a call")[0] == 128 + signal.SIGTERM


def test_that_a_thread_that_hangs_is_not_waited_for() -> None:
    status, said = ended_by([signal.SIGTERM], "a thread")
    assert status == 0
    assert "stopped" in said


@pytest.mark.parametrize(
    "numbers",
    [[signal.SIGTERM], [signal.SIGHUP], [signal.SIGHUP, signal.SIGHUP], [signal.SIGHUP, signal.SIGTERM]],
    ids=lambda numbers: "+".join(number.name for number in numbers),
)
def test_that_a_step_in_hand_is_ended_and_kept(numbers: list[signal.Signals]) -> None:
    """Also where a terminal goes, of which a shell and a session's manager tell once more."""
    status, said = ended_by(numbers, "a step")
    assert status == 0
    assert said.splitlines()[1:] == ["kept", "stopped"]


def test_that_a_second_signal_ends_at_once() -> None:
    status, said = ended_by([signal.SIGINT, signal.SIGTERM], "a step")
    assert status == -signal.SIGTERM
    assert "kept" not in said


def test_that_what_nohup_ignores_stays_ignored() -> None:
    ignoring = "import signal; from svg_studio.cli.signals import heeded; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    said = subprocess.run([sys.executable, "-c", f"{ignoring}; print(*heeded())"], cwd=ROOT, capture_output=True, check=True)
    assert said.stdout.split() == [b"%d" % signal.SIGINT, b"%d" % signal.SIGTERM]
