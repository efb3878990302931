"""The Data page, driven by its buttons and by events as the lane sends them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from svg_studio.engine.datasets import DATASETS
from svg_studio.engine.events import ClipOpened, DatasetInspected, Failed, Finished, JobStarted, Progressed, Stopped
from svg_studio.engine.worker import Engine, Job
from svg_studio.ui.data_page import DataPage
from svg_studio.ui.dataset_card import DatasetCard


class Lane(Engine):
    """Takes jobs and runs none."""

    def __init__(self) -> None:
        super().__init__("lane")
        self.jobs: list[Job] = []

    def submit(self, job: Job) -> Job:
        self.jobs.append(job)
        return job

    def of(self, target: str) -> list[Job]:
        return [job for job in self.jobs if job.target == target]


@pytest.fixture(autouse=True)
def no_leftovers(qapp: QApplication) -> Iterator[None]:
    """Really deletes what a test has closed: every window still alive is styled again by the next test."""
    yield
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def lane() -> Lane:
    return Lane()


@pytest.fixture
def files() -> Lane:
    """The lane for what takes minutes and hours."""
    return Lane()


@pytest.fixture
def page(qtbot: QtBot, lane: Lane, files: Lane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataPage:
    monkeypatch.setenv("SVG_STUDIO_HOME", str(tmp_path))
    page = DataPage(lane, files)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    return page


def inspected(page: DataPage, ready: bool, root: str = "") -> DatasetInspected:
    state = "MNIST ready" if ready else "no MNIST here"
    return DatasetInspected(
        "smmnist", Path(root or page.data_root), ready, state, 11_600_000, 83_000_000_000, {"train": 0, "test": 0}
    )


def answer(page: DataPage, lane: Lane, ready: bool) -> None:
    job = next(job for job in reversed(lane.of("datasets:inspect")) if job.arguments["name"] == "smmnist")
    page.on_event(job, inspected(page, ready))
    page.on_event(job, Finished())


def test_that_nothing_is_read_before_the_page_is_seen(qtbot: QtBot, lane: Lane) -> None:
    page = DataPage(lane, lane)
    qtbot.addWidget(page)
    assert lane.jobs == []
    with qtbot.waitExposed(page):
        page.show()
    assert {job.target for job in lane.jobs} == {"datasets:inspect", "datasets:browse"}
    seen = len(lane.jobs)
    page.hide()
    page.show()
    assert len(lane.jobs) == seen


def test_that_every_data_set_has_a_card_with_licence_and_citation(page: DataPage) -> None:
    assert page.cards.keys() == DATASETS.keys()
    texts = " ".join(label.text() for label in page.cards["smmnist"].findChildren(type(page.cards["smmnist"].state)))
    assert DATASETS["smmnist"].licence in texts
    assert DATASETS["smmnist"].citation in texts


def test_that_a_card_tells_state_and_space_and_offers_only_what_makes_sense(page: DataPage, lane: Lane) -> None:
    card = page.cards["smmnist"]
    answer(page, lane, ready=False)
    assert card.state.text() == "No MNIST here"
    assert card.space.text() == "11.6 MB on disk  ·  83.0 GB free"
    assert card.download_button.isVisible()
    assert not card.cancel_button.isVisible()
    answer_again = lane.of("datasets:inspect")[-1]
    card.check_button.click()
    assert lane.of("datasets:inspect")[-1] is not answer_again
    answer(page, lane, ready=True)
    assert not card.download_button.isVisible()
    assert card.check_button.isVisible()


def test_that_download_goes_to_the_lane_of_files_and_shows_how_it_goes(
    page: DataPage, lane: Lane, files: Lane, qtbot: QtBot
) -> None:
    answer(page, lane, ready=False)
    card = page.cards["smmnist"]
    qtbot.mouseClick(card.download_button, Qt.MouseButton.LeftButton)
    job = files.of("download:download")[0]
    assert job.arguments == {"name": "mnist", "data_root": page.data_root, "mirror": None}
    assert not card.download_button.isVisible()
    page.on_event(job, Progressed(2_900_000, 11_600_000, "bytes", "MNIST"))
    assert card.progress.value() / card.progress.maximum() == 0.25
    assert "2.9 MB of 11.6 MB" in card.amount.text()
    page.on_event(job, Finished())
    answer(page, lane, ready=True)
    assert not card.progress.isVisible()
    assert not card.download_button.isVisible()


def test_that_speed_and_time_left_follow_from_the_bytes(qtbot: QtBot) -> None:
    times = iter([0.0, 2.0])
    card = DatasetCard(DATASETS["smmnist"], clock=lambda: next(times))
    qtbot.addWidget(card)
    card.start_work("")
    card.show_progress(Progressed(0, 10_000_000, "bytes"))
    card.show_progress(Progressed(4_000_000, 10_000_000, "bytes"))
    assert card.amount.text() == "4.0 MB of 10.0 MB  ·  2.0 MB/s  ·  3 s left"


def test_that_a_download_of_unknown_or_huge_size_can_be_shown(qtbot: QtBot) -> None:
    card = DatasetCard(DATASETS["smmnist"])
    qtbot.addWidget(card)
    card.start_work("")
    card.show_progress(Progressed(5_000_000, 0, "bytes"))
    assert card.progress.maximum() == 0
    card.show_progress(Progressed(16_000_000_000, 32_000_000_000, "bytes"))
    assert card.progress.value() / card.progress.maximum() == 0.5


def test_that_cancel_stops_the_download_and_looks_again(page: DataPage, lane: Lane, files: Lane) -> None:
    answer(page, lane, ready=False)
    card = page.cards["smmnist"]
    card.download_button.click()
    job = files.of("download:download")[0]
    page.on_event(job, JobStarted(job.title))
    looks = len(lane.of("datasets:inspect"))
    card.cancel_button.click()
    assert job.stopping
    assert card.amount.text() == "stopping…"
    page.on_event(job, Progressed(1, 2, "bytes"))
    assert card.amount.text() == "stopping…"
    page.on_event(job, Stopped())
    assert card.download_button.isVisible()
    assert len(lane.of("datasets:inspect")) == looks + 1


def test_that_a_failed_download_shows_its_sentence_and_can_be_tried_again(page: DataPage, lane: Lane, files: Lane) -> None:
    answer(page, lane, ready=False)
    card = page.cards["smmnist"]
    card.download_button.click()
    page.on_event(files.of("download:download")[0], Failed("no network: check the connection"))
    assert page.banner.text == "no network: check the connection"
    assert card.download_button.isVisible()
    card.download_button.click()
    assert page.banner.text == ""
    assert len(files.of("download:download")) == 2


def test_that_mnist_clips_come_as_soon_as_it_is_downloaded(page: DataPage, lane: Lane, files: Lane) -> None:
    answer(page, lane, ready=False)
    page.browser.digits.setCurrentIndex(page.browser.digits.findData("mnist"))
    assert "press Download" in page.browser.message.text()
    page.cards["smmnist"].download_button.click()
    page.on_event(files.of("download:download")[0], Finished())
    answer(page, lane, ready=True)
    assert lane.of("datasets:browse")[-1].arguments["data"].digits == "mnist"
    assert page.browser.pages.currentWidget() is page.browser.area


def test_that_another_folder_is_looked_into_and_told(page: DataPage, lane: Lane, qtbot: QtBot) -> None:
    answer(page, lane, ready=False)
    old = lane.of("datasets:inspect")[-1]
    page.cards["smmnist"].check_button.click()
    late = lane.of("datasets:inspect")[-1]
    old_root = page.data_root
    with qtbot.waitSignal(page.data_root_changed) as told:
        page.folder.clear()
        qtbot.keyClicks(page.folder, "/elsewhere")
        qtbot.keyClick(page.folder, Qt.Key.Key_Return)
    assert told.args == ["/elsewhere"]
    assert lane.of("datasets:inspect")[-1] is not old
    assert lane.of("datasets:inspect")[-1].arguments["data_root"] == "/elsewhere"
    page.on_event(late, inspected(page, True, old_root))  # about the folder of before
    assert page.cards["smmnist"].download_button.isVisible()
    answer(page, lane, ready=True)
    assert not page.cards["smmnist"].download_button.isVisible()
    assert lane.of("datasets:browse")[-1].arguments["data"].data_root == "/elsewhere"


def test_that_a_page_nobody_looks_at_any_more_is_not_read_on(page: DataPage, lane: Lane) -> None:
    first = lane.of("datasets:browse")[-1]
    page.browser.on.click()
    second = lane.of("datasets:browse")[-1]
    assert first.stopping
    assert not second.stopping
    frames = np.zeros((30, 64, 64, 1), np.uint8)
    page.on_event(first, Failed("too late"))
    page.on_event(second, ClipOpened("test", 12, "drawn test digit 1", frames))
    assert page.browser.wall.clips[0] is not None
    assert page.browser.pages.currentWidget() is page.browser.area


def test_that_a_clip_goes_to_futures(page: DataPage, lane: Lane, qtbot: QtBot) -> None:
    job = lane.of("datasets:browse")[-1]
    page.on_event(job, ClipOpened("test", 0, "drawn test digit 1", np.zeros((30, 64, 64, 1), np.uint8)))
    with qtbot.waitSignal(page.open_clip_in_futures) as opened:
        page.browser.open_button.click()
    assert opened.args == [job.arguments["data"], "test", 0]


def test_that_events_of_other_jobs_change_nothing(page: DataPage) -> None:
    page.on_event(Job("other:job"), Failed("not ours"))
    page.on_event(Job("other:job"), inspected(page, True))
    assert page.banner.text == ""
    assert page.cards["smmnist"].state.text() == "looking…"


def test_that_real_drawn_clips_fill_the_wall_and_a_real_look_finds_no_mnist(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SVG_STUDIO_HOME", str(tmp_path))
    lane = Engine("studio")
    page = DataPage(lane, Lane())
    qtbot.addWidget(page)
    lane.happened.connect(page.on_event)
    lane.start()
    try:
        page.show()
        qtbot.waitUntil(lambda: all(page.browser.wall.films) and not lane.busy, timeout=30_000)
    finally:
        lane.shutdown()
        lane.wait()
    assert page.cards["smmnist"].download_button.isVisible()
    first = page.browser.wall.clips[0]
    assert first is not None
    assert first.frames.shape == (30, 64, 64, 1)
    assert first.frames.max() > 200
