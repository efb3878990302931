"""Parts of plots: bands, samples of lines, a table of values."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QSlider

from svg_studio.engine.utils.wording import shown
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import Act, slider

SAMPLE = (28, 14)  # px of a line shown beside a name
NAME_CHARS = 18  # of a model's name beside its values
SMOOTHEST = 100  # slider's end: decay = 1 - 10^(-3 · position / SMOOTHEST)
Floats = npt.NDArray[np.float64]


def band(frames: Floats, mean: Floats, interval: Floats) -> QPainterPath:
    """The area mean ± interval, where both are known."""
    known = np.isfinite(mean) & np.isfinite(interval)
    if known.sum() < 2:
        return QPainterPath()
    x, low, high = frames[known], (mean - interval)[known], (mean + interval)[known]
    area: QPainterPath = pg.arrayToQPath(np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]]))
    return area


def mixed(colour: str, ground: str, part: float) -> QColor:
    """`colour` with so much of the `ground` in it, and opaque: pyqtgraph takes long to draw what is not."""
    a, b = QColor(colour), QColor(ground)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x + (y - x) * part) for x, y in pairs))


def wrapped(text: str, fits: Callable[[str], bool]) -> list[str]:
    """The words in as few lines as `fits` allows, all of them about equally long: no word is left alone in the last one."""
    words = text.split()
    for width in range(len(text), 0, -1):
        if all(map(fits, lines := textwrap.wrap(text, width, break_long_words=False))) or len(lines) == len(words):
            break
    else:
        return [text] if text else []
    for less in range(width, 0, -1):  # as narrow as they are in that many lines
        if len(narrower := textwrap.wrap(text, less, break_long_words=False)) > len(lines):
            break
        lines = narrower
    return lines


def dress_losses(
    raw: pg.PlotDataItem, smooth: pg.PlotDataItem, test: pg.PlotDataItem, pen: QPen, mark: str = "o", size: int = 8
) -> None:
    """The raw curve faint behind the smooth one, and test losses as marks, in the colour of `pen`."""
    faint = QColor(pen.color())
    faint.setAlpha(60)
    raw.setPen(pg.mkPen(faint, width=1))
    smooth.setPen(pen)
    test.setPen(None)
    test.setSymbol(mark)
    test.setSymbolSize(size)
    test.setSymbolBrush(pg.mkBrush(theme.colors().surface))
    test.setSymbolPen(pg.mkPen(pen.color(), width=2))


def smoothing_slider(act: Act) -> QSlider:
    """How strongly losses are smoothed."""
    return slider(
        "Smoothing", "Exponential moving average over steps; the raw curve stays visible behind it", act, maximum=SMOOTHEST
    )


def rich(rows: Sequence[Sequence[str]]) -> str:
    """A table in the subset of HTML that labels know; long names are cut short in their middle."""
    head, *others = rows
    short = [
        [name if len(name) <= NAME_CHARS else f"{name[: NAME_CHARS // 2]}…{name[-NAME_CHARS // 2 :]}", *r] for name, *r in others
    ]
    lines = ["".join(f"<td>{html.escape(shown(cell))}&nbsp;&nbsp;</td>" for cell in row) for row in (head, *short)]
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
