"""The window on small screens, with a real X server: all of it is on the screen, and every page can be used."""

import pytest
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
