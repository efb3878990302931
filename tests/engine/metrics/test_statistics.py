"""Accumulators give what direct formulas give over everything at once, in whatever parts the scores come."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
import torch

from svg_studio.engine.metrics.statistics import Curve, Ranking, Spread


def curve_of(scores: np.ndarray, *cuts: int) -> Curve:
    curve = Curve(len(scores))
    for part in np.split(scores, cuts, axis=1):
        curve.add(part)
    return curve


def test_that_the_interval_is_196_standard_errors() -> None:
    scores = np.random.default_rng(0).normal(20, 3, (4, 7))
    curve = curve_of(scores)
    std = np.sqrt(((scores - scores.mean(1, keepdims=True)) ** 2).sum(1) / 6)
    assert curve.count == 7
    assert curve.mean == pytest.approx(scores.mean(1))
    assert curve.interval == pytest.approx(1.96 * std / math.sqrt(7))


def test_that_overall_is_over_the_clips_means() -> None:
    scores = np.random.default_rng(1).random((5, 9))
    means = scores.mean(0)
    assert curve_of(scores).overall == pytest.approx((means.mean(), 1.96 * means.std(ddof=1) / 3))


def test_that_one_clip_has_no_interval() -> None:
    curve = curve_of(np.array([[1.0], [3.0]]))
    assert curve.mean == (1.0, 3.0)
    assert all(math.isnan(v) for v in (*curve.interval, curve.overall[1]))
    assert curve.overall[0] == 2.0


def test_that_batches_of_clips_leave_no_trace() -> None:
    scores = np.random.default_rng(2).random((3, 11))
    whole = curve_of(scores)
    for cuts in [(1,), (5,), (2, 3, 9), tuple(range(1, 11))]:
        assert curve_of(scores, *cuts).state() == whole.state()


def test_that_a_curve_goes_on_from_its_state_to_the_bit() -> None:
    scores = np.random.default_rng(3).random((3, 8))
    half = json.loads(json.dumps(curve_of(scores[:, :5]).state()))
    again = Curve.restore(half, 3)
    again.add(scores[:, 5:])
    assert again.state() == curve_of(scores).state()


def test_that_close_values_keep_their_interval() -> None:
    scores = 1e6 + np.array([[1e-3, 2e-3, 3e-3]])
    assert curve_of(scores).interval[0] == pytest.approx(1.96 * 1e-3 / math.sqrt(3), rel=1e-5)


@pytest.mark.parametrize(
    "state",
    [
        {}, [], None, {"count": 1, "mean": [1.0], "m2": [0.0]}, {"count": -1, "mean": [1.0] * 3, "m2": [0.0] * 3},
        {"count": 1, "mean": [1.0] * 3, "m2": [0.0] * 2}, {"count": 1, "mean": ["x"] * 3, "m2": [0.0] * 3},
        {"count": None, "mean": [1.0] * 3, "m2": [0.0] * 3}, {"count": 1, "mean": [[1.0]] * 3, "m2": [0.0] * 3},
    ],
)  # fmt: skip
def test_that_a_state_nobody_wrote_is_refused(state: object) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Curve.restore(state, 2)


@pytest.mark.parametrize("higher", [True, False])
@pytest.mark.parametrize("cuts", [(), (1,), (3, 4), (1, 2, 3, 4, 5, 6)])
def test_that_best_and_worst_are_whole_samples_chosen_by_their_mean(higher: bool, cuts: tuple[int, ...]) -> None:
    scores = np.random.default_rng(4).random((5, 7, 3))  # (T, K, B)
    ranking = Ranking(higher_is_better=higher)
    for part in np.split(scores, cuts, axis=1):
        ranking.add(part)
    for b in range(3):
        means = [scores[:, k, b].mean() for k in range(7)]
        best, worst = (means.index(f(means)) for f in ((max, min) if higher else (min, max)))
        assert np.array_equal(ranking.best[:, b], scores[:, best, b])
        assert np.array_equal(ranking.worst[:, b], scores[:, worst, b])
        assert ranking.average[:, b] == pytest.approx([scores[t, :, b].mean() for t in range(5)])


def test_that_of_equal_samples_the_first_stays() -> None:
    scores = np.array([[1.0, 0.0, 2.0], [1.0, 2.0, 0.0]])[:, :, None]  # all have mean 1
    for cuts in [(), (1,), (1, 2)]:
        ranking = Ranking(higher_is_better=True)
        for part in np.split(scores, cuts, axis=1):
            ranking.add(part)
        assert ranking.best[:, 0].tolist() == ranking.worst[:, 0].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("sizes", [(6,), (1, 5), (2, 2, 2), (1,) * 6])
def test_that_the_spread_is_the_mean_over_all_pairs(sizes: tuple[int, ...]) -> None:
    points = torch.rand(6, 3, 10, generator=torch.Generator().manual_seed(0))  # (K, B, D)
    spread = Spread()
    for part in points.split(list(sizes)):
        spread.add(part)
    for b in range(3):
        pairs = [float((p[b] - q[b]).square().sum()) for p, q in itertools.combinations(points, 2)]
        assert len(pairs) == 15
        assert spread.distance[b] == pytest.approx(np.mean(pairs), rel=1e-5)


def test_that_the_spread_of_nearly_equal_points_loses_no_digits() -> None:
    points = 0.9 + 1e-4 * torch.rand(8, 1, 1000, generator=torch.Generator().manual_seed(1))
    spread = Spread()
    for part in points.split(3):
        spread.add(part)
    exact = points.double()
    pairs = [float((p - q).square().sum()) for p, q in itertools.combinations(exact, 2)]
    assert spread.distance[0] == pytest.approx(np.mean(pairs), rel=1e-2)


def test_that_equal_points_have_no_spread() -> None:
    spread = Spread()
    spread.add(torch.ones(2, 1, 4))
    spread.add(torch.ones(3, 1, 4))
    assert spread.distance.tolist() == [0.0]
