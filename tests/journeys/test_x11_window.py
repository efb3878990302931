"""The window on small screens, with a real X server: all of it is on the screen, and every page can be used."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import screen_filler
from support.x11 import *  # noqa: F403
from support.x11 import MARKS, Answering, wait_for

pytestmark = MARKS

PAGES = ("Futures", "Train", "Data", "Evaluate", "Runs")
# What each page is worked with, by its name for screen readers or its words; all of it has to be reachable.
NEEDED = {
    "Futures": ("Sample", "Export…", "Play|Pause", "Frame"),
    "Train": ("Start", "Pause", "Add to queue", "Sweep…"),
    "Data": ("Data folder",),
    "Evaluate": ("Start",),
    "Runs": ("Search runs|Search", "Log folder"),
}


def place(program: Answering) -> list[int]:
    """x, y, width and height of the window on the screen."""
    said = program.do("getwindowgeometry", "--shell", program.window)
    found = dict(line.split("=") for line in said.splitlines() if "=" in line)
    return [int(found[name]) for name in ("X", "Y", "WIDTH", "HEIGHT")]


@pytest.mark.parametrize("display", ["1000x700", "960x600", "1280x800"], indirect=True)
def test_that_the_window_and_every_page_are_on_the_screen(answering: Answering, request: pytest.FixtureRequest) -> None:
    program = answering
    wide, high = map(int, request.node.callspec.params["display"].split("x"))
    x, y, width, height = wait_for(lambda: place(program), "the window's place")
    assert x >= 0
    assert y >= 0
    assert x + width <= wide
    assert y + height <= high
    for number, page in enumerate(PAGES):
        program.key(f"ctrl+{number + 1}")
        for names in NEEDED[page]:
            found = wait_for(
                lambda names=names: next((f for name in names.split("|") if (f := program.ask(name))), None), f"{names} on {page}"
            )
            left, top, breadth, tall = found["box"]
            assert (left >= 0, top >= 0, left + breadth <= wide, top + tall <= high) == (True,) * 4, (page, names, found["box"])


@pytest.fixture
def filler(display: str) -> Iterator[None]:
    """What does what a window asks of its window manager for full screen; under a bare Xvfb nobody does, and F11 does nothing."""
    environment = {**os.environ, "DISPLAY": display}
    program = [sys.executable, str(Path(screen_filler.__file__))]
    process = subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield
    process.kill()
    process.communicate(timeout=10)


@pytest.mark.parametrize("display", ["1400x900"], indirect=True)
def test_that_f11_fills_the_screen_and_gives_the_window_its_size_back(filler: None, answering: Answering) -> None:
    program = answering
    program.do("windowmove", "--sync", program.window, "40", "30")
    program.do("windowsize", "--sync", program.window, "1100", "760")
    own = [40, 30, 1100, 760]

    def edge() -> int:
        """How far right the page reaches, by the button at its end."""
        left, _, width, _ = program.there("Export…")["box"]
        return int(left + width)

    wait_for(lambda: place(program) == own, "the window's own size")
    wait_for(lambda: own[0] < edge() <= own[0] + own[2], "the page within the window")
    for _ in range(2):
        program.key("F11")
        wait_for(lambda: place(program) == [0, 0, 1400, 900], "the window as large as the screen")
        wait_for(lambda: own[0] + own[2] < edge() <= 1400, "the page as wide as the screen")
        program.key("F11")
        wait_for(lambda: place(program) == own, "the window's own size again")
        wait_for(lambda: own[0] < edge() <= own[0] + own[2], "the page within the window again")
