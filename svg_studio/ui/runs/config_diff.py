"""Shows the settings of several runs side by side: those that differ, or all."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from svg_studio.ui.config_text import all_settings
from svg_studio.ui.widgets.cards import heading

MAX_RUNS = 20  # columns


class ConfigDiff(QWidget):
    """`show_configs` says whose settings; a switch shows those that are alike too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: list[tuple[str, Mapping[str, Any], QIcon]] = []
        self.all = QCheckBox("All settings")
        self.all.setToolTip("Also those that are the same in the selected runs")
        self.all.toggled.connect(self._fill)
        self.table = _Table()
        self.table.setAccessibleName("Settings of the selected runs, side by side")
        self.words = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.words.setProperty("role", "muted")
        self.pages = QStackedWidget()
        self.pages.addWidget(self.words)
        self.pages.addWidget(self.table)
        top = QHBoxLayout()
        top.addWidget(heading("Settings"), 1)
        top.addWidget(self.all)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(top)
        box.addWidget(self.pages, 1)
        self._fill()

    def show_configs(self, runs: Sequence[tuple[str, Mapping[str, Any], QIcon]]) -> None:
        """Name, settings as plain data, and the sample of its curve, of every run."""
        if list(runs) != self._runs:
            self._runs = list(runs)[:MAX_RUNS]
            self._fill()

    def _fill(self, *_: object) -> None:
        rows = all_settings([config for _, config, _ in self._runs])
        if not self.all.isChecked():
            rows = {name: values for name, values in rows.items() if len(set(values)) > 1}
        self.words.setText(self._reason())
        self.pages.setCurrentWidget(self.table if rows else self.words)
        self.table.setRowCount(len(rows))
        self.table.setColumnCount(len(self._runs))
        self.table.setVerticalHeaderLabels(list(rows))
        for column, (name, _, icon) in enumerate(self._runs):
            head = QTableWidgetItem(icon, name)
            head.setToolTip(f"<qt>{html.escape(name)}</qt>")
            self.table.setHorizontalHeaderItem(column, head)
        for row, (setting, values) in enumerate(rows.items()):
            for column, value in enumerate(values):
                item = QTableWidgetItem(value)
                item.setToolTip(f"<qt>{html.escape(setting)} = {html.escape(value)}</qt>")
                self.table.setItem(row, column, item)

    def _reason(self) -> str:
        if not self._runs:
            return "Select runs to see in which settings they differ."
        return "These runs have the same settings." if len(self._runs) > 1 else "Select a second run to see where they differ."


class _Table(QTableWidget):
    """Copies the selected cells, or all, as tab-separated text with heads."""

    def __init__(self) -> None:
        super().__init__()
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setToolTip("Ctrl+C copies")
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.horizontalHeader().setDefaultSectionSize(130)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setHighlightSections(False)
        self.verticalHeader().setHighlightSections(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def text(self) -> str:
        """A line a setting."""
        chosen: list[QModelIndex] = self.selectedIndexes()
        rows = sorted({i.row() for i in chosen}) if len(chosen) > 1 else range(self.rowCount())
        columns = range(self.columnCount())
        lines = [["setting", *(self.horizontalHeaderItem(c).text() for c in columns)]]
        lines += [[self.verticalHeaderItem(r).text(), *(self.item(r, c).text() for c in columns)] for r in rows]
        return "".join("\t".join(line) + "\n" for line in lines)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.text())
        else:
            super().keyPressEvent(event)
