"""Which steps are kept, what their files are called, and what is made of those that lie in a run's folder."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from svg_studio.engine.events import SnapshotsListed
from svg_studio.engine.runs.naming import run_of
from svg_studio.engine.runs.snapshots import cut_back, is_due, list_snapshots, name_of, snapshots, step_of, steps_up_to


def some(run: Path, *names: str) -> None:
    folder = run / "checkpoints" / "snapshots"
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def test_that_steps_grow_by_the_factor_and_by_one_at_least() -> None:
    assert steps_up_to(2, 20) == (0, 1, 2, 4, 8, 16)
    assert steps_up_to(1.5, 20) == (0, 1, 2, 3, 4, 6, 9, 13, 19)
    assert steps_up_to(1.1, 15) == (*range(13), 13, 14, 15)
    assert steps_up_to(1000, 10**6) == (0, 1, 1000, 10**6)


def test_that_there_are_none_where_the_setting_is_off() -> None:
    assert steps_up_to(0, 10**6) == ()
    assert not is_due(0, 0)


@pytest.mark.parametrize("factor", [1.1, 1.25, 2, 10])
def test_that_a_step_is_due_by_itself_whatever_was_kept_before(factor: float) -> None:
    known = steps_up_to(factor, 3000)
    assert [step for step in range(3001) if is_due(factor, step)] == list(known)
    assert all(a < b for a, b in pairwise(known))


def test_that_snapshots_are_listed_by_step_and_others_files_passed_over(tmp_path: Path) -> None:
    some(tmp_path, "step_16.pt", "step_2.pt", "step_0.pt", "step_02.pt", "step_x.pt", ".step_4.pt.part", "step_4.pth", "notes.txt")
    assert [step for step, _ in snapshots(tmp_path)] == [0, 2, 16]
    assert list(list_snapshots([tmp_path])) == [SnapshotsListed(tmp_path, snapshots(tmp_path))]
    assert snapshots(tmp_path / "nowhere") == ()


def test_that_a_link_in_the_folders_place_shows_nothing_and_nothing_is_deleted_there(tmp_path: Path) -> None:
    some(tmp_path / "others", "step_5.pt")
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    (tmp_path / "run" / "checkpoints" / "snapshots").symlink_to(tmp_path / "others" / "checkpoints" / "snapshots")
    assert snapshots(tmp_path / "run") == ()
    cut_back(tmp_path / "run", 0)
    assert len(snapshots(tmp_path / "others")) == 1


def test_that_those_that_will_be_made_again_go_and_the_others_stay(tmp_path: Path) -> None:
    some(tmp_path, *(f"step_{step}.pt" for step in (0, 1, 2, 4, 8)), "notes.txt")
    cut_back(tmp_path, 2)
    assert [step for step, _ in snapshots(tmp_path)] == [0, 1, 2]
    cut_back(tmp_path, 0)
    assert snapshots(tmp_path) == ()
    assert (tmp_path / "checkpoints" / "snapshots" / "notes.txt").exists()


def test_that_a_snapshots_name_leads_to_its_step_and_its_run(tmp_path: Path) -> None:
    some(tmp_path, "step_8.pt")
    path = tmp_path / "checkpoints" / f"{name_of(8)}.pt"
    assert step_of(path) == 8
    assert run_of(str(path)) == tmp_path
    assert step_of(tmp_path / "checkpoints" / "step_8.pt") is None
