"""Computes all figures of one model on one batch of clips, as the literature does."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import Tensor

from svg_studio.engine.config import EvaluateConfig
from svg_studio.engine.events import Key, MetricListed
from svg_studio.engine.metrics import lpips
from svg_studio.engine.metrics.lpips import Lpips
from svg_studio.engine.metrics.registry import METRICS
from svg_studio.engine.metrics.statistics import Ranking, Scores, Spread, float64
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling.rollout import batch_statistics, reconstruct, sample_batch
from svg_studio.engine.sampling.surprise import batch_surprise
from svg_studio.engine.utils.device import autocast

ROWS = 400  # futures in flight at once, which bounds memory
RANKED = ("best", "average", "worst", "posterior")
SQUARED = MetricListed(
    "squared_distance", "squared distance", "", "mean over pairs of samples, channels and pixels in 0 … 1", True, ("diversity",)
)
SURPRISE = MetricListed(
    "surprise",
    "Surprise",
    "nats",
    "KL(q‖p) at the true frame, step by step on true frames from the first on, summed over z; no two models' figures compare",
    False,
    ("truth",),
)


class Scorer:
    """Samples and measures; `metrics` and `keys` say which curves come of it. n_past and n_future of `config` are not 0."""

    def __init__(self, config: EvaluateConfig, perceptual: Lpips | None, device: torch.device, precision: str) -> None:
        self.config, self.lpips, self.device, self.precision = config, perceptual, device, precision
        self.metrics = _metrics(config, perceptual)
        self._functions = {m.key: METRICS[m.key].load() for m in self.metrics if m.key in METRICS}

    @property
    def keys(self) -> list[Key]:
        """Of all curves."""
        return [(m.key, statistic) for m in self.metrics for statistic in m.statistics]

    def leave_out(self, left_out: MetricListed) -> None:
        """Its curves are not among those that `scores` gives any more."""
        self.metrics.remove(left_out)

    def scores(self, model: SVG, x: Tensor) -> Generator[float, None, dict[Key, Scores]]:
        """Clips x (T, B, C, H, W) → (T', B) for every curve; yields after every frame which share of the work is done."""
        config, past, truth = self.config, x[: self.config.n_past], x[self.config.n_past :]
        marks = [self.lpips.embed(frame) for frame in truth] if self.lpips else None
        out = {(key, "posterior"): s for key, s in self._posterior(model, x, marks).items()}
        if SURPRISE in self.metrics:
            out[SURPRISE.key, "truth"] = self._surprise(model, x)
        ranked = {m.key: Ranking(higher_is_better=m.higher_is_better) for m in self.metrics if "best" in m.statistics}
        pixels, points = [Spread() for _ in truth], [Spread() for _ in truth]
        chunk = 1 if config.batch_stats else max(1, ROWS // x.shape[1])
        for start in range(0, config.nsample, chunk):
            seeds = [config.seed + k for k in range(start, min(start + chunk, config.nsample))]
            scores: dict[str, list[Scores]] = {key: [] for key in ranked}
            for t, frames in enumerate(self._futures(model, past, seeds)):  # (K, B, C, H, W)
                for key, score in self._measure(frames, truth[t]).items():
                    scores[key].append(float64(score))
                pixels[t].add(frames.flatten(2))
                if self.lpips and marks:
                    embedded = self.lpips.embed(frames)
                    scores["lpips"].append(float64(lpips.distance(embedded, marks[t])))
                    points[t].add(embedded)
                yield (start + len(seeds) * (t + 1) / config.n_future) / config.nsample
            for key, ranking in ranked.items():
                ranking.add(np.stack(scores[key]))
        for key, ranking in ranked.items():
            out |= {(key, "best"): ranking.best, (key, "average"): ranking.average, (key, "worst"): ranking.worst}
        if config.nsample > 1:
            out[SQUARED.key, "diversity"] = np.stack([spread.distance for spread in pixels]) / x[0, 0].numel()
            if self.lpips:
                out["lpips", "diversity"] = np.stack([spread.distance for spread in points])
        return {key: out[key] for key in self.keys}

    def _futures(self, model: SVG, past: Tensor, seeds: list[int]) -> Iterator[Tensor]:
        """Frame by frame (K, B, C, H, W), float32."""
        work = sample_batch(model, past, seeds, self.config.n_future)
        for _ in range(self.config.n_future):
            with autocast(self.device, self.precision), self._statistics(model):  # for one frame: not to outlive this turn
                frames = next(work).float()
            yield frames

    def _posterior(self, model: SVG, x: Tensor, marks: list[Tensor] | None) -> dict[str, Scores]:
        """(T', B) for every metric."""
        n_past, parts = self.config.n_past, []
        # A few clips at a time, for all their frames are encoded at once; batch statistics go frame by frame and want all clips.
        together = x.shape[1] if self.config.batch_stats else max(1, ROWS // len(x))
        for some in torch.split(x, together, dim=1):
            with autocast(self.device, self.precision), self._statistics(model):
                parts.append(reconstruct(model, some, n_past)[n_past:].float())
        video, truth = torch.cat(parts, 1), x[n_past:]
        out = {key: float64(score) for key, score in self._measure(video, truth).items()}
        if self.lpips and marks:
            out["lpips"] = np.stack([float64(lpips.distance(self.lpips.embed(f), m)) for f, m in zip(video, marks, strict=True)])
        return out

    def _surprise(self, model: SVG, x: Tensor) -> Scores:
        """(T', B): of the true clips."""
        together = x.shape[1] if self.config.batch_stats else max(1, ROWS // len(x))
        parts = []
        for some in torch.split(x, together, dim=1):
            with autocast(self.device, self.precision), self._statistics(model):
                parts.append(batch_surprise(model, some)[self.config.n_past :])
        return float64(torch.cat(parts, 1))

    def _statistics(self, model: SVG) -> AbstractContextManager[None]:
        return batch_statistics(model) if self.config.batch_stats else nullcontext()

    def _measure(self, frames: Tensor, truth: Tensor) -> dict[str, Tensor]:
        """(…, C, H, W) → (…) for every metric but LPIPS."""
        return {key: metric(frames, truth) for key, metric in self._functions.items()}


def _metrics(config: EvaluateConfig, perceptual: Lpips | None) -> list[MetricListed]:
    found = [
        MetricListed(key, entry.title, entry.unit, entry.convention, entry.higher_is_better, RANKED)
        for key, entry in METRICS.items()
        if not entry.ssim or config.ssim in ("both", entry.ssim)
    ]
    several = config.nsample > 1
    if perceptual:
        statistics = (*RANKED, "diversity") if several else RANKED
        found.append(MetricListed("lpips", "LPIPS", "", perceptual.convention, False, statistics))
    return [*found, SQUARED, SURPRISE] if several else [*found, SURPRISE]
