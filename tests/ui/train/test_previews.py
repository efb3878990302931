"""The player of a run's previews."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from svg_studio.engine.events import Frames
from svg_studio.ui.train.previews import IN_MEMORY, Previews


def mosaic(value: int, length: int = 4, channels: int = 3) -> Frames:
    frames = np.full((length, 12, 18, channels), value, np.uint8)
    frames[:, 0, 0] = np.arange(length)[:, None]
    return frames


@pytest.fixture
def view(qtbot: QtBot) -> Previews:
    view = Previews()
    qtbot.addWidget(view)
    return view


def test_that_the_newest_preview_is_shown_as_it_comes(view: Previews) -> None:
    assert view.step is None
    for step in (10, 20, 30):
        view.add(step, Path(f"{step}.gif"), mosaic(step))
        assert view.step == step
        assert view.canvas.frames is not None
        assert view.canvas.frames[0, 5, 5, 0] == step


def test_that_kept_previews_are_asked_for_when_they_are_looked_at(view: Previews, qtbot: QtBot) -> None:
    asked: list[tuple[int, object]] = []
    view.wanted.connect(lambda step, path: asked.append((step, path)))
    view.add_kept({})
    assert view.step is None
    view.add_kept({10: Path("10.gif"), 20: Path("20.gif")})
    assert view.step == 20
    assert asked == [(20, Path("20.gif"))], "and no other"
    view.fill(20, mosaic(20))
    view.slider.setValue(0)
    assert asked[1:] == [(10, Path("10.gif"))]
    view.add(30, Path("30.gif"), mosaic(30))
    view.add_kept({5: Path("5.gif"), 30: Path("other.gif")})
    assert view.steps == [5, 10, 20, 30]
    assert view.step == 10, "who has gone back stays there"
    view.newest.setChecked(True)
    assert view.canvas.frames is not None
    assert view.canvas.frames[0, 5, 5, 0] == 30


def test_that_who_goes_back_stays_there_until_newest_is_wanted(view: Previews) -> None:
    for step in (10, 20, 30):
        view.add(step, Path(f"{step}.gif"), mosaic(step))
    view.slider.setValue(0)
    assert not view.newest.isChecked()
    view.add(40, Path("40.gif"), mosaic(40))
    assert view.step == 10
    assert view.slider.maximum() == 3
    assert "step 10" in view.where.text()
    view.newest.setChecked(True)
    assert view.step == 40


def test_that_previews_let_go_of_are_asked_for_and_filled(view: Previews) -> None:
    asked = []
    view.wanted.connect(lambda step, path: asked.append((step, path)))
    for step in range(1, IN_MEMORY + 2):
        view.add(step, Path(f"{step}.gif"), mosaic(step))
    assert asked == []
    view.slider.setValue(0)
    assert asked == [(1, Path("1.gif"))]
    assert "reading" in view.where.text()
    view.fill(2, mosaic(2))  # an answer to an older wish is kept, not shown
    assert "reading" in view.where.text()
    assert len(asked) == 1
    view.fill(1, mosaic(1))
    assert view.canvas.frames is not None
    assert view.canvas.frames[0, 5, 5, 0] == 1
    assert "step 1" in view.where.text()
    assert "reading" not in view.where.text()


def test_that_a_preview_of_a_run_that_is_gone_is_passed_over(view: Previews) -> None:
    view.add(1, Path("1.gif"), mosaic(1))
    view.clear()
    view.fill(1, mosaic(1))
    assert view.step is None
    assert view.canvas.frames is None


def test_that_it_plays_while_it_is_seen_and_stands_still_when_told(view: Previews, qtbot: QtBot) -> None:
    view.add(1, Path("1.gif"), mosaic(1))
    assert not view._timer.isActive()
    with qtbot.waitExposed(view):
        view.show()
    qtbot.waitUntil(lambda: view.canvas.t == 2)
    view.play.click()
    assert not view._timer.isActive()
    view.play.click()
    assert view._timer.isActive()
    view.hide()
    assert not view._timer.isActive()


def test_that_column_names_stand_over_the_columns(view: Previews, qtbot: QtBot) -> None:
    view.resize(500, 300)
    view.set_columns(("truth", "best of 20", "random"))
    view.add(1, Path("1.gif"), mosaic(1))
    with qtbot.waitExposed(view):
        view.show()
    for width in (500, 700):
        view.resize(width, 300)
        qtbot.waitUntil(lambda: view.columns.left == view.canvas.mapTo(view.area, view.canvas.rect().topLeft()).x())
        assert view.columns.span == view.canvas.width()
        assert view.canvas.width() % 18 == 0
    assert "best of 20" in view.canvas.accessibleName()
