"""The dialog that says what this program is and what to cite."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QWidget

from svg_studio import __version__
from svg_studio.ui.widgets.controls import label
from svg_studio.ui.widgets.layouts import column

CITATION = """@inproceedings{denton2018stochastic,
  title     = {Stochastic Video Generation with a Learned Prior},
  author    = {Denton, Emily and Fergus, Rob},
  booktitle = {International Conference on Machine Learning (ICML)},
  year      = {2018},
  note      = {arXiv:1802.07687}
}"""


class AboutDialog(QDialog):
    """Its text can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About SVG Studio")
        title = label(f"SVG Studio {__version__}", "title")
        text = label(
            "Train the stochastic video generation model (SVG-LP, SVG-FP), watch it learn, and play with the futures it "
            "imagines. If it serves your work, please cite the paper whose model it is:",
            wrap=True,
        )
        citation = label(CITATION)
        citation.setStyleSheet("font-family: monospace;")
        citation.setMinimumWidth(citation.sizeHint().width())  # it is to be read line by line
        citation.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        buttons = QDialogButtonBox()
        buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)  # Qt's own button has a black cross
        buttons.rejected.connect(self.reject)
        column(title, text, citation, buttons, on=self, gap=12, margins=(24, 20, 24, 16))
