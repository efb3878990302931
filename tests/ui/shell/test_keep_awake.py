"""The computer is kept awake while a model trains, by a child that never outlives its use."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot
from support.places import ROOT

from svg_studio.engine.events import Event, Failed, Finished, JobStarted, Paused, Progressed, Resumed, Stopped
from svg_studio.engine.worker import Job
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.shell import keep_awake
from svg_studio.ui.shell.keep_awake import KeepAwake, means

TRAINING = Job("training.train:train")
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such children")
# Runs its last word, as systemd-inhibit does.
RUNS = 'for last; do :; done\n"$last"\necho ended >> "{log}"\n'
STUBBORN = 'trap "" TERM\nsleep 1000 &\necho $! > "{log}.pid"\nwait\n'
REFUSES = "exit 1\n"
StandIn = Callable[[str, str], Path]
Children = Callable[[], list[psutil.Process]]


class Counted:
    """A platform that counts."""

    def __init__(self) -> None:
        self.held = False

    def hold(self) -> None:
        self.held = True

    def release(self) -> None:
        self.held = False


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    platform = Counted()
    monkeypatch.setattr(keep_awake, "means", lambda name: platform)
    return platform


def test_that_it_is_held_while_a_model_trains_and_at_no_other_time(counted: Counted, qapp: object) -> None:
    keep = KeepAwake(Preferences())
    assert not counted.held
    keep.on_event(Job("data.convert:convert"), JobStarted("Converting"))
    assert not counted.held
    ends: list[Event] = [Finished(), Stopped(), Failed("x"), Paused()]
    for end in ends:
        keep.on_event(TRAINING, JobStarted("Training"))
        keep.on_event(TRAINING, Progressed(1, 2))
        assert counted.held
        keep.on_event(Job("data.convert:convert"), end)
        assert counted.held, "that was another job"
        keep.on_event(TRAINING, end)
        assert not counted.held
    keep.on_event(TRAINING, Resumed())
    assert counted.held


def test_that_the_switch_works_at_once_and_is_remembered(counted: Counted, qapp: object) -> None:
    settings = Preferences()
    keep = KeepAwake(settings)
    keep.on_event(TRAINING, JobStarted("Training"))
    keep.switch.trigger()
    assert not counted.held
    keep.on_event(TRAINING, Resumed())
    assert not counted.held
    settings.save()
    again = KeepAwake(Preferences())
    assert not again.switch.isChecked()
    again.on_event(TRAINING, JobStarted("Training"))
    assert not counted.held
    again.switch.trigger()
    assert counted.held


def test_that_the_end_of_the_program_releases(counted: Counted, qapp: QCoreApplication) -> None:
    keep = KeepAwake(Preferences())
    keep.on_event(TRAINING, JobStarted("Training"))
    qapp.aboutToQuit.emit()
    assert not counted.held


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Puts a program onto PATH that notes its arguments; returns the file that it notes them in."""

    def make(name: str, body: str) -> Path:
        log = tmp_path / "log.txt"
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\nfor word; do echo "$word" >> "{log}"; done\n' + body.format(log=log))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        return log

    return make


@pytest.fixture(name="children")
def children_of_this_test() -> Children:
    """The processes that were started since the test began."""
    before = psutil.Process().children()
    return lambda: [child for child in psutil.Process().children() if child not in before]


def noted(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


@POSIX
def test_that_linux_asks_systemd_and_lets_go_in_order(stand_in: StandIn, children: Children, qtbot: QtBot) -> None:
    log = stand_in("systemd-inhibit", RUNS)
    held = means("linux")
    held.hold()
    held.hold()
    qtbot.waitUntil(lambda: len(noted(log)) == 5)
    assert noted(log) == list(keep_awake.LINUX[1:])
    assert "--what=idle:sleep" in noted(log)
    held.release()
    assert noted(log)[-1] == "ended", "by the end of its input, so that what it started ends too"
    assert not children()
    held.release()
    held.hold()
    qtbot.waitUntil(lambda: len(noted(log)) == 11)
    held.release()


@POSIX
def test_that_macos_is_told_whom_to_watch(stand_in: StandIn, children: Children, qtbot: QtBot) -> None:
    log = stand_in("caffeinate", "exec sleep 1000\n")
    held = means("darwin")
    held.hold()
    qtbot.waitUntil(lambda: len(noted(log)) == 3)
    assert noted(log) == ["-i", "-w", str(os.getpid())]
    held.release()
    assert not children()


@POSIX
def test_that_a_child_that_does_not_end_is_ended_with_all_it_started(
    stand_in: StandIn, children: Children, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep_awake, "RELEASE_S", 0.05)
    log = stand_in("systemd-inhibit", STUBBORN)
    held = means("linux")
    held.hold()
    pid = log.with_suffix(".txt.pid")
    qtbot.waitUntil(lambda: pid.exists() and pid.read_text().endswith("\n"))
    held.release()
    assert not children()
    qtbot.waitUntil(lambda: gone(int(pid.read_text())))


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@POSIX
def test_that_a_killed_program_leaves_no_child_behind(stand_in: StandIn, qtbot: QtBot) -> None:
    log = stand_in("systemd-inhibit", RUNS)
    program = "from svg_studio.ui.shell.keep_awake import means\nheld = means('linux')\nheld.hold()\ninput()"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE) as process:
        qtbot.waitUntil(lambda: len(noted(log)) == 5, timeout=30_000)
        process.send_signal(signal.SIGKILL)
        process.wait()
    qtbot.waitUntil(lambda: noted(log)[-1] == "ended")


@POSIX
@pytest.mark.parametrize("platform", ["linux", "darwin", "freebsd14"])
def test_that_nothing_is_raised_where_it_cannot_be_had(
    platform: str, stand_in: StandIn, children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("systemd-inhibit", "caffeinate"):
        stand_in(name, REFUSES)
    held = means(platform)
    held.hold()
    held.release()
    held.hold()
    held.release()
    assert not children()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    held.hold()
    held.release()
    for program in (tmp_path / "bin").iterdir():
        program.chmod(0o644)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    held.hold()
    held.release()
    assert not children()


def test_that_windows_is_told_for_the_thread_and_may_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[int] = []

    def state(value: ctypes.c_uint) -> int:
        said.append(value.value)
        return 0

    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=SimpleNamespace(SetThreadExecutionState=state)), raising=False)
    held = means("win32")
    held.hold()
    held.release()
    # ES_CONTINUOUS with and without ES_SYSTEM_REQUIRED, as Microsoft documents SetThreadExecutionState
    assert said == [0x80000001, 0x80000000]
