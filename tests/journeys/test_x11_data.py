"""Own videos in a real window on a real X server: five clips that are one set, from the dialog to clips that play."""

import json
from pathlib import Path

from support.video_samples import scene, write_video
from support.x11 import *  # noqa: F403
from support.x11 import MARKS, TABS, Answering, wait_for

pytestmark = MARKS


def focus(program: Answering) -> str:
    return str((program.ask() or {"name": ""})["name"])


def test_that_five_clips_named_in_the_dialog_become_one_set_that_plays_and_goes(answering: Answering, tmp_path: Path) -> None:
    program = answering
    clips = [write_video(tmp_path / "phone" / f"IMG_{n}.avi", scene(40, (60, 108), n), "MJPG") for n in range(5)]
    program.key("ctrl+3")
    add = "Add videos…: Own videos"
    program.there(add)
    wait_for(lambda: focus(program) == "Clips", "the focus to be on the clips, not in a path")
    for _ in range(TABS):
        if focus(program) == add:
            break
        program.key("Tab")
    assert focus(program) == add
    program.key("space")
    dialog = program.find_window("Convert Own videos")
    program.press("Files to convert")
    for path in clips:
        program.do("type", str(path))
        program.do("key", "Return")
    program.wait_text("What will be converted", r"^5 videos, about 200 frames: .* free\. 4 to train on and 1 to test with\.$")
    program.press("Convert")

    wait_for(lambda: not program.do("search", "--onlyvisible", "--name", "^Convert Own videos$"), f"dialog {dialog} to be gone")
    store = program.home / "data" / "IMG_0 and 4 more" / "store-64"
    wait_for((store / "manifest.json").is_file, "the store")
    manifest = json.loads((store / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["settings"]["source"] == [str(path) for path in clips]
    assert manifest["settings"]["fit"] == "crop"
    assert manifest["sources"] == [str(path) for path in clips]
    assert sum(len(manifest["sequences"][split]) for split in ("train", "test")) == 5

    program.there("Train on these")
    program.wait_text("Selected clip", r"^Clip 0: IMG_\d\.avi, frames")
    program.press("Pause")
    program.press("Frame", across=0.5)
    program.wait_text("Frame shown", r"^1[456]/30$")
    program.key("End")
    program.wait_text("Frame shown", r"^30/30$")
    program.key("ctrl+q")
    assert program.end() == 0
    assert "Traceback" not in program.log() + program.errors.read_text()
