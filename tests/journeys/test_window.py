"""From a server to futures in the window, for each real data set: download, cancelled and gone on with, convert, browse, train,
imagine, export. Small archives stand in for the real ones. With SVG_STUDIO_PICTURES set to a folder, pictures go there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from support.small_server import Server, half_of, serving
from support.small_sets import BAIR, install, make_archives, make_videos

from svg_studio.engine.data.download.catalog import DOWNLOADS
from svg_studio.engine.worker import Worker
from svg_studio.paths import default_data_root
from svg_studio.ui.futures.export_dialog import ExportDialog
from svg_studio.ui.shell.main_window import MainWindow

TINY = {
    "base_width": 2, "g_dim": 8, "z_dim": 3, "rnn_size": 8, "n_past": 2, "n_future": 4, "n_eval": 8, "batch_size": 4, "niter": 1,
    "epoch_size": 3, "data_threads": 1, "device": "cpu", "precision": "fp32", "backbone": "dcgan",
}  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archives(tmp_path_factory.mktemp("archives"))


@pytest.fixture
def server(served: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("bair", "kth"):
        monkeypatch.setitem(DOWNLOADS, name, DOWNLOADS[name])
    install(served)
    with serving(served) as server:
        yield server


@pytest.fixture
def window(qtbot: QtBot, start_lane: Callable[[str], Worker]) -> Iterator[MainWindow]:
    """The whole window on running lanes, without the demo."""
    window = MainWindow(start_lane("training"), start_lane("studio"), start_lane("files"), start_lane("evaluation"))
    window.resize(1280, 800)
    with qtbot.waitSignal(window.painted):
        window.show()
    qtbot.waitUntil(lambda: len(window.pages) == 5)
    yield window
    window.leave()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=20_000)
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def picture(window: MainWindow, name: str) -> None:
    if folder := os.environ.get("SVG_STUDIO_PICTURES"):
        window.grab().save(str(Path(folder, f"{name}.png")))


def test_that_bair_comes_from_a_server_to_an_exported_wall(
    window: MainWindow, server: Server, qtbot: QtBot, tmp_path: Path
) -> None:
    download_with_a_break(window, "bair", BAIR, server, qtbot)
    convert(window, "bair", qtbot)
    browse(window, "bair/bair/64", 4, qtbot)
    picture(window, "data-bair")
    train(window, "bair-lp", qtbot)
    imagine_and_export(window, tmp_path / "bair.gif", qtbot)
    picture(window, "futures-bair")


def test_that_kth_comes_from_a_server_to_an_exported_wall(window: MainWindow, server: Server, qtbot: QtBot, tmp_path: Path) -> None:
    download_with_a_break(window, "kth", "walking.zip", server, qtbot)
    convert(window, "kth", qtbot)
    browse(window, "kth/kth/64", 12, qtbot)
    picture(window, "data-kth")
    train(window, "kth-fp", qtbot)
    imagine_and_export(window, tmp_path / "kth.mp4", qtbot)


def test_that_own_videos_come_from_a_folder_to_an_exported_wall(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    page: Any = window.pages["data"]
    window.show_page(2)
    page.ask_convert("videos", own_files=True, sources=[str(make_videos(tmp_path / "my own videos"))])
    picture(window, "convert-videos")
    page.dialog.convert_button.click()
    qtbot.waitUntil(lambda: "left out" in page.cards["videos"].result.text(), timeout=60_000)
    browse(window, "videos/my own videos/64", 5, qtbot)
    picture(window, "data-videos")
    train(window, "videos", qtbot, store="my own videos")
    imagine_and_export(window, tmp_path / "mine.gif", qtbot)


def test_that_a_conversion_runs_beside_a_training_run(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    data: Any = window.pages["data"]
    page: Any = window.pages["train"]
    for name, value in {**TINY, "n_past": 2, "epoch_size": 1_000_000}.items():
        page.settings.form.fields[name].set_value(value)
    page.bar.buttons["start"].click()
    qtbot.waitUntil(lambda: len(page.plot.series) > 3, timeout=60_000)
    data.ask_convert("videos", own_files=True, sources=[str(make_videos(tmp_path / "mine"))])
    data.dialog.convert_button.click()
    before = len(page.plot.series)
    qtbot.waitUntil(lambda: data.cards["videos"].result.text().startswith("Converted"), timeout=60_000)
    qtbot.waitUntil(lambda: len(page.plot.series) > before, timeout=60_000)
    assert page.is_training
    page.stop()
    qtbot.waitUntil(lambda: not page.is_training, timeout=30_000)


def test_that_closing_while_a_server_keeps_silent_ends_at_once_and_keeps_what_arrived(
    window: MainWindow, server: Server, qtbot: QtBot
) -> None:
    page: Any = window.pages["data"]
    card, part = page.cards["bair"], default_data_root() / "downloads" / f"{BAIR}.part"
    window.settings.put("mirror/bair", server.url)
    window.show_page(2)
    qtbot.waitUntil(lambda: card.download_button.isVisible(), timeout=20_000)
    server.stalling = BAIR
    card.download_button.click()
    half = half_of(server.folder / BAIR)
    qtbot.waitUntil(lambda: part.is_file() and part.stat().st_size == half, timeout=30_000)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=10_000)  # the server's patience is a minute
    assert window.files.wait(10_000)
    assert part.stat().st_size == half


def download_with_a_break(window: MainWindow, name: str, file: str, server: Server, qtbot: QtBot) -> None:
    """Download, Cancel while `file` arrives, and Download again, which goes on where it was."""
    page: Any = window.pages["data"]
    card, part = page.cards[name], default_data_root() / "downloads" / f"{file}.part"
    window.settings.put(f"mirror/{name}", server.url)
    window.show_page(2)
    qtbot.waitUntil(lambda: card.download_button.isVisible(), timeout=20_000)
    server.stalling = file
    card.download_button.click()
    half = half_of(server.folder / file)
    qtbot.waitUntil(lambda: part.is_file() and part.stat().st_size == half, timeout=30_000)
    picture(window, f"download-{name}")
    card.cancel_button.click()
    qtbot.waitUntil(lambda: not card.busy, timeout=20_000)
    assert part.stat().st_size == half
    server.stalling = ""
    server.asked.clear()
    qtbot.waitUntil(lambda: card.download_button.isVisible(), timeout=20_000)
    card.download_button.click()
    qtbot.waitUntil(lambda: card.convert_button.isVisible() and not card.busy, timeout=60_000)
    assert (file, half) in server.asked
    assert card.problem.text() == ""


def convert(window: MainWindow, name: str, qtbot: QtBot) -> None:
    page: Any = window.pages["data"]
    page.cards[name].convert_button.click()
    page.dialog.convert_button.click()
    qtbot.waitUntil(lambda: page.cards[name].result.text().startswith("Converted"), timeout=60_000)
    qtbot.waitUntil(lambda: page.cards[name].verify_button.isVisible(), timeout=20_000)
    page.cards[name].verify_button.click()
    qtbot.waitUntil(lambda: "all as it was converted" in page.cards[name].result.text(), timeout=30_000)


def browse(window: MainWindow, key: str, count: int, qtbot: QtBot) -> None:
    """The test clips of a store play on the wall."""
    browser: Any = window.pages["data"].browser  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: browser.dataset.findData(key) >= 0, timeout=20_000)
    qtbot.waitUntil(lambda: browser.dataset.currentData() == key, timeout=20_000)  # by itself, once it is converted
    browser.split.setCurrentIndex(browser.split.findData("test"))
    qtbot.waitUntil(lambda: len(browser.wall.clips) == count and all(browser.wall.clips), timeout=30_000)


def train(window: MainWindow, preset: str, qtbot: QtBot, store: str = "") -> None:
    """An epoch of three steps with a narrow model, otherwise as the preset has it."""
    page: Any = window.pages["train"]
    window.show_page(1)
    at = page.settings.presets.list.findData(preset)
    page.settings.presets.list.setCurrentIndex(at)
    page.settings.presets.list.activated.emit(at)
    for name, value in {**TINY, "store": store}.items():
        page.settings.form.fields[name].set_value(value)
    assert page.settings.form.config is not None, page.settings.form.problems
    page.bar.buttons["start"].click()
    qtbot.waitUntil(lambda: not page.is_training and len(page.plot.series) == 3, timeout=120_000)
    assert not page.banner.isVisible()


def imagine_and_export(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    """Futures of the model just trained, of its own test clips, and the wall as a file."""
    runs: Any = window.pages["train"].runs  # type: ignore[attr-defined]
    futures: Any = window.futures
    next(iter(runs.lines.values())).button.click()
    futures.bar.n_futures.setValue(4)
    futures.bar.n_future.setValue(6)
    qtbot.waitUntil(lambda: futures.job is None and len(futures.wall.futures) == 4, timeout=60_000)
    assert not futures.banner.isVisible()
    futures.export()
    dialog: Any = window.findChildren(ExportDialog)[0]
    dialog.format.setCurrentIndex(dialog.format.findData(path.suffix[1:]))
    dialog.what.setCurrentIndex(dialog.what.count() - 1)
    dialog.path.setText(str(path))
    qtbot.waitUntil(dialog.export_button.isEnabled, timeout=20_000)
    dialog.export_button.click()
    qtbot.waitUntil(path.is_file, timeout=60_000)
    assert path.stat().st_size > 5_000
