"""The box that says what this program is and what to cite."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from svg_studio import __version__

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
        title = QLabel(f"SVG Studio {__version__}")
        title.setProperty("role", "title")
        text = QLabel(
            "Train the stochastic video generation model (SVG-LP, SVG-FP), watch it learn, and play with the futures it "
            "imagines. If it serves your work, please cite the paper whose model it is:",
            wordWrap=True,
        )
        citation = QLabel(CITATION)
        citation.setStyleSheet("font-family: monospace;")
        citation.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 16)
        box.setSpacing(12)
        for widget in (title, text, citation, buttons):
            box.addWidget(widget)
