"""Names, tags and notes, and the trash: what is asked for happens whole, or is refused with a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.library_runs import make_run

from svg_studio.engine.errors import StudioError
from svg_studio.engine.runs.edit import describe, empty_trash, rename, restore, trash
from svg_studio.engine.runs.library import read_row, trashed
from svg_studio.engine.runs.lock import RunLock


def test_that_a_run_gets_another_name_with_all_it_holds(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    target = rename(run, "  a β-run (2) ")
    assert target == tmp_path / "a β-run (2)"
    assert not run.exists()
    assert read_row(target).step == 5
    assert rename(target, target.name) == target


@pytest.mark.parametrize("name", ["", " ", ".", "..", ".trash", "a/b", "a\\b", "a\nb", "a:b", "end.", "a\0b"])
def test_that_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    run = make_run(tmp_path)
    with pytest.raises(StudioError, match="choose another name"):
        rename(run, name)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_that_a_taken_name_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudioError, match="empty: there is a run of that name already; choose another name"):
        rename(run, "empty")
    assert run.is_dir()


@pytest.mark.parametrize("act", [lambda run: rename(run, "other"), trash], ids=["rename", "trash"])
def test_that_a_run_that_is_being_trained_is_left_alone(tmp_path: Path, act: Callable[[Path], Path]) -> None:
    run = make_run(tmp_path)
    lock = RunLock(run)
    try:
        with pytest.raises(StudioError, match=r"run: is being trained and cannot be .*; stop it first"):
            act(run)
    finally:
        lock.release()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize(
    "act", [lambda run: rename(run, "b"), trash, lambda run: describe(run, (), "")], ids=["rename", "trash", "describe"]
)
def test_that_a_run_that_is_gone_is_said(tmp_path: Path, act: Callable[[Path], object]) -> None:
    with pytest.raises(StudioError, match="gone: is not there any more; look at the list again"):
        act(tmp_path / "gone")
    assert list(tmp_path.rglob("*")) in ([], [tmp_path / ".trash"])


def test_that_tags_and_notes_are_kept_and_nothing_else_changes(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    describe(run, [" a ", "b", "", "a"], "two\nlines")
    assert json.loads((run / "about.json").read_text()) == {"tags": ["a", "b"], "notes": "two\nlines"}
    assert (read_row(run).tags, read_row(run).notes) == (("a", "b"), "two\nlines")
    assert {path: path.read_bytes() for path in before} == before
    assert len(list(run.rglob("*"))) == len(before) + 3, "two folders and about.json"


def test_that_words_without_end_still_make_a_small_file(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    describe(run, [f"tag {n}" for n in range(1000)], "é" * 10_000_000)
    row = read_row(run)
    assert len(row.tags) == 100
    assert row.notes.startswith("ééé")


def test_that_deleted_runs_come_back_as_they_were_even_two_of_one_name(tmp_path: Path) -> None:
    first = trash(make_run(tmp_path, step=3))
    second = trash(make_run(tmp_path, step=4))
    assert [path.name for path in tmp_path.iterdir()] == [".trash"]
    assert list(trashed(tmp_path)) == [second, first]
    assert restore(first) == tmp_path / "run"
    assert read_row(tmp_path / "run").step == 3
    with pytest.raises(StudioError, match="run: there is a run of that name again; rename that one first"):
        restore(second)
    rename(tmp_path / "run", "other")
    assert read_row(restore(second)).step == 4
    assert list((tmp_path / ".trash").iterdir()) == []


def test_that_emptying_the_trash_deletes_it_for_good_and_nothing_beside_it(tmp_path: Path) -> None:
    kept = make_run(tmp_path, "kept")
    for name in ("a", "b"):
        trash(make_run(tmp_path, name))
    said = [event.doing for event in empty_trash(tmp_path) if hasattr(event, "doing")]
    assert said == ["Deleting b", "Deleting a"]
    assert list(trashed(tmp_path)) == []
    assert kept.is_dir()
    with pytest.raises(StudioError, match="is not there any more"):
        restore(tmp_path / ".trash" / "1" / "a")


def test_that_a_linked_run_in_the_trash_is_unlinked_and_its_files_stay(tmp_path: Path) -> None:
    real = make_run(tmp_path / "elsewhere")
    (tmp_path / "runs").mkdir()
    try:
        (tmp_path / "runs" / "link").symlink_to(real, target_is_directory=True)
    except OSError:
        pytest.skip("links are not allowed here")
    trash(tmp_path / "runs" / "link")
    for _ in empty_trash(tmp_path / "runs"):
        pass
    assert (real / "config.json").is_file()
    assert list(trashed(tmp_path / "runs")) == []
