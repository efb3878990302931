"""The main window: pages, lanes, log, settings, and closing without losing what was trained."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QSettings, Qt, QThread, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot
from support.library_runs import make_run
from support.places import ROOT
from support.whole_window import *  # noqa: F403
from support.whole_window import Lanes, OpenWindow

from svg_studio.engine.config import ConvertConfig, DataConfig, EvaluateConfig, FuturesConfig, ModelConfig, TrainConfig
from svg_studio.engine.errors import CheckpointError
from svg_studio.engine.events import (
    Event,
    Failed,
    FileDownloaded,
    Finished,
    JobStarted,
    Logged,
    ModelOpened,
    Progressed,
    RunVanished,
    SourceNoted,
    SourceSkipped,
    StepFinished,
    StoreConverted,
    StoreVerified,
)
from svg_studio.engine.export.read_back import START
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.data.page import DataPage
from svg_studio.ui.evaluate.page import EvaluatePage
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.shell import main_window
from svg_studio.ui.shell.main_window import MainWindow
from svg_studio.ui.style import theme
from svg_studio.ui.train.extend_dialog import ExtendDialog


def steps(started: threading.Event, saved: list[str]) -> Callable[..., Iterator[Event]]:
    """A training that goes on until it is stopped, and then keeps a checkpoint."""

    def train(**_: object) -> Iterator[Event]:
        try:
            for step in range(1, 1_000_000):
                yield StepFinished(step, 0, 1.0, 1.0, 1.0, 1.0, 1.0)
                started.set()
        finally:
            saved.append("last.pt")

    return train


# ---- pages


def test_that_the_window_is_painted_before_pages_that_take_time_are_made(
    lanes: Lanes, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_paint: list[int] = []
    after = MainWindow._after_paint
    monkeypatch.setattr(MainWindow, "_after_paint", lambda self: at_paint.append(len(self.pages)) or after(self))
    window = open_window(lanes)
    assert at_paint == [1]
    assert window.futures.plots is not None


def test_that_importing_and_painting_the_window_loads_neither_torch_nor_pyqtgraph(tmp_path: Path) -> None:
    script = (
        "import sys; from svg_studio import app\n"
        "qt, window, lanes = app.build('light')\n"
        "def look():\n"
        "    loaded = [m for m in ('torch', 'pyqtgraph', 'cv2', 'av', 'torchvision', 'requests') if m in sys.modules]\n"
        "    print('loaded', loaded); window.leave()\n"
        "window.painted.connect(look); window.demo = None; window.show(); qt.exec()\n"
        "[lane.wait() for lane in lanes]\n"
    )
    environment = {**os.environ, "SVG_STUDIO_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert "loaded []" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_that_the_desktop_is_given_the_programs_own_icon(tmp_path: Path) -> None:
    script = (
        "from svg_studio import app\n"
        "qt, window, lanes = app.build('light')\n"
        "print(window.windowIcon().pixmap(32).toImage().pixelColor(16, 4).name())\n"
        "window.leave()\n"
        "[lane.wait() for lane in lanes]\n"
    )
    environment = {**os.environ, "SVG_STUDIO_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["#1f5fc6"], done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("number, key", [(0, "futures"), (1, "train"), (2, "data"), (3, "evaluate"), (4, "runs")])
def test_that_the_rail_and_its_keys_show_the_pages(window: MainWindow, number: int, key: str, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.navigation.buttons.button(number), Qt.MouseButton.LeftButton)
    assert window.stack.currentWidget() is window.pages[key]
    window.show_page((number + 1) % 5)
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key(Qt.Key.Key_1 + number), Qt.KeyboardModifier.ControlModifier)
    assert window.stack.currentWidget() is window.pages[key]
    assert window.navigation.buttons.checkedId() == number


def test_that_space_plays_right_after_the_start_and_after_a_click_on_the_rail(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    assert window.focusWidget() is window.futures
    qtbot.mouseClick(window.navigation.buttons.button(2), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.navigation.buttons.button(0), Qt.MouseButton.LeftButton)
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert window.futures.playback.playing
    window.futures.playback.play(False)


def test_that_without_a_demo_the_window_says_what_to_do(window: MainWindow) -> None:
    assert window.futures.empty.isVisible()
    assert window.futures.model_path is None


def test_that_the_demo_is_opened_by_itself_with_digits_that_need_no_file(
    lanes: Lanes,
    open_window: OpenWindow,
    qtbot: QtBot,
    tmp_path: Path,
    jobs_of: Callable[..., None],
    exploration: Callable[..., list[Event]],
) -> None:
    asked: list[Any] = []

    def explore(config: Any) -> Iterator[Event]:
        asked.append(config)
        yield from exploration(config.n_futures)

    jobs_of("sampling.futures", explore=explore)
    demo = tmp_path / "demo.pt"
    demo.write_bytes(b"a model")
    window = open_window(lanes, demo=demo)
    qtbot.waitUntil(lambda: len(window.futures.wall.futures) == 16)
    assert window.futures.playback.playing
    assert (asked[-1].n_past, asked[-1].n_future, asked[-1].data.digits) == (5, 25, "drawn")
    window.open_model("another.pt")
    window.show_page(1)
    before = len(asked)
    actions = {action.text(): action for action in window.findChildren(QAction)}
    actions["Open the demo"].trigger()
    qtbot.waitUntil(lambda: window.futures.job is None)
    assert window.stack.currentIndex() == 0
    assert str(demo) in [config.model_path for config in asked[before:]]


def test_that_a_run_opened_from_the_train_page_is_shown_in_futures(window: MainWindow, jobs_of: Callable[..., None]) -> None:
    jobs_of("sampling.futures", explore=lambda config: iter(()))
    window.show_page(1)
    window.pages["train"].open_in_futures.emit("runs/b/checkpoints/last.pt")  # type: ignore[attr-defined]
    assert window.stack.currentIndex() == 0
    assert window.futures.model_path == Path("runs/b/checkpoints/last.pt")


# ---- the library of runs


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """A run in the window's log folder that was interrupted."""
    return make_run(tmp_path / "home" / "runs", "lost", step=7, state="running")


def resumed(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What the Train page is asked to go on with."""
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(window.pages["train"], "resume", lambda run, epochs: asked.append((run, epochs)))
    return asked


def test_that_after_a_crash_the_window_offers_to_go_on(
    lanes: Lanes, open_window: OpenWindow, crashed: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(lanes)
    asked = resumed(window, monkeypatch)
    words = "lost was interrupted at step 7: go on from its last checkpoint?"
    qtbot.waitUntil(lambda: window.offer.text == words)  # in the place of the tour, which newcomers are offered
    window.offer.buttons["Resume"].click()
    assert asked == [(str(crashed), 0)]
    assert window.stack.currentWidget() is window.pages["train"]
    assert not window.offer.isVisible()


def test_that_what_the_runs_page_asks_of_other_pages_is_done(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, jobs_of: Callable[..., None], tmp_path: Path
) -> None:
    jobs_of("sampling.futures", explore=lambda config: iter(()))
    actions: Any = window.pages["runs"].actions_  # type: ignore[attr-defined]
    asked = resumed(window, monkeypatch)
    actions.resume_wanted.emit("runs/a", 4)
    assert asked == [("runs/a", 4)]
    actions.duplicate_wanted.emit(TrainConfig(lr=0.25))
    assert window.pages["train"].settings.form.config.lr == 0.25  # type: ignore[attr-defined]
    assert window.stack.currentWidget() is window.pages["train"]
    actions.evaluate_wanted.emit(["a.pt", "b.pt"])
    assert window.pages["evaluate"].settings.models.paths == ["a.pt", "b.pt"]  # type: ignore[attr-defined]
    assert window.stack.currentWidget() is window.pages["evaluate"]
    actions.open_in_futures.emit("runs/a/checkpoints/last.pt")
    assert window.futures.model_path == Path("runs/a/checkpoints/last.pt")


def test_that_looking_at_runs_is_not_worth_a_word_unless_it_fails(window: MainWindow, qtbot: QtBot) -> None:
    job = Job("runs.library:scan", title="Looking for runs")
    for event in (JobStarted(job.title), Progressed(1, 2, "runs"), Finished()):
        window.studio.happened.emit(job, event)
    window.studio.happened.emit(job, Failed("runs: cannot be read"))
    qtbot.waitUntil(lambda: "cannot be read" in window.log_pane.toPlainText())
    assert "Looking for runs …" not in window.log_pane.toPlainText()
    assert window.status.studio.job is not job


# ---- what is dropped


def drop(window: MainWindow, *paths: Path) -> bool:
    """Drags and drops files; whether the window would take them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), action, data, left, none)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), action, data, left, none, QEvent.Type.Drop))
    return enter.isAccepted()


@pytest.mark.parametrize("name", ["model.pt", "model.PTH"])
def test_that_a_checkpoint_dropped_on_the_window_is_opened(
    window: MainWindow, name: str, tmp_path: Path, jobs_of: Callable[..., None]
) -> None:
    jobs_of("sampling.futures", explore=lambda config: iter(()))
    window.show_page(2)
    assert drop(window, tmp_path / name)
    assert window.futures.model_path == tmp_path / name
    assert window.stack.currentIndex() == 0


def test_that_a_run_dropped_on_the_window_is_opened(window: MainWindow, tmp_path: Path, jobs_of: Callable[..., None]) -> None:
    jobs_of("sampling.futures", explore=lambda config: iter(()))
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    (tmp_path / "run" / "config.json").touch()
    assert drop(window, tmp_path / "run")
    assert window.futures.model_path == tmp_path / "run"


def test_that_an_export_dropped_on_the_window_is_opened_again(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "wall.gif").write_bytes(b"GIF89a" + START)
    opened: list[Path] = []
    window.futures.reopening.open = opened.append  # type: ignore[method-assign]
    window.show_page(2)
    assert drop(window, tmp_path / "wall.gif")
    assert opened == [tmp_path / "wall.gif"]
    assert window.stack.currentIndex() == 0


def test_that_videos_dropped_on_the_window_open_the_dialog_for_them(window: MainWindow, tmp_path: Path) -> None:
    folder = tmp_path / "My garden: May"
    folder.mkdir()
    (folder / "a.mp4").touch()
    assert drop(window, folder)
    page = window.pages["data"]
    assert isinstance(page, DataPage)
    assert window.stack.currentWidget() is page
    assert page.dialog is not None
    config = page.dialog.form.config
    assert isinstance(config, ConvertConfig)
    assert (config.dataset, config.source, config.store) == ("videos", str(folder), "My garden- May")
    page.dialog.reject()
    assert page.dialog is None
    drop(window, folder / "a.mp4")
    assert page.dialog is not None, "and again"
    page.dialog.reject()


def test_that_five_clips_dropped_together_are_one_conversion(window: MainWindow, tmp_path: Path) -> None:
    paths = [tmp_path / f"IMG_{n}.mp4" for n in range(5)]
    for path in (*paths, tmp_path / "walk" / "1.png"):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert drop(window, *paths, tmp_path / "walk", tmp_path / "model.pt")
    page = window.pages["data"]
    assert isinstance(page, DataPage)
    assert window.stack.currentWidget() is page
    assert page.dialog is not None
    config = page.dialog.form.config
    assert isinstance(config, ConvertConfig)
    assert config.source == (*map(str, paths), str(tmp_path / "walk"))
    assert config.store == "IMG_0 and 5 more"
    assert window.status.message.text() == "Left out: model.pt, which is a model: drop it by itself to open it."
    page.dialog.reject()


def test_that_models_dropped_on_the_evaluate_page_join_its_list_and_are_not_opened(window: MainWindow, tmp_path: Path) -> None:
    page = window.pages["evaluate"]
    assert isinstance(page, EvaluatePage)
    window.show_page(3)
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    (run / "config.json").touch()
    assert drop(window, tmp_path / "a.pt", tmp_path / "b.pth", run)
    assert page.settings.models.paths == [str(tmp_path / "a.pt"), str(tmp_path / "b.pth"), str(run)]
    assert window.futures.model_path is None
    assert window.stack.currentWidget() is page
    drop(window, tmp_path / "c.pt", tmp_path / "notes.txt")
    assert len(page.settings.models.paths) == 3
    assert window.status.message.text() == "Left out: notes.txt, which cannot be used here."
    assert window.futures.model_path == tmp_path / "c.pt"


def test_that_an_evaluation_runs_on_a_lane_of_its_own_and_has_its_place_in_the_status_bar(
    window: MainWindow, jobs_of: Callable[..., None], qtbot: QtBot, tmp_path: Path
) -> None:
    threads: list[str] = []
    asked = threading.Event()

    def evaluate(config: EvaluateConfig, data: object) -> Iterator[Event]:
        threads.append(QThread.currentThread().objectName())
        yield Progressed(3, 10, "clips", "Evaluating a")
        asked.wait(60)
        yield Progressed(4, 10, "clips", "Evaluating a")
        pytest.fail("went on")

    jobs_of("evaluation.evaluate", evaluate=evaluate)
    page = window.pages["evaluate"]
    assert isinstance(page, EvaluatePage)
    page.add_models([tmp_path / "a.pt"])
    page.start()
    qtbot.waitUntil(window.status.evaluation.isVisible)
    assert "Evaluating a" in window.status.evaluation.label.text()
    assert threads == ["evaluation"]
    assert not any(lane.busy for lane in (window.training, window.files))
    window.status.evaluation.cancel.click()
    asked.set()
    qtbot.waitUntil(lambda: not page.is_evaluating)
    assert "goes on from here" in page.says.text()


def test_that_what_cannot_be_opened_is_said(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    drop(window, tmp_path / "notes.txt")
    assert window.status.message.isVisible()
    assert "notes.txt is nothing that can be opened here" in window.status.message.text()
    drop(window, tmp_path / "a.mp4", tmp_path / "softmotion.tfrecords")
    assert window.status.message.text() == (
        "These belong to several data sets, Own videos and BAIR robot pushing: drop those of one of them, please."
    )
    assert window.pages["data"].dialog is None  # type: ignore[attr-defined]
    window.status._message_timer.timeout.emit()
    assert not window.status.message.isVisible()


def test_that_words_and_addresses_are_not_taken(window: MainWindow) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/a.mp4")])
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()


# ---- log and status


def test_that_the_log_can_be_folded_away_and_holds_tracebacks(window: MainWindow, qtbot: QtBot) -> None:
    assert not window.log_pane.isVisible()
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert window.log_pane.isVisible()
    job = Job("any:thing", title="Making a thing")
    window.studio.happened.emit(job, Logged("half of it is done"))
    window.studio.happened.emit(job, Failed("it broke; try again", "Traceback: line 1"))
    qtbot.waitUntil(lambda: "line 1" in window.log_pane.toPlainText())
    text = window.log_pane.toPlainText()
    assert "half of it is done" in text
    assert "Making a thing failed: it broke; try again" in text


def test_that_lines_from_other_threads_reach_the_log(window: MainWindow, qtbot: QtBot) -> None:
    thread = threading.Thread(target=lambda: logging.getLogger("svg_studio.engine").warning("from afar"))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: "from afar" in window.log_pane.toPlainText())


def test_that_device_and_memory_are_shown(window: MainWindow) -> None:
    window.studio.happened.emit(Job("x:y"), ModelOpened(Path("a.pt"), {}, {}, 1, 1, "NVIDIA H200", "bf16"))
    assert "NVIDIA H200" in window.status.device.text()
    assert window.status.memory.text().endswith(("MB", "GB"))


# ---- the end


def test_that_closing_while_training_asks_and_cancel_keeps_it_running(
    window: MainWindow, jobs_of: Callable[..., None], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    started, saved, answers = threading.Event(), [], [main_window.close_dialog.Answer.CANCEL]
    jobs_of("training.train", train=steps(started, saved))
    questions: list[int] = []
    monkeypatch.setattr(main_window.close_dialog, "ask", lambda *a, **k: questions.append(1) or answers[0])
    window.pages["train"].start(window.pages["train"].settings.form.config)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: started.is_set() and window.train.is_training)
    window.close()
    assert len(questions) == 1
    assert window.isVisible()
    assert not saved
    answers[0] = main_window.close_dialog.Answer.STOP
    window.close()
    assert window.isVisible(), "it stays until the step in hand is done"
    assert window.overlay.isVisible()
    assert "Finishing the step" in window.overlay.label.text()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=60_000)
    assert saved == ["last.pt"]
    assert window.training.isFinished()
    assert window.studio.isFinished()


def test_that_training_goes_on_behind_a_window_that_was_closed_and_a_signal_still_ends_the_program(
    window: MainWindow, jobs_of: Callable[..., None], monkeypatch: pytest.MonkeyPatch, qapp: QApplication, qtbot: QtBot
) -> None:
    started, saved, step = threading.Event(), [], threading.Event()

    def train(**_: object) -> Iterator[Event]:
        try:
            yield StepFinished(1, 0, 1.0, 1.0, 1.0, 1.0, 1.0)
            started.set()
            step.wait(60)
            yield StepFinished(2, 0, 1.0, 1.0, 1.0, 1.0, 1.0)
        finally:
            saved.append("last.pt")

    jobs_of("training.train", train=train)
    monkeypatch.setattr(main_window.close_dialog, "ask", lambda *a, **k: main_window.close_dialog.Answer.KEEP)
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    window.pages["train"].start(window.pages["train"].settings.form.config)  # type: ignore[attr-defined]
    qtbot.waitUntil(started.is_set, timeout=60_000)
    window.close()
    assert not window.isVisible()
    assert window.train.is_training
    assert not saved
    assert not qapp.quitOnLastWindowClosed()
    window.leave()
    assert window.isVisible(), "the end of a hidden window would not be that of the program"
    assert qapp.quitOnLastWindowClosed()
    step.set()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=60_000)
    assert saved == ["last.pt"]


def test_that_closing_with_nothing_under_way_asks_nothing_and_ends_all_lanes(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(main_window.close_dialog, "ask", lambda *a, **k: pytest.fail("asked"))
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=10_000)
    for lane in (window.training, window.studio, window.files, window.evaluation):
        assert lane.isFinished()


def test_that_closing_during_a_conversion_asks_nothing_and_lets_it_end_in_order(
    window: MainWindow, jobs_of: Callable[..., None], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    started, kept = threading.Event(), []

    def convert(config: ConvertConfig) -> Iterator[Event]:
        try:
            for done in range(1_000_000):
                yield Progressed(done, 1_000_000, "bytes", "a.mp4")
                started.set()
        finally:
            kept.append(config.source)

    jobs_of("data.convert", convert=convert)
    monkeypatch.setattr(main_window.close_dialog, "ask", lambda *a, **k: pytest.fail("asked"))
    page = window.pages["data"]
    assert isinstance(page, DataPage)
    page.convert(ConvertConfig(source="videos", store="first"))
    page.convert(ConvertConfig(source="more", store="second"))
    qtbot.waitUntil(started.is_set)
    assert not window.studio.busy or window.studio.current.target != "data.convert:convert"  # type: ignore[union-attr]
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=10_000)
    assert kept == ["videos"], "the one that waited never began"
    assert window.files.isFinished()


def test_that_what_a_conversion_leaves_out_is_in_the_log(window: MainWindow, qtbot: QtBot) -> None:
    job = Job("data.convert:convert", title="Converting")
    store = Path("/data/kth/store-64")
    for event in (
        SourceSkipped("person01.avi", "ends after 304 of 370 frames"),
        SourceNoted("person02.avi", "has two pictures"),
        StoreConverted(store, {"train": 1}, {"train": 9}, 1, store / "report.txt"),
        StoreVerified(store, 1, 9, ("train.npy: has changed",)),
        FileDownloaded(Path("/data/walking.zip"), 2_000_000),
    ):
        window.files.happened.emit(job, event)
    qtbot.waitUntil(lambda: "walking.zip: 2.0 MB" in window.log_pane.toPlainText())
    text = window.log_pane.toPlainText()
    assert "left out: person01.avi: ends after 304 of 370 frames" in text
    assert "note: person02.avi: has two pictures" in text
    assert str(store / "report.txt") in text
    assert "train.npy: has changed" in text


# ---- settings


def test_that_page_speed_and_log_are_remembered(start_lane: Callable[[str], Worker], open_window: OpenWindow, qtbot: QtBot) -> None:
    first = open_window((start_lane("a"), start_lane("b"), start_lane("c"), start_lane("d")))
    first.show_page(2)
    first.futures.transport.set_speed(0.5)
    first.menus.log.trigger()
    first.close()
    qtbot.waitUntil(lambda: not first.isVisible(), timeout=10_000)
    second = open_window((start_lane("e"), start_lane("f"), start_lane("g"), start_lane("h")))
    qtbot.waitUntil(lambda: second.stack.currentIndex() == 2)
    assert second.futures.playback.speed == 0.5
    assert second.log_pane.isVisible()


def test_that_model_clip_and_counts_come_back_as_they_were_left(
    start_lane: Callable[[str], Worker], open_window: OpenWindow, jobs_of: Callable[..., None], tmp_path: Path, qtbot: QtBot
) -> None:
    asked: list[FuturesConfig] = []

    def explore(config: FuturesConfig) -> Iterator[Event]:
        asked.append(config)
        yield ModelOpened(
            Path(config.model_path), ModelConfig().to_dict(), DataConfig(digits="drawn").to_dict(), 40, 9, "CPU", "fp32"
        )

    jobs_of("sampling.futures", explore=explore)
    first = open_window((start_lane("a"), start_lane("b"), start_lane("c"), start_lane("d")))
    first.open_model(str(tmp_path / "mine.pt"))
    first.futures.bar.index.setValue(17)
    first.futures.bar.n_futures.setValue(9)
    first.futures.bar.seed.setValue(77)
    qtbot.waitUntil(lambda: bool(asked) and asked[-1].seed == 77)
    qtbot.waitUntil(lambda: first.futures.job is None)
    first.close()
    qtbot.waitUntil(lambda: not first.isVisible(), timeout=10_000)
    asked.clear()
    demo = tmp_path / "demo.pt"
    demo.touch()
    second = open_window((start_lane("e"), start_lane("f"), start_lane("g"), start_lane("h")), demo=demo)
    qtbot.waitUntil(lambda: bool(asked) and second.futures.job is None)
    assert {config.model_path for config in asked} == {str(tmp_path / "mine.pt")}
    assert (asked[-1].index, asked[-1].n_futures, asked[-1].seed) == (17, 9, 77)


def test_that_the_demo_opens_where_the_model_of_last_time_is_gone(
    lanes: Lanes, open_window: OpenWindow, jobs_of: Callable[..., None], tmp_path: Path, qtbot: QtBot
) -> None:
    asked: list[str] = []

    def explore(config: FuturesConfig) -> Iterator[Event]:
        asked.append(config.model_path)
        if "gone" in config.model_path:
            raise CheckpointError("gone.pt: there is no such file")
        yield ModelOpened(
            Path(config.model_path), ModelConfig().to_dict(), DataConfig(digits="drawn").to_dict(), 40, 9, "CPU", "fp32"
        )

    jobs_of("sampling.futures", explore=explore)
    demo = tmp_path / "demo.pt"
    demo.touch()
    Preferences().put("state/futures", json.dumps({"model": str(tmp_path / "gone.pt"), "seed": 5}))
    window = open_window(lanes, demo=demo)
    qtbot.waitUntil(lambda: window.futures.opened is not None)
    assert (asked[0], asked[-1]) == (str(tmp_path / "gone.pt"), str(demo))
    assert "gone.pt" in window.futures.banner.text


def test_that_extend_and_train_on_these_lead_to_the_train_page(window: MainWindow, tmp_path: Path) -> None:
    assert window.runs is not None
    assert window.data is not None
    assert window.train is not None
    run = make_run(tmp_path, "done")
    window.runs.actions_.extend_wanted.emit(str(run))
    assert window.stack.currentWidget() is window.train
    dialog = next(d for d in window.train.findChildren(ExtendDialog) if d.isVisible())
    dialog.reject()
    window.show_page(2)
    window.data.train_wanted.emit(DataConfig(dataset="kth", data_root=str(tmp_path)))
    assert window.stack.currentWidget() is window.train
    assert window.train.settings.form.fields["dataset"].value() == "kth"


def test_that_escape_dismisses_messages_once_the_page_has_no_use_for_it(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    window.show_page(4)
    assert window.runs is not None
    window.runs.banner.show_info("a message")
    window.offer.make("a question", {"Yes": lambda: None, "Not now": lambda: None})
    for _ in range(2):
        QTest.keyClick(window.runs.table, Qt.Key.Key_Escape)
    assert window.runs.banner.text == window.offer.text == ""


def test_that_a_size_remembered_from_a_larger_screen_is_cut_to_this_one(lanes: Lanes, open_window: OpenWindow) -> None:
    larger = QWidget()
    larger.setGeometry(700, 500, 5000, 3000)
    Preferences().put("geometry", larger.saveGeometry())
    window = open_window(lanes)
    assert window.screen().availableGeometry().contains(window.frameGeometry())


def test_that_no_other_page_flashes_before_the_remembered_one(
    lanes: Lanes, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    Preferences().put("page", "evaluate")
    seen: list[QWidget] = []
    restore = MainWindow._restore

    def watched(window: MainWindow) -> None:
        restore(window)
        seen.append(window.stack.currentWidget())
        window.stack.currentChanged.connect(lambda _: seen.append(window.stack.currentWidget()))

    monkeypatch.setattr(MainWindow, "_restore", watched)
    window = open_window(lanes)
    assert window.navigation.buttons.checkedId() == 3
    blank, *pages = dict.fromkeys(seen)
    assert blank not in window.pages.values(), "an empty page stands there until this one is made"
    assert pages == [window.evaluate]


def test_that_the_chosen_theme_is_applied_and_remembered(window: MainWindow) -> None:
    dark = next(action for action in window.menus.schemes.actions() if action.data() == "dark")
    dark.trigger()
    assert theme.colors() is theme.DARK
    assert Preferences().choice("scheme", theme.SCHEMES, "system") == "dark"


@pytest.mark.parametrize(
    "content", [b"\x00\xff\xfe garbage ===", b"[General]\nspeed=fast\npage=@Variant(\\0\\0\ngeometry=7\nlog=maybe\n"]
)
def test_that_damaged_settings_do_not_keep_the_window_from_opening(
    content: bytes, tmp_path: Path, lanes: Lanes, open_window: OpenWindow
) -> None:
    file = Path(QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "svg-studio", "window").fileName())
    assert tmp_path in file.parents
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    window = open_window(lanes)
    assert window.stack.currentIndex() == 0
    assert window.futures.playback.speed == 1.0


@pytest.mark.skipif(sys.platform == "win32", reason="pipes as POSIX has them")
@pytest.mark.parametrize("kind", ["pipe", "device", "too large"])
def test_that_settings_that_are_none_are_neither_waited_for_nor_lost(kind: str, lanes: Lanes) -> None:
    other = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "svg-studio", "none")
    file = Path(other.fileName()).with_name("window.ini")
    file.parent.mkdir(parents=True, exist_ok=True)
    match kind:
        case "pipe":
            os.mkfifo(file)
        case "device":
            file.symlink_to("/dev/zero")
        case _:
            file.write_bytes(bytes(2 << 20))
    before = file.lstat()
    first = Preferences()
    first.put("scheme", "dark")
    first.save()
    assert Preferences().choice("scheme", theme.SCHEMES, "system") == "dark"
    assert os.path.samestat(file.lstat(), before)


def test_that_all_pages_hear_that_a_run_has_another_name(window: MainWindow, jobs_of: Callable[..., None], tmp_path: Path) -> None:
    jobs_of("sampling.futures", explore=lambda config: iter(()))
    pages: Any = window.pages
    run = make_run(tmp_path / "home" / "runs", "a")
    checkpoint = run / "checkpoints" / "last.pt"
    pages["train"].runs.add(run)
    pages["evaluate"].add_models([checkpoint])
    window.open_model(str(checkpoint))
    now = pages["runs"].runs.rename(run, "b")
    moved = now / "checkpoints" / "last.pt"
    assert window.futures.model_path == moved
    assert pages["evaluate"].settings.models.paths == [str(moved)]
    assert pages["train"].runs.lines[run].name.text() == "b"


def test_that_a_window_whose_run_has_no_folder_asks_that_and_leads_back_to_it(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    answers = [main_window.close_dialog.Answer.CANCEL]
    vanished = RunVanished(Path("run"), 9, 0)
    window.show_page(0)
    monkeypatch.setattr(type(window), "is_keeping", property(lambda _: True))
    monkeypatch.setattr(type(window.train), "lost", property(lambda _: vanished))
    monkeypatch.setattr(main_window.close_dialog, "ask", lambda *_, **__: asked.append("what cannot be done") or answers[0])
    monkeypatch.setattr(main_window.close_dialog, "ask_lost", lambda _, event: asked.append(event) or answers[0])
    window.close()
    assert asked == [vanished]
    assert window.isVisible()
    assert window.stack.currentWidget() is window.train
    answers[0] = main_window.close_dialog.Answer.STOP
    window.close()
    assert len(asked) == 2
