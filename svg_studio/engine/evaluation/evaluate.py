"""The `evaluate` job: measures several checkpoints on the same clips with the same noise, as the literature does."""

from __future__ import annotations

import platform
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from svg_studio import __version__
from svg_studio.engine.config import DataConfig, EvaluateConfig
from svg_studio.engine.data.clips import open_clips, prepare
from svg_studio.engine.data.registry import Clips
from svg_studio.engine.errors import StudioError
from svg_studio.engine.evaluation import figure, progress, report
from svg_studio.engine.evaluation.progress import State
from svg_studio.engine.evaluation.scorer import SURPRISE, Scorer
from svg_studio.engine.evaluation.subjects import Subject, differences, open_subjects
from svg_studio.engine.events import CurvesUpdated, EvaluationStarted, Event, Events, Key, Logged, Progressed, Remedy
from svg_studio.engine.metrics import lpips
from svg_studio.engine.metrics.statistics import Curve, Scores
from svg_studio.engine.utils.device import pick_device, pick_precision, title
from svg_studio.engine.utils.files import clear_parts
from svg_studio.engine.utils.frames import to_float
from svg_studio.engine.utils.malloc import freed_buffers_kept
from svg_studio.engine.utils.workplace import Workplace


def evaluate(config: EvaluateConfig, data: Mapping[str, Any] | None = None) -> Events:
    """Evaluates checkpoints on clips of a split and writes evaluation.json, evaluation.csv and curves.png, .pdf and .svg
    into config.log_dir; without matplotlib no curves.

    `data` replaces single settings of the first checkpoint's data. Sample k of every clip is the future that
    `sampling.futures` gives for seed + k; with batch_stats it depends on the clips of its batch as well.

    Yields EvaluationStarted, Progressed, CurvesUpdated for a model after each batch of clips, EvaluationFinished. When closed,
    and started again with the same settings, checkpoints and clips, it goes on after the last finished batch, with the result
    it would have had; on a CPU to the bit. Raises StudioError (and its kinds).

    Curves, over the imagined frames alone: PSNR, SSIM and, where its weights are there, LPIPS, each for the sample that is
    best in this metric's own mean over the imagined frames, for the worst one, for the mean over samples, and for the
    approximate posterior. Diversity: the mean over all pairs of samples of a clip of their squared distance, itself a mean
    over channels and pixels, and of their LPIPS. Surprise: KL(q ‖ p) of the true clips (engine/sampling/surprise.py).
    """
    device = pick_device(config.device)
    precision = pick_precision(config.precision, device)
    subjects = open_subjects(config.model_path, device, batch_stats=config.batch_stats)
    first = subjects[0].found.config
    n_past = config.n_past or first.model.n_past
    config = replace(config, n_past=n_past, n_future=config.n_future or max(first.n_eval - n_past, 1))
    wanted = config.data or DataConfig.from_dict({**first.data.to_dict(), **(data or {})})
    perceptual, missing = lpips.find(config.lpips_weights)
    folder = Path(config.log_dir).expanduser()
    with _held(folder):
        yield from differences(subjects, n_past, wanted if config.data or data else None)
        yield from prepare(wanted)
        clips = open_clips(
            wanted,
            split=config.split,
            image_width=first.model.image_width,
            channels=first.model.channels,
            n_frames=config.n_past + config.n_future,
            seed=config.seed,
        )
        if missing:
            yield Logged(missing)
        if undrawn := figure.missing():  # said before hours of sampling, not after
            yield Logged(undrawn, "warning")
        scorer = Scorer(config, perceptual.to(device) if perceptual else None, device, precision)
        work = _Evaluation(config, wanted, subjects, clips, scorer)
        with freed_buffers_kept(), closing(work.run(folder, missing, with_curves=not undrawn)) as events:
            yield from events


class _Evaluation:
    """What one job carries from batch to batch."""

    def __init__(
        self,
        config: EvaluateConfig,
        data: DataConfig,
        subjects: list[Subject],
        clips: Clips,
        scorer: Scorer,
    ) -> None:
        self.config, self.data, self.subjects, self.clips, self.scorer = config, data, subjects, clips, scorer
        self.n_clips = min(config.N, len(clips.usable)) if clips.usable is not None else config.N
        self.n_batches = -(-self.n_clips // config.batch_size)
        if config.batch_stats and self.n_clips % config.batch_size == 1:
            raise StudioError(
                f"batch_stats: {self.n_clips} clips in batches of {config.batch_size} leave one alone, which has no statistics; "
                "change N or batch_size"
            )
        self.names = [s.listed.name for s in subjects]
        self.state = State(0, {name: {} for name in self.names})

    def run(self, folder: Path, missing: str, *, with_curves: bool) -> Events:
        config, n_units = self.config, self.n_batches * len(self.subjects)
        key = self._key()
        found = progress.load(folder, key, self.scorer.keys, config.n_future, self._counts)
        if found is None:
            before = [one for one in self.scorer.keys if one[0] != SURPRISE.key]
            found = progress.load(folder, key, before, config.n_future, self._counts)
            if found is not None:
                self.scorer.leave_out(SURPRISE)
                yield Logged("the surprise is left out: the version that began this evaluation did not measure it", "warning")
        if found:
            self.state = found
        elif (folder / progress.NAME).exists():
            yield Logged(f"{folder}: holds an unfinished evaluation of other settings or files, which is begun anew", "warning")
        started = self._started(missing)
        yield started
        yield from self._announce(started)
        for name in self.names[: self.state.units]:
            yield self._updated(name, None)
        yield Progressed(started.done, self._total, "clips", "Evaluating")
        begun = time.monotonic()
        for unit in range(self.state.units, n_units):
            batch, subject = unit // len(self.subjects), self.subjects[unit % len(self.subjects)]
            x = to_float(self.clips.batch(self._indices(batch)), self.scorer.device)  # (T, B, C, H, W)
            scores = yield from self._scored(subject, x, self._done(unit))
            curves = self.state.curves[subject.listed.name]
            for one, of_batch in scores.items():
                curves.setdefault(one, Curve(config.n_future)).add(of_batch)
            self.state.units = unit + 1
            progress.save(folder, key, self.state)
            done = self._done(unit + 1)
            pace = (time.monotonic() - begun) / (done - started.done)
            yield self._updated(subject.listed.name, pace * (self._total - done))
            yield Progressed(done, self._total, "clips", f"Evaluating {subject.listed.name}")
        yield report.write(folder, self._report(started), with_curves=with_curves)
        (folder / progress.NAME).unlink(missing_ok=True)

    def _scored(self, subject: Subject, x: Tensor, done: int) -> Generator[Event, None, dict[Key, Scores]]:
        """The figures of one batch; says after every frame how many clips are done."""
        work = self.scorer.scores(subject.model, x)
        while True:
            try:
                share = next(work)
            except StopIteration as end:
                scores: dict[Key, Scores] = end.value
                return scores
            yield Progressed(done + int(x.shape[1] * share), self._total, "clips", f"Evaluating {subject.listed.name}")

    # ---- what is said

    def _started(self, missing: str) -> EvaluationStarted:
        clips = self.clips
        return EvaluationStarted(
            models=tuple(s.listed for s in self.subjects),
            clips=self.n_clips,
            samples=self.config.nsample,
            metrics=tuple(self.scorer.metrics),
            n_past=self.config.n_past,
            n_future=self.config.n_future,
            done=self._done(self.state.units),
            left_out=clips.count - len(clips.usable) if clips.usable is not None else 0,
            lpips=missing,
            device=title(self.scorer.device),
            precision=self.scorer.precision,
            split=self.config.split,
        )

    def _announce(self, started: EvaluationStarted) -> Iterator[Logged]:
        length = started.n_past + started.n_future
        if started.left_out:
            short = f"{started.left_out:,} of {self.clips.count:,} {started.split} sequences"
            yield Logged(f"{short} have fewer than {length} frames and are left out", "warning")
        if started.clips < self.config.N:
            yield Logged(
                f"N={self.config.N}: there are {started.clips:,} {started.split} clips, which are all evaluated", "warning"
            )
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

    def _report(self, started: EvaluationStarted) -> report.Report:
        versions = {
            "svg-studio": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        }
        return report.Report(
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
        if self.config.split == "test":  # which is not told, as when there was no choice
            settings.pop("split")
        return progress.digest(
            {
                "settings": settings,
                "device": title(self.scorer.device),
                "arithmetic": self.scorer.precision,
                "torch": torch.__version__,
                "models": [[s.listed.name, s.sha256] for s in self.subjects],
                "lpips": self.scorer.lpips.sha256 if self.scorer.lpips else "",
                "clips": sha256(self.clips.batch(self._indices(0)).data).hexdigest(),
                "n_clips": self.n_clips,
            }
        )


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """The folder for one evaluation at a time."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remedy = "wait for that one or choose another log_dir"
        place = Workplace(folder / ".evaluation.lock", folder, "writing an evaluation here", remedy)
    except OSError as error:
        raise StudioError(f"{folder}: cannot be written ({error.strerror})", Remedy(other=("log_dir",))) from error
    with place:
        clear_parts(folder, "evaluation.*", "curves.*")
        yield
