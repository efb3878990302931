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
