"""The buffers of the losses, and their plot."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from svg_studio.ui.plots.loss_curves import BINS, CURVES, LossCurves
from svg_studio.ui.style import theme


@pytest.fixture
def plot(qtbot: QtBot) -> LossCurves:
    plot = LossCurves()
    qtbot.addWidget(plot)
    return plot


@pytest.fixture
def light(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, "light")
    yield
    theme.apply(qapp, "light")


def drawn(plot: LossCurves, layer: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    x, y = plot._items[layer, name].getOriginalDataset()
    return (np.empty(0), np.empty(0)) if x is None else (x, y)


def test_that_many_steps_are_drawn_as_few_points_that_keep_the_peak(plot: LossCurves) -> None:
    for step in range(1, 20_001):
        plot.add_step(step, 1.0 if step != 7777 else 900.0, 2.0, 3.0)
    plot.redraw()
    x, y = drawn(plot, "raw", "mse")
    assert len(x) <= 2 * BINS + 2
    assert y.max() == 900
    assert len(drawn(plot, "smooth", "mse")[0]) <= BINS + 1


def test_that_zooming_in_shows_every_step(plot: LossCurves) -> None:
    for step in range(1, 20_001):
        plot.add_step(step, float(step), 2.0, 3.0)
    plot.plot.setXRange(500, 600, padding=0)
    plot.redraw()
    x, y = drawn(plot, "raw", "mse")
    assert set(range(500, 601)) <= set(x.astype(int))
    assert (x == y).all()


def test_that_events_do_not_redraw_but_the_timer_does(plot: LossCurves, qtbot: QtBot) -> None:
    before = plot.redraws
    for step in range(1, 1001):
        plot.add_step(step, 1.0, 2.0, 3.0)
    assert plot.redraws == before
    qtbot.waitUntil(lambda: plot.redraws == before + 1)
    assert drawn(plot, "smooth", "kld")[0][-1] >= 999


def test_that_a_log_axis_leaves_out_what_has_no_logarithm(plot: LossCurves) -> None:
    plot.log_axis.setChecked(True)
    for step, kld in enumerate((0.0, 1.0, math.nan, math.inf, 2.0), start=1):
        plot.add_step(step, 1.0, kld, 1.0)
    plot.redraw()
    y = drawn(plot, "raw", "kld")[1]
    assert math.isnan(y[0])
    assert y[1] == 1
    plot.log_axis.setChecked(False)
    assert drawn(plot, "raw", "kld")[1][0] == 0


def test_that_the_reading_is_of_the_nearest_step(plot: LossCurves, qtbot: QtBot) -> None:
    plot.resize(600, 300)
    with qtbot.waitExposed(plot):
        plot.show()
    for step in range(10, 1001, 10):
        plot.add_step(step, step / 1000, 2.0, 3.0)
    plot.redraw()
    assert "step 1,000" in plot.reading.text()
    box = plot.plot.getPlotItem().getViewBox()
    box.setXRange(0, 1000, padding=0)
    place = box.mapViewToScene(box.viewRect().center())
    plot.plot.scene().sigMouseMoved.emit(place)
    assert "step 500 " in plot.reading.text()
    assert "mse 0.5" in plot.reading.text()
    plot.read_at(None)
    assert "step 1,000" in plot.reading.text()


def test_that_arrow_keys_read_the_curves(plot: LossCurves, qtbot: QtBot) -> None:
    for step in range(1, 11):
        plot.add_step(step, 1.0, 2.0, 3.0)
    plot.redraw()
    qtbot.keyClick(plot, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(plot, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert "step 8 " in plot.reading.text()
    qtbot.keyClick(plot, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert "step 9 " in plot.reading.text()


def test_that_smoothing_draws_the_average_and_keeps_the_raw_curve_behind_it(plot: LossCurves) -> None:
    for step in range(1, 201):
        plot.add_step(step, float(step % 2), 2.0, 3.0)
    plot.smoothing.setValue(80)
    plot.redraw()
    assert np.ptp(drawn(plot, "smooth", "kld")[1]) < 1e-9
    assert np.ptp(plot.series.smooth("mse")[100:]) < 0.2
    assert plot._items["raw", "mse"].isVisible()
    plot.smoothing.setValue(0)
    plot.redraw()
    assert plot.series.smooth("mse").tolist() == plot.series.raw("mse").tolist()
    assert not plot._items["raw", "mse"].isVisible()


def test_that_a_curve_can_be_hidden(plot: LossCurves) -> None:
    plot.shown["kld"].click()
    assert not plot._items["smooth", "kld"].isVisible()
    assert plot._items["smooth", "mse"].isVisible()


def test_that_test_losses_are_points_of_their_own(plot: LossCurves) -> None:
    plot.add_step(1, 1.0, 1.0, 1.0)
    plot.add_test(1, 5.0, 6.0, 7.0)
    plot.redraw()
    assert drawn(plot, "test", "kld")[1].tolist() == [6.0]
    assert plot._items["test", "kld"].opts["pen"].style() == Qt.PenStyle.NoPen


def test_that_curves_differ_in_dash_and_mark_and_not_by_colour_alone(plot: LossCurves) -> None:
    pens = [plot._items["smooth", name].opts["pen"] for name in CURVES]
    assert len({(pen.style(), pen.width()) for pen in pens}) == 3
    assert len({plot._items["test", name].opts["symbol"] for name in CURVES}) == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_that_mse_and_total_are_both_seen_where_they_are_the_same(
    plot: LossCurves, qapp: QApplication, light: None, qtbot: QtBot, scheme: str
) -> None:
    theme.apply(qapp, scheme)
    plot.resize(600, 300)
    with qtbot.waitExposed(plot):
        plot.show()
    plot.smoothing.setValue(0)
    for step in range(1, 101):
        plot.add_step(step, 20.0 + step, 1.0, 20.0 + step)
    plot.add_test(100, 120.0, 1.0, 120.0)
    plot.redraw()
    picture = plot.plot.grab().toImage()
    seen = [picture.pixel(x, y) & 0xFFFFFF for x in range(picture.width()) for y in range(picture.height())]
    for name in ("mse", "total"):
        assert seen.count(plot._items["smooth", name].opts["pen"].color().rgb() & 0xFFFFFF) > 300, name
        assert seen.count(plot._items["test", name].opts["symbolPen"].color().rgb() & 0xFFFFFF) > 10, name


def test_that_the_plot_follows_the_theme(plot: LossCurves, qapp: QApplication, light: None) -> None:
    before = plot._items["smooth", "mse"].opts["pen"].color().name()
    theme.apply(qapp, "dark")
    after = plot._items["smooth", "mse"].opts["pen"].color().name()
    assert before == theme.LIGHT.series[0]
    assert after == theme.DARK.series[0]


def test_that_clearing_leaves_nothing_of_the_run_before(plot: LossCurves) -> None:
    plot.add_step(1, 1.0, 1.0, 1.0)
    plot.add_test(1, 1.0, 1.0, 1.0)
    plot.redraw()
    plot.clear()
    assert all(len(drawn(plot, layer, name)[0]) == 0 for layer in ("raw", "smooth", "test") for name in CURVES)
    assert plot.reading.text() == ""
    assert plot.pages.currentIndex() == 0, "the words for no curves are there again"


def test_that_a_new_run_is_followed_and_read_at_its_newest_step(plot: LossCurves) -> None:
    assert plot.pages.currentIndex() == 0
    for step in range(1, 11):
        plot.add_step(step, 1.0, 2.0, 3.0)
    plot.redraw()
    assert plot.pages.currentIndex() == 1
    plot.read_at(3)
    plot.plot.setXRange(2, 4)
    assert plot.plot.zoomed
    plot.clear()
    assert not plot.plot.zoomed
    for step in range(1, 21):
        plot.add_step(step, 1.0, 2.0, 3.0)
    plot.redraw()
    assert "step 20 " in plot.reading.text()


def test_that_the_first_step_alone_is_seen_as_a_mark(plot: LossCurves) -> None:
    plot.add_step(1, 1.0, 2.0, 3.0)
    plot.redraw()
    assert plot._items["smooth", "mse"].opts["symbol"] == "o"
    plot.add_step(2, 1.0, 2.0, 3.0)
    plot.redraw()
    assert plot._items["smooth", "mse"].opts["symbol"] is None


def test_that_arrow_keys_cross_a_long_run_and_stop_at_its_ends(plot: LossCurves, qtbot: QtBot) -> None:
    for step in range(1, 1001):
        plot.add_step(step, 1.0, 2.0, 3.0)
    plot.plot.setXRange(0, 1000, padding=0)
    plot.redraw()
    qtbot.keyClick(plot, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert "step 999 " in plot.reading.text(), "one by one"
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert "step 989 " in plot.reading.text(), "a hundredth of what is seen"
    for key, words in ((Qt.Key.Key_Left, "step 1 "), (Qt.Key.Key_Right, "step 1,000 ")):
        for _ in range(110):
            qtbot.keyClick(plot, key)
        assert words in plot.reading.text()


def test_that_zooming_draws_anew(plot: LossCurves, qtbot: QtBot) -> None:
    for step in range(1, 2001):
        plot.add_step(step, 1.0, 2.0, 3.0)
    plot.redraw()
    before = plot.redraws
    plot.plot.setXRange(500, 600, padding=0)
    qtbot.waitUntil(lambda: plot.redraws > before)
