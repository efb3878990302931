"""Real checkpoints of a run, compared in the window on a real lane; and what it asks for, on a quiet one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import DataConfig, FuturesConfig, ModelConfig, TrainConfig
from svg_studio.engine.events import CheckpointSaved, SnapshotsListed
from svg_studio.engine.models.registry import build
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.futures.compare.dialog import CompareDialog
from svg_studio.ui.futures.compare.models import Model

DATA = DataConfig(digits="drawn", num_digits=1)


def write(path: Path, step: int, **settings: object) -> Path:
    torch.manual_seed(step)
    config = TrainConfig(model=ModelConfig(**{"base_width": 2, "g_dim": 8, "z_dim": 3, "rnn_size": 8, **settings}), data=DATA)  # type: ignore[arg-type]
    path.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.save(path, build(config.model), config, step)
    return path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with snapshots of steps 0, 1, 2 and 4, and a last checkpoint."""
    for step in (0, 1, 2, 4):
        write(tmp_path / "lp" / "checkpoints" / "snapshots" / f"step_{step}.pt", step)
    write(tmp_path / "lp" / "checkpoints" / "last.pt", 5)
    return tmp_path / "lp"


def config(path: Path, **settings: object) -> FuturesConfig:
    base = {"data": DATA, "n_past": 2, "n_future": 3, "n_futures": 2, "device": "cpu", "precision": "fp32"}
    return FuturesConfig(model_path=str(path), **{**base, **settings})  # type: ignore[arg-type]


def opened(lane: Worker, path: Path, qtbot: QtBot, **settings: object) -> CompareDialog:
    dialog = CompareDialog(lane, config(path, **settings), tuple)
    dialog.playback.play(False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def until_done(dialog: CompareDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not dialog.asking.busy and not dialog.asking._listing, timeout=60_000)


def test_that_a_run_is_followed_through_its_training(
    run: Path, tmp_path: Path, start_lane: Callable[[str], Worker], qtbot: QtBot
) -> None:
    """From files to pictures: the file, the run beside it at each of its steps, and all of them as rows."""
    dialog = opened(start_lane("studio"), write(tmp_path / "other.pt", 77), qtbot)
    dialog.add_run(run)
    until_done(dialog, qtbot)
    assert dialog.grid.heads == [("other.pt", "step 77"), ("lp", "step 4")]
    assert dialog.step.text() == "step 4 of 4"
    assert [film is not None for film in dialog.grid.films] == [True] * 4
    newest = dialog.grid.films[2].at(4)  # type: ignore[union-attr]
    dialog.training.setValue(0)
    until_done(dialog, qtbot)
    assert dialog.grid.heads[1] == ("lp", "step 0")
    assert not np.array_equal(dialog.grid.films[2].at(4), newest)  # type: ignore[union-attr]
    dialog.training.setValue(3)
    assert np.array_equal(dialog.grid.films[2].at(4), newest), "what was computed is there at once"  # type: ignore[union-attr]
    assert not dialog.asking.busy
    dialog.list.list.setCurrentRow(1)
    dialog.list.spread.click()
    until_done(dialog, qtbot)
    assert [step for _, step in dialog.grid.heads] == ["step 77", "step 0", "step 1", "step 2", "step 4"]
    assert not dialog._course.isVisible()


def test_that_a_model_that_does_not_fit_is_told_and_the_others_are_shown(
    run: Path, tmp_path: Path, start_lane: Callable[[str], Worker], qtbot: QtBot
) -> None:
    dialog = opened(start_lane("studio"), write(tmp_path / "first.pt", 1), qtbot)
    until_done(dialog, qtbot)
    dialog.add([Model(write(tmp_path / "wide.pt", 2, image_width=128)), Model(write(tmp_path / "third.pt", 3))])
    until_done(dialog, qtbot)
    assert [model for model, _ in dialog.grid.heads] == ["first.pt", "third.pt"]
    assert "makes frames 128 px wide" in dialog.banner.text
    assert dialog.list.list.item(1).text() == "wide.pt: left out"


def test_that_a_run_whose_checkpoint_was_open_brings_its_snapshots(
    run: Path, start_lane: Callable[[str], Worker], qtbot: QtBot
) -> None:
    dialog = opened(start_lane("studio"), run / "checkpoints" / "last.pt", qtbot)
    until_done(dialog, qtbot)
    assert [model.title for model in dialog.models.rows] == ["lp · last", "lp · 4 snapshots"]
    assert dialog._course.isVisible()


# ---- on a lane that runs nothing


@pytest.fixture
def dialog(quiet_lane: Any, tmp_path: Path, qtbot: QtBot) -> CompareDialog:
    return opened(quiet_lane, tmp_path / "a.pt", qtbot, n_futures=16, seed=3)


def jobs(dialog: CompareDialog) -> list[Job]:
    return [job for job in dialog.asking._studio.jobs if job.target == "sampling.compare:compare"]  # type: ignore[attr-defined]


def listed(dialog: CompareDialog, run: Path, *steps: int) -> None:
    found = tuple((step, run / "checkpoints" / "snapshots" / f"step_{step}.pt") for step in steps)
    dialog.asking.listed.emit(SnapshotsListed(run, found))


def test_that_it_begins_with_the_open_model_its_clip_and_a_few_seeds(dialog: CompareDialog, tmp_path: Path) -> None:
    (job,) = jobs(dialog)
    assert (job.arguments["models"], job.arguments["seeds"]) == ([tmp_path / "a.pt"], (3, 4, 5, 6))
    assert job.arguments["config"].data == DATA


def test_that_another_clip_and_other_seeds_are_asked_for(dialog: CompareDialog, qtbot: QtBot) -> None:
    dialog.index.setValue(9)
    dialog.count.setValue(2)
    dialog.seed.setValue(50)
    qtbot.waitUntil(lambda: len(jobs(dialog)) == 2, timeout=10_000)
    job = jobs(dialog)[-1]
    assert (job.arguments["config"].index, job.arguments["seeds"]) == (9, (50, 51))


def test_that_the_slider_asks_for_the_snapshot_and_gives_up_the_one_before(dialog: CompareDialog, tmp_path: Path) -> None:
    run = tmp_path / "lp"
    dialog.add_run(run)
    listed(dialog, run, 0, 1, 8)
    assert dialog.step.text() == "step 8 of 8"
    dialog.training.setValue(1)
    assert jobs(dialog)[-1].arguments["models"][-1].name == "step_1.pt"
    assert jobs(dialog)[-2].stopping


def test_that_a_snapshot_of_a_run_that_trains_meanwhile_is_looked_for(dialog: CompareDialog, tmp_path: Path) -> None:
    run = tmp_path / "lp"
    dialog.add_run(run)
    listed(dialog, run, 0, 1)
    looks = [job for job in dialog.asking._studio.jobs if job.target == "runs.snapshots:list_snapshots"]  # type: ignore[attr-defined]
    path = run / "checkpoints" / "snapshots" / "step_2.pt"
    dialog.on_training(CheckpointSaved(path, 2, "snapshot"))
    dialog.on_training(CheckpointSaved(tmp_path / "x" / "checkpoints" / "snapshots" / "step_2.pt", 2, "snapshot"))
    again = [job for job in dialog.asking._studio.jobs if job.target == "runs.snapshots:list_snapshots"]  # type: ignore[attr-defined]
    assert len(again) == len(looks) + 1
    listed(dialog, run, 0, 1, 2)
    assert dialog.step.text() == "step 2 of 2", "who looks at the newest goes on to what is newer"
    dialog.training.setValue(0)
    listed(dialog, run, 0, 1, 2, 4)
    assert dialog.step.text() == "step 0 of 4"


def test_that_rows_move_and_go_and_the_last_ones_leave_an_empty_grid(dialog: CompareDialog, tmp_path: Path) -> None:
    dialog.add([Model(tmp_path / "b.pt")])
    dialog.list.moved.emit(1, -1)
    assert [model.path.name for model in dialog.models.rows] == ["b.pt", "a.pt"]
    assert dialog.list.list.currentRow() == 0
    for _ in range(2):
        dialog.list.removed.emit(0)
    assert dialog.grid.heads == []


def test_that_keys_play_and_step(dialog: CompareDialog, qtbot: QtBot) -> None:
    dialog.playback.set_length(5, 2)
    qtbot.keyClick(dialog, Qt.Key.Key_Right)
    assert dialog.playback.frame == 1
    assert dialog.grid.frame == dialog.truth.frame == 1
    qtbot.keyClick(dialog, Qt.Key.Key_Space)
    assert dialog.playback.playing


def test_that_closing_gives_up_what_is_under_way(dialog: CompareDialog) -> None:
    dialog.reject()
    assert jobs(dialog)[-1].stopping
    assert not dialog.playback.playing
