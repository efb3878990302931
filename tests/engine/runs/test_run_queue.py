"""The queue of runs: its order, what becomes of failures, and its file, whoever has written that."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from svg_studio.engine.config import ConfigError, ModelConfig, TrainConfig
from svg_studio.engine.runs.run_queue import MAX_RUNS, NAME, RunQueue


def config(seed: int, **more: object) -> TrainConfig:
    return TrainConfig(seed=seed, **more)  # type: ignore[arg-type]


def seeds(queue: RunQueue) -> list[int]:
    return [entry.config.seed for entry in queue.entries]


@pytest.fixture
def queue(tmp_path: Path) -> RunQueue:
    """Three runs with seeds 1, 2 and 3."""
    queue = RunQueue(tmp_path)
    queue.add([config(1), config(2), config(3)])
    return queue


def reopened(queue: RunQueue, folder: Path) -> RunQueue:
    """As the next window finds it."""
    queue.close()
    return RunQueue(folder)


def test_that_runs_are_taken_in_their_order(queue: RunQueue) -> None:
    for seed in (1, 2, 3):
        entry = queue.take()
        assert entry is not None
        assert entry == queue.current
        assert entry.config.seed == seed
        queue.ended()
        assert queue.current is None
    assert queue.take() is None


def number(queue: RunQueue, seed: int) -> int:
    """The number of the entry with this seed."""
    return next(entry.number for entry in queue.entries if entry.config.seed == seed)


def test_that_runs_can_be_moved_as_far_as_there_is_room_and_removed(queue: RunQueue) -> None:
    queue.move(number(queue, 3), -2)
    assert seeds(queue) == [3, 1, 2]
    queue.move(number(queue, 3), 1)
    assert seeds(queue) == [1, 3, 2]
    queue.move(number(queue, 2), 1)
    queue.move(number(queue, 1), -1)
    queue.move(99, 1)
    assert seeds(queue) == [1, 3, 2]
    queue.remove([number(queue, 1), number(queue, 2), 99])
    assert seeds(queue) == [3]


def test_that_every_entry_has_a_number_of_its_own_for_good(queue: RunQueue) -> None:
    before = {entry.config.seed: entry.number for entry in queue.entries}
    queue.take()
    queue.ended("failed")
    queue.move(before[3], -1)
    queue.add([config(4)])
    after = {entry.config.seed: entry.number for entry in queue.entries}
    assert len(set(after.values())) == 4
    assert {seed: after[seed] for seed in before} == before


def test_that_a_failed_run_stands_first_is_passed_over_and_can_be_tried_again(queue: RunQueue, tmp_path: Path) -> None:
    queue.take()
    queue.began(tmp_path / "runs" / "a")
    queue.ended("data: gone")
    assert [(entry.config.seed, entry.reason) for entry in queue.entries] == [(1, "data: gone"), (2, ""), (3, "")]
    assert queue.waiting == 2
    entry = queue.take()
    assert entry is not None
    assert entry.config.seed == 2
    queue.ended()
    queue.retry([number(queue, 1)])
    assert queue.waiting == 2
    again = queue.take()
    assert again is not None
    assert (again.config.seed, again.run) == (1, str(tmp_path / "runs" / "a"))


def test_that_failed_runs_keep_their_order_before_those_that_wait(queue: RunQueue) -> None:
    for _ in range(2):
        queue.take()
        queue.ended("failed")
    assert [(entry.config.seed, bool(entry.reason)) for entry in queue.entries] == [(1, True), (2, True), (3, False)]


def test_that_a_run_that_was_not_trained_is_the_next_one_again(queue: RunQueue) -> None:
    queue.take()
    queue.put_back()
    assert queue.current is None
    assert seeds(queue) == [1, 2, 3]
    queue.put_back()
    assert seeds(queue) == [1, 2, 3]


def test_that_a_run_goes_on_where_it_has_left_a_folder_of_its_own(queue: RunQueue, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "a"
    assert not queue.entries[0].resumes
    queue.take()
    queue.began(run)
    queue.ended("failed")
    assert not queue.entries[0].resumes
    run.mkdir(parents=True)
    (run / "config.json").write_text(config(1).to_json())
    assert queue.entries[0].resumes, "training starts from step 0 where there is no checkpoint"


def test_that_a_folder_nobody_can_look_into_is_none_to_go_on_in(queue: RunQueue, tmp_path: Path) -> None:
    queue.take()
    queue.began(tmp_path / ("a" * 300))
    queue.put_back()
    assert not queue.entries[0].resumes
    assert not reopened(queue, tmp_path).entries[0].resumes


def test_that_a_run_that_goes_on_waits_once(queue: RunQueue, tmp_path: Path) -> None:
    for seed in (7, 8):
        queue.add([config(seed, name="mine")], run=str(tmp_path / "mine"))
    assert seeds(queue) == [1, 2, 3, 8]
    assert queue.entries[-1].run == str(tmp_path / "mine")


def test_that_there_is_an_end_to_what_a_queue_holds(queue: RunQueue) -> None:
    with pytest.raises(ConfigError, match=f"498 more runs: the queue holds at most {MAX_RUNS}"):
        queue.add([config(9)] * (MAX_RUNS - 2))
    assert seeds(queue) == [1, 2, 3]


def test_that_two_runs_of_one_folder_are_refused_and_none_is_added(queue: RunQueue, tmp_path: Path) -> None:
    queue.add([config(4, name="mine", log_dir=str(tmp_path))])
    for more in ([config(5), config(6, name="mine", log_dir=str(tmp_path))], [config(7, name="x"), config(8, name="x")]):
        with pytest.raises(ConfigError, match="waits or is being trained already; choose another one"):
            queue.add(more)
    queue.add([config(9, name="mine", log_dir=str(tmp_path / "elsewhere"))])
    assert seeds(queue) == [1, 2, 3, 4, 9]
    queue.remove(range(100))
    assert queue.clash([config(1, name="mine", log_dir=str(tmp_path))], config(2, name="mine", log_dir=str(tmp_path)))
    queue.add([config(10, name="mine", log_dir=str(tmp_path))])
    queue.take()
    with pytest.raises(ConfigError, match="name=mine"):  # it is being trained
        queue.add([config(11, name="mine", log_dir=str(tmp_path))])


def test_that_a_run_somebody_else_goes_on_with_is_forgotten(queue: RunQueue, tmp_path: Path) -> None:
    queue.take()
    queue.began(tmp_path / "a")
    queue.ended("failed")
    queue.forget(str(tmp_path / "b"))
    assert seeds(queue) == [1, 2, 3]
    queue.forget(str(tmp_path / "a"))
    assert seeds(queue) == [2, 3]
    queue.forget("")
    assert seeds(queue) == [2, 3]


def test_that_every_change_is_in_the_file_at_once(queue: RunQueue, tmp_path: Path) -> None:
    changes = [
        lambda: queue.move(number(queue, 1), 2),
        lambda: queue.remove([number(queue, 2)]),
        lambda: queue.add([config(8, model=ModelConfig(beta=0.25))]),
        queue.take,
        queue.put_back,
        queue.take,
        lambda: queue.began(tmp_path / "run"),
        lambda: queue.ended("why"),
        lambda: queue.retry([number(queue, 3)]),
        lambda: queue.forget(str(tmp_path / "run")),
    ]
    for change in changes:
        change()
        kept = json.loads((tmp_path / NAME).read_text(encoding="utf-8"))["runs"]
        there = [*([queue.current] if queue.current else []), *queue.entries]
        assert [TrainConfig.from_dict(one["config"]) for one in kept] == [entry.config for entry in there]
        assert [(one["run"], one["reason"]) for one in kept] == [(entry.run, entry.reason) for entry in there]
    assert {path.name for path in tmp_path.iterdir()} == {NAME, "run.lock"}


def test_that_the_next_window_finds_the_run_in_hand_first(queue: RunQueue, tmp_path: Path) -> None:
    queue.take()
    queue.began(tmp_path / "run")
    queue.close()
    queue.ended()  # as the window's last run says while it closes
    found = RunQueue(tmp_path)
    assert seeds(found) == [1, 2, 3]
    assert [entry.run for entry in found.entries] == [str(tmp_path / "run"), "", ""]
    assert found.problem == ""
    assert found.current is None


def test_that_a_second_window_has_a_queue_of_its_own_and_says_so(queue: RunQueue, tmp_path: Path) -> None:
    second = RunQueue(tmp_path)
    assert f"Another window (process {os.getpid()} on " in second.problem
    assert second.entries == ()
    second.add([config(9)])
    assert seeds(reopened(queue, tmp_path)) == [1, 2, 3]


def test_that_a_second_window_takes_the_queue_over_once_the_first_is_closed(queue: RunQueue, tmp_path: Path) -> None:
    second = RunQueue(tmp_path)
    second.add([config(9)])
    assert not second.is_kept
    queue.close()
    second.add([config(10)])
    assert second.is_kept
    assert second.problem == ""
    assert seeds(second) == [1, 2, 3, 9, 10]
    assert seeds(reopened(second, tmp_path)) == [1, 2, 3, 9, 10]


def test_that_a_queue_without_a_folder_is_kept_nowhere() -> None:
    queue = RunQueue()
    queue.add([config(1)])
    assert seeds(queue) == [1]
    assert queue.problem == ""


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'{"runs": 3}',
        b'{"runs": {"config": {}}}',
        b'{"queue": []}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"runs": [' + b" " * (17 << 20) + b"]}",
    ],
    ids=lambda text: repr(text[:20]),
)
def test_that_a_file_that_cannot_be_read_is_kept_and_told(tmp_path: Path, text: bytes) -> None:
    (tmp_path / NAME).write_bytes(text)
    (tmp_path / "queue.unreadable-1.json").write_text("an earlier one")
    queue = RunQueue(tmp_path)
    assert queue.entries == ()
    assert "the file could not be read; it is kept as queue.unreadable-2.json" in queue.problem
    assert (tmp_path / "queue.unreadable-2.json").read_bytes() == text
    assert (tmp_path / "queue.unreadable-1.json").read_text() == "an earlier one"
    queue.add([config(1)])
    assert seeds(reopened(queue, tmp_path)) == [1]


@pytest.mark.parametrize(
    "entry",
    [
        3,
        None,
        [],
        {"config": 4},
        {"config": {"lr": "fast"}},
        {"config": {"lr": 1e400}},
        {"config": {"batch_size": -1}},
        {"config": {"unknown": 1}},
        {"config": {"model": []}},
        {"config": {}, "run": 7},
        {"config": {}, "run": "a\0b"},
        {"config": {}, "reason": None},
        {"config": {}, "reason": {"x": 1}},
        {"config": None},
        {"run": "a"},
    ],
    ids=repr,
)
def test_that_an_odd_entry_costs_no_other(queue: RunQueue, tmp_path: Path, entry: object) -> None:
    queue.close()
    plain = json.loads((tmp_path / NAME).read_text())
    plain["runs"].insert(1, entry)
    (tmp_path / NAME).write_text(json.dumps(plain))
    found = RunQueue(tmp_path)
    assert seeds(found) == [1, 2, 3]
    assert "1 of its runs could not be read" in found.problem
    assert json.loads((tmp_path / "queue.unreadable-1.json").read_text()) == plain


def test_that_a_reason_is_one_line_of_text(queue: RunQueue, tmp_path: Path) -> None:
    queue.close()
    plain = json.loads((tmp_path / NAME).read_text())
    plain["runs"][0]["reason"] = "a\nb" + "c" * 5000
    (tmp_path / NAME).write_text(json.dumps(plain))
    first = RunQueue(tmp_path).entries[0]
    assert first.reason.startswith("a bc")
    assert len(first.reason) <= 1000


def test_that_a_file_in_the_place_of_the_folder_costs_the_file_alone(tmp_path: Path) -> None:
    (tmp_path / "queue").write_text("in the way")
    queue = RunQueue(tmp_path / "queue")
    queue.add([config(1)])
    assert seeds(queue) == [1]
    assert "the queue is lost when the window closes" in queue.problem


def test_that_a_disk_that_refuses_later_is_told_and_leaves_no_half_file(queue: RunQueue, tmp_path: Path) -> None:
    before = (tmp_path / NAME).read_bytes()
    (tmp_path / f".{NAME}.part").mkdir()  # where the new file is written first
    queue.add([config(4)])
    assert seeds(queue) == [1, 2, 3, 4]
    assert "the queue may be lost" in queue.problem
    assert (tmp_path / NAME).read_bytes() == before


def test_that_a_disk_that_takes_it_again_has_no_problem_any_more(queue: RunQueue, tmp_path: Path) -> None:
    (tmp_path / f".{NAME}.part").mkdir()
    queue.add([config(4)])
    assert queue.problem
    (tmp_path / f".{NAME}.part").rmdir()
    queue.add([config(5)])
    assert queue.problem == ""
    assert seeds(reopened(queue, tmp_path)) == [1, 2, 3, 4, 5]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the platform has no named pipes")
def test_that_a_pipe_in_the_place_of_the_file_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / NAME)
    queue = RunQueue(tmp_path)
    assert "could not be read" in queue.problem
    queue.add([config(1)])
    assert seeds(reopened(queue, tmp_path)) == [1]


def test_that_an_entry_is_frozen(queue: RunQueue) -> None:
    with pytest.raises(AttributeError):
        queue.entries[0].config.lr = 3.0  # type: ignore[misc]
    changed = replace(queue.entries[0].config, lr=3.0)
    assert queue.entries[0].config.lr != changed.lr
