"""The Train page, driven by its buttons and by events as the lanes send them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot
from support.library_runs import make_run

from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import (
    CheckpointSaved,
    EpochFinished,
    Failed,
    Finished,
    JobStarted,
    Paused,
    PreviewOpened,
    PreviewSaved,
    Progressed,
    Remedy,
    Resumed,
    RunFinished,
    RunMoved,
    RunStarted,
    RunVanished,
    StepFinished,
    Stopped,
    StoreFound,
)
from svg_studio.engine.presets import DEFAULT_PRESET, PRESETS
from svg_studio.engine.runs.curves import follow
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.train import form_text
from svg_studio.ui.train import page as train_page
from svg_studio.ui.train.extend_dialog import ExtendDialog
from svg_studio.ui.train.page import TrainPage
from svg_studio.ui.train.previews import IN_MEMORY
from svg_studio.ui.widgets import file_dialogs
from svg_studio.ui.widgets.setting_field import Choice

RUN = Path("runs") / "first"
LAST = RUN / "checkpoints" / "last.pt"


class Lane(Worker):
    """Takes jobs and runs none."""

    def __init__(self) -> None:
        super().__init__("lane")
        self.jobs: list[Job] = []

    def submit(self, job: Job) -> Job:
        self.jobs.append(job)
        return job


@pytest.fixture
def lanes() -> tuple[Lane, Lane]:
    return Lane(), Lane()


@pytest.fixture
def page(qtbot: QtBot, lanes: tuple[Lane, Lane], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainPage:
    monkeypatch.setenv("SVG_STUDIO_HOME", str(tmp_path))
    page = TrainPage(*lanes)
    qtbot.addWidget(page)
    return page


@pytest.fixture
def job(page: TrainPage, lanes: tuple[Lane, Lane]) -> Job:
    """A run that has made its first step."""
    button(page, "start").click()
    job = lanes[0].jobs[-1]
    page.on_event(job, JobStarted("Training"))
    page.on_event(job, RunStarted(RUN, page.settings.form.values(), 1000, "CPU", "fp32", 10_000))
    page.on_event(job, step(1))
    return job


def button(page: TrainPage, name: str) -> QPushButton:
    return page.bar.buttons[name]


def able(page: TrainPage) -> set[str]:
    return {name for name, b in page.bar.buttons.items() if b.isEnabled()}


def step(number: int, seconds: float | None = None) -> StepFinished:
    seconds = number / 7 if seconds is None else seconds
    left = 10_000 - number
    return StepFinished(number, number // 200, 0.1 + number, 0.1, 5.0, 1680.0, seconds, 10.0, (left / 10, left / 10))


def preview(number: int) -> PreviewSaved:
    return PreviewSaved(number, RUN / f"{number}.png", RUN / f"{number}.gif", np.full((3, 8, 12, 3), number, np.uint8))


def test_that_presets_name_data_sets_that_there_are() -> None:
    assert {preset.config.data.dataset for preset in PRESETS.values()} <= DATASETS.keys()


def test_that_start_trains_the_tiny_preset_at_once(page: TrainPage, lanes: tuple[Lane, Lane], tmp_path: Path) -> None:
    assert page.settings.presets.list.currentData() == DEFAULT_PRESET
    assert able(page) == {"start"}
    button(page, "start").click()
    job = lanes[0].jobs[0]
    config = job.arguments["config"]
    assert job.target == "training.train:train"
    assert config.data.digits == "drawn"
    assert config.model == PRESETS["tiny"].config.model
    assert Path(config.log_dir) == tmp_path / "runs"
    assert Path(config.data.data_root) == tmp_path / "data"
    assert page.is_training


def test_that_an_error_in_the_form_keeps_start_back_and_says_why(page: TrainPage, lanes: tuple[Lane, Lane]) -> None:
    page.settings.form.fields["batch_size"].set_value("many")
    assert able(page) == set()
    assert "batch_size='many': must be a whole number" in page.bar.status.text()
    page.settings.form.fields["batch_size"].set_value(4)
    assert able(page) == {"start"}
    assert page.bar.status.text() == ""
    button(page, "start").click()
    assert lanes[0].jobs[0].arguments["config"].batch_size == 4


def test_that_a_preset_leaves_folders_name_and_device_alone(page: TrainPage) -> None:
    kept = {"log_dir": "/elsewhere", "name": "mine", "device": "cpu", "precision": "fp32", "data_root": "/data"}
    for name, value in kept.items():
        page.settings.form.fields[name].set_value(value)
    page.settings.presets.list.setCurrentIndex(page.settings.presets.list.findData("smmnist-fp"))
    page.settings.presets.list.activated.emit(page.settings.presets.list.currentIndex())
    assert isinstance(page.settings.form.config, TrainConfig)
    assert page.settings.form.config.model == PRESETS["smmnist-fp"].config.model
    assert page.settings.form.config.batch_size == PRESETS["smmnist-fp"].config.batch_size
    assert {name: page.settings.form.fields[name].value() for name in kept} == kept
    assert page.settings.presets.note.text() == PRESETS["smmnist-fp"].note


def test_that_pause_says_at_once_that_it_waits_for_the_step(page: TrainPage, job: Job) -> None:
    assert able(page) == {"pause", "stop", "sample"}
    button(page, "pause").click()
    assert job.paused
    assert "pausing after this step" in page.bar.status.text()
    page.on_event(job, step(2))
    assert "pausing after this step" in page.bar.status.text()
    page.on_event(job, Paused())
    assert page.bar.status.text() == "paused"
    assert button(page, "pause").text() == "Resume"
    assert able(page) == {"pause", "stop"}
    button(page, "pause").click()
    assert not job.paused
    page.on_event(job, Resumed())
    assert page.bar.status.text() == "training"
    assert button(page, "pause").text() == "Pause"
    assert button(page, "pause").accessibleName() == "Pause"


def test_that_stop_says_at_once_that_it_waits_and_keeps_the_checkpoint(page: TrainPage, job: Job, qtbot: QtBot) -> None:
    button(page, "stop").click()
    assert job.stopping
    assert able(page) == set()
    assert "stopping after this step" in page.bar.status.text()
    page.on_event(job, step(2))
    page.on_event(job, preview(2))
    assert "stopping after this step" in page.bar.status.text()
    assert page.is_training
    page.on_event(job, Stopped())
    assert not page.is_training
    assert able(page) == {"start"}
    assert "checkpoint kept" in page.bar.status.text()
    assert page.runs.lines[RUN].state.text() == "stopped at step 2"
    with qtbot.waitSignal(page.open_in_futures) as opened:
        page.runs.lines[RUN].button.click()
    assert opened.args == [str(LAST)]


def test_that_a_paused_run_can_be_stopped(page: TrainPage, job: Job) -> None:
    button(page, "pause").click()
    page.on_event(job, Paused())
    button(page, "stop").click()
    assert job.stopping
    page.on_event(job, Stopped())
    assert able(page) == {"start"}


def test_that_a_run_stopped_before_it_began_offers_no_checkpoint(page: TrainPage, lanes: tuple[Lane, Lane]) -> None:
    button(page, "start").click()
    assert able(page) == {"pause", "stop"}
    button(page, "stop").click()
    page.on_event(lanes[0].jobs[0], Stopped())
    assert page.runs.lines == {}
    assert able(page) == {"start"}


def test_that_a_run_stopped_while_it_prepares_goes_on_stopping_when_it_begins(page: TrainPage, lanes: tuple[Lane, Lane]) -> None:
    button(page, "start").click()
    button(page, "stop").click()
    page.on_event(lanes[0].jobs[0], RunStarted(RUN, page.settings.form.values(), 1000, "CPU", "fp32", 10_000))
    assert "stopping after this step" in page.bar.status.text()
    assert able(page) == set()


def test_that_a_run_stopped_before_its_first_step_keeps_no_checkpoint(page: TrainPage, lanes: tuple[Lane, Lane]) -> None:
    button(page, "start").click()
    page.on_event(lanes[0].jobs[0], RunStarted(RUN, page.settings.form.values(), 1000, "CPU", "fp32", 10_000))
    button(page, "stop").click()
    page.on_event(lanes[0].jobs[0], Stopped())
    assert page.bar.status.text() == "stopped before the first step"
    assert page.runs.lines[RUN].checkpoint is None
    assert not page.runs.lines[RUN].button.isEnabled()


def test_that_sample_now_asks_once_and_is_there_again_after_the_preview(page: TrainPage, job: Job) -> None:
    button(page, "sample").click()
    assert job.control.take_preview()
    assert "sample" not in able(page)
    assert "after this step" in page.bar.status.text()
    page.on_event(job, step(2))
    page.on_event(job, preview(2))
    assert "sample" in able(page)
    assert page.previews.step == 2


def test_that_sample_now_comes_back_though_its_wish_was_lost(page: TrainPage, job: Job) -> None:
    button(page, "sample").click()
    for number in range(2, 5):
        page.on_event(job, step(number))
    assert "sample" in able(page)


def test_that_steps_and_epochs_reach_the_plot(page: TrainPage, job: Job) -> None:
    page.on_event(job, step(2))
    page.on_event(job, EpochFinished(0, 2, 3.0, 1.0, 2.0))
    assert page.plot.series.steps.tolist() == [1, 2]
    assert [page.plot.series.raw(name)[-1] for name in ("mse", "kld", "total")] == [0.1, 5.0, 2.1]
    assert [page.plot.tests.raw(name)[-1] for name in ("mse", "kld", "total")] == [1.0, 2.0, 3.0]


def test_that_figures_tell_speed_place_and_time_left(page: TrainPage, job: Job) -> None:
    for number in range(2, 2001):
        page.on_event(job, step(number, number / 10))
    page._show_figures()
    assert "step 2,000 of 10,000" in page.bar.place.text()
    assert "epoch 11 of 50" in page.bar.place.text()
    assert "10 steps/s" in page.bar.speed.text()
    frames = PRESETS["tiny"].config.model.n_frames * PRESETS["tiny"].config.batch_size
    assert page.bar.speed.text() == f"10 steps/s  ·  {10 * frames:,} frames/s"
    assert "3 min elapsed" in page.bar.time.text()
    assert "13 min left" in page.bar.time.text()
    assert "memory" in page.bar.cost.text()
    assert page.bar.progress.value() == 2000
    page.on_event(job, Finished())
    assert page.bar.time.text() == "3 min elapsed", "nothing is left of a run that has ended"


def test_that_a_model_can_be_opened_while_it_goes_on_training(page: TrainPage, job: Job, qtbot: QtBot) -> None:
    line = page.runs.lines[RUN]
    assert not line.button.isEnabled()
    page.on_event(job, CheckpointSaved(LAST, 200, "last"))
    with qtbot.waitSignal(page.open_in_futures) as opened:
        line.button.click()
    assert opened.args == [str(LAST)]
    assert page.is_training
    assert not job.stopping


def test_that_a_failure_shows_its_sentence_and_start_works_again(page: TrainPage, job: Job) -> None:
    page.on_event(job, Failed("runs/first: cannot be written; choose another log folder"))
    assert "choose another log folder" in page.banner.text
    assert page.bar.status.text() == "failed"
    assert page.runs.lines[RUN].state.text() == "failed at step 1"
    assert not page.is_training
    assert able(page) == {"start"}
    button(page, "start").click()
    assert page.banner.text == ""


def test_that_a_run_that_diverged_is_offered_with_a_lower_rate(page: TrainPage, lanes: tuple[Lane, Lane], tmp_path: Path) -> None:
    run = resumable(tmp_path)
    button(page, "start").click()
    page.on_event(lanes[0].jobs[-1], Failed("step 7: no number", "", Remedy({"lr": 0.001}, str(run))))
    assert page.offer.text == "Resume with lr 0.001?"
    page.offer.buttons["Resume with lr 0.001"].click()
    arguments = lanes[0].jobs[-1].arguments
    assert (arguments["resume"], arguments["config"].lr) == (str(run), 0.001)
    assert page.offer.text == page.banner.text == ""


def test_that_a_batch_that_fits_is_offered_under_another_name(page: TrainPage, lanes: tuple[Lane, Lane]) -> None:
    page.settings.form.fields["name"].set_value("mine")
    button(page, "start").click()
    failed = lanes[0].jobs[-1]
    page.on_event(failed, Failed("the memory does not suffice", "", Remedy({"batch_size": 4})))
    page.offer.buttons["Start again with batch_size 4"].click()
    config = lanes[0].jobs[-1].arguments["config"]
    assert (config.batch_size, config.name) == (4, "mine-batch_size=4")
    assert config.model == failed.arguments["config"].model


def test_that_what_is_offered_while_the_queue_goes_on_waits_in_it(page: TrainPage, lanes: tuple[Lane, Lane]) -> None:
    for seed in (1, 2, 3):
        page.settings.form.fields["seed"].set_value(seed)
        page.settings.add.click()
    page.queue.start.click()
    page.on_event(lanes[0].jobs[-1], Failed("the memory does not suffice", "", Remedy({"batch_size": 4})))
    page.on_event(lanes[0].jobs[-1], Finished())
    assert page.offer.text == "Start again with batch_size 4?", "the next runs leave it standing"
    assert [entry.config.seed for entry in page.queue.queue.entries] == [1]
    page.offer.buttons["Start again with batch_size 4"].click()
    (entry,) = page.queue.queue.entries
    assert (entry.config.seed, entry.config.batch_size, entry.reason) == (1, 4, "")


def test_that_who_wants_no_remedy_gets_none(page: TrainPage, lanes: tuple[Lane, Lane]) -> None:
    button(page, "start").click()
    page.on_event(lanes[0].jobs[-1], Failed("the memory does not suffice", "", Remedy({"batch_size": 4})))
    page.offer.buttons["Not now"].click()
    assert page.offer.text == page.banner.text == ""
    assert len(lanes[0].jobs) == 1
    page.on_event(lanes[0].jobs[-1], Failed("again"))
    button(page, "start").click()
    page.on_event(lanes[0].jobs[-1], Failed("something else"))
    assert page.offer.text == ""


def test_that_a_run_ends_by_itself_only_when_its_job_has(page: TrainPage, job: Job) -> None:
    page.on_event(job, RunFinished(RUN, 1))
    assert page.is_training
    page.on_event(job, Finished())
    assert not page.is_training
    assert "finished" in page.runs.lines[RUN].state.text()


def test_that_events_of_other_jobs_change_nothing(page: TrainPage, job: Job) -> None:
    page.on_event(Job("other:job"), step(77))
    page.on_event(Job("other:job"), Failed("not ours"))
    assert len(page.plot.series) == 1
    assert page.is_training
    assert page.banner.text == ""


def test_that_a_second_run_is_refused_while_one_trains(page: TrainPage, job: Job, lanes: tuple[Lane, Lane]) -> None:
    page.start(TrainConfig())
    assert len(lanes[0].jobs) == 1
    assert "stop it before" in page.banner.text


def test_that_a_new_run_starts_with_empty_views_and_the_old_one_stays_listed(page: TrainPage, job: Job) -> None:
    page.on_event(job, preview(1))
    page.on_event(job, Finished())
    button(page, "start").click()
    assert len(page.plot.series) == 0
    assert page.previews.step is None
    assert page.bar.place.text() == ""
    assert RUN in page.runs.lines


def test_that_older_previews_are_read_on_the_studio_lane(page: TrainPage, job: Job, lanes: tuple[Lane, Lane]) -> None:
    for number in range(1, IN_MEMORY + 2):
        page.on_event(job, preview(number))
    page.previews.slider.setValue(0)
    reading = lanes[1].jobs[-1]
    assert (reading.target, reading.arguments) == ("export.export:open_preview", {"path": RUN / "1.gif", "step": 1})
    page.on_event(reading, PreviewOpened(1, RUN / "1.gif", np.full((3, 8, 12, 3), 99, np.uint8)))
    page.on_event(reading, Finished())
    assert page.previews.canvas.frames is not None
    assert page.previews.canvas.frames[0, 0, 0, 0] == 99


@pytest.mark.parametrize("prior, second", [("learned", "best of 20"), ("fixed", "future 1")])
def test_that_columns_are_named_after_the_prior(page: TrainPage, prior: str, second: str) -> None:
    page.start(TrainConfig(model=ModelConfig(prior=prior)))
    assert page.previews.columns.labels[:2] == ("truth", second)
    assert len(page.previews.columns.labels) == 6


@pytest.mark.parametrize(
    "event, words",
    [
        (Progressed(4_000_000, 11_600_000, "bytes", "MNIST"), "MNIST: 4.0 MB of 11.6 MB"),
        (Progressed(3, 25, "frames", "Preview"), "Preview: 3 of 25 frames"),
        (Progressed(0, 0, "", "Unpacking"), "Unpacking"),
    ],
)
def test_that_progress_is_told_in_words(page: TrainPage, lanes: tuple[Lane, Lane], event: Progressed, words: str) -> None:
    button(page, "start").click()
    page.on_event(lanes[0].jobs[0], event)
    assert page.bar.status.text() == words


def test_that_keys_do_what_the_buttons_do(page: TrainPage, lanes: tuple[Lane, Lane], qtbot: QtBot) -> None:
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(page, Qt.Key.Key_Return, control)
    qtbot.waitUntil(lambda: page.is_training)  # a button shows for a moment that it is pressed
    job = lanes[0].jobs[0]
    page.on_event(job, RunStarted(RUN, page.settings.form.values(), 1000, "CPU", "fp32", 10_000))
    qtbot.keyClick(page, Qt.Key.Key_P, control)
    qtbot.waitUntil(lambda: job.paused)
    page.on_event(job, Paused())
    qtbot.keyClick(page, Qt.Key.Key_P, control)
    qtbot.waitUntil(lambda: not job.paused)
    page.on_event(job, Resumed())
    qtbot.keyClick(page, Qt.Key.Key_B, control)
    qtbot.waitUntil(job.control.take_preview)
    qtbot.keyClick(page, Qt.Key.Key_Period, control)
    qtbot.waitUntil(lambda: job.stopping)


def test_that_nothing_of_the_form_is_cut_off_however_narrow_the_page(page: TrainPage, qtbot: QtBot) -> None:
    with qtbot.waitExposed(page):
        page.show()
    for fold in page.settings.form._folds.values():
        fold.set_open(True)
    page.resize(page.minimumSizeHint())
    qtbot.waitUntil(lambda: page.settings.form.width() >= page.settings.form.minimumSizeHint().width())
    for field in [field for field in page.settings.form.fields.values() if not field.isHidden()]:
        right = field.unit if field.unit.text() else field
        edge = right.mapTo(page, right.rect().topRight()).x()
        assert edge <= page.settings.area.mapTo(page, page.settings.area.viewport().rect().topRight()).x(), field.name


def test_that_the_data_folder_of_another_page_is_taken_over(page: TrainPage) -> None:
    page.settings.set_data_root("/elsewhere")
    assert isinstance(page.settings.form.config, TrainConfig)
    assert page.settings.form.config.data.data_root == "/elsewhere"


def choose_dataset(page: TrainPage, name: str) -> None:
    """As a person does, in the list."""
    editor = page.settings.form.fields["dataset"].editor
    assert isinstance(editor, Choice)
    editor.setCurrentIndex(editor.findData(name))
    editor.activated.emit(editor.currentIndex())


def found(page: TrainPage, inspection: Any, name: str, *stores: StoreFound) -> None:
    """A look at the disk finds these stores in the form's data folder."""
    root = str(page.settings.form.fields["data_root"].value())
    page.on_event(Job("data.clips:inspect"), inspection(name, *stores, root=root))


def value(page: TrainPage, *names: str) -> list[Any]:
    return [page.settings.form.fields[name].value() for name in names]


@pytest.mark.parametrize("name", PRESETS)
def test_that_every_preset_fits_its_data_set(page: TrainPage, name: str) -> None:
    page.settings.choose_preset(name)
    assert page.settings.form.problems == {}
    assert page.settings.form.fields["store"].isHidden() is (PRESETS[name].config.data.dataset == "smmnist")
    assert page.settings.form.fields["digits"].isHidden() is (PRESETS[name].config.data.dataset != "smmnist")


def test_that_channels_and_width_that_the_data_set_has_not_are_said_beside_the_field(page: TrainPage) -> None:
    page.settings.choose_preset("bair-lp")
    page.settings.form.fields["channels"].set_value(1)
    assert page.settings.form.fields["channels"].error == "channels=1: BAIR robot pushing comes with 3"
    assert able(page) == set()
    page.settings.form.fields["channels"].set_value(3)
    page.settings.form.fields["image_width"].set_value(128)
    assert page.settings.form.fields["image_width"].error == "image_width=128: BAIR robot pushing comes 64 px wide"
    page.settings.form.fields["image_width"].set_value(64)
    assert able(page) == {"start"}


def test_that_another_data_set_chosen_by_hand_brings_its_channels_and_width(page: TrainPage) -> None:
    page.settings.form.fields["image_width"].set_value(128)
    choose_dataset(page, "bair")
    assert value(page, "image_width", "channels") == [64, 3]
    choose_dataset(page, "kth")
    assert value(page, "image_width", "channels") == [64, 1]
    assert page.settings.form.problems == {}


def test_that_what_is_converted_is_chosen_with_the_data_set(page: TrainPage, store: Any, inspection: Any) -> None:
    found(page, inspection, "videos", store("garden", 128, 3), store("holiday", 64, 3))
    found(page, inspection, "kth", store("kth", 128))
    choose_dataset(page, "videos")
    assert value(page, "store", "image_width", "channels") == ["holiday", 64, 3], "the one of the width that was set"
    choose_dataset(page, "kth")
    assert value(page, "store", "image_width", "channels") == ["", 128, 1]
    choose_dataset(page, "smmnist")
    assert isinstance(page.settings.form.config, TrainConfig)
    assert page.settings.form.config.data.store == ""


def test_that_store_width_and_channels_are_checked_against_what_is_on_disk(page: TrainPage, store: Any, inspection: Any) -> None:
    choose_dataset(page, "videos")
    assert page.settings.form.problems == {}, "nobody has looked yet"
    found(page, inspection, "videos", store("garden", 64, 3))
    assert "There is no videos in" in page.settings.form.fields["store"].error
    page.settings.form.fields["store"].set_value("garden")
    assert page.settings.form.fields["channels"].error == "channels=1: garden has 3"
    page.settings.form.fields["channels"].set_value(3)
    assert page.settings.form.problems == {}
    page.settings.form.fields["image_width"].set_value(128)
    assert page.settings.form.fields["image_width"].error == "image_width=128: garden is 64 px wide"
    found(page, inspection, "videos", store("garden", 64, 3), store("garden", 128, 3))
    assert page.settings.form.problems == {}
    page.settings.form.fields["store"].set_value("gone")
    assert page.settings.form.fields["store"].error
    page.settings.form.fields["data_root"].set_value("/elsewhere")
    assert page.settings.form.problems == {}, "nobody has looked there"


def test_that_stores_are_offered_while_their_name_is_typed(page: TrainPage, store: Any, inspection: Any) -> None:
    choose_dataset(page, "videos")
    found(page, inspection, "videos", store("garden", 64, 3), store("holiday", 128, 3))
    editor = page.settings.form.fields["store"].editor
    assert isinstance(editor, QLineEdit)
    model = editor.completer().model()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["garden", "holiday"]


# ---- runs that go on


def resumable(tmp_path: Path, **more: Any) -> Path:
    run = make_run(tmp_path, **more)
    config = json.loads((run / "config.json").read_text())
    config["data"]["data_root"] = "/of/another/machine"
    (run / "config.json").write_text(json.dumps(config))
    return run


def test_that_a_run_goes_on_with_its_own_settings_in_its_own_folder(
    page: TrainPage, lanes: tuple[Lane, Lane], tmp_path: Path
) -> None:
    run = resumable(tmp_path)
    page.resume(run)
    reading, training = lanes[0].jobs
    assert (reading.target, training.target) == ("runs.curves:follow", "training.train:train")
    assert training.arguments["resume"] == str(run)
    config = training.arguments["config"]
    assert (config.niter, config.epoch_size) == (2, 5)
    assert config.data.data_root == str(page.settings.form.fields["data_root"].value()), "the folder in the config is not here"
    assert able(page) == {"pause", "stop"}
    page.resume(run)
    assert len(lanes[0].jobs) == 2
    assert [entry.run for entry in page.queue.queue.entries] == [str(run)], "it waits"


def test_that_a_data_folder_that_is_here_is_kept_and_epochs_can_be_added(
    page: TrainPage, lanes: tuple[Lane, Lane], tmp_path: Path
) -> None:
    run = resumable(tmp_path)
    config = json.loads((run / "config.json").read_text())
    config["data"]["data_root"] = str(tmp_path)
    (run / "config.json").write_text(json.dumps(config))
    page.resume(run, 9)
    resumed = lanes[0].jobs[1].arguments["config"]
    assert (resumed.niter, resumed.data.data_root) == (9, str(tmp_path))


def test_that_the_earlier_curve_is_drawn_before_the_steps_that_follow(
    page: TrainPage, lanes: tuple[Lane, Lane], tmp_path: Path
) -> None:
    run = resumable(tmp_path, step=6)
    page.resume(run)
    reading, training = lanes[0].jobs
    for event in follow(**reading.arguments):
        page.on_event(reading, event)
    page.on_event(reading, Finished())
    assert page.is_training
    assert page.plot.series.steps.tolist() == [1, 2, 3, 4, 5, 6]
    assert page.plot.series.raw("mse").tolist() == [1 / n for n in range(1, 7)]
    assert page.plot.series.raw("total").tolist() == [2, 4, 6, 8, 10, 12]
    assert [page.plot.tests.raw(name).tolist() for name in ("mse", "kld", "total")] == [[0.25], [3.0], [0.25 + 1e-4 * 3]]
    page.on_event(training, step(5))
    assert page.plot.series.steps.tolist() == [1, 2, 3, 4, 5], "what came after the checkpoint is made again"


def test_that_a_run_without_settings_is_refused_with_a_sentence(page: TrainPage, lanes: tuple[Lane, Lane], tmp_path: Path) -> None:
    page.resume(tmp_path)
    assert "config.json: is missing" in page.banner.text
    assert lanes[0].jobs == []
    assert not page.is_training


def test_that_a_stopped_run_of_this_session_goes_on_by_its_button(
    page: TrainPage, job: Job, lanes: tuple[Lane, Lane], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = page.runs.lines[RUN]
    assert line.resume.isHidden()
    page.on_event(job, Stopped())
    assert not line.resume.isHidden()
    monkeypatch.setattr(train_page, "read_config", lambda folder: TrainConfig(name=folder.name))
    line.resume.click()
    assert lanes[0].jobs[-1].arguments["resume"] == str(RUN)
    page.on_event(lanes[0].jobs[-1], RunStarted(RUN, page.settings.form.values(), 1000, "CPU", "fp32", 10_000))
    assert list(page.runs.lines) == [RUN]
    assert line.resume.isHidden()
    page.on_event(lanes[0].jobs[-1], Finished())
    assert line.resume.isHidden(), "there is nothing left to train"


def test_that_a_run_that_failed_before_its_first_checkpoint_offers_no_resume(page: TrainPage, job: Job) -> None:
    page.on_event(job, Failed("it broke"))
    assert page.runs.lines[RUN].resume.isHidden()


def test_that_the_settings_of_an_earlier_run_fill_the_form_for_a_new_one(page: TrainPage, tmp_path: Path) -> None:
    config = TrainConfig(lr=0.5, name="old", log_dir="/elsewhere", data=DataConfig(digits="drawn", data_root="/of/another/machine"))
    here = page.settings.form.fields["log_dir"].value(), page.settings.form.fields["data_root"].value()
    page.settings.take(config)
    taken = page.settings.form.config
    assert isinstance(taken, TrainConfig)
    assert (taken.lr, taken.name, taken.data.digits) == (0.5, "", "drawn")
    assert (taken.log_dir, taken.data.data_root) == here
    page.settings.take(replace(config, data=DataConfig(data_root=str(tmp_path))))
    assert page.settings.form.fields["data_root"].value() == str(tmp_path)


def test_that_a_real_run_trains_previews_leaves_a_checkpoint_and_is_extended(qtbot: QtBot, tmp_path: Path) -> None:
    training, studio = Worker("training"), Lane()
    page = TrainPage(training, studio)
    qtbot.addWidget(page)
    training.happened.connect(page.on_event)
    training.start()
    try:
        page.start(
            TrainConfig(
                model=ModelConfig(base_width=4, rnn_size=8, g_dim=8, z_dim=2, n_past=2, n_future=2),
                data=DataConfig(digits="drawn", num_digits=1),
                batch_size=2,
                niter=1,
                epoch_size=3,
                n_eval=4,
                data_threads=0,
                device="cpu",
                log_dir=str(tmp_path),
                name="tiny",
            )
        )
        qtbot.waitUntil(lambda: not page.is_training, timeout=60_000)
        first = page.plot.series.raw("mse").tolist()
        assert len(first) == 3
        page.resume(tmp_path / "tiny", 2)
        qtbot.waitUntil(lambda: not page.is_training, timeout=60_000)
        assert page.previews.steps == [3, 6], "the earlier one too"
    finally:
        training.shutdown()
        training.wait()
    assert page.banner.text == ""
    assert page.plot.series.steps.tolist() == [1, 2, 3, 4, 5, 6]
    assert page.plot.series.raw("mse").tolist()[:3] == first, "read again from its folder"
    assert len(page.plot.tests) == 2
    assert page.previews.step == 6
    assert page.previews.canvas.frames is not None
    checkpoint = page.runs.lines[tmp_path / "tiny"].checkpoint
    assert checkpoint is not None
    assert checkpoint.is_file()
    assert "finished at step 6" in page.runs.lines[tmp_path / "tiny"].state.text()


def test_that_a_run_can_be_paused_while_it_prepares(page: TrainPage, lanes: tuple[Lane, Lane]) -> None:
    button(page, "start").click()
    job = lanes[0].jobs[0]
    button(page, "pause").click()
    assert job.paused
    page.on_event(job, Paused())
    assert page.bar.status.text() == "paused"
    button(page, "pause").click()
    assert not job.paused
    page.on_event(job, Resumed())
    assert page.bar.status.text() == "preparing…"


# ---- a folder that vanishes


VANISHED = RunVanished(RUN, 7, 3)
MOVED = RunMoved(Path("elsewhere") / "first", RUN, 7, whole=False)


def vanish(page: TrainPage, job: Job) -> None:
    job.pause()  # as the run itself does
    page.on_event(job, VANISHED)
    page.on_event(job, Paused())


def test_that_a_folder_that_vanished_is_told_with_two_ways_to_go_on(page: TrainPage, job: Job) -> None:
    vanish(page, job)
    assert page.lost == VANISHED
    assert "The folder of this run has vanished" in page.offer.text
    assert "after step 7, which is safe in memory; its newest checkpoint there is of step 3" in page.offer.text
    assert list(page.offer.buttons) == ["Go on elsewhere…", "Try again"]
    assert "choose where it lies now" in page.offer.buttons["Go on elsewhere…"].toolTip()
    assert "now that it is back" in page.offer.buttons["Try again"].toolTip()
    assert page.bar.status.text() == "paused: the run's folder has vanished"
    assert page.is_training
    page.offer.buttons["Try again"].click()
    assert not job.paused
    assert job.control.take_place() == ""


def test_that_a_run_goes_on_in_the_folder_that_is_chosen(page: TrainPage, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    page.on_event(job, CheckpointSaved(LAST, 3, "last"))
    vanish(page, job)
    answers = ["", "/elsewhere"]
    monkeypatch.setattr(file_dialogs, "choose_folder", lambda *_, **__: answers.pop(0))
    page.offer.buttons["Go on elsewhere…"].click()
    assert job.paused
    assert "has vanished" in page.offer.text, "who chooses none is asked again"
    page.offer.buttons["Go on elsewhere…"].click()
    assert job.control.take_place() == "/elsewhere"
    assert not job.paused
    page.on_event(job, Resumed())
    page.on_event(job, MOVED)
    page.on_event(job, CheckpointSaved(MOVED.run / "checkpoints" / "last.pt", 7, "last"))
    assert page.offer.text == ""
    assert page.lost is None
    assert page.banner.text == f"The run goes on in {MOVED.run}"
    assert page.runs.lines[MOVED.run].checkpoint == MOVED.run / "checkpoints" / "last.pt"
    assert page.runs.lines[RUN].state.text() == "its folder has vanished"
    assert not page.runs.lines[RUN].button.isEnabled(), "its checkpoint went with it"
    button(page, "pause").click()
    page.on_event(job, Paused())
    assert page.bar.status.text() == "paused", "as any other time"
    page.on_event(job, Resumed())
    page.on_event(job, Finished())
    assert "finished" in page.runs.lines[MOVED.run].state.text()


def test_that_a_run_without_a_checkpoint_whose_folder_vanished_says_so(page: TrainPage, job: Job) -> None:
    page.on_event(job, replace(VANISHED, kept=0))
    assert page.offer.text.endswith("after step 7, which is safe in memory; there was no checkpoint yet.")


@pytest.mark.parametrize("chosen", ["", "/elsewhere"])
def test_that_a_folder_chosen_after_the_run_has_ended_is_nobodys(
    page: TrainPage, lanes: tuple[Lane, Lane], job: Job, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    vanish(page, job)

    def choose(*_: object, **__: object) -> str:
        """The dialog is open while the run ends, and another one begins and is paused."""
        page.on_event(job, Failed("out of memory"))
        button(page, "start").click()
        button(page, "pause").click()
        return chosen

    monkeypatch.setattr(file_dialogs, "choose_folder", choose)
    page.offer.buttons["Go on elsewhere…"].click()
    other = lanes[0].jobs[-1]
    assert other is not job
    assert other.paused
    assert other.control.take_place() == ""
    assert page.offer.text == ""


def test_that_a_place_that_does_not_serve_is_told_and_asked_again(page: TrainPage, job: Job) -> None:
    vanish(page, job)
    page.offer.buttons["Try again"].click()
    page.on_event(job, replace(VANISHED, problem="runs/first: is still not there"))
    assert page.offer.text == "It cannot go on there. runs/first: is still not there"


def test_that_resume_tries_the_lost_folder_again(page: TrainPage, job: Job) -> None:
    vanish(page, job)
    assert button(page, "pause").text() == "Resume"
    button(page, "pause").click()
    assert not job.paused


def test_that_stop_without_a_folder_says_that_no_checkpoint_was_kept(page: TrainPage, job: Job) -> None:
    vanish(page, job)
    button(page, "stop").click()
    page.on_event(job, Failed("runs/first: this folder has vanished; nothing later than step 3 was kept"))
    assert page.bar.status.text() == "stopped, no checkpoint kept"
    assert "nothing later than step 3" in page.banner.text
    assert page.offer.text == ""
    assert able(page) == {"start"}


# ---- more epochs, other clips, and the form as it was left


def test_that_a_finished_run_is_extended_by_so_many_epochs(
    page: TrainPage, lanes: tuple[Lane, Lane], tmp_path: Path, qtbot: QtBot
) -> None:
    run = resumable(tmp_path)
    page.extend(run)
    dialog = page.findChild(ExtendDialog)
    assert dialog is not None
    dialog.more.setFocus()
    dialog.more.selectAll()
    qtbot.keyClicks(dialog.more, "3")
    assert "2 + 3 = 5 epochs, 25 steps" in dialog.sum.text()
    assert not any("goes on after those that wait" in words.text() for words in dialog.findChildren(QLabel))
    dialog.accept_button.click()
    assert not dialog.isVisible()
    arguments = lanes[0].jobs[-1].arguments
    assert (arguments["resume"], arguments["config"].niter) == (str(run), 5)


def test_that_extending_while_another_run_trains_waits_in_the_queue(page: TrainPage, job: Job, tmp_path: Path) -> None:
    run = resumable(tmp_path)
    page.extend(run)
    dialog = page.findChild(ExtendDialog)
    assert dialog is not None
    assert dialog.accept_button.text() == "Add to queue"
    (waits,) = [words for words in dialog.findChildren(QLabel) if "goes on after those that wait" in words.text()]
    assert waits.isVisible()
    dialog.accept_button.click()
    (entry,) = page.queue.queue.entries
    assert (entry.run, entry.config.niter) == (str(run), 4)


def test_that_a_run_that_finished_in_this_session_offers_more_epochs(
    page: TrainPage, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = page.runs.lines[RUN]
    page.on_event(job, CheckpointSaved(LAST, 1, "last"))
    assert line.extend.isHidden()
    page.on_event(job, Finished())
    assert not line.extend.isHidden()
    monkeypatch.setattr(train_page, "read_config", lambda folder: TrainConfig(niter=7))
    line.extend.click()
    dialog = page.findChild(ExtendDialog)
    assert dialog is not None
    assert "7 epochs" in dialog.findChildren(QLabel)[0].text()


def test_that_a_run_that_is_gone_is_not_extended(page: TrainPage, tmp_path: Path) -> None:
    page.extend(tmp_path / "nowhere")
    assert "config.json" in page.banner.text
    assert page.findChild(ExtendDialog) is None


def test_that_converted_clips_fill_the_form_with_what_fits_them(page: TrainPage, store: Any, inspection: Any) -> None:
    found(page, inspection, "videos", store("garden", 128, 1), store("holiday", 64, 3))
    root = str(page.settings.form.fields["data_root"].value())
    page.train_on(DataConfig(dataset="videos", data_root=root, store="garden"))
    assert value(page, "dataset", "store", "image_width", "channels") == ["videos", "garden", 128, 1]
    assert value(page, "z_dim") == [PRESETS["videos"].config.model.z_dim], "the preset of such data"
    assert page.settings.form.problems == {}
    page.settings.form.fields["z_dim"].set_value(5)
    page.train_on(DataConfig(dataset="videos", data_root=root, store="holiday"))
    assert value(page, "store", "image_width", "channels", "z_dim") == ["holiday", 64, 3, 5], "the rest stays as it was"


@pytest.mark.parametrize("width, preset", [(64, "kth-fp"), (128, "kth-fp-128")])
def test_that_converted_clips_bring_the_preset_of_the_width_that_is_set(
    page: TrainPage, store: Any, inspection: Any, width: int, preset: str
) -> None:
    found(page, inspection, "kth", store("kth", 64, 1), store("kth", 128, 1))
    page.settings.form.fields["image_width"].set_value(width)
    page.train_on(DataConfig(dataset="kth", data_root=str(page.settings.form.fields["data_root"].value())))
    assert page.settings.presets.list.currentData() == preset
    assert value(page, "dataset", "image_width") == ["kth", width]


def test_that_start_is_one_key_away_from_converted_clips(
    page: TrainPage, lanes: tuple[Lane, Lane], store: Any, inspection: Any, qtbot: QtBot
) -> None:
    page.resize(900, 500)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    found(page, inspection, "videos", store("garden", 64, 3))
    bar = page.settings.area.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert bar.value() > 0
    page.train_on(DataConfig(dataset="videos", data_root=str(page.settings.form.fields["data_root"].value()), store="garden"))
    assert bar.value() == 0, "where the data set stands"
    focused = page.window().focusWidget()
    assert focused is not None
    qtbot.keyClick(focused, Qt.Key.Key_Space)
    assert lanes[0].jobs[-1].arguments["config"].data.store == "garden"


def test_that_a_converted_set_is_chosen_from_a_list_with_sizes(page: TrainPage, store: Any, inspection: Any, qtbot: QtBot) -> None:
    choose_dataset(page, "videos")
    unfinished = replace(store("half", 64, 3), finished=False)
    sets = (store("garden", 64, 1), store("garden", 128, 1), store("holiday", 64, 3))
    found(page, inspection, "videos", *sets, unfinished, replace(store("torn", 64, 3), problem="torn: is damaged"))
    with qtbot.waitExposed(page):
        page.show()
    qtbot.mouseClick(page.settings.stores, Qt.MouseButton.LeftButton)
    menu = page.settings.stores.opened
    assert menu is not None
    texts = [action.text() for action in menu.actions()]
    assert "holiday, 64 px, colour: 40 train + 30 test sequences, 3.0 MB" in texts
    assert len(texts) == len(sets), "those that can be opened"
    menu.setActiveAction(menu.actions()[texts.index("garden, 128 px, grey: 40 train + 30 test sequences, 3.0 MB")])
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert value(page, "store", "image_width", "channels") == ["garden", 128, 1]


def test_that_what_is_converted_in_another_folder_is_not_offered(
    page: TrainPage, store: Any, inspection: Any, tmp_path: Path
) -> None:
    choose_dataset(page, "videos")
    found(page, inspection, "videos", store("garden", 64, 3))
    page.settings.form.fields["data_root"].set_value(str(tmp_path / "other"))
    page.settings.stores.open()
    assert page.settings.stores.opened is not None
    assert [action.isEnabled() for action in page.settings.stores.opened.actions()] == [False], "but that there is nothing"
    page.settings.stores.opened.close()


def test_that_an_empty_list_of_converted_sets_says_what_to_do(page: TrainPage, inspection: Any) -> None:
    choose_dataset(page, "videos")
    found(page, inspection, "videos")
    page.settings.stores.open()
    assert page.settings.stores.opened is not None
    (entry,) = page.settings.stores.opened.actions()
    assert not entry.isEnabled()
    assert "Data page" in entry.toolTip()
    page.settings.stores.opened.close()


def test_that_the_form_comes_back_as_it_was_left(page: TrainPage, lanes: tuple[Lane, Lane], qtbot: QtBot) -> None:
    page.settings.choose_preset("kth-fp")
    for name, left in (("batch_size", 7), ("lr", 0.5), ("digits", "drawn"), ("tensorboard", True), ("name", "mine")):
        page.settings.form.fields[name].set_value(left)
    other = TrainPage(*lanes)
    qtbot.addWidget(other)
    other.restore(page.state())
    assert value(other, "batch_size", "lr", "tensorboard", "dataset", "prior") == [7, 0.5, True, "kth", "fixed"]
    assert value(other, "name") == [""], "a name is for one run"
    assert other.settings.presets.list.currentData() == "kth-fp"


DAMAGED = (
    *("", "{", "[1]", "null", "[" * 100_000, '{"settings": 3}', '{"settings": {"lr": 1e999}}'),
    '{"settings": {"model": 3, "lr": []}}',
    '{"settings": {"batch_size": 5}}' + " " * form_text.MOST,
    '{"settings": {"lr": 1' + "0" * 400 + "}}",
    '{"settings": {"model": {"beta": 1' + "0" * 400 + "}}}",
    '{"settings": {"preview_minutes": 1' + "0" * 5000 + "}}",
    '{"settings": {"batch_size": "many", "prior": 4, "data": {"dataset": {}, "digits": "roman"}}, "preset": ["x"]}',
)


@pytest.mark.parametrize("text", DAMAGED)
def test_that_a_damaged_form_is_passed_over(page: TrainPage, text: str) -> None:
    before = page.settings.form.config
    page.restore({"form": text})
    assert page.settings.form.config == before


@pytest.mark.parametrize("state", [{}, {"form": None}, {"form": 3}, {"form": ["x"]}, {"form": {"lr": 1}}])
def test_that_a_state_without_a_form_is_passed_over(page: TrainPage, state: dict[str, object]) -> None:
    before = page.settings.form.config
    page.restore(state)
    assert page.settings.form.config == before


def test_that_the_name_of_a_run_is_neither_kept_nor_taken(page: TrainPage) -> None:
    page.settings.form.fields["name"].set_value("mine")
    assert "mine" not in page.state()["form"]
    page.restore({"form": '{"settings": {"name": "theirs", "batch_size": 5}}'})
    assert value(page, "name", "batch_size") == ["mine", 5]


def test_that_what_makes_sense_of_a_damaged_form_is_taken(page: TrainPage) -> None:
    model = '{"z_dim": 3, "rnn_size": -1}'
    form = f'{{"settings": {{"batch_size": 5, "beta1": "x", "strange": 1, "model": {model}}}, "preset": "no"}}'
    page.restore({"form": form})
    assert value(page, "batch_size", "z_dim", "rnn_size", "beta1") == [5, 3, 128, 0.9]
    assert page.settings.form.problems == {}


def test_that_no_key_queues_a_run_again_after_start(page: TrainPage, lanes: tuple[Lane, Lane], qtbot: QtBot) -> None:
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    button(page, "start").setFocus()
    qtbot.keyClick(button(page, "start"), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.is_training)
    focused = page.focusWidget()
    assert focused is button(page, "pause")
    assert focused is not None
    qtbot.keyClick(focused, Qt.Key.Key_Space)
    assert lanes[0].jobs[-1].paused
    assert page.queue.queue.entries == ()


def test_that_buttons_for_settings_that_cannot_be_trained_with_say_why(page: TrainPage) -> None:
    usual = [choice.toolTip() for choice in (page.settings.add, page.settings.sweep, page.settings.command)]
    page.settings.form.fields["batch_size"].set_value("many")
    for choice in (page.settings.add, page.settings.sweep, page.settings.command, button(page, "start")):
        assert not choice.isEnabled()
        assert "batch_size=" in choice.toolTip(), choice.text()
    page.settings.form.fields["batch_size"].set_value(4)
    assert [choice.toolTip() for choice in (page.settings.add, page.settings.sweep, page.settings.command)] == usual
