"""Curves of several runs in one plot, and settings side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from svg_studio.engine.events import CurvesRead
from svg_studio.ui.runs.curves_plot import MAX_DRAWN, RunCurvesPlot, Shown, line_style, smooth_means
from svg_studio.ui.style import theme

A, B = Shown(Path("/runs/a"), "a", beta=0.5), Shown(Path("/runs/b"), "b")


def curves(run: Shown, steps: Sequence[int], mse: Sequence[float], tests: tuple[tuple[int, float, float], ...] = ()) -> CurvesRead:
    """kld is 10 · mse, total 100 · mse; a step takes an hour."""
    x, y = np.array(steps, dtype=float), np.array(mse, dtype=float)
    return CurvesRead(run.path, x, x * 3600, {"mse": y, "kld": 10 * y, "total": 100 * y}, tests)


@pytest.fixture
def plot(qtbot: QtBot) -> RunCurvesPlot:
    plot = RunCurvesPlot()
    qtbot.addWidget(plot)
    plot.resize(700, 400)
    plot.log_axis.setChecked(False)
    plot.smoothing.setValue(0)
    plot.show_runs([A, B])
    plot.put(curves(A, [1, 2, 3], [4.0, 2.0, 1.0], ((2, 3.0, 8.0),)))
    plot.put(curves(B, [2, 4], [0.5, 0.25]))
    plot.redraw()
    return plot


def drawn(plot: RunCurvesPlot, run: Shown, layer: str) -> tuple[list[float], list[float]]:
    x, y = plot._items[run.path, layer].getOriginalDataset()
    return ([], []) if x is None else (x.tolist(), y.tolist())


def test_that_the_runs_are_overlaid_over_steps(plot: RunCurvesPlot) -> None:
    assert plot.pages.currentWidget() is plot.plot
    assert drawn(plot, A, "smooth") == ([1, 2, 3], [4, 2, 1])
    assert drawn(plot, B, "smooth") == ([2, 4], [0.5, 0.25])
    assert drawn(plot, A, "test") == ([2], [3])
    assert drawn(plot, A, "raw")[0] == [], "the same as the smooth one"


def test_that_time_is_in_hours_of_training_and_tests_lie_where_their_step_was(plot: RunCurvesPlot) -> None:
    plot.put(curves(A, [2, 6], [4.0, 2.0], ((3, 3.0, 8.0),)))
    plot.over.setCurrentIndex(1)
    assert drawn(plot, A, "smooth")[0] == [2, 6]
    assert drawn(plot, A, "test")[0] == [3]
    assert plot.plot.getPlotItem().getAxis("bottom").labelText == "hours of training"


@pytest.mark.parametrize("loss, first, test", [("mse", 4.0, 3.0), ("kld", 40.0, 8.0), ("total", 400.0, 3.0 + 0.5 * 8.0)])
def test_that_each_loss_can_be_drawn_and_the_total_of_a_test_has_the_runs_beta(
    plot: RunCurvesPlot, loss: str, first: float, test: float
) -> None:
    plot.loss.setCurrentText(loss)
    assert drawn(plot, A, "smooth")[1][0] == first
    assert drawn(plot, A, "test")[1] == [test]


def test_that_steps_are_whole_and_hours_are_not(plot: RunCurvesPlot) -> None:
    axis = plot.plot.getPlotItem().getAxis("bottom")
    assert min(spacing for spacing, _ in axis.tickSpacing(1.0, 3.0, 900)) == 1
    plot.over.setCurrentIndex(1)
    assert min(spacing for spacing, _ in axis.tickSpacing(1.0, 3.0, 900)) < 1


def test_that_a_logarithmic_axis_of_less_than_a_decade_has_numbers(plot: RunCurvesPlot, qtbot: QtBot) -> None:
    with qtbot.waitExposed(plot):
        plot.show()
    plot.put(curves(A, [1, 2, 3], [66.0, 64.0, 62.0]))
    plot.show_runs([A])
    plot.log_axis.setChecked(True)
    plot.redraw()
    axis = plot.plot.getPlotItem().getAxis("left")
    plot.plot.getViewBox().updateAutoRange()
    low, high = plot.plot.getViewBox().viewRange()[1]
    words = [w for spacing, values in axis.tickValues(low, high, 220) for w in axis.tickStrings(values, 1.0, spacing) if w]
    assert {"62", "64"} <= set(words), words


def test_that_test_losses_can_be_left_out(plot: RunCurvesPlot) -> None:
    plot.tests.setChecked(False)
    assert drawn(plot, A, "test")[1] == []


def test_that_a_logarithm_of_zero_is_a_gap(plot: RunCurvesPlot) -> None:
    plot.put(curves(B, [1, 2, 3], [1.0, 0.0, 2.0]))
    plot.log_axis.setChecked(True)
    assert np.isnan(drawn(plot, B, "smooth")[1]).tolist() == [False, True, False]


def test_that_smoothing_keeps_the_raw_curve_behind(plot: RunCurvesPlot) -> None:
    plot.smoothing.setValue(50)
    assert drawn(plot, A, "raw") == ([1, 2, 3], [4, 2, 1])
    smooth = drawn(plot, A, "smooth")[1]
    assert smooth[0] == pytest.approx(4)
    assert 1 < smooth[2] < 4


def test_that_means_of_many_steps_are_smoothed_as_much_as_the_steps_would_be() -> None:
    steps = np.arange(1, 2001, dtype=float)
    values = np.cos(steps / 150) + 2
    fine = smooth_means(steps, values, 60)[9::10]
    coarse = smooth_means(steps[9::10], values.reshape(-1, 10).mean(1), 60)
    assert np.abs(fine - coarse)[20:].max() < 0.02
    assert smooth_means(steps, values, 0) is values
    assert np.array_equal(smooth_means(steps[9::10] * 1e6, values[9::10], 10), values[9::10])


def test_that_a_run_that_is_not_selected_any_more_leaves_and_late_curves_of_it_are_dropped(plot: RunCurvesPlot) -> None:
    items = len(plot.plot.getPlotItem().listDataItems())
    plot.show_runs([B])
    plot.put(curves(A, [1], [1.0]))
    assert len(plot.plot.getPlotItem().listDataItems()) == items - 3
    assert drawn(plot, B, "smooth") == ([2, 4], [0.5, 0.25]), "drawn without being read again"
    assert set(plot.curves) == {B.path}
    assert len(plot._names) == 1
    plot.show_runs([])
    assert plot.pages.currentWidget() is plot.empty
    assert "Select runs" in plot.empty.text()


def test_that_new_curves_are_drawn_by_the_timer_and_not_at_once(plot: RunCurvesPlot, qtbot: QtBot) -> None:
    plot.put(curves(B, [2, 4, 6], [0.5, 0.25, 0.1]))
    assert len(drawn(plot, B, "smooth")[0]) == 2
    qtbot.waitUntil(lambda: len(drawn(plot, B, "smooth")[0]) == 3)


def test_that_arrows_read_the_values_of_the_runs_that_have_any_there(plot: RunCurvesPlot, qtbot: QtBot) -> None:
    assert plot.values() == []
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert plot.values() == [["step 1", "mse"], ["a", "4"]]
    plot.read_at(2.1)
    assert plot.values() == [["step 2", "mse"], ["a", "2"], ["b", "0.5"]]
    assert ">0.5" in plot.plot.reading.text()
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert plot.at == pytest.approx(2.1 + 0.03)
    plot.read_at(None)
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert plot.values() == [["step 4", "mse"], ["b", "0.25"]]
    plot.over.setCurrentIndex(1)
    plot.read_at(1.5)
    assert plot.values()[0][0] == "1 h 30 min"


def test_that_looks_stay_apart_and_each_run_keeps_its_own_in_both_schemes(plot: RunCurvesPlot, qapp: Any) -> None:
    for scheme in ("light", "dark"):
        theme.apply(qapp, scheme)
        looks = {(line_style(number)[0].name(), line_style(number)[1]) for number in range(MAX_DRAWN)}
        assert len(looks) == MAX_DRAWN
        for number, run in enumerate((A, B)):
            pen = plot._items[run.path, "smooth"].opts["pen"]
            assert (pen.color().name(), pen.style()) == (line_style(number)[0].name(), line_style(number)[1])


def test_that_the_points_of_all_runs_can_be_saved(plot: RunCurvesPlot) -> None:
    values = plot.plot.values()
    assert values["run"] == ["a", "a", "a", "b", "b"]
    assert values["step"] == [1, 2, 3, 2, 4]
    assert values["mse"] == [4.0, 2.0, 1.0, 0.5, 0.25]
    assert (values["test run"], values["test step"], values["test kld"]) == (["a"], [2], [8.0])
    assert [words for _, words in plot.plot.legend()] == ["mse", "a", "b"]
    plot.show_runs([])
    assert plot.plot.values() == {}


def test_that_the_topmost_number_has_room_above_the_axis(plot: RunCurvesPlot, qtbot: QtBot) -> None:
    plot.show()
    plot.grab()  # lays it out
    view = plot.plot.getViewBox()
    top = view.mapRectToScene(view.boundingRect()).top()
    assert top >= QFontMetrics(plot.plot.font()).ascent() / 2
