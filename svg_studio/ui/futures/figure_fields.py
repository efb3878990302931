"""The fields of the export dialog that a paper figure alone has: its kind, its width, which frames, and curves."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFormLayout, QLayout

from svg_studio.ui.widgets.controls import combo_box, spin_box
from svg_studio.ui.widgets.layouts import row

KINDS = (("PDF", "pdf"), ("SVG", "svg"), ("PNG", "png"))
WIDTHS = (("One column, 3.25 in", 3.25), ("Two columns, 6.875 in", 6.875))
CURVES = (("No curves", "none"), ("SSIM", "ssim"), ("PSNR", "psnr"), ("SSIM and PSNR", "both"))


class FigureFields(QObject):
    """Rows of a form, which are shown and hidden together; `changed` when they say something else."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.kind = combo_box(
            "Kind of file", KINDS, "PDF and SVG hold words as text and lines as lines; PNG has about 600 pixels an inch"
        )
        self.width = combo_box("Width", WIDTHS, "Width of the figure on paper, in inches")
        self.every = spin_box("Every n-th frame", 0, 1000, 0, "Frames from one column to the next")
        self.every.setSpecialValueText("as many as fit")
        self.every.setPrefix("one in ")
        self.curves = combo_box(
            "Curves", CURVES, "Below the rows, by frame, against the truth; of the futures, where they are known"
        )
        for combo in (self.kind, self.width, self.curves):
            combo.currentIndexChanged.connect(self.changed)
        self.every.valueChanged.connect(self.changed)
        self.rows: list[QLayout] = []

    def add_to(self, form: QFormLayout) -> None:
        """Adds the rows, hidden."""
        for words, *fields in (("Figure", self.kind, self.width), ("Frames", self.every), ("Curves", self.curves)):
            line = row(*fields, gap=8)
            form.addRow(words, line)
            self.rows.append(line)
            form.setRowVisible(line, False)

    def values(self) -> dict[str, Any]:
        """Of the settings that are theirs."""
        return {
            "kind": self.kind.currentData(),
            "width": self.width.currentData(),
            "every": self.every.value(),
            "curves": self.curves.currentData(),
        }
