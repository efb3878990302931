"""The `evaluate` job: the literature's figures for several checkpoints on the same clips and noise; knows no window."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from svg_studio.engine import checkpoint, evaluation_state, lpips, metrics, report_files
from svg_studio.engine.checkpoint import Checkpoint
from svg_studio.engine.config import DataConfig, EvaluateConfig
from svg_studio.engine.datasets import Clips, open_clips, prepare
from svg_studio.engine.device import autocast, pick_device, pick_precision, title
from svg_studio.engine.errors import StudioError
from svg_studio.engine.evaluation_state import State
from svg_studio.engine.events import CurvesUpdated, EvaluationStarted, Event, Key, Logged, MetricListed, ModelListed, Progressed
from svg_studio.engine.explore import open_model
from svg_studio.engine.frames import to_float
from svg_studio.engine.lpips import Lpips
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling import batch_statistics, reconstruct, sample_batch
from svg_studio.engine.scores import Curve, Ranking, Scores, Spread
from svg_studio.engine.writing import lock, needing_imageio

ROWS = 400  # futures in flight at once, which bounds memory
RANKED = ("best", "average", "worst", "posterior")
PSNR = MetricListed("psnr", "PSNR", "dB", "mean over channels, data range 1, 100 dB at most", True, RANKED)
SSIM = {
    "literature": MetricListed("ssim_literature", "SSIM", "", str(metrics.LITERATURE), True, RANKED),
    "original": MetricListed("ssim_original", "SSIM", "", str(metrics.ORIGINAL), True, RANKED),
}
CONVENTIONS = {SSIM["literature"].key: metrics.LITERATURE, SSIM["original"].key: metrics.ORIGINAL}
SQUARED = MetricListed(
    "squared_distance", "squared distance", "", "mean over pairs of samples, channels and pixels in 0 … 1", True, ("diversity",)
)

Events = Generator[Event, str | None, None]


@dataclass(frozen=True)
class Subject:
    """A checkpoint that is evaluated."""

    listed: ModelListed
    found: Checkpoint
    model: SVG
    sha256: str


def evaluate(config: EvaluateConfig, data: Mapping[str, Any] | None = None) -> Events:
    """Evaluates checkpoints on test clips and writes evaluation.json, evaluation.csv and curves.png into config.log_dir.

    `data` replaces single settings of the first checkpoint's data. Sample k of every clip is the future that
    `sampling.futures` gives for seed + k; with batch_stats it depends on the clips of its batch as well.

    Yields EvaluationStarted, Progressed, CurvesUpdated for a model after each batch of clips, EvaluationFinished. When closed,
    and started again with the same settings, checkpoints and clips, it goes on after the last finished batch, with the result
    it would have had; on a CPU to the bit. Raises StudioError (and its kinds).

    Curves, over the imagined frames alone: PSNR, SSIM and, where its weights are there, LPIPS, each for the sample that is
    best in this metric's own mean over the imagined frames, for the worst one, for the mean over samples, and for the
    approximate posterior. Diversity: the mean over all pairs of samples of a clip of their squared distance, itself a mean
    over channels and pixels, and of their LPIPS.
    """
    device = pick_device(config.device)
    precision = pick_precision(config.precision, device)
    subjects = _open(config, device)
    first = subjects[0].found.config
    n_past = config.n_past or first.model.n_past
    config = replace(config, n_past=n_past, n_future=config.n_future or max(first.n_eval - n_past, 1))
    wanted = config.data or DataConfig.from_dict({**first.data.to_dict(), **(data or {})})
    perceptual, missing = lpips.find(config.lpips_weights)
    folder = Path(config.log_dir).expanduser()
    with _held(folder):
        yield from _differences(subjects, n_past, wanted if config.data or data else None)
        yield from prepare(wanted)
        clips = open_clips(
            wanted,
            split="test",
            image_width=first.model.image_width,
            channels=first.model.channels,
            n_frames=config.n_past + config.n_future,
            seed=config.seed,
        )
        if missing:
            yield Logged(missing)
        work = _Evaluation(config, wanted, subjects, clips, perceptual.to(device) if perceptual else None, device, precision)
        with closing(work.run(folder, missing)) as events:
            yield from events


class _Evaluation:
    """What one job carries from batch to batch."""

    def __init__(
        self,
        config: EvaluateConfig,
        data: DataConfig,
        subjects: list[Subject],
        clips: Clips,
        perceptual: Lpips | None,
        device: torch.device,
        precision: str,
    ) -> None:
        self.config, self.data, self.subjects, self.clips, self.lpips = config, data, subjects, clips, perceptual
        self.device, self.precision = device, precision
        self.n_clips = min(config.N, len(clips.usable)) if clips.usable is not None else config.N
        self.n_batches = -(-self.n_clips // config.batch_size)
        if config.batch_stats and self.n_clips % config.batch_size == 1:
            raise StudioError(
                f"batch_stats: {self.n_clips} clips in batches of {config.batch_size} leave one alone, which has no statistics; "
                "change N or batch_size"
            )
        self.metrics = _metrics(config, perceptual)
        self.keys = [(m.key, statistic) for m in self.metrics for statistic in m.statistics]
        self.names = [s.listed.name for s in subjects]
        self.state = State(0, {name: {} for name in self.names})

    def run(self, folder: Path, missing: str) -> Events:
        config, n_units = self.config, self.n_batches * len(self.subjects)
        key = self._key()
        found = evaluation_state.load(folder, key, self.keys, config.n_future, self._counts)
        if found:
            self.state = found
        elif (folder / evaluation_state.NAME).exists():
            yield Logged(f"{folder}: holds an unfinished evaluation of other settings or files, which is begun anew", "warning")
        started = self._started(missing)
        yield started
        yield from self._told(started)
        for name in self.names[: self.state.units]:
            yield self._updated(name, None)
        yield Progressed(started.done, self._total, "clips", "Evaluating")
        begun = time.monotonic()
        for unit in range(self.state.units, n_units):
            batch, subject = unit // len(self.subjects), self.subjects[unit % len(self.subjects)]
            x = to_float(self.clips.batch(self._indices(batch)), self.device)  # (T, B, C, H, W)
            curves = self.state.curves[subject.listed.name]
            for one, scores in (yield from self._scores(subject, x, self._done(unit))).items():
                curves.setdefault(one, Curve(config.n_future)).add(scores)
            self.state.units = unit + 1
            evaluation_state.save(folder, key, self.state)
            done = self._done(unit + 1)
            pace = (time.monotonic() - begun) / (done - started.done)
            yield self._updated(subject.listed.name, pace * (self._total - done))
            yield Progressed(done, self._total, "clips", f"Evaluating {subject.listed.name}")
        yield report_files.write(folder, self._report(started))
        (folder / evaluation_state.NAME).unlink(missing_ok=True)

    # ---- one batch of clips and one model

    def _scores(self, subject: Subject, x: Tensor, done: int) -> Generator[Event, str | None, dict[Key, Scores]]:
        """(T', B) for every curve."""
        config, past, truth = self.config, x[: self.config.n_past], x[self.config.n_past :]
        batch, n_future = x.shape[1], config.n_future
        marks = [self.lpips.embed(frame) for frame in truth] if self.lpips else None
        out = {(key, "posterior"): s for key, s in self._posterior(subject.model, x, marks).items()}
        ranked = {m.key: Ranking(higher_is_better=m.higher_is_better) for m in self.metrics if "best" in m.statistics}
        pixels, points = [Spread() for _ in truth], [Spread() for _ in truth]
        chunk = 1 if config.batch_stats else max(1, ROWS // batch)
        for start in range(0, config.nsample, chunk):
            seeds = [config.seed + k for k in range(start, min(start + chunk, config.nsample))]
            scores: dict[str, list[Scores]] = {key: [] for key in ranked}
            for t, frames in enumerate(self._futures(subject.model, past, seeds)):  # (K, B, C, H, W)
                for key, score in self._measure(frames, truth[t]).items():
                    scores[key].append(_float64(score))
                pixels[t].add(frames.flatten(2))
                if self.lpips and marks:
                    embedded = self.lpips.embed(frames)
                    scores["lpips"].append(_float64(lpips.distance(embedded, marks[t])))
                    points[t].add(embedded)
                sampled = start + len(seeds) * (t + 1) / n_future
                fresh = done + int(batch * sampled / config.nsample)
                yield Progressed(fresh, self._total, "clips", f"Evaluating {subject.listed.name}")
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
        out = {key: _float64(score) for key, score in self._measure(video, truth).items()}
        if self.lpips and marks:
            out["lpips"] = np.stack([_float64(lpips.distance(self.lpips.embed(f), m)) for f, m in zip(video, marks, strict=True)])
        return out

    def _statistics(self, model: SVG) -> AbstractContextManager[None]:
        return batch_statistics(model) if self.config.batch_stats else nullcontext()

    def _measure(self, frames: Tensor, truth: Tensor) -> dict[str, Tensor]:
        """(…, C, H, W) → (…) for every metric but LPIPS."""
        wanted = {m.key for m in self.metrics}
        out = {PSNR.key: metrics.psnr(frames, truth)}
        return out | {key: metrics.ssim(frames, truth, c) for key, c in CONVENTIONS.items() if key in wanted}

    # ---- what is said

    def _started(self, missing: str) -> EvaluationStarted:
        clips = self.clips
        return EvaluationStarted(
            models=tuple(s.listed for s in self.subjects),
            clips=self.n_clips,
            samples=self.config.nsample,
            metrics=tuple(self.metrics),
            n_past=self.config.n_past,
            n_future=self.config.n_future,
            done=self._done(self.state.units),
            left_out=clips.count - len(clips.usable) if clips.usable is not None else 0,
            lpips=missing,
            device=title(self.device),
            precision=self.precision,
        )

    def _told(self, started: EvaluationStarted) -> Iterator[Logged]:
        length = started.n_past + started.n_future
        if started.left_out:
            text = f"{started.left_out:,} of {self.clips.count:,} test sequences have fewer than {length} frames and are left out"
            yield Logged(text, "warning")
        if started.clips < self.config.N:
            yield Logged(f"N={self.config.N}: there are {started.clips:,} test clips, which are all evaluated", "warning")
        if started.done:
            yield Logged(f"goes on where it was stopped: {started.done:,} of {self._total:,} clips are done")

    def _updated(self, name: str, seconds_left: float | None) -> CurvesUpdated:
        curves = self.state.curves[name]
        return CurvesUpdated(
            name,
            next(iter(curves.values())).count,
            {key: (curve.mean, curve.interval) for key, curve in curves.items()},
            {key: curve.overall for key, curve in curves.items()},
            seconds_left,
        )

    def _report(self, started: EvaluationStarted) -> report_files.Report:
        versions = {
            "svg-studio": sys.modules["svg_studio"].__version__,  # the package that holds engine/, which imports nothing of it
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        }
        return report_files.Report(
            started=started,
            curves=self.state.curves,
            settings={**self.config.to_dict(), "data": self.data.to_dict()},
            fingerprints={s.listed.name: s.sha256 for s in self.subjects},
            architectures={s.listed.name: s.found.config.model.to_dict() for s in self.subjects},
            versions=versions,
            asked=self.config.N,
        )

    # ---- which clips

    @property
    def _total(self) -> int:
        """Clips, counted once for each model."""
        return self.n_clips * len(self.subjects)

    def _counts(self, units: int) -> dict[str, int] | None:
        """Clips of each model that the first `units` units cover; None where there are fewer units."""
        if not 0 <= units <= self.n_batches * len(self.subjects):
            return None
        batch, models = divmod(units, len(self.subjects))
        before, after = (min(b * self.config.batch_size, self.n_clips) for b in (batch, batch + 1))
        return {name: after if i < models else before for i, name in enumerate(self.names)}

    def _done(self, units: int) -> int:
        """Clips behind the first `units` units, counted once for each model."""
        return sum((self._counts(units) or {}).values())

    def _indices(self, batch: int) -> npt.NDArray[np.int64]:
        numbers = np.arange(batch * self.config.batch_size, min((batch + 1) * self.config.batch_size, self.n_clips))
        return numbers if self.clips.usable is None else self.clips.usable[numbers]

    def _key(self) -> str:
        """Names all that decides the figures; the first batch of clips stands for the data."""
        settings = {**self.config.to_dict(), "data": self.data.to_dict()}
        for name in ("log_dir", "model_path", "lpips_weights", "device"):
            settings.pop(name)
        return evaluation_state.digest(
            {
                "settings": settings,
                "device": title(self.device),
                "arithmetic": self.precision,
                "torch": torch.__version__,
                "models": [[s.listed.name, s.sha256] for s in self.subjects],
                "lpips": self.lpips.sha256 if self.lpips else "",
                "clips": sha256(self.clips.batch(self._indices(0)).data).hexdigest(),
                "n_clips": self.n_clips,
            }
        )


def _metrics(config: EvaluateConfig, perceptual: Lpips | None) -> list[MetricListed]:
    found = [PSNR, *(m for name, m in SSIM.items() if config.ssim in ("both", name))]
    several = config.nsample > 1
    if perceptual:
        statistics = (*RANKED, "diversity") if several else RANKED
        found.append(MetricListed("lpips", "LPIPS", "", perceptual.convention, False, statistics))
    return [*found, SQUARED] if several else found


def _open(config: EvaluateConfig, device: torch.device) -> list[Subject]:
    """The checkpoints under names of their own. Raises CheckpointError, and StudioError for models of different frames."""
    subjects: list[Subject] = []
    for path in config.model_path:
        found, model = open_model(path, device)
        shape, name = found.config.model, _name(found.path)
        taken = {s.listed.name for s in subjects}
        name = next(n for n in (name, *(f"{name} ({k})" for k in range(2, 99))) if n not in taken)
        if subjects:
            first = subjects[0].found
            ours, theirs = ((m.image_width, m.channels) for m in (shape, first.config.model))
            if ours != theirs:
                raise StudioError(
                    f"{found.path}: takes frames of {ours[0]} px with {ours[1]} channels, {first.path} {theirs[0]} px with "
                    f"{theirs[1]}; evaluate them one by one"
                )
        with found.path.open("rb") as file:
            fingerprint = file_digest(file, "sha256").hexdigest()
        listed = ModelListed(name, found.path, found.step, checkpoint.parameters(model), shape.n_past, shape.prior)
        subjects.append(Subject(listed, found, model, fingerprint))
    return subjects


def _name(path: Path) -> str:
    """What plots call a checkpoint: its file's name, and before it that of its run where there is one."""
    folder = path.absolute().parent
    if folder.name == "checkpoints":
        return f"{folder.parent.name} {path.stem}"
    return f"{folder.name} model" if path.name == "model.pth" else path.stem  # as the authors' scripts call every checkpoint


def _differences(subjects: list[Subject], n_past: int, data: DataConfig | None) -> Iterator[Logged]:
    """Warns of models that were trained for something else."""
    clips = data or subjects[0].found.config.data
    for subject in subjects:
        name, trained = subject.listed.name, subject.found.config
        if trained.model.n_past != n_past:
            yield Logged(f"{name} was trained with n_past={trained.model.n_past} and is given {n_past} frames", "warning")
        other = [k for k, v in trained.data.to_dict().items() if k != "data_root" and v != clips.to_dict()[k]]
        if other:
            yield Logged(f"{name} was trained on other data than it is evaluated on ({', '.join(other)})", "warning")


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """The folder for one evaluation at a time; finds out what is missing before hours of sampling, not after."""
    with needing_imageio():
        import PIL.Image  # noqa: F401
    path = folder / ".evaluation.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError as error:
        raise StudioError(f"{folder}: cannot be written ({error.strerror}); choose another --log_dir") from error
    with file:
        lock(file, f"{folder}: another evaluation writes here; wait for it or choose another --log_dir")
        try:
            yield
        finally:
            file.close()  # first: Windows deletes no file that is open
            path.unlink(missing_ok=True)


def _float64(x: Tensor) -> Scores:
    values: Scores = x.float().cpu().numpy().astype(np.float64)
    return values
