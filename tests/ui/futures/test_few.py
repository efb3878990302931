"""A few futures stand for many: far from each other, with the number that each stands for."""

import numpy as np
import pytest

from svg_studio.ui.futures.few import SIDE, Distances, few, small

RNG = np.random.default_rng(1)


def distances(values: list[float]) -> np.ndarray:
    """Between points on a line."""
    points = np.array(values)
    return np.abs(points[:, None] - points[None])


def test_that_each_stands_for_itself_and_its_nearest() -> None:
    found = few(distances([0, 1, 2, 50, 51, 200]), 3)  # groups of three, two and one
    assert found == {2: 3, 5: 1, 4: 2}


def test_that_all_are_counted_once() -> None:
    points = RNG.normal(size=(400, 8))
    matrix = np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1))
    for most in (1, 2, 16, 100):
        found = few(matrix, most)
        assert len(found) == most
        assert sum(found.values()) == 400
        assert min(found.values()) >= 1


def test_that_each_is_the_farthest_from_those_before_it() -> None:
    points = RNG.normal(size=(30, 3))
    matrix = np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1))
    chosen = list(few(matrix, 6))
    assert chosen[0] == matrix.sum(axis=1).argmin()
    for k in range(1, 6):
        nearest = matrix[chosen[:k]].min(axis=0)
        assert nearest[chosen[k]] == nearest.max()


def test_that_equal_futures_add_none() -> None:
    assert few(np.zeros((7, 7)), 3) == {0: 7}
    assert few(distances([0, 0, 9, 9, 9]), 4) == {2: 3, 0: 2}


@pytest.mark.parametrize("count, most", [(0, 3), (1, 3), (2, 5)])
def test_that_fewer_than_wished_are_all(count: int, most: int) -> None:
    assert len(few(distances([float(n) for n in range(count)]), most)) == count


@pytest.mark.parametrize("shape", [(3, 64, 64, 1), (3, 64, 64, 3), (2, 128, 128, 3), (2, 8, 8, 1), (2, 20, 33, 3)])
def test_that_small_pictures_are_means_in_their_places(shape: tuple[int, ...]) -> None:
    count, height, width, channels = shape
    flat = np.broadcast_to(np.arange(width, dtype=np.uint8)[None, None, :, None], shape)
    down, right = max(1, height // SIDE), max(1, width // SIDE)
    rows, columns = height // down, width // right
    found = small(np.ascontiguousarray(flat)).reshape(count, rows, columns, channels)
    means = np.arange(columns * right).reshape(columns, right).mean(axis=1)
    assert np.allclose(found, means[None, None, :, None], atol=1e-3)


def test_that_colours_count_apart() -> None:
    red, green = np.zeros((2, 16, 16, 3), np.uint8)
    red[..., 0], green[..., 1] = 200, 200
    made = Distances(2)
    made.put_frames(np.stack([red, green]))
    assert made.matrix[0, 1] == pytest.approx(np.sqrt(2 * 200**2 / 3))


def test_that_distances_are_means_over_frames() -> None:
    made = Distances(2)
    for grey in (10, 30):
        made.put_frames(np.stack([np.zeros((16, 16, 1), np.uint8), np.full((16, 16, 1), grey, np.uint8)]))
    assert made.matrix[0, 1] == pytest.approx(np.sqrt((10**2 + 30**2) / 2))
    assert made.matrix[0, 0] == 0


def test_that_a_future_and_its_likeness_are_told_from_others() -> None:
    base = RNG.integers(0, 256, (3, 64, 64, 1), np.uint8)
    frames = np.concatenate([base, base[:2] // 2 + base[:2] // 3])
    made = Distances(5)
    made.put_frames(frames)
    assert np.allclose(made.matrix, made.matrix.T)
    assert made.matrix[0].argsort()[1] == 3
