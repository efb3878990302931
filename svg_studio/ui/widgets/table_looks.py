"""How tables to read look: room at the sides of cells, a mark on the current one, and columns that take what room is left."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import timer

SIDE = 5  # px beside a cell's text, more than the style has: with them it stands below its header's

Index = QModelIndex | QPersistentModelIndex


class Cells(QStyledItemDelegate):
    """Draws the cells of a table. The current one is framed where no selection shows it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        inner = QStyleOptionViewItem(option)
        chosen, current = (bool(option.state & flag) for flag in (QStyle.StateFlag.State_Selected, QStyle.StateFlag.State_HasFocus))
        if chosen:
            active = option.state & QStyle.StateFlag.State_Active
            group = QPalette.ColorGroup.Active if active else QPalette.ColorGroup.Inactive
            painter.fillRect(option.rect, option.palette.brush(group, QPalette.ColorRole.Highlight))
        inner.state &= ~QStyle.StateFlag.State_HasFocus
        inner.rect = option.rect.adjusted(SIDE, 0, -SIDE, 0)
        super().paint(painter, inner, index)
        if current and not chosen:
            painter.setPen(QColor(theme.colors().accent))
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + 2 * SIDE, hint.height())


class Rows(QObject):
    """Keeps the rows of a table as high as its letters need."""

    def __init__(self, table: QTableView, more: int) -> None:
        """more: px above and below the letters, together."""
        super().__init__(table)
        self._table, self._more = table, more
        table.installEventFilter(self)
        self._set()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FontChange:
            self._set()
        return False

    def _set(self) -> None:
        self._table.verticalHeader().setDefaultSectionSize(self._table.fontMetrics().height() + self._more)


class Room(QObject):
    """Gives columns what room the others leave, so that a table ends at its frame; one that a person has drawn stays so."""

    given = Signal()

    def __init__(self, table: QTableView, columns: Mapping[int, int]) -> None:
        """columns: column → px that it has at least; they share alike what there is beyond."""
        super().__init__(table)
        self._table, self._columns = table, dict(columns)
        self._giving = False
        self._soon = timer(self, 0, self.give, once=True)  # a header must not be changed while it changes itself
        table.viewport().installEventFilter(self)
        table.horizontalHeader().sectionResized.connect(self._on_resized)

    def share(self, columns: Mapping[int, int]) -> None:
        """Other columns."""
        self._columns = dict(columns)
        self.give()

    def give(self) -> None:
        """The room as it is now."""
        header = self._table.horizontalHeader()
        takers = [column for column in self._columns if column < header.count()]
        if self._giving or not takers:
            return
        self._giving = True
        try:
            others = sum(header.sectionSize(column) for column in range(header.count()) if column not in takers)
            needed = sum(self._columns[column] for column in takers)
            more = max(0, self._table.viewport().width() - others - needed)
            for number, column in enumerate(takers):
                part = more * (number + 1) // len(takers) - more * number // len(takers)  # to the last pixel
                header.resizeSection(column, self._columns[column] + part)
        finally:
            self._giving = False
        self.given.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._soon.start()
        return False

    def _on_resized(self, column: int, before: int, now: int) -> None:
        if self._giving:
            return
        if column in self._columns and self._table.horizontalHeader().cursor().shape() == Qt.CursorShape.SplitHCursor:
            del self._columns[column]  # by hand
        else:
            self._soon.start()
