"""A grid whose rows are models and whose columns are seeds, with a heading before each row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from svg_studio.engine.events import Frames
from svg_studio.ui.futures.compare.results import ComparedFilm
from svg_studio.ui.style import theme
from svg_studio.ui.video.grid_plan import GAP, MARGIN, WORTH, Plan
from svg_studio.ui.video.growing_grid import GrowingGrid
from svg_studio.ui.video.tile_grid import Film
from svg_studio.ui.widgets.controls import named

HEADS = 132  # logical pixels of the headings
NARROW = 48  # logical pixels of a tile at least
LARGEST = 4  # device pixels for each of a frame at the most


class CompareGrid(GrowingGrid):
    """`show_rows` says what is in it: a heading in two lines for each model, and its films; no films yet are dots."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns = 1
        self.heads: list[tuple[str, str]] = []  # of each row: the model, and its step
        named(self, "Futures by model and seed", "Each row is a model, each column a seed")

    def show_rows(
        self, heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[ComparedFilm]], columns: int, frame: QSize
    ) -> None:
        """Other rows, each with so many columns. `frame`: the size of a frame in its own pixels."""
        self.heads, self.columns = list(heads), max(1, columns)
        films: list[Film | None] = []
        for row in rows:
            films += row if row else [None] * columns
        self.set_films(films, frame)
        said = "; ".join(f"{model}, {step}" for model, step in heads)
        self.setAccessibleDescription(f"Rows: {said}" if said else "")

    def planned(self, count: int, room: QSize, bar: int) -> Plan:
        rows, ratio, frame = max(1, len(self.heads)), self.devicePixelRatioF(), self.frame_size
        across = (room.width() - HEADS - GAP) // self.columns - MARGIN.width()
        down = ((room.height() - GAP) // rows - MARGIN.height()) * frame.width() // frame.height()
        if down < NARROW:
            across -= bar // self.columns + 1
            down = across
        width = max(NARROW, min(across, down, round(LARGEST * frame.width() / ratio)))
        whole = round(int(width * ratio / frame.width()) * frame.width() / ratio)
        if NARROW <= whole <= width <= WORTH * whole:
            width = whole  # all pixels are equally large
        image = QSize(width, max(1, round(width * frame.height() / frame.width())))
        cell = QSize(image.width() + MARGIN.width(), image.height() + MARGIN.height())
        return Plan(width * ratio / frame.width(), self.columns, cell, image, left=HEADS)

    def arrange(self) -> None:
        super().arrange()
        self.setMinimumWidth(HEADS + self.columns * self.plan.cell.width() + GAP if self.heads else 0)

    def head(self, row: int) -> QRect:
        """Where the heading of a row is."""
        top = self.plan.spot(row * self.columns).y()
        return QRect(QPoint(GAP, top), QSize(HEADS - 2 * GAP, self.plan.image.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, colors = QPainter(self), theme.colors()
        for row, (model, step) in enumerate(self.heads):
            place = self.head(row)
            if not place.intersects(event.rect()):
                continue
            font = QFont(self.caption_font())
            font.setBold(True)
            middle = place.center().y()
            for words, bold, top, color in ((model, True, middle - 17, colors.text), (step, False, middle + 1, colors.muted)):
                font.setBold(bold)
                painter.setFont(font)
                painter.setPen(QColor(color))
                line = QRect(place.left(), top, place.width(), 17)
                cut = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, line.width())
                painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, cut)
        painter.end()


def frame_of(truth: Frames | None) -> QSize:
    """The size of a clip's frames in its own pixels."""
    return QSize(64, 64) if truth is None else QSize(truth.shape[2], truth.shape[1])
