"""Shows the settings of several runs side by side: those that differ, or all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidgetItem, QWidget

from svg_studio.engine.utils.wording import shown
from svg_studio.ui.config_text import all_settings, settings_apart
from svg_studio.ui.formatting import apart
from svg_studio.ui.widgets.controls import check_box, combo_box, heading, label, named
from svg_studio.ui.widgets.copy_table import CopyTable
from svg_studio.ui.widgets.layouts import column, row, stack
from svg_studio.ui.widgets.table_looks import Room
from svg_studio.ui.widgets.words import literal

MAX_RUNS = 20  # columns
LEAST = 120  # px of a column
HEAD = 40  # px of a head beside its name: the sample of a curve, and room at the sides


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
        like = combo_box("")
        like.ensurePolished()
        self.all.setMinimumHeight(like.sizeHint().height())  # so that the heading stands beside that of the curves
        top = row(title, self.all, stretch=title)
        column(top, self.pages, on=self, stretch=self.pages)
        self._fill()

    def show_configs(self, runs: Sequence[tuple[str, Mapping[str, Any], QIcon]]) -> None:
        """Name, settings as plain data, and the sample of its curve, of every run."""
        if list(runs) != self._runs:
            self._runs = list(runs)[:MAX_RUNS]
            self._fill()

    def _fill(self) -> None:
        rows = (all_settings if self.all.isChecked() else settings_apart)([config for _, config, _ in self._runs])
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
        self._icons: list[QIcon] = []
        self._room = Room(self, {})
        self._room.given.connect(self._write_heads)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.verticalHeader().setHighlightSections(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def fill(self, runs: Sequence[tuple[str, QIcon]], rows: Mapping[str, Sequence[str]]) -> None:
        """Names and samples of the runs, and of every setting its value in each."""
        self._heads = [name for name, _ in runs]
        self._values = [[setting, *values] for setting, values in rows.items()]
        self.setRowCount(len(rows))
        self.setColumnCount(len(runs))
        self.setVerticalHeaderLabels([shown(name) for name in rows])
        self._icons = [icon for _, icon in runs]
        self._room.share(dict.fromkeys(range(len(runs)), LEAST))
        for number, (setting, *values) in enumerate(self._values):
            for place, value in enumerate(values):
                self.write(number, place, value, f"{setting} = {value}")

    def lines(self) -> list[list[str]]:
        rows = {index.row() for index in self.selectedIndexes()} or range(self.rowCount())
        return [["setting", *self._heads], *(self._values[number] for number in sorted(rows))]

    def _write_heads(self) -> None:
        """Names short enough for their columns, which differ there too."""
        room = self.columnWidth(0) - HEAD
        names = apart(self._heads, max(room // self.fontMetrics().averageCharWidth(), 6))
        for place, (name, icon) in enumerate(zip(self._heads, self._icons, strict=True)):
            head = QTableWidgetItem(icon, shown(names[name]))
            head.setToolTip(literal(name))
            self.setHorizontalHeaderItem(place, head)
