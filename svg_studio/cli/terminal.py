"""Prints events as lines and a progress bar on stderr."""

from __future__ import annotations

import math
import sys
from types import TracebackType
from typing import Any

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.events import (
    Awaited,
    CheckpointSaved,
    CurvesUpdated,
    EpochFinished,
    EvaluationFinished,
    EvaluationStarted,
    Event,
    FileDownloaded,
    FileExported,
    Logged,
    PreviewSaved,
    Progressed,
    RunFinished,
    RunStarted,
    SourceNoted,
    SourceSkipped,
    StepFinished,
    StoreConverted,
    StoreVerified,
)
from svg_studio.engine.training.memory import estimate
from svg_studio.engine.utils.wording import SENTENCE, count_of, duration, extent, masked, shown


class Terminal:
    """Shows events; with tqdm installed and a terminal to draw on, progress is a bar, otherwise it is left out."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._steps = 0
        self._awaited = ""  # what was said of a wait; not again for every look

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end_bar()

    def show(self, event: Event) -> None:
        """One event: a line, a move of the bar, or nothing."""
        match event:
            case Logged(text, level):
                self.line(text if level == "info" else f"{level}: {text}")
            case Awaited(text):
                if text and text != self._awaited:
                    self._awaited = text
                    self.line(text)
            case Progressed(done, total, unit, doing):
                self._progress(done, total, unit, doing)
            case RunStarted(run, config, parameters, device, precision, steps):
                self._steps = steps
                most = estimate(TrainConfig.from_dict(config), bf16=precision == "bf16", gpu=event.gpu)
                self.line(
                    f"{run}: {parameters:,} parameters, {device}, {precision}, {steps:,} steps, about {most / 1e9:.1f} GB of memory"
                )
            case StepFinished():
                self._progress(event.step, self._steps, "steps", f"loss {event.loss:.5f} mse {event.mse:.5f} kld {event.kld:.3f}")
            case EpochFinished():
                self.line(
                    f"epoch {event.epoch}, step {event.step}: test loss {event.test_loss:.5f},"
                    f" mse {event.test_mse:.5f}, kld {event.test_kld:.4f}"
                )
            case CheckpointSaved(path, step, kind) if kind != "best":
                self.line(f"step {step}: {path}")
            case PreviewSaved(step, png, _):
                self.line(f"step {step}: {png}")
            case SourceSkipped(source, reason):
                self.line(f"left out {source}: {reason}")
            case SourceNoted(source, note):
                self.line(f"note: {source}: {note}")
            case StoreConverted(path, sequences, frames, skipped, report, notes):
                counts = ", ".join(f"{split} {extent(n, frames[split])}" for split, n in sequences.items())
                more = [f"{skipped:,} left out"] if skipped else []
                more += [count_of(notes, "note")] if notes else []
                self.line(f"{path}: {counts}" + (f"; {' and '.join(more)}, see {report}" if more else ""))
            case StoreVerified(path, sequences, frames, problems):
                for problem in problems:
                    self.line(problem)
                verdict = (
                    f"{count_of(len(problems), 'problem')}; run Convert again with --replace"
                    if problems
                    else "all as it was converted"
                )
                self.line(f"{path}: {extent(sequences, frames)}, {verdict}")
            case FileDownloaded(path, size) | FileExported(path, size):
                self.line(f"{path} ({size:,} bytes)")
            case EvaluationStarted():
                self._evaluation(event)
            case CurvesUpdated(model, clips):
                figures = [f"{key} {figure(*event.overall[key, 'best'])}" for key, kind in event.overall if kind == "best"]
                others = [f"; {key} {figure(*event.overall[key, 'truth'])}" for key, kind in event.overall if kind == "truth"]
                left = "" if not event.seconds_left else f", about {duration(event.seconds_left)} left"
                self.line(f"{model}: {clips:,} clips, best {', '.join(figures)}{''.join(others)}{left}")
            case EvaluationFinished():
                for path in filter(None, (event.json, event.csv, event.png, event.pdf, event.svg)):
                    self.line(str(path))
            case RunFinished(run, step):
                self.line(f"{run}: finished after {step} steps")
            case _:
                pass

    def _evaluation(self, event: EvaluationStarted) -> None:
        """What is evaluated, and by which conventions."""
        for model in event.models:
            self.line(f"{model.name}: {model.path}, step {model.step:,}, {model.parameters:,} parameters")
        self.line(
            f"{event.clips:,} {event.split} clips, {event.samples:,} samples of each, {event.n_past} frames given,"
            f" {event.n_future} imagined, {event.device}, {event.precision}"
        )
        for metric in event.metrics:
            self.line(f"{metric.key}: {metric.convention}")

    def line(self, text: str) -> None:
        """One line, above the bar where there is one."""
        if self._bar is not None:
            self._bar.clear()
        print(shown(masked(text), SENTENCE), file=sys.stderr, flush=True)

    def _progress(self, done: int, total: int, unit: str, doing: str) -> None:
        if not total or not sys.stderr.isatty():
            return
        try:
            from tqdm import tqdm
        except ImportError:
            return
        if self._bar is None or self._bar.total != total or self._bar.unit != f" {unit}":
            self._end_bar()
            self._bar = tqdm(total=total, unit=f" {unit}", unit_scale=unit == "bytes", leave=False, dynamic_ncols=True)
        self._bar.set_description_str(shown(masked(doing), 60), refresh=False)
        self._bar.update(done - self._bar.n)

    def _end_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def figure(mean: float, interval: float) -> str:
    """Such as "18.95 ± 0.26", to four significant digits; without the interval where there is none."""
    return f"{mean:.4g}" if math.isnan(interval) else f"{mean:.4g} ± {interval:.2g}"
