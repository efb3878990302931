"""One process at a time works in a place, and the next one is told which one that is."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

import pytest

from svg_studio.engine.errors import Busy, StudioError
from svg_studio.engine.utils import files, workplace
from svg_studio.engine.utils.workplace import Workplace


def place(folder: Path) -> Workplace:
    return Workplace(folder / ".lock", folder, "testing this", "wait for that one", tries=1)


def test_that_the_file_goes_with_its_holder_and_what_a_kill_leaves_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text('{"host": "gone", "pid": 1}')
    with place(tmp_path):
        assert workplace.holder(tmp_path / ".lock")[:2] == (platform.node(), os.getpid())
        with pytest.raises(Busy, match=rf"process {os.getpid()} on .* has been testing this since \d+-.*; wait for that one"):
            place(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text,said",
    [
        ("", "another process is testing this"),
        ("[1]", "another process is testing this"),
        ('{"host": "a\\u001b[31m", "pid": 7}', r"process 7 on a\[31m is testing this"),
        ('{"host": "a", "pid": 7, "since": 1e300}', "process 7 on a is testing this"),
        ('{"host": "a", "pid": 1e999}', "another process is testing this"),
        (json.dumps({"host": "a" * 5000, "pid": 7}), "another process is testing this"),
    ],
)
def test_that_whatever_stands_in_the_file_a_sentence_is_said(tmp_path: Path, text: str, said: str) -> None:
    with place(tmp_path):
        (tmp_path / ".lock").write_text(text)
        with pytest.raises(Busy, match=said):
            place(tmp_path)


def test_that_a_file_that_its_holder_has_just_deleted_is_not_taken_for_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = workplace.take_lock

    def deleted_first(file):  # type: ignore[no-untyped-def]
        monkeypatch.setattr(workplace, "take_lock", take)
        (tmp_path / ".lock").unlink()
        return take(file)

    monkeypatch.setattr(workplace, "take_lock", deleted_first)
    held = Workplace(tmp_path / ".lock", tmp_path, "testing this", "wait")
    assert (tmp_path / ".lock").exists()
    with pytest.raises(Busy):
        place(tmp_path)
    held.release()


def test_that_where_there_are_no_locks_nobody_is_kept_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workplace, "take_lock", lambda file, shared=False: True)
    with place(tmp_path), place(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_that_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    (tmp_path / ".lock").symlink_to(tmp_path / "precious")
    with pytest.raises(StudioError, match=r"\.lock: is a link"):
        place(tmp_path)
    assert (tmp_path / "precious").read_text() == "mine"


# ---- one file at a time


def test_that_a_second_writer_of_a_file_waits_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WAIT_S", 0.05)
    path = tmp_path / "a.txt"
    with files.replacing(path) as part:
        part.write_text("first")
        with pytest.raises(StudioError, match=r"a\.txt: another process is writing it; wait"), files.replacing(path):
            raise AssertionError
    assert path.read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_that_without_locks_no_half_of_another_process_gets_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "take_lock", lambda file, shared=False: True)
    path = tmp_path / "a.txt"
    (tmp_path / "half of another one's").write_text("half")
    with pytest.raises(StudioError, match=r"a\.txt: another process writes it, too"), files.replacing(path) as part:
        (tmp_path / "half of another one's").replace(part)
    assert not path.exists()


def test_that_what_a_kill_has_left_goes_and_what_a_living_process_writes_stays(tmp_path: Path) -> None:
    (tmp_path / ".dead.gif.part").write_text("half")
    (tmp_path / ".folder.gif.part").mkdir()
    with files.replacing(tmp_path / "living.gif") as part:
        part.write_text("whole")
        files.clear_parts(tmp_path, "*.gif")
        assert {p.name for p in tmp_path.iterdir()} == {".living.gif.part", ".folder.gif.part"}
    assert (tmp_path / "living.gif").read_text() == "whole"
