"""Futures as an instrument, in a real window on a real X server: forked, forked again, gone back to, and steered."""

from pathlib import Path

from support.x11 import *  # noqa: F403
from support.x11 import MARKS, Answering, wait_for

pytestmark = MARKS
WALL, TREE = "Wall of futures", "Tree of futures"


def selected(program: Answering) -> str:
    found = program.ask(WALL)
    return str(found["description"]) if found else ""


def go_to_frame(program: Answering, t: int) -> None:
    program.key("Home")
    for _ in range(t):
        program.key("Right")


def made(program: Answering, heard: int) -> None:
    wait_for(lambda: "Sampling: finished" in program.log()[heard:], "futures")


def test_that_a_future_is_forked_and_forked_again_with_the_keyboard(answering: Answering) -> None:
    program = answering
    made(program, 0)
    assert program.ask(TREE) is None, "no tree while nothing is forked"
    program.key("ctrl+1")
    go_to_frame(program, 9)
    heard = len(program.log())
    program.key("f")
    made(program, heard)
    wait_for(lambda: "future 2, seed 17" in selected(program), "the first fork, selected")
    program.there(TREE)
    for _ in range(5):
        program.key("Right")
    heard = len(program.log())
    program.key("f")
    made(program, heard)
    wait_for(lambda: "future 2, seed 25" in selected(program), "a fork of the fork")
    heard = len(program.log())
    program.press("Undo")
    made(program, heard)
    wait_for(lambda: "seed 17" in selected(program), "what was there before")
    assert "Traceback" not in program.log() + program.errors.read_text()


def test_that_a_future_is_steered_and_kept(answering: Answering) -> None:
    program = answering
    made(program, 0)
    program.key("ctrl+1")
    go_to_frame(program, 9)
    program.key("s")
    steered = "The future as it is, and steered"
    wait_for(lambda: (program.ask(steered) or {}).get("description") == "Steered: as it is", "the panel")
    wait_for(lambda: "nats per frame" in str((program.ask("z0, offset in sigma") or {}).get("description")), "what z carries")
    program.press("Redraw z")
    wait_for(lambda: (program.ask(steered) or {}).get("description") == "Steered: steered", "the steered future")
    heard = len(program.log())
    program.press("Keep")
    made(program, heard)
    wait_for(lambda: "future 2, seed 17" in selected(program), "the kept future, selected")
    program.key("s")
    wait_for(lambda: program.ask(steered) is None, "the room again")
    assert "Traceback" not in program.log() + program.errors.read_text()


def test_that_a_fork_is_steered_compared_exported_and_opened_again(answering: Answering, tmp_path: Path) -> None:
    program, file = answering, tmp_path / "steered.gif"
    made(program, 0)
    program.key("ctrl+1")
    go_to_frame(program, 9)
    heard = len(program.log())
    program.key("f")
    made(program, heard)
    wait_for(lambda: "seed 17" in selected(program), "the first fork")
    program.key("s")
    steered = "The future as it is, and steered"
    wait_for(lambda: (program.ask(steered) or {}).get("description") == "Steered: as it is", "the panel")
    program.press("Redraw z")
    wait_for(lambda: (program.ask(steered) or {}).get("description") == "Steered: steered", "the steered future")
    heard = len(program.log())
    program.press("Keep")
    made(program, heard)
    wait_for(lambda: "seed 25" in selected(program), "the kept future, selected")
    program.key("s")
    wait_for(lambda: program.ask(steered) is None, "the room again")

    program.key("ctrl+m")
    comparison = program.find_window("Compare models")
    program.there("The truth")
    program.do("windowfocus", "--sync", comparison, "key", "Escape")
    wait_for(lambda: not program.do("search", "--onlyvisible", "--name", "^Compare models$"), "the window gone")

    program.key("ctrl+e")
    dialog = program.find_window("Export futures")
    program.press("File")
    program.do("key", "--clearmodifiers", "ctrl+a")
    program.do("type", str(file))
    program.press("Export")
    wait_for(file.is_file, "the exported file")
    program.there("Close")
    program.do("windowfocus", "--sync", dialog, "key", "Escape")
    wait_for(lambda: program.ask("Close") is None, "the dialog to be gone")

    heard = len(program.log())
    program.key("ctrl+shift+o")
    made(program, heard)
    assert "seed 25" not in selected(program), "the wall of seeds"
    program.key("ctrl+shift+e")
    program.find_window("Open export")
    program.do("type", str(file))
    program.do("key", "Return")
    wait_for(lambda: "seed 25" in selected(program), "the future that was exported")
    assert "Traceback" not in program.log() + program.errors.read_text()
