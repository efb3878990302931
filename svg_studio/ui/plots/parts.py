"""Parts of plots over frames: an axis of whole frames, bands, samples of lines, a table of values."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

SAMPLE = (28, 14)  # px of a line shown beside a name
NAME_CHARS = 18  # of a model's name beside its values
Floats = npt.NDArray[np.float64]


class FrameAxis(pg.AxisItem):
    """Ticks at whole frames only."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        return [level for level in super().tickSpacing(minVal, maxVal, size) if level[0] >= 1] or [(1, 0)]


def band(frames: Floats, mean: Floats, interval: Floats) -> QPainterPath:
    """The area mean ± interval, where both are known."""
    known = np.isfinite(mean) & np.isfinite(interval)
    if known.sum() < 2:
        return QPainterPath()
    x, low, high = frames[known], (mean - interval)[known], (mean + interval)[known]
    return pg.arrayToQPath(np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]]))


def rich(rows: Sequence[Sequence[str]]) -> str:
    """A table in the subset of HTML that labels know; long names are cut short in their middle."""
    head, *others = rows
    short = [
        [name if len(name) <= NAME_CHARS else f"{name[: NAME_CHARS // 2]}…{name[-NAME_CHARS // 2 :]}", *r] for name, *r in others
    ]
    lines = ["".join(f"<td>{html.escape(cell)}&nbsp;&nbsp;</td>" for cell in row) for row in (head, *short)]
    return f"<table cellspacing=0>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def drawn_line(pen: QPen, width: int = SAMPLE[0]) -> QPixmap:
    """A piece of a line, `width` px long."""
    picture = QPixmap(QSize(width, SAMPLE[1]) * 2)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setPen(pen)
    painter.drawLine(0, SAMPLE[1] // 2, width, SAMPLE[1] // 2)
    painter.end()
    return picture


def sample(colour: QColor, style: Qt.PenStyle) -> QIcon:
    """What a line looks like."""
    return QIcon(drawn_line(QPen(colour, 2, style, Qt.PenCapStyle.FlatCap)))
