"""Drives a real window on a real X server with mouse and keys, and looks at the screen and the disk."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import torch
from PIL import Image
from support.places import ROOT
from support.x11 import *  # noqa: F403
from support.x11 import MARKS, Answering, Driven, lines_of, start_small_run, wait_for

pytestmark = MARKS


def test_that_mouse_and_keys_lead_from_training_to_an_exported_video(answering: Answering, tmp_path: Path) -> None:
    program = answering
    run = start_small_run(program)
    program.key("ctrl+period")
    program.wait_text("State of the training", "stopped, checkpoint kept")
    assert (run / "checkpoints" / "last.pt").is_file()
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    assert (config["data"]["digits"], config["model"]["base_width"]) == ("drawn", 4)

    heard = len(program.log())
    program.press(f"Open {run.name} in Futures")
    wait_for(lambda: "Sampling: finished" in program.log()[heard:], "futures of the model just trained")
    program.press("Frame", across=0.5)
    program.wait_text("Frame shown", r"^1[56]/30 imagined$")
    for key, shown in (("Home", "1/30 given"), ("Right", "2/30 given"), ("End", "30/30 imagined"), ("Left", "29/30 imagined")):
        program.key(key)
        program.wait_text("Frame shown", f"^{shown}$")
    program.key("space")
    program.there("Pause")
    program.key("space")
    program.there("Play")

    program.key("ctrl+e")
    dialog = program.find_window("Export futures")
    program.press("File")
    program.do("key", "--clearmodifiers", "ctrl+a")
    program.do("type", str(tmp_path / "future.gif"))
    program.press("Export")
    wait_for((tmp_path / "future.gif").is_file, "the exported file")
    with Image.open(tmp_path / "future.gif") as video:
        assert video.n_frames == 30
    program.there("Close")
    program.do("windowfocus", "--sync", dialog, "key", "Escape")
    wait_for(lambda: program.ask("Close") is None, "the dialog to be gone")
    assert program.process.poll() is None

    program.key("ctrl+q")
    assert program.end() == 0
    assert "Traceback" not in program.log() + program.errors.read_text()


def test_that_closing_while_a_model_trains_asks_and_keeps_a_checkpoint(answering: Answering) -> None:
    program = answering
    run = start_small_run(program)
    program.key("ctrl+q")
    program.find_window("Training is running")
    assert program.process.poll() is None
    program.press("Stop training, keep a checkpoint and close")
    assert program.end() == 0
    steps = len(lines_of(run / "metrics.jsonl"))
    found = torch.load(run / "checkpoints" / "last.pt", weights_only=True)
    assert found["step"] == steps, "what was learned up to the last step is kept"
    assert "Traceback" not in program.log() + program.errors.read_text()


def test_that_a_real_window_opens_obeys_mouse_and_keys_and_ends_by_itself(program: Driven) -> None:
    program.key("ctrl+3")
    program.click(42, 132)  # the navigation's second button
    program.key("ctrl+l")
    program.key("ctrl+q")
    assert program.end() == 0
    remembered = program.settings()
    assert "page=train" in remembered, "the click on the navigation came last"
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
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert f"{display}9" in done.stderr
