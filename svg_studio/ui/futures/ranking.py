"""Orders futures by their seeds, by how near they come to the truth, or by how far they are from their mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from svg_studio.engine.events import Frames, FutureScored

Floats = npt.NDArray[np.float64]
SEED, SSIM, PSNR, SPREAD = SORTS = ("seed", "ssim", "psnr", "spread")
SORT_NAMES = dict(zip(SORTS, ("By seed", "By SSIM", "By PSNR", "By spread"), strict=True))
SORT_TIP = (
    "Order of the futures on the wall\n"
    "By SSIM, by PSNR: the mean over the imagined frames against the truth, the best first\n"
    "By spread: how far a future is from the mean of all futures, as the root of the mean squared difference over pixels and "
    "imagined frames, the farthest first\n"
    "It is sorted once every future has its figure"
)
ALL, PINNED, EXTREMES, FEW, ALONE = SHOWS = ("all", "pinned", "extremes", "few", "alone")
SHOW_NAMES = dict(
    zip(SHOWS, ("All futures", "Pinned", "Best, worst, most different", "Few for many", "Selected alone"), strict=True)
)
SHOW_TIP = (
    "Which futures are on the wall\n"
    "Best and worst: by their mean SSIM against the truth; most different: the one farthest from the mean of all futures\n"
    "Few for many: so many futures as are as different from each other as can be, each with how many of all it is nearest to"
)
BEST, WORST, DIFFERENT = "best", "worst", "most different"


class Ranking:
    """The figures of the futures of one sampling, by number. What has none is NaN."""

    def __init__(self, count: int = 0) -> None:
        self._squares = np.zeros(count)  # summed over frames: mean squared difference to the mean of all, in grey levels
        self._frames = 0
        self.complete = False  # whether every future has all frames
        self._scores = {SSIM: np.full(count, np.nan), PSNR: np.full(count, np.nan)}

    @property
    def count(self) -> int:
        return len(self._squares)

    def put_frames(self, frames: Frames, *, last: bool) -> None:
        """One more imagined frame of all futures, (K, H, W, C)."""
        if len(frames) == self.count:
            self._squares += squared_distances(frames)
            self._frames += 1
            self.complete = last

    def put_score(self, score: FutureScored) -> None:
        if 0 <= score.number < self.count:
            self._scores[SSIM][score.number] = _mean(score.ssim)
            self._scores[PSNR][score.number] = _mean(score.psnr)

    def figures(self, key: str) -> Floats:
        """The figure that `key` sorts by, of each future; for the spread it is in grey levels."""
        if key == SEED:
            return np.arange(self.count, 0.0, -1.0)
        if key == SPREAD:
            known = self.complete and self._frames
            return np.sqrt(self._squares / self._frames) if known else np.full(self.count, np.nan)
        return self._scores[key]

    def knows(self, key: str) -> bool:
        """Whether every future has that figure."""
        return bool(np.isfinite(self.figures(key)).all())

    def order(self, key: str) -> list[int]:
        """Numbers, the highest figure first and otherwise as their seeds; by seed until every future has its figure."""
        figures = self.figures(key) if self.knows(key) else self.figures(SEED)
        return [int(number) for number in np.argsort(-figures, kind="stable")]

    def extremes(self) -> dict[int, str]:
        """The best, the worst and the most different future, three different ones where there are as many; none until they
        are known.
        """
        if not self.count or not (self.knows(SSIM) and self.knows(SPREAD)):
            return {}
        by_score = self.order(SSIM)
        found = {by_score[0]: BEST}
        for word, numbers in ((WORST, by_score[::-1]), (DIFFERENT, self.order(SPREAD))):
            number = next((n for n in numbers if n not in found), None)
            if number is not None:
                found[number] = word
        return found


def squared_distances(frames: Frames) -> Floats:
    """Of K futures at one frame, the mean squared difference to their mean: (K, H, W, C) → (K,), in grey levels squared."""
    flat = frames.reshape(len(frames), -1).astype(np.float32)
    flat -= flat.mean(axis=0)
    squares: Floats = np.einsum("kp,kp->k", flat, flat, dtype=np.float64) / flat.shape[1]
    return squares


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan
