"""A few futures stand for many: the choice against plain loops, what each stands for, and what is said where LPIPS is not there."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from support.alexnet import alexnet

from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import FewChosen, Frames, Progressed
from svg_studio.engine.metrics import lpips
from svg_studio.engine.sampling import few
from svg_studio.engine.sampling.few import choose, farthest_points, squared_distances
from svg_studio.engine.utils.frames import to_float

N_PAST = 2


def films(count: int, seed: int = 0, size: int = 6) -> list[Frames]:
    rng = np.random.default_rng(seed)
    given = rng.integers(0, 255, (N_PAST, size, size, 1), dtype=np.uint8)
    return [np.concatenate([given, rng.integers(0, 255, (3, size, size, 1), dtype=np.uint8)]) for _ in range(count)]


def chosen(futures: list[Frames], k: int, **settings: str) -> FewChosen:
    *progress, last = choose(futures, N_PAST, k, **settings)
    assert all(isinstance(event, Progressed) for event in progress)
    assert isinstance(last, FewChosen)
    return last


def rms(a: Frames, b: Frames) -> float:
    """Over the imagined frames, pixel by pixel."""
    squares = [(int(x) - int(y)) ** 2 for x, y in zip(a[N_PAST:].ravel(), b[N_PAST:].ravel(), strict=True)]
    return math.sqrt(sum(squares) / len(squares))


def test_that_the_choice_is_that_of_a_plain_loop() -> None:
    futures = films(9)
    distances = [[rms(a, b) for b in futures] for a in futures]
    first = min(range(9), key=lambda n: sum(d * d for d in distances[n]))
    expected = [first]
    while len(expected) < 4:
        expected.append(max(range(9), key=lambda n: min(distances[n][m] for m in expected)))
    found = chosen(futures, 4)
    assert found.numbers == tuple(expected)
    assert found.nearest == tuple(min(expected, key=lambda m: distances[n][m]) for n in range(9))
    assert found.counts == tuple(found.nearest.count(m) for m in expected)
    assert found.reach == pytest.approx(max(min(distances[n][m] for m in expected) for n in range(9)), rel=1e-4)
    assert (sum(found.counts), found.measure) == (9, "pixels")


def test_that_groups_of_like_futures_are_each_stood_for_by_one() -> None:
    kinds = films(3, seed=1)
    rng = np.random.default_rng(2)

    def like(film: Frames) -> Frames:
        return np.clip(film.astype(int) + rng.integers(-2, 3, film.shape), 0, 255).astype(np.uint8)

    groups = [0] * 5 + [1] * 2 + [2] * 4
    found = chosen([like(kinds[group]) for group in groups], 3)
    stood_for = {groups[number]: count for number, count in zip(found.numbers, found.counts, strict=True)}
    assert stood_for == {0: 5, 1: 2, 2: 4}


def test_that_what_was_given_does_not_count() -> None:
    futures = films(5, seed=3)
    other = [np.concatenate([np.full_like(film[:N_PAST], 7 * n), film[N_PAST:]]) for n, film in enumerate(futures)]
    assert chosen(futures, 3) == chosen(other, 3)


@pytest.mark.parametrize("count, k, numbers, counts", [(3, 5, {0, 1, 2}, (1, 1, 1)), (1, 2, {0}, (1,)), (0, 2, set(), ())])
def test_that_there_are_no_more_than_there_are_futures(count: int, k: int, numbers: set[int], counts: tuple[int, ...]) -> None:
    found = chosen(films(count), k)
    assert (set(found.numbers), found.counts) == (numbers, counts)


def test_that_futures_that_are_the_same_stand_for_themselves() -> None:
    film = films(1)[0]
    found = chosen([film] * 4, 2)
    assert sum(found.counts) == 4
    assert all(found.nearest[number] == number for number in found.numbers)
    assert found.reach == 0


def test_that_distances_are_those_between_rows() -> None:
    points = np.random.default_rng(5).normal(size=(7, 11)).astype(np.float32)
    plain = [[float(((a - b) ** 2).sum()) for b in points] for a in points]
    assert squared_distances(points) == pytest.approx(np.array(plain), abs=1e-4)


def test_that_ties_go_to_the_lower_number() -> None:
    line = np.array([[0.0], [1.0], [2.0]])
    assert farthest_points((line - line.T) ** 2, 2) == [1, 0]


def test_that_lpips_measures_what_the_metric_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save(alexnet(), tmp_path / "alexnet.pth")
    net = lpips.load(tmp_path / "alexnet.pth")
    monkeypatch.setattr(few.lpips, "find", lambda _: (net, ""))
    futures = films(4, seed=6, size=64)
    points = [net.embed(to_float(film[N_PAST:])) for film in futures]
    means = torch.stack([torch.stack([lpips.distance(a, b).mean() for b in points]) for a in points]).numpy().astype(float)
    found = chosen(futures, 2, measure="lpips")
    assert found.numbers == tuple(farthest_points(means, 2))
    assert found.reach == pytest.approx(math.sqrt(max(min(means[n][m] for m in found.numbers) for n in range(4))), rel=1e-3)


def test_that_without_the_weights_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(StudioError, match="Futures cannot be compared by LPIPS: AlexNet's weights are not in"):
        list(choose(films(2), N_PAST, 2, "lpips"))
