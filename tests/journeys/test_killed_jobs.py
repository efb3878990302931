"""Whatever a job is killed at, there are whole files alone under their names, and the next one like it leaves nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from svg_studio.engine.errors import StudioError
from svg_studio.engine.evaluation import progress
from svg_studio.engine.utils import files
from tools import victims

TIMES = {"seconds", "frames_per_s", "started", "updated", "pid", "since"}


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("staged")
    victims.stage(folder)
    return folder


@pytest.fixture(scope="module")
def whole(staged: Path) -> Callable[[str], dict[str, bytes]]:
    """What a job leaves where nobody disturbs it."""
    known: dict[str, dict[str, bytes]] = {}

    def left_by(name: str) -> dict[str, bytes]:
        if name not in known:
            assert victims.do(name, staged) == victims.End(killed=False, steps=(1, 2, 3, 4) if name == "train" else ())
            known[name] = left(staged)
            shutil.rmtree(staged / "out")
        return known[name]

    return left_by


def left(folder: Path) -> dict[str, bytes]:
    """Every name below "out", with the bytes of files."""
    out = folder / "out"
    return {str(p.relative_to(out)): p.read_bytes() if p.is_file() else b"" for p in sorted(out.rglob("*"))}


def visible(found: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in found.items() if not any(part.startswith(".") for part in Path(name).parts)}


def same(name: str, found: bytes, wanted: bytes) -> bool:
    """To the byte, but for checkpoints and for times."""
    if name.endswith("journal.jsonl"):  # of a store that has just got its name
        return True
    if name.endswith((".jsonl", "state.json")):
        rows = [[json.loads(line) for line in data.splitlines()] for data in (found, wanted)]
        ours, theirs = ([{k: v for k, v in row.items() if k not in TIMES} for row in one] for one in rows)
        return ours == theirs
    if name == progress.NAME:  # of what goes on: whole, and more each time
        return bool(json.loads(found)["key"])
    return found == wanted or name.endswith((".pt", "log.txt", "run.lock"))


def killed_and_done_again(staged: Path, wanted: dict[str, bytes], name: str, kind: str, places: Sequence[int]) -> None:
    try:
        for n in places:
            if name == "replace" and not (staged / "out").exists():
                victims.do("convert", staged)
            victims.do(name, staged, kill=(kind, n))
            found = visible(left(staged)) if (staged / "out").exists() else {}
            if name != "train":  # which test_killed.py looks at
                assert [path for path, data in found.items() if not same(path, data, wanted.get(path, b"?"))] == []
        assert victims.do(name, staged).sentence == "" or name in ("train", "unpack")  # these may be done already
        found = left(staged)
        assert sorted(found) == sorted(wanted)
        assert [path for path, data in found.items() if not same(path, data, wanted[path])] == []
    finally:
        shutil.rmtree(staged / "out", ignore_errors=True)


@pytest.mark.parametrize("name,kind", [("generate", "begin"), ("convert", "after folder"), ("unpack", "before folder")])
def test_that_a_job_that_was_killed_leaves_nothing_behind_once_it_is_done_again(
    staged: Path, whole: Callable[[str], dict[str, bytes]], name: str, kind: str
) -> None:
    killed_and_done_again(staged, whole(name), name, kind, [1])


@pytest.mark.slow
@pytest.mark.parametrize("kind", victims.KILLS_OF_JOBS)
@pytest.mark.parametrize("name", victims.JOBS)
def test_that_every_job_may_be_killed_at_every_place(
    staged: Path, whole: Callable[[str], dict[str, bytes]], name: str, kind: str
) -> None:
    killed_and_done_again(staged, whole(name), name, kind, [1, 2, 5])


@pytest.mark.parametrize("name", victims.JOBS)
def test_that_of_two_at_once_the_second_says_who_works_there(
    staged: Path, whole: Callable[[str], dict[str, bytes]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(files, "WAIT_S", 0.1)
    wanted, first = whole(name), victims.job(name, staged)
    try:
        for _ in first:
            if (staged / "out").exists() and [*(staged / "out").rglob("*.lock"), *(staged / "out").glob(".wall.gif.part")]:
                break
        with pytest.raises(StudioError) as raised:
            list(victims.job(name, Path(os.path.relpath(staged))))
        if name == "export":  # which is over in a moment
            assert "wall.gif: another process is writing it; wait for that one" in str(raised.value)
        else:
            assert re.search(rf"process {os.getpid()} on .* has been .* since \d+-.*; (wait|stop)", str(raised.value))
        assert list(first)
        assert sorted(left(staged)) == sorted(wanted)
    finally:
        first.close()
        shutil.rmtree(staged / "out", ignore_errors=True)
