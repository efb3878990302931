"""Shows the settings of several runs side by side: those that differ, or all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHeaderView, QTableWidgetItem, QWidget

from svg_studio.engine.utils.wording import shown
from svg_studio.ui.config_text import all_settings
from svg_studio.ui.widgets.controls import check_box, heading, label, named
from svg_studio.ui.widgets.copy_table import CopyTable
from svg_studio.ui.widgets.layouts import column, row, stack
from svg_studio.ui.widgets.words import literal

MAX_RUNS = 20  # columns


class ConfigDiff(QWidget):
    """`show_configs` says whose settings; a switch shows those that are alike too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: list[tuple[str, Mapping[str, Any], QIcon]] = []
        self.all = check_box("All settings", self._fill, "Also those that are the same in the selected runs")
        self.table = named(_Table(), "Settings of the selected runs, side by side", "Ctrl+C copies")
        self.words = label(role="muted", wrap=True, centred=True)
        self.pages = stack(self.words, self.table)
        title = heading("Settings")
        top = row(title, self.all, stretch=title)
        column(top, self.pages, on=self, stretch=self.pages)
        self._fill()

    def show_configs(self, runs: Sequence[tuple[str, Mapping[str, Any], QIcon]]) -> None:
        """Name, settings as plain data, and the sample of its curve, of every run."""
        if list(runs) != self._runs:
            self._runs = list(runs)[:MAX_RUNS]
            self._fill()

    def _fill(self) -> None:
        rows = all_settings([config for _, config, _ in self._runs])
        if not self.all.isChecked():
            rows = {name: values for name, values in rows.items() if len(set(values)) > 1}
        self.words.setText(self._reason())
        self.pages.setCurrentWidget(self.table if rows else self.words)
        self.table.fill([(name, icon) for name, _, icon in self._runs], rows)

    def _reason(self) -> str:
        if not self._runs:
            return "Select runs to see in which settings they differ."
        return "These runs have the same settings." if len(self._runs) > 1 else "Select a second run to see where they differ."


class _Table(CopyTable):
    """A row a setting, a column a run. The selected rows are copied, or all."""

    def __init__(self) -> None:
        super().__init__()
        self._heads: list[str] = []
        self._values: list[list[str]] = []
        self.horizontalHeader().setDefaultSectionSize(130)
        self.verticalHeader().setHighlightSections(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def fill(self, runs: Sequence[tuple[str, QIcon]], rows: Mapping[str, Sequence[str]]) -> None:
        """Names and samples of the runs, and of every setting its value in each."""
        self._heads = [name for name, _ in runs]
        self._values = [[setting, *values] for setting, values in rows.items()]
        self.setRowCount(len(rows))
        self.setColumnCount(len(runs))
        self.setVerticalHeaderLabels([shown(name) for name in rows])
        for place, (name, icon) in enumerate(runs):
            head = QTableWidgetItem(icon, shown(name))
            head.setToolTip(literal(name))
            self.setHorizontalHeaderItem(place, head)
        for number, (setting, *values) in enumerate(self._values):
            for place, value in enumerate(values):
                self.write(number, place, value, f"{setting} = {value}")

    def lines(self) -> list[list[str]]:
        chosen = self.selectedIndexes()
        rows = sorted({index.row() for index in chosen}) if len(chosen) > 1 else range(self.rowCount())
        return [["setting", *self._heads], *(self._values[number] for number in rows)]
