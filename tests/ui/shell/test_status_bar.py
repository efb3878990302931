"""The status bar: each lane's job, how far it is, what is left, and Cancel."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from svg_studio.engine.events import (
    Finished,
    JobStarted,
    Paused,
    Progressed,
    RunStarted,
    StepFinished,
    Stopped,
)
from svg_studio.engine.worker import Job
from svg_studio.ui.shell.status_bar import STOPPING, StatusBar


@pytest.fixture
def status(qtbot: QtBot) -> StatusBar:
    status = StatusBar()
    qtbot.addWidget(status)
    status.show()
    return status


def test_that_the_status_bar_shows_a_jobs_progress_until_it_ends(status: StatusBar, qtbot: QtBot) -> None:
    job = Job("any:thing")
    status.on_event(job, JobStarted("Fetching"), lane="studio")
    status.on_event(job, Progressed(3, 10, "files"), lane="studio")
    qtbot.waitUntil(status.studio.isVisible)
    assert status.studio.label.text() == "Fetching"
    assert (status.studio.progress.value(), status.studio.progress.maximum()) == (3, 10)
    assert "3/10 files" in status.studio.left.text()
    assert not status.training.isVisible()
    status.on_event(job, Finished(), lane="studio")
    assert not status.studio.isVisible()


def test_that_each_lane_has_a_strip_of_its_own_and_bytes_are_told_as_people_do(status: StatusBar, qtbot: QtBot) -> None:
    job = Job("data.download.download:download", title="Downloading BAIR")
    status.on_event(job, JobStarted(job.title), lane="files")
    status.on_event(job, Progressed(8_000_000_000, 32_000_000_000, "bytes", "bair.tar"), lane="files")
    qtbot.waitUntil(status.files.isVisible)
    assert status.files.label.text() == "Downloading BAIR: bair.tar"
    assert status.files.progress.value() * 4 == status.files.progress.maximum()
    assert status.files.left.text() == "8.0 GB of 32.0 GB"
    assert not status.studio.isVisible()
    assert not status.training.isVisible()
    qtbot.mouseClick(status.files.cancel, Qt.MouseButton.LeftButton)
    assert job.stopping


def test_that_time_left_follows_the_pace_and_not_a_pause(status: StatusBar, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("svg_studio.ui.shell.status_bar.time.monotonic", lambda: now[0])
    strip, job = status.studio, Job("any:thing")
    strip.on_event(job, JobStarted("x"))
    strip.on_event(job, Progressed(0, 100))
    assert strip.seconds_left() is None
    now[0] += 10
    strip.on_event(job, Progressed(20, 100))
    assert strip.seconds_left() == pytest.approx(40)
    now[0] += 1000
    strip.on_event(job, Paused())
    assert strip.seconds_left() is None


def test_that_the_time_left_of_a_run_is_the_run_s_own_estimate(status: StatusBar) -> None:
    strip, job = status.training, Job("training.train:train", title="Training")
    strip.on_event(job, JobStarted("Training"))
    strip.on_event(job, RunStarted(Path("runs/a"), {}, 1, "CPU", "fp32", 10_000))
    for step, left, words in ((5001, (1200.0, 2400.0), "20–40 min left"), (5060, (2160.0, 2160.0), "36 min left")):
        strip.on_event(job, StepFinished(step, 0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, left))
        strip.refresh()
        assert strip.left.text() == f"{step:,}/10,000 steps · {words}"
    job.pause()
    strip.refresh()
    assert "left" not in strip.left.text()
    job.resume()
    strip.on_event(job, Progressed(3, 25, "frames", "Preview"))
    strip.refresh()
    assert strip.left.text() == "3/25 frames", "how long a preview takes is no other time left"
    strip.on_event(job, StepFinished(5061, 0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, (2159.0, 2159.0)))
    strip.refresh()
    assert "36 min left" in strip.left.text()


def test_that_training_is_stopped_and_kept_and_other_jobs_are_cancelled(status: StatusBar) -> None:
    status.training.on_event(Job("training.train:train"), JobStarted("Training"))
    assert status.training.cancel.text() == "Stop and keep"
    assert status.training.cancel.accessibleName() == "Stop and keep: Training"
    status.files.on_event(Job("data.download.download:download"), JobStarted("Downloading"))
    assert status.files.cancel.text() == "Cancel"


def test_that_cancel_says_at_once_that_it_stops_after_this_step(status: StatusBar, qtbot: QtBot) -> None:
    job = Job("any:thing")
    status.on_event(job, JobStarted("Training"), lane="training")
    qtbot.waitUntil(status.training.isVisible)
    qtbot.mouseClick(status.training.cancel, Qt.MouseButton.LeftButton)
    assert job.stopping
    assert status.training.label.text() == STOPPING
    assert not status.training.cancel.isEnabled()
    status.on_event(job, Stopped(), lane="training")
    assert not status.training.isVisible()


def test_that_jobs_that_share_the_bar_keep_their_figures_and_tell_the_rest_in_tips(
    status: StatusBar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("svg_studio.ui.shell.status_bar.time.monotonic", lambda: now[0])
    status.resize(960, 34)
    jobs = {
        "training": Job("training.train:train", title="Training"),
        "evaluation": Job("evaluation.evaluate:evaluate", title="Evaluating"),
        "files": Job("data.download.download:download", title="Downloading KTH actions"),
    }
    for lane, job in jobs.items():
        status.on_event(job, JobStarted(job.title), lane=lane)
        status.on_event(job, Progressed(0, 1000, "parts", "the middle of things"), lane=lane)
    now[0] += 60
    for lane, job in jobs.items():
        status.on_event(job, Progressed(20, 1000, "parts", "the middle of things"), lane=lane)
    strips = [status.training, status.files, status.evaluation]
    for strip in strips:
        qtbot.waitUntil(strip.isVisible)
    for strip in strips:
        strip.refresh()
    status.layout().activate()
    for strip, title in zip(strips, ("Training", "Downloading KTH actions", "Evaluating"), strict=True):
        assert strip.left.text() == "2 % · 49 min"
        assert strip.left.width() >= strip.left.fontMetrics().horizontalAdvance(strip.left.text()), "nothing of it is cut"
        assert not strip.cancel.isVisible()
        assert title in strip.cross.accessibleName()
        assert "the middle of things" in strip.label.toolTip()
        assert "20/1,000 parts" in strip.label.toolTip()
    assert not status.device.isVisible(), "the figures of three need its room"
    status.evaluation.cross.click()
    assert jobs["evaluation"].stopping
    assert not jobs["training"].stopping
    status.on_event(jobs["evaluation"], Stopped(), lane="evaluation")
    status.on_event(jobs["files"], Stopped(), lane="files")
    assert status.training.cancel.isVisible(), "who is alone has room again"
    assert "20/1,000 parts" in status.training.left.text()


def test_that_what_ends_a_run_says_that_it_is_kept(status: StatusBar) -> None:
    status.on_event(Job("training.train:train"), JobStarted("Training"), lane="training")
    status.on_event(Job("sampling.futures:explore"), JobStarted("Sampling"), lane="studio")
    assert status.training.cancel.text() == "Stop and keep"
    assert status.training.cross.accessibleName() == "Stop and keep: Training"
    assert status.studio.cancel.text() == "Cancel"
