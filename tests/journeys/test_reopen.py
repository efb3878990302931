"""From a wall to a file and back: the demo's futures, a fork among them, come again from what an export carries."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.export.export import export
from svg_studio.engine.worker import Worker
from svg_studio.paths import resource
from svg_studio.ui.futures.export_choices import choices
from svg_studio.ui.futures.page import FuturesPage


@pytest.fixture
def page(start_lane: Callable[[str], Worker], qtbot: QtBot) -> Iterator[FuturesPage]:
    lane = start_lane("studio")
    page = FuturesPage(lane)
    lane.happened.connect(page.on_event)
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    for spin, value in ((page.bar.n_past, 3), (page.bar.n_future, 6), (page.bar.n_futures, 3), (page.bar.seed, 40)):
        spin.setValue(value)
    page.open_model(resource("demo.pt"), "drawn")
    yield page
    page.playback.play(False)
    page.cancel()


def wait(page: FuturesPage, qtbot: QtBot, count: int) -> list[np.ndarray]:
    """Frames of the wall, once it is complete."""
    qtbot.waitUntil(lambda: page.job is None and page.reopening.job is None and len(page.wall.futures) == count, timeout=60_000)
    return [page.wall.futures[n].frames for n in range(count)]


def save(page: FuturesPage, path: Path, format: str) -> None:
    *_, whole = choices(page.wall).values()
    list(export(ExportConfig(path=str(path), format=format), whole.tiles))


@pytest.mark.parametrize("format", ["gif", "mp4", "png", "npz"])
def test_that_a_wall_comes_back_from_its_export(page: FuturesPage, tmp_path: Path, format: str, qtbot: QtBot) -> None:
    before = wait(page, qtbot, 3)
    save(page, tmp_path / f"wall.{format}", format)
    page.bar.seed.setValue(90)
    page.bar.index.setValue(8)
    qtbot.waitUntil(lambda: page.wall.seeds == [90, 91, 92], timeout=60_000)
    wait(page, qtbot, 3)
    page.open_export(tmp_path / f"wall.{format}")
    qtbot.waitUntil(lambda: page.wall.seeds == [40, 41, 42], timeout=60_000)
    for was, now in zip(before, wait(page, qtbot, 3), strict=True):
        assert np.abs(was.astype(int) - now).max() <= 1
    assert not page.differs
    assert page.bar.index.value() == 0


def test_that_forks_come_back_too(page: FuturesPage, tmp_path: Path, qtbot: QtBot) -> None:
    wait(page, qtbot, 3)
    page.wall.select(1)
    page.playback.play(False)
    page.playback.seek(4)
    page.view.branches.count.setValue(2)
    page.view.branches.fork_button.click()
    before = wait(page, qtbot, 3)  # parent and two children
    paths, names = list(page.wall.paths), list(page.wall.names)
    save(page, tmp_path / "forks.gif", "gif")
    page.view.branches.undo()
    wait(page, qtbot, 3)
    page.open_export(tmp_path / "forks.gif")
    qtbot.waitUntil(lambda: page.wall.paths == paths, timeout=60_000)
    for was, now in zip(before, wait(page, qtbot, 3), strict=True):
        assert np.abs(was.astype(int) - now).max() <= 1
    assert page.wall.names == names
    assert page.wall.origin is not None
    assert page.wall.origin.words.endswith("3 futures of an export")
