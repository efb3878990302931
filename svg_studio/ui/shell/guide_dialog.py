"""Shows the guide that comes with the program, with its headings beside it; nothing is loaded from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QTextBlock, QTextCursor
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QListWidgetItem, QTextBrowser, QWidget

from svg_studio.ui.widgets.controls import named
from svg_studio.ui.widgets.layouts import column, row, split


class _Pages(QTextBrowser):
    """Reads no file and no address: a picture that the text names is left out."""

    def loadResource(self, type: int, name: QUrl | str) -> Any:  # as Qt calls it
        return None


class GuideDialog(QDialog):
    """A click on a heading leads to it; links to the web open in the browser."""

    def __init__(self, guide: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Guide")
        self.resize(940, 640)
        self.headings = named(QListWidget(), "Headings of the guide")
        self.text = named(_Pages(), "Guide")
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(_open)
        try:
            self.text.setMarkdown(guide.read_text(encoding="utf-8"))
        except OSError as error:
            self.text.setPlainText(f"{guide.name} cannot be read ({error.strerror}): install the program again.")
        self._list_headings()
        self.headings.currentItemChanged.connect(self._go)
        buttons = QDialogButtonBox()
        buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        both = split(self.headings, self.text, sizes=(220, 700), weights=(0, 1))
        column(both, row(buttons), on=self, gap=10, margins=(16, 16, 16, 12), stretch=both)

    def _list_headings(self) -> None:
        block = self.text.document().begin()
        while block.isValid():
            if level := block.blockFormat().headingLevel():
                item = QListWidgetItem("   " * (level - 1) + block.text())
                item.setData(Qt.ItemDataRole.UserRole, block.position())
                self.headings.addItem(item)
            block = block.next()

    def _go(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        block: QTextBlock = self.text.document().findBlock(item.data(Qt.ItemDataRole.UserRole))
        top = self.text.document().documentLayout().blockBoundingRect(block).top()
        self.text.setTextCursor(QTextCursor(block))
        self.text.verticalScrollBar().setValue(int(top))


def _open(link: QUrl) -> None:
    if link.scheme() in ("http", "https"):
        QDesktopServices.openUrl(link)
