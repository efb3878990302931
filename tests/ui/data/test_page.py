"""The Data page, driven by its buttons and by events as the lane sends them."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMenu
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import ConvertConfig, DataConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import (
    ClipOpened,
    DatasetInspected,
    Failed,
    Finished,
    JobStarted,
    Progressed,
    SourceNoted,
    SourceSkipped,
    Stopped,
    StoreConverted,
    StoreFound,
    StoreRemoved,
    StoreVerified,
)
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui import recents
from svg_studio.ui.data.dataset_card import DatasetCard
from svg_studio.ui.data.mirrors_dialog import MirrorsDialog
from svg_studio.ui.data.page import DataPage
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.widgets.text_dialog import TextDialog


class Lane(Worker):
    """Takes jobs and runs none."""

    def __init__(self) -> None:
        super().__init__("lane")
        self.jobs: list[Job] = []

    def submit(self, job: Job) -> Job:
        self.jobs.append(job)
        return job

    def of(self, target: str) -> list[Job]:
        return [job for job in self.jobs if job.target == target]


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
        "smmnist",
        Path(root or page.data_root),
        ready,
        state,
        11_600_000,
        83_000_000_000,
        {"train": 0, "test": 0},
        can_download=not ready,
    )


def answer(page: DataPage, lane: Lane, ready: bool) -> None:
    job = next(job for job in reversed(lane.of("data.clips:inspect")) if job.arguments["name"] == "smmnist")
    page.on_event(job, inspected(page, ready))
    page.on_event(job, Finished())


def test_that_nothing_is_read_before_the_page_is_seen(qtbot: QtBot, lane: Lane) -> None:
    page = DataPage(lane, lane)
    qtbot.addWidget(page)
    assert lane.jobs == []
    with qtbot.waitExposed(page):
        page.show()
    assert {job.target for job in lane.jobs} == {"data.clips:inspect", "data.clips:browse"}
    seen = len(lane.jobs)
    page.hide()
    page.show()
    assert len(lane.jobs) == seen


def test_that_every_data_set_has_a_card_with_licence_and_citation(page: DataPage) -> None:
    assert page.cards.keys() == DATASETS.keys()
    texts = " ".join(label.text() for label in page.cards["smmnist"].findChildren(QLabel))
    assert DATASETS["smmnist"].licence in texts
    assert DATASETS["smmnist"].citation in html.unescape(texts)


def test_that_a_card_tells_state_and_space_and_offers_only_what_makes_sense(page: DataPage, lane: Lane) -> None:
    card = page.cards["smmnist"]
    answer(page, lane, ready=False)
    assert card.state.text() == "No MNIST here"
    assert card.space.text() == "11.6 MB on disk  ·  83.0 GB free"
    assert card.download_button.isVisible()
    assert not card.cancel_button.isVisible()
    answer_again = lane.of("data.clips:inspect")[-1]
    card.check_button.click()
    assert lane.of("data.clips:inspect")[-1] is not answer_again
    answer(page, lane, ready=True)
    assert not card.download_button.isVisible()
    assert card.check_button.isVisible()


def test_that_download_goes_to_the_lane_of_files_and_shows_how_it_goes(
    page: DataPage, lane: Lane, files: Lane, qtbot: QtBot
) -> None:
    answer(page, lane, ready=False)
    card = page.cards["smmnist"]
    qtbot.mouseClick(card.download_button, Qt.MouseButton.LeftButton)
    job = files.of("data.download.download:download")[0]
    assert job.arguments == {"name": "mnist", "data_root": page.data_root, "mirror": None}
    assert not card.download_button.isVisible()
    page.on_event(job, Progressed(2_900_000, 11_600_000, "bytes", "MNIST"))
    assert card.progress.value() / card.progress.maximum() == 0.25
    assert "2.9 MB of 11.6 MB" in card.amount.text()
    page.on_event(job, Finished())
    answer(page, lane, ready=True)
    assert not card.progress.isVisible()
    assert not card.download_button.isVisible()


def test_that_cancel_stops_the_download_and_looks_again(page: DataPage, lane: Lane, files: Lane) -> None:
    answer(page, lane, ready=False)
    card = page.cards["smmnist"]
    card.download_button.click()
    job = files.of("data.download.download:download")[0]
    page.on_event(job, JobStarted(job.title))
    looks = len(lane.of("data.clips:inspect"))
    card.cancel_button.click()
    assert job.stopping
    assert card.amount.text() == "stopping…"
    page.on_event(job, Progressed(1, 2, "bytes"))
    assert card.amount.text() == "stopping…"
    page.on_event(job, Stopped())
    assert card.download_button.isVisible()
    assert len(lane.of("data.clips:inspect")) == looks + 1


def test_that_a_failed_download_shows_its_sentence_and_can_be_tried_again(page: DataPage, lane: Lane, files: Lane) -> None:
    answer(page, lane, ready=False)
    card = page.cards["smmnist"]
    card.download_button.click()
    page.on_event(files.of("data.download.download:download")[0], Failed("no network: check the connection"))
    assert page.banner.text == "no network: check the connection"
    assert card.download_button.isVisible()
    card.download_button.click()
    assert page.banner.text == ""
    assert len(files.of("data.download.download:download")) == 2


def test_that_mnist_clips_come_as_soon_as_it_is_downloaded(page: DataPage, lane: Lane, files: Lane) -> None:
    answer(page, lane, ready=False)
    page.browser.digits.setCurrentIndex(page.browser.digits.findData("mnist"))
    assert "press Download" in page.browser.message.text()
    page.cards["smmnist"].download_button.click()
    page.on_event(files.of("data.download.download:download")[0], Finished())
    answer(page, lane, ready=True)
    assert lane.of("data.clips:browse")[-1].arguments["data"].digits == "mnist"
    assert page.browser.pages.currentWidget() is page.browser.area


def test_that_another_folder_is_looked_into_and_told(page: DataPage, lane: Lane, qtbot: QtBot) -> None:
    answer(page, lane, ready=False)
    old = lane.of("data.clips:inspect")[-1]
    page.cards["smmnist"].check_button.click()
    late = lane.of("data.clips:inspect")[-1]
    old_root = page.data_root
    with qtbot.waitSignal(page.data_root_changed) as told:
        page.folder.clear()
        qtbot.keyClicks(page.folder, "/elsewhere")
        qtbot.keyClick(page.folder, Qt.Key.Key_Return)
    assert told.args == ["/elsewhere"]
    assert lane.of("data.clips:inspect")[-1] is not old
    assert lane.of("data.clips:inspect")[-1].arguments["data_root"] == "/elsewhere"
    page.on_event(late, inspected(page, True, old_root))  # about the folder of before
    assert page.cards["smmnist"].download_button.isVisible()
    answer(page, lane, ready=True)
    assert not page.cards["smmnist"].download_button.isVisible()
    assert lane.of("data.clips:browse")[-1].arguments["data"].data_root == "/elsewhere"


def test_that_a_page_nobody_looks_at_any_more_is_not_read_on(page: DataPage, lane: Lane) -> None:
    first = lane.of("data.clips:browse")[-1]
    page.browser.on.click()
    second = lane.of("data.clips:browse")[-1]
    assert first.stopping
    assert not second.stopping
    frames = np.zeros((30, 64, 64, 1), np.uint8)
    page.on_event(first, Failed("too late"))
    page.on_event(second, ClipOpened("test", 12, "drawn test digit 1", frames))
    assert page.browser.wall.clips[0] is not None
    assert page.browser.pages.currentWidget() is page.browser.area


def test_that_a_clip_goes_to_futures(page: DataPage, lane: Lane, qtbot: QtBot) -> None:
    job = lane.of("data.clips:browse")[-1]
    page.on_event(job, ClipOpened("test", 0, "drawn test digit 1", np.zeros((30, 64, 64, 1), np.uint8)))
    with qtbot.waitSignal(page.open_clip_in_futures) as opened:
        page.browser.open_button.click()
    assert opened.args == [job.arguments["data"], "test", 0]


def look(page: DataPage, lane: Lane, found: DatasetInspected) -> None:
    """What the lane's look at a data set finds."""
    job = next(job for job in reversed(lane.of("data.clips:inspect")) if job.arguments["name"] == found.name)
    page.on_event(job, replace(found, data_root=Path(page.data_root)))
    page.on_event(job, Finished())


def offered(card: DatasetCard) -> set[str]:
    return {text for text, button in card.buttons.items() if not button.isHidden()}


@pytest.mark.parametrize(
    "kind, expected",
    [
        ("nothing", {"Download", "Use files I have…", "Check again"}),
        ("files", {"Convert…", "Use files I have…", "Check again"}),
        ("some files", {"Download", "Convert…", "Use files I have…", "Check again"}),
        ("cut off", {"Go on", "Convert…", "Use files I have…", "Remove…", "Check again"}),
        ("converted", {"Convert…", "Use files I have…", "Verify", "Show report", "Remove…", "Check again"}),
        ("broken", {"Convert…", "Use files I have…", "Remove…", "Check again"}),
    ],
)
def test_that_a_card_has_the_buttons_that_make_sense_now(
    page: DataPage, lane: Lane, store: Any, inspection: Any, kind: str, expected: set[str]
) -> None:
    found = {
        "nothing": replace(inspection("kth"), can_download=True),
        "files": inspection("kth", raw=True),
        "some files": replace(inspection("kth", raw=True), can_download=True),
        "cut off": inspection("kth", store(finished=False), raw=True),
        "converted": inspection("kth", store(), raw=True),
        "broken": inspection("kth", store(problem="train.npy: is missing"), raw=True),
    }[kind]
    look(page, lane, found)
    assert offered(page.cards["kth"]) == expected
    assert page.cards["kth"].note.isVisible() is (kind == "nothing")
    assert [b.text() for b in page.cards["kth"].buttons.values() if b.property("primary")] == {
        "nothing": ["Download"],
        "files": ["Convert…"],
        "some files": ["Download"],
        "cut off": ["Go on"],
        "converted": [],
        "broken": ["Convert…"],
    }[kind]


def test_that_a_card_tells_of_every_store(page: DataPage, lane: Lane, store: Any, inspection: Any) -> None:
    stores = (store("a", channels=3), store("b", 128, finished=False), store("c", problem="c: is damaged"))
    look(page, lane, inspection("videos", *stores))
    card = page.cards["videos"]
    assert card.state.text() == "Ready; b is not finished: press Go on; c: is damaged"
    assert card.stores.text().splitlines() == [
        "a, 64 px, colour: 40 train + 30 test sequences, 3.0 MB",
        "b, 128 px: not finished, 3.0 MB so far",
        "c, 64 px: cannot be opened, 3.0 MB",
    ]


def test_that_a_card_says_how_much_a_download_brings(page: DataPage, lane: Lane, inspection: Any) -> None:
    look(page, lane, replace(inspection("bair"), can_download=True))
    assert "32.3 GB to download" in page.cards["bair"].note.text()
    assert "65 GB on the disk" in page.cards["bair"].note.text()


def convert(page: DataPage, files: Lane, **settings: Any) -> Job:
    """Converts, and returns the job that the lane of files has got."""
    page.convert(ConvertConfig(**{"dataset": "kth", "data_root": page.data_root, **settings}))
    return files.of("data.convert:convert")[-1]


def test_that_a_conversion_shows_what_it_does_and_what_it_leaves_out(
    page: DataPage, lane: Lane, files: Lane, store: Any, inspection: Any, tmp_path: Path, qtbot: QtBot
) -> None:
    look(page, lane, inspection("kth", raw=True))
    card, job = page.cards["kth"], convert(page, files)
    assert card.amount.text() == "waiting for the work before it…"
    assert offered(card) == {"Stop and keep"}
    page.on_event(job, JobStarted(job.title))
    page.on_event(job, Progressed(250_000_000, 1_000_000_000, "bytes", "person01_walking_d1"))
    assert card.doing.text() == "person01_walking_d1"
    assert "250 MB of 1.0 GB" in card.amount.text()
    page.on_event(job, SourceSkipped("person13", "is missing"))
    page.on_event(job, SourceSkipped("person14", "is broken"))
    page.on_event(job, SourceNoted("person15", "has two pictures"))
    assert card.result.text() == "2 left out so far"
    card.report_button.click()
    assert shown_report(page) == "person13: is missing\nperson14: is broken\nperson15: has two pictures"
    folder = tmp_path / "kth" / "store-64"
    folder.mkdir(parents=True)
    (folder / "report.txt").write_text("person13: is missing, said the file\n", encoding="utf-8")
    page.on_event(job, StoreConverted(folder, {"train": 4, "test": 1}, {"train": 400, "test": 100}, 2, folder / "report.txt", 1))
    page.on_event(job, Finished())
    assert card.result.text() == "Converted: 5 sequences, 500 frames; 2 left out; 1 note in the report."
    look(page, lane, inspection("kth", replace(store(), path=folder), raw=True))
    card.report_button.click()
    assert shown_report(page).endswith("person13: is missing, said the file")
    assert not card.progress.isVisible()


def shown_report(page: DataPage) -> str:
    """Reads the report that is open, and closes it."""
    dialog = page.findChildren(TextDialog)[-1]
    text = dialog.text.toPlainText()
    dialog.reject()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return text


def test_that_a_failed_conversion_is_said_on_page_and_card_until_the_next_one(page: DataPage, lane: Lane, files: Lane) -> None:
    card, job = page.cards["kth"], convert(page, files)
    page.on_event(job, JobStarted(job.title))
    looks = len(lane.of("data.clips:inspect"))
    page.on_event(job, Failed("walking.zip: is damaged; download it again"))
    assert page.banner.text == card.problem.text() == "walking.zip: is damaged; download it again"
    assert len(lane.of("data.clips:inspect")) == looks + 1
    convert(page, files)
    assert page.banner.text == card.problem.text() == ""


def test_that_work_of_several_sets_waits_and_can_be_taken_back_at_once(page: DataPage, files: Lane) -> None:
    first, second = convert(page, files), convert(page, files, dataset="bair")
    page.on_event(first, JobStarted(first.title))
    assert page.cards["bair"].amount.text() == "waiting for the work before it…"
    assert page.cards["kth"].amount.text() == "Converting KTH actions…"
    page.cards["bair"].cancel_button.click()
    assert second.stopping
    assert not first.stopping
    assert not page.cards["bair"].busy, "it would be hours until the lane says so"
    page.on_event(second, Stopped())
    assert page.cards["bair"].result.text() == ""
    page.cards["kth"].cancel_button.click()
    assert first.stopping
    assert page.cards["kth"].amount.text() == "stopping…"
    page.on_event(first, Stopped())
    assert page.cards["kth"].result.text() == "Stopped; what has been done is kept."


def test_that_any_number_of_folders_of_videos_may_wait(page: DataPage, lane: Lane, files: Lane) -> None:
    a = convert(page, files, dataset="videos", source="a", store="a")
    b = convert(page, files, dataset="videos", source="b", store="b")
    card = page.cards["videos"]
    assert "Add videos…" in offered(card)
    page.on_event(a, JobStarted(a.title))
    page.on_event(a, Finished())
    assert card.busy
    page.on_event(b, JobStarted(b.title))
    assert card.amount.text() == "Converting Own videos into b…"
    page.on_event(b, Finished())
    assert not card.busy


def test_that_verify_reads_every_store_and_tells_of_each(
    page: DataPage, lane: Lane, files: Lane, store: Any, inspection: Any
) -> None:
    stores = (store("a"), store("b"), store("c", finished=False))
    look(page, lane, inspection("videos", *stores))
    card = page.cards["videos"]
    card.verify_button.click()
    jobs = files.of("data.store:verify")
    assert [job.arguments["path"] for job in jobs] == [stores[0].path, stores[1].path]
    for job, found, problems in zip(jobs, stores, [(), ("b/train.npy: has changed", "b/test.npy: has changed")], strict=False):
        page.on_event(job, JobStarted(job.title))
        page.on_event(job, StoreVerified(found.path, 70, 7000, problems))
        page.on_event(job, Finished())
    assert card.result.text() == "a verified: 70 sequences, 7,000 frames, all as it was converted."
    assert card.problem.text() == "b/train.npy: has changed (2 problems in all: see the report); convert it again with replace."
    card.report_button.click()
    assert shown_report(page).startswith("b/train.npy: has changed\nb/test.npy: has changed\n\n")


def test_that_a_conversion_that_was_cut_off_goes_on_with_its_settings(
    page: DataPage, lane: Lane, files: Lane, store: Any, inspection: Any
) -> None:
    begun = ConvertConfig(dataset="kth", data_root="/moved/since", image_width=128, fit="crop")
    look(page, lane, inspection("kth", store("kth", 128, finished=False, settings=begun.to_dict()), raw=True))
    page.cards["kth"].go_on_button.click()
    config = files.of("data.convert:convert")[-1].arguments["config"]
    assert config == replace(begun, data_root=page.data_root)


def test_that_settings_nobody_can_read_are_asked_for_again(
    page: DataPage, lane: Lane, files: Lane, store: Any, inspection: Any
) -> None:
    look(page, lane, inspection("kth", store("kth", finished=False, settings={"fit": "melted"}), raw=True))
    page.cards["kth"].go_on_button.click()
    assert files.jobs == []
    assert page.dialog is not None
    page.dialog.reject()


def test_that_a_mirror_is_kept_and_asked(page: DataPage, lane: Lane, files: Lane) -> None:
    page.ask_mirrors()
    dialog = page.findChildren(MirrorsDialog)[-1]
    edit = dialog.edits["smmnist"]
    edit.setText("ftp://mirror.example/")
    assert not dialog.save_button.isEnabled()
    assert "begin it with http:// or https://" in dialog.error.text()
    edit.setText(" https://mirror.example/mnist ")
    dialog.save_button.click()
    page.download("smmnist")
    page.download("kth")
    assert [job.arguments["mirror"] for job in files.of("data.download.download:download")] == [
        "https://mirror.example/mnist",
        None,
    ]
    Preferences().put("mirror/kth", "nonsense")
    page.download("kth")
    assert files.jobs[-1].arguments["mirror"] is None


def test_that_a_mirrors_password_is_used_and_not_saved(
    page: DataPage, files: Lane, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    address = "https://user:geheim@mirror.example/kth?token=zzTOKENzz&download=1"
    for reopened in (False, True):
        page.ask_mirrors()
        dialog = page.findChildren(MirrorsDialog)[-1]
        edit = dialog.edits["kth"]
        if not reopened:
            edit.setText("user:geheim@mirror.example/kth")  # no scheme
            assert dialog.error.text() == "mirror.example/kth: begin it with http:// or https://"
            edit.setText(address)
        assert edit.text() == ("https://mirror.example/kth?token=&download=1" if reopened else address)
        dialog.save_button.click()
        page.download("kth")
        assert files.jobs[-1].arguments["mirror"] == address
        assert "geheim" not in repr(files.jobs[-1])
    written = "".join(file.read_text() for file in (tmp_path / "settings").rglob("*") if file.is_file())
    assert "mirror.example" in written
    assert "geheim" not in written + caplog.text
    assert "zzTOKENzz" not in written + caplog.text


def test_that_buttons_flow_into_rows_as_wide_as_the_card(page: DataPage, lane: Lane, store: Any, inspection: Any) -> None:
    look(page, lane, replace(inspection("kth", store(), raw=True), can_download=True))
    card = page.cards["kth"]
    for width in (290, 900):
        card.setFixedWidth(width)
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        visible = [button for button in card.buttons.values() if button.isVisible()]
        assert len(visible) == 7
        assert all(card.rect().contains(button.geometry()) for button in visible)
        for button in visible:
            assert not any(button.geometry().intersects(other.geometry()) for other in visible if other is not button)
    assert len({button.y() for button in visible}) == 1, "all in one row where there is room"


def test_that_events_of_other_jobs_change_nothing(page: DataPage) -> None:
    page.on_event(Job("other:job"), Failed("not ours"))
    page.on_event(Job("other:job"), inspected(page, True))
    assert page.banner.text == ""
    assert page.cards["smmnist"].state.text() == "looking…"


def test_that_real_drawn_clips_fill_the_wall_and_a_real_look_finds_no_mnist(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SVG_STUDIO_HOME", str(tmp_path))
    lane = Worker("studio")
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


def make_videos(folder: Path) -> Path:
    """Six videos of 40 frames, one of 5, and what is none."""
    import cv2

    folder.mkdir()
    for number, length in enumerate((40, 40, 40, 40, 40, 40, 5)):
        writer = cv2.VideoWriter(str(folder / f"clip {number}.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (80, 60))
        for t in range(length):
            writer.write(np.full((60, 80, 3), 40 * number + t, np.uint8))
        writer.release()
    (folder / "notes.txt").write_text("no video")
    return folder


def test_that_real_videos_are_converted_browsed_and_verified(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVG_STUDIO_HOME", str(tmp_path))
    (tmp_path / "share").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))  # of the system's trash
    source = make_videos(tmp_path / "My garden")
    studio, files = Worker("studio"), Worker("files")
    page = DataPage(studio, files)
    qtbot.addWidget(page)
    for lane in (studio, files):
        lane.happened.connect(page.on_event)
        lane.start()

    def idle() -> bool:
        return not (studio.busy or files.busy or page.cards["videos"].busy)

    try:
        page.show()
        page.ask_convert("videos", own_files=True, sources=[str(source)])
        assert page.dialog is not None
        page.dialog.form.fields["test_percent"].set_value(50)
        page.dialog.convert_button.click()
        qtbot.waitUntil(lambda: page.browser.dataset.findData("videos/My garden/64") >= 0, timeout=60_000)
        qtbot.waitUntil(idle, timeout=30_000)
        browser, card = page.browser, page.cards["videos"]
        assert "7 sequences, 245 frames; 1 left out" in card.result.text()
        lengths: list[int] = []
        for split in ("train", "test"):
            browser.split.setCurrentIndex(browser.split.findData(split))
            browser.dataset.setCurrentIndex(browser.dataset.findData("videos/My garden/64"))
            qtbot.waitUntil(lambda: all(browser.wall.clips) and idle(), timeout=30_000)
            lengths += [len(clip.frames) for clip in browser.wall.clips if clip is not None]
        assert sorted(lengths) == [5, 30, 30, 30, 30, 30, 30], "a short one is shown as long as it is"
        assert "clip" in browser.chosen.text()
        card.verify_button.click()
        qtbot.waitUntil(lambda: "all as it was converted" in card.result.text(), timeout=30_000)
        card.report_button.click()
        assert "notes.txt" in shown_report(page)
        folder = tmp_path / "data" / "My garden" / "store-64"
        before = card.stores.text()
        removal(card, 0).trigger()
        qtbot.waitUntil(lambda: bool(page.undo_strip.text or page.banner.text) and idle(), timeout=30_000)
        assert page.banner.text == ""
        assert not folder.exists()
        assert next(tmp_path.rglob("store-64/manifest.json")), "it is in a trash"
        page.undo_strip.buttons["Undo"].click()
        qtbot.waitUntil(lambda: card.stores.text() == before and idle(), timeout=30_000)
        assert folder.is_dir()
        page.ask_convert("videos", own_files=True, sources=[str(source)])
        assert "is there already" in page.dialog.form.fields["store"].error
        page.dialog.reject()
    finally:
        for lane in (studio, files):
            lane.shutdown()
            lane.wait()


# ---- what follows a conversion


def finish(page: DataPage, lane: Lane, job: Job, *stores: StoreFound, inspection: Any) -> None:
    """The conversion into the first of `stores` ends, and the look at the disk that follows it finds all of them."""
    page.on_event(job, JobStarted(job.title))
    found = stores[0]
    page.on_event(job, StoreConverted(found.path, found.clips, found.frames, 0, found.path / "report.txt"))
    page.on_event(job, Finished())
    look(page, lane, inspection("videos", *stores))


def test_that_a_conversion_leads_on_to_its_clips_to_training_and_to_futures(
    page: DataPage, lane: Lane, files: Lane, store: Any, inspection: Any, qtbot: QtBot
) -> None:
    phone = store("phone", 64, 3, train=4, test=1)
    finish(page, lane, convert(page, files, dataset="videos", source="a"), phone, store("older"), inspection=inspection)
    browse = lane.of("data.clips:browse")[-1]
    data = DataConfig(dataset="videos", data_root=page.data_root, store="phone")
    assert (browse.arguments["data"], browse.arguments["split"]) == (data, "train")
    assert (
        page.done_strip.text == "phone (Own videos), 64 px is converted: 4 train and 1 test clips. The train clips are shown here."
    )
    assert page.browser.split.currentData() == "train"
    with qtbot.waitSignal(page.train_wanted) as train:
        qtbot.mouseClick(page.done_strip.buttons["Train on these"], Qt.MouseButton.LeftButton)
    assert train.args == [data]
    assert page.done_strip.text == ""


def test_that_the_strip_opens_the_clip_that_is_selected_or_the_first(
    page: DataPage, lane: Lane, files: Lane, store: Any, inspection: Any, qtbot: QtBot
) -> None:
    phone = store("phone", 64, 3, train=4, test=3)
    data = DataConfig(dataset="videos", data_root=page.data_root, store="phone")
    for selected, split, index in ((False, "test", 0), (True, "train", 2)):
        finish(page, lane, convert(page, files, dataset="videos", source="a"), phone, inspection=inspection)
        if selected:
            page.on_event(lane.of("data.clips:browse")[-1], ClipOpened("train", 2, "clip 2", np.zeros((30, 64, 64, 3), np.uint8)))
            page.browser.wall.select(2)
        else:
            page.browser.show_set("smmnist")
        with qtbot.waitSignal(page.open_clip_in_futures) as opened:
            page.done_strip.buttons["Open in Futures"].click()
        assert opened.args == [data, split, index]


def test_that_a_conversion_that_was_stopped_or_failed_leads_nowhere(
    page: DataPage, lane: Lane, files: Lane, store: Any, inspection: Any
) -> None:
    job = convert(page, files, dataset="videos", source="a")
    page.on_event(job, JobStarted(job.title))
    page.on_event(job, Stopped())
    look(page, lane, inspection("videos", store("older")))
    assert page.done_strip.text == ""
    assert page.browser.dataset.currentData() == "smmnist"


# ---- files that a person has, and sets that nobody wants any more


def test_that_mnist_is_taken_from_a_folder_and_shown(
    page: DataPage, lane: Lane, files: Lane, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer(page, lane, ready=False)
    card = page.cards["smmnist"]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a: "")
    card.use_files_button.click()
    assert files.jobs == []
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a: str(tmp_path))
    card.use_files_button.click()
    [job] = files.jobs
    assert (job.target, job.arguments) == (
        "data.datasets.mnist_files:take",
        {"folder": str(tmp_path), "data_root": page.data_root},
    )
    page.on_event(job, Failed(f"{tmp_path}: holds none of its four files"))
    assert "holds none" in card.problem.text()
    card.use_files_button.click()
    page.on_event(files.jobs[-1], Finished())
    assert card.result.text() == f"Taken from {tmp_path}."
    answer(page, lane, ready=True)
    assert not card.use_files_button.isVisible()
    assert lane.of("data.clips:browse")[-1].arguments["data"].digits == "mnist"


def removal(card: DatasetCard, number: int) -> QAction:
    """An entry of the list that Remove… opens."""
    menu = card.remove_button.menu()
    menu.aboutToShow.emit()
    return menu.actions()[number]


def test_that_a_set_is_removed_on_the_lane_and_brought_back(page: DataPage, lane: Lane, store: Any, inspection: Any) -> None:
    stores = (store("a"), store("b", 128))
    look(page, lane, inspection("videos", *stores))
    entry = removal(page.cards["videos"], 1)
    assert entry.text().startswith("b, 128 px, grey: 40 train")
    entry.trigger()
    [job] = lane.of("data.remove:remove")
    assert job.arguments["path"] == stores[1].path
    looks = len(lane.of("data.clips:inspect"))
    page.on_event(job, StoreRemoved(stores[1].path, Path("/trash/files/store-128"), system=True))
    page.on_event(job, Finished())
    assert len(lane.of("data.clips:inspect")) == looks + 1
    assert page.undo_strip.text == "b, 128 px, is in the trash."
    page.undo_strip.buttons["Undo"].click()
    [back] = lane.of("data.remove:put_back")
    assert back.arguments == {"place": "/trash/files/store-128", "path": stores[1].path}
    page.on_event(back, Failed("there is a converted set of that name again"))
    assert page.banner.text == "there is a converted set of that name again"


def test_that_a_trash_that_keeps_silent_offers_no_way_back(page: DataPage, lane: Lane, store: Any, inspection: Any) -> None:
    look(page, lane, inspection("videos", store("a")))
    removal(page.cards["videos"], 0).trigger()
    job = lane.of("data.remove:remove")[-1]
    page.on_event(job, StoreRemoved(store("a").path, None, system=True))
    assert list(page.undo_strip.buttons) == ["Close"]
    removal(page.cards["videos"], 0).trigger()
    page.on_event(lane.of("data.remove:remove")[-1], StoreRemoved(store("a").path, Path("/data/.trash/17/store-64"), system=False))
    assert page.undo_strip.text == "a, 64 px, is in the trash of the data folder, /data/.trash/17."


def test_that_a_set_that_is_in_use_stays_and_the_reason_is_told(page: DataPage, lane: Lane, store: Any, inspection: Any) -> None:
    look(page, lane, inspection("videos", store("a")))
    removal(page.cards["videos"], 0).trigger()
    job = lane.of("data.remove:remove")[-1]
    page.on_event(job, Failed("a, store-64: is in use, such as by a training run"))
    assert page.banner.text == "a, store-64: is in use, such as by a training run"
    assert page.undo_strip.text == ""


def test_that_a_cards_menu_has_what_its_buttons_do_and_more(page: DataPage, lane: Lane, store: Any, inspection: Any) -> None:
    look(page, lane, inspection("videos", store("a"), store("b")))
    card = page.cards["videos"]
    card.menu.open(card.mapToGlobal(QPoint(5, 5)))
    assert card.menu.menu is not None
    entries = {made.text(): made for made in card.menu.menu.actions() if made.text()}
    assert {"Add videos…", "Verify", "Show folder of a, 64 px", "Show folder of b, 64 px"} <= entries.keys()
    assert "Download" not in entries
    next(made for text, made in entries.items() if text.startswith("Remove b, 64 px")).trigger()
    assert lane.of("data.remove:remove")[-1].arguments["path"] == store("b").path
    card.menu.menu.hide()


# ---- as it was left


def test_that_the_focus_is_on_the_clips_and_not_in_the_path(page: DataPage) -> None:
    page.activateWindow()
    assert page.focusWidget() is page.browser.wall


def test_that_data_folders_are_remembered_and_offered(page: DataPage, lane: Lane, qtbot: QtBot, tmp_path: Path) -> None:
    first = page.data_root
    for folder in (tmp_path / "one", tmp_path / "two"):
        page.set_data_root(str(folder))
    assert recents.recent("data")[:2] == [str(tmp_path / "two"), str(tmp_path / "one")]
    qtbot.keyClick(page.folder, Qt.Key.Key_Down)
    [two, one] = page.folder.findChildren(QMenu)[0].actions()
    assert (two.isEnabled(), one.text()) == (False, str(tmp_path / "one"))
    with qtbot.waitSignal(page.data_root_changed) as told:
        one.trigger()
    assert told.args == [str(tmp_path / "one")] != [first]


def test_that_the_page_is_as_it_was_left_and_damage_changes_nothing(page: DataPage, lane: Lane, tmp_path: Path) -> None:
    page.set_data_root(str(tmp_path / "elsewhere"))
    page.browser.first.setValue(36)
    state = page.state()
    page.set_data_root(str(tmp_path / "other"))
    page.browser.first.setValue(0)
    page.restore(state)
    assert page.state() == state
    for damage in ({}, {"data_root": 5}, {"data_root": ""}, {"data_root": "a\0b", "clip": []}):
        page.restore(damage)
        assert page.data_root == str(tmp_path / "elsewhere")
