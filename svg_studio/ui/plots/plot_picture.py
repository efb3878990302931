"""Paints a plot with its legend, as pixels or as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPicture, QPixmap
from PySide6.QtSvg import QSvgGenerator

from svg_studio.engine.events import Frames
from svg_studio.engine.utils.wording import shown
from svg_studio.ui.style import theme

if TYPE_CHECKING:
    from svg_studio.ui.plots.styled_plot import StyledPlot

SHARP = 2  # pixels of a picture to one of the screen, each way
LINE, PAD, GAP = 20, 8, 16  # px: a line of the legend, around it, between two entries
Entry = tuple[QPixmap | None, str]  # what a curve looks like, and what it is


def picture(plot: StyledPlot) -> QImage:
    """The plot as it is seen, without what is being read, its legend above it."""
    size = _size(plot)
    image = QImage(size * SHARP, QImage.Format.Format_RGB888)
    image.setDevicePixelRatio(SHARP)
    painter = QPainter(image)
    _paint(plot, painter)
    painter.end()
    return image


def drawing(plot: StyledPlot) -> bytes:
    """The same as an SVG file."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(QPicture().logicalDpiX())  # in which axes are recorded: at another they would be of another size
    generator.setSize(_size(plot))
    generator.setViewBox(QRect(0, 0, _size(plot).width(), _size(plot).height()))
    generator.setTitle(shown(plot.accessibleName()))
    painter = QPainter(generator)
    _paint(plot, painter)
    painter.end()
    buffer.close()
    return bytes(content.data())


def pixels(image: QImage) -> Frames:
    """(H, W, 3)."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(image.constBits(), np.uint8, image.sizeInBytes())
    rows: Frames = flat.reshape(image.height(), image.bytesPerLine())[:, : 3 * image.width()]
    return rows.reshape(image.height(), image.width(), 3).copy()


def _paint(plot: StyledPlot, painter: QPainter) -> None:
    c, size = theme.colors(), _size(plot)
    painter.fillRect(QRect(0, 0, size.width(), size.height()), QColor(c.surface))
    painter.setFont(_font(plot))
    painter.setPen(QColor(c.text))
    top = size.height() - plot.height()
    for (sample, words), place in zip(plot.legend(), _places(plot), strict=True):
        x = place.left()
        if sample is not None:
            width = sample.width() / sample.devicePixelRatio()
            height = sample.height() / sample.devicePixelRatio()
            painter.drawPixmap(QPointF(x, place.center().y() - height / 2), sample)
            x += width + 6
        painter.drawText(QRectF(x, place.top(), place.right() - x + GAP, LINE), Qt.AlignmentFlag.AlignVCenter, shown(words))
    hidden = [item for item in plot.pointers if item.isVisible()]
    for item in hidden:
        item.hide()
    plot.render(painter, QRectF(0, top, plot.width(), plot.height()), plot.viewport().rect())
    for item in hidden:
        item.show()


def _size(plot: StyledPlot) -> QSize:
    places = _places(plot)
    return QSize(plot.width(), plot.height() + (round(places[-1].bottom()) + PAD // 2 if places else 0))


def _places(plot: StyledPlot) -> list[QRectF]:
    """Of the entries of the legend, in lines as wide as the plot."""
    metrics, found = QFontMetrics(_font(plot)), list[QRectF]()
    x, y = float(PAD), PAD / 2
    for sample, words in plot.legend():
        width = metrics.horizontalAdvance(shown(words)) + (sample.width() / sample.devicePixelRatio() + 6 if sample else 0)
        if x > PAD and x + width > plot.width() - PAD:
            x, y = float(PAD), y + LINE
        found.append(QRectF(x, y, width, LINE))
        x += width + GAP
    return found


def _font(plot: StyledPlot) -> QFont:
    font = QFont(plot.font())
    font.setPixelSize(12)
    return font
