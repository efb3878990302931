"""The window's icons: files of resources/icons/, in the colour that is asked for."""

from __future__ import annotations

import functools

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from svg_studio.paths import resource


def icon(name: str, color: str, size: int = 16) -> QIcon:
    """The icon of a button, fainter where that is disabled, sharp at single and double density."""
    result = QIcon()
    for ratio in (1.0, 2.0):
        picture = pixmap(name, color, size, ratio)
        result.addPixmap(picture)
        result.addPixmap(_faint(picture), QIcon.Mode.Disabled)
    return result


def pixmap(name: str, color: str, size: int = 16, ratio: float = 1.0) -> QPixmap:
    """The icon as a pixmap of `size` device-independent pixels."""
    drawing = QSvgRenderer(svg(name, color))  # before there is a painter, which must not be active when a name is wrong
    picture = QPixmap(QSize(size, size) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    drawing.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture


def paint(painter: QPainter, name: str, rect: QRectF, color: str) -> None:
    """Draws the icon into `rect`."""
    QSvgRenderer(svg(name, color)).render(painter, rect)


def svg(name: str, color: str) -> bytes:
    """The file of the icon in `color`, which is #rrggbb."""
    return _file(name).replace(b"currentColor", color.encode())


@functools.cache
def _file(name: str) -> bytes:
    path = resource(f"icons/{name}.svg")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise LookupError(f"no icon is called {name!r}: {path} is missing") from None


def _faint(picture: QPixmap) -> QPixmap:
    """A copy of which little shows: lines that cross do not show more there, as they would if each were drawn faintly."""
    copy = picture.copy()
    painter = QPainter(copy)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.fillRect(copy.rect(), QColor(0, 0, 0, 90))
    painter.end()
    return copy
