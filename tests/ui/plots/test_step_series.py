"""Numbers that arrive one step at a time: smoothed, thinned, and taken back."""

from __future__ import annotations

import numpy as np
import pytest

from svg_studio.ui.plots.step_series import StepSeries, ema, peaks


@pytest.mark.parametrize("decay", [0.0, 0.07, 0.5, 0.9, 0.999])
def test_that_smoothing_everything_equals_smoothing_step_by_step(decay: float) -> None:
    values = np.random.default_rng(0).normal(size=(2, 1000)) + 3
    series = StepSeries(("a", "b"), decay)
    for step in range(1000):
        series.append(step + 1, values[:, step])
    by_step = np.stack([series.smooth("a"), series.smooth("b")])
    weights = [decay ** np.arange(i, -1, -1.0) for i in range(1000)]
    wanted = np.stack([(values[:, : i + 1] * w).sum(1) / w.sum() for i, w in enumerate(weights)], axis=1)
    np.testing.assert_allclose(by_step, wanted, rtol=1e-9)
    np.testing.assert_allclose(ema(values, decay), wanted, rtol=1e-9)


@pytest.mark.parametrize("decay", [0.07, 0.9, 0.999])
def test_that_values_that_are_no_numbers_have_no_weight_in_what_follows(decay: float) -> None:
    values = np.random.default_rng(1).normal(size=(1, 400)) + 3
    values[0, [0, 7, 8, 200]] = [np.nan, np.inf, np.nan, -np.inf]
    series = StepSeries(("a",), decay)
    for step in range(400):
        series.append(step + 1, values[:, step])
    known = np.isfinite(values[0])
    clean, wanted = np.where(known, values[0], 0.0), np.full(400, np.nan)
    for i in np.flatnonzero(known):
        weights = known[: i + 1] * decay ** np.arange(i, -1, -1.0)
        wanted[i] = (clean[: i + 1] * weights).sum() / weights.sum()
    np.testing.assert_allclose(series.smooth("a"), wanted, rtol=1e-9)
    np.testing.assert_allclose(ema(values, decay)[0], wanted, rtol=1e-9)
    series.smoothen(0.0)
    series.smoothen(decay)
    series.append(401, (4.0,))
    assert series.smooth("a")[-1] == pytest.approx(ema(np.append(values, [[4.0]], axis=1), decay)[0, -1])


def test_that_the_first_values_are_averaged_and_do_not_lag() -> None:
    series = StepSeries(("a",), 0.9)
    for step, value in enumerate((8.0, 4.0, 2.0), start=1):
        series.append(step, (value,))
    wanted = [8.0, (0.9 * 8 + 4) / 1.9, (0.81 * 8 + 0.9 * 4 + 2) / 2.71]
    assert series.smooth("a").tolist() == pytest.approx(wanted), "as TensorBoard's: divided by 1 - 0.9^n"


@pytest.mark.parametrize("n", [1, 2, 5, 99, 1000, 1003])
def test_that_thinning_keeps_peaks_ends_and_order(n: int) -> None:
    x, y = np.arange(n, dtype=float), np.sin(np.arange(n) * 1.7)
    y[n // 3] = 50
    y[n // 2] = -50
    thin_x, thin_y = peaks(x, y, 20)
    assert len(thin_x) == len(thin_y) <= 44
    assert thin_y.max() == y.max()
    assert thin_y.min() == y.min()
    assert thin_x[0] == 0
    assert (np.diff(thin_x) >= 0).all()


def test_that_a_bin_of_nothing_but_nan_stays_nan_and_one_nan_hides_no_neighbour() -> None:
    y = np.ones(100)
    y[:10] = np.nan
    y[55] = np.nan
    _, thin = peaks(np.arange(100.0), y, 10)
    assert np.isnan(thin[:2]).all()
    assert (thin[2:] == 1).all()


def test_that_a_run_that_goes_back_forgets_what_came_after() -> None:
    series = StepSeries(("a",))
    for step in (1, 2, 3, 4, 3):
        series.append(step, (float(step * 10 + len(series)),))
    assert series.steps.tolist() == [1, 2, 3]
    assert series.raw("a")[-1] == 34
