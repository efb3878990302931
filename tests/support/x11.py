"""A real window on a real X server, and hands to drive it with mouse and keys."""

import json
import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.places import ROOT

PATIENCE_S = 120  # for one thing to happen, on a machine that is busy with others
TABS = 80  # more than there are widgets on a page

MARKS = [
    pytest.mark.x11,
    pytest.mark.skipif(sys.platform != "linux", reason="X11 is Linux's"),
    pytest.mark.timeout(900),
]

# The program as main.py starts it. Beside, it tells where on the screen a widget is and what it says, as a screen reader
# would be told: a line with its accessible name or text comes in, a line of JSON goes out. An empty line asks for the focus.
ANSWERING = """
import json, sys
from svg_studio import app

build = app.build

def text(widget):
    says = getattr(widget, "text", None)
    return says() if callable(says) else ""

def describe(widget):
    from PySide6.QtCore import QPoint

    corner = widget.mapToGlobal(QPoint(0, 0))
    return {"name": widget.accessibleName(), "description": widget.accessibleDescription(), "text": text(widget),
            "enabled": widget.isEnabled(),
            "box": [corner.x(), corner.y(), widget.width(), widget.height()]}

def find(qt, name):
    if not name:
        return qt.focusWidget()
    visible = [widget for widget in qt.allWidgets() if widget.isVisible()]
    named = [widget for widget in visible if widget.accessibleName() == name]
    return next(iter(named or [widget for widget in visible if text(widget) == name]), None)

def build_and_answer(*arguments):
    from PySide6.QtCore import QSocketNotifier

    made = build(*arguments)
    qt = made[0]
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, qt)

    def answer():
        line = sys.stdin.readline()
        if not line:
            notifier.setEnabled(False)
            return
        widget = find(qt, line.rstrip("\\n"))
        print(json.dumps(widget and describe(widget)), flush=True)

    notifier.activated.connect(answer)
    return made

app.build = build_and_answer
sys.exit(app.main([]))
"""


def need(program: str) -> None:
    """Skips where a program is missing; under CI that is a failure, since there it was to be installed."""
    if shutil.which(program) is None:
        message = f"{program} is missing: apt-get install xvfb xdotool"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """What `condition` returns once that is true."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_S} s"
        select.select([], [], [], 0.02)
    return found


@pytest.fixture
def display(request: pytest.FixtureRequest) -> Iterator[str]:
    """A virtual X server of this test's own; it chooses a free number itself, and takes no pause when a client leaves.

    Its screen has 1280 × 800 pixels, or as many as the test says by `parametrize("display", ["1000x700"], indirect=True)`.
    """
    need("Xvfb")
    size = getattr(request, "param", "1280x800")
    reading, writing = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(writing),
        "-screen",
        "0",
        f"{size}x24",
        "-nolisten",
        "tcp",
        "-noreset",
    ]
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

    def __init__(self, display: str, home: Path, *program: str) -> None:
        self.home = home
        self.errors = home / "stderr.txt"
        own = {"DISPLAY": display, "SVG_STUDIO_HOME": str(home), "XDG_CONFIG_HOME": str(home), "HOME": str(home)}
        self.environment = {**os.environ, **own}
        for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
            self.environment.pop(name, None)
        pipe = subprocess.PIPE
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, *program], cwd=ROOT, env=self.environment, stdin=pipe, stdout=pipe, stderr=errors, text=True
            )
        self.window = ""

    def do(self, *words: str) -> str:
        """One xdotool command."""
        done = subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, text=True, check=False)
        return done.stdout

    def find_window(self, title: str) -> str:
        """The X server's number of a window, once it is on the screen."""

        def look() -> str:
            assert self.process.poll() is None, f"the program ended: {self.process.returncode} {self.errors.read_text()}"
            return self.do("search", "--onlyvisible", "--name", f"^{title}$").partition("\n")[0]

        return str(wait_for(look, f"a window called {title}"))

    def click(self, x: int, y: int) -> None:
        self.do("mousemove", str(x), str(y), "click", "1")

    def key(self, *names: str) -> None:
        self.do("windowfocus", "--sync", self.window, "key", "--clearmodifiers", *names)

    def log(self) -> str:
        file = self.home / "log" / "svg-studio.log"
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def settings(self) -> str:
        files = list((self.home / "svg-studio").glob("window.*"))
        return files[0].read_text(encoding="utf-8") if files else ""

    def end(self) -> int:
        return self.process.wait(PATIENCE_S)

    def use(self) -> Iterator["Driven"]:
        """The program while its window is there; whatever happens, it ends."""
        try:
            self.window = self.find_window("SVG Studio")
            yield self
        finally:
            if self.process.poll() is None:
                self.process.kill()
            self.process.communicate(timeout=PATIENCE_S)


class Answering(Driven):
    """A program that tells where its widgets are; what is done to them is done with mouse and keys."""

    def __init__(self, display: str, home: Path) -> None:
        super().__init__(display, home, "-c", ANSWERING)

    def ask(self, name: str = "") -> dict[str, Any] | None:
        """The visible widget called `name`, or the one with the focus; None where there is none."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        assert select.select([self.process.stdout], [], [], PATIENCE_S)[0], f"no answer to {name!r}: {self.errors.read_text()}"
        line = self.process.stdout.readline()
        assert line, f"the program ended: {self.errors.read_text()}"
        return json.loads(line)  # type: ignore[no-any-return]

    def there(self, name: str) -> dict[str, Any]:
        """The widget called `name`, once it can be used."""

        def look() -> dict[str, Any] | None:
            found = self.ask(name)
            return found if found and found["enabled"] else None

        found: dict[str, Any] = wait_for(look, f"{name!r} to be there")
        return found

    def wait_text(self, name: str, pattern: str) -> None:
        """Until the widget called `name` says what `pattern` matches."""
        said = [""]

        def says() -> bool:
            said[0] = (self.ask(name) or {"text": ""})["text"]
            return re.search(pattern, said[0]) is not None

        wait_for(says, f"{name!r} to say {pattern!r}")

    def press(self, name: str, across: float = 0.5) -> None:
        """A click on the widget called `name`, `across` of its width from the left."""
        x, y, width, height = self.there(name)["box"]
        self.click(int(x + across * width), y + height // 2)

    def write(self, name: str, text: object) -> None:
        """Tab until the field called `name` has the focus, and type over what stands there."""
        for _ in range(TABS):
            if (self.ask() or {"name": ""})["name"] == name:
                break
            self.key("Tab")
        else:
            raise AssertionError(f"Tab does not lead to {name!r}")
        self.do("key", "--clearmodifiers", "ctrl+a")
        self.do("type", str(text))
        self.wait_text(name, f"^{re.escape(str(text))}$")


@pytest.fixture
def program(display: str, tmp_path: Path) -> Iterator[Driven]:
    need("xdotool")
    yield from Driven(display, tmp_path, "main.py").use()


@pytest.fixture
def answering(display: str, tmp_path: Path) -> Iterator[Driven]:
    need("xdotool")
    yield from Answering(display, tmp_path).use()


def start_small_run(program: Answering) -> Path:
    """Fills the form so that a step takes a few hundredths of a second, starts, and returns the run's folder once it steps."""
    before = set((program.home / "runs").glob("*"))
    program.key("ctrl+2")
    program.there("Start")
    small = {"LSTM size": 16, "Base width, channels": 4, "Batch size, clips": 2, "Steps an epoch, steps": 12}
    for name, value in small.items():
        program.write(name, value)
    program.key("ctrl+Return")

    def stepping() -> Path | None:
        assert " failed: " not in program.log(), program.log()
        runs = set((program.home / "runs").glob("*")) - before
        return next((run for run in runs if len(lines_of(run / "metrics.jsonl")) > 13), None)

    return Path(wait_for(stepping, "more than an epoch of training"))


def lines_of(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
