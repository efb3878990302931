"""The newest wish is met first, older ones later, and what nobody looks at any more is given up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import DataConfig, FuturesConfig
from svg_studio.engine.events import (
    ClipOpened,
    Failed,
    Finished,
    FramesImagined,
    FutureSampled,
    FutureScored,
    ModelLeftOut,
    ModelOpened,
    OfModel,
    SnapshotsListed,
    Stopped,
)
from svg_studio.engine.worker import Job
from svg_studio.ui.futures.compare.asking import CompareAsking

A, B, C, D = (Path(f"{name}.pt") for name in "abcd")
CONFIG = FuturesConfig(model_path="a.pt", data=DataConfig(digits="drawn"), n_past=2, n_future=3)
TRUTH = np.zeros((5, 8, 8, 1), np.uint8)


@pytest.fixture
def asking(quiet_lane: Any, qtbot: QtBot) -> CompareAsking:
    return CompareAsking(quiet_lane, CONFIG, [7, 8])


def jobs(asking: CompareAsking) -> list[Job]:
    return asking._studio.jobs  # type: ignore[attr-defined, no-any-return]


def models(job: Job) -> list[Path]:
    return list(job.arguments["models"])


def says(asking: CompareAsking, job: Job, row: int) -> None:
    """All that the lane says of one model."""
    path = models(job)[row]
    asking.on_event(job, OfModel(row, ModelOpened(path, {}, {}, 4, 10, "CPU", "fp32")))
    asking.on_event(job, ClipOpened("test", 0, "", TRUTH))
    for t in range(2, 5):
        asking.on_event(job, OfModel(row, FramesImagined(t, 2, 5, np.full((2, 8, 8, 1), t, np.uint8))))
    for number in range(2):
        asking.on_event(job, OfModel(row, FutureSampled(number, 7 + number, 2, TRUTH, ())))
    for number in range(2):
        asking.on_event(job, OfModel(row, FutureScored(number, 7 + number, (float("nan"),) * 2 + (0.5,) * 3, ())))


def finish(asking: CompareAsking) -> Job:
    job = asking.job
    assert job is not None
    for row in range(len(models(job))):
        says(asking, job, row)
    asking.on_event(job, Finished())
    return job


def test_that_all_rows_are_asked_for_at_once_with_the_seeds(asking: CompareAsking) -> None:
    asking.wish([A, B, A])
    (job,) = jobs(asking)
    assert (job.target, models(job), job.arguments["seeds"]) == ("sampling.compare:compare", [A, B], (7, 8))
    finish(asking)
    assert asking.results.is_done(A)
    assert asking.results.is_done(B)
    assert not asking.busy


def test_that_what_is_there_is_not_asked_for_again_and_must_fit_what_was(asking: CompareAsking) -> None:
    asking.wish([A])
    assert jobs(asking)[0].arguments["shape"] is None
    finish(asking)
    asking.wish([A, B])
    assert models(jobs(asking)[1]) == [B]
    assert jobs(asking)[1].arguments["shape"] == (8, 1)
    finish(asking)
    asking.wish([B, A])
    assert len(jobs(asking)) == 2


def test_that_the_newest_wish_comes_first_and_the_others_after_it(asking: CompareAsking) -> None:
    asking.wish([A])
    asking.wish([B])
    asking.wish([C])
    first, second, third = jobs(asking)
    assert (first.stopping, second.stopping, third.stopping) == (True, True, False)
    assert [models(finish(asking)) for _ in range(3)] == [[C], [B], [A]]
    assert not asking.busy


def test_that_what_a_job_given_up_still_says_is_passed_over(asking: CompareAsking) -> None:
    asking.wish([A])
    old = jobs(asking)[0]
    asking.wish([B])
    says(asking, old, 0)
    asking.on_event(old, Stopped())
    assert not asking.results.is_done(A)
    assert models(asking.job) == [B]  # type: ignore[arg-type]


def test_that_a_wish_within_what_is_being_made_gives_nothing_up(asking: CompareAsking) -> None:
    asking.wish([A, B])
    asking.wish([B])
    assert len(jobs(asking)) == 1
    assert not jobs(asking)[0].stopping


def test_that_models_off_the_list_are_not_made(asking: CompareAsking) -> None:
    asking.wish([A])
    asking.wish([B])
    asking.keep_to([B])
    finish(asking)
    assert len(jobs(asking)) == 2
    assert not asking.busy


def test_that_one_left_out_is_not_asked_for_again(asking: CompareAsking) -> None:
    asking.wish([A])
    asking.on_event(jobs(asking)[0], ModelLeftOut(0, A, "a.pt: there is no such file."))
    asking.on_event(jobs(asking)[0], Finished())
    asking.wish([A])
    assert len(jobs(asking)) == 1
    result = asking.results.of(A)
    assert result is not None
    assert result.why == "a.pt: there is no such file."


def test_that_a_failure_is_said_and_ends_there(asking: CompareAsking, qtbot: QtBot) -> None:
    asking.wish([A])
    with qtbot.waitSignal(asking.failed) as said:
        asking.on_event(jobs(asking)[0], Failed("No memory is left", ""))
    assert "No memory is left" in said.args[0]
    assert len(jobs(asking)) == 1


def test_that_other_seeds_make_all_that_is_shown_anew(asking: CompareAsking) -> None:
    asking.wish([A, B])
    finish(asking)
    asking.begin(CONFIG, [1])
    assert (models(jobs(asking)[1]), jobs(asking)[1].arguments["seeds"]) == ([A, B], (1,))


def test_that_snapshots_are_told_and_nothing_is_heard_after_the_end(asking: CompareAsking, qtbot: QtBot) -> None:
    asking.look_for_snapshots(Path("run"))
    job = jobs(asking)[0]
    with qtbot.waitSignal(asking.listed):
        asking.on_event(job, SnapshotsListed(Path("run"), ()))
    asking.wish([A])
    asking.close()
    assert jobs(asking)[1].stopping
    assert not asking.busy
