"""Draws the tree of futures: a row for each, its length is time, and lines show where one leaves another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QShowEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from svg_studio.ui.futures.tree import ROOT, Node, Tree
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import named
from svg_studio.ui.widgets.words import literal

ROW = 20  # logical pixels
INSET = 8
BAR_SHARE = 0.52  # of the width; the rest is for names
Index = QModelIndex | QPersistentModelIndex
TIP = (
    "Each row is a future, its length is time. A line leads to where it leaves the one that it was forked off.\n"
    "Click: its forks and itself on the wall. F2 names it, Del prunes it, Ctrl+Z undoes"
)


class Rows(QAbstractListModel):
    """The rows of a tree: first the wall of seeds, then all futures."""

    renamed = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[Node] = []
        self.depths: list[int] = []
        self.through: list[list[int]] = []  # of each row the frames at which a line passes on to a row below
        self.row_of: dict[int, int] = {}
        self.on_wall: frozenset[int] = frozenset()

    def put(self, tree: Tree, on_wall: Sequence[int]) -> None:
        """Takes the place of what was there."""
        self.beginResetModel()
        rows = tree.rows()
        self.nodes = [tree.nodes[ROOT], *(node for node, _ in rows)]
        self.depths = [0, *(depth for _, depth in rows)]
        self.row_of = {node.key: row for row, node in enumerate(self.nodes)}
        self.on_wall = frozenset(on_wall)
        self.through = [[] for _ in self.nodes]
        last: dict[tuple[int, int], int] = {}  # (row of the parent, frame) → row of the last child that leaves it there
        for row, node in enumerate(self.nodes):
            if node.parent != ROOT:
                last[self.row_of[node.parent], node.at] = row
        for (first, frame), row in last.items():
            for between in range(first + 1, row):
                self.through[between].append(frame)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.nodes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.nodes[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return node.title
            case Qt.ItemDataRole.EditRole:
                return node.name
            case Qt.ItemDataRole.AccessibleDescriptionRole | Qt.ItemDataRole.ToolTipRole:
                return self._told(node, literal_text=role == Qt.ItemDataRole.ToolTipRole)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole:
            return False
        self.renamed.emit(self.nodes[index.row()].key, str(value))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        usual = super().flags(index)
        return usual | Qt.ItemFlag.ItemIsEditable if index.row() > 0 else usual

    def _told(self, node: Node, *, literal_text: bool) -> str:
        if node.key == ROOT:
            return "The wall of seeds, from which all futures come"
        words = node.title
        if node.parent != ROOT:
            above = self.nodes[self.row_of[node.parent]].title
            words += f", forked off {above} at frame {node.at + 1}"
        return literal(words) if literal_text else words


class Bars(QStyledItemDelegate):
    """Draws rows; `frames` is how long futures are, `given` how many of them are given, `playhead` the frame that is seen."""

    def __init__(self, rows: Rows, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows
        self.frames, self.given, self.playhead = 1, 0, 0

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, theme.scaled(ROW))

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(self._words(option.rect))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        c, row, spot = theme.colors(), index.row(), option.rect
        node, mid = self._rows.nodes[row], spot.center().y()
        painter.save()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(spot, QColor(c.raised))
            painter.fillRect(QRect(spot.topLeft(), QSize(3, spot.height())), QColor(c.accent))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        quiet = QPen(QColor(c.muted), 1)
        painter.setPen(quiet)
        for frame in self._rows.through[row]:
            painter.drawLine(QPoint(self._x(spot, frame), spot.top()), QPoint(self._x(spot, frame), spot.bottom() + 1))
        start = node.at if node.parent != ROOT else 0
        if node.parent != ROOT:
            painter.drawLine(QPoint(self._x(spot, start), spot.top()), QPoint(self._x(spot, start), mid))
        for first, end, colour in ((start, self.given, c.given), (max(start, self.given), self.frames, c.imagined)):
            if first < end:
                painter.setPen(QPen(QColor(colour), 3 if node.key in self._rows.on_wall or selected else 1.6))
                painter.drawLine(QPoint(self._x(spot, first), mid), QPoint(self._x(spot, end), mid))
        painter.setPen(QPen(QColor(c.text), 1))
        painter.drawLine(QPoint(self._x(spot, self.playhead), spot.top()), QPoint(self._x(spot, self.playhead), spot.bottom() + 1))
        words = self._words(spot)
        painter.setPen(QColor(c.text if selected or node.key in self._rows.on_wall else c.muted))
        text = option.fontMetrics.elidedText(node.title, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        if bool(option.state & QStyle.StateFlag.State_HasFocus):
            painter.setPen(QPen(QColor(c.accent), 1))
            painter.drawRect(spot.adjusted(0, 0, -1, -1))
        painter.restore()

    def _x(self, spot: QRect, frame: int) -> int:
        """Of the left edge of a frame."""
        wide = spot.width() * BAR_SHARE - INSET
        return spot.left() + INSET + round(wide * min(frame, self.frames) / max(self.frames, 1))

    def _words(self, spot: QRect) -> QRect:
        return spot.adjusted(round(spot.width() * BAR_SHARE) + INSET, 0, -4, 0)


class TreeList(QListView):
    """`chosen(key)` for the future that was clicked or walked to; `pruned(key)` for Del."""

    chosen = Signal(int)
    pruned = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.rows = Rows()
        self.bars = Bars(self.rows, self)
        self.setModel(self.rows)
        self.setItemDelegate(self.bars)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        named(self, "Tree of futures", TIP)
        self.setMinimumHeight(theme.scaled(ROW) * 4)
        theme.notifier().changed.connect(self.viewport().update)

    def put(self, tree: Tree, on_wall: Sequence[int], key: int) -> None:
        """Shows `tree`, with the future `key` chosen."""
        self.rows.put(tree, on_wall)
        self.setCurrentIndex(self.rows.index(self.rows.row_of.get(key, 0)))

    def reveal(self) -> None:
        """Scrolls to the chosen future, with what lies around it in sight."""
        self.scrollTo(self.currentIndex(), QListView.ScrollHint.PositionAtCenter)

    def set_length(self, frames: int, given: int) -> None:
        self.bars.frames, self.bars.given = frames, given
        self.viewport().update()

    def show_frame(self, t: int) -> None:
        """The clock has moved."""
        self.bars.playhead = t
        if self.isVisible():
            self.viewport().update()

    @property
    def current(self) -> int:
        """Key of the chosen future."""
        index = self.currentIndex()
        return self.rows.nodes[index.row()].key if index.isValid() else ROOT

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.indexAt(event.position().toPoint()).isValid():
            self.chosen.emit(self.current)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reveal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.state() != QListView.State.EditingState:
            self.chosen.emit(self.current)
        elif event.key() == Qt.Key.Key_Delete:
            self.pruned.emit(self.current)
        else:
            super().keyPressEvent(event)
