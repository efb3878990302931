"""Chooses a few futures that stand for many: those that are most different, and how many of the others each is nearest to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Events, FewChosen, Frames, Progressed
from svg_studio.engine.metrics import lpips
from svg_studio.engine.utils.frames import to_float

Floats = npt.NDArray[np.float32]
Distances = npt.NDArray[np.float64]
MEASURES = ("pixels", "lpips")


def choose(futures: Sequence[Frames], n_past: int, k: int, measure: str = "pixels") -> Events:
    """Yields Progressed a frame and one FewChosen: of N futures, (T, H, W, C) each, the k most different from frame n_past on.

    measure: one of MEASURES: the root of the mean squared difference in grey levels over pixels and frames, or of the mean LPIPS
    over frames. Memory is bounded by one frame of all futures. Raises StudioError where LPIPS's weights are not on this machine.
    """
    describe = _perceived() if measure == "lpips" else _flat
    squares: Distances = np.zeros((len(futures), len(futures)))
    frames = len(futures[0]) - n_past if futures else 0
    for t in range(frames):
        squares += squared_distances(describe(np.stack([future[n_past + t] for future in futures]))) / frames
        yield Progressed(t + 1, frames, "frames", "Comparing futures")
    chosen = farthest_points(squares, k)
    nearest = np.array(chosen, dtype=int)[np.argmin(squares[:, chosen], axis=1)] if chosen else np.zeros(0, dtype=int)
    nearest[chosen] = chosen  # each stands for itself, also where another one is the same
    reach = squares[np.arange(len(futures)), nearest].max(initial=0.0)
    counts = tuple(int((nearest == number).sum()) for number in chosen)
    yield FewChosen(tuple(chosen), counts, tuple(map(int, nearest)), float(np.sqrt(reach)), measure)


def farthest_points(squares: Distances, k: int) -> list[int]:
    """Numbers of k points: first the one nearest to all others, then always the one farthest from those that are chosen.

    squares `(N, N)`: squared distances. The largest distance of a point to a chosen one is then at most twice the least that k
    points can have (Gonzalez 1985), but for the first point's choice. Ties go to the lower number.
    """
    if not len(squares):
        return []
    chosen = [int(np.argmin(squares.sum(axis=1)))]
    left = squares[chosen[0]].copy()
    while len(chosen) < min(k, len(squares)):
        left[chosen] = -1.0
        chosen.append(int(np.argmax(left)))
        left = np.minimum(left, squares[chosen[-1]])
    return chosen


def squared_distances(points: Floats) -> Distances:
    """`(N, D)` → `(N, N)`: the sum of squared differences of each two rows."""
    centred = points - points.mean(axis=0)  # smaller numbers, so that less is lost in the difference below
    products = (centred @ centred.T).astype(np.float64)
    norms = np.diag(products)
    squares: Distances = np.maximum(norms[:, None] + norms[None] - 2 * products, 0.0)
    np.fill_diagonal(squares, 0.0)
    return squares


def _flat(frames: Frames) -> Floats:
    """One frame of all futures, (N, H, W, C), as points whose squared distance is the mean squared difference."""
    flat = frames.reshape(len(frames), -1).astype(np.float32)
    return flat / np.float32(np.sqrt(flat.shape[1]))


def _perceived() -> Callable[[Frames], Floats]:
    """The same for LPIPS."""
    net, why = lpips.find("")
    if net is None:
        raise StudioError(why.replace("LPIPS is left out", "Futures cannot be compared by LPIPS"))
    return lambda frames: net.embed(to_float(frames)).numpy()
