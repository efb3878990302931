"""A real window while a run's folder is taken away, and the keyboard's focus around Start and Stop."""

import json
import shutil
from pathlib import Path

import torch
from support.x11 import *  # noqa: F403
from support.x11 import MARKS, Answering, lines_of, start_small_run, wait_for

pytestmark = MARKS


def test_that_a_run_whose_folder_is_deleted_goes_on_in_a_folder_that_is_chosen(answering: Answering, tmp_path: Path) -> None:
    program, elsewhere = answering, tmp_path / "elsewhere"
    run = start_small_run(program)
    elsewhere.mkdir()
    shutil.rmtree(run)
    program.press("Go on elsewhere…")
    dialog = program.find_window("Folder that the run goes on in")
    program.do("windowfocus", "--sync", dialog, "key", "--clearmodifiers", "ctrl+a")
    program.do("type", str(elsewhere))
    program.do("key", "Return")
    there = elsewhere / run.name
    wait_for(lambda: len(lines_of(there / "metrics.jsonl")) > 40, "steps in the other folder")
    program.key("ctrl+period")
    program.wait_text("State of the training", "stopped, checkpoint kept")
    steps = [json.loads(line)["step"] for line in lines_of(there / "metrics.jsonl")]
    assert steps == list(range(1, len(steps) + 1)), "those made before, too"
    assert torch.load(there / "checkpoints" / "last.pt", weights_only=True)["step"] == steps[-1]
    assert not run.exists()
    assert "Traceback" not in program.log() + program.errors.read_text()


def test_that_stop_says_so_where_nothing_could_be_kept(answering: Answering) -> None:
    program = answering
    run = start_small_run(program)
    run.rename(run.with_name("moved"))
    program.there("Try again")
    program.key("ctrl+period")
    program.wait_text("State of the training", "stopped, no checkpoint kept")
    assert not run.exists()


def test_that_space_after_start_and_stop_queues_nothing(answering: Answering) -> None:
    program = answering
    start_small_run(program)
    program.press("Stop and keep")
    program.wait_text("State of the training", "stopped, checkpoint kept")
    wait_for(lambda: (program.ask() or {"name": ""})["name"] == "Start", "the focus on Start")
    program.key("space")
    wait_for(lambda: (program.ask() or {"name": ""})["name"] == "Pause", "the focus on Pause")
    program.key("space")
    program.wait_text("State of the training", "^paus")
    queue = json.loads((program.home / "queue" / "queue.json").read_text()) if (program.home / "queue").is_dir() else {"runs": []}
    assert queue["runs"] == []
