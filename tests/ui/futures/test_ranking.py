"""Futures are ordered by what the lists say, and not before it is known of all of them."""

import math

import numpy as np
import pytest

from svg_studio.engine.events import FutureScored
from svg_studio.ui.futures.ranking import BEST, DIFFERENT, PSNR, SEED, SPREAD, SSIM, WORST, Ranking, squared_distances

NAN = math.nan


def scored(number: int, ssim: float, psnr: float) -> FutureScored:
    return FutureScored(number, 10 + number, (NAN, ssim - 0.1, ssim + 0.1), (NAN, psnr - 1, psnr + 1))


def frames(*values: int) -> np.ndarray:
    """One frame of a future each, grey all over."""
    return np.stack([np.full((4, 4, 1), value, np.uint8) for value in values])


@pytest.fixture
def ranking() -> Ranking:
    """Five futures, of which the second is nearest to the truth and the fourth farthest from the mean."""
    ranking = Ranking(5)
    for t in (1, 2):
        ranking.put_frames(frames(100, 104, 96, 200, 110), last=t == 2)
    for number, (ssim, psnr) in enumerate(((0.5, 20), (0.9, 15), (0.2, 30), (0.6, 15), (0.5, 25))):
        ranking.put_score(scored(number, ssim, psnr))
    return ranking


def test_that_the_best_come_first_and_equals_stay_in_the_order_of_their_seeds(ranking: Ranking) -> None:
    assert ranking.order(SEED) == [0, 1, 2, 3, 4]
    assert ranking.order(SSIM) == [1, 3, 0, 4, 2]
    assert ranking.order(PSNR) == [2, 4, 0, 1, 3]
    assert ranking.order(SPREAD)[0] == 3


def test_that_the_distance_is_that_from_the_mean_future() -> None:
    rng = np.random.default_rng(0)
    some = rng.integers(0, 256, (6, 5, 7, 3), dtype=np.uint8)
    wide = some.astype(float)
    expected = ((wide - wide.mean(axis=0)) ** 2).mean(axis=(1, 2, 3))
    assert squared_distances(some) == pytest.approx(expected, rel=1e-4)


def test_that_the_spread_is_in_grey_levels_over_all_imagined_frames() -> None:
    ranking = Ranking(2)
    ranking.put_frames(frames(100, 120), last=False)
    ranking.put_frames(frames(100, 160), last=True)
    assert ranking.figures(SPREAD) == pytest.approx([math.sqrt((10**2 + 30**2) / 2)] * 2)


@pytest.mark.parametrize("key", [SSIM, PSNR, SPREAD])
def test_that_until_all_is_known_the_seeds_order(key: str) -> None:
    ranking = Ranking(3)
    ranking.put_frames(frames(1, 50, 90), last=False)
    ranking.put_score(scored(2, 0.9, 40))
    ranking.put_score(scored(1, 0.5, 30))
    assert not ranking.knows(key)
    assert ranking.order(key) == [0, 1, 2]
    assert ranking.extremes() == {}


def test_that_the_extremes_are_three_different_futures(ranking: Ranking) -> None:
    assert ranking.extremes() == {1: BEST, 2: WORST, 3: DIFFERENT}
    ranking.put_score(scored(3, 0.1, 1))  # the most different is the worst now: the next one takes its place
    assert list(ranking.extremes().values()) == [BEST, WORST, DIFFERENT]
    assert list(ranking.extremes())[:2] == [1, 3]


def test_that_of_two_futures_none_is_shown_twice() -> None:
    ranking = Ranking(2)
    ranking.put_frames(frames(1, 50), last=True)
    for number in range(2):
        ranking.put_score(scored(number, 0.5 + number / 10, 20))
    assert ranking.extremes() == {1: BEST, 0: WORST}


def test_that_a_single_future_and_a_number_too_many_do_no_harm() -> None:
    ranking = Ranking(1)
    ranking.put_frames(frames(5), last=True)
    ranking.put_frames(frames(5, 6, 7), last=True)
    ranking.put_score(scored(7, 0.5, 20))
    ranking.put_score(scored(0, 0.5, 20))
    assert ranking.order(SPREAD) == [0]
    assert ranking.extremes() == {0: BEST}
