"""A real window on a real X server, driven by mouse and keys from outside; knows only what can be seen and what is on disk."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PATIENCE_S = 40

pytestmark = [pytest.mark.x11, pytest.mark.skipif(sys.platform != "linux", reason="X11 is Linux's")]


def need(program: str) -> None:
    """Skips where a program is missing; under CI that is a failure, since there it was to be installed."""
    if shutil.which(program) is None:
        message = f"{program} is missing: apt-get install xvfb xdotool"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)


@pytest.fixture
def display() -> Iterator[str]:
    """A virtual X server of this test's own; it chooses a free number itself."""
    need("Xvfb")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()  # ends when the server listens, or has died
    assert number, "Xvfb did not start"
    yield f":{number}"
    server.terminate()
    server.wait(10)


class Driven:
    """The program in a process of its own, and hands to drive it with."""

    def __init__(self, display: str, home: Path) -> None:
        self.home = home
        self.environment = {**os.environ, "DISPLAY": display, "SVG_STUDIO_HOME": str(home), "XDG_CONFIG_HOME": str(home)}
        for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
            self.environment.pop(name, None)
        self.process = subprocess.Popen([sys.executable, "main.py"], cwd=REPOSITORY, env=self.environment, stderr=subprocess.PIPE)
        found = self.do("search", "--sync", "--onlyvisible", "--name", "SVG Studio").split()  # returns when it is there
        assert found, f"no window; the program's status is {self.process.poll()}"
        self.window = found[0]

    def do(self, *words: str) -> str:
        """One xdotool command."""
        command = ["xdotool", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        return done.stdout

    def click(self, x: int, y: int) -> None:
        self.do("mousemove", "--window", self.window, str(x), str(y), "click", "1")

    def key(self, name: str) -> None:
        self.do("windowfocus", self.window, "key", "--clearmodifiers", name)

    def log(self) -> str:
        file = self.home / "log" / "svg-studio.log"
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def settings(self) -> str:
        files = list((self.home / "svg-studio").glob("window.*"))
        return files[0].read_text(encoding="utf-8") if files else ""

    def end(self) -> int:
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def program(display: str, tmp_path: Path) -> Iterator[Driven]:
    need("xdotool")
    driven = Driven(display, tmp_path)
    yield driven
    if driven.process.poll() is None:
        driven.process.kill()
    driven.process.wait(10)
    driven.process.stderr.close()  # type: ignore[union-attr]


def test_that_a_real_window_opens_obeys_mouse_and_keys_and_ends_by_itself(program: Driven) -> None:
    program.key("ctrl+3")
    program.click(42, 132)  # the rail's second button
    program.key("ctrl+l")
    program.key("ctrl+q")
    assert program.end() == 0
    remembered = program.settings()
    assert "page=train" in remembered, "the click on the rail came last"
    assert "log=true" in remembered
    assert "Traceback" not in program.log()


def test_that_ending_it_from_outside_ends_it_in_order(program: Driven) -> None:
    program.process.send_signal(signal.SIGTERM)
    assert program.end() == 0
    assert "page=futures" in program.settings()


def test_that_a_dead_display_is_one_sentence(display: str, tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE")}
    environment |= {"DISPLAY": f"{display}9", "SVG_STUDIO_HOME": str(tmp_path)}
    command = [sys.executable, "main.py"]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert f"{display}9" in done.stderr
