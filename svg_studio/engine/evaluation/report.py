"""What an evaluation leaves behind: evaluation.json, evaluation.csv, and the curves as PNG, PDF and SVG."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from svg_studio.engine.evaluation.figure import COLOURS, INK, Dash, Panel, Series, encode, figure
from svg_studio.engine.events import EvaluationFinished, EvaluationStarted, Key, MetricListed
from svg_studio.engine.metrics.statistics import Curve
from svg_studio.engine.utils.files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMAT, VERSION = "svg-studio evaluation", 1
INTERVAL = "1.96 · std / √n over clips, std with n - 1"
STATISTICS = {
    "best": "of each clip the sample that is best in this metric's mean over the imagined frames",
    "average": "mean over the samples of each clip",
    "worst": "of each clip the sample that is worst in this metric's mean over the imagined frames",
    "posterior": "the approximate posterior: own predictions fed back, z the posterior's mean of the true frame",
    "diversity": "mean over all pairs of samples of a clip, which are compared with each other and not with the truth",
    "truth": "of the true clip, in which no sample has a part",
}
ALONE = {"diversity", "truth"}  # each in panels of its own, in which nothing is better or worse
BATCH_NORM = {False: "running statistics", True: "statistics of each batch of clips, one sample of each at a time"}
DASHES: dict[str, Dash] = {"best": "solid", "average": "dashed", "worst": "dotted", "posterior": "dashdot"}
DASHES |= dict.fromkeys(("diversity", "truth"), "solid")
OPACITY = {"best": 0.24, "diversity": 0.24, "truth": 0.24}  # of bands; the others' are faint, so that these stay legible
COLUMNS = ("model", "metric", "convention", "statistic", "t", "mean", "interval", "n")


@dataclass(frozen=True)
class Report:
    """What was found. `curves`: model → (metric, statistic) → curve; settings and the rest are plain data."""

    started: EvaluationStarted
    curves: Mapping[str, Mapping[Key, Curve]]
    settings: Mapping[str, Any]
    fingerprints: Mapping[str, str]  # model → SHA-256 of its checkpoint
    architectures: Mapping[str, Mapping[str, Any]]  # model → ModelConfig.to_dict()
    versions: Mapping[str, str]
    asked: int  # clips asked for


def write(folder: Path, report: Report, *, with_curves: bool) -> EvaluationFinished:
    """Writes the files, each whole or not at all, those of the curves if they are asked for. Raises ExportError."""
    table = io.StringIO(newline="")
    csv.writer(table).writerows([COLUMNS, *rows(report)])
    plain = json.dumps(to_plain(report), indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    # Names of files may have bytes that are no UTF-8; backslashes are JSON's own escapes for them.
    texts = {"evaluation.json": plain, "evaluation.csv": table.getvalue()}
    files = [_written(folder / name, text.encode(errors="backslashreplace")) for name, text in texts.items()]
    if with_curves:
        files += [_written(folder / f"curves.{kind}", content) for kind, content in encode(draw(report)).items()]
    return EvaluationFinished(*files)


def _written(path: Path, content: bytes) -> Path:
    with replacing(path) as part:
        part.write_bytes(content)
    return path


def to_plain(report: Report) -> dict[str, Any]:
    """What evaluation.json holds; a figure that does not exist, such as the interval of one clip, is null."""
    started = report.started
    models = [
        {
            "name": m.name,
            "path": str(m.path),
            "step": m.step,
            "sha256": report.fingerprints[m.name],
            "parameters": m.parameters,
            "model": dict(report.architectures[m.name]),
        }
        for m in started.models
    ]
    metrics = {
        m.key: {"title": m.title, "unit": m.unit, "convention": m.convention, "higher_is_better": m.higher_is_better}
        for m in started.metrics
    }
    return {
        "format": FORMAT,
        "version": VERSION,
        "clips": {
            "split": started.split,
            "asked": report.asked,
            "evaluated": started.clips,
            "sequences_too_short": started.left_out,
        },
        "samples": started.samples,
        "n_past": started.n_past,
        "n_future": started.n_future,
        "t": list(range(started.n_past, started.n_past + started.n_future)),
        "models": models,
        "metrics": metrics,
        "lpips": started.lpips or "computed",
        "batch_norm": BATCH_NORM[bool(report.settings.get("batch_stats"))],
        "statistics": STATISTICS,
        "interval": INTERVAL,
        "curves": [
            {
                "model": model,
                "metric": key[0],
                "statistic": key[1],
                "n": curve.count,
                "mean": _numbers(curve.mean),
                "interval": _numbers(curve.interval),
                "overall": dict(zip(("mean", "interval"), _numbers(curve.overall), strict=True)),
            }
            for model, curves in report.curves.items()
            for key, curve in curves.items()
        ],
        "settings": dict(report.settings),
        "device": started.device,
        "precision": started.precision,
        "versions": dict(report.versions),
    }


def rows(report: Report) -> Iterable[tuple[object, ...]]:
    """What evaluation.csv holds below its head: a row for every model, metric, statistic and frame t (from 0)."""
    conventions = {m.key: m.convention for m in report.started.metrics}
    for model, curves in report.curves.items():
        for (metric, statistic), curve in curves.items():
            for t, (mean, interval) in enumerate(zip(_numbers(curve.mean), _numbers(curve.interval), strict=True)):
                frame = report.started.n_past + t
                yield model, metric, conventions[metric], statistic, frame, mean, interval, curve.count


def draw(report: Report) -> Figure:
    """The curves: a panel for each metric, and for each kind of diversity."""
    started = report.started
    colours = {m.name: COLOURS[i] for i, m in enumerate(started.models)}
    panels = []
    for metric in started.metrics:
        for wanted in (set(metric.statistics) - ALONE, *({one} for one in metric.statistics if one in ALONE)):
            lines = [
                Series(curve.mean, curve.interval, colours[model], DASHES[statistic], OPACITY.get(statistic, 0.07))
                for model, curves in report.curves.items()
                for (key, statistic), curve in curves.items()
                if key == metric.key and statistic in wanted
            ]
            if lines:
                panels.append(Panel(_title(metric, wanted), lines, metric.convention))
    used = {statistic for curves in report.curves.values() for _, statistic in curves} - ALONE
    words = {
        "best": f"best of {started.samples}",
        "worst": f"worst of {started.samples}",
        "posterior": "posterior's reconstruction",
    }
    legend = [(m.name, Series((), colour=colours[m.name])) for m in started.models]
    legend += [("", Series((), dash="none"))]
    legend += [(words.get(s, s), Series((), colour=INK, dash=DASHES[s])) for s in DASHES if s in used]
    note = f"{started.clips} {started.split} clips, {started.samples} samples of each; bands: 95 % interval, {INTERVAL}"
    if report.settings.get("batch_stats"):
        note += f"; BatchNorm: {BATCH_NORM[True]}"
    label = f"frame, counted from 0; the first {started.n_past} were given"
    return figure(panels, legend, x0=started.n_past, x_label=label, note=note)


def _title(metric: MetricListed, wanted: set[str]) -> str:
    unit = f" ({metric.unit})" if metric.unit else ""
    arrow = "" if wanted & ALONE else ", higher is better" if metric.higher_is_better else ", lower is better"
    return f"{'Diversity of samples: ' if 'diversity' in wanted else ''}{metric.title}{unit}{arrow}"


def _numbers(values: Iterable[float]) -> list[float | None]:
    return [v if math.isfinite(v) else None for v in values]
