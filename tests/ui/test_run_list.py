"""The one list of runs: what became of each, done here or outside."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from support.library_runs import make_run

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Failed, Finished, RunStarted, Stopped
from svg_studio.engine.worker import Job
from svg_studio.ui.run_list import RunList, inside


@pytest.fixture
def runs(quiet_lane: Any, tmp_path: Path) -> RunList:
    folder = tmp_path / "log"
    folder.mkdir()
    return RunList(quiet_lane, folder)


@pytest.fixture
def told(runs: RunList) -> list[tuple[str, ...]]:
    """What it says became of runs."""
    told: list[tuple[str, ...]] = []
    runs.moved.connect(lambda old, new: told.append(("moved", old.name, new.name)))
    runs.gone.connect(lambda path: told.append(("gone", path.name)))
    runs.back.connect(lambda path: told.append(("back", path.name)))
    return told


def work(runs: RunList) -> int:
    """Does the looks that were asked for, and counts them."""
    lane, count = runs._studio, 0
    while lane.jobs:  # type: ignore[attr-defined]
        job = lane.jobs.pop(0)  # type: ignore[attr-defined]
        module, _, function = job.target.partition(":")
        for event in (*getattr(importlib.import_module(f"svg_studio.engine.{module}"), function)(**job.arguments), Finished()):
            runs.on_event(job, event)
        count += 1
    return count


def look(runs: RunList) -> set[str]:
    runs.rescan()
    work(runs)
    return {row.path.name for row in runs.rows}


def test_that_what_is_done_here_is_told_at_once_and_once(runs: RunList, told: list[tuple[str, ...]]) -> None:
    run = make_run(runs.log_dir, "a")
    make_run(runs.log_dir, "b", started=2000.0)
    look(runs)
    target = runs.rename(run, "c")
    assert told == [("moved", "a", "c")]
    assert {row.path.name for row in runs.rows} == {"b", "c"}, "before any look"
    row = runs.row(target)
    assert row is not None
    assert row.checkpoint == target / "checkpoints" / "last.pt"
    place = runs.trash(target)
    assert {row.path.name for row in runs.rows} == {"b"}
    assert look(runs) == {"b"}
    assert runs.trashed == (place,)
    runs.bring_back(place)
    assert look(runs) == {"b", "c"}
    assert told == [("moved", "a", "c"), ("gone", "c"), ("back", "c")]


def test_that_a_look_that_began_before_a_change_says_nothing(runs: RunList, told: list[tuple[str, ...]]) -> None:
    run = make_run(runs.log_dir, "a")
    look(runs)
    runs.rescan()
    job = runs._studio.jobs.pop()  # type: ignore[attr-defined]
    from svg_studio.engine.runs.library import scan

    events = [*scan(**job.arguments), Finished()]
    runs.rename(run, "b")
    for event in events:
        runs.on_event(job, event)
    assert {row.path.name for row in runs.rows} == {"b"}
    assert work(runs) == 1
    assert told == [("moved", "a", "b")]


def test_that_what_happens_outside_is_told_by_the_next_look(runs: RunList, told: list[tuple[str, ...]]) -> None:
    for number, name in enumerate(("a", "b", "c"), 1):
        make_run(runs.log_dir, name, started=1000.0 * number)
    look(runs)
    (runs.log_dir / "a").rename(runs.log_dir / "other")
    (runs.log_dir / "b").rename(runs.log_dir.parent / "elsewhere")
    assert look(runs) == {"other", "c"}
    assert told == [("moved", "a", "other"), ("gone", "b")]
    (runs.log_dir.parent / "elsewhere").rename(runs.log_dir / "b")
    look(runs)
    assert told[2:] == [("back", "b")]


def test_that_runs_that_cannot_be_told_apart_are_not_taken_for_each_other(runs: RunList, told: list[tuple[str, ...]]) -> None:
    for name in ("a", "b"):
        make_run(runs.log_dir, name, started=1000.0)
    look(runs)
    (runs.log_dir / "a").rename(runs.log_dir / "x")
    (runs.log_dir / "b").rename(runs.log_dir / "y")
    look(runs)
    assert sorted(told) == [("gone", "a"), ("gone", "b")]


def test_that_another_folder_has_other_runs_and_nothing_became_of_those_before(
    runs: RunList, told: list[tuple[str, ...]], tmp_path: Path
) -> None:
    make_run(runs.log_dir, "a")
    make_run(tmp_path / "far", "b")
    look(runs)
    runs.set_folder(tmp_path / "far")
    assert runs.rows == ()
    work(runs)
    assert [row.path.name for row in runs.rows] == ["b"]
    assert told == []


def test_that_it_looks_when_a_run_begins_or_ends_and_says_why_it_cannot(runs: RunList, qtbot: QtBot) -> None:
    training = Job("training.train:train")
    started = RunStarted(runs.log_dir / "a", TrainConfig().to_dict(), 1, "CPU", "fp32", 10)
    for event in (started, Stopped(), Finished(), Failed("x")):
        runs.on_event(training, event)
        assert work(runs) == 1
    runs.on_event(training, RunStarted(Path("/far/a"), TrainConfig().to_dict(), 1, "CPU", "fp32", 10))
    runs.on_event(Job("other:job"), Finished())
    assert work(runs) == 0
    runs.rescan()
    with qtbot.waitSignal(runs.failed) as why:
        runs.on_event(runs._studio.jobs.pop(), Failed("cannot be read"))  # type: ignore[attr-defined]
    assert why.args == ["cannot be read"]
    assert not runs.is_looking


def test_that_what_cannot_be_done_changes_nothing(runs: RunList, told: list[tuple[str, ...]]) -> None:
    run = make_run(runs.log_dir, "a")
    make_run(runs.log_dir, "b")
    look(runs)
    with pytest.raises(StudioError):
        runs.rename(run, "b")
    with pytest.raises(StudioError):
        runs.trash(runs.log_dir / "nothing")
    assert runs.rename(run, "a") == run
    assert told == []
    assert {row.path.name for row in runs.rows} == {"a", "b"}


def test_that_a_path_inside_a_run_goes_where_the_run_goes() -> None:
    run, now = Path("/runs/a"), Path("/runs/b")
    assert inside(Path("/runs/a/checkpoints/last.pt"), run, now) == Path("/runs/b/checkpoints/last.pt")
    assert inside(run, run, now) == now
    assert inside(Path("/runs/ab/last.pt"), run, now) is None
