"""The plots below the wall: a press or a drag anywhere in them goes through time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from svg_studio.ui.futures.bundle_plot import BundlePlot
from svg_studio.ui.futures.view import FuturesView
from svg_studio.ui.plots.plot_menu import menu_of


@pytest.fixture
def view(qtbot: QtBot, exploration: Callable[..., list]) -> FuturesView:
    view = FuturesView()
    qtbot.addWidget(view)
    view.make_plots()
    view.resize(1000, 700)
    with qtbot.waitExposed(view):
        view.show()
    truth = next(event.frames for event in exploration() if type(event).__name__ == "ClipOpened")
    view.open_clip(truth, 2)
    view.grow([1, 2])
    return view


def at(plot: BundlePlot, frame: float, height: float = 0.5) -> QPoint:
    """Where frame `frame` (counted from 0) lies, at a part of the plot's height from above."""
    box = plot.plot.getViewBox()
    x = box.mapViewToScene(QPointF(frame + 1, 0)).x()
    room = box.mapRectToScene(box.boundingRect())
    return QPoint(round(x), round(room.top() + height * room.height()))


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_that_a_press_anywhere_jumps_and_a_drag_goes_on_from_there(view: FuturesView, number: int) -> None:
    assert view.plots is not None
    plot = view.plots.plots[number]
    last = view.playback.n_frames - 1
    view.playback.play()
    target, left = plot.plot.viewport(), Qt.MouseButton.LeftButton
    QTest.mousePress(target, left, pos=at(plot, 3, 0.1))
    assert view.playback.frame == 3, "far from the playhead's line"
    assert not view.playback.playing
    QTest.mouseMove(target, at(plot, 5, 0.9))
    assert view.playback.frame == 5
    QTest.mouseMove(target, at(plot, last + 30))
    assert view.playback.frame == last
    QTest.mouseRelease(target, left, pos=at(plot, 1))
    QTest.mouseMove(target, at(plot, 2))
    assert view.playback.frame == last, "the button is no longer held"


def test_that_the_cursor_says_where_time_can_be_dragged(view: FuturesView) -> None:
    assert view.plots is not None
    plot = view.plots.sigma
    QTest.mouseMove(plot.plot.viewport(), at(plot, 4))
    assert plot.plot.viewport().cursor().shape() == Qt.CursorShape.SizeHorCursor
    QTest.mouseMove(plot.plot.viewport(), QPoint(5, at(plot, 4).y()))
    assert plot.plot.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor
    view.playback.seek(4)
    QTest.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(5, at(plot, 4).y()))
    assert view.playback.frame == 4, "the numbers of the axis are no frame"


def test_that_the_wheel_and_other_buttons_leave_the_plot_and_time_as_they_are(view: FuturesView) -> None:
    assert view.plots is not None
    plot = view.plots.ssim
    before = plot.plot.getViewBox().viewRange()
    view.playback.seek(2)
    QTest.mouseClick(plot.plot.viewport(), Qt.MouseButton.MiddleButton, pos=at(plot, 5))
    QTest.mousePress(plot.plot.viewport(), Qt.MouseButton.MiddleButton, pos=at(plot, 5))
    QTest.mouseMove(plot.plot.viewport(), at(plot, 6))
    QTest.mouseRelease(plot.plot.viewport(), Qt.MouseButton.MiddleButton, pos=at(plot, 6))
    assert view.playback.frame == 2
    assert plot.plot.getViewBox().viewRange() == before


def test_that_frames_are_whole(view: FuturesView) -> None:
    assert view.plots is not None
    axis = view.plots.psnr.plot.getPlotItem().getAxis("bottom")
    assert min(spacing for spacing, _ in axis.tickSpacing(1.0, 4.0, 900)) == 1


def test_that_values_and_legend_of_a_plot_are_those_of_its_futures(view: FuturesView) -> None:
    assert view.plots is not None
    plot = view.plots.ssim
    assert plot.plot.values() == {}
    plot.put(0, (0.5,) * 8)
    plot.put(1, (1.0,) * 8)
    values = plot.plot.values()
    assert list(values) == ["frame", "mean", "future 1", "future 2"]
    assert (values["frame"][0], values["mean"][3], values["future 2"][3]) == (1, 0.75, 1.0)
    assert [words for _, words in plot.plot.legend()] == ["SSIM", "mean", "selected", "each future"]
    words = [entry.text() for entry in menu_of(plot.plot).actions()]
    assert "Show everything" not in words, "it always does"
    assert view.plots.sigma.plot.file_name == "prior-sigma"
