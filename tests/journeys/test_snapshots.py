"""A run keeps its weights alone at steps that grow, whatever interrupts it, and says where it cannot."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.checkpoints.model_cache import open_model
from svg_studio.engine.errors import CheckpointError, StudioError
from svg_studio.engine.events import CheckpointSaved, Event, Logged, StepFinished
from svg_studio.engine.runs import edit
from svg_studio.engine.runs.library import read_row
from svg_studio.engine.runs.snapshots import snapshots
from svg_studio.engine.training import memory
from svg_studio.engine.training.train import train
from tools.victims import tiny

STEPS = [0, 1, 2, 4, 8]


def kept(events: list[Event]) -> list[int]:
    return [e.step for e in events if isinstance(e, CheckpointSaved) and e.kind == "snapshot"]


def stopped(events: Iterator[Event], step: int) -> list[Event]:
    seen = []
    for event in events:
        seen.append(event)
        if isinstance(event, StepFinished) and event.step == step:
            break
    events.close()  # type: ignore[attr-defined]
    return seen


def weights(path: Path) -> list[torch.Tensor]:
    return [v for part in checkpoint.load(path).weights.values() for v in part.values()]


def equal(one: Path, other: Path) -> bool:
    return all(torch.equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event]]:
    """A run of 12 steps that nobody disturbed, and what it said."""
    config = tiny(tmp_path_factory.mktemp("whole"), snapshot_factor=2)
    return Path(config.log_dir) / config.name, list(train(config))


def test_that_weights_are_kept_from_before_the_first_step_on(whole: tuple[Path, list[Event]]) -> None:
    run, events = whole
    assert kept(events) == [step for step, _ in snapshots(run)] == STEPS
    assert "keeps weights alone at 5 steps" in " ".join(e.text for e in events if isinstance(e, Logged))
    files = dict(snapshots(run))
    assert not equal(files[0], files[1])
    assert checkpoint.load(files[8]).step == 8


def test_that_a_snapshot_is_a_checkpoint_without_what_training_needs(whole: tuple[Path, list[Event]]) -> None:
    run, _ = whole
    found = checkpoint.load(dict(snapshots(run))[8])
    assert found.optimizer is None
    assert found.random is None
    assert open_model(found.path, torch.device("cpu")).found.step == 8
    assert found.path.stat().st_size < 0.6 * (run / "checkpoints" / "last.pt").stat().st_size
    assert run / "checkpoints" / "last.pt" == checkpoint.find(run)  # never taken for the newest checkpoint


def test_that_none_is_kept_by_default(tmp_path: Path) -> None:
    events = stopped(train(tiny(tmp_path)), 2)
    assert not kept(events)
    assert not (tmp_path / "run" / "checkpoints" / "snapshots").exists()


@pytest.mark.parametrize("step", [1, 4, 5])  # after a step whose snapshot was not written yet, and between two
def test_that_a_run_that_goes_on_keeps_what_one_that_was_not_stopped_keeps(
    tmp_path: Path, whole: tuple[Path, list[Event]], step: int
) -> None:
    config = tiny(tmp_path, snapshot_factor=2)
    before = stopped(train(config), step)
    times = {path: path.stat().st_mtime_ns for _, path in snapshots(tmp_path / "run")}
    after = list(train(config, str(tmp_path / "run")))
    assert kept(before) + kept(after) == STEPS
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())
    for at, path in snapshots(whole[0]):
        assert equal(path, dict(snapshots(tmp_path / "run"))[at])


def test_that_an_earlier_checkpoint_leaves_no_snapshots_of_the_other_course(tmp_path: Path) -> None:
    config = tiny(tmp_path, snapshot_factor=2)
    list(train(config))
    events = train(replace(config, lr=0.5), str(tmp_path / "run" / "checkpoints" / "step_3.pt"))
    stopped(events, 4)
    assert [step for step, _ in snapshots(tmp_path / "run")] == [0, 1, 2]


def test_that_no_run_goes_on_from_a_snapshot(tmp_path: Path) -> None:
    config = tiny(tmp_path, snapshot_factor=2)
    stopped(train(config), 6)
    with pytest.raises(CheckpointError, match="holds weights alone, no run to resume"):
        list(train(config, str(dict(snapshots(tmp_path / "run"))[4])))
    assert [step for step, _ in snapshots(tmp_path / "run")] == [0, 1, 2, 4]


def test_that_one_that_cannot_be_written_ends_the_run_with_a_sentence_and_its_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = checkpoint.replacing

    @contextmanager
    def full(path: Path, **settings: object) -> Iterator[Path]:
        if path.name == "step_4.pt":
            raise CheckpointError(f"{path}: cannot be written") from OSError(errno.ENOSPC, "no space")
        with real(path, **settings) as part:  # type: ignore[arg-type]
            yield part

    monkeypatch.setattr(checkpoint, "replacing", full)
    with pytest.raises(CheckpointError, match=r"step_4\.pt: cannot be written"):
        list(train(tiny(tmp_path, snapshot_factor=2)))
    assert checkpoint.load(tmp_path / "run" / "checkpoints" / "last.pt").step == 4


def test_that_a_link_in_their_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    (tmp_path / "run" / "run.lock").touch()
    (tmp_path / "run" / "checkpoints" / "snapshots").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StudioError, match="snapshots: is a link"):
        list(train(tiny(tmp_path, snapshot_factor=2)))
    assert not any((tmp_path / "elsewhere").iterdir())


def test_that_the_library_counts_them_and_the_trash_takes_them_along(tmp_path: Path, whole: tuple[Path, list[Event]]) -> None:
    config = tiny(tmp_path, snapshot_factor=2)
    list(train(config))
    run = tmp_path / "run"
    row = read_row(run)
    files = sum(path.stat().st_size for path in run.rglob("*") if path.is_file())
    assert row.size == files
    assert row.checkpoint == run / "checkpoints" / "last.pt"
    place = edit.trash(run)
    assert not run.exists()
    assert [step for step, _ in snapshots(place)] == STEPS


@pytest.mark.parametrize("width", [16, 32])
def test_that_the_cost_that_is_shown_is_about_that_of_the_files(tmp_path: Path, width: int) -> None:
    config = tiny(tmp_path, snapshot_factor=2)
    config = replace(config, model=replace(config.model, base_width=width, g_dim=32, rnn_size=32))
    count, each = memory.snapshots(config)
    assert count == len(STEPS)
    stopped(train(config), 1)
    for _, path in snapshots(tmp_path / "run"):
        assert abs(path.stat().st_size - each) < 0.05 * each + 20_000
