"""The table of an evaluation: mean ± interval of every statistic for each model and metric."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidgetItem, QWidget

from svg_studio.engine.events import Key, MetricListed
from svg_studio.ui.evaluate.results_file import STATISTICS
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import named
from svg_studio.ui.widgets.copy_table import CopyTable
from svg_studio.ui.widgets.table_looks import Room

TIPS = {
    "best": "Of each clip the sample that is best in this metric's mean over the imagined frames",
    "average": "Mean over the samples of each clip",
    "worst": "Of each clip the sample that is worst in this metric's mean over the imagined frames",
    "posterior": "The approximate posterior: own predictions fed back, z the posterior's mean of the true frame",
    "diversity": "Mean over all pairs of samples of a clip, which are compared with each other and not with the truth",
    "truth": "Of the true clip, in which no sample has a part",
}
ALONE = {"diversity", "truth"}  # statistics in which nothing is better or worse
MODEL, METRIC = 0, 1  # the columns with names, which take what room is left
LEAST_MODEL, MOST_METRIC = 60, 240  # px
NONE = (math.nan, math.nan)


class ResultsTable(CopyTable):
    """Means over the imagined frames with 95 % intervals over clips. Copies as tab-separated text with a head."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: tuple[str, ...] = ()
        self._metrics: tuple[MetricListed, ...] = ()
        self._columns: tuple[str, ...] = ()
        self._overall: dict[str, Mapping[Key, tuple[float, float]]] = {}
        tip = "Mean over the imagined frames ± half the 95 % interval over clips. Ctrl+C copies the selected rows, or all."
        named(self, "Figures: mean and 95 % interval over the imagined frames", tip)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.verticalHeader().hide()
        self._room = Room(self, {MODEL: LEAST_MODEL})

    def begin(self, models: Sequence[str], metrics: Sequence[MetricListed], samples: int) -> None:
        """Rows for these models and metrics, without figures yet."""
        self._models, self._metrics, self._overall = tuple(models), tuple(metrics), {}
        self._columns = tuple(s for s in STATISTICS if any(s in m.statistics for m in metrics))
        self.clear()
        self.setColumnCount(2 + len(self._columns))
        self.setRowCount(len(self._models) * len(self._metrics))
        titles = [f"{s} of {samples:,}" if s in ("best", "worst") else s for s in self._columns]
        for column, text in enumerate(("Model", "Metric", *titles)):
            head = QTableWidgetItem(text)
            head.setToolTip(TIPS.get(self._columns[column - 2], "") if column > 1 else "")
            self.setHorizontalHeaderItem(column, head)
        for row, (model, metric) in enumerate(self._rows()):
            arrow = "" if set(metric.statistics) <= ALONE else " ↑" if metric.higher_is_better else " ↓"
            convention = metric.convention
            words = f"{metric.title}{f', {metric.unit}' if metric.unit else ''}{arrow}"
            alike = [m.convention for m in metrics if m.title == metric.title]
            if len(alike) > 1:  # SSIM in two conventions: the row names which
                words += f" {in_short(convention) if len({*map(in_short, alike)}) == len(alike) else convention}"
            better = "higher" if metric.higher_is_better else "lower"
            self.write(row, 0, model, model)
            self.write(row, 1, words, f"{convention}{f'; {better} is better' if arrow else ''}")
            for column in range(2, self.columnCount()):
                self.write(row, column, "", "")
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column in (MODEL, METRIC):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
        self._room.share({MODEL: LEAST_MODEL, METRIC: min(self.sizeHintForColumn(METRIC), theme.scaled(MOST_METRIC))})

    def put(self, model: str, clips: int, overall: Mapping[Key, tuple[float, float]]) -> None:
        """The newest figures of one model, over `clips` clips."""
        self._overall[model] = overall
        for row, (name, metric) in enumerate(self._rows()):
            if name != model:
                continue
            for column, statistic in enumerate(self._columns, 2):
                mean, interval = overall.get((metric.key, statistic), NONE)
                words = f"{mean:.8g} ± {interval:.3g} {metric.unit}".rstrip() if mean == mean else "not computed"
                tip = f"{words}, {clips:,} clips\n{metric.convention}"
                self.write(row, column, figure(mean, interval), tip)

    def lines(self) -> list[list[str]]:
        """The selected rows, or all of them; intervals have columns of their own."""
        chosen = {index.row() for index in self.selectedIndexes()} or set(range(self.rowCount()))
        lines = [["model", "metric", "unit", "convention", *(h for s in self._columns for h in (s, f"{s} ±"))]]
        for row, (model, metric) in enumerate(self._rows()):
            if row in chosen:
                pairs = [self._overall.get(model, {}).get((metric.key, s), NONE) for s in self._columns]
                figures = [f"{value:.8g}" if math.isfinite(value) else "" for pair in pairs for value in pair]
                lines.append([*(" ".join(t.split()) for t in (model, metric.title, metric.unit, metric.convention)), *figures])
        return lines

    def _rows(self) -> list[tuple[str, MetricListed]]:
        return [(model, metric) for model in self._models for metric in self._metrics]


def in_short(convention: str) -> str:
    """What tells one convention from another, such as "7×7 uniform"; all of it is in the tip."""
    return convention.partition(",")[0].removesuffix(" window")


def figure(mean: float, interval: float) -> str:
    """Such as 21.34 ± 0.45; without an interval where one clip gives none, and nothing where there is no mean."""
    if not math.isfinite(mean):
        return "–"
    if not (math.isfinite(interval) and interval > 0):
        return f"{mean:.4g} ± 0" if interval == 0 else f"{mean:.4g}"
    digits = min(max(1 - math.floor(math.log10(interval)), 0), 8)  # two digits of the interval, and as many of the mean
    return f"{mean:.{digits}f} ± {interval:.{digits}f}"
