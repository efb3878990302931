"""The list of runs: what each folder tells, read again only where it changed, and never broken by what lies there."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.library_runs import make_run, metrics_line

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import RunRow, RunsListed
from svg_studio.engine.runs import library
from svg_studio.engine.runs.library import read_config, read_row, scan
from svg_studio.engine.runs.lock import RunLock
from svg_studio.engine.runs.state import RunState

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes as POSIX has them")


def listed(log_dir: Path, known: tuple[RunRow, ...] = ()) -> RunsListed:
    return [event for event in scan(log_dir, known) if isinstance(event, RunsListed)][-1]


def test_that_a_row_tells_what_state_config_and_a_persons_words_say(tmp_path: Path) -> None:
    run = make_run(
        tmp_path, "one", state="failed", reason="the loss is NaN; lower lr", frames_per_s=7.0, device="CPU", parameters=9
    )
    (run / "about.json").write_text(json.dumps({"tags": ["a", "b"], "notes": "why"}))
    (row,) = listed(tmp_path).rows
    assert (row.path, row.state, row.reason) == (run, "failed", "the loss is NaN; lower lr")
    assert (row.step, row.steps, row.seconds, row.frames_per_s) == (5, 10, 2.5, 7.0)
    assert (row.best_mse, row.best_step) == (0.25, 5)
    assert (row.started, row.updated) == (1000.0, 2000.0)
    assert (row.dataset, row.prior, row.backbone, row.device, row.parameters) == ("smmnist", "learned", "dcgan", "CPU", 9)
    assert (row.tags, row.notes, row.live) == (("a", "b"), "why", False)
    assert row.config["model"]["z_dim"] == 10
    assert row.checkpoint == run / "checkpoints" / "last.pt"


def test_that_the_name_of_a_converted_set_stands_for_its_kind(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    config = json.loads((run / "config.json").read_text())
    config["data"] |= {"dataset": "videos", "store": "garden"}
    (run / "config.json").write_text(json.dumps(config))
    assert read_row(run).dataset == "garden"


def test_that_the_size_is_that_of_all_files_and_the_newest_checkpoint_is_named(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    (run / "checkpoints" / "step_9.pt").write_bytes(bytes(500))
    for name in (".other.pt", ".last.pt.part", "notes.txt"):
        (run / "checkpoints" / name).write_bytes(bytes(50))
    (run / "previews" / "x.pt").write_bytes(bytes(5))
    os.utime(run / "checkpoints" / "last.pt", ns=(10, 10))
    os.utime(run / "checkpoints" / "step_9.pt", ns=(20, 20))
    row = read_row(run)
    assert row.checkpoint == run / "checkpoints" / "step_9.pt"
    assert row.size == sum(path.stat().st_size for path in run.rglob("*") if path.is_file())
    os.utime(run / "checkpoints" / "last.pt", ns=(20, 20))
    assert read_row(run).checkpoint == run / "checkpoints" / "last.pt"


def test_that_a_run_under_way_that_nobody_writes_has_crashed(tmp_path: Path) -> None:
    run = make_run(tmp_path, state="running")
    assert (read_row(run).state, read_row(run).live) == ("crashed", False)
    lock = RunLock(run)
    try:
        assert (read_row(run).state, read_row(run).live) == ("running", True)
    finally:
        lock.release()
    assert read_row(make_run(tmp_path, "two", state="paused")).state == "crashed"


def test_that_a_run_of_another_machine_is_live_while_it_says_so(tmp_path: Path) -> None:
    fresh = make_run(tmp_path, "fresh", state="running", host="elsewhere", updated=time.time())
    stale = make_run(tmp_path, "stale", state="running", host="elsewhere", updated=time.time() - 600)
    assert (read_row(fresh).state, read_row(fresh).live) == ("running", True)
    assert (read_row(stale).state, read_row(stale).live) == ("crashed", False)


@pytest.mark.parametrize("step, state", [(4, "stopped"), (10, "finished"), (0, "stopped")])
def test_that_a_run_without_a_state_is_told_by_its_last_step(tmp_path: Path, step: int, state: str) -> None:
    run = make_run(tmp_path, step=step, state=None)
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"step": 99}')  # whose end may be missing
    os.utime(run / "metrics.jsonl", (300, 300))
    row = read_row(run)
    assert (row.state, row.step, row.steps, row.seconds) == (state, step, 10, step / 2)
    assert row.updated == 300


def test_that_the_last_step_is_found_at_the_end_of_a_long_file(tmp_path: Path) -> None:
    run = make_run(tmp_path, step=500, state=None)
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"step": "many"}\n[1]\nnull\n')
    assert library.last_step(run)["step"] == 500


def test_that_newer_runs_come_first_and_what_is_no_run_is_left_out(tmp_path: Path) -> None:
    for name, started in (("b", 2.0), ("a", 3.0), ("c", 1.0)):
        make_run(tmp_path, name, started=started)
    make_run(tmp_path / ".trash" / "7", "gone")
    make_run(tmp_path, ".hidden")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    found = listed(tmp_path)
    assert [row.path.name for row in found.rows] == ["a", "b", "c"]
    assert found.trashed == (tmp_path / ".trash" / "7" / "gone",)


def test_that_no_folder_is_no_run_and_a_file_is_refused(tmp_path: Path) -> None:
    assert listed(tmp_path / "none").rows == ()
    (tmp_path / "file").touch()
    with pytest.raises(StudioError, match=r"file: cannot be read .*; choose another log folder"):
        listed(tmp_path / "file")


def test_that_only_runs_whose_files_changed_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = {name: make_run(tmp_path, name) for name in ("same", "changed", "under-way")}
    make_run(tmp_path, "other")
    RunState(state="running", host=platform.node()).write(runs["under-way"])
    lock = RunLock(runs["under-way"])
    first = listed(tmp_path)
    lock.release()  # which no file tells
    read: list[str] = []
    monkeypatch.setattr(library, "read_row", lambda path: read.append(path.name) or read_row(path))
    with (runs["changed"] / "metrics.jsonl").open("a") as file:
        file.write(metrics_line(6))
    (runs["same"].parent / "other").rename(tmp_path / "renamed")
    second = listed(tmp_path, first.rows)
    assert sorted(read) == ["changed", "renamed", "under-way"]
    assert {row.path.name: row.state for row in second.rows} == {
        "same": "stopped",
        "changed": "stopped",
        "under-way": "crashed",
        "renamed": "stopped",
    }


@pytest.mark.parametrize("name", ["state.json", "about.json", "config.json", "checkpoints/best.pt"])
def test_that_a_new_file_of_a_run_is_noticed(tmp_path: Path, name: str) -> None:
    run = make_run(tmp_path)
    before = library.signature(run)
    assert library.signature(run) == before
    path = run / name
    path.unlink(missing_ok=True)
    path.write_text('{"other": 1}')
    assert library.signature(run) != before


def test_that_a_scan_of_many_runs_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "PAUSE_EVERY", 2)
    for number in range(5):
        make_run(tmp_path, f"{number}")
    said = [type(event).__name__ for event in scan(tmp_path)]
    assert said == ["Progressed", "Progressed", "RunsListed"]


# ---- what lies in folders that anybody may have written


def config_without(*names: str, **values: object) -> str:
    config = TrainConfig().to_dict() | values
    return json.dumps({name: value for name, value in config.items() if name not in names})


BROKEN = {
    "too long": ("x" * 10_000_000, "is more than 1,000,000 bytes long"),
    "no JSON": ("{", "is no JSON"),
    "no text": (b"\xff\xfe\x00", "is no JSON"),
    "not a number": (config_without(lr=float("nan")), "is no JSON"),
    "deep": ("[" * 100_000, "is no JSON"),
    "a long number": ("1" * 10_000, "is no JSON"),
    "a list": ("[]", "holds no settings by name"),
    "no model": (config_without("model"), "has no settings of model and data"),
    "model of another type": (config_without(model=[1]), "has no settings of model and data"),
    "no epochs": (config_without("niter"), "niter is not usable"),
    "epochs of another type": (config_without(niter="many"), "niter is not usable"),
    "no end of epochs": (config_without(niter=10**400), "niter is not usable"),
    "true": (config_without(epoch_size=True), "epoch_size is not usable"),
    "data set of another type": (config_without(data={"dataset": 3}), "dataset is not usable"),
    "store of another type": (config_without(data={"dataset": "kth", "store": {}}), "store is not usable"),
}


@pytest.mark.parametrize("content, reason", BROKEN.values(), ids=BROKEN)
def test_that_a_config_that_cannot_be_used_makes_a_damaged_row(tmp_path: Path, content: str | bytes, reason: str) -> None:
    make_run(tmp_path, "good")
    run = make_run(tmp_path, "bad")
    (run / "config.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    rows = {row.path.name: row for row in listed(tmp_path).rows}
    assert rows["good"].state == "stopped"
    assert rows["bad"].state == "damaged"
    assert str(run / "config.json") in rows["bad"].reason
    assert reason in rows["bad"].reason
    assert rows["bad"].size > 1000


def test_that_a_missing_config_is_said(tmp_path: Path) -> None:
    (make_run(tmp_path) / "config.json").unlink()
    assert "config.json: is missing" in listed(tmp_path).rows[0].reason


def loop(path: Path) -> None:
    path.symlink_to(path)


def pipe(path: Path) -> None:
    os.mkfifo(path)


@needs_posix
@pytest.mark.parametrize("name", ["config.json", "state.json", "about.json", "metrics.jsonl", "run.lock", "checkpoints"])
@pytest.mark.parametrize("make", [loop, pipe, Path.mkdir], ids=["loop", "pipe", "folder"])
def test_that_links_to_themselves_pipes_and_folders_in_a_files_place_break_nothing(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    run = make_run(tmp_path, "bad", state=None)
    if name == "checkpoints":
        (run / name / "last.pt").unlink()
        (run / name).rmdir()
    else:
        (run / name).unlink(missing_ok=True)
    make(run / name)
    make_run(tmp_path, "good")
    rows = {row.path.name: row for row in listed(tmp_path).rows}
    assert set(rows) == {"good", "bad"}
    assert (rows["bad"].state == "damaged") is (name == "config.json")


@needs_posix
def test_that_links_between_folders_end_the_search(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    before = read_row(run).size
    (run / "previews" / "up").symlink_to(tmp_path, target_is_directory=True)
    loop(tmp_path / "loop")
    (row,) = listed(tmp_path).rows
    assert before < row.size < before + 1000, "the link itself, and nothing behind it"


@pytest.mark.parametrize("content", ["{", "[]", '{"state": "flying"}', '{"state": []}', "[" * 100_000, '{"step": NaN}'])
def test_that_a_state_nobody_can_read_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    run = make_run(tmp_path, state=None)
    (run / "state.json").write_text(content)
    assert (read_row(run).state, read_row(run).step) == ("stopped", 5)


def test_that_odd_values_in_a_state_are_left_out(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    (run / "state.json").write_text(
        '{"state": "failed", "step": -1, "steps": "x", "seconds": NaN, "best": {"step": 1}, "started": []}'
    )
    row = read_row(run)
    assert (row.state, row.step, row.steps, row.seconds, row.best_mse, row.started) == ("failed", 0, 10, 0.0, None, 0.0)


@pytest.mark.parametrize("content", ["{", "[]", '{"tags": "a", "notes": 3}', '{"tags": [1, null], "notes": {}}', "x" * 2_000_000])
def test_that_damaged_words_of_a_person_cost_these_words_alone(tmp_path: Path, content: str) -> None:
    run = make_run(tmp_path)
    (run / "about.json").write_text(content)
    row = read_row(run)
    assert (row.state, row.tags, row.notes) == ("stopped", (), "")


def test_that_a_run_with_settings_of_another_version_lists_and_says_what_cannot_be_resumed(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    assert read_config(run).niter == 2
    (run / "config.json").write_text(config_without(flux=3))
    assert read_row(run).state == "stopped"
    with pytest.raises(StudioError, match=r"config.json: flux: no such setting .*; start a new run"):
        read_config(run)
