"""Draws the icons as vector paths on a 16 × 16 grid, because no font can be relied on to have them."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

Draw = Callable[[QPainterPath, QPainterPath], None]  # draws lines into the first path and filled shapes into the second


def icon(name: str, color: str, size: int = 16) -> QIcon:
    """The icon called `name` (a key of ICONS) in `color`, sharp at single and double density."""
    result = QIcon()
    faint = QColor(color)
    faint.setAlpha(90)
    for ratio in (1.0, 2.0):
        result.addPixmap(pixmap(name, color, size, ratio))
        result.addPixmap(pixmap(name, faint, size, ratio), QIcon.Mode.Disabled)
    return result


def pixmap(name: str, color: str | QColor, size: int = 16, ratio: float = 1.0) -> QPixmap:
    """The icon as a pixmap of `size` device-independent pixels."""
    picture = QPixmap(QSize(size, size) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint(painter, name, QRectF(0, 0, size, size), color)
    painter.end()
    return picture


def paint(painter: QPainter, name: str, rect: QRectF, color: str | QColor) -> None:
    """Draws the icon into `rect`."""
    lines, fill = QPainterPath(), QPainterPath()
    ICONS[name](lines, fill)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.topLeft())
    painter.scale(rect.width() / 16, rect.height() / 16)
    painter.fillPath(fill, QColor(color))
    pen = QPen(QColor(color), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(lines, pen)
    painter.restore()


def _line(path: QPainterPath, *points: tuple[float, float]) -> None:
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)


def _area(path: QPainterPath, *points: tuple[float, float]) -> None:
    _line(path, *points)
    path.closeSubpath()


def _play(lines: QPainterPath, fill: QPainterPath) -> None:
    _area(fill, (4.5, 2.5), (13.5, 8), (4.5, 13.5))


def _pause(lines: QPainterPath, fill: QPainterPath) -> None:
    fill.addRoundedRect(3.5, 2.5, 3.4, 11, 0.8, 0.8)
    fill.addRoundedRect(9.1, 2.5, 3.4, 11, 0.8, 0.8)


def _first(lines: QPainterPath, fill: QPainterPath) -> None:
    fill.addRect(2.5, 3, 1.8, 10)
    _area(fill, (13.5, 3), (13.5, 13), (5.5, 8))


def _last(lines: QPainterPath, fill: QPainterPath) -> None:
    fill.addRect(11.7, 3, 1.8, 10)
    _area(fill, (2.5, 3), (2.5, 13), (10.5, 8))


def _back(lines: QPainterPath, fill: QPainterPath) -> None:
    _area(fill, (10.5, 3), (10.5, 13), (4, 8))


def _forward(lines: QPainterPath, fill: QPainterPath) -> None:
    _area(fill, (5.5, 3), (5.5, 13), (12, 8))


def _loop(lines: QPainterPath, fill: QPainterPath) -> None:
    _line(lines, (2.5, 7.5), (2.5, 6.5), (4.5, 4.5), (13, 4.5))
    _line(lines, (10.8, 2.2), (13.2, 4.5), (10.8, 6.8))
    _line(lines, (13.5, 8.5), (13.5, 9.5), (11.5, 11.5), (3, 11.5))
    _line(lines, (5.2, 9.2), (2.8, 11.5), (5.2, 13.8))


def _left(lines: QPainterPath, fill: QPainterPath) -> None:
    _line(lines, (10, 3), (5, 8), (10, 13))


def _right(lines: QPainterPath, fill: QPainterPath) -> None:
    _line(lines, (6, 3), (11, 8), (6, 13))


def _up(lines: QPainterPath, fill: QPainterPath) -> None:
    _line(lines, (3, 10.5), (8, 5.5), (13, 10.5))


def _down(lines: QPainterPath, fill: QPainterPath) -> None:
    _line(lines, (3, 5.5), (8, 10.5), (13, 5.5))


def _shuffle(lines: QPainterPath, fill: QPainterPath) -> None:
    _line(lines, (2, 4.5), (4.5, 4.5), (10.5, 11.5), (13.5, 11.5))
    _line(lines, (2, 11.5), (4.5, 11.5), (6.3, 9.4))
    _line(lines, (8.7, 6.6), (10.5, 4.5), (13.5, 4.5))
    _line(lines, (11.8, 2.6), (13.8, 4.5), (11.8, 6.4))
    _line(lines, (11.8, 9.6), (13.8, 11.5), (11.8, 13.4))


def _dice(lines: QPainterPath, fill: QPainterPath) -> None:
    lines.addRoundedRect(2.2, 2.2, 11.6, 11.6, 2.4, 2.4)
    for x, y in ((5.3, 5.3), (10.7, 5.3), (8, 8), (5.3, 10.7), (10.7, 10.7)):
        fill.addEllipse(QPointF(x, y), 1.15, 1.15)


def _star_points() -> list[tuple[float, float]]:
    radii = (6.6, 2.9)
    turn = [(radii[i % 2], math.pi * i / 5) for i in range(10)]
    return [(8 + r * math.sin(a), 8.4 - r * math.cos(a)) for r, a in turn]


def _star(lines: QPainterPath, fill: QPainterPath) -> None:
    _area(fill, *_star_points())


def _star_outline(lines: QPainterPath, fill: QPainterPath) -> None:
    _area(lines, *_star_points())


def _close(lines: QPainterPath, fill: QPainterPath) -> None:
    _line(lines, (4, 4), (12, 12))
    _line(lines, (12, 4), (4, 12))


def _info(lines: QPainterPath, fill: QPainterPath) -> None:
    lines.addEllipse(QPointF(8, 8), 6.2, 6.2)
    fill.addEllipse(QPointF(8, 5), 1.0, 1.0)
    _line(lines, (8, 7.8), (8, 11.4))


def _warning(lines: QPainterPath, fill: QPainterPath) -> None:
    _area(lines, (8, 2.2), (14.3, 13.4), (1.7, 13.4))
    _line(lines, (8, 6.6), (8, 9.4))
    fill.addEllipse(QPointF(8, 11.4), 0.95, 0.95)


def _check(lines: QPainterPath, fill: QPainterPath) -> None:
    _line(lines, (3, 8.5), (6.5, 12), (13, 4.5))


def _folder(lines: QPainterPath, fill: QPainterPath) -> None:
    _area(lines, (1.8, 3.2), (6, 3.2), (7.6, 5), (14.2, 5), (14.2, 13), (1.8, 13))


def _export(lines: QPainterPath, fill: QPainterPath) -> None:
    _line(lines, (8, 10), (8, 2.2))
    _line(lines, (4.8, 5.2), (8, 2), (11.2, 5.2))
    _line(lines, (2.5, 9.5), (2.5, 13.6), (13.5, 13.6), (13.5, 9.5))


def _download(lines: QPainterPath, fill: QPainterPath) -> None:
    _line(lines, (8, 2), (8, 10))
    _line(lines, (4.8, 7), (8, 10.2), (11.2, 7))
    _line(lines, (2.5, 9.5), (2.5, 13.6), (13.5, 13.6), (13.5, 9.5))


def _stop(lines: QPainterPath, fill: QPainterPath) -> None:
    fill.addRoundedRect(3.5, 3.5, 9, 9, 1.2, 1.2)


def _trash(lines: QPainterPath, fill: QPainterPath) -> None:
    _line(lines, (2.5, 4.2), (13.5, 4.2))
    _line(lines, (6, 4), (6, 2.2), (10, 2.2), (10, 4))
    _line(lines, (4, 4.2), (4.7, 13.8), (11.3, 13.8), (12, 4.2))


def _futures(lines: QPainterPath, fill: QPainterPath) -> None:
    # one past that forks into three
    _line(lines, (1.8, 8), (6, 8))
    for y in (3, 8, 13):
        _line(lines, (6, 8), (9.5, y), (12, y))
        fill.addEllipse(QPointF(13, y), 1.5, 1.5)


def _train(lines: QPainterPath, fill: QPainterPath) -> None:
    _line(lines, (2.2, 2), (2.2, 13.8), (14, 13.8))
    curve = QPainterPath(QPointF(4.5, 3.2))
    curve.cubicTo(5.4, 10, 8, 10.6, 13.5, 11)
    lines.addPath(curve)


def _data(lines: QPainterPath, fill: QPainterPath) -> None:
    lines.addEllipse(QRectF(2.4, 1.8, 11.2, 4.2))
    for y in (8.0, 12.0):
        curve = QPainterPath(QPointF(2.4, y))
        curve.cubicTo(2.4, y + 2.8, 13.6, y + 2.8, 13.6, y)
        lines.addPath(curve)
    _line(lines, (2.4, 4), (2.4, 12))
    _line(lines, (13.6, 4), (13.6, 12))


def _evaluate(lines: QPainterPath, fill: QPainterPath) -> None:
    _line(lines, (2, 13.8), (14, 13.8))
    for x, top in ((3, 8.5), (7, 4.5), (11, 6.5)):
        fill.addRect(x, top, 2.4, 12.4 - top)


def _runs(lines: QPainterPath, fill: QPainterPath) -> None:
    for y in (3.5, 8.0, 12.5):
        fill.addEllipse(QPointF(3, y), 1.3, 1.3)
        _line(lines, (6.4, y), (14, y))


ICONS: dict[str, Draw] = {
    "play": _play,
    "pause": _pause,
    "first": _first,
    "last": _last,
    "back": _back,
    "forward": _forward,
    "loop": _loop,
    "chevron-left": _left,
    "chevron-right": _right,
    "chevron-up": _up,
    "chevron-down": _down,
    "shuffle": _shuffle,
    "dice": _dice,
    "star": _star,
    "star-outline": _star_outline,
    "close": _close,
    "info": _info,
    "warning": _warning,
    "check": _check,
    "folder": _folder,
    "export": _export,
    "download": _download,
    "stop": _stop,
    "trash": _trash,
    "futures": _futures,
    "train": _train,
    "data": _data,
    "evaluate": _evaluate,
    "runs": _runs,
}
